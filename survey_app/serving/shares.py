"""What the processes of a site show each other, in memory that all of them see."""

from __future__ import annotations

import mmap
import struct
import time
from collections.abc import Callable

STALE = 1.0
"""Seconds after which a process that has shown no sign of life is not waited for."""

_NUMBER = struct.calcsize("d")


class Shares:
    """How many connections each process has, and when it last said so.

    `clock` counts seconds as all processes of the machine do.
    """

    def __init__(self, processes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        memory = memoryview(mmap.mmap(-1, 2 * _NUMBER * processes)).cast("d")
        self._connections, self._seen = memory[:processes], memory[processes:]

    def begin(self, place: int) -> None:
        """A process takes its place, with no connections yet."""
        self._connections[place], self._seen[place] = 0, self._clock()

    def end(self, place: int) -> None:
        """A process has died: nobody waits for it."""
        self._seen[place] = 0

    def is_my_turn(self, place: int, connections: int) -> bool:
        """Whether no other that lives has fewer connections. Asking is a sign of life."""
        now = self._clock()
        self._connections[place], self._seen[place] = connections, now
        return not any(
            theirs < connections and now - seen < STALE
            for theirs, seen in zip(self._connections, self._seen, strict=True)
        )

    def lives(self, place: int) -> bool:
        """Whether a process has just shown that it lives."""
        return self._clock() - self._seen[place] < STALE
