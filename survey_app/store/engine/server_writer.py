"""Writes to PostgreSQL: each in a transaction of its own. The server groups commits by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import psycopg
from sqlalchemy import Connection, Engine

from survey_app.store.engine.kept import Kept
from survey_app.store.engine.patience import PATIENCE, Deadline
from survey_app.store.engine.statement import Statement

T = TypeVar("T")

_BEGIN, _COMMIT = Statement("BEGIN"), Statement("COMMIT")

_NOTICED = 0.5
"""Seconds of waiting that are worth one more statement."""


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
            _wait_no_longer_than(Deadline.at_hand(), connection)
            result = job(connection)
            _COMMIT.on(connection)
            return result


def _wait_no_longer_than(deadline: Deadline, connection: Connection) -> None:
    """Let the server wait for locks only as long as is left, where some of it is gone already."""
    if deadline.left < PATIENCE - _NOTICED:
        left = max(1, round(deadline.left * 1000))
        Statement(f"SET LOCAL lock_timeout = {left}").on(connection)
