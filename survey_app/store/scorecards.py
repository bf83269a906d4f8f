"""Scorecards: what was computed from which release. Once published, only superseded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, literal, select, update

from survey_app.store.tables import scorecards, waves
from survey_app.store.waves import Refused


class NoSuchScorecard(Exception):
    """No scorecard has this number."""


class PublishedAlready(Refused):
    """A published scorecard is never touched again."""


@dataclass(frozen=True)
class Scorecard:
    """One computation of a wave. `scores` and `merged` are the files byte for byte."""

    id: int
    wave_id: int
    fingerprint: str
    version: str
    made_at: str
    made_by: str
    scores: str
    merged: str | None
    release: str
    published_at: str | None
    published_by: str | None


def add(  # noqa: PLR0913  # a scorecard has these columns
    connection: Connection,
    wave_id: int,
    *,
    fingerprint: str,
    version: str,
    at: str,
    by: str,
    scores: str,
    merged: str | None,
    release: str,
) -> Scorecard:
    """Keep a new scorecard, as a draft."""
    added = connection.execute(
        insert(scorecards)
        .values(
            wave_id=wave_id,
            fingerprint=fingerprint,
            version=version,
            made_at=at,
            made_by=by,
            scores=scores,
            merged=merged,
            release=release,
        )
        .returning(scorecards.c.id)
    ).scalar_one()
    return find(connection, added)


def find(connection: Connection, id_: int) -> Scorecard:
    """The scorecard of this number.

    Raises
    ------
    NoSuchScorecard
    """
    card = _first(connection, scorecards.c.id == id_)
    if card is None:
        raise NoSuchScorecard(id_)
    return card


def without_scores(connection: Connection, id_: int) -> Scorecard:
    """The scorecard of this number, its `scores` left blank: of many units they are long.

    Raises
    ------
    NoSuchScorecard
    """
    columns = [column for column in scorecards.c if column.name != "scores"]
    known = select(*columns, literal("").label("scores")).where(scorecards.c.id == id_)
    row = connection.execute(known).mappings().first()
    if row is None:
        raise NoSuchScorecard(id_)
    return Scorecard(**row)


def publish(connection: Connection, id_: int, at: str, by: str) -> None:
    """Show the scorecard to everyone from now on, in place of the one before it.

    Raises
    ------
    NoSuchScorecard, PublishedAlready
    """
    published = connection.execute(
        update(scorecards)
        .where(scorecards.c.id == id_, scorecards.c.published_at.is_(None))
        .values(published_at=at, published_by=by)
    )
    if published.rowcount == 0:
        message = f"scorecard {find(connection, id_).id} is published already"
        raise PublishedAlready("published-already", message, scorecard=str(id_))


def current(connection: Connection, wave_id: int) -> Scorecard | None:
    """What the public sees of a wave: the scorecard published last."""
    condition = (scorecards.c.wave_id == wave_id) & scorecards.c.published_at.is_not(None)
    return _first(connection, condition, scorecards.c.published_at.desc(), scorecards.c.id.desc())


def latest(connection: Connection, wave_id: int) -> Scorecard | None:
    """The scorecard made last, published or not."""
    return _first(connection, scorecards.c.wave_id == wave_id, scorecards.c.id.desc())


def runs(connection: Connection, wave_id: int) -> int:
    """How many times a wave was scored."""
    counted = select(func.count()).where(scorecards.c.wave_id == wave_id)
    return int(connection.execute(counted).scalar_one())


def history(connection: Connection, wave_id: int) -> tuple[Scorecard, ...]:
    """Every scorecard of a wave, the newest first."""
    rows = connection.execute(
        select(scorecards).where(scorecards.c.wave_id == wave_id).order_by(scorecards.c.id.desc())
    ).mappings()
    return tuple(Scorecard(**row) for row in rows)


def latest_id(connection: Connection, wave_id: int) -> int | None:
    """The number of the scorecard made last, without reading it."""
    newest = select(scorecards.c.id).where(scorecards.c.wave_id == wave_id)
    return connection.execute(newest.order_by(scorecards.c.id.desc()).limit(1)).scalar()


def published_waves(connection: Connection) -> tuple[str, ...]:
    """The names of the waves of which the public may see something, the newest year first."""
    rows = connection.execute(
        select(waves.c.name)
        .where(
            waves.c.id.in_(
                select(scorecards.c.wave_id).where(scorecards.c.published_at.is_not(None))
            )
        )
        .order_by(waves.c.year.desc(), waves.c.id.desc())
    )
    return tuple(rows.scalars())


def _first(connection: Connection, condition: ColumnElement[bool], *order: Any) -> Scorecard | None:
    row = (
        connection.execute(select(scorecards).where(condition).order_by(*order).limit(1))
        .mappings()
        .first()
    )
    return None if row is None else Scorecard(**row)
