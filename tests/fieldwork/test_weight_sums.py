from decimal import Decimal

import pytest

from survey_app.fieldwork.case import Case, Stratum
from survey_app.fieldwork.lists.weight_sums import off, remarks


def cases(count, weight, **more):
    about = {"group": "citizens", "unit": "SYT", "asked": "SYT", "stratum": "all", **more}
    return [Case(label=f"{more}{k}", weight=weight, **about) for k in range(count)]


def frame(population, stratum="all"):
    return [Stratum("citizens", "", "SYT", stratum, population, None)]


def test_seventy_against_twelve_times_two_and_a_third_is_said_with_both_numbers():
    found = off(cases(12, "2.3333"), frame(70))
    assert [(each.cases, each.total, each.population) for each in found] == [
        (12, Decimal("27.9996"), 70)
    ]
    (told,) = remarks("mau.csv", found)
    assert "add up to 12 × 2.3333 = 28, and its population is 70" in told.message
    assert told.severity == "warning"
    assert told.values["wanted"] == "5.83"


@pytest.mark.parametrize("weight", ["5.8333333", "5.83", "5.84"])
def test_weights_typed_with_few_digits_pass(weight):
    assert off(cases(12, weight), frame(70)) == ()


@pytest.mark.parametrize("weight", ["6", "5.7", "58.333"])
def test_weights_rounded_too_far_or_shifted_do_not(weight):
    assert len(off(cases(12, weight), frame(70))) == 1


def test_the_size_of_the_stratum_in_the_list_counts_where_the_frame_has_none():
    assert len(off(cases(12, "2.3333", fpc1=70), [])) == 1
    assert off(cases(12, "2.3333"), []) == ()
    assert off(cases(12, "2.3333"), frame(None)) == ()


def test_psus_leave_room_for_large_and_small_ones_but_not_for_a_wrong_divisor():
    village = {"psu": "Bản 1", "fpc1": 30}
    assert off(cases(12, "7", **village), frame(70)) == ()
    assert len(off(cases(12, "2.3333", **village), frame(70))) == 1


def test_each_stratum_is_compared_by_itself():
    both = [*cases(10, "4", stratum="a"), *cases(10, "6", stratum="b")]
    found = off(both, [*frame(40, "a"), *frame(40, "b")])
    assert [each.place[3] for each in found] == ["b"]


def test_whose_place_was_taken_counts_no_more():
    listed = cases(13, "7")
    assert len(off(listed, frame(84))) == 1
    assert off(listed, frame(84), {listed[0].label}) == ()


def test_many_strata_are_told_in_few_lines():
    many = [each for k in range(60) for each in cases(2, "9", stratum=f"t{k:02d}")]
    told = remarks("mau.csv", off(many, [one for k in range(60) for one in frame(5, f"t{k:02d}")]))
    assert len(told) == 21
    assert "40 more" in told[-1].message
