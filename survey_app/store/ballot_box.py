"""The ballot box: sealed ballots, the epochs whose keys they are sealed to, and their mixing.

A sealed ballot stands beside the design class of its case, which the case shows anyway. A batch of
one class is opened by whoever holds the epoch's private key and written as ballots, in one
transaction that deletes the sealed ones; the store itself never sees a private key.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, text, update

from survey_app.fieldwork.case import Case
from survey_app.store import tables
from survey_app.store.ballots import Ballot, cast
from survey_app.store.statement import Statement


class NoEpoch(Exception):
    """The wave has no key to seal ballots to: it is not open, or its key was lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """A key pair of a wave. Its private half is not in the store."""

    id: str
    wave_id: int
    public_key: bytes
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedBallot:
    """A ballot that nobody can read without its epoch's key; `case` holds its design alone.

    Its body is read when it is opened: those of a whole epoch would fill the memory.
    """

    id: str
    epoch_id: str
    case: Case


_CURRENT = Statement("""
    SELECT id, public_key FROM epochs WHERE wave_id = :wave AND is_current""")
_CURRENT_HELD = Statement("""
    SELECT id, public_key FROM epochs WHERE wave_id = :wave AND is_current FOR SHARE""")
_CAST = Statement("""
    INSERT INTO sealed_ballots (id, wave_id, epoch_id, grp, sample, unit, asked, home_unit, stratum,
                                psu, weight, fpc1, fpc2, mode, body)
    VALUES (:id, :wave_id, :epoch_id, :grp, :sample, :unit, :asked, :home_unit, :stratum,
            :psu, :weight, :fpc1, :fpc2, :mode, :body)""")
_RESEAL = Statement("UPDATE sealed_ballots SET epoch_id = :epoch, body = :body WHERE id = :id")
_REMOVE = Statement("DELETE FROM sealed_ballots WHERE id = :id")


def current(connection: Connection, wave_id: int) -> tuple[str, bytes]:
    """The epoch that ballots are sealed to now, and its public key.

    On PostgreSQL the epoch is held until we commit, so that no ballot is sealed to an epoch that is
    being mixed: the change of epochs waits for us, or we for it, and then we ask again.

    Raises
    ------
    NoEpoch
    """
    if connection.dialect.name == "sqlite":  # one writer: nobody changes it meanwhile
        row = _CURRENT.on(connection, {"wave": wave_id}).fetchone()
    else:
        row = _CURRENT_HELD.on(connection, {"wave": wave_id}).fetchone()
        row = row or _CURRENT_HELD.on(connection, {"wave": wave_id}).fetchone()
    if row is None:
        raise NoEpoch
    return row[0], bytes(row[1])


def put(connection: Connection, sealed: dict[str, Any]) -> None:
    """Put a sealed ballot into the box."""
    _CAST.on(connection, {"id": secrets.token_hex(16), **sealed})


def add_epoch(
    connection: Connection, wave_id: int, epoch_id: str, public_key: bytes, recovery: bytes | None
) -> None:
    """Begin an epoch, whose private key is safe already. From here on ballots are sealed to it."""
    end_epochs(connection, wave_id)
    connection.execute(
        insert(tables.epochs).values(
            id=epoch_id,
            wave_id=wave_id,
            public_key=public_key,
            recovery=recovery,
            is_current=True,
        )
    )


def end_epochs(connection: Connection, wave_id: int) -> None:
    """Seal no more ballots to any epoch of a wave. Waits for those that are being cast."""
    epochs = tables.epochs.c
    connection.execute(
        update(tables.epochs)
        .where(epochs.wave_id == wave_id, epochs.is_current)
        .values(is_current=False)
    )


def epochs(connection: Connection, wave_id: int | None = None) -> tuple[Epoch, ...]:
    """The epochs whose keys are still needed, of one wave or of all."""
    columns = tables.epochs.c
    wanted = select(columns.id, columns.wave_id, columns.public_key, columns.is_current)
    if wave_id is not None:
        wanted = wanted.where(columns.wave_id == wave_id)
    rows = connection.execute(wanted.order_by(columns.wave_id, columns.id))
    return tuple(
        Epoch(id=row.id, wave_id=row.wave_id, public_key=bytes(row[2]), is_current=row.is_current)
        for row in rows
    )


def recovery(connection: Connection, epoch_id: str) -> bytes | None:
    """The epoch's private key, sealed to the office's recovery key; None where it has none."""
    kept = select(tables.epochs.c.recovery).where(tables.epochs.c.id == epoch_id)
    sealed = connection.execute(kept).scalar()
    return None if sealed is None else bytes(sealed)


