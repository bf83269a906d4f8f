"""What a scorecard leaves out, and the same beside it with every form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from survey_app.office.results.read import Results, UnitLine, read_results
from survey_app.quality import codes
from survey_app.quality.classes import ENOUGH, DesignClass
from survey_app.store.quality import twins
from survey_app.store.quality.twins import Twin
from survey_app.web import House


@dataclass(frozen=True, kw_only=True)
class TwinLine:
    """A unit with the forms that are left out, and without."""

    without: UnitLine
    with_all: UnitLine | None

    @property
    def difference(self) -> float | None:
        """The index less what it would be with every form."""
        if self.with_all is None or None in (self.without.index, self.with_all.index):
            return None
        return (self.without.index or 0.0) - (self.with_all.index or 0.0)


@dataclass(frozen=True, kw_only=True)
class ClassLeftOut:
    """A class of the design of which forms are left out, and why."""

    of: DesignClass
    reason: str
    flag: str
    forms: int


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """What a scorecard leaves out, by reason and by class, and both results unit by unit.

    Of results that are public `classes` and `lines` are blank: what everyone may see of a result
    with every form was never taken together with what is public, and the sums of the reasons tell
    of five forms or more.
    """

    forms: int
    reasons: tuple[tuple[str, int], ...]
    classes: tuple[ClassLeftOut, ...]
    few: int
    """Forms of classes that are smaller than the least of which anything is said."""
    lines: tuple[TwinLine, ...]


def left_out_of(house: House, results: Results) -> LeftOut | None:
    """What a scorecard leaves out, and what it would be with every form.

    None where it leaves none out. Pages and documents take it from here: it needs no request.
    """
    with house.database.reading() as connection:
        twin = twins.find(connection, results.card.id)
    if twin is None:
        return None
    fewest = max(ENOUGH, results.index.publish_from)
    listed = [_class(each) for each in twin.exclusions]
    told = tuple(each for each in listed if each.forms >= fewest)
    by_reason: Counter[str] = Counter()
    for each in listed:
        by_reason[each.reason] += each.forms
    return LeftOut(
        forms=twin.forms,
        reasons=tuple((code, by_reason[code]) for code in codes.reasons() if code in by_reason),
        classes=() if results.is_public else told,
        few=twin.forms - sum(each.forms for each in told),
        lines=() if results.is_public else _lines(house, results, twin),
    )


def _class(told: Mapping[str, Any]) -> ClassLeftOut:
    """An exclusion as the manifest of its release tells it."""
    of = DesignClass(*(told[part] for part in DesignClass._fields))
    return ClassLeftOut(of=of, reason=told["reason"], flag=told["flag"], forms=int(told["forms"]))


def _lines(house: House, results: Results, twin: Twin) -> tuple[TwinLine, ...]:
    every = replace(results.card, scores=twin.scores, merged=twin.merged)
    names = house.units(results.wave.id)
    whole = read_results(results.wave, every, results.index, names)
    by_unit = {unit.unit: unit for unit in whole.units}
    return tuple(TwinLine(without=unit, with_all=by_unit.get(unit.unit)) for unit in results.units)
