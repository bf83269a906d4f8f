"""A process of its own, which imports the application once and forks a child whenever it is told.

It reads lines and answers lines; a child that dies at a chosen moment writes its name down first.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar, Self


class Forking:
    """The process, and where its children write down at which moment they died."""

    module: ClassVar[str]
    """What it runs, with a store's URL, a folder and the file of notes."""

    def __init__(self, process: subprocess.Popen[str], notes: Path) -> None:
        self._process, self._notes = process, notes

    @classmethod
    @contextmanager
    def of(cls, url: str, folder: Path) -> Iterator[Self]:
        """For a migrated store, and a folder."""
        notes = folder / "died-at.txt"
        process = subprocess.Popen(
            [sys.executable, "-m", cls.module, url, str(folder), str(notes)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        try:
            yield cls(process, notes)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def told(self, line: str) -> str:
        """What it answers to a line."""
        assert self._process.stdin
        assert self._process.stdout
        self._notes.unlink(missing_ok=True)
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()


class Act(Forking):
    """A process each of whose children does something once, and may die or fail at a moment."""

    def run(self, how: str, moment: int, what: object) -> str:
        """Have it done, and `kill` the child or let it `raise` at a moment.

        Returns the moment's name; "" where there was none such, and all is done.
        """
        status = self.told(f"{how} {moment} {what}")
        died_at = self._notes.read_text() if self._notes.exists() else ""
        expected = "9" if how == "kill" and died_at else "0"
        assert status == expected, (how, moment, what, died_at, status)
        return died_at
