"""Drafts and ballots: what respondents have saved, and how a form is sent.

The hot path: plain SQL, prepared once. Every writing function is one job of `Database.write`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from survey_app.store.answers import ballot_box
from survey_app.store.engine.statement import Statement
from survey_app.waves.plan import Plan


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
    opens_at: str | None
    closes_at: str | None
    title_vi: str
    title_en: str
    contact_vi: str
    contact_en: str
    spent: bool

    @property
    def plan(self) -> Plan:
        """The title, the contact line and the dates of the wave."""
        return Plan.of(self)


Sealed = bytes | None
Change = Callable[[Sealed], tuple[bytes, int]]
"""The sealed draft as kept -> the new one, and the stage that its holder has reached."""

Seal = Callable[[Sealed, str, bytes], bytes]
"""The sealed draft, the epoch and its public key -> the sealed ballot."""

_BY_DIGEST = Statement("""
    SELECT c.id AS case_id, c.wave_id, c.grp, c.sample, c.unit, c.asked, c.home_unit, c.stratum,
           c.psu, c.weight, c.fpc1, c.fpc2, c.mode, w.name AS wave, w.study, w.year, w.salt,
           w.opened_at, w.closed_at, w.opens_at, w.closes_at, w.title_vi, w.title_en, w.contact_vi,
           w.contact_en, d.sealed, u.case_id IS NULL AS spent
    FROM invitations i
    JOIN cases c ON c.id = i.case_id
    JOIN waves w ON w.id = c.wave_id
    LEFT JOIN unspent u ON u.case_id = c.id
    LEFT JOIN drafts d ON d.key = :key
    WHERE i.digest = :digest AND i.revoked_on IS NULL
    AND (i.expires_on IS NULL OR i.expires_on >= :today)""")

_DRAFT = Statement("SELECT sealed FROM drafts WHERE key = :key")
_HOLD = Statement("""
    SELECT d.sealed FROM unspent u LEFT JOIN drafts d ON d.key = :key WHERE u.case_id = :case""")
_HOLD_ROW = Statement("SELECT case_id FROM unspent WHERE case_id = :case FOR UPDATE")
_KEEP_DRAFT = Statement("""
    INSERT INTO drafts (key, wave_id, sealed) VALUES (:key, :wave, :sealed)
    ON CONFLICT (key) DO UPDATE SET sealed = excluded.sealed""")
_KEEP_PROGRESS = Statement("""
    INSERT INTO progress (case_id, stage, day) VALUES (:case, :stage, :day)
    ON CONFLICT (case_id) DO UPDATE SET stage = excluded.stage, day = excluded.day""")
_SPEND = Statement("DELETE FROM unspent WHERE case_id = :case")
_DROP_DRAFT = Statement("DELETE FROM drafts WHERE key = :key")
_DROP_PROGRESS = Statement("DELETE FROM progress WHERE case_id = :case")


def by_digest(
    connection: Connection, digest: str, key: str, today: str = ""
) -> tuple[Invited, Sealed]:
    """The case that a token opens, and the sealed draft kept under a key made from the token.

    A link that was given an end opens nothing after it; without `today` there is no end.

    Raises
    ------
    NoSuchInvitation
    """
    row = _BY_DIGEST.on(connection, {"digest": digest, "key": key, "today": today}).fetchone()
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
    sealed, stage = change(_hold(connection, invited.case_id, key))
    _KEEP_DRAFT.on(connection, {"key": key, "wave": invited.wave_id, "sealed": sealed})
    _KEEP_PROGRESS.on(connection, {"case": invited.case_id, "stage": stage, "day": day})


def submit(connection: Connection, invited: Invited, key: str, seal: Seal) -> None:
    """Spend the invitation and cast the sealed ballot, together or not at all.

    What remains on the case's side is an absence. The sealed ballot shows the design of its case
    and nothing of the answers; it is mixed with others of its class before anyone can read it.

    Raises
    ------
    AlreadySent
        The ballot was cast before; nothing is written.
    ballot_box.NoEpoch
        The wave has no key to seal to; nothing is written.
    """
    if _SPEND.on(connection, {"case": invited.case_id}).rowcount == 0:
        raise AlreadySent
    epoch, public_key = ballot_box.current(connection, invited.wave_id)
    body = seal(draft(connection, key), epoch, public_key)
    _DROP_DRAFT.on(connection, {"key": key})
    _DROP_PROGRESS.on(connection, {"case": invited.case_id})
    ballot_box.put(
        connection,
        {
            "wave_id": invited.wave_id,
            "epoch_id": epoch,
            "grp": invited.grp,
            "sample": invited.sample,
            "unit": invited.unit,
            "asked": invited.asked,
            "home_unit": invited.home_unit,
            "stratum": invited.stratum,
            "psu": invited.psu,
            "weight": invited.weight,
            "fpc1": invited.fpc1,
            "fpc2": invited.fpc2,
            "mode": invited.mode,
            "body": body,
        },
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
