"""Writes to SQLite: whoever comes while one is being committed is committed together with others.

There is no thread that writes. Whoever finds nobody writing takes what waits, its own write and
those of others, and commits them as one; the others find theirs done. A hand-over from thread to
thread would cost more than the write.

Another program may lock the file, for a backup or by mistake. Each write then waits until its own
deadline and no longer, however many wait before it.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine

from survey_app.store.engine import paradata
from survey_app.store.engine.kept import Kept
from survey_app.store.engine.patience import Deadline, OutOfPatience
from survey_app.store.engine.statement import Statement
from survey_app.store.engine.turns import Turns

T = TypeVar("T")


@dataclass(frozen=True)
class Job(Generic[T]):
    """A write that somebody waits for."""

    run: Callable[[Connection], T]
    done: Future[T] = field(default_factory=Future)
    deadline: Deadline = field(default_factory=Deadline.at_hand)

    def begins(self) -> bool:
        """Whether somebody still waits for it; from now on they wait for its end."""
        return self.done.running() or self.done.set_running_or_notify_cancel()

    def refuse(self) -> None:
        """Give it up: it was never begun, or was undone."""
        if not self.done.cancel():
            self.done.set_exception(OutOfPatience())

    def result(self) -> T:
        """What came of it.

        Raises
        ------
        OutOfPatience
        """
        if self.done.cancelled():
            raise OutOfPatience
        return self.done.result()


Outcome = tuple[Job[Any], Any, Exception | None]

GROUP = 64
"""The most writes that are committed together."""

_BEGIN, _COMMIT = Statement("BEGIN IMMEDIATE"), Statement("COMMIT")
_SAVEPOINT, _RELEASE = Statement("SAVEPOINT job"), Statement("RELEASE job")
_UNDO = Statement("ROLLBACK TO job")

LOOK = 0.1
"""Seconds that SQLite waits for a file that is locked, before other processes have their turn."""

_GIVE_WAY = 0.01
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}

FOLD_AFTER = 1.0
"""Seconds after which SQLite's write-ahead log is emptied: it tells who wrote when."""


class Writer:
    """Runs jobs one after another. Results are given after the commit, never before.

    `engine` is for tidying. The connections in `kept` wait no longer than LOOK for a locked file.
    """

    def __init__(self, engine: Engine, kept: Kept) -> None:
        self._engine, self._kept = engine, kept
        self._turns = Turns(Path(engine.url.database) if engine.url.database else None)
        self._waiting: queue.SimpleQueue[Job[Any]] = queue.SimpleQueue()
        self._one_writes = threading.Lock()
        self._must_fold = True  # a process that was killed leaves its log
        self._stopped = threading.Event()
        self._tidier = threading.Thread(target=self._tidy, name="tidier", daemon=True)
        self._tidier.start()

    def do(self, job: Callable[[Connection], T]) -> T:
        """Run a job and return when it is durable; its own exception is raised here.

        Raises
        ------
        OutOfPatience
        """
        asked = Job(job)
        if self._one_writes.acquire(blocking=False):
            try:
                if self._waiting.empty():  # nobody to take along: no note of it need be kept
                    return self._alone(asked)
            finally:
                self._one_writes.release()
        self._waiting.put(asked)
        if not self._one_writes.acquire(timeout=asked.deadline.left):
            asked.done.cancel()  # too late where it is being committed just now
            return asked.result()
        try:
            while not asked.done.done():
                self._commit(self._group())
        finally:
            self._one_writes.release()
        return asked.result()

    def _alone(self, job: Job[T]) -> T:
        """One job in a transaction of its own."""
        try:
            with self._begun(job.deadline) as connection:
                result = job.run(connection)
                _COMMIT.on(connection)
        finally:
            self._must_fold = True
        return result

    @contextmanager
    def _begun(self, deadline: Deadline) -> Iterator[Connection]:
        """A transaction, once the file can be had.

        Raises
        ------
        OutOfPatience
            It was locked by another program until the deadline.
        """
        while True:
            with self._turns.mine(), self._kept.undoing() as connection:
                if _begins(connection):
                    yield connection
                    return
            if deadline.has_passed:
                raise OutOfPatience
            time.sleep(_GIVE_WAY)

    def stop(self) -> None:
        """Take no more."""
        self._stopped.set()
        self._tidier.join()
        with self._one_writes:
            self._turns.end()

    def _tidy(self) -> None:
        """Empty the log."""
        while not self._stopped.wait(FOLD_AFTER):
            with self._one_writes:
                if self._must_fold and paradata.fold(self._engine):
                    self._must_fold = False

    def _group(self) -> list[Job[Any]]:
        """What waits, oldest first; at least one job, that of whoever asks."""
        group: list[Job[Any]] = []
        with suppress(queue.Empty):
            while len(group) < GROUP:
                group.append(self._waiting.get_nowait())
        return group

    def _commit(self, group: list[Job[Any]]) -> None:
        """One transaction for the group; where that cannot be, one for each of it."""
        try:
            outcomes = self._in_one_transaction(group)
        except OutOfPatience:
            for job in group:
                if job.deadline.has_passed:
                    job.refuse()
                else:
                    self._waiting.put(job)
            return
        except Exception as error:  # noqa: BLE001 - whatever it was, those who wait must be told
            if len(group) > 1:
                for job in group:
                    self._commit([job])
                return
            outcomes = [(group[0], None, error)]
        self._must_fold = True
        for job, result, failed in outcomes:
            if failed is None:
                job.done.set_result(result)
            else:
                job.done.set_exception(failed)

    def _in_one_transaction(self, group: list[Job[Any]]) -> list[Outcome]:
        first = min((job.deadline for job in group), key=lambda deadline: deadline.at)
        with self._begun(first) as connection:
            outcomes = _run_all(connection, [job for job in group if job.begins()])
            _COMMIT.on(connection)
            return outcomes


def _begins(connection: Connection) -> bool:
    """Begin a transaction that writes; False where the file is locked."""
    try:
        _BEGIN.on(connection)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in _LOCKED:
            return False
        raise
    return True


def _run_all(connection: Connection, group: list[Job[Any]]) -> list[Outcome]:
    if len(group) == 1:  # fails or stands alone: the transaction is savepoint enough
        return [(group[0], group[0].run(connection), None)]
    return [(job, *_run_one(connection, job.run)) for job in group]


def _run_one(
    connection: Connection, job: Callable[[Connection], T]
) -> tuple[T | None, Exception | None]:
    """A job in a savepoint: its own failure is its own, and undone before the next begins."""
    _SAVEPOINT.on(connection)
    try:
        result = job(connection)
    except Exception as error:  # noqa: BLE001 - goes to the one who asked for the job
        _UNDO.on(connection)
        _RELEASE.on(connection)
        return None, error
    _RELEASE.on(connection)
    return result, None
