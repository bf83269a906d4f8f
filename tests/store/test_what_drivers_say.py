"""A fault of the driver that is no damage stays what it is, whatever the driver tells with it."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from survey_app.store.engine.database import Database, StoreDamaged


def _use_what_is_closed(database: Database) -> None:
    gone = sqlite3.connect(":memory:")
    gone.close()
    with database.reading():
        gone.execute("SELECT 1")


def _read(database: Database) -> None:
    with database.reading() as connection:
        connection.exec_driver_sql("SELECT name FROM sqlite_master").all()


def test_a_connection_that_is_closed_already_is_a_fault_of_ours_and_no_damage(tmp_path):
    says_so = pytest.raises(sqlite3.ProgrammingError, match="closed database")
    with closing(Database(f"sqlite:///{tmp_path / 'store.sqlite3'}")) as database, says_so:
        _use_what_is_closed(database)


def test_a_file_that_is_no_database_is_damage(tmp_path):
    file = tmp_path / "store.sqlite3"
    file.write_bytes(b"not a database at all, but letters" * 200)
    with closing(Database(f"sqlite:///{file}")) as database, pytest.raises(StoreDamaged):
        _read(database)
