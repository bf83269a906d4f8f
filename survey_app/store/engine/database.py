"""The connection to the store, and the one road by which anything is written.

SQLite has one writer whatever we do, so whoever writes commits what others have brought meanwhile
with it (group commit): a slow disk costs throughput, never durability, and no thread waits in
SQLite's unfair busy loop. PostgreSQL groups commits by itself.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DatabaseError, DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.pool import NullPool

from survey_app import file_modes
from survey_app.store.engine import paradata
from survey_app.store.engine.kept import Kept, drop
from survey_app.store.engine.patience import PATIENCE, Deadline, OutOfPatience
from survey_app.store.engine.server_writer import ServerWriter
from survey_app.store.engine.writer import LOOK, Writer
from survey_app.store.log import audit
from survey_app.store.log.log_keys import LogKeys

__all__ = [
    "Connection",
    "Database",
    "NotStorable",
    "StoreBusy",
    "StoreDamaged",
    "TablesChanged",
    "Write",
]

T = TypeVar("T")
Write = Callable[[Connection], T]

_DRIVERS = (
    sqlite3.OperationalError,
    sqlite3.InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)
_NOT_NOW = (OperationalError, InterfaceError, NoConnection, OutOfPatience, *_DRIVERS)
"""What is raised when the disk is full, the store is locked, or its server is away."""

_DAMAGE = ("XX", "42P01")
"""Of PostgreSQL's states: what is kept cannot be read, or a table is gone."""
_DAMAGE_OF_SQLITE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

_AT_ONCE = 16
"""Connections to PostgreSQL that a process may use at once."""


class StoreBusy(Exception):
    """The store cannot be used now (disk full, locked, gone); nothing was kept of a write."""


class TablesChanged(StoreBusy):
    """A later version has changed the tables so that this process cannot go on with them."""


class StoreDamaged(StoreBusy):
    """What the store holds cannot be read: a page of it is broken, or it is no database at all."""


class NotStorable(Exception):
    """A value that no store can hold, and so no row has: a NUL in a text, a number of 30 digits."""


class Database:
    """One store. Make one for each process and close it when done."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._lock = threading.Lock()
        self._writer: Writer | ServerWriter | None = None
        self.watched: Callable[[], AbstractContextManager[None]] = nullcontext
        """Stands around each `write`, for whoever counts them."""
        self.closed_because = ""
        """Why nothing may be read or written any more: the tables are not what we know."""
        if self.is_sqlite:
            if self.file:
                file_modes.make_folder(self.file.parent)
            self._reading = _sqlite_engine(url, "BEGIN")
            self._bare = _sqlite_engine(url, "")
            self._writing = _sqlite_engine(url, "BEGIN IMMEDIATE")
        else:
            waits = _patient(self.url)
            self._reading = self._writing = create_engine(
                url,
                pool_pre_ping=True,
                pool_size=_AT_ONCE,
                pool_timeout=PATIENCE,
                connect_args=waits,
            )
            self._bare = create_engine(
                url, isolation_level="AUTOCOMMIT", poolclass=NullPool, connect_args=waits
            )
        self._kept = Kept(self._bare)
        self._kept_to_write = Kept(_sqlite_engine(url, "", LOOK)) if self.is_sqlite else self._kept

    @property
    def file(self) -> Path | None:
        """Where SQLite keeps it; None on a server."""
        return Path(self.url.database) if self.is_sqlite and self.url.database else None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view of the store, for as long as the block lasts.

        Raises
        ------
        StoreBusy
        """
        self._refuse_other_tables()
        with _in_time(), self._reading.connect() as connection:
            yield connection

    def glance(self, look: Write[T]) -> T:
        """The result of one statement, without a transaction around it, which costs two more.

        A connection that has died since it was last used is found out by using it, not by asking
        first; `look` is then called once more, on a new one.

        Raises
        ------
        StoreBusy
        """
        self._refuse_other_tables()
        with _in_time():
            try:
                return self._looked(look)
            except psycopg.Error as error:
                if not _is_of_a_dead_connection(error):
                    raise
                self._kept.let_go()
                return self._looked(look)

    def _looked(self, look: Write[T]) -> T:
        connection = self._kept.take()
        try:
            result = look(connection)
        except _DRIVERS:
            drop(connection)
            raise
        except Exception:
            self._kept.give(connection)
            raise
        self._kept.give(connection)
        return result

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction of a command or an office page: commits when the block ends well.

        Raises
        ------
        StoreBusy
        """
        self._refuse_other_tables()
        with _in_time(), self._writing.begin() as connection:
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
        self._refuse_other_tables()
        with _told_plainly(), self.watched():
            try:
                writer = self._the_writer()
            except OSError as error:  # the folder may not be written, or no file can be opened
                raise StoreBusy(str(error)) from error
            return writer.do(job)

    def _refuse_other_tables(self) -> None:
        """Stop at once where every statement may fail, or mean something else by now."""
        if self.closed_because:
            raise TablesChanged(self.closed_because)

    def seal_log(self, keys: LogKeys) -> None:
        """Chain the office's log under a key outside the store, and keep its head there."""
        self._reading = self._reading.execution_options(**{audit.KEYS: keys})
        if self.is_sqlite:
            self._writing = self._writing.execution_options(**{audit.KEYS: keys})
        else:
            self._writing = self._reading

    def close(self) -> None:
        """Let waiting writes finish, then close every connection."""
        with self._lock:
            if self._writer is not None:
                self._writer.stop()
            self._writer = None
        if self._has_log():
            paradata.fold(self._writing)
        self._kept.let_go()
        self._kept_to_write.let_go()
        self._reading.dispose()
        self._bare.dispose()
        self._writing.dispose()

    def _has_log(self) -> bool:
        """Whether SQLite's write-ahead log holds something."""
        log = Path(f"{self.file}-wal")
        return self.is_sqlite and log.exists() and log.stat().st_size > 0

    @property
    def engine(self) -> Engine:
        """For migrations."""
        return self._writing

    def _the_writer(self) -> Writer | ServerWriter:
        # Made at the first write, so that a process which forks before it serves has no thread yet.
        with self._lock:
            if self._writer is None:
                make = Writer if self.is_sqlite else ServerWriter
                self._writer = make(self._bare, self._kept_to_write)
            return self._writer


