"""The thread that writes to SQLite: takes the writes that wait, and commits them together."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from survey_app.store import traces

T = TypeVar("T")
Job = tuple[Callable[[Connection], Any], Future[Any]]
Outcome = tuple[Future[Any], Any, Exception | None]

GROUP = 64
"""The most writes that are committed together."""

FOLD_AFTER = 1.0
"""Seconds after which SQLite's write-ahead log is emptied: it tells who wrote when."""


class Writer:
    """Runs jobs one after another. Results are given after the commit, never before."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._traces = traces.Clock()
        self._connection: Connection | None = None  # kept: taking one costs as much as a write
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def do(self, job: Callable[[Connection], T]) -> T:
        """Run a job and wait until it is durable; its own exception is raised here."""
        done: Future[T] = Future()
        self._waiting.put((job, done))
        return done.result()

    def stop(self) -> None:
        """Finish what waits."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        fold_at: float | None = time.monotonic() + FOLD_AFTER  # a killed process leaves its log
        while True:
            try:
                first = self._waiting.get(timeout=FOLD_AFTER)
            except queue.Empty:
                fold_at = self._tidy(fold_at)
                continue
            if first is None:
                self._let_go()
                return
            self._commit(self._group(first))
            fold_at = fold_at or time.monotonic() + FOLD_AFTER
            if time.monotonic() > fold_at:
                fold_at = self._tidy(fold_at)

    def _tidy(self, fold_at: float | None) -> float | None:
        """Forget the order of what was written, in the log and, now and then, in the file."""
        if fold_at is not None and traces.fold(self._engine):
            fold_at = None
        if self._traces.due():
            traces.rebuild(self._engine)
        return fold_at

    def _group(self, first: Job) -> list[Job]:
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
        return group

    def _commit(self, group: list[Job]) -> None:
        """One transaction for the group; where that cannot be, one for each of it."""
        outcomes: list[Outcome]
        try:
            connection = self._connection = self._connection or self._engine.connect()
            with connection.begin():
                if len(group) == 1:  # fails or stands alone: the transaction is savepoint enough
                    outcomes = [(group[0][1], group[0][0](connection), None)]
                else:
                    outcomes = [(done, *_run_one(connection, job)) for job, done in group]
        except Exception as error:  # noqa: BLE001 - whatever it was, those who wait must be told
            self._let_go()
            if len(group) > 1:
                for each in group:
                    self._commit([each])
                return
            outcomes = [(group[0][1], None, error)]
        self._traces.note()
        for done, result, failed in outcomes:
            if failed is None:
                done.set_result(result)
            else:
                done.set_exception(failed)

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def _run_one(
    connection: Connection, job: Callable[[Connection], T]
) -> tuple[T | None, Exception | None]:
    """A job in a savepoint: its own failure is its own, and undone before the next begins."""
    cursor = connection.connection.cursor()
    cursor.execute("SAVEPOINT job")
    try:
        result = job(connection)
    except Exception as error:  # noqa: BLE001 - goes to the one who asked for the job
        cursor.execute("ROLLBACK TO job")
        cursor.execute("RELEASE job")
        return None, error
    cursor.execute("RELEASE job")
    return result, None
