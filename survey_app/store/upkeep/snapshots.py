"""A consistent copy of a whole store, made while it is used, and read at the same moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from survey_app import file_modes
from survey_app.store.engine.database import Connection, Database
from survey_app.store.upkeep import server_programs
from survey_app.store.waves import Refused

_SOUND = "ok"


@dataclass(frozen=True)
class Snapshot:
    """The store at one moment. `name` is PostgreSQL's, for others to see the same."""

    database: Database
    connection: Connection
    name: str = ""

    @property
    def kind(self) -> str:
        """Which kind of database: `sqlite`, or `postgresql` with its major version."""
        return "sqlite" if self.database.is_sqlite else f"postgresql-{_major(self.connection)}"

    def write(self, file: Path) -> None:
        """Copy the store into a file of the owner's own, and look whether the copy is whole.

        Raises
        ------
        Refused
        """
        file_modes.make_file(file)
        if self.database.is_sqlite:
            _copy_sqlite(self.connection, file)
        else:
            self._dump(file)
        look_at(file, self.kind)

    def _dump(self, file: Path) -> None:
        program = server_programs.find("pg_dump", _major(self.connection))
        words = ["--format=custom", "--no-owner", "--no-acl", f"--snapshot={self.name}"]
        server_programs.run(program, [*words, f"--file={file}"], self.database.url)


@contextmanager
def begun(database: Database) -> Iterator[Snapshot]:
    """The store as it is now, for as long as the block lasts. Nobody who writes waits for it.

    Raises
    ------
    StoreBusy
    """
    with database.reading() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("SELECT COUNT(*) FROM sqlite_master").scalar()
            yield Snapshot(database, connection)
            return
        connection.execution_options(isolation_level="REPEATABLE READ")
        name = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar()
        yield Snapshot(database, connection, str(name))


def look_at(file: Path, kind: str) -> None:
    """See that a copy can be read whole.

    Raises
    ------
    Refused
    """
    if kind == "sqlite":
        fault = _fault_of_sqlite(file)
        if fault != _SOUND:
            raise Refused("copy-damaged", f"the copy of the database is damaged: {fault}")
        return
    program = server_programs.find("pg_restore", int(kind.partition("-")[2]))
    if "TABLE DATA" not in server_programs.run(program, ["--list", file]):
        raise Refused("copy-damaged", "the copy of the database holds no tables")


def _copy_sqlite(connection: Connection, file: Path) -> None:
    """By SQLite's online backup: the reader's moment, whoever writes meanwhile."""
    source = connection.connection.driver_connection
    assert isinstance(source, sqlite3.Connection)
    with closing(sqlite3.connect(file)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, and nothing beside it


def _fault_of_sqlite(file: Path) -> str:
    try:
        with closing(sqlite3.connect(f"file:{file}?immutable=1", uri=True)) as copy:
            return str(copy.execute("PRAGMA integrity_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as error:
        return str(error)


def _major(connection: Connection) -> int:
    said = connection.exec_driver_sql("SHOW server_version_num").scalar_one()
    return int(said) // 10_000
