"""What is taken away: a wave made by mistake, or the sample of one that was not opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    ForeignKey,
    Select,
    Table,
    delete,
    func,
    insert,
    select,
)

from survey_app.store import standing, tables
from survey_app.store.counts import recount
from survey_app.store.waves import Wave, WaveState


@dataclass(frozen=True, kw_only=True)
class SampleAtStake:
    """What goes when a sample is replaced; `links` were issued and would open nothing any more."""

    cases: int
    links: int
    contacts: int
    events: int


def sample_at_stake(connection: Connection, wave: Wave) -> SampleAtStake:
    """How many cases a wave has, and what hangs on them."""
    mine = _cases_of(wave)
    live = tables.invitations.c.revoked_on.is_(None)

    def count(table: Table, *more: ColumnElement[bool]) -> int:
        counted = select(func.count()).select_from(table).where(table.c.case_id.in_(mine), *more)
        return connection.execute(counted).scalar_one()

    everyone = select(func.count()).select_from(tables.cases).where(_is_of(wave))
    return SampleAtStake(
        cases=connection.execute(everyone).scalar_one(),
        links=count(tables.invitations, live),
        contacts=count(tables.contacts),
        events=count(tables.events),
    )


def drop_sample(connection: Connection, wave: Wave) -> None:
    """Take the cases of a planned wave away, with their links, contacts and events.

    Raises
    ------
    WaveState
        When it was opened.
    """
    if wave.state != "planned":
        raise WaveState.of(wave, "not-planned-any-more", "its sample cannot be replaced")
    for table in _hanging_on(tables.cases):
        _drop(connection, table, "cases", _cases_of(wave))
    connection.execute(delete(tables.cases).where(_is_of(wave)))
    recount.recount(connection, wave.id)
    reserve = tables.reserve_people
    connection.execute(delete(reserve).where(reserve.c.wave_id == wave.id))


def delete_wave(connection: Connection, wave: Wave, by: str, at: str) -> None:
    """Take a wave away, whole. What was done to it stays in the log.

    Raises
    ------
    WaveState
        When it is open, or somebody has answered in it.
    """
    if wave.state == "open":
        raise WaveState.of(wave, "open-still", "close it first")
    if standing.holds_answers(connection, wave):
        message = f"wave `{wave.name}` holds answers: it is never deleted"
        raise WaveState("holds-answers", message, wave=wave.name)
    for table in _hanging_on(tables.cases):
        _drop(connection, table, "cases", _cases_of(wave))
    for table in _hanging_on(tables.waves):
        _drop(connection, table, "waves", [wave.id])
    connection.execute(
        insert(tables.deleted_waves).values(id=wave.id, name=wave.name, at=at, by=by)
    )
    connection.execute(delete(tables.waves).where(tables.waves.c.id == wave.id))


def _hanging_on(parent: Table) -> list[Table]:
    """The tables whose rows belong to rows of another, those that others hang on last."""
    ordered = reversed(tables.metadata.sorted_tables)
    return [table for table in ordered if any(it.column.table is parent for it in _keys(table))]


def _keys(table: Table) -> list[ForeignKey]:
    return sorted(table.foreign_keys, key=lambda key: key.parent.name)


def _drop(connection: Connection, table: Table, parent: str, ids: Any) -> None:
    for key in _keys(table):
        if key.column.table.name == parent:
            connection.execute(delete(table).where(key.parent.in_(ids)))


def _is_of(wave: Wave) -> ColumnElement[bool]:
    return tables.cases.c.wave_id == wave.id


def _cases_of(wave: Wave) -> Select[tuple[int]]:
    return select(tables.cases.c.id).where(_is_of(wave))
