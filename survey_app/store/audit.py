"""The log of what the office did: lines are added, never changed, and each is chained to the last.

A line's hash covers the line and the hash before it, so that changing, dropping or inserting one
breaks every line after it. Only the very last lines can be cut off unseen: keep the newest hash
elsewhere (a printed report shows it).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, text

from survey_app.store.tables import audit

_FIRST = "0" * 64


@dataclass(frozen=True)
class Line:
    """One action: when, who, what."""

    id: int
    at: str
    who: str
    action: str
    detail: str
    hash: str


def append(connection: Connection, who: str, action: str, detail: str, at: str) -> str:
    """Add a line, in the transaction of the action itself; returns its hash."""
    if connection.dialect.name == "postgresql":  # two writers must not chain to the same line
        connection.execute(text("LOCK TABLE audit IN EXCLUSIVE MODE"))
    chained = _hash(newest(connection), at, who, action, detail)
    connection.execute(
        insert(audit).values(at=at, who=who, action=action, detail=detail, hash=chained)
    )
    return chained


def newest(connection: Connection) -> str:
    """The hash of the last line; zeros when there is none."""
    return (
        connection.execute(select(audit.c.hash).order_by(audit.c.id.desc()).limit(1)).scalar()
        or _FIRST
    )


def verify(connection: Connection) -> Line | None:
    """The first line that does not follow from the one before it; None when the chain is whole."""
    before = _FIRST
    for row in connection.execute(select(audit).order_by(audit.c.id)).mappings():
        line = Line(**row)
        if line.hash != _hash(before, line.at, line.who, line.action, line.detail):
            return line
        before = line.hash
    return None


def last(connection: Connection, most: int = 50) -> tuple[Line, ...]:
    """The newest lines, newest first."""
    rows = connection.execute(select(audit).order_by(audit.c.id.desc()).limit(most)).mappings()
    return tuple(Line(**row) for row in rows)


def _hash(before: str, *parts: str) -> str:
    said = json.dumps([before, *parts], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()
