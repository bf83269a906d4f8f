"""What the public is not shown: cells of so few people that an answer could be guessed.

A number that would give such a cell away by subtraction is withheld with it. All of them still
count in the score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from survey_app.office.results import CriterionLine, FieldLine, Results, UnitLine

Fields = Sequence[FieldLine]


def for_the_public(results: Results) -> Results:
    """The same results without the cells under the index's `publish_from`."""
    fewest = results.index.publish_from
    units = tuple(_veiled(unit, fewest) for unit in results.units)
    return replace(results, is_public=True, units=units)


def _veiled(unit: UnitLine, fewest: int) -> UnitLine:
    fields: Fields = [
        replace(each, criteria=tuple(_few(line, fewest) for line in each.criteria))
        for each in unit.fields
    ]
    hidden = [line for each in fields for line in each.criteria if line.withheld]
    if len(hidden) == 1:
        fields = _with_a_companion(fields)
    rates = tuple(
        replace(rate, withheld=rate.responded is not None and 0 < rate.responded < fewest)
        for rate in unit.rates
    )
    few = {rate.group for rate in rates if rate.withheld}
    return replace(
        unit,
        flags=tuple(flag for flag in unit.flags if flag.split(":")[0] not in few),
        fields=tuple(
            replace(each, withheld=any(line.withheld for line in each.criteria)) for each in fields
        ),
        rates=rates,
    )


def _few(criterion: CriterionLine, fewest: int) -> CriterionLine:
    """Withhold small groups, a second one so that the first cannot be worked out, or the whole."""
    small = [group for group in criterion.groups if 0 < group.n < fewest]
    large = [group for group in criterion.groups if group.n >= fewest]
    if not small:
        return criterion
    if not large:
        return _hidden(criterion)
    hide = {group.group for group in small}
    if len(hide) == 1:
        hide.add(min(large, key=lambda group: group.n).group)
    groups = tuple(replace(group, withheld=group.group in hide) for group in criterion.groups)
    return replace(criterion, groups=groups)


def _hidden(criterion: CriterionLine) -> CriterionLine:
    groups = tuple(replace(group, withheld=True) for group in criterion.groups)
    return replace(criterion, groups=groups, withheld=True)


def _with_a_companion(fields: Fields) -> Fields:
    """Hide one criterion more, of the fewest answers: the sum must not give the first away."""
    lines = [line for each in fields for line in each.criteria]
    shown = [line for line in lines if not line.withheld and line.points is not None]
    if not shown:
        return fields
    least = min(shown, key=lambda line: line.n).code
    return [
        replace(
            each,
            criteria=tuple(_hidden(c) if c.code == least else c for c in each.criteria),
        )
        for each in fields
    ]
