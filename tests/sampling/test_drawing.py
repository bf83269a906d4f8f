import random
from collections import Counter
from fractions import Fraction

import pytest

from analysis.problems import ProblemsFound
from survey_app.fieldwork.lists import sample_file
from survey_app.fieldwork.sheets.cells import Source
from survey_app.sampling.design import Design, read_spread
from survey_app.sampling.drawing import draw, weight_text
from survey_app.sampling.drawn_file import csv_of
from survey_app.sampling.plan import planned
from tests.sampling.lists import design, listed, people, person, villages

DESIGNS = {
    "all": design("all"),
    "simple": design("simple", 30, reserve=50),
    "stratified": design("stratified", 30, least=2, reserve=50),
    "systematic": design("systematic", 30, reserve=50),
    "clusters": design("clusters", 30, take=5, reserve=40),
}
ROWS = villages([40, 3, 25, 8, 60, 12, 19, 33], "nông thôn") + [
    person(1000 + k, psu=f"Tổ {k % 5}", stratum="thành thị") for k in range(70)
]


def labels(drawn):
    return [case.label for case in drawn.cases]


@pytest.mark.parametrize("method", DESIGNS)
def test_a_seed_draws_the_same_from_a_list_in_any_order(method):
    first = draw(listed(ROWS), DESIGNS[method])
    mixed = list(ROWS)
    random.Random(7).shuffle(mixed)
    again = draw(listed(mixed), DESIGNS[method])
    assert again.digest == first.digest
    assert again == first


@pytest.mark.parametrize("method", ["simple", "stratified", "systematic", "clusters"])
def test_another_seed_draws_others(method):
    it = DESIGNS[method]
    other = Design(**{**it.__dict__, "seed": "2027"})
    assert labels(draw(listed(ROWS), it)) != labels(draw(listed(ROWS), other))


@pytest.mark.parametrize("method", ["simple", "stratified"])
def test_somebody_who_is_added_moves_one_person_of_the_sample_at_most(method):
    before = set(labels(draw(listed(ROWS), DESIGNS[method])))
    after = set(labels(draw(listed([*ROWS, person(5000, stratum="nông thôn")]), DESIGNS[method])))
    assert len(before - after) <= 1


@pytest.mark.parametrize("method", DESIGNS)
def test_weights_add_up_to_the_population_of_each_stratum(method):
    drawn = draw(listed(ROWS), DESIGNS[method])
    sums: Counter[str] = Counter()
    for case in drawn.cases:
        sums[case.stratum] += Fraction(case.weight)
    if method == "clusters":  # in a random sample of PSUs the sum is an estimate
        certain = [each for each in drawn.strata if not each.psus]
        assert certain
        for each in certain:
            assert sums[each.stratum] == pytest.approx(each.population, abs=1e-9)
    else:
        for each in drawn.strata:
            assert float(sums[each.stratum]) == pytest.approx(each.population, abs=1e-9)
    assert sum(each.population for each in drawn.strata) == len(ROWS)
    assert sum(each.population or 0 for each in drawn.frame) == len(ROWS)


def test_forms_add_up_exactly_and_every_stratum_has_its_minimum():
    rows = people({"a": 500, "b": 41, "c": 3, "d": 230})
    for forms in (20, 61, 99, 400):
        lines = planned(rows, design("stratified", forms, least=5))
        assert sum(line.forms for line in lines) == forms
        assert all(line.forms >= min(5, line.population) for line in lines)
        assert len(draw(listed(rows), design("stratified", forms, least=5)).cases) == forms


def test_a_unit_has_its_minimum_and_units_share_alike_under_the_equal_rule():
    rows = [person(k, unit=unit) for k, unit in enumerate("A" * 900 + "B" * 80 + "C" * 12)]
    by_unit = {line.cell[2]: line.forms for line in planned(rows, design("simple", 100))}
    assert by_unit == {"A": 91, "B": 8, "C": 1}
    least = planned(rows, design("simple", 100, least_unit=15))
    assert {line.cell[2]: line.forms for line in least} == {"A": 73, "B": 15, "C": 12}
    equal = planned(rows, design("simple", 90, allocation="equal"))
    assert {line.cell[2]: line.forms for line in equal} == {"A": 39, "B": 39, "C": 12}
    each = planned(rows, design("simple", 30, each_unit=True))
    assert {line.cell[2]: line.forms for line in each} == {"A": 30, "B": 30, "C": 12}


