"""`python -m analysis compare`, as a stranger runs it."""

from __future__ import annotations

import csv
import json
import math
import re

import pytest

from tests.analysis import two_years
from tests.analysis.test_command_line import run
from tests.analysis.two_years import REFERENCE

LAST, THIS = (REFERENCE / "two_stage" / one for one in ("last", "this"))
UNMERGED = "BC (merged_without_rule: predecessor_rule is not `frame`)"
TABLES = {"units", "criteria", "fields", "ranks", "common_criteria", "families", "panel"}
ROOT = REFERENCE.parents[2]
PAGES = ("compare-two-years.md", "so-sanh-hai-nam.md")
UNITS = (
    "unit,name_vi,predecessors,predecessor_rule\n"
    "A,Sở A,,\nBC,Sở B và C,B;C,\nNEW,Sở mới,,\nD2,Sở D,D,\n"
)


@pytest.fixture
def pair(tmp_path):
    """Last year A, B, C, D and E; this year A, BC, NEW and D2, with a criterion more."""
    before = {"A": "DDDDDDCDDD", "B": "AABB", "C": "ABCD", "D": "AAAABAAAAB", "E": "AB"}
    now = {"A": "AAAAAABAAA", "BC": "AABB", "NEW": "ABCD", "D2": "BAAABAAAAB"}
    index = "code,parent\nF1,\nC1,F1\nC2,F1\nC3,F1\n"
    criteria = two_years.CRITERIA + "C3,1,leaders,q2,1\n"
    two_years.year(tmp_path / "last", before)
    two_years.year(tmp_path / "this", now, units=UNITS, criteria=criteria, index=index)
    return tmp_path / "last", tmp_path / "this"


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_it_writes_json_tables_and_a_manifest_twice_the_same_and_tells_what_it_found(
    pair, tmp_path
):
    for out in ("a", "b"):
        done = run("compare", *pair, "--out", tmp_path / out)
        assert (done.returncode, done.stderr) == (0, "")
    assert {path.stem for path in (tmp_path / "a").glob("*.csv")} == TABLES
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
    assert done.stdout.splitlines() == [
        "Compared: 2 of 4 units on 2 of 3 criteria (2 points)",
        "Left out, criteria: C3 (only_this)",
        f"Left out, units: {UNMERGED}; NEW (only_this); E (only_last)",
        "independent: no panel is declared, so the two years' samples count as independent",
        "Better: A +1.88 (+1.80 to +1.96)",
        "Worse: none",
        "Cannot be told: 1 of 2 units",
        "Rank rose for sure, of 2: A 2 to 1",
        "Rank fell for sure, of 2: D2 1 to 2",
    ]


def test_the_json_is_valid_says_its_settings_and_holds_what_the_tables_hold(pair, tmp_path):
    words = ("--level", "0.9", "--rank-method", "holm", "--missing", "renormalise")
    done = run("compare", *pair, "--out", tmp_path / "out", *words)
    assert (done.returncode, done.stderr) == (0, "")
    text = (tmp_path / "out" / "comparison.json").read_text(encoding="utf-8")
    content = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert content["level"] == 0.9
    assert content["settings"]["rank_method"] == "holm"
    assert content["samples"] == "independent"
    assert content["notes"][2].startswith("independent: ")
    for name in TABLES:
        written = rows(tmp_path / "out" / f"{name}.csv")
        assert len(written) == len(content[name])
        for ours, theirs in zip(written, content[name], strict=True):
            assert list(ours) == list(theirs)
            for key, value in theirs.items():
                if isinstance(value, float):
                    assert float(ours[key]) == value
                    assert math.isfinite(value)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    read = {"last/respondents.csv", "this/respondents.csv", "this/units.csv", "this/index.csv"}
    assert read <= set(manifest["inputs"])


