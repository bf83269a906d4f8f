"""What the public is not shown: cells of so few people that an answer could be guessed.

What is withheld is what `python -m analysis publishable` withholds of the same release, number
for number: both ask `analysis.disclosure` about the same scores.json. All answers still count in
the score. Scorecards of the wave that were public before are taken together with it: whoever kept
them could subtract.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from survey_app.office.results.read import (
    CriterionLine,
    FieldLine,
    GroupLine,
    RateLine,
    Results,
    UnitLine,
    in_order,
)
from survey_app.questionnaire import codebook
from survey_app.questionnaire.model import Study
from survey_app.store.scorecards import Scorecard

if TYPE_CHECKING:  # needs numpy, which a phone's pages do without
    from analysis.disclosure.definition import Definition
    from analysis.disclosure.pattern import Place, SuppressionPattern

_PATTERNS_KEPT = 8


def for_the_public(results: Results, study: Study, before: Sequence[Scorecard] = ()) -> Results:
    """The same results without what the index's `publish_from` forbids, and not by mode.

    Modes cut groups smaller, and what is withheld of one follows from the others and the whole.
    `before` are the scorecards of the wave that were public earlier, the first one first.
    """
    pattern = pattern_of(results.card, study, before)
    units = _ranked_among_themselves(results.units, pattern)
    public = (_public_unit(unit, study, pattern) for unit in units)
    return replace(results, is_public=True, units=in_order(public), modes=())


def pattern_of(
    card: Scorecard, study: Study, before: Sequence[Scorecard] = ()
) -> SuppressionPattern:
    """What is withheld of a scorecard, and why."""
    earlier = tuple(each.scores for each in before)
    return _pattern(card.scores, earlier, _definition(study), study.index.publish_from)


@lru_cache(maxsize=_PATTERNS_KEPT)
def _pattern(
    scores: str, before: tuple[str, ...], definition: Definition, fewest: int
) -> SuppressionPattern:
    """What is withheld of a scorecard; a scorecard that is kept never changes."""
    from analysis.disclosure.pattern import suppression_pattern
    from analysis.disclosure.publication_cells import Rule

    earlier = [
        _pattern(scores, before[:at], definition, fewest) for at, scores in enumerate(before)
    ]
    rule = Rule(fewest=fewest)
    return suppression_pattern(json.loads(scores), definition, rule, before=earlier)


def _definition(study: Study) -> Definition:
    """The index as its release has it in criteria.csv, index.csv and options.csv."""
    from analysis.disclosure.definition import Definition, ScoredCriterion

    criteria = tuple(
        ScoredCriterion(
            name=leaf.code,
            field=field.code,
            max_points=float(leaf.points),
            links=tuple((g, leaf.question, float(w)) for g, w in leaf.groups.items() if w),
            average=study.index.average,
        )
        for field in study.index.fields
        for leaf in field.leaves
        if leaf.assessed == "survey"
    )
    coefficients: dict[str, list[float]] = {}
    for question, _, coefficient in codebook.options(study):
        if coefficient:
            coefficients.setdefault(question, []).append(float(coefficient))
    scales = tuple((name, tuple(known)) for name, known in coefficients.items())
    return Definition(criteria=criteria, coefficients=scales)


def _ranked_among_themselves(
    units: tuple[UnitLine, ...], pattern: SuppressionPattern
) -> tuple[UnitLine, ...]:
    places = pattern.places({unit.unit: _place(unit) for unit in units})
    return tuple(
        replace(
            unit,
            rank=place.rank,
            rank_lo=place.lo,
            rank_hi=place.hi,
            band="" if place.band is None else str(place.band),
        )
        for unit in units
        if (place := places[unit.unit])
    )


def _place(unit: UnitLine) -> Place:
    from analysis.disclosure.pattern import Place

    return Place(unit.rank, unit.rank_lo, unit.rank_hi, int(unit.band) if unit.band else None)


def _public_unit(unit: UnitLine, study: Study, pattern: SuppressionPattern) -> UnitLine:
    name = unit.unit
    if pattern.is_withheld("unit", name):
        unit = _without_survey(unit)
    if not pattern.has_public_interval("unit", name):
        unit = _without_interval(unit)
    questions = {leaf.code: leaf.question for leaf in study.index.leaves}
    return replace(
        unit,
        flags=tuple(flag for flag in unit.flags if pattern.is_public_flag(name, flag)),
        fields=tuple(_public_field(field, name, questions, pattern) for field in unit.fields),
        rates=tuple(_public_rate(rate, name, pattern) for rate in unit.rates),
    )


def _without_survey(unit: UnitLine) -> UnitLine:
    """Without the survey's points, and whatever they follow from: total, index, grade, maximum."""
    return replace(
        unit,
        survey=None,
        survey_maximum=None,
        total=None,
        maximum=None,
        index=None,
        grade="",
        withheld=True,
    )


def _without_interval(unit: UnitLine) -> UnitLine:
    return replace(
        unit,
        lo=None,
        hi=None,
        survey_lo=None,
        survey_hi=None,
        grade_lo="",
        grade_hi="",
        grade_chances={},
    )


def _public_field(
    field: FieldLine, unit: str, questions: dict[str, str], pattern: SuppressionPattern
) -> FieldLine:
    withheld = pattern.is_withheld("field", unit, field.code)
    criteria = tuple(
        _public_criterion(line, unit, questions[line.code], pattern) for line in field.criteria
    )
    survey, share = (None, None) if withheld else (field.survey, field.share)
    return replace(field, survey=survey, share=share, criteria=criteria, withheld=withheld)


def _public_criterion(
    line: CriterionLine, unit: str, question: str, pattern: SuppressionPattern
) -> CriterionLine:
    name = ("criterion", unit, line.code)
    if not pattern.has_public_interval(*name):
        line = replace(line, lo=None, hi=None)
    if pattern.is_withheld(*name):
        line = replace(line, points=None, withheld=True)
    groups = tuple(
        GroupLine(group.group, 0, 0, 0, None, None, None, "", withheld=True)
        if pattern.is_withheld("mean", unit, group.group, question)
        else group
        for group in line.groups
    )
    return replace(line, groups=groups)


def _public_rate(rate: RateLine, unit: str, pattern: SuppressionPattern) -> RateLine:
    """How many were invited goes with how many answered: it says how many there are at most."""
    if not pattern.is_withheld("count", unit, rate.group):
        return rate
    return RateLine(rate.group, None, None, None, None, withheld=True)
