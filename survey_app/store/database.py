"""The connection to the store, and the one road by which anything is written.

SQLite has one writer whatever we do, so we give it one thread that commits waiting writes
together (group commit): a slow disk costs throughput, never durability, and no thread ever waits
in SQLite's unfair busy loop. PostgreSQL groups commits by itself.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

__all__ = ["Connection", "Database", "StoreBusy"]

T = TypeVar("T")
Write = Callable[[Connection], T]

GROUP = 64
"""The most writes that are committed together."""

_QUIET_SECONDS = 1.0


class StoreBusy(Exception):
    """The store cannot take a write now (disk full, locked, gone); nothing was kept of it."""


class Database:
    """One store. Make one for each process and close it when done."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writer: _Writer | None = None
        if self.is_sqlite:
            if self.url.database:
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            self._reading = _sqlite_engine(url, "BEGIN")
            self._writing = _sqlite_engine(url, "BEGIN IMMEDIATE")
        else:
            self._reading = self._writing = create_engine(url, pool_pre_ping=True, pool_size=16)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view of the store, for as long as the block lasts."""
        with self._reading.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction of a command or an office page: commits when the block ends well."""
        with self._writing.begin() as connection:
            yield connection

    def write(self, job: Write[T]) -> T:
        """Run `job` in a transaction and return its result once it is durable.

        On SQLite the job shares its commit with others that wait; each stands in a savepoint of
        its own, so that one that fails takes nothing with it.

        Raises
        ------
        StoreBusy
            When the commit failed: nothing of the job was kept.
        """
        if not self.is_sqlite:
            with self._writing.begin() as connection:
                return job(connection)
        if self._writer is None:
            self._writer = _Writer.of(self._writing)
        return self._writer.do(job)

    def close(self) -> None:
        """Let waiting writes finish, then close every connection."""
        if self._writer is not None:
            self._writer.stop()
            self._writer = None
        if self.is_sqlite:
            forget_history(self._writing)
        self._reading.dispose()
        self._writing.dispose()

    @property
    def engine(self) -> Engine:
        """For migrations."""
        return self._writing


def _sqlite_engine(url: str, begin: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": 20, "check_same_thread": False})

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

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def forget_history(engine: Engine) -> None:
    """Fold SQLite's write-ahead log into the file and empty it: the log tells who wrote when."""
    with engine.connect() as connection:
        connection.get_transaction() and connection.rollback()
        raw = connection.connection.driver_connection
        if raw is not None:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class _Writer:
    """The thread that writes to SQLite."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: queue.SimpleQueue[tuple[Write[Any], Future[Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    _lock = threading.Lock()
    _writers: dict[int, _Writer] = {}

    @classmethod
    def of(cls, engine: Engine) -> _Writer:
        """The writer of this engine: never two, whichever thread asks first."""
        with cls._lock:
            writer = cls._writers.get(id(engine))
            if writer is None:
                writer = cls._writers[id(engine)] = cls(engine)
                writer._thread.start()
            return writer

    def do(self, job: Write[T]) -> T:
        done: Future[T] = Future()
        self._waiting.put((job, done))
        return done.result()

    def stop(self) -> None:
        self._waiting.put(None)
        self._thread.join()
        with self._lock:
            self._writers.pop(id(self._engine), None)

    def _run(self) -> None:
        quiet = True
        while True:
            try:
                first = self._waiting.get(timeout=None if quiet else _QUIET_SECONDS)
            except queue.Empty:
                forget_history(self._engine)
                quiet = True
                continue
            if first is None:
                return
            group = [first]
            while len(group) < GROUP:
                try:
                    more = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    self._waiting.put(None)
                    break
                group.append(more)
            self._commit(group)
            quiet = False

    def _commit(self, group: list[tuple[Write[Any], Future[Any]]]) -> None:
        """One transaction for the whole group; answers are given after the commit only."""
        results: list[tuple[Future[Any], Any, BaseException | None]] = []
        try:
            with self._engine.begin() as connection:
                for job, done in group:
                    results.append((done, *self._in_savepoint(connection, job)))
        except Exception as error:
            for _, done in group:
                done.set_exception(_busy(error))
            return
        for done, result, error in results:
            if error is None:
                done.set_result(result)
            else:
                done.set_exception(error)

    @staticmethod
    def _in_savepoint(connection: Connection, job: Write[Any]) -> tuple[Any, BaseException | None]:
        connection.execute(_SAVEPOINT)
        try:
            result = job(connection)
        except Exception as error:  # the job's own failure goes to the one who asked for it
            connection.execute(_ROLLBACK)
            return None, error
        finally:
            connection.execute(_RELEASE)
        return result, None


def _busy(error: Exception) -> StoreBusy:
    busy = StoreBusy(str(error))
    busy.__cause__ = error
    return busy


_SAVEPOINT, _ROLLBACK, _RELEASE = text("SAVEPOINT job"), text("ROLLBACK TO job"), text("RELEASE job")
