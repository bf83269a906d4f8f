"""What the public is not shown: cells of so few people that an answer could be guessed.

A number that would give such a cell away is withheld with it: `analysis.disclosure` takes the
ratios of groups and the points of criteria, fields and units for the linear system that they are.
A unit's own score is always shown. All answers still count in the score.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from survey_app.office.results.read import CriterionLine, FieldLine, GroupLine, Results, UnitLine
from survey_app.questionnaire.model import Index, Leaf

if TYPE_CHECKING:
    from analysis.disclosure.suppression import Cell, Name


def for_the_public(results: Results) -> Results:
    """The same results without the cells under the index's `publish_from`, and not by mode.

    Modes cut groups smaller, and what is withheld of one follows from the others and the whole.
    """
    units = tuple(_unit_for_the_public(unit, results.index) for unit in results.units)
    return replace(results, is_public=True, units=units, modes=())


def _unit_for_the_public(unit: UnitLine, index: Index) -> UnitLine:
    fewest = index.publish_from
    hidden = _hidden(unit, index)
    leaves = {leaf.code: leaf for leaf in index.leaves}
    rates = tuple(
        replace(rate, withheld=rate.responded is not None and 0 < rate.responded < fewest)
        for rate in unit.rates
    )
    few = {rate.group for rate in rates if rate.withheld}
    return replace(
        unit,
        flags=tuple(flag for flag in unit.flags if not _tells(flag, few, hidden)),
        fields=tuple(_field(each, leaves, hidden) for each in unit.fields),
        rates=rates,
    )


def _tells(flag: str, few: Collection[str], hidden: Collection[Name]) -> bool:
    """Whether a flag speaks of a group that is withheld."""
    group, _, rest = flag.partition(":")
    return group in few or ("mean", rest.partition(":")[0], group) in hidden


def _field(field: FieldLine, leaves: dict[str, Leaf], hidden: Collection[Name]) -> FieldLine:
    criteria = tuple(_criterion(line, leaves[line.code], hidden) for line in field.criteria)
    return replace(field, criteria=criteria, withheld=("field", field.code) in hidden)


def _criterion(line: CriterionLine, leaf: Leaf, hidden: Collection[Name]) -> CriterionLine:
    """The interval goes with a hidden group: it would say how the group's answers vary."""
    groups = tuple(replace(group, withheld=_mean(leaf, group) in hidden) for group in line.groups)
    if any(group.withheld for group in groups):
        line = replace(line, lo=None, hi=None)
    return replace(line, groups=groups, withheld=("criterion", line.code) in hidden)


def _mean(leaf: Leaf, group: GroupLine) -> Name:
    return ("mean", leaf.question, group.group)


def _hidden(unit: UnitLine, index: Index) -> Collection[Name]:
    """The names of all numbers of a unit that are withheld."""
    from analysis.disclosure.suppression import (
        protect,  # needs numpy, which a phone's pages do without
    )

    fewest = index.publish_from
    lines = [line for field in unit.fields for line in field.criteria]
    if not any(0 < group.n < fewest for line in lines for group in line.groups):
        return ()
    return protect(_cells(unit, index)).withheld


def _cells(unit: UnitLine, index: Index) -> list[Cell]:
    """Every number about a unit's answers, and how they follow from each other."""
    from analysis.disclosure.suppression import Cell

    leaves = {leaf.code: leaf for leaf in index.leaves}
    means: dict[Name, Cell] = {}
    totals: list[Cell] = []
    everything: dict[Name, float] = {}
    for field in unit.fields:
        own: dict[Name, float] = {}
        for line in field.criteria:
            leaf = leaves[line.code]
            for group in line.groups:
                if group.n > 0:
                    means[_mean(leaf, group)] = _mean_cell(unit, leaf, group, index.publish_from)
            parts = _parts(line, leaf, index)
            if line.points is not None and parts:
                own["criterion", line.code] = 1.0
                totals.append(Cell(("criterion", line.code), parts, cost=line.n))
        if own and field.survey is not None:
            cost = 2.0 * sum(line.n for line in field.criteria)
            totals.append(Cell(("field", field.code), own, cost=cost))
        everything |= own
    if everything and unit.survey is not None:
        totals.append(Cell(("unit",), everything, fixed=True))
    return [*means.values(), *totals]


def _mean_cell(unit: UnitLine, leaf: Leaf, group: GroupLine, fewest: int) -> Cell:
    from analysis.disclosure.suppression import Cell

    return Cell(
        _mean(leaf, group),
        cost=group.n,
        sensitive=group.n < fewest,
        value=group.mean or 0.0,
        owner=(unit.unit, group.group),
    )


def _parts(line: CriterionLine, leaf: Leaf, index: Index) -> dict[Name, float]:
    """What a ratio of 1 would earn in each group that counts."""
    used = [g for g in line.groups if g.n >= max(index.min_group, 1) and g.mean is not None]
    pooled = index.average == "pooled"
    share = {g.group: float(g.n if pooled else leaf.groups.get(g.group, 1)) for g in used}
    total = sum(share.values())
    if total <= 0:
        return {}
    return {_mean(leaf, g): line.maximum * share[g.group] / total for g in used}
