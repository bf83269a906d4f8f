"""A statement of the hot path, given to the database's own driver.

SQLAlchemy's cursor and result cost several times what SQLite needs for the statement itself. The
connection stays SQLAlchemy's: its pool, its transactions, its settings.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, PoolProxiedConnection

_PARAMETER = re.compile(r":(\w+)")

Values = Mapping[str, Any]


class Cursor(Protocol):
    """What both drivers give back."""

    rowcount: int

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row."""
        ...


class Statement:
    """SQL with parameters written `:name`; both drivers keep it prepared."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self._psycopg = _PARAMETER.sub(r"%(\1)s", sql)

    def on(self, connection: Connection | PoolProxiedConnection, values: Values) -> Cursor:
        """Run it in the transaction of a connection, or on one as it comes out of the pool."""
        raw = connection.connection if isinstance(connection, Connection) else connection
        cursor: Any = raw.cursor()
        cursor.execute(self._said(raw), values)
        return cursor  # type: ignore[no-any-return]  # a driver's cursor has no type here

    def for_each(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Run it once for each row, in the transaction of a connection."""
        raw = connection.connection
        raw.cursor().executemany(self._said(raw), rows)

    def _said(self, raw: PoolProxiedConnection) -> str:
        is_sqlite = isinstance(raw.driver_connection, sqlite3.Connection)
        return self.sql if is_sqlite else self._psycopg