def waiting(connection: Connection, epoch_id: str) -> tuple[SealedBallot, ...]:
    """The sealed ballots of an epoch, in the order of their random keys."""
    return _found(connection, tables.sealed_ballots.c.epoch_id == epoch_id)


def of_wave(connection: Connection, wave_id: int) -> tuple[SealedBallot, ...]:
    """Every ballot of a wave that is still sealed."""
    return _found(connection, tables.sealed_ballots.c.wave_id == wave_id)


def _found(connection: Connection, which: ColumnElement[bool]) -> tuple[SealedBallot, ...]:
    box = tables.sealed_ballots.c
    columns = [column for column in box if column.name != "body"]
    rows = connection.execute(select(*columns).where(which).order_by(box.id))
    return tuple(SealedBallot(id=row.id, epoch_id=row.epoch_id, case=_design(row)) for row in rows)


def bodies(connection: Connection, keys: Collection[str]) -> dict[str, bytes]:
    """The sealed bodies of some ballots."""
    box = tables.sealed_ballots.c
    rows = connection.execute(select(box.id, box.body).where(box.id.in_(keys)))
    return {row.id: bytes(row.body) for row in rows}


def _design(row: Any) -> Case:
    return Case(
        label="",
        group=row.grp,
        asked=row.asked,
        stratum=row.stratum,
        weight=row.weight,
        unit=row.unit,
        sample=row.sample,
        home_unit=row.home_unit,
        psu=row.psu,
        fpc1=row.fpc1,
        fpc2=row.fpc2,
        mode=row.mode,
    )


def mix(
    connection: Connection,
    wave_id: int,
    sealed: Iterable[str],
    opened: Sequence[tuple[Case, Ballot]],
) -> None:
    """Write a batch of opened ballots, in their order, and take the sealed ones out of the box.

    `opened` come in an order of chance, under new keys, each with the design it shows.
    """
    for design, ballot in opened:
        cast(connection, wave_id, design, ballot)
    for ballot_id in sealed:
        if _REMOVE.on(connection, {"id": ballot_id}).rowcount != 1:
            raise RuntimeError("a sealed ballot was mixed by another process")


def reseal(connection: Connection, epoch_id: str, bodies: Iterable[tuple[str, bytes]]) -> None:
    """Keep ballots that must wait, sealed anew to another epoch."""
    _RESEAL.for_each(
        connection, [{"id": key, "epoch": epoch_id, "body": body} for key, body in bodies]
    )


def drop_epoch(connection: Connection, epoch_id: str) -> bool:
    """Forget an epoch whose ballots were all mixed or sealed anew; False while any is left."""
    box, epoch = tables.sealed_ballots.c, tables.epochs.c
    left = select(func.count()).select_from(tables.sealed_ballots).where(box.epoch_id == epoch_id)
    if connection.execute(left).scalar_one():
        return False
    connection.execute(delete(tables.epochs).where(epoch.id == epoch_id, ~epoch.is_current))
    return True


def count(connection: Connection, wave_id: int) -> int:
    """How many ballots of a wave are still sealed."""
    box = tables.sealed_ballots
    return connection.execute(
        select(func.count()).select_from(box).where(box.c.wave_id == wave_id)
    ).scalar_one()


_BEGUN = text("""
    SELECT c.grp, c.unit, c.sample, c.mode, COUNT(*) AS begun
    FROM progress p JOIN cases c ON c.id = p.case_id
    WHERE c.wave_id = :wave GROUP BY c.grp, c.unit, c.sample, c.mode""")
_SHOWN = text("SELECT grp, unit, sample, mode, begun FROM board_counts WHERE wave_id = :wave")


def show_begun(connection: Connection, wave_id: int, fewest: int) -> None:
    """Let boards show how many have begun, where that has changed by enough people."""
    key = ("grp", "unit", "sample", "mode")
    now = {tuple(row[:4]): int(row[4]) for row in connection.execute(_BEGUN, {"wave": wave_id})}
    shown = {tuple(row[:4]): int(row[4]) for row in connection.execute(_SHOWN, {"wave": wave_id})}
    counts = tables.board_counts
    for cell in sorted({*now, *shown}):
        begun = now.get(cell, 0)
        if abs(begun - shown.get(cell, 0)) < fewest:
            continue
        where = [counts.c.wave_id == wave_id]
        where += [counts.c[name] == value for name, value in zip(key, cell, strict=True)]
        connection.execute(delete(counts).where(*where))
        named = dict(zip(key, cell, strict=True))
        connection.execute(insert(counts).values(wave_id=wave_id, begun=begun, **named))
