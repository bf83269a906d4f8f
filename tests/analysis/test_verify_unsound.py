"""What cannot be read or computed is said in words, and is never taken for verified."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.analysis.every_command import write_data, write_index
from tests.analysis.results_folders import REFERENCE, change_json, rehash, run

CLEAN = REFERENCE / "clean"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Small results of each command on one release."""
    top = tmp_path_factory.mktemp("written")
    for command in ("score", "reliability", "replicates", "sensitivity", "screen", "nonresponse"):
        run(command, CLEAN, "--out", top / command)
    run("publishable", CLEAN, "--scores", top / "score", "--out", top / "publishable")
    return top


@pytest.fixture
def scores(written, tmp_path):
    """A copy to spoil."""
    return shutil.copytree(written / "score", tmp_path / "scores")


def said(capsys, *words):
    """What `verify` says of what it does not verify."""
    assert run("verify", *words) == 1
    text = capsys.readouterr().out
    assert text.startswith("not verified: ")
    assert "Traceback" not in text
    return text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "this is not JSON"),
        ("", "this is not JSON"),
        ('{"units": NaN}', "NaN is not a number"),
        ('{"units": -Infinity}', "-Infinity is not a number"),
        ('{"units": 1e999}', "1e999 is beyond all numbers"),
        ('{"units": ' + "9" * 5000 + "}", "this is not JSON"),
        ('{"level": 0.9, "level": 0.95}', "`level` stands there twice"),
        ("[" * 100_000, "nested too deep"),
        ("[]", "scores.json: written [], recomputed "),
        ("7", "scores.json: written 7, recomputed "),
        ("null", "scores.json: written null, recomputed "),
        ("{}", "scores.json: units: missing, but the release gives it"),
        ('{"units": {}}', "scores.json: units: written {}, recomputed "),
        ('{"units": [1]}', "scores.json: units: written [1], recomputed "),
        ('{"covariance": [[]]}', "scores.json: covariance: written [[]], recomputed "),
        ('{"covariance": {"units": ["U01"], "matrix": [[]]}}', "scores.json: covariance: written "),
        ('{"\\ud800\\u001b[2J": 1}', "scores.json: ??[2J: written, but the release does not"),
    ],
)
def test_scores_that_are_no_scores(scores, capsys, content, message):
    (scores / "scores.json").write_text(content, encoding="utf-8")
    assert message in said(capsys, CLEAN, scores)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "this is not CSV: it is empty"),
        (b"unit,score\nU01\n", "row 1 has 1 cells, the header 2"),
        (b'unit,score\nU01,"1\n', "this is not CSV"),
        (b"unit,unit\nU01,U01\n", 'units.csv: column names: written ["unit", "unit"]'),
        (b"unit,score\nU01,\xff\n", "this is not UTF-8"),
        (b"unit,score\nU01,nan\n", 'column score: written "nan", recomputed 10.76'),
        (b"unit,score\nU01,1e999\n", 'column score: written "1e999", recomputed 10.76'),
        (b"unit,score\nU01," + b"9" * 5000 + b"\n", "column score: written "),
        (b"score\n1\n", "units.csv: column unit: missing"),
    ],
)
def test_a_table_that_is_none(scores, capsys, content, message):
    (scores / "units.csv").write_bytes(content)
    assert message in said(capsys, CLEAN, scores)


@pytest.mark.parametrize("name", ["covariance", "covariance_nr"])
@pytest.mark.parametrize(
    "content", ["unit,U01\n", "unit,U01\nU02,1\n", "unit\n", "unit,U01\nU01,\n"]
)
def test_a_matrix_that_is_none(scores, capsys, name, content):
    (scores / f"{name}.csv").write_text(content, encoding="utf-8")
    assert f"{name}.csv: " in said(capsys, CLEAN, scores).split("the folder has", 1)[1]