def test_neyman_follows_the_spread_that_is_typed():
    rows = people({"nông thôn": 100, "thành thị": 100})
    it = design("stratified", 40, allocation="neyman",
                spread=read_spread("nông thôn = 0,3; thành thị = 0,1"))  # fmt: skip
    assert [line.forms for line in planned(rows, it)] == [30, 10]


def test_a_psu_taken_for_certain_is_a_stratum_in_which_persons_are_psus():
    drawn = draw(listed(villages([200, 10, 10, 10, 10, 10])), design("clusters", 20, take=5))
    certain = [case for case in drawn.cases if case.stratum == "all: Bản 0"]
    assert [(case.psu, case.fpc1, case.weight) for case in certain] == [("", 200, "40")] * 5
    rest = [case for case in drawn.cases if case.stratum == "all"]
    assert len({case.psu for case in rest}) == 3
    assert {(case.fpc1, case.fpc2) for case in rest} == {(None, None)}
    # 3 of 5 equal villages, then 5 of 10 persons
    assert {case.weight for case in rest} == {weight_text(Fraction(10, 3))}


@pytest.mark.parametrize("method", DESIGNS)
def test_the_reserve_is_nobody_who_was_drawn_and_stands_in_the_same_place(method):
    drawn = draw(listed(ROWS), DESIGNS[method])
    assert not {case.label for case in drawn.cases} & {case.label for case in drawn.reserve}
    places = {(case.stratum, case.psu): (case.weight, case.fpc1) for case in drawn.cases}
    for case in drawn.reserve:
        assert places[case.stratum, case.psu] == (case.weight, case.fpc1)


@pytest.mark.parametrize("method", DESIGNS)
def test_a_drawn_list_is_a_sample_file_without_a_fault(method):
    drawn = draw(listed(ROWS), DESIGNS[method])
    file = Source("mau.csv", csv_of(drawn).encode())
    again = sample_file.read(file, ["citizens"], ["A"])
    assert again.rows == drawn.cases
    assert again.contacts == {case.label: drawn.contacts[case.label] for case in drawn.cases}


def test_who_has_no_number_in_the_list_gets_one_that_is_nobody_elses():
    rows = [person(k, label="") for k in range(20)] + [person(99, label="citizens-A-0003")]
    drawn = draw(listed(rows), design("simple", 10, reserve=100))
    numbers = [case.label for case in (*drawn.cases, *drawn.reserve)]
    assert len(set(numbers)) == 20
    assert all(drawn.contacts[number].label == number for number in numbers)


@pytest.mark.parametrize(
    ("it", "slug"),
    [
        (design("simple", 999), "forms-too-many"),
        (design("stratified", 3, least=2), "forms-below-minimum"),
        (design("simple", 0), "no-forms"),
        (design("clusters", 20), "no-take"),
        (design("simple", 5, seed=" "), "no-seed"),
        (design("simple", 5, groups=("council",)), "nobody-listed"),
        (design("simple", 5, reserve=-1), "reserve-out-of-range"),
    ],
)
def test_a_design_that_cannot_be_is_refused_with_its_reason(it, slug):
    with pytest.raises(ProblemsFound) as refused:
        draw(listed(people({"a": 9, "b": 9})), it)
    assert [each.slug for each in refused.value.problems] == [slug]


def test_psus_are_asked_for_where_they_are_drawn():
    with pytest.raises(ProblemsFound) as refused:
        draw(listed(people({"a": 9})), design("clusters", 4, take=2))
    assert refused.value.problems[0].slug == "psu-missing"


def test_a_design_is_recorded_whole():
    it = design("stratified", 40, allocation="neyman", spread=read_spread("0,3; x = 0.1"),
                groups=("citizens",), reserve=20, least=3)  # fmt: skip
    assert Design.again(it.kept()) == it
    with pytest.raises(ProblemsFound):
        Design.again({**it.kept(), "algorithm": "another-1"})
