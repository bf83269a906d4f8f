"""One criterion over all units, with what each group said: the numbers of the units' pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from flask import request

from survey_app import collation
from survey_app.office.page import language, say, words
from survey_app.office.pieces.figures import placed
from survey_app.office.pieces.tables import Table
from survey_app.office.results.page import study_of
from survey_app.office.results.read import CriterionLine, GroupLine, Results, UnitLine
from survey_app.office.results.standings import ticks_of_points
from survey_app.questionnaire.model import Index, Leaf
from survey_app.store.waves import Wave


@dataclass(frozen=True, kw_only=True)
class Line:
    """A unit's line of a criterion, with places for the figure in per cent of its width."""

    unit: str
    name: str
    of: CriterionLine
    at: float | None
    at_lo: float | None
    at_hi: float | None

    @property
    def points(self) -> float | None:
        """Its points; None where there are none or they are withheld."""
        return None if self.of.withheld else self.of.points

    @property
    def groups(self) -> Mapping[str, GroupLine]:
        """What each group said."""
        return {group.group: group for group in self.of.groups}


TABLE: Table[Line] = Table(
    columns={"diem": lambda line: line.points, "don-vi": lambda line: line.name},
    first="-diem",
)


def surveyed(index: Index) -> tuple[Leaf, ...]:
    """The criteria that respondents rate, in the order of the index."""
    return tuple(leaf for leaf in index.leaves if leaf.assessed == "survey")


def leaf_of(index: Index, code: str) -> Leaf | None:
    """The criterion of this code that respondents rate."""
    return next((leaf for leaf in surveyed(index) if leaf.code == code), None)


def lines(results: Results, leaf: Leaf) -> list[Line]:
    """Every unit by its name: nothing else may tell apart those of which nothing is shown."""
    named = sorted(results.units, key=lambda unit: collation.key(say(unit.name, language())))
    return [
        _line(unit, line, float(leaf.points))
        for unit in named
        for field in unit.fields
        for line in field.criteria
        if line.code == leaf.code
    ]


def neighbours(index: Index, leaf: Leaf) -> tuple[str, str]:
    """The codes before and after a criterion; blank at either end."""
    codes = ["", *(each.code for each in surveyed(index)), ""]
    at = codes.index(leaf.code)
    return codes[at - 1], codes[at + 1]


def _line(unit: UnitLine, line: CriterionLine, most: float) -> Line:
    scale = (0.0, most)
    has_interval = not line.withheld and line.lo is not None and line.hi is not None
    return Line(
        unit=unit.unit,
        name=say(unit.name, language()),
        of=line,
        at=None if line.withheld else placed(line.points, scale),
        at_lo=placed(line.lo, scale) if has_interval else None,
        at_hi=placed(line.hi, scale) if has_interval else None,
    )


def told(results: Results, leaf: Leaf, address: Callable[[str], str]) -> dict[str, object]:
    """What the page of a criterion says; `address` is that of another criterion's page."""
    before, after = neighbours(results.index, leaf)
    return {
        "results": results,
        "leaf": leaf,
        "asked": asked(results.wave, leaf),
        "shown": TABLE.page(lines(results, leaf), request.args.to_dict()),
        "ticks": ticks_of_points(float(leaf.points), language()),
        "before": before and address(before),
        "after": after and address(after),
    }


def asked(wave: Wave, leaf: Leaf) -> tuple[tuple[str, str], ...]:
    """Groups and what they were asked about a criterion; who was asked the same stands together."""
    groups: dict[str, list[str]] = {}
    for name, text in _asked(wave, leaf):
        groups.setdefault(text, []).append(name)
    return tuple(("; ".join(names), text) for text, names in groups.items())


def _asked(wave: Wave, leaf: Leaf) -> Iterator[tuple[str, str]]:
    w, spoken = words(), language()
    study = study_of(wave)
    for group in leaf.groups:
        item = study.questionnaires[group].items.get(leaf.question)
        if item is not None:
            text = say(item.ask, spoken).replace("{unit}", w["public_any_unit"])
            name = say(study.index.groups.get(group, group), spoken)
            yield name, text.replace("{year}", str(wave.year))
