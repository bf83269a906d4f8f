"""SQLite's write-ahead log, commit by commit: the store as it was after each of them."""

from __future__ import annotations

import shutil
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

_HEADER, _FRAME = 32, 24


def commits(log: bytes) -> list[int]:
    """Where each transaction of a log ends, in bytes."""
    if len(log) < _HEADER:
        return []
    page = struct.unpack(">I", log[8:12])[0]
    salts = log[16:24]
    ends = []
    for at in range(_HEADER, len(log) - _FRAME - page + 1, _FRAME + page):
        _, size_after = struct.unpack(">II", log[at : at + 8])
        if log[at + 8 : at + 16] != salts:  # of an earlier round
            break
        if size_after:
            ends.append(at + _FRAME + page)
    return ends


def states(database: bytes, log: bytes, folder: Path) -> Iterator[sqlite3.Connection]:
    """The store before the log, and after each of its transactions; for reading."""
    for number, end in enumerate([0, *commits(log)]):
        copy = folder / f"state-{number}"
        copy.mkdir(parents=True)
        (copy / "store.sqlite3").write_bytes(database)
        if end:
            (copy / "store.sqlite3-wal").write_bytes(log[:end])
        with closing(sqlite3.connect(copy / "store.sqlite3")) as connection:
            yield connection
        shutil.rmtree(copy)


def column(connection: sqlite3.Connection, sql: str) -> set[str]:
    """The values that a query of one column finds."""
    return {str(row[0]) for row in connection.execute(sql)}
