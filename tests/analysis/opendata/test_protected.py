"""Nothing in the archive tells an answer of fewer than five, or joins two ratings of a person."""

from __future__ import annotations

import csv
import json

import numpy as np
import pandas as pd
import pytest

from analysis.__main__ import main
from analysis.opendata.coarsening import Design, coarsened, shown_of_people
from tests.analysis.opendata.conftest import unpacked
from tests.analysis.opendata.releases import release

DESIGN = ["stratum", "psu", "weight", "fpc1", "fpc2", "mode"]
PEOPLE = ["online_used", "channels_web", "channels_desk", "sex", "visits"]
SCORED = {"council_view", "service", "online_service"}


def ratings(archive):
    return pd.read_csv(archive / "data" / "ratings.csv")


@pytest.mark.parametrize("which", ["archive", "other"])
def test_every_row_looks_like_four_others_of_its_unit_and_group(which, request):
    rows = ratings(request.getfixturevalue(which))
    alike = rows.fillna(-1).groupby(["unit", "group", *DESIGN, *PEOPLE]).size()
    assert alike.min() >= 5
    assert {0, 1, 4} <= set(rows["coarsened"]), "the invented sample needs several levels"


def test_what_the_published_tables_withhold_the_rows_withhold_too(archive):
    rows = ratings(archive)
    units = pd.read_csv(archive / "definition" / "units.csv").set_index("unit")["number"]
    groups = pd.read_csv(archive / "definition" / "groups.csv").set_index("group")["number"]
    with (archive / "results" / "groups.csv").open(encoding="utf-8") as file:
        withheld = [row for row in csv.DictReader(file) if row["mean"] == "*"]
    with (archive / "results" / "counts.csv").open(encoding="utf-8") as file:
        counts = [row for row in csv.DictReader(file) if row["answered"] == "*"]
    assert withheld
    assert counts
    for row in withheld:
        cell = rows[(rows["unit"] == units[row["unit"]]) & (rows["group"] == groups[row["group"]])]
        assert set(cell[row["question"]]) <= {-94}
    for row in counts:
        if row["unit"] in units and row["group"] in groups:
            at = (rows["unit"] == units[row["unit"]]) & (rows["group"] == groups[row["group"]])
            assert not at.any()


def test_answers_of_a_small_group_change_no_byte_of_the_rows_nor_of_their_codebook(tmp_path):
    folder = release(tmp_path / "r")
    before = unpacked(folder, "before")
    path = folder / "release" / "respondents.csv"
    text = path.read_text("utf-8").splitlines()
    at = [n for n, line in enumerate(text) if ",SNV,leaders," in line]
    assert len(at) == 3
    for n in at:
        cells = text[n].split(",")
        cells[10] = {"1": "3", "2": "1", "3": "2", "9": "9"}[cells[10]]
        text[n] = ",".join(cells)
    path.write_text("\n".join(text) + "\n", "utf-8")
    where = str(folder / "release")
    assert main(["score", where, "--out", str(folder / "results"), "--missing", "renormalise"]) == 0
    after = unpacked(folder, "after")
    told = (
        "data/ratings.csv",
        "data/ratings.sav",
        "data/ratings.dta",
        "data/ratings.parquet",
        "codebook/codebook.csv",
        "codebook/codebook.md",
        "codebook/ddi.xml",
    )
    for name in told:
        assert (before / name).read_bytes() == (after / name).read_bytes(), name
    assert (before / "results/units.csv").read_bytes() != (after / "results/units.csv").read_bytes()


def test_no_key_no_cluster_and_no_free_text_is_anywhere(scored, archive):
    with (scored / "release" / "respondents.csv").open(encoding="utf-8") as file:
        people = list(csv.DictReader(file))
    secrets = {row["resp_id"] for row in people if len(row["resp_id"]) > 4}
    secrets |= {"resp_id", "bản 1", "remarks", "Ý kiến khác", "hdnd"}
    for path in archive.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for secret in secrets:
            assert secret.encode() not in content, (secret, path.name)


def test_rows_stand_in_an_order_that_they_show_themselves(archive):
    rows = ratings(archive).fillna(1e9)
    assert rows.equals(rows.sort_values(list(rows.columns), kind="stable", ignore_index=True))


def test_a_withheld_answer_does_not_show_in_what_was_not_asked_by_it(archive):
    rows = ratings(archive)
    withheld = rows["online_used"] == -94
    assert withheld.any()
    assert not (rows.loc[withheld, "online_service"] == -96).any()


def _design(**changed):
    n = 20
    same = {
        "stratum": np.ones(n, int), "psu": np.arange(n), "weight": np.full(n, 2.0),
        "fpc1": np.full(n, 90.0), "fpc2": np.full(n, np.nan), "mode": np.ones(n, int),
    }  # fmt: skip
    return Design(**(same | changed))


@pytest.mark.parametrize(
    ("changed", "level"),
    [
        ({}, 0),
        ({"mode": np.repeat([1, 2], [17, 3])}, 1),
        ({"psu": np.repeat([1, 2, 3], [10, 7, 3])}, 2),
        ({"stratum": np.repeat([1, 2], [17, 3])}, 3),
        ({"weight": np.repeat([2.0, 3.0, 9.0], [9, 9, 2])}, 4),
    ],
)
def test_the_design_is_shown_at_the_finest_level_at_which_enough_are_alike(changed, level):
    result = coarsened(_design(**changed))
    assert result.level == level
    assert np.bincount(result.classes).min() >= 5
    weights = changed.get("weight", np.full(20, 2.0))
    assert result.shown[:, 2].sum() == pytest.approx(weights.sum())


def test_what_people_say_of_themselves_is_shown_while_enough_stay_alike():
    halves, quarters = np.repeat([1.0, 2.0], 10), np.tile([1.0, 2.0], 10)
    three = np.repeat([1.0, 2.0], [17, 3])
    told = [column[:, None] for column in (three, halves, quarters, halves, np.arange(20.0))]
    assert shown_of_people(np.zeros(20, int), told) == [False, True, True, True, False]


def test_few_answers_that_came_between_two_publications_are_withheld(tmp_path):
    """Whoever kept the archive of the first version subtracts it from the second."""
    folder = release(tmp_path / "r")
    path = folder / "release" / "respondents.csv"
    whole = path.read_text("utf-8")
    lines = whole.splitlines()
    late = [line for line in lines if ",STC,leaders," in line][:2]
    path.write_text("\n".join(line for line in lines if line not in late) + "\n", "utf-8")
    where, first = str(folder / "release"), folder / "first"
    assert main(["score", where, "--out", str(first), "--missing", "renormalise"]) == 0
    path.write_text(whole, "utf-8")
    again = unpacked(folder, "again", before=[first])
    rows = ratings(again)
    assert not ((rows["unit"] == 2) & (rows["group"] == 3)).any()
    manifest = json.loads((again / "manifest.json").read_text("utf-8"))
    assert manifest["settings"]["disclosure"]["fewest"] == 5
