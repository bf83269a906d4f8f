"""A scorecard that leaves forms out beside the same with every form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from survey_app.office.results.read import Results, UnitLine, read_results
from survey_app.quality import codes
from survey_app.store.quality import twins
from survey_app.web import house


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
class Beside:
    """Both results of a scorecard, unit by unit, and what was left out for which reason."""

    lines: tuple[TwinLine, ...]
    exclusions: tuple[Mapping[str, Any], ...]
    forms: int
    reasons: tuple[tuple[str, int], ...]


def twin_lines(results: Results) -> Beside | None:
    """What a scorecard would be with every form; None where it leaves none out."""
    with house().database.reading() as connection:
        twin = twins.find(connection, results.card.id)
    if twin is None:
        return None
    every = _Card(results.card.id, twin.scores, twin.merged)
    names = house().units(results.wave.id)
    whole = read_results(results.wave, every, results.index, names)  # type: ignore[arg-type]
    by_unit = {unit.unit: unit for unit in whole.units}
    by_reason: dict[str, int] = {}
    for each in twin.exclusions:
        by_reason[each["reason"]] = by_reason.get(each["reason"], 0) + int(each["forms"])
    return Beside(
        lines=tuple(
            TwinLine(without=unit, with_all=by_unit.get(unit.unit)) for unit in results.units
        ),
        exclusions=twin.exclusions,
        forms=twin.forms,
        reasons=tuple((code, by_reason[code]) for code in codes.reasons() if code in by_reason),
    )


@dataclass(frozen=True)
class _Card:
    """As much of a scorecard as its numbers are read from."""

    id: int
    scores: str
    merged: str | None
