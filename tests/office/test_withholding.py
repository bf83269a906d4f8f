"""Someone with the public page of a unit, and a computer, works out no small group."""

import random
from dataclasses import fields, replace

import numpy as np
import pytest

from survey_app.office.results.read import CriterionLine, FieldLine, GroupLine, UnitLine
from survey_app.office.results.withholding import _unit_for_the_public
from survey_app.questionnaire import library
from survey_app.questionnaire.model import Field, Index, Leaf

INDEX = library.study("sonla/2025-commune").index


def counted(line: CriterionLine, leaf: Leaf, index: Index) -> dict[str, float]:
    """What a ratio of 1 earns in each group that counts: everybody knows the weights."""
    there = [g.group for g in line.groups if g.n >= index.min_group]
    total = sum(float(leaf.groups[name]) for name in there)
    return {name: line.maximum * float(leaf.groups[name]) / total for name in there}


def criterion(leaf: Leaf, means: dict[tuple[str, str], tuple[int, float]]) -> CriterionLine:
    groups = tuple(GroupLine(name, *_answers(means[leaf.question, name])) for name in leaf.groups)
    line = CriterionLine(
        leaf.code, leaf.name, leaf.provenance, float(leaf.points), None, 0.1, 0.9, groups
    )
    parts = counted(line, leaf, INDEX)
    mean = {g.group: g.mean or 0.0 for g in groups}
    points = sum(part * mean[name] for name, part in parts.items()) if parts else None
    return CriterionLine(
        leaf.code, leaf.name, leaf.provenance, line.maximum, points, 0.1, 0.9, groups
    )


def _answers(said: tuple[int, float]) -> tuple[int, int, int, float | None, float, float, str]:
    return said[0], 0, 0, said[1] if said[0] else None, 0.1, 0.9, "ok"


def unit(seed: int) -> UnitLine:
    draw = random.Random(seed)
    asked = {(leaf.question, g) for leaf in INDEX.leaves for g in leaf.groups}
    means = {at: (draw.choice([0, 2, 3, 4, 7, 30]), draw.uniform(0.2, 0.8)) for at in sorted(asked)}
    lines = [field(each, means) for each in INDEX.fields]
    points = [line.survey for line in lines if line.criteria]
    given = dict.fromkeys(each.name for each in fields(UnitLine))
    total = None if None in points else sum(p or 0.0 for p in points)
    known = {"unit": "U", "survey": total, "flags": (), "rates": (), "fields": tuple(lines)}
    return UnitLine(**(given | known))  # type: ignore[arg-type]


def field(each: Field, means: dict[tuple[str, str], tuple[int, float]]) -> FieldLine:
    lines = tuple(criterion(leaf, means) for leaf in each.leaves if leaf.assessed == "survey")
    points = [line.points for line in lines]
    total = None if None in points or not points else sum(p or 0.0 for p in points)
    return FieldLine(each.code, each.name, each.provenance, 0.0, 0.0, None, None, total, lines)


def attack(public: UnitLine, *, unit_score: bool) -> list[tuple[str, str]]:
    """Small groups' ratios that the numbers on the page determine."""
    leaves = {leaf.code: leaf for leaf in INDEX.leaves}
    at: dict[tuple[str, str], int] = {}
    lines = [line for each in public.fields for line in each.criteria]
    for line in lines:
        for group in line.groups:
            if group.n:
                at.setdefault((leaves[line.code].question, group.group), len(at))
    vectors = {}
    known = []
    for line in lines:
        question = leaves[line.code].question
        vector = np.zeros(len(at))
        for name, part in counted(line, leaves[line.code], INDEX).items():
            vector[at[question, name]] += part
        vectors[line.code] = vector
        shown = [at[question, g.group] for g in line.groups if g.n and not g.withheld]
        known += list(np.eye(len(at))[shown])
        if not line.withheld and line.points is not None:
            known.append(vector)
    for each in public.fields:
        if each.survey is not None and not each.withheld:
            known.append(np.sum([vectors[line.code] for line in each.criteria], axis=0))
    if unit_score and public.survey is not None:
        known.append(np.sum(list(vectors.values()), axis=0))
    matrix = np.array(known).reshape(-1, len(at))
    small = {
        (leaves[line.code].question, g.group)
        for line in lines
        for g in line.groups
        if 0 < g.n < INDEX.publish_from
    }
    return sorted(where for where in small if _solved(matrix, np.eye(len(at))[at[where]]))


def _solved(matrix: np.ndarray, aim: np.ndarray) -> bool:
    weights = np.linalg.lstsq(matrix.T, aim, rcond=None)[0]
    return bool(np.abs(matrix.T @ weights - aim).max() < 1e-7)


@pytest.mark.parametrize("seed", range(12))
def test_no_small_group_follows_from_a_public_page(seed: int) -> None:
    public = _unit_for_the_public(unit(seed), INDEX)
    assert any(g.withheld for each in public.fields for line in each.criteria for g in line.groups)
    assert not attack(public, unit_score=True)


def test_the_page_as_the_office_sees_it_gives_them_all_away() -> None:
    assert len(attack(unit(1), unit_score=True)) > 5


@pytest.mark.parametrize("seed", range(3))
def test_a_criterion_with_a_hidden_group_shows_no_interval(seed: int) -> None:
    public = _unit_for_the_public(unit(seed), INDEX)
    for each in public.fields:
        for line in each.criteria:
            if any(group.withheld for group in line.groups):
                assert (line.lo, line.hi) == (None, None)


def test_no_flag_speaks_of_a_group_that_is_hidden() -> None:
    whole = unit(1)
    line = next(line for each in whole.fields for line in each.criteria if line.points)
    question = next(leaf.question for leaf in INDEX.leaves if leaf.code == line.code)
    flags = tuple(f"{group.group}:{question}:zero_variance" for group in line.groups)
    public = _unit_for_the_public(replace(whole, flags=(*flags, "incomplete")), INDEX)
    (now,) = [c for each in public.fields for c in each.criteria if c.code == line.code]
    shown = {group.group for group in now.groups if not group.withheld}
    assert public.flags[-1] == "incomplete"
    assert {flag.split(":")[0] for flag in public.flags[:-1]} == shown
