"""Whether the store is sound: its file is there, its tables are, and every page can be read."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from survey_app.store.engine.database import Connection, Database, StoreBusy
from survey_app.store.tables import metadata

THOROUGHLY_EVERY = 300.0
"""Seconds between two thorough looks: each reads the whole store."""

_SOUND = "ok"


class Health:
    """What is known of a store. A thorough look is taken at first, and every few minutes."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._clock = database, clock
        self._file = _identity(database)
        self._thorough: tuple[float, str] | None = None
        self._one_looks = threading.Lock()

    def fault(self) -> str:
        """What is wrong with the store; empty where nothing is."""
        if _identity(self._database) != self._file:
            return "the file of the database was taken away, or another was put in its place"
        try:
            with self._database.reading() as connection:
                connection.exec_driver_sql("SELECT id FROM waves LIMIT 1").fetchall()
        except StoreBusy as busy:
            return str(busy)
        return self._thorough_fault()

    def _thorough_fault(self) -> str:
        known = self._thorough
        if known and self._clock() - known[0] < THOROUGHLY_EVERY:
            return known[1]
        if self._one_looks.acquire(blocking=known is None):
            try:
                self._thorough = self._clock(), look_thoroughly(self._database)
            finally:
                self._one_looks.release()
        return self._thorough[1] if self._thorough else ""


def look_thoroughly(database: Database) -> str:
    """Read everything; what is wrong with it, or nothing."""
    look = _damage_of_sqlite if database.is_sqlite else _read_every_table
    try:
        with database.reading() as connection:
            return look(connection)
    except StoreBusy as fault:
        return str(fault)


def _damage_of_sqlite(connection: Connection) -> str:
    told = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
    return "" if told == _SOUND else told.replace("\n", " ")


def _read_every_table(connection: Connection) -> str:
    for table in metadata.sorted_tables:
        connection.exec_driver_sql(f"SELECT COUNT(*) FROM {table.name}").scalar()
    return ""


def _identity(database: Database) -> tuple[int, int] | None:
    """Which file it is, whatever it is called; None for a server, or where there is none."""
    if database.file is None or not database.file.exists():
        return None
    status = database.file.stat()
    return status.st_dev, status.st_ino
