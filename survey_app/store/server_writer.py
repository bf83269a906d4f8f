"""Writes to PostgreSQL: each in a transaction of its own. The server groups commits by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import psycopg
from sqlalchemy import Connection, Engine

from survey_app.store.kept import Kept
from survey_app.store.statement import Statement

T = TypeVar("T")

_BEGIN, _COMMIT = Statement("BEGIN"), Statement("COMMIT")


class _NotBegun(Exception):
    """The connection turned out to be dead before anything was asked of it."""


class ServerWriter:
    """Runs jobs, as many at once as there are callers."""

    def __init__(self, _engine: Engine, kept: Kept) -> None:
        self._kept = kept

    def do(self, job: Callable[[Connection], T]) -> T:
        """Run a job and return its result once it is durable.

        A connection that has died since it was last used (the server was started anew) is found out
        by using it; the job is then run on a new one.
        """
        try:
            return self._run(job)
        except _NotBegun:
            self._kept.let_go()
            return self._run(job, is_last=True)

    def stop(self) -> None:
        """Take no more."""

    def _run(self, job: Callable[[Connection], T], *, is_last: bool = False) -> T:
        with self._kept.undoing() as connection:
            try:
                _BEGIN.on(connection)
            except psycopg.Error as fault:
                if is_last:
                    raise
                raise _NotBegun from fault
            result = job(connection)
            _COMMIT.on(connection)
            return result
