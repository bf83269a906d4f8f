"""Results verify wherever they were written, whichever command wrote them."""

from __future__ import annotations

import json
import os
import platform
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.verification.verify import verify
from tests.analysis.every_command import prepare
from tests.analysis.results_folders import REFERENCE, change_json, folders, rehash, run

ROOT = Path(__file__).resolve().parents[2]
CASES = sorted(folders(Path("data"), Path("out")))
KERNELS = {"here": {}, "Prescott": {"OPENBLAS_CORETYPE": "Prescott"}}
ELSEWHERE = {
    "aarch64/score": "matrix",
    "aarch64/publishable": "matrix",
    "aarch64/replicates": "matrix",
    "aarch64/nonresponse": "missing",
    "aarch64/reliability": "clean",
    "aarch64/screen": "missing",
    "before/score": "clean",
}
PROBE = """
import numpy as np
x = np.random.default_rng(1).normal(size=(300, 300))
print(hash((x @ x.T).tobytes()))
"""


def _python(kernel: str, *words: object) -> str:
    environment = os.environ | KERNELS[kernel] | {"PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *map(str, words)],
        env=environment, capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("verify") / "data"
    folder.mkdir()
    prepare(folder)
    return folder


@pytest.fixture(scope="module", params=KERNELS)
def written(request, data):
    """What every command writes, by the matrix library's usual kernels and by older ones."""
    out = data.parent / request.param
    _python(request.param, "-m", "tests.analysis.every_command", data, out)
    return out


@pytest.mark.parametrize("name", CASES)
def test_what_a_command_wrote_by_another_matrix_kernel_is_verified(name, data, written):
    release, folder, *scores = folders(data, written)[name]
    verification = verify(Path(release), Path(folder), **_named(scores))
    assert verification.ok, verification.text()
    tables = {path.name for path in Path(folder).iterdir()} - {"manifest.json"}
    assert set(verification.files) == tables
    assert verification.verdict.startswith(f"verified: {len(tables)} files, ")


@pytest.mark.skipif(
    platform.machine() not in {"x86_64", "AMD64"}, reason="other processors have other kernels"
)
def test_the_older_kernel_gives_other_last_digits():
    """Else the test above would prove nothing."""
    assert _python("here", "-c", PROBE) != _python("Prescott", "-c", PROBE)


def test_numbers_may_differ_in_last_digits_and_no_further(tmp_path):
    run("score", REFERENCE / "missing", "--out", tmp_path / "a", "--missing", "renormalise")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    _shake(tmp_path / "a", 1e-12)
    assert verify(REFERENCE / "missing", tmp_path / "a").ok
    _shake(tmp_path / "b", 1e-8)
    verification = verify(REFERENCE / "missing", tmp_path / "b")
    assert not verification.ok
    assert {"scores.json", "units.csv", "pairs.csv", "covariance.csv"} <= {
        difference.file for difference in verification.differences
    }


def _shake(folder: Path, size: float) -> None:
    """Move every number by a random share of itself."""
    rng = random.Random(5)
    number = re.compile(r"(?<![\w.])\d+\.\d+(e-?\d+)?(?![\w.%])")

    def moved(match):
        return repr(float(match.group()) * (1 + rng.uniform(-size, size)))

    for path in folder.iterdir():
        if path.name not in {"manifest.json", "scores.json"}:
            path.write_text(number.sub(moved, path.read_text("utf-8")), encoding="utf-8")
    content = (folder / "scores.json").read_text("utf-8")
    settings, comma, rest = content.partition(',"units"')  # a setting is exact
    (folder / "scores.json").write_text(settings + comma + number.sub(moved, rest), "utf-8")
    rehash(folder)


@pytest.mark.parametrize(("folder", "release"), ELSEWHERE.items())
def test_what_was_written_on_another_machine_or_by_other_arithmetic(folder, release, capsys):
    """How it was written is told in tests/reference/written_elsewhere/README.md."""
    assert run("verify", REFERENCE / release, REFERENCE / "written_elsewhere" / folder) == 0
    assert capsys.readouterr().out.startswith("verified: ")


@pytest.mark.parametrize("folder", ["aarch64/score", "before/score"])
@pytest.mark.skipif(
    platform.machine() not in {"x86_64", "AMD64"}, reason="that machine may be this one"
)
def test_what_was_written_elsewhere_has_other_last_digits(folder, tmp_path):
    elsewhere = REFERENCE / "written_elsewhere" / folder
    how = ["--rank-method", "mrsw"] if folder.startswith("aarch64") else ["--weights", "raked"]
    run("score", REFERENCE / ELSEWHERE[folder], "--out", tmp_path, *how)
    theirs, ours = (path / "scores.json" for path in (elsewhere, tmp_path))
    assert theirs.read_bytes() != ours.read_bytes()


# --- what rests on other results


def test_a_folder_with_scores_and_what_was_merged_from_them(tmp_path, data):
    out = tmp_path / "results"
    run("score", data / "data", "--out", out, "--missing", "renormalise", "--rank-method", "holm-t")
    run("merge", data / "index", "--scores", out, "--out", out, "--ties", "printed")
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["command"] == "merge"
    assert [record["command"] for record in manifest["earlier"]] == ["score"]
    verification = verify(data / "data", out, merge_folder=data / "index")
    assert verification.ok, verification.text()
    assert set(verification.commands) == {"score", "merge"}
    assert {"scores.json", "pairs.csv", "merged.csv", "fields.csv"} <= set(verification.files)


def test_a_folder_as_it_was_before_manifests_named_commands(tmp_path, data):
    out = tmp_path / "results"
    run("score", data / "data", "--out", out, "--missing", "renormalise")
    run("merge", data / "index", "--scores", out, "--out", out)
    change_json(out / "manifest.json", _without_commands)
    verification = verify(data / "data", out, merge_folder=data / "index")
    assert verification.ok, verification.text()
    assert set(verification.commands) == {"score", "merge"}
    assert "the manifest keeps no hashes of what `score` read" in verification.notes


def _without_commands(manifest):
    for name in ("command", "arguments", "earlier"):
        manifest.pop(name, None)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("written", ["here"], indirect=True)
def test_a_command_is_recognised_by_its_files(name, tmp_path, data, written):
    release, folder, *scores = folders(data, written)[name]
    shutil.copytree(folder, tmp_path / name)
    change_json(tmp_path / name / "manifest.json", _without_commands)
    verification = verify(Path(release), tmp_path / name, **_named(scores))
    assert verification.ok, verification.text()
    assert len(verification.commands) == 1


def test_settings_that_an_older_manifest_does_not_name_are_said(tmp_path):
    run("replicates", REFERENCE / "edge", "--out", tmp_path, "--lonely-psu", "average")
    change_json(tmp_path / "manifest.json", _without_commands)
    verification = verify(REFERENCE / "edge", tmp_path)
    assert not verification.ok
    assert "the manifest does not name level, lonely_psu, min_group" in verification.text()


def test_merged_points_alone_are_verified_from_scores_that_are_named(tmp_path, data, capsys):
    run("score", data / "data", "--out", tmp_path / "scores", "--missing", "renormalise")
    run("merge", data / "index", "--scores", tmp_path / "scores", "--out", tmp_path / "merged")
    assert run("verify", data / "index", tmp_path / "merged") == 1
    assert "name the folder of scores.json: `--scores DIR`" in capsys.readouterr().out
    words = ("verify", data / "index", tmp_path / "merged", "--scores", tmp_path / "scores")
    assert run(*words) == 0
    assert "scores.json is taken as given" in capsys.readouterr().out


def test_declared_scenarios_are_found_by_their_name_or_named(tmp_path, data, capsys):
    mine = tmp_path / "mine.yaml"
    mine.write_text("scenarios:\n  - {name: flat, coefficients: equal steps}\n", encoding="utf-8")
    release = REFERENCE / "missing"
    run("sensitivity", release, "--out", tmp_path / "out", "--scenarios", mine)
    assert run("verify", release, tmp_path / "out") == 1
    assert "name it: `--scenarios FILE.yaml`" in capsys.readouterr().out
    assert run("verify", release, tmp_path / "out", "--scenarios", mine) == 0
    mine.write_text("scenarios:\n  - {name: flat, points: equal}\n", encoding="utf-8")
    assert run("verify", release, tmp_path / "out", "--scenarios", mine) == 1
    said = capsys.readouterr().out
    assert "mine.yaml: the manifest says " in said
    assert "scores.csv: row unit=" in said


def test_grades_in_nonresponse_rest_on_merged_points(tmp_path, data, capsys):
    out = tmp_path / "results"
    run("score", data / "data", "--out", out, "--missing", "renormalise")
    run("merge", data / "index", "--scores", out, "--out", out)
    renormalise = ("--missing", "renormalise")
    run("nonresponse", data / "data", "--scores", out, "--out", tmp_path / "n", *renormalise)
    assert run("verify", data / "data", tmp_path / "n") == 1
    assert "merged.json, which the grades need, is not here" in capsys.readouterr().out
    assert run("verify", data / "data", tmp_path / "n", "--scores", out) == 0


def test_charts_are_said_not_to_be_verified(tmp_path, capsys):
    run("score", REFERENCE / "clean", "--out", tmp_path)
    run("draw", REFERENCE / "clean", "--scores", tmp_path, "--out", tmp_path)
    assert run("verify", REFERENCE / "clean", tmp_path) == 0
    assert re.search(r"note: charts are not verified \(\d+ here\)", capsys.readouterr().out)


def test_a_second_command_of_the_same_name_takes_the_place_of_the_first(tmp_path):
    for level in ("0.9", "0.95"):
        run("score", REFERENCE / "clean", "--out", tmp_path, "--level", level)
        run("reliability", REFERENCE / "clean", "--out", tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert [record["command"] for record in manifest["earlier"]] == ["score"]
    assert verify(REFERENCE / "clean", tmp_path).ok


def _named(scores: list) -> dict[str, Path]:
    return {"scores": Path(scores[1])} if scores else {}


@pytest.fixture
def compared(tmp_path):
    """A comparison of two years, and where they lie."""
    years = REFERENCE / "comparison" / "clusters"
    out = tmp_path / "compared"
    assert run("compare", years / "last", years / "this", "--out", out, "--panel", "psus") == 0
    return years, out


def test_a_comparison_of_two_years_is_verified_with_both_of_them(compared):
    years, out = compared
    verification = verify(years / "this", out, last=years / "last")
    assert verification.ok, verification.text()
    assert "comparison.json" in verification.files


def test_a_comparison_with_another_verdict_is_not(compared):
    years, out = compared

    def forge(content):
        content["units"][0]["verdict"] = "better"

    change_json(out / "comparison.json", forge)
    text = verify(years / "this", out, last=years / "last").text()
    assert 'column verdict: written "better", recomputed "cannot_be_told"' in text


def test_a_comparison_without_last_year_says_what_is_missing(compared):
    years, out = compared
    verification = verify(years / "this", out)
    assert not verification.ok
    assert "--last DIR" in verification.text()
