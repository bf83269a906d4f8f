"""A statement of the hot path, given to the database's own driver.

SQLAlchemy's cursor and result cost several times what SQLite needs for the statement itself. The
connection stays SQLAlchemy's: its pool, its transactions, its settings.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

from sqlalchemy import Connection

_PARAMETER = re.compile(r":(\w+)")

Values = Mapping[str, Any]
_NONE: Values = {}


class Cursor(Protocol):
    """What both drivers give back."""

    rowcount: int

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row."""
        ...

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Every row that is left."""
        ...


class Statement:
    """SQL with parameters written `:name`; both drivers keep it prepared."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self._psycopg = _PARAMETER.sub(r"%(\1)s", sql)

    def on(self, connection: Connection, values: Values = _NONE) -> Cursor:
        """Run it, in whatever transaction the connection is."""
        bare: Any = connection.connection.driver_connection
        cursor: Any = bare.cursor()
        cursor.execute(self._said(bare), values)
        return cast(Cursor, cursor)

    def for_each(self, connection: Connection, rows: Sequence[Values]) -> Cursor:
        """Run it once for each row."""
        bare: Any = connection.connection.driver_connection
        cursor: Any = bare.cursor()
        cursor.executemany(self._said(bare), rows)
        return cast(Cursor, cursor)

    def _said(self, bare: object) -> str:
        return self.sql if isinstance(bare, sqlite3.Connection) else self._psycopg
