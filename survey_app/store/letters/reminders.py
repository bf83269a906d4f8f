"""Whom to remind, in up to three rounds: lists that stay as they were drawn up.

A list leaves out those of a sample who have sent their form or declined by its button, once they
are at least five more than its list before left out, and where at least five stay on it. Until
then the sample is not told apart: it is reminded as a whole or not at all. So whoever compares two
lists, or looks before and after somebody answers, learns of five people at a time or of nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from sqlalchemy import Connection, bindparam, delete, insert, select, text, update

from survey_app.fieldwork import disposition
from survey_app.fieldwork.protection.anonymity import ENOUGH
from survey_app.store import tables
from survey_app.store.counts.kept import DECIDING
from survey_app.store.waves import Refused, Wave

MOST_ROUNDS = 3
BETWEEN = timedelta(days=3)
"""From one list to the next at least: a list is no means to look every day who has answered."""

_BATCH = 500
Cell = tuple[str, str, str]
"""Group, unit, sample."""


class RemindersRefused(Refused):
    """Why no list can be drawn up now."""


@dataclass(frozen=True, kw_only=True)
class Round:
    """A round of reminders: when it is planned, and when its list was drawn up."""

    number: int
    planned_on: str
    drawn_up_on: str | None


@dataclass(frozen=True, kw_only=True)
class Reminded:
    """Somebody on a list, and how to reach them."""

    label: str
    grp: str
    unit: str
    sample: str
    home_unit: str
    name: str
    phone: str
    email: str
    code: str
    """What the office has noted, which may be a reason not to remind them."""


@dataclass(frozen=True, kw_only=True)
class Lists:
    """The newest list: those to be reminded, and the samples that are not told apart."""

    told: Sequence[Reminded] = ()
    whole: Mapping[Cell, Sequence[Reminded]] = field(default_factory=dict)


def rounds(connection: Connection, wave_id: int) -> tuple[Round, ...]:
    """The rounds that are planned, in their order."""
    c = tables.reminder_rounds.c
    mine = select(c.round, c.planned_on, c.drawn_up_on).where(c.wave_id == wave_id)
    return tuple(
        Round(number=row.round, planned_on=row.planned_on, drawn_up_on=row.drawn_up_on)
        for row in connection.execute(mine.order_by(c.round))
    )


def plan(connection: Connection, wave: Wave, days: Sequence[str]) -> None:
    """Keep the days of the rounds; those whose list is drawn up stay.

    Raises
    ------
    RemindersRefused
        The days are not in order, or too close.
    """
    drawn = {it.number: it for it in rounds(connection, wave.id) if it.drawn_up_on}
    typed = [drawn[n].planned_on if n in drawn else day for n, day in enumerate(days, 1)]
    kept = [day for day in typed if day]
    planned = [date.fromisoformat(day) for day in kept]
    if any(after - before < BETWEEN for before, after in pairwise(planned)):
        message = f"rounds are at least {BETWEEN.days} days apart, in their order"
        raise RemindersRefused("reminders-too-close", message)
    c = tables.reminder_rounds.c
    connection.execute(
        delete(tables.reminder_rounds).where(c.wave_id == wave.id, c.drawn_up_on.is_(None))
    )
    rows = [
        {"wave_id": wave.id, "round": number, "planned_on": day}
        for number, day in enumerate(kept[:MOST_ROUNDS], 1)
        if number not in drawn
    ]
    if rows:
        connection.execute(insert(tables.reminder_rounds), rows)


def next_round(connection: Connection, wave: Wave, today: str) -> Round:
    """The round whose list may be drawn up now.

    Raises
    ------
    RemindersRefused
        The wave is not open, no round is left, its day has not come, or the list before is fresh.
    """
    if wave.state != "open":
        message = "reminders go out while a wave is open"
        raise RemindersRefused("reminders-not-open", message)
    known = rounds(connection, wave.id)
    left = next((it for it in known if not it.drawn_up_on), None)
    if left is None:
        raise RemindersRefused("reminders-none-left", "no round is left")
    last = max((it.drawn_up_on for it in known if it.drawn_up_on), default=None)
    earliest = date.fromisoformat(left.planned_on)
    if last:
        earliest = max(earliest, date.fromisoformat(last) + BETWEEN)
    if date.fromisoformat(today) < earliest:
        message = f"its list is drawn up from {earliest} on"
        raise RemindersRefused("reminders-too-early", message, day=earliest.isoformat())
    return left


def draw_up(connection: Connection, wave: Wave, today: str) -> Round:
    """Draw up the list of the next round.

    Raises
    ------
    RemindersRefused
        As `next_round` does.
    """
    now = next_round(connection, wave, today)
    left_out = _left_out(connection, wave.id)
    come: dict[Cell, list[int]] = defaultdict(list)
    stay: dict[Cell, int] = defaultdict(int)
    for row in connection.execute(_STANDING, {"wave": wave.id}):
        cell = (row.grp, row.unit, row.sample)
        if row.id in left_out:
            continue
        if row.spent or row.declined:
            come[cell].append(row.id)
        else:
            stay[cell] += 1
    for cell, ids in come.items():
        if len(ids) >= ENOUGH and stay[cell] >= ENOUGH:
            rows = [{"case_id": case_id, "round": now.number} for case_id in sorted(ids)]
            connection.execute(insert(tables.not_reminded), rows)
    c = tables.reminder_rounds.c
    connection.execute(
        update(tables.reminder_rounds)
        .where(c.wave_id == wave.id, c.round == now.number)
        .values(drawn_up_on=today)
    )
    return Round(number=now.number, planned_on=now.planned_on, drawn_up_on=today)


def lists(connection: Connection, wave: Wave) -> Lists:
    """The newest list, with what the office itself has noted since; empty before the first."""
    if wave.state != "open" or not any(it.drawn_up_on for it in rounds(connection, wave.id)):
        return Lists()
    left_out = _left_out(connection, wave.id)
    by_cell: dict[Cell, list[Reminded]] = defaultdict(list)
    told_apart: set[Cell] = set()
    for row in connection.execute(_LISTED, {"wave": wave.id}):
        cell = (row.grp, row.unit, row.sample)
        if row.id in left_out:
            told_apart.add(cell)
        elif row.issued:
            by_cell[cell].append(_reminded(row))
    told = [one for cell, people in sorted(by_cell.items()) for one in people if cell in told_apart]
    whole = {cell: people for cell, people in sorted(by_cell.items()) if cell not in told_apart}
    return Lists(told=told, whole=whole)


def note(
    connection: Connection, wave: Wave, reminded: Sequence[Reminded], *, day: str, by: str
) -> int:
    """Note of everyone on a list that they were reminded. Returns of how many."""
    labels = [one.label for one in reminded if not one.code]
    c, count = tables.cases.c, 0
    for start in range(0, len(labels), _BATCH):
        some = labels[start : start + _BATCH]
        ids = connection.execute(
            select(c.id).where(c.wave_id == wave.id, c.label.in_(some)).order_by(c.id)
        ).scalars()
        rows = [{"case_id": it, "kind": "reminded", "day": day, "by": by} for it in ids]
        connection.execute(insert(tables.events), rows)
        count += len(rows)
    return count


_OWN = """EXISTS (SELECT 1 FROM events o WHERE o.case_id = c.id AND o.kind = 'refused'
    AND o."by" = '')"""
_KIND = """(SELECT e.kind FROM events e WHERE e.case_id = c.id AND e.kind IN :deciding
    AND NOT (e.kind = 'refused' AND e."by" = '') ORDER BY e.id DESC LIMIT 1)"""
_STANDING = text(f"""
    SELECT c.id, c.grp, c.unit, c.sample, u.case_id IS NULL AS spent, {_OWN} AS declined
    FROM cases c LEFT JOIN unspent u ON u.case_id = c.id
    WHERE c.wave_id = :wave ORDER BY c.id""")
"""What the office notes plays no part: by notes nobody may bring a sample to where one decides."""

_LISTED = text(f"""
    SELECT c.id, c.label, c.grp, c.unit, c.sample, c.home_unit, n.name, n.phone, n.email,
           {_KIND} AS kind,
           EXISTS (SELECT 1 FROM invitations i WHERE i.case_id = c.id) AS issued
    FROM cases c LEFT JOIN contacts n ON n.case_id = c.id
    WHERE c.wave_id = :wave ORDER BY c.id""").bindparams(
    bindparam("deciding", DECIDING, expanding=True)
)


def _left_out(connection: Connection, wave_id: int) -> set[int]:
    cases, left = tables.cases, tables.not_reminded
    mine = select(left.c.case_id).select_from(left.join(cases, cases.c.id == left.c.case_id))
    return set(connection.execute(mine.where(cases.c.wave_id == wave_id)).scalars())


def _reminded(row: object) -> Reminded:
    values = row._mapping  # type: ignore[attr-defined]  # noqa: SLF001  # as SQLAlchemy offers it
    kind = values["kind"]
    code = disposition.event_kinds()[kind].code if kind and kind != disposition.ISSUED else ""
    parts = ("label", "grp", "unit", "sample", "home_unit")
    said = {name: values[name] or "" for name in (*parts, "name", "phone", "email")}
    return Reminded(**said, code=code)
