"""One process or several on one port.

A Python process computes on one processor. Several share the listening socket; each has a store of
its own, and the one with the fewest connections takes the next. Windows has one process.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import threading
import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from types import FrameType

from survey_app import doors
from survey_app.app import create_app
from survey_app.conduct.timetable import looking_now_and_then
from survey_app.mixing.clock import mixing_now_and_then
from survey_app.serving.limits import THREADS, Limits, open_more_files
from survey_app.serving.shares import HANGS_AFTER, Shares, Turn
from survey_app.serving.site import Site
from survey_app.serving.workers import Workers, looking_after
from survey_app.settings import Settings
from survey_app.store.engine.database import Database
from survey_app.watching import metrics
from survey_app.watching.tables import noticing

_log = logging.getLogger(__name__)

CAN_FORK = hasattr(os, "fork")
_BACKLOG = 1024
_PAUSE = 1.0
"""Seconds between two looks at the processes: one that cannot live is not tried in a rush."""
_LONGEST_END = 60.0
"""Seconds in which a process may finish what it does and tidy the store."""
_END_LOOK = 0.05
STOPPED_FOR = 2
"""Looks at a process that the system tells us was stopped, after which it is. It may hold SQLite's
write lock, and then nobody's answers are kept."""


def usual_processes() -> int:
    """Two, where there are two processors and the system can share a port among processes."""
    return min(2, os.cpu_count() or 1) if CAN_FORK else 1


def listener(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises
    ------
    OSError
        The address is in use, or not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    listening.settimeout(0)
    return listening


def serve(
    settings: Settings,
    heard: socket.socket,
    processes: int,
    threads: int = THREADS,
    workers: int | None = None,
) -> None:
    """Answer until this process is told to stop. The store must be migrated.

    `workers` do beside what takes long; without any (None), it is done before a page replies.
    """
    settings = replace(settings, processes=processes if CAN_FORK else 1, workers=workers)
    open_more_files()
    signal.signal(signal.SIGTERM, _stop)
    if settings.processes == 1:
        stop_working = looking_after(Workers(settings))
        try:
            _answer(settings, heard, threads, Shares(1), 0)
        finally:
            stop_working()
    else:
        with metrics.shared():
            _Several(settings, heard, threads).run()


def _answer(
    settings: Settings, heard: socket.socket, threads: int, shares: Shares, place: int
) -> None:
    database = Database(settings.database_url)
    app = create_app(settings, database)
    stop_mixing = mixing_now_and_then(app.extensions["cchc"].mixer)
    stop_looking = looking_now_and_then(app.extensions["cchc"])
    stop_noticing = noticing(app.extensions["cchc.watched"].tables)
    try:
        gc.freeze()  # what is there now stays: no collection need look at it
        limits = Limits(
            doors.largest_body(app),
            proxies=settings.trusted_proxies,
            threads=threads,
            connections=settings.protection.connections,
            https_only=settings.https_only,
            idle_seconds=settings.protection.idle_seconds,
        )
        shares.begin(place)
        turn = Turn(partial(shares.is_my_turn, place))
        site = Site(app, heard, limits, turn, app.extensions["cchc.watched"].metrics.hold)
        signal.signal(signal.SIGTERM, lambda *_: site.end())
        _listen_to(signal.SIG_UNBLOCK)
        site.run()
    finally:
        stop_noticing()
        stop_looking()
        stop_mixing()
        database.close()


def _listen_to(how: int) -> None:
    """Let the word to stop wait, or come in.

    While Python imports, an exception that a signal raises is at times thrown away.
    """
    if CAN_FORK:
        signal.pthread_sigmask(how, {signal.SIGTERM})


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit


class _Several:
    """A process that answers nothing itself and sees to it that others do.

    It keeps the writing end of a pipe: when it is gone, however it went, the others read its end.
    """

    def __init__(self, settings: Settings, heard: socket.socket, threads: int) -> None:
        self._settings, self._heard, self._threads = settings, heard, threads
        self._end, self._here = os.pipe()
        self._shares = Shares(settings.processes)
        self._workers = Workers(settings)
        self._children: dict[int, int] = {}
        self._silent: dict[int, int] = {}
        self._stopped: dict[int, int] = {}

    def run(self) -> None:
        """Replace whoever dies or hangs, until told to stop; then end all."""
        try:
            while True:
                for place in set(range(self._settings.processes)) - set(self._children.values()):
                    self._children[self._child(place)] = place
                    self._silent[place] = 0
                self._workers.look()
                time.sleep(_PAUSE)
                self._hear()
                self._end_those_that_hang()
        except (KeyboardInterrupt, SystemExit):
            pass
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            for pid in self._children:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
                    os.kill(pid, signal.SIGCONT)  # one that was stopped hears nothing before
            for pid in self._children:
                with suppress(ChildProcessError):
                    _wait_for(pid)
            self._workers.stop()

    def _hear(self) -> None:
        """Take note of those that have died, were stopped, or go on."""
        for pid in list(self._children):  # workers are waited for by whoever started them
            changed, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED | os.WCONTINUED)
            if not changed:
                continue
            if os.WIFSTOPPED(status):
                self._stopped[pid] = 0
                continue
            self._stopped.pop(pid, None)
            if not os.WIFCONTINUED(status):
                self._shares.end(self._children.pop(pid))
                metrics.forget(pid)

    def _end_those_that_hang(self) -> None:
        """End whoever has shown no sign of life in many looks of ours, or was stopped for a few.

        Counted in looks, not by the clock: when all of us were stopped together, nobody hangs.
        """
        for pid, place in self._children.items():
            lives = self._shares.lives(place)
            self._silent[place] = 0 if lives else self._silent[place] + 1
            if pid in self._stopped:
                self._stopped[pid] += 1
            if self._silent[place] >= HANGS_AFTER or self._stopped.get(pid, 0) > STOPPED_FOR:
                _log.error("a process of the site does nothing; another takes its place")
                os.kill(pid, signal.SIGKILL)

    def _child(self, place: int) -> int:
        """A process that answers until it is told to stop, or its parent is gone."""
        _listen_to(signal.SIG_BLOCK)
        if pid := os.fork():
            _listen_to(signal.SIG_UNBLOCK)
            return pid
        status = 1
        try:
            _keep_to_a_processor(place, self._settings.processes)
            os.close(self._here)
            threading.Thread(target=_leave_with, args=(self._end,), daemon=True).start()
            _answer(self._settings, self._heard, self._threads, self._shares, place)
            status = 0
        except (KeyboardInterrupt, SystemExit):
            status = 0
        except BaseException:  # noqa: BLE001 - a fork must never run on into its parent's work
            _log.exception("a process of the site ended; another takes its place")
        finally:
            os._exit(status)


def _wait_for(pid: int) -> None:
    """Let a process end; make it, where it does not."""
    deadline = time.monotonic() + _LONGEST_END
    while not os.waitpid(pid, os.WNOHANG)[0]:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return
        time.sleep(_END_LOOK)


def _keep_to_a_processor(place: int, processes: int) -> None:
    """Stay on one processor where there is none to spare.

    Left to itself the system at times puts the threads of two processes on one processor while the
    other has nothing to do: a seventh of both was lost so.
    """
    if hasattr(os, "sched_getaffinity"):
        ours = sorted(os.sched_getaffinity(0))
        if processes >= len(ours):
            os.sched_setaffinity(0, {ours[place % len(ours)]})


def _leave_with(parent: int) -> None:
    """Wait for the end of the parent, which closes the pipe; then stop."""
    os.read(parent, 1)
    os.kill(os.getpid(), signal.SIGTERM)
