"""What is laid out for pages: points are made of the answers beside them, none of them of few."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.__main__ import main
from analysis.report.detail.counted_answers import joined_options
from tests.analysis import small

counts_of_options = st.lists(st.integers(0, 12), min_size=1, max_size=7)
thresholds = st.integers(1, 8)


@given(counts_of_options, thresholds)
def test_options_are_joined_with_neighbours_until_no_count_is_small(counts, fewest):
    joined = joined_options(counts, fewest)
    assert [at for each in joined for at in each] == list(range(len(counts)))
    sums = [sum(counts[at] for at in each) for each in joined]
    if sum(counts) >= fewest:
        assert all(not total or total >= fewest for total in sums)
    else:
        assert sum(0 < total < fewest for total in sums) <= 1


@given(counts_of_options, thresholds)
def test_options_that_enough_people_chose_stay_apart(counts, fewest):
    if all(not count or count >= fewest for count in counts):
        assert joined_options(counts, fewest) == [[at] for at in range(len(counts))]


@pytest.fixture
def laid_out(tmp_path):
    """A unit that forty delegates and fifteen leaders rated, and another that three leaders did."""
    answers = small.respondents()
    few = [f"x{n},U2,leaders,all,x{n},1,30,,{code}" for n, code in enumerate("AAB")]
    many = [f"y{n},U2,council,all,y{n},1,65,,{'ABCD'[n % 4]}" for n in range(20)]
    folder = small.folder(
        tmp_path / "data",
        respondents=answers + "\n".join([*few, *many]) + "\n",
        frame=small.FRAME + "U2,council,65,50,20\nU2,leaders,30,20,3\n",
    )
    scores, out = tmp_path / "scores", tmp_path / "detail"
    assert main(["score", str(folder), "--out", str(scores), "--min-group", "2"]) == 0
    assert main(["detail", str(folder), "--scores", str(scores), "--out", str(out)]) == 0
    return {
        "scores": json.loads((scores / "scores.json").read_text("utf-8")),
        "overview": json.loads((out / "overview.json").read_text("utf-8")),
        "U1": json.loads((out / "units" / "U1.json").read_text("utf-8")),
        "U2": json.loads((out / "units" / "U2.json").read_text("utf-8")),
        "C1": json.loads((out / "criteria" / "C1.json").read_text("utf-8")),
    }


def test_points_follow_from_the_counted_answers(laid_out):
    (row,) = laid_out["U1"]["derivation"]
    scored = {each["unit"]: each["score"] for each in laid_out["scores"]["units"]}
    ratio = math.fsum(link["share"] * link["sum_wx"] / link["sum_w"] for link in row["links"])
    assert ratio == pytest.approx(row["ratio"], abs=1e-12)
    assert row["max_points"] * ratio == pytest.approx(scored["U1"], abs=1e-12)
    council, leaders = row["links"]
    assert council["answers"] == [
        {"options": ["A"], "n": 20, "weight": 20.0, "coefficient": 1.0},
        {"options": ["B"], "n": 10, "weight": 10.0, "coefficient": 0.6},
        {"options": ["C", "D"], "n": 5},
        {"options": ["KB"], "n": 5, "declined": True},
    ]
    assert sum(each["n"] for each in leaders["answers"] if "declined" not in each) == 15


def test_a_group_of_few_has_no_numbers(laid_out):
    (row,) = laid_out["U2"]["derivation"]
    council, leaders = row["links"]
    assert leaders == {"group": "leaders", "question": "q1", "withheld": True}
    hidden = {"group": "council", "question": "q1", "withheld": True}
    assert council in (hidden, council | {"withheld": False})
    (of_criterion,) = [each for each in laid_out["C1"]["units"] if each["unit"] == "U2"]
    said = {each["group"]: each for each in of_criterion["groups"]}
    assert said["leaders"] == {"group": "leaders", "withheld": True}


def test_a_unit_stands_beside_the_mean_of_its_class(laid_out):
    shares = {unit: laid_out[unit]["profile"]["criteria"][0]["share"] for unit in ("U1", "U2")}
    for unit in ("U1", "U2"):
        (line,) = laid_out[unit]["profile"]["criteria"]
        assert line["class_share"] == pytest.approx(sum(shares.values()) / 2)
        assert line["difference"] == pytest.approx(line["share"] - line["class_share"])
        apart = line["lo"] > line["class_share"] or line["hi"] < line["class_share"]
        assert bool(line["stands"]) == apart
        assert laid_out[unit]["peers"] == 2


def test_the_overview_has_every_unit_and_no_long_table(laid_out):
    overview = laid_out["overview"]
    assert [row["unit"] for row in overview["units"]] == ["U1", "U2"]
    assert {"estimates", "covariance", "criteria"}.isdisjoint(overview)


def test_without_scores_it_says_what_is_missing(tmp_path, capsys):
    folder = small.folder(tmp_path / "data")
    arguments = ["detail", str(folder), "--scores", str(tmp_path), "--out", str(tmp_path / "out")]
    assert main(arguments) == 1
    assert "no-scores" in capsys.readouterr().err
