"""What was read of workbooks and waits until whoever handed them in has seen what it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select

from survey_app.fieldwork.assessment.differences import Proposal
from survey_app.fieldwork.assessment.points import Whose
from survey_app.store.tables import point_imports, waves
from survey_app.store.waves import Wave


class NoSuchImport(Exception):
    """It was stored already, or given up, or is somebody else's."""


@dataclass(frozen=True, kw_only=True)
class PointImport:
    """What waits, and who handed it in."""

    id: int
    proposal: Proposal
    asked_by: str
    asked_at: str


def propose(connection: Connection, wave: Wave, proposal: Proposal, by: str, at: str) -> int:
    """Let it wait, in place of what the same person handed in before and never confirmed."""
    i = point_imports.c
    same = (i.wave_id == wave.id) & (i.whose == proposal.whose) & (i.asked_by == by)
    connection.execute(delete(point_imports).where(same))
    values = {"whose": proposal.whose, "content": proposal.as_text()}
    number: int = connection.execute(
        insert(point_imports)
        .values(wave_id=wave.id, asked_by=by, asked_at=at, **values)
        .returning(i.id)
    ).scalar_one()
    return number


def find(
    connection: Connection, wave: Wave, whose: Whose, number: int, by: str, *, since: str
) -> PointImport:
    """What one person has handed in and not confirmed; what was before `since` waits no longer.

    Raises
    ------
    NoSuchImport
    """
    i = point_imports.c
    is_it = (i.id == number) & (i.wave_id == wave.id) & (i.whose == whose) & (i.asked_by == by)
    row = connection.execute(select(point_imports).where(is_it, i.asked_at >= since)).first()
    if row is None:
        raise NoSuchImport(number)
    proposal = Proposal.of_text(whose, row.content)
    return PointImport(id=row.id, proposal=proposal, asked_by=row.asked_by, asked_at=row.asked_at)


def forget(connection: Connection, number: int) -> None:
    """It was stored, or given up."""
    connection.execute(delete(point_imports).where(point_imports.c.id == number))


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """That something waits for whoever handed it in, in which wave and since when."""

    id: int
    wave_id: int
    whose: Whose
    asked_at: str


def waiting(connection: Connection, by: str, *, since: str) -> tuple[Waiting, ...]:
    """What one person has handed in and neither confirmed nor given up, the oldest first."""
    i = point_imports.c
    columns = [i[name] for name in Waiting.__dataclass_fields__]
    listed = select(*columns).where(i.asked_by == by, i.asked_at >= since).order_by(i.id)
    return tuple(Waiting(**row) for row in connection.execute(listed).mappings())


def is_any(connection: Connection, *, before: str) -> bool:
    """Whether anything waits for longer than it may."""
    i = point_imports.c
    return connection.execute(select(i.id).where(i.asked_at < before).limit(1)).first() is not None


def drop(connection: Connection, *, before: str) -> Mapping[str, int]:
    """Drop what nobody has confirmed in time. Gives of how many imports by the wave's name."""
    i = point_imports.c
    counted = (
        select(waves.c.name, func.count())
        .join_from(point_imports, waves, waves.c.id == i.wave_id)
        .where(i.asked_at < before)
        .group_by(waves.c.name)
    )
    dropped: dict[str, int] = dict(connection.execute(counted).all())
    if dropped:
        connection.execute(delete(point_imports).where(i.asked_at < before))
    return dropped
