"""The commands about robustness and disclosure, as a stranger runs them."""

from __future__ import annotations

import json

import pytest

from tests.analysis import small, small_cells
from tests.analysis.reference import HERE
from tests.analysis.test_command_line import run

COMMANDS = {
    "sensitivity": {"scenarios", "units", "scores", "decomposition"},
    "reliability": {"scales", "items"},
    "screen": {"summary", "flags", "pairs", "effects", "orders", "scores"},
}


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_writes_json_tables_and_a_manifest_and_twice_the_same_bytes(tmp_path, command):
    for out in ("a", "b"):
        done = run(command, HERE / "missing", "--out", tmp_path / out, "--missing", "renormalise")
        assert (done.returncode, done.stderr, done.stdout) == (0, "", "")
    names = {path.stem for path in (tmp_path / "a").glob("*.csv")}
    assert names == COMMANDS[command]
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text(encoding="utf-8"))
    assert "respondents.csv" in manifest["inputs"]


def test_declared_scenarios_are_read_and_stand_in_the_manifest(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("scenarios:\n- {name: pooled, average: pooled}\n", encoding="utf-8")
    done = run("sensitivity", HERE / "clean", "--out", tmp_path / "out", "--scenarios", path)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads((tmp_path / "out" / "sensitivity.json").read_text(encoding="utf-8"))
    assert [row["scenario"] for row in found["scenarios"]] == ["pooled"]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert "mine.yaml" in manifest["inputs"]


def test_publishable_tables_follow_from_a_folder_and_its_scores(tmp_path):
    data = small_cells.folder(tmp_path / "data", 2)
    scored = run("score", data, "--out", tmp_path / "scores", "--missing", "renormalise")
    assert scored.returncode == 0, scored.stderr
    for out in ("a", "b"):
        done = run("publishable", data, "--scores", tmp_path / "scores", "--out", tmp_path / out)
        assert (done.returncode, done.stderr) == (0, "")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
    content = small_cells.content(tmp_path / "a")
    assert content["withheld"]["symbol"] == "*"
    assert content["settings"]["disclosure"]["fewest"] == 5
    attacker = small_cells.Attacker(data, small_cells.tables(tmp_path / "a"))
    assert attacker.fallen(data) == []


def test_publishable_takes_the_threshold_of_the_release_unless_told_otherwise(tmp_path):
    data = small_cells.folder(tmp_path / "data", 2)
    manifest = {"settings": {"publish_from": 8}}
    (data / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    scored = run("score", data, "--out", tmp_path / "scores", "--missing", "renormalise")
    assert scored.returncode == 0, scored.stderr
    for fewest, words in ((8, ()), (6, ("--fewest", "6"))):
        out = tmp_path / str(fewest)
        done = run("publishable", data, "--scores", tmp_path / "scores", "--out", out, *words)
        assert (done.returncode, done.stderr) == (0, "")
        assert small_cells.content(out)["settings"]["disclosure"]["fewest"] == fewest
        ratios, _ = small_cells.small(data, fewest)
        shown = {small_cells.place(r) for r in small_cells.table(out, "groups") if r["mean"] != "*"}
        assert ratios
        assert not set(ratios) & shown


def test_scores_of_another_folder_are_refused(tmp_path):
    small.folder(tmp_path / "data")
    assert run("score", tmp_path / "data", "--out", tmp_path / "scores").returncode == 0
    other = HERE / "clean"
    done = run("publishable", other, "--scores", tmp_path / "scores", "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "scores-of-other-data" in done.stderr
    done = run("publishable", other, "--scores", tmp_path / "none", "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "no-scores" in done.stderr


def test_a_criterion_that_the_index_does_not_know_is_told(tmp_path):
    data = small_cells.folder(tmp_path / "data", 2)
    (data / "index.csv").write_text("code,parent\nC9,F1\n", encoding="utf-8")
    done = run("reliability", data, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "unknown-criterion" in done.stderr