@contextmanager
def _in_time() -> Iterator[None]:
    """Do not begin what nobody waits for any more."""
    with _told_plainly():
        if Deadline.at_hand().has_passed:
            raise OutOfPatience
        yield


@contextmanager
def _told_plainly() -> Iterator[None]:
    try:
        yield
    except _NOT_NOW as error:
        raise StoreBusy(_why(error)) from error
    except (DatabaseError, sqlite3.DatabaseError, psycopg.DatabaseError) as error:
        if isinstance(error, DataError | psycopg.DataError):
            raise NotStorable(_why(error)) from error
        if not _is_damage(getattr(error, "orig", error)):
            raise
        raise StoreDamaged(_why(error)) from error
    except OverflowError as error:
        if "SQLite" not in str(error):  # a sum of ours
            raise
        raise NotStorable(_why(error)) from error


def _is_damage(error: object) -> bool:
    """Whether a driver says that the store cannot be read."""
    if isinstance(error, sqlite3.Error):
        return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _DAMAGE_OF_SQLITE
    return isinstance(error, psycopg.Error) and (error.sqlstate or "").startswith(_DAMAGE)


def _why(error: Exception) -> str:
    """What the driver said, without the statement that it was about."""
    said = str(getattr(error, "orig", None) or error).strip()
    return said.splitlines()[0] if said else type(error).__name__


def _is_of_a_dead_connection(error: psycopg.Error) -> bool:
    """Whether the server was gone or stopped (classes 08 and 57P), and not merely unwilling."""
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))


def _patient(url: URL) -> dict[str, Any]:
    """How a connection to PostgreSQL waits for its server, and for locks of others.

    Its statements are not compiled: where that is thought to pay here, it takes longer than they.
    """
    told = url.query.get("options", ())
    options = [told] if isinstance(told, str) else [*told]
    ours = ["-c jit=off", f"-c lock_timeout={PATIENCE * 1000:.0f}"]
    return {"connect_timeout": round(PATIENCE), "options": " ".join([*ours, *options])}


def _sqlite_engine(url: str | URL, begin: str, patience: float | None = None) -> Engine:
    pool = {} if begin else {"poolclass": NullPool}
    waits = {"timeout": patience or PATIENCE, "check_same_thread": False}
    engine = create_engine(url, connect_args=waits, **pool)
    file = engine.url.database

    @event.listens_for(engine, "do_connect")
    def _private(*_: Any) -> None:
        if file:  # what SQLite puts beside a file gets the mode of the file
            with suppress(OSError):  # SQLite says what is wrong
                file_modes.make_file(Path(file))

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
