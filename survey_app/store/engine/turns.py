"""Taking turns: of several processes that write to one SQLite file, one at a time.

SQLite itself lets a writer wait by sleeping and looking again, for up to a tenth of a second at a
time and in no order; a lock of the operating system wakes the next one at once, and is let go
even by a process that is killed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where one process serves the site
    fcntl = None  # type: ignore[assignment]


class Turns:
    """The turns at one file; each process has its own."""

    def __init__(self, file: Path | None) -> None:
        self._handle: int | None = None
        if file is not None and fcntl is not None:
            self._handle = os.open(f"{file}-turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def mine(self) -> Iterator[None]:
        """Wait for the turn, and keep it as long as the block lasts."""
        if self._handle is None:
            yield
            return
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._handle, fcntl.LOCK_UN)

    def end(self) -> None:
        """Take no turn any more."""
        if self._handle is not None:
            os.close(self._handle)
        self._handle = None