@pytest.mark.parametrize(
    "content",
    ["{", "[]", "{}", "NaN", '{"package": "analysis"}',
     '{"package": "analysis", "command": "score"}',
     '{"package": "analysis", "command": ["score"], "settings": {}}',
     '{"package": "analysis", "command": "score", "settings": {}, "arguments": 3}',
     '{"package": "analysis", "command": "score", "settings": {}, "earlier": 3}',
     '{"package": "analysis", "command": "score", "settings": {}, "inputs": 3, "outputs": []}',
     '{"package": "analysis", "command": "score", "settings": {}, "inputs": {"a.csv": 3}}',
     '{"package": "analysis", "settings": {"level": 0.95}}',
     '{"format": 1, "files": {}}'],
)  # fmt: skip
def test_a_manifest_that_is_none(scores, capsys, content):
    (scores / "manifest.json").write_text(content, encoding="utf-8")
    text = said(capsys, CLEAN, scores)
    assert "manifest.json" in text
    assert "help: " in text


@pytest.mark.parametrize(
    "name", ["../secret.csv", "/etc/passwd", "..", "a/b.csv", "..\\a.csv", "c:a.csv", "", "a\n.csv"]
)
@pytest.mark.parametrize("part", ["inputs", "outputs"])
def test_a_manifest_that_names_files_outside_the_folder(scores, capsys, part, name):
    (scores.parent / "secret.csv").write_text("1\n", encoding="utf-8")
    change_json(scores / "manifest.json", lambda manifest: manifest[part].update({name: "0" * 64}))
    text = said(capsys, CLEAN, scores)
    assert f"`{part}` has `" in text
    assert "which is no file of the folder" in text
    assert text.startswith("not verified: 1 problem\n")


@pytest.mark.parametrize("name", ["../secret.yaml", "/etc/passwd", 3, ["a"]])
def test_scenarios_outside_the_folder(written, tmp_path, capsys, name):
    folder = shutil.copytree(written / "sensitivity", tmp_path / "folder")
    (tmp_path / "secret.yaml").write_text("scenarios: [{name: a}]\n", encoding="utf-8")
    change_json(folder / "manifest.json", lambda m: m["arguments"].update(scenarios=name))
    assert "manifest.json: arguments.scenarios: written " in said(capsys, CLEAN, folder)


@pytest.mark.parametrize(
    ("command", "part", "setting"),
    [
        ("score", "settings", {"level": 2}),
        ("score", "settings", {"level": "0.95"}),
        ("score", "settings", {"level": None}),
        ("score", "settings", {"level": True}),
        ("score", "settings", {"level": 10**400}),
        ("score", "settings", {"min_group": 0}),
        ("score", "settings", {"weights": "mine"}),
        ("score", "settings", {"weights": ["base"]}),
        ("score", "settings", {"rank_method": "best"}),
        ("score", "settings", {"max_error": "much"}),
        ("score", "settings", {"max_error": "-1%"}),
        ("score", "settings", {"max_error": "nan"}),
        ("score", "settings", {"top": 3}),
        ("score", "settings", {"top": ["3"]}),
        ("score", "settings", {"top": [0]}),
        ("score", "settings", {"draws": 10**400, "rank_method": "mrsw"}),
        ("score", "settings", {"draws": 0}),
        ("score", "settings", {"seed": -1}),
        ("score", "settings", {"lucky": 1}),
        ("replicates", "settings", {"method": "guess"}),
        ("replicates", "settings", {"method": "bootstrap", "replicates": "many"}),
        ("replicates", "arguments", {"scoring": "usual"}),
        ("replicates", "arguments", {"scoring": {"level": 7}}),
        ("screen", "settings", {"limits": 1}),
        ("screen", "settings", {"limits": {"items": "few"}}),
        ("publishable", "settings", {"disclosure": []}),
        ("publishable", "settings", {"disclosure": {"fewest": 0}}),
        ("publishable", "settings", {"disclosure": {"insiders": "yes"}}),
        ("publishable", "settings", {"scores": None}),
        ("publishable", "arguments", {"rules": {"draws": "x"}}),
    ],
)
def test_settings_that_no_command_takes(written, tmp_path, capsys, command, part, setting):
    folder = shutil.copytree(written / command, tmp_path / command)
    change_json(folder / "manifest.json", lambda manifest: manifest[part].update(setting))
    text = said(capsys, CLEAN, folder)
    assert "error[" in text
    assert "not verified, because nothing could be computed to compare: " in text


def test_a_command_that_is_not_known(scores, capsys):
    change_json(scores / "manifest.json", lambda manifest: manifest.update(command="divine"))
    text = said(capsys, CLEAN, scores)
    assert "`divine` is no command that can be verified" in text


