"""`1.250` is 1250 where people write it so: the other weights of the list say which is meant."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from survey_app.fieldwork.lists import sample_file
from tests.fieldwork.lists import GROUPS, UNITS, as_excel, csv_file, problems_of, row


def listed(*weights: str, make=csv_file, **more: str):
    return make(*(row(case=f"A{n}", weight=weight, **more) for n, weight in enumerate(weights)))


def read(*weights: str, make=csv_file, **more: str) -> sample_file.Sample:
    return sample_file.read(listed(*weights, make=make, **more), GROUPS, UNITS)


def refused(*weights: str, make=csv_file) -> list[tuple[str, str]]:
    file = listed(*weights, make=make)
    found = problems_of(lambda: sample_file.read(file, GROUPS, UNITS))
    return [(problem.slug, problem.values["typed"]) for problem in found]


REFUSED = [
    (["1.250", "980"], "1.250"),
    (["1,250", "980"], "1,250"),
    (["980", "870", "1.020", "1015"], "1.020"),
    (["1.333", "12,5"], "1.333"),  # decimals have a comma here
    (["1,333", "12.5"], "1,333"),
    (["1.250", "0,5", "12,75"], "1.250"),
    (["999.999", "850000"], "999.999"),
]


@pytest.mark.parametrize("make", [csv_file, as_excel])
@pytest.mark.parametrize(("weights", "typed"), REFUSED)
def test_a_mark_between_thousands_is_refused_with_the_other_weights_as_evidence(
    weights, typed, make
):
    assert refused(*weights, make=make) == [("ambiguous-number", typed)]
    found = problems_of(lambda: sample_file.read(listed(*weights, make=make), GROUPS, UNITS))
    assert any(f"`{weight}`" in found[0].message for weight in weights if weight != typed)


def test_two_kinds_of_marks_are_refused_both():
    assert refused("1.250", "1,980") == [
        ("ambiguous-number", "1.250"),
        ("ambiguous-number", "1,980"),
    ]


TAKEN = [
    (["1.333"], ["1.333"], 0),
    (["1,333", "1,333"], ["1.333", "1.333"], 0),
    (["1.333", "1", "2"], ["1.333", "1", "2"], 0),
    (["1.333", "2.5"], ["1.333", "2.5"], 0),
    (["0.333", "1.250"], ["0.333", "1.25"], 0),
    (["12.875", "8.125", "9"], ["12.875", "8.125", "9"], 0),
    (["1.250"], ["1.25"], 1),  # nobody writes 1.25 so
    (["1.250", "12.5", "980"], ["1.25", "12.5", "980"], 1),
    (["1.333", "45"], ["1.333", "45"], 1),
    (["1250", "980"], ["1250", "980"], 0),
    (["1.25", "980"], ["1.25", "980"], 0),
    (["1.3330", "980"], ["1.333", "980"], 0),
]


@pytest.mark.parametrize("make", [csv_file, as_excel])
@pytest.mark.parametrize(("weights", "kept", "warnings"), TAKEN)
def test_a_decimal_that_nothing_speaks_against_is_taken_and_a_doubt_is_told(
    weights, kept, warnings, make
):
    sample = read(*weights, make=make)
    assert [case.weight for case in sample.rows] == kept
    assert [remark.slug for remark in sample.remarks] == ["read-as-decimal"] * warnings


def test_the_size_of_a_stratum_says_what_its_weights_are():
    assert not read("1.250", "1.250", fpc1="3").remarks
    assert [p.slug for p in problems_of(lambda: read("1.250", "1.250", fpc1="2500"))] == [
        "ambiguous-number"
    ]


@given(
    weight=st.integers(1000, 999_999),
    mark=st.sampled_from(".,"),
    ratio=st.floats(0.2, 5),
    make=st.sampled_from([csv_file, as_excel]),
)
def test_any_thousand_beside_numbers_of_its_size_is_refused(weight, mark, ratio, make):
    marked = f"{weight // 1000}{mark}{weight % 1000:03d}"
    other = str(max(round(weight * ratio), 200))
    assert refused(marked, other, make=make) == [("ambiguous-number", marked)]


@given(
    weight=st.integers(1000, 999_999),
    mark=st.sampled_from(".,"),
    others=st.lists(st.floats(0.2, 5), max_size=4),
)
def test_any_decimal_beside_numbers_of_its_size_is_taken_in_silence(weight, mark, others):
    marked = f"{weight // 1000}{mark}{weight % 1000:03d}"
    near = [f"{weight * ratio / 1000:.4f}".replace(".", mark) for ratio in others]
    assume(others or not marked.endswith("0"))
    sample = read(marked, *near)
    assert float(sample.rows[0].weight) == weight / 1000
    assert not sample.remarks


def test_very_many_doubts_are_told_in_a_few_warnings():
    sample = read(*(f"{n}.{n:03d}" for n in range(100, 200)), "12.5", "150000")
    assert len(sample.remarks) == 10
    assert "90 more" in sample.remarks[-1].message
