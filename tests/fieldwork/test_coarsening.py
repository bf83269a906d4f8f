"""The last ballots of a wave show the same as others, or are told by their size; none is lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from survey_app.fieldwork.case import Case
from survey_app.fieldwork.protection.anonymity import as_seen
from survey_app.fieldwork.protection.coarsening import CLOSE, coarsened, place

UNITS = ("SNV", "STP", "STC")
CASE = Case("", "citizens", "", "a", "2", unit="SNV", psu="v1", fpc1=20, fpc2=100)
DELEGATE = Case("", "council", "*", "all", "1", sample="hdnd", fpc1=65)


def made(*cases, enough=3):
    """What becomes of ballots of these cases; each is given a key."""
    return coarsened(((str(number), case) for number, case in enumerate(cases)), UNITS, enough)


def shown(result):
    """Size and design of every batch, the small ones last."""
    return [(batch.size, batch.shown) for batch in (*result.batches, *result.small)]


def test_what_is_alike_already_is_left_as_it_is():
    other = replace(CASE, psu="v2", weight="2.1")
    assert sorted(shown(made(*[CASE] * 3, *[other] * 4)), key=lambda it: it[0]) == [
        (3, CASE),
        (4, other),
    ]


def test_a_mode_that_few_have_is_dropped_and_nothing_else():
    alone = replace(CASE, mode="paper")
    assert shown(made(*[CASE] * 3, alone)) == [(4, replace(CASE, mode=""))]
    assert shown(made(*[CASE] * 3, *[alone] * 3)) == [(3, alone), (3, CASE)]


def test_small_psus_are_joined_into_the_one_with_the_most_people():
    second = replace(CASE, psu="v2", fpc2=300)
    assert shown(made(CASE, second, second)) == [(3, second)]


def test_a_joined_psu_keeps_its_mode_where_all_share_it_and_drops_it_elsewhere():
    second = replace(CASE, psu="v2", mode="paper")
    assert [it.mode for _, it in shown(made(CASE, CASE, second))] == [""]
    assert [it.mode for _, it in shown(made(CASE, CASE, replace(second, mode="web")))] == ["web"]


def test_as_many_psus_are_left_as_can_be():
    psus = [replace(CASE, psu=f"v{number}") for number in range(6)]
    result = made(*(case for case in psus[:3] for _ in range(2)), *psus[3:])
    assert [size for size, _ in shown(result)] == [3, 3, 3]


def test_what_fills_no_psu_any_more_joins_the_smallest():
    large, larger = replace(CASE, psu="v8"), replace(CASE, psu="v9")
    result = made(*[large] * 3, *[larger] * 5, replace(CASE, psu="v1"))
    assert sorted(size for size, _ in shown(result)) == [4, 5]


def test_weights_within_a_quarter_become_their_mean():
    weights = ("2", "2.2", "2.4")
    result = made(*(replace(CASE, weight=weight) for weight in weights))
    ((size, design),) = shown(result)
    assert (size, Decimal(design.weight)) == (3, Decimal("2.2"))


def test_the_sum_of_the_weights_is_kept():
    weights = ("1", "1.1", "1.13", "1.21", "1.249", "5", "5.5", "6")
    result = made(*(replace(CASE, weight=weight) for weight in weights))
    total = sum(size * Decimal(design.weight) for size, design in shown(result))
    assert abs(total - sum(map(Decimal, weights))) < Decimal("1e-12")


def test_weights_further_apart_are_not_joined():
    result = made(CASE, CASE, replace(CASE, weight="2.6"))
    assert result.batches == ()
    assert sorted((size, design.weight) for size, design in shown(result)) == [(1, "2.6"), (2, "2")]


def test_of_all_ways_to_join_weights_the_one_that_leaves_fewest_alone_is_taken():
    # from the left, 1.00 1.10 1.20 would go together and leave 1.30 and 1.50 too few
    weights = ("1.00", "1.10", "1.20", "1.25", "1.30", "1.50")
    result = made(*(replace(CASE, weight=weight) for weight in weights))
    assert result.small == ()
    assert [size for size, _ in shown(result)] == [3, 3]


def test_strata_samples_and_lists_of_units_are_never_joined():
    for change in (
        {"stratum": "b"},
        {"unit": "STP"},
        {"group": "businesses"},
        {"sample": "x"},
        {"fpc1": 21},
        {"asked": "SNV STP"},
    ):
        result = made(*[CASE] * 3, replace(CASE, **change))
        assert [batch.size for batch in result.small] == [1], change


def test_a_home_that_shows_keeps_its_own_apart_and_one_that_does_not_joins():
    at_home = replace(DELEGATE, home_unit="SNV")
    assert [batch.size for batch in made(*[DELEGATE] * 3, at_home).small] == [1]
    elsewhere = replace(DELEGATE, home_unit="XYZ")
    assert made(*[DELEGATE] * 3, elsewhere).small == ()


def test_what_stays_small_is_told_by_its_size():
    result = made(*[CASE] * 2, *[DELEGATE] * 4, replace(CASE, stratum="b"))
    assert sorted(batch.size for batch in result.small) == [1, 2]
    assert [batch.size for batch in result.batches] == [4]


CASES = st.builds(
    replace,
    st.sampled_from([CASE, DELEGATE, replace(CASE, unit="STP")]),
    stratum=st.sampled_from("ab"),
    psu=st.sampled_from(["", "v1", "v2", "v3"]),
    weight=st.sampled_from(["1", "1.1", "1.24", "1.26", "2", "2.6", "9.999999"]),
    mode=st.sampled_from(["web", "paper"]),
    home_unit=st.sampled_from(["", "SNV"]),
)
LISTS = st.lists(CASES, max_size=40)


@given(LISTS, st.integers(2, 5))
def test_no_ballot_is_lost_or_doubled_and_every_batch_is_large_enough_or_listed(cases, enough):
    result = made(*cases, enough=enough)
    keys = [key for batch in (*result.batches, *result.small) for key, _ in batch.members]
    assert sorted(keys, key=int) == [str(number) for number in range(len(cases))]
    assert all(batch.size >= enough for batch in result.batches)
    assert all(0 < batch.size < enough for batch in result.small)


@given(LISTS, st.integers(2, 5))
def test_what_is_shown_differs_from_a_case_in_mode_psu_and_near_weights_alone(cases, enough):
    result = made(*cases, enough=enough)
    psus = {(case.cell, case.stratum, case.psu) for case in cases}
    for batch in (*result.batches, *result.small):
        assert (batch.shown.cell, batch.shown.stratum, batch.shown.psu) in psus
        for _, case in batch.members:
            coarse = {"psu": "", "weight": "", "mode": "", "fpc2": None}
            assert replace(batch.shown, **coarse) == replace(as_seen(case, UNITS), **coarse)
            ratio = Decimal(batch.shown.weight) / Decimal(case.weight)
            assert 1 / CLOSE <= ratio <= CLOSE
            assert batch.shown.mode in {"", case.mode}


@given(LISTS, st.integers(2, 5))
def test_the_weights_of_a_stratum_add_up_to_what_they_did(cases, enough):
    result = made(*cases, enough=enough)
    before, after = Counter(), Counter()
    for batch in (*result.batches, *result.small):
        after[batch.shown.cell, batch.shown.stratum] += batch.size * Decimal(batch.shown.weight)
    for case in cases:
        before[case.cell, case.stratum] += Decimal(case.weight)
    assert before.keys() == after.keys()
    for stratum, total in before.items():
        assert abs(after[stratum] - total) < Decimal("1e-12")


@given(LISTS, st.integers(2, 5))
def test_what_is_joined_says_nothing_of_the_keys_of_the_ballots(cases, enough):
    one = made(*cases, enough=enough)
    turned = {str(number): str(len(cases) - number) for number in range(len(cases))}
    other = coarsened(
        ((turned[str(number)], case) for number, case in enumerate(cases)), UNITS, enough
    )
    assert Counter(shown(one)) == Counter(shown(other))


@given(st.lists(st.decimals("1", "3", places=2), min_size=1, max_size=9), st.integers(2, 3))
def test_no_other_runs_of_near_weights_leave_fewer_alone(weights, enough):
    result = made(*(replace(CASE, psu="", weight=str(it)) for it in weights), enough=enough)
    assert sum(batch.size for batch in result.small) == _fewest_alone(sorted(weights), enough)


def _fewest_alone(weights, enough):
    """By trying every way to cut a row of weights into runs; equal ones are one class already."""
    classes = sorted(Counter(weights).items())
    fewest = len(weights)
    for cuts in range(2 ** (len(classes) - 1)):
        ends = [0, *(at + 1 for at in range(len(classes) - 1) if cuts >> at & 1), len(classes)]
        alone = 0
        for start, end in pairwise(ends):
            run = classes[start:end]
            size = sum(count for _, count in run)
            if len(run) > 1 and run[-1][0] > CLOSE * run[0][0]:
                size = 0
                alone = len(weights)
            alone += size if size < enough else 0
        fewest = min(fewest, alone)
    return fewest


def people_of(result):
    """How many ballots show each PSU, and how many people it is said to have."""
    shown = Counter()
    for batch in (*result.batches, *result.small):
        shown[batch.shown.psu, batch.shown.fpc2] += batch.size
    return dict(shown)


def test_a_joined_psu_has_as_many_people_as_were_joined_where_its_own_would_be_too_few():
    villages = [replace(CASE, psu=f"v{number}", fpc2=3) for number in (1, 2)]
    assert people_of(made(*(case for case in villages for _ in range(2)))) == {("v2 +1", 6): 4}


def test_a_psu_that_shows_ballots_already_is_not_shown_by_more_than_it_has():
    first, second = replace(CASE, psu="v1", fpc2=20), replace(CASE, psu="v2", fpc2=15)
    opened = {place(first): 17}
    members = [(str(number), case) for number, case in enumerate([*[first] * 3, second])]
    assert people_of(coarsened(members, UNITS, 3, opened)) == {("v1 +1", 35): 4}
    assert people_of(coarsened(members, UNITS, 3, {place(first): 16})) == {("v1", 20): 4}


def test_a_name_that_a_psu_has_already_is_not_given_to_another():
    villages = [replace(CASE, psu=f"v{number}", fpc2=3) for number in (1, 2)]
    taken = replace(CASE, psu="v2 +1", weight="9", fpc2=50)
    result = made(*(case for case in villages for _ in range(2)), *[taken] * 3)
    assert people_of(result) == {("v2 +2", 6): 4, ("v2 +1", 50): 3}


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9), st.integers(0, 9)), max_size=9))
def test_no_psu_shows_more_people_than_it_has(psus):
    cases, opened = [], {}
    for number, (people, sealed, before) in enumerate(psus):
        case = replace(CASE, psu=f"v{number}", fpc2=people, weight=str(2 + number % 2))
        answered = min(sealed, people)
        cases += [case] * answered
        if held := min(before, people - answered):
            opened[place(case)] = held
    members = [(str(number), case) for number, case in enumerate(cases)]
    for (psu, people), shown in people_of(coarsened(members, UNITS, 3, opened)).items():
        already = {key[-1]: size for key, size in opened.items()}
        assert shown + already.get(psu, 0) <= people
