"""Whatever was altered in results, in their manifest or in the release is found and named."""

from __future__ import annotations

import csv
import json
import shutil

import pytest

from analysis.verification.compare_tables import compare
from analysis.verification.differences import Log
from analysis.verification.verify import verify
from tests.analysis import small_cells
from tests.analysis.every_command import write_data, write_index
from tests.analysis.results_folders import (
    REFERENCE,
    change_cell,
    change_json,
    drop_row,
    rehash,
    run,
)

CLEAN = REFERENCE / "clean"


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scored")
    run("score", CLEAN, "--out", folder, "--max-error", "40%")
    return folder


@pytest.fixture
def scores(scored, tmp_path):
    """A copy to forge."""
    return shutil.copytree(scored, tmp_path / "scores")


def found(release, results, capsys, *options):
    """What `verify` says of forged results whose hashes were mended too."""
    rehash(results)
    assert run("verify", release, results, *options) == 1
    said = capsys.readouterr().out
    assert said.startswith("not verified: ")
    return said


def test_a_digit_of_a_score(scores, capsys):
    before = json.loads((scores / "scores.json").read_text("utf-8"))["units"][0]["score"]

    def forge(content):
        content["units"][0]["score"] = before + 1e-6

    change_json(scores / "scores.json", forge)
    said = found(CLEAN, scores, capsys)
    assert said.splitlines()[0] == "not verified: 1 difference in 1 file"
    place = "scores.json: units, row unit=U01, column score"
    assert f"{place}: written {before + 1e-6!r}, recomputed {before!r}" in said


def test_a_digit_in_a_table(scores, capsys):
    before = change_cell(scores / "units.csv", "score", "71.2", unit="U03")
    said = found(CLEAN, scores, capsys)
    assert f"units.csv: row unit=U03, column score: written 71.2, recomputed {before}" in said


@pytest.mark.parametrize(
    ("table", "column", "value", "row"),
    [
        ("ranks", "rank", "1", {"unit": "U02"}),
        ("ranks", "hi", "2", {"unit": "U02"}),
        ("ranks", "band", "7", {"unit": "U02"}),
        ("ranks", "rank", "", {"unit": "U02"}),
        ("units", "flags", "incomplete", {"unit": "U02"}),
        ("units", "status", "no_se", {"unit": "U02"}),
        ("units", "se", "", {"unit": "U02"}),
        ("pairs", "distinct", "True", {"distinct": "False"}),
        ("bands", "units", "U02;U01", {"band": "1"}),
        ("estimates", "n", "100", {"unit": "U02"}),
        ("rates", "invited", "1000.0", {"unit": "U02"}),
    ],
)
def test_a_decision_in_a_table(scores, capsys, table, column, value, row):
    before = change_cell(scores / f"{table}.csv", column, value, **row)
    said = found(CLEAN, scores, capsys)
    assert f", column {column}: written {_shown(value)}, recomputed {_shown(before)}" in said
    assert said.splitlines()[1].startswith(f"{table}.csv: row ")


def test_a_number_where_the_release_gives_none(tmp_path, capsys):
    run("score", REFERENCE / "edge", "--out", tmp_path)

    def forge(content):
        row = next(row for row in content["estimates"] if row["se"] is None)
        row["se"] = 0.05

    change_json(tmp_path / "scores.json", forge)
    said = found(REFERENCE / "edge", tmp_path, capsys)
    assert "column se: written 0.05, recomputed null" in said


def test_a_covariance_of_two_units(scores, capsys):
    def forge(content):
        content["covariance"]["matrix"][0][1] = 1e-8

    change_json(scores / "scores.json", forge)
    said = found(CLEAN, scores, capsys)
    assert "scores.json: covariance, row unit=U01, column U02: written 1e-08, recomputed " in said


def test_a_row_that_is_gone_and_one_that_was_added(scores, capsys):
    drop_row(scores / "units.csv", unit="U02")
    with (scores / "ranks.csv").open("a", encoding="utf-8") as file:
        file.write("U99" + "," * 14 + "\n")
    said = found(CLEAN, scores, capsys)
    assert "units.csv: row unit=U02: missing, but the release gives it" in said
    assert "ranks.csv: row unit=U99: written, but the release does not give it" in said


def test_a_row_that_stands_there_twice(scores, capsys):
    lines = (scores / "units.csv").read_text("utf-8").splitlines()
    (scores / "units.csv").write_text("\n".join([*lines, lines[1], ""]), "utf-8")
    said = found(CLEAN, scores, capsys)
    assert "units.csv: row unit=U01 (number 2): written, but the release does not" in said


def test_a_column_that_is_gone_and_one_that_was_added(scores, capsys):
    lines = (scores / "units.csv").read_text("utf-8").splitlines()
    lines[0] = lines[0].replace("df_design", "df_of_design")
    (scores / "units.csv").write_text("\n".join([*lines, ""]), "utf-8")
    said = found(CLEAN, scores, capsys)
    assert "units.csv: column df_design: missing, but the release gives it" in said
    assert "units.csv: column df_of_design: written, but the release does not give it" in said


def test_rows_in_another_order_are_the_same_results(scores):
    head, *lines = (scores / "units.csv").read_text("utf-8").splitlines()
    (scores / "units.csv").write_text("\n".join([head, *reversed(lines), ""]), "utf-8")
    change_json(scores / "scores.json", lambda content: content["ranks"].reverse())
    rehash(scores)
    assert verify(CLEAN, scores).ok


