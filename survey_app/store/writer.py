"""Writes to SQLite: whoever comes while one is being committed is committed together with others.

There is no thread that writes. Whoever finds nobody writing takes what waits, its own write and
those of others, and commits them as one; the others find theirs done. A hand-over from thread to
thread would cost more than the write.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from survey_app.store import paradata
from survey_app.store.kept import Kept
from survey_app.store.statement import Statement
from survey_app.store.turns import Turns

T = TypeVar("T")
Job = tuple[Callable[[Connection], Any], Future[Any]]
Outcome = tuple[Future[Any], Any, Exception | None]

GROUP = 64
"""The most writes that are committed together."""

_BEGIN, _COMMIT = Statement("BEGIN IMMEDIATE"), Statement("COMMIT")
_SAVEPOINT, _RELEASE = Statement("SAVEPOINT job"), Statement("RELEASE job")
_UNDO = Statement("ROLLBACK TO job")

FOLD_AFTER = 1.0
"""Seconds after which SQLite's write-ahead log is emptied: it tells who wrote when."""


class Writer:
    """Runs jobs one after another. Results are given after the commit, never before."""

    def __init__(self, engine: Engine, kept: Kept) -> None:
        self._engine, self._kept = engine, kept
        self._turns = Turns(Path(engine.url.database) if engine.url.database else None)
        self._waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._one_writes = threading.Lock()
        self._must_fold = True  # a process that was killed leaves its log
        self._stopped = threading.Event()
        self._tidier = threading.Thread(target=self._tidy, name="tidier", daemon=True)
        self._tidier.start()

    def do(self, job: Callable[[Connection], T]) -> T:
        """Run a job and return when it is durable; its own exception is raised here."""
        if self._one_writes.acquire(blocking=False):
            try:
                if self._waiting.empty():  # nobody to take along: no note of it need be kept
                    return self._alone(job)
            finally:
                self._one_writes.release()
        done: Future[T] = Future()
        self._waiting.put((job, done))
        with self._one_writes:
            while not done.done():
                self._commit(self._group())
        return done.result()

    def _alone(self, job: Callable[[Connection], T]) -> T:
        """One job in a transaction of its own."""
        try:
            with self._turns.mine(), self._kept.undoing() as connection:
                _BEGIN.on(connection)
                result = job(connection)
                _COMMIT.on(connection)
        finally:
            self._must_fold = True
        return result

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

    def _group(self) -> list[Job]:
        """What waits, oldest first; at least one job, that of whoever asks."""
        group: list[Job] = []
        with suppress(queue.Empty):
            while len(group) < GROUP:
                group.append(self._waiting.get_nowait())
        return group

    def _commit(self, group: list[Job]) -> None:
        """One transaction for the group; where that cannot be, one for each of it."""
        outcomes: list[Outcome]
        try:
            outcomes = self._in_one_transaction(group)
        except Exception as error:  # noqa: BLE001 - whatever it was, those who wait must be told
            if len(group) > 1:
                for each in group:
                    self._commit([each])
                return
            outcomes = [(group[0][1], None, error)]
        self._must_fold = True
        for done, result, failed in outcomes:
            if failed is None:
                done.set_result(result)
            else:
                done.set_exception(failed)

    def _in_one_transaction(self, group: list[Job]) -> list[Outcome]:
        with self._turns.mine(), self._kept.undoing() as connection:
            return _run_all(connection, group)


def _run_all(connection: Connection, group: list[Job]) -> list[Outcome]:
    _BEGIN.on(connection)
    if len(group) == 1:  # fails or stands alone: the transaction is savepoint enough
        job, done = group[0]
        outcomes: list[Outcome] = [(done, job(connection), None)]
    else:
        outcomes = [(done, *_run_one(connection, job)) for job, done in group]
    _COMMIT.on(connection)
    return outcomes


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
