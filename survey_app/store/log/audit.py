"""The log of what the office did: lines are added, never changed, and each is chained to the last.

A line's hash covers the line and the hash before it, so that changing, dropping or inserting one
breaks every line after it. It is made under a key that lies outside the database, and the newest
one is noted beside that key when it is committed: the log can be neither written anew nor cut at
its end by whoever holds the database. Lines of a version before this one have plain hashes; the
first sealed line covers them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, insert, select, text

from survey_app.store.log.log_keys import NOTHING, Head, HeadLost, LogKeys
from survey_app.store.tables import audit

_log = logging.getLogger(__name__)

KEYS, COMMITTED = "log_keys", "log_committed"
"""Where a connection says which keys are its log's, and which line its transaction adds last: with
whether that is the last whatever was noted before."""


_AT_ONCE = 5_000
"""Lines that are read at once."""


@dataclass(frozen=True)
class Line:
    """One action: when, who, what."""

    id: int
    at: str
    who: str
    action: str
    detail: str
    hash: str


@dataclass(frozen=True)
class Break:
    """Where the log is not what it was: a line that was changed, or lines that are gone.

    `action` is that of the line, where it is still there.
    """

    id: int
    why: Literal["changed", "cut", "no-head", "not-as-noted"]
    action: str = ""


def append(connection: Connection, who: str, action: str, detail: str, at: str) -> str:
    """Add a line, in the transaction of the action itself; returns its hash."""
    if connection.dialect.name == "postgresql":  # two writers must not chain to the same line
        connection.execute(text("LOCK TABLE audit IN EXCLUSIVE MODE"))
    said, keys = _said(newest(connection), at, who, action, detail), keys_of(connection)
    if keys:
        keys.make()
    chained = _sealed(keys.secret(), said) if keys else _plain(said)
    number = connection.execute(
        insert(audit)
        .values(at=at, who=who, action=action, detail=detail, hash=chained)
        .returning(audit.c.id)
    ).scalar_one()
    if keys and _is_there(connection, keys):
        connection.info[COMMITTED] = Head(number, chained), False
    return chained


def _is_there(connection: Connection, keys: LogKeys) -> bool:
    """Whether the newest line that was noted is still there; else it stays the one noted.

    Otherwise what is written after a cut would hide it.
    """
    try:
        last = keys.head()
    except HeadLost:
        return False
    kept = connection.execute(select(audit.c.hash).where(audit.c.id == last.number)).scalar()
    return last == NOTHING or kept == last.hash


def added(connection: Connection) -> Callable[[], None]:
    """What to do once a transaction is committed: note its newest line outside the database."""
    newest_line, is_last = connection.info.pop(COMMITTED, (None, False))
    keys = keys_of(connection)

    def note() -> None:
        if newest_line and keys:
            try:
                keys.advance(newest_line, even_back=is_last)
            except OSError:  # the action stands: the next line notes this one too
                _log.exception("the head of the log could not be noted")

    return note


def head(connection: Connection) -> Head:
    """The newest line, for paper."""
    row = connection.execute(
        select(audit.c.id, audit.c.hash).order_by(audit.c.id.desc()).limit(1)
    ).first()
    return Head(*row) if row else NOTHING


def newest(connection: Connection) -> str:
    """The hash of the last line; zeros when there is none."""
    return head(connection).hash


def verify(
    connection: Connection, noted: Iterable[Head] = (), since: Head = NOTHING
) -> Break | None:
    """The first place at which the log is not what it was; None when it is whole.

    `noted` are heads that somebody has kept elsewhere: their hashes may be cut short. `since` is a
    line up to which the log was verified before: only what follows is then. Ask this before
    anything else of a connection, or what is added meanwhile is taken for cut off.
    """
    keys = keys_of(connection)
    end = _noted_end(keys)
    secret = keys.secret() if keys and keys.is_made else b""
    if broken := _broken_chain(connection, secret, since):
        return broken
    if end is None:
        return Break(head(connection).number, "no-head")
    if not _is_kept(connection, end):
        return Break(end.number, "cut")
    for each in noted:
        if not each.hash or not _is_kept(connection, each):
            return Break(each.number, "not-as-noted")
    return None


def _broken_chain(connection: Connection, secret: bytes, since: Head) -> Break | None:
    """The first line from `since` on that is not chained to the one before it."""
    if not _is_kept(connection, since):
        return Break(since.number, "changed" if _hash_of(connection, since.number) else "cut")
    before, is_sealed = _hash_before(connection, since.number), False
    for line in _lines_from(connection, since.number):
        said = _said(before, line.at, line.who, line.action, line.detail)
        if secret and line.hash == _sealed(secret, said):
            is_sealed = True
        elif is_sealed or line.hash != _plain(said):
            return Break(line.id, "changed", line.action)
        before = line.hash
    return None


def _noted_end(keys: LogKeys | None) -> Head | None:
    """The newest line as it was noted outside the database; None where that was taken away."""
    if keys is None or not keys.is_made:
        return NOTHING
    try:
        return keys.head()
    except HeadLost:
        return None


def _is_kept(connection: Connection, noted: Head) -> bool:
    """Whether a line is there as it was noted."""
    return _hash_of(connection, noted.number).startswith(noted.hash)


def _hash_of(connection: Connection, number: int) -> str:
    """The hash of a line; nothing where it is not there."""
    if number == NOTHING.number:
        return NOTHING.hash
    wanted = select(audit.c.hash).where(audit.c.id == number)
    return str(connection.execute(wanted).scalar() or "")


def _hash_before(connection: Connection, number: int) -> str:
    """The hash of the line before one."""
    before = select(audit.c.hash).where(audit.c.id < number).order_by(audit.c.id.desc()).limit(1)
    return str(connection.execute(before).scalar() or NOTHING.hash)


def _lines_from(connection: Connection, number: int) -> Iterator[Line]:
    """All lines from one on, so many at once."""
    while True:
        newer = select(audit).where(audit.c.id >= number).order_by(audit.c.id).limit(_AT_ONCE)
        lines = [Line(**row) for row in connection.execute(newer).mappings()]
        yield from lines
        if len(lines) < _AT_ONCE:
            return
        number = lines[-1].id + 1


def go_on_from(connection: Connection, who: str, reason: str, at: str) -> None:
    """Go on where the log ends now, although lines are gone: a database that was restored.

    The line that says so holds the head that was lost.
    """
    keys = keys_of(connection)
    append(connection, who, "audit-go-on", f"{_lost(keys)}: {reason}", at)
    connection.info[COMMITTED] = head(connection), True
    if keys:
        keys.forget_verified()


def _lost(keys: LogKeys | None) -> str:
    try:
        last = keys.head() if keys and keys.is_made else NOTHING
    except HeadLost:
        return "no head"
    return f"{last.number} {last.hash}"


def last(connection: Connection, most: int = 50) -> tuple[Line, ...]:
    """The newest lines, newest first."""
    rows = connection.execute(select(audit).order_by(audit.c.id.desc()).limit(most)).mappings()
    return tuple(Line(**row) for row in rows)


def keys_of(connection: Connection) -> LogKeys | None:
    """The keys that a connection chains its log under."""
    keys: LogKeys | None = connection.get_execution_options().get(KEYS)
    return keys


def _said(before: str, *parts: str) -> bytes:
    return json.dumps([before, *parts], ensure_ascii=False, separators=(",", ":")).encode()


def _sealed(secret: bytes, said: bytes) -> str:
    return hmac.digest(secret, said, "sha256").hex()


def _plain(said: bytes) -> str:
    return hashlib.sha256(said).hexdigest()
