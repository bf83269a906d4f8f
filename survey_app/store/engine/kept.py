"""Connections of the hot path, kept between requests: taking one from a pool costs a statement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, Engine

from survey_app.store.engine.statement import Statement

_ROLLBACK = Statement("ROLLBACK")


class Kept:
    """The connections of one engine that nobody uses just now.

    The engine's pool keeps none, and its connections begin no transaction by themselves.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: list[Connection] = []

    def take(self) -> Connection:
        """One that is idle, or a new one."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._engine.connect()

    def give(self, connection: Connection) -> None:
        """Keep it for the next request; no transaction may be open on it."""
        if connection.in_transaction():  # as SQLAlchemy sees it, which knows of no commit of ours
            connection.rollback()
        self._idle.append(connection)

    @contextmanager
    def undoing(self) -> Iterator[Connection]:
        """One for a block that begins and commits by itself; what fails in it is undone."""
        connection = self.take()
        try:
            yield connection
        except BaseException:
            self._undo(connection)
            raise
        self.give(connection)

    def _undo(self, connection: Connection) -> None:
        try:
            _ROLLBACK.on(connection)
        except Exception:  # noqa: BLE001 - no transaction, or no connection: what raised is told
            drop(connection)
            return
        self.give(connection)

    def let_go(self) -> None:
        """Close those that are idle."""
        with suppress(IndexError):
            while True:
                drop(self._idle.pop())


def drop(connection: Connection) -> None:
    """Close a connection that may be broken, and with it undo whatever it had begun."""
    connection.invalidate()
    connection.close()
