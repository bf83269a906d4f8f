"""Everything that the board of a wave shows, gathered from counts that are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from survey_app.board import returns, units
from survey_app.board.outcomes import Outcomes, outcomes
from survey_app.board.returns import DayLine, Fieldwork
from survey_app.board.units import UnitRow
from survey_app.i18n import VIETNAM
from survey_app.office.results.page import index_of
from survey_app.questionnaire.model import Index
from survey_app.store import board, scorecards, waves
from survey_app.store.board import Cell, Day
from survey_app.store.engine.database import Connection
from survey_app.store.waves import Wave
from survey_app.web import house


@dataclass(frozen=True, kw_only=True)
class Board:
    """A wave as the board shows it. `grp` is the group that is looked at, or blank."""

    wave: Wave
    index: Index
    groups: tuple[str, ...]
    grp: str
    total: Cell
    days: tuple[DayLine, ...]
    days_left: int | None
    closes: date | None
    last_year: Wave | None
    outcomes: Outcomes
    rows: tuple[UnitRow, ...]
    variance_from: str
    """Whose scorecard the variance is of: "this", "before", or "" for the worst case."""

    @property
    def today(self) -> DayLine | None:
        """The last day on which something can have come."""
        past = [line for line in self.days if line.until is not None]
        return past[-1] if past else None


def board_of(wave: Wave, grp: str, language: str) -> Board:
    """The board of a wave; of one of its groups alone, where one is named."""
    index = index_of(wave)
    today = date.fromisoformat(house().today())
    with house().database.reading() as connection:
        cells, rated = board.cells(connection, wave), board.rated(connection, wave)
        days, coded = board.days_of_groups(connection, wave), board.outcomes(connection, wave)
        listed = waves.units(connection, wave.id)
        last_year = _year_before(connection, wave)
        before = _days_of(connection, last_year, grp) if last_year else ()
        variances, variance_from = _variances(connection, wave, last_year)
    with_cases = {cell.grp for cell in cells}
    groups = tuple(group for group in index.groups if group in with_cases)
    grp = grp if grp in groups else ""
    total = board.total(tuple(cell for cell in cells if grp in ("", cell.grp)))
    fieldwork = _fieldwork(wave, total, today)
    counts = units.Counts(
        cells=cells,
        rated=rated,
        minimum=index.min_group,
        growth=_growth(fieldwork, total, before, today, is_open=wave.state == "open"),
        variances=variances,
    )
    return Board(
        wave=wave,
        index=index,
        groups=groups,
        grp=grp,
        total=total,
        days=returns.by_day(fieldwork, _of(days, grp), _last_day(wave, today), before),
        days_left=fieldwork.days_left(today) if wave.state == "open" else None,
        closes=fieldwork.closes,
        last_year=last_year if before else None,
        outcomes=outcomes(
            total,
            [each for each in coded if grp in ("", each.grp)],
            is_closed=wave.state == "closed",
        ),
        rows=units.rows(counts, listed, [grp] if grp else groups, language),
        variance_from=variance_from,
    )


def _of(days: Sequence[Day], grp: str) -> list[Day]:
    return [day for day in days if grp in ("", day.grp)]


def _fieldwork(wave: Wave, total: Cell, today: date) -> Fieldwork:
    opened = _day(wave.opened_at) or _day(getattr(wave, "opens_at", None)) or today
    return Fieldwork(
        opened=opened,
        closes=_day(wave.closed_at) or _day(getattr(wave, "closes_at", None)),
        planned=total.planned or total.cases,
    )


def _last_day(wave: Wave, today: date) -> date:
    closed = _day(wave.closed_at)
    return min(today, closed) if closed else today


def _growth(
    fieldwork: Fieldwork, total: Cell, before: Sequence[int], today: date, *, is_open: bool
) -> float:
    """What to expect until closing: as the year before went on, or as the plan does."""
    if not is_open:
        return 1.0
    number = (today - fieldwork.opened).days
    share: float | None = None
    if before and before[-1]:
        share = before[min(max(number, 0), len(before) - 1)] / before[-1]
    elif planned := fieldwork.planned_until(today):
        share = planned / fieldwork.planned if fieldwork.planned else None
    return units.growth(total.returned, share)


def _year_before(connection: Connection, wave: Wave) -> Wave | None:
    """The newest wave of the same kind of study of an earlier year."""
    alike = [
        other
        for other in waves.list_(connection)
        if returns.family(other.study) == returns.family(wave.study)
        and other.year < wave.year
        and other.opened_at
    ]
    return max(alike, key=lambda other: (other.year, other.id), default=None)


def _days_of(connection: Connection, wave: Wave, grp: str) -> tuple[int, ...]:
    opened = _day(wave.opened_at)
    if opened is None:
        return ()
    return returns.until_each_day(opened, _of(board.days_of_groups(connection, wave), grp))


def _day(at: str | None) -> date | None:
    """The day in Vietnam of a kept time."""
    return datetime.fromisoformat(at).astimezone(VIETNAM).date() if at else None


def _variances(
    connection: Connection, wave: Wave, last_year: Wave | None
) -> tuple[Mapping[str, float], str]:
    for whose, source in (("this", wave), ("before", last_year)):
        number = scorecards.latest_id(connection, source.id) if source else None
        if number is not None and (known := _of_card(connection, number)):
            return known, whose
    return {}, ""


def _of_card(connection: Connection, number: int) -> Mapping[str, float]:
    """deff S^2 by unit of a scorecard, which never changes: read once."""
    cards: dict[int, Mapping[str, float]] = house().read_scorecards
    if number not in cards:
        while len(cards) >= _MOST_KEPT:
            cards.pop(next(iter(cards)), None)
        cards[number] = _read(scorecards.find(connection, number).scores)
    return cards[number]


_MOST_KEPT = 16


def _read(scores: str) -> Mapping[str, float]:
    known: dict[str, Any] = orjson.loads(scores)
    maximum = max((unit.get("max_available") or 0 for unit in known["units"]), default=0)
    return units.variances(known["units"], known.get("rates", ()), maximum)
