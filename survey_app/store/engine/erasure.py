"""How what is deleted leaves the files of a store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection


@contextmanager
def left_to_its_key(connection: Connection) -> Iterator[None]:
    """Within it, SQLite does not write whole free pages over with zeros.

    For what is sealed to a key that is about to be destroyed, and for nothing else: nobody can
    read it then, wherever it lies, in free pages no more than in logs and backups. Writing over
    what fills more than half of a page each is a fifth of the work of mixing.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql("PRAGMA secure_delete=FAST")
    try:
        yield
    finally:
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
