"""Guesses at passwords: how many there were, and how long the next one has to wait.

Kept in the store, so that all processes count together and a start anew forgets nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, text

from survey_app.store import tables

_DAY = 24 * 3600

_BEGIN = text(
    "INSERT INTO guesses (key, count, at) VALUES (:key, 0, :now) ON CONFLICT (key) DO NOTHING"
)
_READ = "SELECT count, at FROM guesses WHERE key = :key"
_READING = {"sqlite": text(_READ), "postgresql": text(f"{_READ} FOR UPDATE")}
_COUNT = text("UPDATE guesses SET count = :count, at = :now WHERE key = :key")
_RIGHT = text("UPDATE guesses SET count = count - 1 WHERE key = :key AND count > 0")


@dataclass(frozen=True)
class Rule:
    """So many wrong guesses are `free`; each further one waits, twice as long as the one before.

    `first` and `most` are seconds, the shortest wait and the longest. For each `most` that passes
    without a guess, one is forgotten.
    """

    free: int
    first: int
    most: int

    def wait(self, count: int, passed: int) -> int:
        """The seconds to wait after so many guesses, the last of which is so long ago."""
        if count < self.free:
            return 0
        delay = min(self.first << min(count - self.free, 20), self.most)
        return max(0, delay - max(passed, 0))  # a clock set back: no longer than the delay itself

    def left(self, count: int, passed: int) -> int:
        """The guesses that are not forgotten yet."""
        return max(0, count - max(passed, 0) // self.most)


def take(connection: Connection, rules: Mapping[str, Rule], now: int) -> int:
    """Count a guess under each key, before it is looked at. Returns the seconds it has to wait.

    Where it has to wait under one key, nothing is counted: who comes too early does not lengthen
    the wait of others behind the same address.
    """
    counts: dict[str, int] = {}
    waits = [0]
    for key in sorted(rules):
        connection.execute(_BEGIN, {"key": key, "now": now})
        reading = _READING[connection.dialect.name]
        count, at = connection.execute(reading, {"key": key}).one()
        counts[key] = rules[key].left(count, now - at)
        waits.append(rules[key].wait(counts[key], now - at))
    if max(waits):
        return max(waits)
    for key, count in counts.items():
        connection.execute(_COUNT, {"key": key, "count": count + 1, "now": now})
    _forget_old(connection, now)
    return 0


def right(connection: Connection, ended: Iterable[str], others: Iterable[str]) -> None:
    """A guess was right: nothing is held against the keys it `ended`; of the others it is taken.

    An address is not forgiven its guesses at other names because one of its own is right.
    """
    mine = frozenset(ended)
    for key in sorted({*mine, *others}):  # in the order of `take`: neither waits for the other
        if key in mine:
            connection.execute(delete(tables.guesses).where(tables.guesses.c.key == key))
        else:
            connection.execute(_RIGHT, {"key": key})


def _forget_old(connection: Connection, now: int) -> None:
    connection.execute(delete(tables.guesses).where(tables.guesses.c.at < now - _DAY))
