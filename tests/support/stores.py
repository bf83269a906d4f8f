"""Empty stores without the time that it takes to write their tables' statements anew.

The statements of a database's kind are compiled once in a process. Migrations of an empty SQLite
store really run once; the store that they make is copied from then on.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy
from sqlalchemy import Engine

from survey_app.store import tables
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database

_upgrade = migrate.upgrade


def make_tables(engine: Engine) -> None:
    """Every table of today in an empty store, as `metadata.create_all` makes them."""
    statements = _statements(engine.dialect.name)
    with engine.begin() as connection:
        raw: Any = connection.connection.driver_connection
        if engine.dialect.name == "sqlite":
            for statement in statements:
                raw.execute(statement)
        else:
            raw.execute(";\n".join(statements))


@cache
def _statements(dialect: str) -> tuple[str, ...]:
    compiled: list[str] = []

    def take(statement: Any, *_: Any, **__: Any) -> None:
        compiled.append(str(statement.compile(dialect=mock.dialect)))

    driver = "sqlite://" if dialect == "sqlite" else "postgresql+psycopg://"
    mock = sqlalchemy.create_mock_engine(driver, take)
    tables.metadata.create_all(mock, checkfirst=False)
    return tuple(compiled)


def upgrade(database: Database, to: str = "head") -> None:
    """`migrate.upgrade`; an empty SQLite store becomes a copy of the first that was upgraded."""
    if not (database.is_sqlite and to == "head" and _is_empty(database)):
        _upgrade(database, to)
        return
    connection = database.engine.raw_connection()
    try:
        _upgraded().backup(connection.driver_connection)  # type: ignore[arg-type]
    finally:
        connection.close()


def _is_empty(database: Database) -> bool:
    with database.reading() as connection:
        return not connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1").first()


@cache
def _upgraded() -> sqlite3.Connection:
    """A store in memory, brought up to date by every migration."""
    copied = sqlite3.connect(":memory:", check_same_thread=False)
    with (
        TemporaryDirectory() as folder,
        closing(Database(f"sqlite:///{folder}/new.sqlite3")) as new,
    ):
        _upgrade(new)
        connection = new.engine.raw_connection()
        connection.driver_connection.backup(copied)  # type: ignore[union-attr]
        connection.close()
    return copied
