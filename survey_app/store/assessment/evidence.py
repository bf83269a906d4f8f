"""Which files a unit handed in as evidence, for what; what is in them is not in the store."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, text

from survey_app.store.tables import evidence_files
from survey_app.store.waves import Wave


class NoSuchFile(Exception):
    """No file has this number."""


@dataclass(frozen=True, kw_only=True)
class EvidenceFile:
    """A file as it was handed in: its name, the kind that its content is, its SHA-256."""

    id: int
    wave_id: int
    unit: str
    criterion: str
    sha256: str
    name: str
    kind: str
    size: int
    added_by: str
    added_at: str


@dataclass(frozen=True, kw_only=True)
class NewFile:
    """A file that was looked through and may be kept."""

    unit: str
    criterion: str
    sha256: str
    name: str
    kind: str
    size: int


_TURN = 2712_2025
"""What PostgreSQL calls the turn of whoever changes which contents are kept."""


def take_turn(connection: Connection) -> None:
    """Until we commit, nobody else adds or forgets a content; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})


def add(connection: Connection, wave: Wave, file: NewFile, by: str, at: str) -> None:
    """Keep that a file was handed in."""
    entered = {"wave_id": wave.id, "added_by": by, "added_at": at}
    connection.execute(insert(evidence_files).values(**vars(file), **entered))


def find(connection: Connection, wave_id: int, number: int) -> EvidenceFile:
    """The file of a wave that has this number.

    Raises
    ------
    NoSuchFile
    """
    e = evidence_files.c
    wanted = select(evidence_files).where(e.id == number, e.wave_id == wave_id)
    row = connection.execute(wanted).mappings().first()
    if row is None:
        raise NoSuchFile(number)
    return EvidenceFile(**row)


def of_unit(connection: Connection, wave_id: int, unit: str) -> tuple[EvidenceFile, ...]:
    """Every file of a unit, the oldest first."""
    e = evidence_files.c
    wanted = select(evidence_files).where(e.wave_id == wave_id, e.unit == unit).order_by(e.id)
    return tuple(EvidenceFile(**row) for row in connection.execute(wanted).mappings())


def remove(connection: Connection, file: EvidenceFile) -> bool:
    """Forget a file; whether no other line of any wave is about the same content."""
    connection.execute(delete(evidence_files).where(evidence_files.c.id == file.id))
    return not is_kept(connection, file.sha256)


def is_kept(connection: Connection, sha256: str) -> bool:
    """Whether any line is about this content."""
    alike = select(evidence_files.c.id).where(evidence_files.c.sha256 == sha256).limit(1)
    return connection.execute(alike).first() is not None


def of_wave(connection: Connection, wave_id: int) -> frozenset[str]:
    """The contents of all that the units of a wave have handed in."""
    e = evidence_files.c
    return frozenset(connection.execute(select(e.sha256).where(e.wave_id == wave_id)).scalars())


def size_of(connection: Connection, wave_id: int, unit: str) -> int:
    """Bytes of all that a unit has handed in."""
    e = evidence_files.c
    total = select(func.sum(e.size)).where(e.wave_id == wave_id, e.unit == unit)
    return int(connection.execute(total).scalar() or 0)
