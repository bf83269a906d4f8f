"""Reserves: who took whose place in a sample, by the rule that was drawn beforehand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from survey_app.fieldwork import disposition
from survey_app.sampling.population import Cell
from survey_app.store import tables
from survey_app.store.sample import cases
from survey_app.store.sample.draws import DrawRefused
from survey_app.store.sample.population_lists import case_of
from survey_app.store.waves import Wave


@dataclass(frozen=True, kw_only=True)
class Substitution:
    """Who took whose place, by their case numbers."""

    label: str
    by_label: str
    outcome: str
    reason: str
    at: str
    by: str


def in_reserve(connection: Connection, wave_id: int) -> Mapping[tuple[str, str, str, str], int]:
    """How many are left in reserve, by sample and stratum."""
    c = tables.reserve_people.c
    columns = (c.grp, c.sample, c.unit, c.stratum)
    rows = connection.execute(
        select(*columns, func.count()).where(c.wave_id == wave_id).group_by(*columns)
    )
    return {(row[0], row[1], row[2], row[3]): row[4] for row in rows}


def substitute(
    connection: Connection, wave: Wave, label: str, reason: str, *, day: str, by: str, at: str
) -> Substitution:
    """Let the next in reserve, of the same stratum and PSU, take the place of a case.

    Whether the case has answered is not looked at, because nobody may learn it from here: what
    counts is that the office has noted an outcome.

    Raises
    ------
    ProblemsFound
        The wave has no such case.
    WaveState
        When the wave is closed.
    DrawRefused
        No outcome was noted, its place was taken before, or nobody is left in reserve.
    """
    case_id = cases.find(connection, wave, label)
    outcome = _outcome(connection, wave, case_id, label)
    row = _next(connection, wave, case_id, label)
    case, contact = case_of(row)
    cases.import_sample(connection, wave, [case], {case.label: contact})
    connection.execute(delete(tables.reserve_people).where(tables.reserve_people.c.id == row.id))
    cases.revoke(connection, wave, label, day, by)
    connection.execute(
        insert(tables.substitutions).values(
            case_id=case_id,
            by_case_id=cases.find(connection, wave, case.label),
            outcome=outcome,
            reason=reason[:200],
            at=at,
            by=by,
        )
    )
    return Substitution(
        label=label, by_label=case.label, outcome=outcome, reason=reason[:200], at=at, by=by
    )


def _outcome(connection: Connection, wave: Wave, case_id: int, label: str) -> str:
    taken = select(tables.substitutions).where(tables.substitutions.c.case_id == case_id)
    if connection.execute(taken).first():
        message = f"somebody has the place of case `{label}` already"
        raise DrawRefused("place-taken", message, wave=wave.name)
    kinds = connection.execute(
        select(tables.events.c.kind)
        .where(tables.events.c.case_id == case_id)
        .order_by(tables.events.c.id)
    ).scalars()
    outcome = disposition.noted(kinds)
    if not outcome:
        message = f"nothing is noted of case `{label}` for which somebody else could be asked"
        raise DrawRefused("no-outcome-noted", message, wave=wave.name)
    return outcome


def _next(connection: Connection, wave: Wave, case_id: int, label: str) -> Row[Any]:
    place = ("grp", "sample", "unit", "stratum", "psu")
    case = connection.execute(select(tables.cases).where(tables.cases.c.id == case_id)).one()
    table = tables.reserve_people
    row = connection.execute(
        select(table)
        .where(
            table.c.wave_id == wave.id, *(table.c[name] == getattr(case, name) for name in place)
        )
        .order_by(table.c.draw_id, table.c.position)
        .limit(1)
    ).first()
    if row is None:
        message = f"nobody is left in reserve for the stratum of case `{label}`"
        raise DrawRefused("reserve-empty", message, wave=wave.name)
    return row


def of_wave(connection: Connection, wave_id: int) -> tuple[Substitution, ...]:
    """Who took whose place in a wave, in the order in which they did."""
    old, new, table = tables.cases.alias("old"), tables.cases.alias("new"), tables.substitutions
    rows = connection.execute(
        select(old.c.label, new.c.label, table.c.outcome, table.c.reason, table.c.at, table.c.by)
        .join_from(table, old, old.c.id == table.c.case_id)
        .join(new, new.c.id == table.c.by_case_id)
        .where(old.c.wave_id == wave_id)
        .order_by(table.c.at, table.c.by_case_id)
    )
    return tuple(
        Substitution(label=row[0], by_label=row[1], outcome=row[2], reason=row[3], at=row[4],
                     by=row[5])
        for row in rows
    )  # fmt: skip


def counted(connection: Connection, wave_id: int) -> Counter[tuple[Cell, str]]:
    """How many took a place, by sample and stratum."""
    c = tables.cases.c
    columns = (c.grp, c.sample, c.unit, c.stratum)
    rows = connection.execute(
        select(*columns, func.count())
        .join(tables.substitutions, tables.substitutions.c.case_id == c.id)
        .where(c.wave_id == wave_id)
        .group_by(*columns)
    )
    return Counter({((row[0], row[1], row[2]), row[3]): row[4] for row in rows})
