"""The connection to the store, and the one road by which anything is written.

SQLite has one writer whatever we do, so whoever writes commits what others have brought meanwhile
with it (group commit): a slow disk costs throughput, never durability, and no thread waits in
SQLite's unfair busy loop. PostgreSQL groups commits by itself.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.pool import NullPool

from survey_app import permissions
from survey_app.store import audit, paradata
from survey_app.store.kept import Kept, drop
from survey_app.store.log_keys import LogKeys
from survey_app.store.server_writer import ServerWriter
from survey_app.store.writer import Writer

__all__ = ["Connection", "Database", "StoreBusy", "Write"]

T = TypeVar("T")
Write = Callable[[Connection], T]

_DRIVERS = (
    sqlite3.OperationalError,
    sqlite3.InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)
_NOT_NOW = (OperationalError, InterfaceError, NoConnection, *_DRIVERS)
"""What is raised when the disk is full, the store is locked, or its server is away."""

_AT_ONCE = 16
"""Connections to PostgreSQL that a process may use at once."""


class StoreBusy(Exception):
    """The store cannot be used now (disk full, locked, gone); nothing was kept of a write."""


class Database:
    """One store. Make one for each process and close it when done."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._lock = threading.Lock()
        self._writer: Writer | ServerWriter | None = None
        if self.is_sqlite:
            if self.url.database:
                permissions.make_folder(Path(self.url.database).parent)
            self._reading = _sqlite_engine(url, "BEGIN")
            self._bare = _sqlite_engine(url, "")
            self._writing = _sqlite_engine(url, "BEGIN IMMEDIATE")
        else:
            self._reading = self._writing = create_engine(
                url, pool_pre_ping=True, pool_size=_AT_ONCE, pool_timeout=10
            )
            self._bare = create_engine(
                url,
                isolation_level="AUTOCOMMIT",
                poolclass=NullPool,
            )
        self._kept = Kept(self._bare)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view of the store, for as long as the block lasts.

        Raises
        ------
        StoreBusy
        """
        with _told_plainly(), self._reading.connect() as connection:
            yield connection

    def glance(self, look: Write[T]) -> T:
        """The result of one statement, without a transaction around it, which costs two more.

        A connection that has died since it was last used is found out by using it, not by asking
        first; `look` is then called once more, on a new one.

        Raises
        ------
        StoreBusy
        """
        with _told_plainly():
            try:
                return self._looked(look)
            except _DRIVERS:
                self._kept.let_go()
                return self._looked(look)

    def _looked(self, look: Write[T]) -> T:
        connection = self._kept.take()
        try:
            found = look(connection)
        except _DRIVERS:
            drop(connection)
            raise
        except Exception:
            self._kept.give(connection)
            raise
        self._kept.give(connection)
        return found

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction of a command or an office page: commits when the block ends well."""
        with self._writing.begin() as connection:
            connection.info.pop(audit.COMMITTED, None)  # of a transaction that was undone
            yield connection
            note = audit.added(connection)
        note()

    def write(self, job: Write[T]) -> T:
        """Run `job` in a transaction and return its result once it is durable.

        On SQLite the job shares its commit with others that wait; each stands in a savepoint of
        its own, so that one that fails takes nothing with it. It may be run a second time, after
        everything it did was undone, and in another thread.

        Raises
        ------
        StoreBusy
            When it could not be committed: nothing of the job was kept.
        """
        with _told_plainly():
            return self._the_writer().do(job)

    def seal_log(self, keys: LogKeys) -> None:
        """Chain the office's log under a key outside the store, and keep its head there."""
        self._reading = self._reading.execution_options(**{audit.KEYS: keys})
        if self.is_sqlite:
            self._writing = self._writing.execution_options(**{audit.KEYS: keys})
        else:
            self._writing = self._reading

    def forget_order(self) -> None:
        """Leave no trace, in the files of the store, of the order in which ballots came."""
        if self.is_sqlite:
            paradata.rebuild(self._writing)
        else:
            paradata.mix(self._writing)

    def close(self) -> None:
        """Let waiting writes finish, then close every connection."""
        with self._lock:
            if self._writer is not None:
                self._writer.stop()
            self._writer = None
        if self.is_sqlite:
            paradata.fold(self._writing)
        self._kept.let_go()
        self._reading.dispose()
        self._bare.dispose()
        self._writing.dispose()

    @property
    def engine(self) -> Engine:
        """For migrations."""
        return self._writing

    def _the_writer(self) -> Writer | ServerWriter:
        # Made at the first write, so that a process which forks before it serves has no thread yet.
        with self._lock:
            if self._writer is None:
                make = Writer if self.is_sqlite else ServerWriter
                self._writer = make(self._bare, self._kept)
            return self._writer


@contextmanager
def _told_plainly() -> Iterator[None]:
    try:
        yield
    except _NOT_NOW as error:
        raise StoreBusy(str(error.args[0] if error.args else error)) from error


def _sqlite_engine(url: str, begin: str) -> Engine:
    pool = {} if begin else {"poolclass": NullPool}
    engine = create_engine(url, connect_args={"timeout": 20, "check_same_thread": False}, **pool)
    file = engine.url.database

    @event.listens_for(engine, "do_connect")
    def _private(*_: Any) -> None:
        if file:  # what SQLite puts beside a file gets the mode of the file
            with suppress(OSError):  # SQLite says what is wrong
                permissions.make_file(Path(file))

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves: pysqlite's is always deferred
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # a receipt shown means a ballot on the disk
            "foreign_keys=ON",
            "secure_delete=ON",  # what is deleted is gone from the file too
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")

    if begin:

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

    return engine
