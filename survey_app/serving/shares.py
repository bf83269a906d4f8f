"""What the processes of a site show each other, in memory that all of them see."""

from __future__ import annotations

import mmap
import struct
import time
from collections.abc import Callable

STALE = 1.0
"""Seconds after which a process that has shown no sign of life is not waited for."""

GIVE_WAY = 0.005
"""Seconds that a process with more connections leaves a new one to the others."""

HANGS_AFTER = 30
"""Looks at a process without a sign of life, after which it is ended and replaced: one that is
only very busy has time to show one."""

AT_ONCE = 16
"""New connections that are taken together by a process that has given way in vain."""

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


class Turn:
    """When a process takes new connections, and how many.

    One that has no more than any other takes the next at once. One that has more leaves it to them
    for `GIVE_WAY`; what is still waiting then, it takes: the others have something else to do, and
    whoever knocks should not wait for them. So as long as those with fewer come to it in time, no
    two differ by more than one; and one that could not come has every next connection to itself
    until it has as many.
    """

    def __init__(
        self,
        is_my_turn: Callable[[int], bool] = lambda _: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._is_my_turn, self._clock = is_my_turn, clock
        self._listens_from = 0.0

    def wait(self, connections: int) -> float:
        """Seconds for which to listen to none, not above 0 where to listen now. A sign of life."""
        self._is_my_turn(connections)
        return self._listens_from - self._clock()

    def takes(self, connections: int) -> int:
        """How many to take of those that wait. Where it is 0, way is given from now on."""
        if self._is_my_turn(connections):
            return 1
        now = self._clock()
        if now - self._listens_from < GIVE_WAY:  # it has just given way
            return AT_ONCE
        self._listens_from = now + GIVE_WAY
        return 0

    def pause(self, seconds: float) -> None:
        """Listen to none for so long."""
        self._listens_from = self._clock() + seconds
