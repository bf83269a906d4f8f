"""Processes of a test's own, forked from one that has read the program: each is there at once.

They can be stopped and killed as any other; tests/support/warm_python.py has those that are run by
their command line and left alone.

server = site(url, port, folder)        # and then what subprocess.Popen has: pid, kill, wait ...
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from survey_app.settings import Settings, SignIn

APART: Any = multiprocessing.get_context(
    "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
)
if APART.get_start_method() == "forkserver":
    APART.set_forkserver_preload(
        ["survey_app.app", "survey_app.serving.processes", "tests.jobs.shop"]
    )


class Started:
    """A process, in a session of its own."""

    def __init__(self, target: Callable[..., None], *arguments: object) -> None:
        self._process = APART.Process(target=_alone, args=(target, *arguments), daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        """Its number."""
        return int(self._process.pid)

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it is still there."""
        if self._process.is_alive():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Tell it to stop."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """How it ended, once it has; a signal is below zero."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("a process of the test", timeout or 0)
        return int(self._process.exitcode)


def _alone(target: Callable[..., None], *arguments: object) -> None:
    os.setsid()
    target(*arguments)


def _tells(where: Path | None) -> None:
    """Write what goes to the errors to a file, or nowhere."""
    mode = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    os.dup2(os.open(where or os.devnull, mode), 2)


def site(
    url: str,
    port: int,
    folder: Path,
    *,
    told: Path | None = None,
    hangs_after: int = 0,
    workers: int | None = None,
) -> Started:
    """The site as in the field, by two processes that answer and those that do jobs.

    `hangs_after`: looks at a silent process after which another takes its place, if not the usual.
    """
    return Started(_serve, url, port, folder, told, hangs_after, workers)


def _serve(
    url: str, port: int, folder: Path, told: Path | None, hangs_after: int, workers: int | None
) -> None:
    from survey_app.serving import processes

    _tells(told)
    processes.HANGS_AFTER = hangs_after or processes.HANGS_AFTER
    settings = Settings(folder, url, "k" * 40, sign_in=SignIn(second_factor="none"))
    heard = processes.listener("127.0.0.1", port)
    processes.serve(settings, heard, processes=2, threads=8, workers=workers)
