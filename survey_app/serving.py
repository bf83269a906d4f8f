"""The site as it runs in the field: waitress, in one process or in several on one port.

A Python process computes on one processor. Several share the listening socket; each has a store of
its own, and the one with the fewest connections takes the next. Windows has one process.
"""

from __future__ import annotations

import gc
import logging
import mmap
import os
import signal
import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import replace
from types import FrameType
from typing import Any

from waitress.server import create_server

from survey_app.app import create_app
from survey_app.mixing.clock import mixing_now_and_then
from survey_app.settings import Settings
from survey_app.store.database import Database

_log = logging.getLogger(__name__)

THREADS = 4
"""Requests answered at once by one process. More would only pass the interpreter on more often:
what a request waits for is the disk, and those who wait for it are committed together."""

CAN_FORK = hasattr(os, "fork")
_BACKLOG = 1024
_INT_SIZE = struct.calcsize("i")
_NOBODY = 2**31 - 1
_LOOK_AGAIN = 0.1
"""Seconds after which a process that had more connections than another looks again."""
_PAUSE = 1.0
"""Seconds before a process that died is replaced: one that cannot live is not tried in a rush."""


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
    made = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    made.settimeout(0)
    return made


def serve(settings: Settings, heard: socket.socket, processes: int, threads: int = THREADS) -> None:
    """Answer until this process is told to stop. The store must be migrated."""
    settings = replace(settings, processes=processes if CAN_FORK else 1)
    signal.signal(signal.SIGTERM, _stop)
    if settings.processes == 1:
        _answer(settings, heard, threads, _Shares(1), 0)
    else:
        _Several(settings, heard, threads).run()


class _Shares:
    """How many connections each process has, in memory that all of them see."""

    def __init__(self, processes: int) -> None:
        self._held = memoryview(mmap.mmap(-1, _INT_SIZE * processes)).cast("i")

    def begin(self, place: int) -> None:
        """A process takes its place, with no connections yet."""
        self._held[place] = 0

    def end(self, place: int) -> None:
        """A process has died: it takes none, and nobody waits for it."""
        self._held[place] = _NOBODY

    def is_my_turn(self, place: int, connections: int) -> bool:
        """Whether no other has fewer connections."""
        self._held[place] = connections
        return connections <= min(self._held)


def _answer(
    settings: Settings, heard: socket.socket, threads: int, shares: _Shares, place: int
) -> None:
    database = Database(settings.database_url)
    app = create_app(settings, database)
    stop_mixing = mixing_now_and_then(app.extensions["cchc"].mixer)
    try:
        # With few threads a request often waits for a moment: no news, and a line of log each.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        gc.freeze()  # what is there now stays: no collection need look at it
        server = create_server(app, sockets=[heard], threads=threads, ident=None)
        _be_fair(server, shares, place)
        server.run()
    finally:
        stop_mixing()
        database.close()


def _be_fair(server: Any, shares: _Shares, place: int) -> None:
    """Let it take connections only while no other process has fewer."""
    usual = server.readable
    shares.begin(place)

    def readable() -> bool:
        is_my_turn = shares.is_my_turn(place, len(server.active_channels))
        return bool(usual()) and is_my_turn

    server.readable = readable
    server.adj.asyncore_loop_timeout = _LOOK_AGAIN  # as an argument it would be a whole number


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit


class _Several:
    """A process that answers nothing itself and sees to it that others do.

    It keeps the writing end of a pipe: when it is gone, however it went, the others read its end.
    """

    def __init__(self, settings: Settings, heard: socket.socket, threads: int) -> None:
        self._settings, self._heard, self._threads = settings, heard, threads
        self._end, self._here = os.pipe()
        self._shares = _Shares(settings.processes)
        self._children: dict[int, int] = {}

    def run(self) -> None:
        """Replace whoever dies, until told to stop; then end all."""
        try:
            while True:
                for place in set(range(self._settings.processes)) - set(self._children.values()):
                    self._children[self._child(place)] = place
                pid, _ = os.wait()
                self._shares.end(self._children.pop(pid))
                time.sleep(_PAUSE)
        except (KeyboardInterrupt, SystemExit):
            pass
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            for pid in self._children:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
            for pid in self._children:
                with suppress(ChildProcessError):
                    os.waitpid(pid, 0)

    def _child(self, place: int) -> int:
        """A process that answers until it is told to stop, or its parent is gone."""
        if pid := os.fork():
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