def test_every_unit_of_either_year_has_a_row_that_says_what_became_of_it(pair, tmp_path):
    done = run("compare", *pair, "--out", tmp_path / "out")
    assert done.returncode == 0
    units = {row["unit"]: row for row in rows(tmp_path / "out" / "units.csv")}
    assert {unit: row["basis"] for unit, row in units.items()} == {
        "A": "same", "BC": "merged", "NEW": "new", "D2": "renamed", "E": "gone"}  # fmt: skip
    assert units["A"]["verdict"] == "better"
    assert units["A"]["meaning_vi"] == (
        "Tăng 1,88 điểm (khoảng tin cậy 95 %: 1,80 đến 1,96); tốt hơn."
    )
    assert units["D2"]["verdict"] == "cannot_be_told"
    assert units["BC"]["predecessors"] == "B;C"
    assert (units["BC"]["verdict"], units["BC"]["change"]) == ("", "")
    assert units["BC"]["meaning_vi"].startswith("Không so sánh: sáp nhập từ nhiều đơn vị")
    common = {row["criterion"]: row for row in rows(tmp_path / "out" / "common_criteria.csv")}
    assert common["C3"]["reason"] == "only_this"
    assert {row["field"] for row in rows(tmp_path / "out" / "fields.csv")} == {"F1"}
    ranks = {row["unit"]: row for row in rows(tmp_path / "out" / "ranks.csv")}
    assert (ranks["A"]["rank_last"], ranks["A"]["rank_this"], ranks["A"]["change"]) == (
        "2",
        "1",
        "-1",
    )
    assert ranks["NEW"]["reason"] == "only_this"


def test_a_panel_by_group_is_declared_on_the_command_line(tmp_path):
    words = ("--panel", "persons", "citizens=psus")
    done = run("compare", LAST, THIS, "--out", tmp_path, *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert "overlapping: covariance of the two years for leaders (persons), " in done.stdout
    panel = {row["group"]: row for row in rows(tmp_path / "panel.csv")}
    assert {group: row["panel"] for group, row in panel.items()} == {
        "council": "persons", "leaders": "persons", "citizens": "psus"}  # fmt: skip
    assert panel["citizens"]["psus_both"] == panel["citizens"]["psus_this"] == "36"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--panel", "council=people"), ["error[unknown-panel]", "--panel", "psus or persons"]),
        (("--panel", "concil=persons"), ["error[unknown-group]", "did you mean `council`?"]),
        (("--weights", "raked"), ["error[no-population]", "population.csv", "use base weights"]),
    ],
)
def test_what_cannot_be_done_is_refused_with_place_and_remedy(tmp_path, words, told):
    done = run("compare", LAST, THIS, "--out", tmp_path, *words)
    assert done.returncode == 1
    assert all(text in done.stderr for text in told), done.stderr
    assert "Traceback" not in done.stderr


def test_a_faulty_file_of_either_year_is_refused_with_its_line(pair, tmp_path):
    path = pair[0] / "respondents.csv"
    path.write_text(path.read_text("utf-8").replace(",1.2,", ",0,", 1), encoding="utf-8")
    done = run("compare", *pair, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "error[weight-not-positive]: a weight is more than 0, not `0`" in done.stderr
    assert f"--> {path}:2:" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", [("--reworded", "drop"), ("--level", "95"), ("--panel",)])
def test_a_mistyped_command_ends_with_2(pair, tmp_path, words):
    assert run("compare", *pair, "--out", tmp_path / "out", *words).returncode == 2


@pytest.mark.parametrize("page", PAGES)
def test_what_the_pages_show_is_what_the_command_prints(page, tmp_path):
    text = (ROOT / "docs" / "how-to" / page).read_text(encoding="utf-8")
    shown = re.findall(r"\$ python -m analysis (compare tests/.*)\n((?:.+\n)+?)```", text)
    assert len(shown) == 2
    for command, printed in shown:
        words = [ROOT / word if word.startswith("tests/") else word for word in command.split()]
        words[words.index("--out") + 1] = tmp_path
        assert run(*words).stdout == printed
