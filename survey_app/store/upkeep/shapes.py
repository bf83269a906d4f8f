"""What changes in the tables from one version to another, and who is disturbed by it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import inspect

from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database


@dataclass(frozen=True)
class Column:
    """A column as somebody sees it who writes rows of before."""

    kind: str
    can_be_left_out: bool
    can_be_null: bool


Shape = Mapping[str, Mapping[str, Column]]
"""Table -> its columns by name."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One migration to be run. `obstacles`: why a process of before cannot go on beside it."""

    revision: str
    what: str
    obstacles: tuple[str, ...]


def steps(since: str | None) -> tuple[Step, ...]:
    """The migrations that a store at this revision lacks, the oldest first.

    Each is run on an empty store, and the tables of before are compared with those of after.
    """
    revisions = migrate.known()
    begin = revisions.index(since) + 1 if since else 0
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Database(f"sqlite:///{Path(folder) / 'empty.sqlite3'}")) as empty,
    ):
        if since:
            migrate.upgrade(empty, since)
        return tuple(_step(empty, revision) for revision in revisions[begin:])


def _step(empty: Database, revision: str) -> Step:
    before = shape(empty)
    migrate.upgrade(empty, revision)
    what, alone = migrate.told_of(revision)
    obstacles = (*obstacles_between(before, shape(empty)), *([alone] if alone and before else ()))
    return Step(revision=revision, what=what, obstacles=obstacles)


def shape(database: Database) -> Shape:
    """The tables of a store, and their columns."""
    inspector = inspect(database.engine)
    return {
        table: {
            column["name"]: Column(
                kind=str(column["type"]),
                can_be_null=bool(column["nullable"]),
                can_be_left_out=bool(column["nullable"]) or column["default"] is not None,
            )
            for column in inspector.get_columns(table)
        }
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def obstacles_between(before: Shape, after: Shape) -> Iterator[str]:
    """Why a process that knows only the tables of before cannot go on with those of after."""
    for table, columns in before.items():
        if table not in after:
            yield f"table {table} is gone"
            continue
        now = after[table]
        for name, column in columns.items():
            if name not in now:
                yield f"{table}.{name} is gone"
            elif now[name].kind != column.kind:
                yield f"{table}.{name} is {now[name].kind} now"
            elif column.can_be_null and not now[name].can_be_null:
                yield f"{table}.{name} must be filled in now"
        for name in now.keys() - columns.keys():
            if not now[name].can_be_left_out:
                yield f"{table}.{name} is new and must be filled in"


def size_of(database: Database) -> int:
    """How many bytes a store takes."""
    if database.file:
        return database.file.stat().st_size
    with database.reading() as connection:
        size = connection.exec_driver_sql("SELECT pg_database_size(current_database())")
        return int(size.scalar_one())


def seconds_on_a_copy(copy: Path) -> float:
    """How long the migrations take on a copy of an SQLite store, which they change."""
    began = time.monotonic()
    with closing(Database(f"sqlite:///{copy}")) as database:
        migrate.upgrade(database)
    return time.monotonic() - began
