"""Paradata: what the files of a store would tell beside its rows, and how that is forgotten.

A ballot has no time and no sequence. But a database that appends rows keeps, beneath its tables,
the order in which they came: SQLite in its write-ahead log and in where a row lies within a page,
PostgreSQL in `ctid`, in `xmin` and in rows that are deleted but not yet vacuumed (the spent
invitation lies there with the number of the very transaction that wrote the ballot). Whoever
watched people answer, one after another, could lay that order beside theirs. So the ballots are
written anew in the order of their random keys: when respondents pause, at least every quarter of
an hour while they do not, and when the program stops.
"""

from __future__ import annotations

import logging
import threading
import time

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from survey_app.store.patience import PATIENCE

_log = logging.getLogger(__name__)

QUIET = 20.0
"""Seconds without a write that count as a pause."""

AT_LEAST = 900.0
"""Seconds after which the order is forgotten, pause or not."""

_MIXER = 0x63636863
"""The advisory lock of PostgreSQL by which one process mixes at a time."""

_ORDERED = (("ballots", "id"), ("ratings", "ballot_id, unit"))
_DELETED_FROM = "unspent, drafts, progress, ballots, ratings"


class Clock:
    """When it is time to forget: none of it after a pause, or when the last time is long ago."""

    def __init__(self) -> None:
        self._first = self._last = 0.0

    def note(self) -> None:
        """Something was written."""
        self._last = time.monotonic()
        self._first = self._first or self._last

    def due(self) -> bool:
        """Whether it is time; asking when it is begins anew."""
        now = time.monotonic()
        is_due = bool(self._first) and (now - self._last >= QUIET or now - self._first >= AT_LEAST)
        if is_due:
            self._first = 0.0
        return is_due


def fold(engine: Engine) -> bool:
    """Fold SQLite's write-ahead log into the file and empty it; False where a reader is in the way.

    Never waits: the one who would be kept waiting is a respondent.
    """
    try:
        with engine.connect() as connection:
            connection.rollback()
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.execute("PRAGMA busy_timeout=0")
            try:
                busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                raw.execute(f"PRAGMA busy_timeout={PATIENCE * 1000:.0f}")
    except Exception as error:  # noqa: BLE001 - a full disk must not end the thread that writes
        _log.warning("the write-ahead log could not be emptied: %s", str(error).split("\n")[0])
        return False
    return not busy


def rebuild(engine: Engine) -> None:
    """Write SQLite's file anew, every table in the order of its key."""
    try:
        with engine.connect() as connection:
            connection.rollback()
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.execute("VACUUM")
    except Exception as error:  # noqa: BLE001 - a full disk must not end the thread that writes
        _log.warning("the order of the ballots could not be forgotten: %s", error)
        return
    fold(engine)


def mix(engine: Engine) -> None:
    """Write PostgreSQL's ballots anew in the order of their keys, in one transaction of their own.

    Readers and respondents go on meanwhile; what they add now is mixed the next time.
    """
    mixing = engine.connect().execution_options(isolation_level="REPEATABLE READ")
    with mixing as connection, connection.begin():
        free = connection.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _MIXER})
        if not free.scalar():
            return
        for table, _ in _ORDERED:
            connection.exec_driver_sql(
                f"CREATE TEMP TABLE mixed_{table} ON COMMIT DROP AS SELECT * FROM {table}"
            )
        for table, _ in reversed(_ORDERED):
            connection.exec_driver_sql(f"DELETE FROM {table}")
        for table, order in _ORDERED:
            connection.exec_driver_sql(
                f"INSERT INTO {table} SELECT * FROM mixed_{table} ORDER BY {order}"
            )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"VACUUM {_DELETED_FROM}")


class Mixer:
    """The thread that mixes PostgreSQL's ballots when it is time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._clock = Clock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mixer", daemon=True)
        self._thread.start()

    def note(self) -> None:
        """Something was written."""
        self._clock.note()

    def stop(self) -> None:
        """Mix a last time."""
        self._stopped.set()
        self._thread.join()
        self._mix()

    def _run(self) -> None:
        while not self._stopped.wait(QUIET / 4):
            if self._clock.due():
                self._mix()

    def _mix(self) -> None:
        try:
            mix(self._engine)
        except DBAPIError as error:  # the server is away, or the tables are not there yet
            _log.warning("the order of the ballots could not be forgotten: %s", error.orig)
