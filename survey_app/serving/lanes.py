"""Whose request is answered next: each address in its turn, and reading beside writing.

A site has few threads. Whoever sends many requests at once waits behind themselves, not others
behind them; and while the store takes no writes, pages can still be read.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from contextlib import AbstractContextManager
from typing import Protocol

from waitress.task import ThreadedTaskDispatcher


class Task(Protocol):
    """A connection with a request that is whole."""

    @property
    def visitor(self) -> str:
        """Whose it is."""
        ...

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        ...

    def service(self) -> None:
        """Answer."""
        ...

    def cancel(self) -> None:
        """Do not answer any more."""
        ...


class Lane:
    """Requests of one kind, a row for each visitor; `most` are answered at once, and of one."""

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most, self._most_of_one = max(1, most), max(1, most_of_one)
        self._rows: OrderedDict[str, deque[Task]] = OrderedDict()
        self._busy: Counter[str] = Counter()
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting

    def append(self, task: Task) -> None:
        """Let it wait behind what its visitor has asked before."""
        self._rows.setdefault(task.visitor, deque()).append(task)
        self._waiting += 1

    @property
    def next(self) -> str | None:
        """The visitor whose turn it is; None where nobody waits, or nobody may begin."""
        if self._busy.total() >= self._most:
            return None
        return next((who for who in self._rows if self._busy[who] < self._most_of_one), None)

    def take(self, visitor: str) -> Task:
        """The visitor's oldest request; the next one is somebody else's."""
        row = self._rows.pop(visitor)
        task = row.popleft()
        if row:
            self._rows[visitor] = row  # at the end
        self._waiting -= 1
        self._busy[visitor] += 1
        return task

    def done(self, visitor: str) -> None:
        """A request was answered."""
        self._busy[visitor] -= 1
        if not self._busy[visitor]:
            del self._busy[visitor]


class Lanes:
    """What waits for a thread, as waitress's dispatcher uses a queue; it holds the lock meanwhile.

    One thread is kept for reading, and of each kind one for another visitor.
    """

    def __init__(self, threads: int, lock: AbstractContextManager[object]) -> None:
        self._lock = lock
        self._lanes = [Lane(threads - 1, threads - 2), Lane(threads, threads - 1)]
        self._first = 0

    def __len__(self) -> int:
        return sum(map(len, self._lanes))

    def __bool__(self) -> bool:
        return any(lane.next is not None for lane in self._lanes)

    def append(self, task: Task) -> None:
        """Let it wait."""
        self._lanes[task.reads].append(task)

    def popleft(self) -> _Answer:
        """The next to be answered; the two kinds take turns."""
        self._first = 1 - self._first
        for lane in (self._lanes[self._first], self._lanes[1 - self._first]):
            if (visitor := lane.next) is not None:
                return _Answer(lane.take(visitor), lane, visitor, self._lock)
        raise IndexError("nobody may begin")


class _Answer:
    """A request that is being answered, and its place in the lane until it is."""

    def __init__(
        self, task: Task, lane: Lane, visitor: str, lock: AbstractContextManager[object]
    ) -> None:
        self._task, self._lane, self._visitor, self._lock = task, lane, visitor, lock

    def service(self) -> None:
        """Answer, and make place for the next."""
        try:
            self._task.service()
        finally:
            with self._lock:
                self._lane.done(self._visitor)

    def cancel(self) -> None:
        """Do not answer any more."""
        self._task.cancel()


class FairThreads(ThreadedTaskDispatcher):  # type: ignore[misc]  # waitress has no types
    """waitress's threads, with lanes in the place of its queue."""

    def __init__(self, threads: int) -> None:
        super().__init__()
        self.queue = Lanes(threads, self.lock)
        self.set_thread_count(threads)
