"""What is laid out for pages: points are made of the answers beside them, none of them of few."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.__main__ import main
from analysis.report.detail.counted_answers import joined_options
from tests.analysis import small

COEFS = [(1.0, 0.6, 0.2, 0.0), (1.0, 0.7, 1 / 3, 0.0), (1.0, 0.0), (1.0, 0.5, 0.0)]
cells = st.sampled_from(COEFS).flatmap(
    lambda coefs: st.tuples(
        st.lists(st.integers(0, 12), min_size=len(coefs), max_size=len(coefs)), st.just(coefs)
    )
)
thresholds = st.integers(1, 8)


def possible(counts, coefs, blocks):
    """Every way to have answered that gives the counts that are shown, and the ratio."""
    whole = [Fraction(repr(coef)) for coef in coefs]
    worth = sum(count * coef for count, coef in zip(counts, whole, strict=True))
    sums = [(block, sum(counts[at] for at in block)) for block in blocks]
    for parts in product(*(_shared_out(total, len(block)) for block, total in sums)):
        guess = [count for part in parts for count in part]
        if sum(count * coef for count, coef in zip(guess, whole, strict=True)) == worth:
            yield guess


def _shared_out(total, among):
    if among == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _shared_out(total - first, among - 1):
            yield (first, *rest)


@given(cells, thresholds)
@settings(max_examples=150, deadline=None)
def test_no_small_count_is_shown_or_follows_from_what_is(cell, fewest):
    """The attack: solve for every option, knowing the ratio and all that is shown."""
    counts, coefs = cell
    blocks = joined_options(counts, coefs, fewest)
    assert [at for block in blocks for at in block] == list(range(len(counts)))
    if len(blocks) == 1:
        return  # no more than the ratio and its count, which are public
    guesses = list(possible(counts, coefs, blocks))
    assert counts in guesses
    for block in blocks:
        total = sum(counts[at] for at in block)
        assert not 0 < total < fewest
        for at in block:
            if 0 < counts[at] < fewest:
                values = [guess[at] for guess in guesses]
                assert max(values) - min(values) >= max(fewest - 2, 1)


def test_two_options_that_are_joined_are_solved_for_so_three_are():
    counts, coefs = [1, 12, 5, 21], COEFS[0]
    assert len(list(possible(counts, coefs, [[0, 1], [2], [3]]))) == 1, "the attack finds the one"
    assert joined_options(counts, coefs, 5) == [[0, 1, 2], [3]]


@given(cells, thresholds)
def test_options_that_enough_people_chose_stay_apart(cell, fewest):
    counts, coefs = cell
    if all(not count or count >= fewest for count in counts):
        assert joined_options(counts, coefs, fewest) == [[at] for at in range(len(counts))]


@pytest.fixture
def laid_out(tmp_path):
    """A unit that forty delegates and fifteen leaders rated, and another that three leaders did."""
    told = {"council": "A" * 20 + "B" * 10 + "C" * 5 + "D" * 5, "leaders": "A" * 8 + "B" * 6 + "C"}
    answers = small.respondents(told)
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
        {"options": ["C"], "n": 5, "weight": 5.0, "coefficient": 0.2},
        {"options": ["D"], "n": 5, "weight": 5.0, "coefficient": 0.0},
        {"options": ["KB"], "n": 0, "declined": True},
    ]
    assert leaders["answers"][0] == {"options": ["A", "B", "C"], "n": 15}, "C was chosen once"
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
