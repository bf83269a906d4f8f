"""Forms by day: beside the plan, and beside the same day of the year before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from survey_app.store.board import Day

LONGEST = 150
"""Days that are shown at most, the last ones."""

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


@dataclass(frozen=True, kw_only=True)
class DayLine:
    """A day: forms counted for it, all up to it, all planned up to it, and those of last year."""

    day: date
    number: int
    came: int | None
    until: int | None
    plan: float | None
    before: int | None


@dataclass(frozen=True, kw_only=True)
class Fieldwork:
    """The days of a wave: of opening, and of closing where that is known; what was planned."""

    opened: date
    closes: date | None
    planned: int

    def planned_until(self, day: date) -> float | None:
        """Forms by the end of a day, the same number each day; None without a day of closing."""
        if self.closes is None:
            return None
        length = (self.closes - self.opened).days + 1
        done = min(max((day - self.opened).days + 1, 0), length)
        return self.planned * done / length if length > 0 else None

    def days_left(self, today: date) -> int | None:
        """How many days are left, the last one counted; None without a day of closing."""
        return None if self.closes is None else max((self.closes - today).days + 1, 0)


def by_day(
    wave: Fieldwork,
    days: Iterable[Day],
    today: date,
    before: Sequence[int] = (),
) -> tuple[DayLine, ...]:
    """Every day from opening to today, or to closing where that is planned.

    `before` holds last year's forms until each day, the day of opening first.
    """
    came = Counter[date]()
    earlier = 0  # counted before days were kept
    for each in days:
        if each.day:
            came[date.fromisoformat(each.day)] += each.sent
        else:
            earlier += each.sent
    last = max([today if wave.closes is None else wave.closes, *came, wave.opened])
    lines, until = [], earlier + sum(n for day, n in came.items() if day < wave.opened)
    for number in range((last - wave.opened).days + 1):
        day = wave.opened + timedelta(days=number)
        until += came[day]
        is_past = day <= max(today, *came) if came else day <= today
        lines.append(
            DayLine(
                day=day,
                number=number + 1,
                came=came[day] if is_past else None,
                until=until if is_past else None,
                plan=wave.planned_until(day),
                before=before[min(number, len(before) - 1)] if before else None,
            )
        )
    return tuple(lines[-LONGEST:])


def until_each_day(opened: date, days: Iterable[Day]) -> tuple[int, ...]:
    """Forms until each day of a wave that is over; none where the days are not known."""
    came = Counter[int]()
    for each in days:
        if not each.day:
            return ()
        came[max((date.fromisoformat(each.day) - opened).days, 0)] += each.sent
    sums, until = [], 0
    for number in range(max(came, default=-1) + 1):
        until += came[number]
        sums.append(until)
    return tuple(sums)


def family(study: str) -> str:
    """What the studies of several years have in common: their name without the year."""
    return _YEAR.sub("", study)
