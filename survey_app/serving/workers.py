"""Processes that do what takes long, beside those that serve phones.

Each is a Python of its own, started anew and not forked: it inherits nothing of the site, and gives
way to it. It ends when the one that started it is gone, however that went.

python -m survey_app.serving.workers: such a process. Its standard input says how the site is set
up, and stays open as long as whoever started it lives.
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
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from survey_app.jobs.runner import Worker
from survey_app.office.jobs.kinds import KINDS
from survey_app.protecting import Protection, Watching
from survey_app.settings import HERE, Evidence, Provider, Settings, SignIn
from survey_app.store.engine.database import Database
from survey_app.watching import logs
from survey_app.web import House

_log = logging.getLogger(__name__)

_LONGEST_END = 20.0
"""Seconds in which a worker may finish a commit."""

_NICE = 10


class Workers:
    """Sees to it that so many workers live."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.wanted = settings.workers or 0
        self._workers: list[subprocess.Popen[bytes]] = []

    def look(self) -> None:
        """Replace those that died."""
        alive = [worker for worker in self._workers if worker.poll() is None]
        for dead in set(self._workers) - set(alive):
            _close(dead)
        while len(alive) < self.wanted:
            alive.append(_started(self._settings))
        self._workers = alive

    def stop(self) -> None:
        """End them: each hands back what it has begun."""
        for worker in self._workers:
            with suppress(OSError):
                worker.terminate()
        for worker in self._workers:
            try:
                worker.wait(_LONGEST_END)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
            _close(worker)
        self._workers = []


def _close(worker: subprocess.Popen[bytes]) -> None:
    if worker.stdin:
        with suppress(OSError):
            worker.stdin.close()


def looking_after(workers: Workers, every: float = 1.0) -> Callable[[], None]:
    """Look after workers in a thread, until the function that is returned is called."""
    stopped = threading.Event()
    if not workers.wanted:
        return lambda: None

    def run() -> None:
        while not stopped.is_set():
            workers.look()
            stopped.wait(every)

    thread = threading.Thread(target=run, name="workers", daemon=True)
    thread.start()

    def stop() -> None:
        stopped.set()
        thread.join()
        workers.stop()

    return stop


def _started(settings: Settings) -> subprocess.Popen[bytes]:
    worker = subprocess.Popen(
        [sys.executable, "-m", "survey_app.serving.workers"],
        stdin=subprocess.PIPE,
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


def give_way() -> None:
    """Work when the site has nothing to do, and on any processor: it may keep to one itself."""
    if sys.platform == "win32":
        return
    os.nice(_NICE)
    if hasattr(os, "sched_setaffinity"):
        with suppress(OSError):
            os.sched_setaffinity(0, range(os.cpu_count() or 1))


def work(settings: Settings, stopped: threading.Event) -> None:
    """Do jobs until told to stop."""
    with closing(Database(settings.database_url)) as database:
        Worker(house=House(settings, database), kinds=KINDS, stopped=stopped).run()


def main() -> None:
    """Work until told to stop, or until whoever started this is gone."""
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    with suppress(ValueError, OSError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one that started this hears it too
    give_way()
    settings = _read(sys.stdin.buffer.readline())
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
