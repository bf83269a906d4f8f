"""Whether the log is whole, without reading all of it each time that somebody looks.

What was verified is noted beside the key of the log, sealed under it: who holds the database can
neither move it nor make one. Of a long log a look goes by the note for a day; all of it is read
when somebody asks for that, by the command, and by the first look of a day. A change of a line
before the note is found then, and told by every look from then on.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from survey_app.store.log import audit
from survey_app.store.log.log_keys import NOTHING, Head, HeadLost, LogKeys, Verified

_log = logging.getLogger(__name__)

WHOLE_EVERY = timedelta(days=1)
"""Time after which a look reads all of the log again."""

SHORT = 2_000
"""A log of so few lines is read whole each time: that takes 20 milliseconds."""

NOTED_EVERY = 200
"""Lines that looks may read again and again before it is noted that they were verified."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a look at the log has found.

    `since` is the line up to which it went by an earlier look, 0 where all was read; `whole_at` is
    when all of it was read last.
    """

    broken: audit.Break | None
    since: int
    whole_at: str


def look(connection: Connection, at: str) -> Look:
    """Verify what was added since the log was verified last; all of it once a day.

    Ask this before anything else of a connection, as `audit.verify`.
    """
    keys = audit.keys_of(connection)
    verified = keys.verified() if keys and keys.is_made else None
    if keys is None or verified is None or not _is_enough(verified, at):
        return look_at_all(connection, at)
    newest = _noted(keys)
    broken = audit.verify(connection, since=verified.head)
    if broken:
        keys.forget_verified()
    elif newest.number - verified.head.number >= NOTED_EVERY:
        _note(keys, Verified(newest, verified.whole_at))
    return Look(broken=broken, since=verified.head.number, whole_at=verified.whole_at)


def look_at_all(connection: Connection, at: str) -> Look:
    """Verify the log from its first line. One that is not whole is read like this at each look."""
    keys = audit.keys_of(connection)
    newest = _noted(keys) if keys and keys.is_made else NOTHING
    broken = audit.verify(connection)
    if keys and broken:
        keys.forget_verified()
    elif keys and newest != NOTHING:
        _note(keys, Verified(newest, at))
    return Look(broken=broken, since=NOTHING.number, whole_at=at)


def _is_enough(verified: Verified, at: str) -> bool:
    """Whether a look may go by what was verified before."""
    if verified.head.number <= SHORT:
        return False
    age = datetime.fromisoformat(at) - datetime.fromisoformat(verified.whole_at)
    return timedelta() <= age < WHOLE_EVERY


def _noted(keys: LogKeys) -> Head:
    """The newest line that is noted, which is verified with all before it."""
    try:
        return keys.head()
    except HeadLost:
        return NOTHING


def _note(keys: LogKeys, verified: Verified) -> None:
    try:
        keys.note_verified(verified)
    except OSError:  # the next look reads what this one has read
        _log.warning("it could not be noted up to where the log was verified")
