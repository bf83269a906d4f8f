"""A lock among the threads and the processes of one machine; a process that dies lets it go."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where one process serves the site
    fcntl = None  # type: ignore[assignment]


class Lock:
    """May be taken again by the thread that holds it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._threads = threading.RLock()
        self._depth = 0
        self._handle = -1

    @contextmanager
    def held(self, *, wait: bool = True) -> Iterator[bool]:
        """Hold it for the block; gives whether it could be had, which it can where we wait."""
        if not self._threads.acquire(blocking=wait):
            yield False
            return
        try:
            if self._depth == 0 and not self._take(wait=wait):
                yield False
                return
            self._depth += 1
            try:
                yield True
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._let_go()
        finally:
            self._threads.release()

    def _take(self, *, wait: bool) -> bool:
        if fcntl is not None:
            handle = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                os.close(handle)
                return False
            self._handle = handle
        return True

    def _let_go(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)  # which lets go of the file as well
        self._handle = -1
