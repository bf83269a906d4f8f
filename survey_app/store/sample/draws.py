"""Draws of a wave: on record with their seed, and taken as the sample."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from survey_app.fieldwork.case import Contact
from survey_app.sampling.design import Design
from survey_app.sampling.drawing import Drawn
from survey_app.store import tables
from survey_app.store.sample import cases
from survey_app.store.sample.population_lists import row_of
from survey_app.store.waves import Refused, Wave

_BATCH = 1000


class NoSuchDraw(Exception):
    """The wave has no draw of this number."""


class DrawRefused(Refused):
    """Why a draw cannot become the sample, or nobody can take a place in it."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A draw on record. `strata` are counts."""

    id: int
    design: Design
    strata: tuple[Mapping[str, Any], ...]
    file: str
    people: int
    drawn: int
    reserve: int
    digest: str
    at: str
    by: str
    taken_at: str | None
    taken_by: str


def keep_draw(
    connection: Connection,
    wave: Wave,
    design: Design,
    drawn: Drawn,
    *,
    file: str,
    people: int,
    by: str,
    at: str,
) -> int:
    """Put a draw from a list on record; nobody is asked by it yet. Returns its number."""
    added: int = connection.execute(
        insert(tables.draws)
        .values(
            wave_id=wave.id,
            design=json.dumps(design.kept(), ensure_ascii=False, sort_keys=True),
            strata=json.dumps([asdict(each) for each in drawn.strata], ensure_ascii=False),
            file=file[:200],
            people=people,
            drawn=len(drawn.cases),
            reserve=len(drawn.reserve),
            digest=drawn.digest,
            at=at,
            by=by,
        )
        .returning(tables.draws.c.id)
    ).scalar_one()
    return added


def draws(connection: Connection, wave_id: int) -> tuple[Kept, ...]:
    """Every draw of a wave, the newest first."""
    rows = connection.execute(
        select(tables.draws)
        .where(tables.draws.c.wave_id == wave_id)
        .order_by(tables.draws.c.id.desc())
    )
    return tuple(_kept(row) for row in rows)


def find_draw(connection: Connection, wave_id: int, number: int) -> Kept:
    """A draw of a wave.

    Raises
    ------
    NoSuchDraw
    """
    row = connection.execute(
        select(tables.draws).where(tables.draws.c.wave_id == wave_id, tables.draws.c.id == number)
    ).first()
    if row is None:
        raise NoSuchDraw(number)
    return _kept(row)


def take(connection: Connection, wave: Wave, number: int, drawn: Drawn, by: str, at: str) -> int:
    """Make a draw the sample: cases, frame and reserve. Returns how many cases came.

    Raises
    ------
    ProblemsFound, WaveState
        As for a sample that is imported.
    DrawRefused
        The list gives another draw now, or it was taken before.
    """
    kept = find_draw(connection, wave.id, number)
    if kept.taken_at is not None:
        message = f"draw {number} is the sample of wave `{wave.name}` already"
        raise DrawRefused("draw-taken", message, wave=wave.name)
    if drawn.digest != kept.digest:
        message = f"draw {number} comes out otherwise now: the list was changed since"
        raise DrawRefused("draw-differs", message, wave=wave.name)
    count = cases.import_sample(connection, wave, drawn.cases, drawn.contacts)
    cases.import_frame(connection, wave, drawn.frame, only=True)
    rows = [
        {"wave_id": wave.id, "draw_id": number, "position": position, "weight": case.weight,
         "fpc1": case.fpc1, "fpc2": case.fpc2,
         **row_of(case, drawn.contacts.get(case.label, Contact(case.label)))}
        for position, case in enumerate(drawn.reserve, 1)
    ]  # fmt: skip
    for start in range(0, len(rows), _BATCH):
        connection.execute(insert(tables.reserve_people), rows[start : start + _BATCH])
    connection.execute(
        update(tables.draws).where(tables.draws.c.id == number).values(taken_at=at, taken_by=by)
    )
    return count


def _kept(row: Row[Any]) -> Kept:
    return Kept(
        id=row.id,
        design=Design.again(json.loads(row.design)),
        strata=tuple(json.loads(row.strata)),
        file=row.file,
        people=row.people,
        drawn=row.drawn,
        reserve=row.reserve,
        digest=row.digest,
        at=row.at,
        by=row.by,
        taken_at=row.taken_at,
        taken_by=row.taken_by,
    )
