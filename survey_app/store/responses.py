"""Drafts and ballots: what respondents have saved, and what they have sent.

The hot path: plain SQL, prepared once. Every writing function is one job of `Database.write`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from survey_app.store.statement import Statement


class NoSuchInvitation(Exception):
    """The link's token belongs to no invitation, or to one that was revoked."""


class AlreadySent(Exception):
    """The case's one chance is spent: the form was sent before, from here or elsewhere."""


@dataclass(frozen=True, slots=True)
class Invited:
    """A case as its own link shows it. `spent` when its form was sent."""

    case_id: int
    wave_id: int
    grp: str
    sample: str
    unit: str
    asked: str
    home_unit: str
    stratum: str
    psu: str
    weight: str
    fpc1: int | None
    fpc2: int | None
    mode: str
    wave: str
    study: str
    year: int
    salt: str
    opened_at: str | None
    closed_at: str | None
    spent: bool


@dataclass(frozen=True, slots=True)
class Rating:
    """One respondent's answers about one unit. `answers` is JSON."""

    unit: str
    position: int
    chance: str
    skipped: bool
    answers: str


@dataclass(frozen=True, slots=True)
class Ballot:
    """A sent response, without anything that leads back to its case."""

    id: str
    questionnaire: str
    version: int
    language: str
    pace: str
    about: str
    ratings: tuple[Rating, ...]
    order_seed: int | None = None


Sealed = bytes | None
Change = Callable[[Sealed], tuple[bytes, int, int]]
"""The sealed draft as kept -> the new one, how many items are answered, how many are asked."""

_BY_DIGEST = Statement("""
    SELECT c.id AS case_id, c.wave_id, c.grp, c.sample, c.unit, c.asked, c.home_unit, c.stratum,
           c.psu, c.weight, c.fpc1, c.fpc2, c.mode, w.name AS wave, w.study, w.year, w.salt,
           w.opened_at, w.closed_at, d.sealed, u.case_id IS NULL AS spent
    FROM invitations i
    JOIN cases c ON c.id = i.case_id
    JOIN waves w ON w.id = c.wave_id
    LEFT JOIN unspent u ON u.case_id = c.id
    LEFT JOIN drafts d ON d.key = :key
    WHERE i.digest = :digest AND i.revoked_on IS NULL""")

_DRAFT = Statement("SELECT sealed FROM drafts WHERE key = :key")
_HOLD = Statement("""
    SELECT d.sealed FROM unspent u LEFT JOIN drafts d ON d.key = :key WHERE u.case_id = :case""")
_HOLD_ROW = Statement("SELECT case_id FROM unspent WHERE case_id = :case FOR UPDATE")
_KEEP_DRAFT = Statement("""
    INSERT INTO drafts (key, wave_id, revision, sealed) VALUES (:key, :wave, 1, :sealed)
    ON CONFLICT (key) DO UPDATE SET revision = drafts.revision + 1, sealed = excluded.sealed""")
_KEEP_PROGRESS = Statement("""
    INSERT INTO progress (case_id, answered, asked, day) VALUES (:case, :answered, :asked, :day)
    ON CONFLICT (case_id) DO UPDATE
    SET answered = excluded.answered, asked = excluded.asked, day = excluded.day""")
_SPEND = Statement("DELETE FROM unspent WHERE case_id = :case")
_DROP_DRAFT = Statement("DELETE FROM drafts WHERE key = :key")
_DROP_PROGRESS = Statement("DELETE FROM progress WHERE case_id = :case")
_CAST = Statement("""
    INSERT INTO ballots (id, wave_id, questionnaire, version, grp, sample, stratum, psu, weight,
                         fpc1, fpc2, mode, language, pace, order_seed, about)
    VALUES (:id, :wave_id, :questionnaire, :version, :grp, :sample, :stratum, :psu, :weight,
            :fpc1, :fpc2, :mode, :language, :pace, :order_seed, :about)""")
_RATE = Statement("""
    INSERT INTO ratings (ballot_id, unit, position, chance, skipped, answers)
    VALUES (:ballot_id, :unit, :position, :chance, :skipped, :answers)""")
_BALLOTS = text("SELECT * FROM ballots WHERE wave_id = :wave ORDER BY id")
_RATINGS = text("""
    SELECT r.* FROM ratings r JOIN ballots b ON b.id = r.ballot_id
    WHERE b.wave_id = :wave ORDER BY r.ballot_id, r.unit""")


