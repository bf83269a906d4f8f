"""PostgreSQL's write-ahead log, transaction by transaction, by its own pg_waldump.

pg_waldump tells what was done where; what a row held stands in the log's own bytes.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.postgres import find_programs

_SEGMENT, _PAGE = 16 * 2**20, 8192
_LONG_HEAD, _HEAD = 40, 24
_LINE = re.compile(
    r"rmgr: (?P<rmgr>\w+).* len \(rec/tot\): *\d+/ *(?P<length>\d+), tx: *(?P<tx>\d+), "
    r"lsn: (?P<lsn>[0-9A-F]+/[0-9A-F]+), .*?desc: (?P<what>[A-Z_+]+)"
    r".*?off:? (?P<off>\d+).*?blkref #0: rel (?P<rel>[\d/]+)(?: fork \w+)? blk (?P<block>\d+)"
)


@dataclass(frozen=True)
class Record:
    """A row that was written or deleted: `place` is where it lay, `body` what the log holds."""

    what: str
    place: tuple[int, int]
    body: bytes


@dataclass
class Transaction:
    """What one transaction did to each of the tables that are watched, in its order."""

    rows: dict[str, list[Record]] = field(default_factory=dict)

    def of(self, table: str, what: str) -> list[Record]:
        """The rows of a table to which this was done."""
        return [record for record in self.rows.get(table, []) if record.what == what]


def transactions(
    folder: Path, start: str, end: str, relations: dict[str, str]
) -> Iterator[Transaction]:
    """The transactions between two places of a log; `relations` are tables by their file."""
    command = [find_programs() / "pg_waldump", "-p", folder, "-s", start, "-e", end]
    told = subprocess.run(
        list(map(str, command)),
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.defpath, "LC_ALL": "C"},
    ).stdout
    log = _Log(folder)
    found: dict[str, Transaction] = {}
    for line in told.splitlines():
        seen = _LINE.match(line)
        if not seen or seen["rmgr"] != "Heap" or seen["rel"] not in relations:
            continue
        what = seen["what"].partition("+")[0]
        place = int(seen["block"]), int(seen["off"])
        record = Record(what, place, log.read(_number(seen["lsn"]), int(seen["length"])))
        rows = found.setdefault(seen["tx"], Transaction()).rows
        rows.setdefault(relations[seen["rel"]], []).append(record)
    yield from found.values()


def _number(lsn: str) -> int:
    high, low = lsn.split("/")
    return (int(high, 16) << 32) + int(low, 16)


class _Log:
    """The bytes of a log, read past the heads of its pages."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._segments: dict[int, bytes] = {}

    def read(self, lsn: int, length: int) -> bytes:
        parts: list[bytes] = []
        while length > 0:
            within = lsn % _PAGE
            if within == 0:
                head = _HEAD if lsn % _SEGMENT else _LONG_HEAD
                lsn, within = lsn + head, head
            part = self._segment(lsn)[lsn % _SEGMENT :][: min(length, _PAGE - within)]
            parts.append(part)
            lsn, length = lsn + len(part), length - len(part)
        return b"".join(parts)

    def _segment(self, lsn: int) -> bytes:
        number = lsn // _SEGMENT
        if number not in self._segments:
            high, low = divmod(number, 2**32 // _SEGMENT)
            name = f"{1:08X}{high:08X}{low:08X}"
            self._segments[number] = (self._folder / name).read_bytes()
        return self._segments[number]