def test_results_of_another_kind_among_them(scores, capsys):
    (scores / "size.json").write_text('{"rows": []}', encoding="utf-8")
    rehash(scores)
    text = said(capsys, CLEAN, scores)
    assert text.startswith("not verified: 1 problem\n")
    assert "nothing could be computed to compare: size.json" in text


def test_a_file_that_was_added(scores, capsys):
    (scores / "more.csv").write_text("unit\nU01\n", encoding="utf-8")
    text = said(capsys, CLEAN, scores)
    assert "more.csv: it is among the results, but the manifest does not name it" in text


def test_a_file_that_is_gone(scores, capsys):
    (scores / "units.csv").unlink()
    text = said(capsys, CLEAN, scores)
    assert "units.csv: the manifest names it, the folder does not have it" in text
    rehash(scores)
    assert "there is no `units.csv`, which `score` writes" in said(capsys, CLEAN, scores)


def test_a_folder_in_the_place_of_a_file(scores, capsys):
    (scores / "units.csv").unlink()
    (scores / "units.csv").mkdir()
    assert "there is no `units.csv`" in said(capsys, CLEAN, scores)


def test_no_manifest(scores, capsys):
    (scores / "manifest.json").unlink()
    assert "there is no manifest.json: no hash can be compared" in said(capsys, CLEAN, scores)


def test_folders_that_are_not_there_or_were_exchanged(scores, tmp_path, capsys):
    assert "there is no such folder" in said(capsys, CLEAN, tmp_path / "none")
    assert "there is no such folder" in said(capsys, tmp_path / "none", scores)
    assert "there is no such folder" in said(capsys, CLEAN, scores, "--scores", tmp_path / "none")
    assert "there is no such file" in said(capsys, CLEAN, scores, "--scenarios", tmp_path / "none")
    assert "name the folder of the release first" in said(capsys, scores, CLEAN)
    assert "the results lie in the release itself" in said(capsys, scores, scores)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "there is no manifest.json" in said(capsys, CLEAN, empty)


def test_a_release_that_is_not_sound(scores, tmp_path, capsys):
    release = shutil.copytree(CLEAN, tmp_path / "release")
    (release / "options.csv").write_text("question\n", encoding="utf-8")
    text = said(capsys, release, scores)
    assert "options.csv: the manifest says " in text
    assert "error[missing-column]" in text


def test_scores_that_a_merge_cannot_read(tmp_path, capsys):
    data, index = write_data(tmp_path / "data"), write_index(tmp_path / "index")
    run("score", data, "--out", tmp_path / "scores", "--missing", "renormalise")
    run("merge", index, "--scores", tmp_path / "scores", "--out", tmp_path / "merged")
    path = tmp_path / "scores" / "scores.json"
    sound = json.loads(path.read_text(encoding="utf-8"))
    for name, part in (("units", 3), ("units", [{}]), ("criteria", ["a"]), ("covariance", [])):
        path.write_text(json.dumps(sound | {name: part}), encoding="utf-8")
        text = said(capsys, index, tmp_path / "merged", "--scores", tmp_path / "scores")
        assert "`merge` cannot be computed from these files" in text, (name, part)


def test_a_long_list_of_differences_is_cut_short_and_whole_in_the_report(scores, tmp_path, capsys):
    def forge(content):
        for row in content["estimates"]:
            row["n"] += 1

    change_json(scores / "scores.json", forge)
    report = tmp_path / "report.json"
    lines = said(capsys, CLEAN, scores, "--json", report).splitlines()
    content = json.loads(report.read_text(encoding="utf-8"))
    assert lines[0] == content["verdict"]
    assert not content["ok"]
    assert sum(line.startswith("scores.json: estimates, row ") for line in lines) == 20
    more = len(content["differences"]) - 20
    assert lines[-1] == f"scores.json: ... and {more} more"
    assert {one["column"] for one in content["differences"]} == {"n"}
    assert [one["kind"] for one in content["hashes"]] == ["output"]


def test_the_report_of_what_is_verified(scores, tmp_path, capsys):
    assert run("verify", CLEAN, scores, "--json", tmp_path / "report.json") == 0
    content = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert capsys.readouterr().out == content["verdict"] + "\n"
    assert content["ok"]
    assert content["numbers"] > 4000
    assert content["decisions"] > 3000
    assert set(content["files"]) == {p.name for p in Path(scores).iterdir()} - {"manifest.json"}
