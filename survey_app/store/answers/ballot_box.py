"""The ballot box: sealed ballots, the epochs whose keys they are sealed to, and their mixing.

A sealed ballot stands beside the design class of its case, which the case shows anyway. A batch of
one class is opened by whoever holds the epoch's private key and written as ballots, in one
transaction that deletes the sealed ones; the store itself never sees a private key.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, delete, func, insert, select, update

from survey_app.fieldwork.case import Case
from survey_app.fieldwork.protection.coarsening import Place
from survey_app.store import tables
from survey_app.store.answers.ballots import Ballot, cast
from survey_app.store.engine.statement import Statement


class NoEpoch(Exception):
    """The wave has no key to seal ballots to: it is not open, or its key was lost."""


class MixedMeanwhile(Exception):
    """Somebody else has taken a sealed ballot out of the box; nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """A key pair of a wave. Its private half is not in the store.

    `given_up` counts ballots that were sealed to it and that nobody can open any more.
    """

    id: str
    wave_id: int
    public_key: bytes
    is_current: bool
    given_up: int = 0


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
_IN_SQLITE, _ON_SERVER = "IN (SELECT value FROM json_each(:keys))", "= ANY(:keys)"
_BODIES, _MIXED = (
    Statement(f"{what} WHERE id {_IN_SQLITE}", on_server=f"{what} WHERE id {_ON_SERVER}",
              is_binary=True)
    for what in ("SELECT id, body FROM sealed_ballots", "DELETE FROM sealed_ballots")
)  # fmt: skip


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
    _CAST.on(connection, {"id": new_key([sealed[name] for name in _SHOWN]), **sealed})


def new_key(shown: Iterable[object]) -> str:
    """A random key that begins alike for ballots that show the same.

    They are mixed together, and stand together in the table then: far fewer pages are read and
    written over. The beginning says what stands beside the key anyway; 96 bits are of chance.
    """
    alike = hashlib.blake2b(repr(tuple(shown)).encode(), digest_size=4)
    return alike.hexdigest() + secrets.token_hex(12)


def add_epoch(
    connection: Connection, wave_id: int, epoch_id: str, public_key: bytes, recovery: bytes | None
) -> bool:
    """Begin an epoch, whose private key is safe already. From here on ballots are sealed to it.

    False, and nothing done, where the wave is not open. On PostgreSQL the wave is held, so that it
    cannot be closed meanwhile and be left with an epoch that takes ballots.
    """
    wave = tables.waves.c
    is_open = (wave.id == wave_id, wave.opened_at.is_not(None), wave.closed_at.is_(None))
    held = select(wave.id).where(*is_open).with_for_update(key_share=True)
    if connection.execute(held).first() is None:
        return False
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
    return True


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
    wanted = select(
        columns.id, columns.wave_id, columns.public_key, columns.is_current, columns.given_up
    )
    if wave_id is not None:
        wanted = wanted.where(columns.wave_id == wave_id)
    rows = connection.execute(wanted.order_by(columns.wave_id, columns.id))
    return tuple(
        Epoch(
            id=row.id,
            wave_id=row.wave_id,
            public_key=bytes(row.public_key),
            is_current=row.is_current,
            given_up=row.given_up,
        )
        for row in rows
    )


def recovery(connection: Connection, epoch_id: str) -> bytes | None:
    """The epoch's private key, sealed to the office's recovery key; None where it has none."""
    kept = select(tables.epochs.c.recovery).where(tables.epochs.c.id == epoch_id)
    sealed = connection.execute(kept).scalar()
    return None if sealed is None else bytes(sealed)


_DESIGN = ("group", "sample", "unit", "asked", "home_unit", "stratum", "psu", "weight", "fpc1",
           "fpc2", "mode")  # fmt: skip
_SHOWN = ("wave_id", *("grp" if name == "group" else name for name in _DESIGN))
_BOX = tables.sealed_ballots.c
_CLASS = [_BOX[name] for name in _SHOWN[1:]]


def _design(values: Sequence[Any]) -> Case:
    return Case(label="", **dict(zip(_DESIGN, values, strict=True)))


def waiting(connection: Connection, epochs: Collection[str]) -> tuple[SealedBallot, ...]:
    """The sealed ballots of some epochs, in the order of their random keys."""
    return _found(connection, _BOX.epoch_id.in_(epochs))


def of_wave(connection: Connection, wave_id: int) -> tuple[SealedBallot, ...]:
    """Every ballot of a wave that is still sealed."""
    return _found(connection, _BOX.wave_id == wave_id)


def _found(connection: Connection, which: ColumnElement[bool]) -> tuple[SealedBallot, ...]:
    wanted = select(_BOX.id, _BOX.epoch_id, *_CLASS).where(which).order_by(_BOX.id)
    rows = connection.execute(wanted).all()
    known: dict[Sequence[Any], Case] = {}  # one object a class: there may be many of each
    sealed = []
    for key, epoch, *design in rows:
        shown = tuple(design)
        case = known.get(shown) or known.setdefault(shown, _design(shown))
        sealed.append(SealedBallot(id=key, epoch_id=epoch, case=case))
    return tuple(sealed)


