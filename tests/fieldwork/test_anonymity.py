from dataclasses import replace

from survey_app.fieldwork.case import Case
from survey_app.fieldwork.protection.anonymity import smallest_classes, warning

UNITS = ("SNV", "STP", "STC")
CASE = Case("1", "council", "*", "all", "1", sample="hdnd")


def copies(case, count):
    return [replace(case, label=f"{case.label}.{number}") for number in range(count)]


def sizes(cases, expected=1.0):
    return [each.size for each in smallest_classes(cases, UNITS, expected=expected)]


def test_five_who_look_alike_hide_each_other():
    assert sizes(copies(CASE, 5)) == []


def test_four_who_look_alike_do_not():
    assert sizes(copies(CASE, 4)) == [4]


def test_what_counts_is_who_is_expected_to_answer():
    assert sizes(copies(CASE, 9), expected=0.5) == [9]
    assert sizes(copies(CASE, 10), expected=0.5) == []
    assert sizes(copies(CASE, 6), expected=0.8) == [6]
    assert sizes(copies(CASE, 7), expected=0.8) == []


def test_half_of_the_invited_are_expected_to_answer_unless_something_better_is_known():
    assert smallest_classes(copies(CASE, 9), UNITS) != ()
    assert smallest_classes(copies(CASE, 10), UNITS) == ()


def test_each_part_of_the_design_that_a_ballot_shows_tells_people_apart():
    for change in (
        {"weight": "2"},
        {"stratum": "b"},
        {"psu": "b"},
        {"mode": "paper"},
        {"fpc1": 9},
        {"asked": "SNV STP"},
        {"home_unit": "SNV"},
    ):
        assert sizes([*copies(CASE, 5), replace(CASE, label="x", **change)]) == [1], change


def test_a_home_that_is_not_rated_anyway_tells_nobody_apart():
    homes = [replace(CASE, label=home, home_unit=home) for home in ("03646", "03650", "")]
    assert sizes([*homes, *copies(CASE, 2)]) == []


def test_a_random_subset_shows_only_whether_the_home_is_in_the_class():
    some = replace(CASE, asked="*2")
    homes = [replace(some, label=str(n), home_unit=UNITS[n % 3]) for n in range(6)]
    assert sizes(homes) == []
    assert sizes([*homes, some]) == [1]


def test_a_home_outside_the_list_tells_nobody_apart():
    listed = replace(CASE, asked="SNV STP")
    assert sizes([*copies(listed, 4), replace(listed, label="x", home_unit="STC")]) == []


def test_the_warning_says_how_many_and_never_who():
    small = smallest_classes(
        [*copies(CASE, 3), replace(CASE, label="Lò Văn An", stratum="b")], UNITS
    )
    said = warning(small)
    assert "if 50% of the invited answer, 4 cases" in said
    assert "1 of them with nobody" in said
    assert "Lò Văn An" not in said + repr(small)
    assert warning(()) == ""
