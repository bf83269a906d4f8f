"""Population lists of a wave: who might be asked, before a sample is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, func, insert, select, update

from survey_app.fieldwork.case import Case, Contact
from survey_app.sampling.population import Cell, Person, Population
from survey_app.store import tables
from survey_app.store.waves import Wave, WaveState

_BATCH = 1000


@dataclass(frozen=True, kw_only=True)
class KeptList:
    """A list that samples are drawn from. `people` were in it; `left` are until it is purged."""

    file: str
    people: int
    left: int
    at: str
    by: str


def keep_list(
    connection: Connection, wave: Wave, listed: Population, file: str, by: str, at: str
) -> int:
    """Keep a list in the place of the one before. Returns how many people are in it.

    Raises
    ------
    WaveState
        When the wave is closed.
    """
    if wave.state == "closed":
        raise WaveState.of(wave, "closed-already", "nothing more is taken in")
    forget_list(connection, wave.id)
    connection.execute(delete(tables.population_lists).where(_of(tables.population_lists, wave.id)))
    rows = [
        {"wave_id": wave.id, "position": position, **row_of(person.case, person.contact)}
        for position, person in enumerate(listed.people, 1)
    ]
    for start in range(0, len(rows), _BATCH):
        connection.execute(insert(tables.population_people), rows[start : start + _BATCH])
    connection.execute(
        insert(tables.population_lists).values(
            wave_id=wave.id, file=file[:200], people=len(rows), at=at, by=by
        )
    )
    return len(rows)


def forget_list(connection: Connection, wave_id: int) -> int:
    """Delete the people of a list, and keep how many they were. Returns how many are gone."""
    table = tables.population_people
    return connection.execute(delete(table).where(_of(table, wave_id))).rowcount


def purge(connection: Connection, wave_id: int) -> None:
    """Delete everybody who is known beside the cases, and remarks that may name somebody."""
    forget_list(connection, wave_id)
    connection.execute(delete(tables.reserve_people).where(_of(tables.reserve_people, wave_id)))
    mine = select(tables.cases.c.id).where(tables.cases.c.wave_id == wave_id)
    connection.execute(
        update(tables.substitutions)
        .where(tables.substitutions.c.case_id.in_(mine))
        .values(reason="")
    )


def kept_list(connection: Connection, wave_id: int) -> KeptList | None:
    """What is known of the list of a wave."""
    row = connection.execute(
        select(tables.population_lists).where(_of(tables.population_lists, wave_id))
    ).first()
    if row is None:
        return None
    counted = select(func.count()).select_from(tables.population_people)
    left = connection.execute(counted.where(_of(tables.population_people, wave_id))).scalar_one()
    return KeptList(file=row.file, people=row.people, left=left, at=row.at, by=row.by)


def population(connection: Connection, wave_id: int) -> Population:
    """The people of the list that is kept."""
    table = tables.population_people
    rows = connection.execute(select(table).where(_of(table, wave_id)).order_by(table.c.position))
    return Population(tuple(Person(*case_of(row), line=row.position) for row in rows))


def sizes(connection: Connection, wave_id: int) -> tuple[tuple[Cell, str, int, int], ...]:
    """How many people and PSUs the list has, by sample and stratum."""
    c = tables.population_people.c
    columns = (c.grp, c.sample, c.unit, c.stratum)
    rows = connection.execute(
        select(*columns, func.count(), func.count(func.nullif(c.psu, "").distinct()))
        .where(c.wave_id == wave_id)
        .group_by(*columns)
        .order_by(*columns)
    )
    return tuple(((row[0], row[1], row[2]), row[3], row[4], row[5]) for row in rows)


def _of(table: Table, wave_id: int) -> Any:
    return table.c.wave_id == wave_id


def row_of(case: Case, contact: Contact) -> dict[str, Any]:
    """Somebody as a row of a list or of a reserve."""
    return {
        "label": case.label,
        "grp": case.group,
        **{
            name: getattr(case, name)
            for name in ("sample", "unit", "asked", "home_unit", "stratum", "psu", "mode")
        },
        **{name: getattr(contact, name) for name in ("name", "phone", "email", "address")},
    }


def case_of(row: Row[Any]) -> tuple[Case, Contact]:
    """Somebody of a row, and how they are reached."""
    case = Case(
        label=row.label,
        group=row.grp,
        asked=row.asked,
        stratum=row.stratum,
        weight=getattr(row, "weight", "1"),
        unit=row.unit,
        sample=row.sample,
        home_unit=row.home_unit,
        psu=row.psu,
        fpc1=getattr(row, "fpc1", None),
        fpc2=getattr(row, "fpc2", None),
        mode=row.mode,
    )
    return case, Contact(row.label, row.name, row.phone, row.email, row.address)
