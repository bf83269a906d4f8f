"""Drawn again under many seeds: everybody as often as their weight says, totals without bias."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest

from survey_app.sampling.drawing import draw
from tests.sampling.lists import design, listed, people, villages

DRAWS = 1500
MARGIN = 4.5  # of binomial standard errors: two hundred counts leave it once in 700 such tests

LISTS = {
    "simple": people({"a": 23, "b": 14, "c": 8}),
    "stratified": people({"a": 23, "b": 14, "c": 8}),
    "systematic": people({"a": 23, "b": 14, "c": 8}),
    "clusters": villages([24, 3, 6, 9, 4, 7, 5, 2], "a"),
}
MORE = {"simple": {}, "systematic": {}, "stratified": {"least": 3}, "clusters": {"take": 3}}


def samples(method):
    rows = listed(LISTS[method])
    for seed in range(DRAWS):
        yield draw(rows, design(method, 13, seed=str(seed), **MORE[method]))


@pytest.mark.parametrize("method", LISTS)
def test_everybody_is_drawn_as_often_as_one_by_their_weight_and_totals_have_no_bias(method):
    value = {each.case.label: Fraction(k * k + 1) for k, each in enumerate(LISTS[method])}
    met: Counter[str] = Counter()
    weights: dict[str, Fraction] = {}
    totals: list[float] = []
    for drawn in samples(method):
        weight = {case.label: Fraction(case.weight) for case in drawn.cases}
        met.update(weight.keys())
        for label, one in weight.items():
            assert weights.setdefault(label, one) == one  # a weight is the same in every sample
        totals.append(float(sum(one * value[label] for label, one in weight.items())))
    assert weights.keys() == value.keys()
    for label, weight in weights.items():
        chance = float(1 / weight)
        margin = MARGIN * (DRAWS * chance * (1 - chance)) ** 0.5
        assert abs(met[label] - DRAWS * chance) <= margin + 1e-6, label
    mean = sum(totals) / DRAWS
    sd = (sum((each - mean) ** 2 for each in totals) / (DRAWS - 1)) ** 0.5
    assert abs(mean - float(sum(value.values()))) <= MARGIN * sd / DRAWS**0.5 + 1e-6


def test_strata_are_drawn_independently_and_pairs_within_one_as_at_random():
    rows = LISTS["stratified"]
    first, second = [[each.case.label for each in rows if each.case.stratum == name][:2]
                     for name in ("a", "b")]  # fmt: skip
    pairs: Counter[tuple[str, str]] = Counter()
    size: dict[str, tuple[int, int]] = {}
    for drawn in samples("stratified"):
        chosen = {case.label for case in drawn.cases}
        size = {each.stratum: (each.drawn, each.population) for each in drawn.strata}
        pairs.update(
            pair
            for pair in ((first[0], second[0]), (first[0], first[1]), (second[0], second[1]))
            if chosen.issuperset(pair)
        )
    (n_a, of_a), (n_b, of_b) = size["a"], size["b"]
    expected = {
        (first[0], second[0]): n_a / of_a * n_b / of_b,
        (first[0], first[1]): n_a * (n_a - 1) / (of_a * (of_a - 1)),
        (second[0], second[1]): n_b * (n_b - 1) / (of_b * (of_b - 1)),
    }
    for pair, chance in expected.items():
        margin = MARGIN * (DRAWS * chance * (1 - chance)) ** 0.5
        assert abs(pairs[pair] - DRAWS * chance) <= margin


def test_one_person_in_two_samples_is_drawn_for_each_independently():
    twice = [*people({"all": 10}, unit="A", label=""), *people({"all": 10}, unit="B", label="")]
    both = 0
    for seed in range(DRAWS):
        drawn = draw(listed(twice), design("simple", 5, seed=str(seed), each_unit=True))
        in_a, in_b = ({drawn.contacts[case.label].phone for case in drawn.cases if case.unit == u}
                      for u in "AB")  # fmt: skip
        both += LISTS["simple"][0].contact.phone in in_a & in_b
    assert abs(both - DRAWS / 4) <= MARGIN * (DRAWS * 3 / 16) ** 0.5
