"""Paradata: what the files of a store would tell beside its rows.

A ballot has no time and no sequence, and nobody can read it before it was mixed with others of its
class (survey_app.mixing). What lies beneath the tables, SQLite's write-ahead log above all, tells
only when which case sent which sealed ballot. Even that is not kept longer than need be: the log is
folded into the file and emptied whenever respondents pause.
"""

from __future__ import annotations

import logging

from sqlalchemy import Engine

from survey_app.store.engine.patience import PATIENCE

_log = logging.getLogger(__name__)


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
