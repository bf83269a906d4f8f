"""Processes that do what takes long, beside those that serve phones.

Each is a Python of its own, started anew and not forked: it inherits nothing of the site, and gives
way to it. It ends when the one that started it is gone, however that went; one that shows no sign
of life is ended, and another takes its place and, when its lease is over, its job.

python -m survey_app.serving.workers: such a process. Its standard input says how the site is set
up, and stays open as long as whoever started it lives; its standard output is its signs of life.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from survey_app.background import beside
from survey_app.jobs.runner import Worker
from survey_app.office.jobs.kinds import KINDS
from survey_app.protecting import Protection, Watching
from survey_app.quarantine import give_way
from survey_app.serving.shares import HANGS_AFTER
from survey_app.settings import HERE, Evidence, Provider, Settings, SignIn
from survey_app.store.engine.database import Database, TablesChanged
from survey_app.watching import logs
from survey_app.watching.tables import Tables, noticing, wait_until_ours
from survey_app.web import House

_log = logging.getLogger(__name__)

_LONGEST_END = 20.0
"""Seconds in which a worker may finish a commit."""

_SIGN_EVERY = 1.0
"""Seconds between two signs of life."""


class Workers:
    """Sees to it that so many workers live."""

    def __init__(self, settings: Settings, hangs_after: int = HANGS_AFTER) -> None:
        self._settings, self._hangs_after = settings, hangs_after
        self.wanted = settings.workers or 0
        self._workers: list[_Started] = []

    def look(self) -> None:
        """Replace those that died, and those that have shown no sign of life in many looks.

        Counted in looks, not by the clock: when all of us were stopped together, nobody hangs.
        """
        for worker in self._workers:
            worker.silent += 1
            if worker.silent > self._hangs_after:
                _log.error("a worker does nothing; another takes its place")
                worker.kill()
        self._workers = [worker for worker in self._workers if worker.lives()]
        while len(self._workers) < self.wanted:
            self._workers.append(_Started(self._settings))

    def stop(self) -> None:
        """End them: each hands back what it has begun."""
        for worker in self._workers:
            worker.ask_to_stop()
        for worker in self._workers:
            worker.wait()
        self._workers = []


class _Started:
    """A worker, and for how many looks it has been silent."""

    def __init__(self, settings: Settings) -> None:
        self.silent = 0
        self._process = _process(settings)
        threading.Thread(target=self._hear, name="worker", daemon=True).start()

    def _hear(self) -> None:
        """Take note of its signs of life, until it is gone."""
        assert self._process.stdout is not None
        with suppress(OSError), self._process.stdout as signs:
            while signs.read(1):
                self.silent = 0

    def lives(self) -> bool:
        if self._process.poll() is None:
            return True
        self._close()
        return False

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def ask_to_stop(self) -> None:
        with suppress(OSError):
            self._process.terminate()
            if sys.platform != "win32":
                self._process.send_signal(signal.SIGCONT)  # one that was stopped hears it then

    def wait(self) -> None:
        try:
            self._process.wait(_LONGEST_END)
        except subprocess.TimeoutExpired:
            self.kill()
        self._close()

    def _close(self) -> None:
        if self._process.stdin:
            with suppress(OSError):
                self._process.stdin.close()


def looking_after(workers: Workers, every: float = 1.0) -> Callable[[], None]:
    """Look after workers in a thread, until the function that is returned is called."""
    if not workers.wanted:
        return lambda: None

    def run(stopped: threading.Event) -> None:
        while not stopped.is_set():
            workers.look()
            stopped.wait(every)

    look_no_more = beside("workers", run)

    def stop() -> None:
        look_no_more()
        workers.stop()

    return stop


def _process(settings: Settings) -> subprocess.Popen[bytes]:
    worker = subprocess.Popen(
        [sys.executable, "-m", "survey_app.serving.workers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        cwd=HERE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), *filter(None, sys.path)])},
    )
    assert worker.stdin is not None
    with suppress(OSError):  # it is dead already: the next look replaces it
        worker.stdin.write(_written(settings) + b"\n")
        worker.stdin.flush()
    return worker


def _written(settings: Settings) -> bytes:
    return json.dumps(dataclasses.asdict(settings), default=str).encode()


def _read(line: bytes) -> Settings:
    said = json.loads(line)
    provider = said["sign_in"]["provider"]
    sign_in = {**said["sign_in"], "provider": Provider(**provider) if provider else None}
    told = {
        "data_folder": Path(said["data_folder"]),
        "questionnaires": Path(said["questionnaires"]),
        "sign_in": SignIn(**sign_in),
        "command_roles": tuple(said["command_roles"]),
        "evidence": Evidence(**said["evidence"]),
        "protection": Protection(**said["protection"]),
        "watching": Watching(**said["watching"]),
    }
    return Settings(**{**said, **told})


def _show_life() -> None:
    """Show that this process lives, from a thread; what else is written there goes to the errors.

    Children that this process starts inherit no sign of its life.
    """
    signs = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def show() -> None:
        with suppress(OSError):  # nobody listens any more: `leave` tells
            while os.write(signs, b"."):
                time.sleep(_SIGN_EVERY)

    threading.Thread(target=show, name="life", daemon=True).start()


def work(settings: Settings, stopped: threading.Event) -> None:
    """Do jobs until told to stop."""
    with closing(Database(settings.database_url)) as database:
        tables = Tables(database)
        wait_until_ours(tables, stopped)
        stop_noticing = noticing(tables)
        try:
            Worker(house=House(settings, database), kinds=KINDS, stopped=stopped).run()
        except TablesChanged:  # it was said; another is started, and waits
            return
        finally:
            stop_noticing()


def main() -> None:
    """Work until told to stop, or until whoever started this is gone."""
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    with suppress(ValueError, OSError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one that started this hears it too
    give_way()
    settings = _read(sys.stdin.buffer.readline())
    _show_life()
    logs.configure(settings.watching)

    def leave() -> None:
        sys.stdin.buffer.read()
        stopped.set()

    threading.Thread(target=leave, daemon=True).start()
    work(settings, stopped)
    # the thread above holds the lock of the standard input, at which Python would wait
    os._exit(0)


if __name__ == "__main__":
    main()
