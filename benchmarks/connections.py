"""What another person waits while thousands of connections are idle or slow.

    python -m benchmarks.connections [--idle 2000] [--slow 1000] [--pages 200]

The real server, on the peer survey and SQLite, with its usual processes. Idle connections have
asked for one page and stay; slow ones send twenty bytes a second of a request, and come again when
they are closed. Meanwhile somebody else opens a form, on a new connection each time.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import socket
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from benchmarks.answering import cpu_seconds, memory_mib, quantile, server
from benchmarks.phones import request

SLOW_BYTES, SLOW_SECONDS = 20, 1.0
SETTLED = 2.0
"""Seconds until all that have come are known to the site. Whoever comes at the same moment as a
thousand others waits until they were let in; that is told by itself."""
PAUSE = 0.02
"""Seconds between two pages of the other person."""


class Crowd:
    """The connections that are in the way, in a process of their own."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self.idle: list[socket.socket] = []
        self._slow: list[socket.socket] = []
        self._pid = 0

    def stay(self, number: int) -> None:
        """Ask for a page on so many connections, and keep them."""
        for _ in range(number):
            wire = socket.create_connection(self._address, 30)
            wire.sendall(request("GET", "/favicon.ico", "localhost"))
            wire.recv(65536)
            self.idle.append(wire)

    def trickle(self, number: int) -> None:
        """Send requests slowly on so many connections, from now on."""
        self._slow = [socket.create_connection(self._address, 30) for _ in range(number)]
        if not (pid := os.fork()):
            self._trickle()
        self._pid = pid

    def _trickle(self) -> NoReturn:
        piece = b"GET / HTTP/1.1\r\nX: " + b"x" * SLOW_BYTES
        while True:
            for place, wire in enumerate(self._slow):
                try:
                    wire.sendall(piece[:SLOW_BYTES])
                except OSError:
                    wire.close()
                    with suppress(OSError):
                        self._slow[place] = socket.create_connection(self._address, 30)
            time.sleep(SLOW_SECONDS)

    def go(self) -> None:
        """Hang up."""
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        for wire in (*self.idle, *self._slow):
            wire.close()
        self.idle.clear()


def pages(address: tuple[str, int], path: str, number: int) -> list[float]:
    """Seconds from knocking to a page, one after another."""
    took = []
    for _ in range(number):
        began = time.perf_counter()
        with socket.create_connection(address, 60) as wire:
            wire.sendall(request("GET", path, "localhost"))
            if not wire.recv(65536).startswith(b"HTTP/1.1 200"):
                raise SystemExit("the page did not come")
        took.append(time.perf_counter() - began)
        time.sleep(PAUSE)
    return sorted(took)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("--idle", type=int, default=2000)
    options.add_argument("--slow", type=int, default=1000)
    options.add_argument("--pages", type=int, default=200)
    given = options.parse_args()
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=Path.cwd())))
        os.environ["TMPDIR"] = str(folder)
        links = folder / "links.txt"
        command = [sys.executable, "-m", "benchmarks.serve_peer", "--links", str(links), "-n", "5"]
        base, pid = stack.enter_context(server([*command, "--port"]))
        parts, link = urlsplit(base), urlsplit(links.read_text().split()[0]).path
        address = (parts.hostname or "", parts.port or 80)
        pages(address, link, 20)  # warm
        print("| in the way | p50 ms | p99 ms | most ms | server CPU, cores |")
        print("| --- | ---: | ---: | ---: | ---: |")
        for idle, slow in ((0, 0), (given.idle, 0), (0, given.slow), (given.idle, given.slow)):
            crowd = Crowd(address)
            crowd.stay(idle)
            crowd.trickle(slow)
            if slow:
                print(f"| {slow:,} that knock together | {pages(address, link, 1)[0] * 1000:.1f} |")
            time.sleep(SETTLED)
            _report(f"{idle:,} idle, {slow:,} slow", pid, address, link, given.pages)
            crowd.go()
        print(f"\nserver {memory_mib(pid):.0f} MiB at most")


def _report(what: str, pid: int, address: tuple[str, int], link: str, number: int) -> None:
    worked, began = cpu_seconds(pid), time.perf_counter()
    took = pages(address, link, number)
    cores = (cpu_seconds(pid) - worked) / (time.perf_counter() - began)
    middle, late, most = (quantile(took, share) for share in (0.5, 0.99, 1.0))
    print(f"| {what} | {middle:.1f} | {late:.1f} | {most:.1f} | {cores:.2f} |", flush=True)


if __name__ == "__main__":
    main()