def classes(connection: Connection, wave_id: int) -> tuple[tuple[str, Case, int], ...]:
    """How many ballots of a wave are sealed to each epoch, by what their cases show."""
    counted = (
        select(_BOX.epoch_id, func.count(), *_CLASS)
        .where(_BOX.wave_id == wave_id)
        .group_by(_BOX.epoch_id, *_CLASS)
    )
    rows = connection.execute(counted)
    return tuple((epoch, _design(design), size) for epoch, size, *design in rows)


def opened(connection: Connection, wave_id: int) -> dict[Place, int]:
    """How many opened ballots of a wave show a PSU whose people are counted."""
    shown, rated = tables.ballots.c, tables.ratings.c
    unit = case((shown.sample == "", rated.unit), else_="")
    where = (shown.grp, shown.sample, unit, shown.stratum, shown.psu)
    counted = (
        select(*where, func.count(shown.id.distinct()))
        .join_from(tables.ballots, tables.ratings, rated.ballot_id == shown.id)
        .where(shown.wave_id == wave_id, shown.fpc2.is_not(None))
        .group_by(*where)
    )
    return {tuple(place): size for *place, size in connection.execute(counted)}


def bodies(connection: Connection, keys: Collection[str]) -> dict[str, bytes]:
    """The sealed bodies of some ballots."""
    rows = _BODIES.on(connection, _keys(connection, keys)).fetchall()
    return {key: bytes(body) for key, body in rows}


def _keys(connection: Connection, keys: Collection[str]) -> dict[str, Any]:
    """Keys as one value, so that a statement is the same however many there are."""
    known = sorted(keys)
    return {"keys": json.dumps(known) if connection.dialect.name == "sqlite" else known}


def mix(
    connection: Connection,
    wave_id: int,
    sealed: Collection[str],
    opened: Sequence[tuple[Case, Ballot]],
) -> None:
    """Write a batch of opened ballots, in their order, and take the sealed ones out of the box.

    `opened` come in an order of chance, under new keys, each with the design it shows.

    Raises
    ------
    MixedMeanwhile
    """
    cast(connection, wave_id, opened)
    removed = _MIXED.on(connection, _keys(connection, sealed))
    if removed.rowcount != len(opened):
        raise MixedMeanwhile


def reseal(connection: Connection, epoch_id: str, bodies: Mapping[str, bytes]) -> None:
    """Keep ballots that must wait, sealed anew to another epoch."""
    rows = [{"id": key, "epoch": epoch_id, "body": body} for key, body in bodies.items()]
    _RESEAL.for_each(connection, rows)


def is_done(connection: Connection, epoch: Epoch) -> bool:
    """Whether an epoch has ended and every ballot sealed to it was mixed or sealed anew."""
    box = tables.sealed_ballots
    left = select(box.c.id).where(box.c.epoch_id == epoch.id).limit(1)
    return not epoch.is_current and connection.execute(left).first() is None


def drop_epoch(connection: Connection, epoch_id: str) -> None:
    """Forget an epoch that is done; where ballots of it are given up, that number is remembered.

    A ballot that is still sealed to it forbids it: the database sees to that.
    """
    epoch = tables.epochs.c
    connection.execute(
        delete(tables.epochs).where(epoch.id == epoch_id, ~epoch.is_current, epoch.given_up == 0)
    )


def give_up(connection: Connection, lost: Mapping[str, str]) -> None:
    """Throw ballots away that nobody can open any more; each with its epoch.

    The epochs stay, with their number, for those who ask where the forms have gone.
    """
    _REMOVE.for_each(connection, [{"id": key} for key in lost])
    epoch = tables.epochs.c
    for epoch_id, number in Counter(lost.values()).items():
        more = epoch.given_up + number
        connection.execute(update(tables.epochs).where(epoch.id == epoch_id).values(given_up=more))


def leave_out(connection: Connection, keys: Iterable[str]) -> None:
    """Throw ballots away that would be too few to count after a wave was reopened."""
    _REMOVE.for_each(connection, [{"id": key} for key in keys])


def given_up(connection: Connection, wave_id: int) -> int:
    """How many ballots of a wave were given up: their key was lost, or they were left out."""
    epoch, wave = tables.epochs.c, tables.waves.c
    summed = select(func.coalesce(func.sum(epoch.given_up), 0)).where(epoch.wave_id == wave_id)
    left_out = select(wave.left_out).where(wave.id == wave_id)
    lost = int(connection.execute(summed).scalar_one())
    return lost + int(connection.execute(left_out).scalar() or 0)


def count(connection: Connection, wave_id: int) -> int:
    """How many ballots of a wave are still sealed."""
    counted = select(func.count()).select_from(tables.sealed_ballots)
    return connection.execute(counted.where(_BOX.wave_id == wave_id)).scalar_one()
