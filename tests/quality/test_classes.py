"""Classes of the design: how they are divided, what is told of them, what may be left out."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from fractions import Fraction

from survey_app.quality import classes
from survey_app.quality.classes import DesignClass, chance_of_so_few, divided, shown_flagged


def test_a_sample_is_divided_by_mode_and_place_only_where_no_part_is_small() -> None:
    at = DesignClass("citizens", "", "SNV")
    web, paper = at._replace(mode="web"), at._replace(mode="paper")
    na, co = paper._replace(psu="Bản Na"), paper._replace(psu="Bản Co")
    assert divided({web: 9, na: 5, co: 6}) == {web: web, na: na, co: co}
    assert divided({web: 9, na: 5, co: 3}) == {web: web, na: paper, co: paper}
    assert divided({web: 4, na: 5, co: 6}) == dict.fromkeys((web, na, co), at)
    assert divided({web: 9, at: 1}) == dict.fromkeys((web, at), at), "a mode that was dropped"
    assert divided({web: 2, na: 2}) == {}


def test_no_shown_class_and_no_difference_of_shown_classes_is_small() -> None:
    rng = random.Random(7)
    for _ in range(300):
        forms = {
            DesignClass("g", "", unit, mode, psu): rng.randrange(1, 12)
            for unit in "ab" for mode in ("web", "paper", "") for psu in ("", "x", "y")
            if rng.random() < 0.6
        }  # fmt: skip
        sizes = Counter[DesignClass]()
        for design, shown in divided(forms).items():
            sizes[shown] += forms[design]
            assert shown.holds(design)
        assert all(size >= classes.ENOUGH for size in sizes.values())
        for first, second in itertools.permutations(sizes, 2):
            assert not first.holds(second), "one lies in the other: their difference is a class"


def test_flagged_forms_are_told_by_fives_and_never_nearly_all() -> None:
    assert [shown_flagged(flagged, 20) for flagged in (0, 4, 5, 9, 10, 15, 16, 20)] == [
        0, 0, 5, 5, 10, 15, 15, 15,
    ]  # fmt: skip
    assert shown_flagged(5, 5) == shown_flagged(9, 9) == 0
    for forms in range(5, 40):
        told = {shown_flagged(flagged, forms) for flagged in range(forms - 4, forms + 1)}
        assert len(told) == 1, "whether all are flagged, or all but four, cannot be told"


def test_the_chance_of_so_few_is_that_of_drawing_without_replacement() -> None:
    cases, returned, reached = 9, 6, 4
    people = [True] * returned + [False] * (cases - returned)
    draws = list(itertools.combinations(people, reached))
    for took_part in range(reached + 1):
        counted = Fraction(sum(sum(draw) <= took_part for draw in draws), len(draws))
        assert abs(chance_of_so_few(cases, returned, reached, took_part) - counted) < 1e-12
    assert chance_of_so_few(5, 7, 5, 5) == 1.0, "more forms than cases are known"


def test_a_part_of_fewer_than_five_is_found_in_whatever_cell_it_is() -> None:
    forms = [f"{number:02}" for number in range(20)]
    cell = {"SNV": frozenset(forms), "STP": frozenset(forms[:12])}
    five, nine = frozenset(forms[:5]), frozenset(forms[:9])
    assert classes.small_part(cell, (five,)) is None
    assert classes.small_part(cell, (nine,)) == ("STP", 3)
    assert classes.small_part(cell, (five, nine)) is not None, "four lie between the two"
    assert classes.small_part(cell, (frozenset(forms),)) is None, "none stays"


def test_no_sum_of_results_isolates_fewer_than_five_forms_where_a_family_is_let_through() -> None:
    """The attack: every combination of the known results, with small whole numbers."""
    rng = random.Random(11)
    tried = 0
    for _ in range(400):
        forms = frozenset(str(number) for number in range(rng.randrange(10, 26)))
        sets = tuple(
            frozenset(rng.sample(sorted(forms), rng.randrange(5, len(forms) + 1)))
            if rng.random() < 0.5
            else frozenset(sorted(forms)[: rng.choice((5, 10, len(forms)))])
            for _ in range(2)
        )
        if classes.small_part({"u": forms}, sets) is not None:
            continue
        tried += 1
        results = [forms, *(forms - each for each in sets)]
        for factors in itertools.product(range(-2, 3), repeat=len(results)):
            weight = Counter[str]()
            for factor, result in zip(factors, results, strict=True):
                weight.update(dict.fromkeys(result, factor))
            assert len([1 for value in weight.values() if value]) not in range(1, 5)
    assert tried > 20