def by_digest(connection: Connection, digest: str, key: str) -> tuple[Invited, Sealed]:
    """The case that a token opens, and the sealed draft kept under a key made from the token.

    Raises
    ------
    NoSuchInvitation
    """
    row = _BY_DIGEST.on(connection, {"digest": digest, "key": key}).fetchone()
    if row is None:
        raise NoSuchInvitation
    *columns, sealed, spent = row
    invited = Invited(*(*columns, bool(spent)))
    return invited, None if sealed is None else bytes(sealed)


def draft(connection: Connection, key: str) -> Sealed:
    """The sealed draft kept under a key made from the token."""
    row = _DRAFT.on(connection, {"key": key}).fetchone()
    return None if row is None else bytes(row[0])


def save(connection: Connection, invited: Invited, key: str, day: str, change: Change) -> None:
    """Change a draft: read, merged and written as one, so that two tabs lose nothing.

    Raises
    ------
    AlreadySent
    """
    sealed, answered, asked = change(_hold(connection, invited.case_id, key))
    _KEEP_DRAFT.on(connection, {"key": key, "wave": invited.wave_id, "sealed": sealed})
    how_far = {"case": invited.case_id, "answered": answered, "asked": asked, "day": day}
    _KEEP_PROGRESS.on(connection, how_far)


def submit(
    connection: Connection, invited: Invited, key: str, make: Callable[[Sealed], Ballot]
) -> None:
    """Spend the invitation and cast the ballot, together or not at all.

    What remains on the case's side is an absence: no row that was written with the ballot.

    Raises
    ------
    AlreadySent
        The ballot was cast before; nothing is written.
    """
    if _SPEND.on(connection, {"case": invited.case_id}).rowcount == 0:
        raise AlreadySent
    ballot = make(draft(connection, key))
    _DROP_DRAFT.on(connection, {"key": key})
    _DROP_PROGRESS.on(connection, {"case": invited.case_id})
    cast(connection, invited, ballot)


def cast(connection: Connection, invited: Invited, ballot: Ballot) -> None:
    """Write a ballot: the design of its case, its answers, and no way back."""
    _CAST.on(
        connection,
        {
            "id": ballot.id,
            "wave_id": invited.wave_id,
            "questionnaire": ballot.questionnaire,
            "version": ballot.version,
            "grp": invited.grp,
            "sample": invited.sample,
            "stratum": invited.stratum,
            "psu": invited.psu,
            "weight": invited.weight,
            "fpc1": invited.fpc1,
            "fpc2": invited.fpc2,
            "mode": invited.mode,
            "language": ballot.language,
            "pace": ballot.pace,
            "order_seed": ballot.order_seed,
            "about": ballot.about,
        },
    )
    _RATE.for_each(
        connection,
        [
            {
                "ballot_id": ballot.id,
                "unit": rating.unit,
                "position": rating.position,
                "chance": rating.chance,
                "skipped": rating.skipped,
                "answers": rating.answers,
            }
            for rating in ballot.ratings
        ],
    )


def _hold(connection: Connection, case_id: int, key: str) -> Sealed:
    """Keep others from changing or sending this case's form until we commit; its draft as it is.

    On PostgreSQL the draft is read by a second statement: one that waited for the lock would still
    see the draft as it was before.
    """
    if connection.dialect.name != "sqlite":
        if _HOLD_ROW.on(connection, {"case": case_id}).fetchone() is None:
            raise AlreadySent
        return draft(connection, key)
    row = _HOLD.on(connection, {"case": case_id, "key": key}).fetchone()
    if row is None:
        raise AlreadySent
    return None if row[0] is None else bytes(row[0])


def ballots(
    connection: Connection, wave_id: int
) -> Iterator[tuple[Mapping[str, Any], list[Mapping[str, Any]]]]:
    """Every ballot of a wave with its ratings, in the order of the ballots' random keys."""
    rated: dict[str, list[Mapping[str, Any]]] = {}
    for row in connection.execute(_RATINGS, {"wave": wave_id}).mappings():
        rated.setdefault(row["ballot_id"], []).append(dict(row))
    for ballot in connection.execute(_BALLOTS, {"wave": wave_id}).mappings():
        yield dict(ballot), rated.get(ballot["id"], [])