def test_every_column_of_every_table_is_compared(scored, tmp_path):
    """One value of each column is altered, one after another."""
    for path in sorted(scored.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = list(csv.reader(file))
        for at, name in enumerate(header if rows else ()):
            forged = [list(row) for row in rows]
            forged[-1][at] = "4711" if forged[-1][at] != "4711" else ""
            with (tmp_path / path.name).open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows([header, *forged])
            assert _differs(tmp_path / path.name, path), f"{path.name}: {name}"


def test_every_column_of_every_part_is_compared(scored, tmp_path):
    path, forged = scored / "scores.json", tmp_path / "scores.json"
    text = path.read_text("utf-8")
    columns = 0
    for part, content in json.loads(text).items():
        names = content[-1] if isinstance(content, list) and content else ()
        names = names or (content if isinstance(content, dict) else ())
        for name in [name for name in names if not isinstance(names, str)]:
            other = json.loads(text)
            (other[part][-1] if isinstance(content, list) else other[part])[name] = "forged"
            forged.write_text(json.dumps(other), encoding="utf-8")
            assert _differs(forged, path), f"{part}: {name}"
            columns += 1
    assert columns > 80


def _differs(written, recomputed):
    log = Log()
    compare(written, recomputed, "score", log)
    return log.total[written.name]


# --- other commands


def test_a_grade_of_merged_points(tmp_path, capsys):
    data, index = write_data(tmp_path / "data"), write_index(tmp_path / "index")
    out = tmp_path / "out"
    run("score", data, "--out", out, "--missing", "renormalise")
    run("merge", index, "--scores", out, "--out", out)
    before = change_cell(out / "merged.csv", "grade", "A+", unit="U07")
    said = found(data, out, capsys, "--merge-folder", index)
    said_of_it = f'merged.csv: row unit=U07, column grade: written "A+", recomputed "{before}"'
    assert said_of_it in said


def test_a_suppressed_number_that_is_shown_and_one_that_is_hidden(tmp_path, capsys):
    data = small_cells.folder(tmp_path / "data", 3)
    run("score", data, "--out", tmp_path / "scores")
    out = tmp_path / "out"
    run("publishable", data, "--scores", tmp_path / "scores", "--out", out)
    row = next(row for row in small_cells.table(out, "groups") if row["mean"] == "*")
    names = ("unit", "group", "question")
    change_cell(out / "groups.csv", "mean", "0.5", **{name: row[name] for name in names})
    row = next(row for row in small_cells.table(out, "counts") if row["answered"] not in "*0")
    before = change_cell(out / "counts.csv", "answered", "*", unit=row["unit"], group=row["group"])
    said = found(data, out, capsys, "--scores", tmp_path / "scores")
    assert 'column mean: written 0.5, recomputed "*"' in said
    assert f'column answered: written "*", recomputed {before}' in said


# --- inputs


def test_one_answer_of_the_release(scores, tmp_path, capsys):
    release = shutil.copytree(CLEAN, tmp_path / "release")
    change_cell(release / "respondents.csv", "q01", "2", unit="U01", q01="5")
    said = found(release, scores, capsys)
    first, second = said.splitlines()[:2]
    assert first.startswith("not verified: ")
    assert first.endswith(", 1 input hash")
    assert second.startswith("respondents.csv: the manifest says ")
    assert ", the folder has " in second
    assert "units.csv: row unit=U01, column score: written " in said


def test_an_input_that_changes_no_number(scores, tmp_path, capsys):
    release = shutil.copytree(CLEAN, tmp_path / "release")
    with (release / "options.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    said = found(release, scores, capsys)
    assert said.startswith("not verified: 1 input hash\noptions.csv: the manifest says ")


def test_an_input_that_is_gone_and_one_that_was_added(scores, tmp_path, capsys):
    release = shutil.copytree(CLEAN, tmp_path / "release")
    (release / "frame.csv").unlink()
    (release / "units.csv").write_text("unit,name_vi\nU01,Một\n", encoding="utf-8")
    said = found(release, scores, capsys)
    assert "frame.csv: the manifest names it, the release does not have it" in said
    assert "units.csv: it would be read, but the manifest does not name it" in said


# --- settings and manifest


@pytest.mark.parametrize("setting", [{"level": 0.9}, {"max_error": "30%"}, {"rank_method": "mrsw"}])
def test_a_setting_in_the_manifest(scores, capsys, setting):
    change_json(scores / "manifest.json", lambda manifest: manifest["settings"].update(setting))
    name = next(iter(setting))
    assert f"scores.json: settings.{name}: written " in found(CLEAN, scores, capsys)


def test_a_setting_in_the_results(scores, capsys):
    change_json(scores / "scores.json", lambda content: content.update(level=0.9))
    assert "scores.json: level: written 0.9, recomputed 0.95" in found(CLEAN, scores, capsys)


def test_a_setting_that_is_gone(scores, capsys):
    change_json(scores / "manifest.json", lambda manifest: manifest["settings"].pop("missing"))
    said = found(CLEAN, scores, capsys)
    assert "manifest.json: settings.missing: missing, but the release gives it" in said


def test_an_argument_in_the_manifest(tmp_path, capsys):
    run("reliability", CLEAN, "--out", tmp_path)
    change_json(tmp_path / "manifest.json", lambda m: m["arguments"]["scoring"].update(level=0.9))
    said = found(CLEAN, tmp_path, capsys)
    assert "manifest.json: settings.level: written 0.95, recomputed 0.9" in said


def test_a_file_that_changed_after_it_was_written_although_its_numbers_did_not(scores, capsys):
    text = (scores / "units.csv").read_text("utf-8")
    (scores / "units.csv").write_text(text.replace("\n", "\r\n"), encoding="utf-8", newline="")
    assert run("verify", CLEAN, scores) == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first == "not verified: 1 output hash"
    assert second.startswith("units.csv: changed after it was written: the manifest says ")


def _shown(cell: str) -> str:
    try:
        return str(float(cell)) if "." in cell else str(int(cell))
    except ValueError:
        return f'"{cell}"' if cell else "null"
