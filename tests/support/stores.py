"""Empty stores without the time that it takes to write their tables' statements anew.

The statements of a database's kind are compiled once in a process, and the migrations of an empty
store really run once: what came of them is had again from then on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
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
    _execute(engine, _statements(engine.dialect.name))


def _execute(engine: Engine, statements: Sequence[str]) -> None:
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


def upgrade(database: Database, to: str = "head", then: migrate.Also | None = None) -> None:
    """`migrate.upgrade`; an empty store becomes what the first became that was upgraded.

    An SQLite store is a copy of that one; on PostgreSQL the statements that made it are run again.
    """
    if then or to != "head" or not _is_empty(database):
        _upgrade(database, to, then or (lambda _: None))
    elif database.is_sqlite:
        connection = database.engine.raw_connection()
        try:
            _upgraded().backup(connection.driver_connection)  # type: ignore[arg-type]
        finally:
            connection.close()
    elif not _run:
        _run.extend(_watched(database))
    else:
        _execute(database.engine, _run)


_run: list[str] = []
"""What the migrations ran on the first PostgreSQL database of this process."""


def _watched(database: Database) -> list[str]:
    """Upgrade a database, and what was executed for it but for mere looking."""
    executed: list[str] = []

    def note(_: Any, cursor: Any, statement: str, parameters: Any, *__: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "SHOW")):
            return
        if parameters:
            assert cursor.rowcount == 0, f"a migration writes into an empty store: {statement}"
        else:
            executed.append(statement.replace("%%", "%"))

    sqlalchemy.event.listen(database.engine, "after_cursor_execute", note)
    try:
        _upgrade(database)
    finally:
        sqlalchemy.event.remove(database.engine, "after_cursor_execute", note)
    return executed


def _is_empty(database: Database) -> bool:
    with database.reading() as connection:
        return not sqlalchemy.inspect(connection).get_table_names()


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
