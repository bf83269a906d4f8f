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
    """SQL with parameters written `:name`; both drivers keep it prepared.

    `on_server` is what is said to PostgreSQL where that is another; `is_binary`, that it answers in
    its own form, which spares it writing bytes as digits; `columns`, that it is given many rows at
    once there, each column as one array.
    """

    def __init__(
        self,
        sql: str,
        *,
        on_server: str | None = None,
        is_binary: bool = False,
        columns: tuple[str, ...] = (),
    ) -> None:
        self.sql = sql
        self._psycopg = _PARAMETER.sub(r"%(\1)s", on_server or sql)
        self._is_binary, self._columns = is_binary, columns

    @classmethod
    def inserting(cls, table: str, **types: str) -> Statement:
        """Rows of a table, of which many are written at once; `types` are PostgreSQL's.

        Not by COPY, whose entry in the log holds many rows: what the log tells is watched by row.
        """
        names = ", ".join(types)
        values = ", ".join(f":{name}" for name in types)
        arrays = ", ".join(f"CAST(:{name} AS {type_}[])" for name, type_ in types.items())
        into = f"INSERT INTO {table} ({names})"
        many = f"{into} SELECT * FROM unnest({arrays})"
        return cls(f"{into} VALUES ({values})", on_server=many, columns=tuple(types))

    def on(self, connection: Connection, values: Values = _NONE) -> Cursor:
        """Run it, in whatever transaction the connection is."""
        bare: Any = connection.connection.driver_connection
        is_sqlite = isinstance(bare, sqlite3.Connection)
        cursor: Any = bare.cursor() if is_sqlite else bare.cursor(binary=self._is_binary)
        cursor.execute(self._said(bare), values)
        return cast(Cursor, cursor)

    def for_each(self, connection: Connection, rows: Sequence[Values]) -> Cursor:
        """Run it once for each row."""
        bare: Any = connection.connection.driver_connection
        cursor: Any = bare.cursor()
        if self._columns and not isinstance(bare, sqlite3.Connection):
            arrays = {name: [row[name] for row in rows] for name in self._columns}
            cursor.execute(self._said(bare), arrays)
        else:
            cursor.executemany(self._said(bare), rows)
        return cast(Cursor, cursor)

    def _said(self, bare: object) -> str:
        return self.sql if isinstance(bare, sqlite3.Connection) else self._psycopg
