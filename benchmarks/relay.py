"""A relay on this machine that counts what passes: requests, and bytes each way.

with relayed("http://127.0.0.1:8000") as relay:
    ...                                # a browser at relay.base
    relay.requests, relay.down, relay.up
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

_REQUEST = re.compile(rb"^(?:GET|POST|HEAD) \S+ HTTP/1", re.MULTILINE)


@dataclass
class Relay:
    """What has passed so far. `base` is where to call instead of the server."""

    base: str
    requests: int = 0
    down: int = 0
    up: int = 0

    def carry(self, source: socket.socket, target: socket.socket, *, up: bool) -> None:
        """Pass bytes on until either end closes."""
        with suppress(OSError):
            while sent := source.recv(65536):
                if up:
                    self.up += len(sent)
                    self.requests += len(_REQUEST.findall(sent))
                else:
                    self.down += len(sent)
                target.sendall(sent)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def relayed(base: str) -> Iterator[Relay]:
    """A relay before the server at `base`."""
    to = ("127.0.0.1", urlsplit(base).port)
    with socket.create_server(("127.0.0.1", 0)) as heard:
        relay = Relay(f"http://127.0.0.1:{heard.getsockname()[1]}")
        threading.Thread(target=_accept, args=(heard, to, relay), daemon=True).start()
        yield relay


def _accept(heard: socket.socket, to: tuple[str, int | None], relay: Relay) -> None:
    with suppress(OSError):
        while True:
            phone, _ = heard.accept()
            server = socket.create_connection(to)
            for ends, up in (((phone, server), True), ((server, phone), False)):
                threading.Thread(
                    target=relay.carry, args=ends, kwargs={"up": up}, daemon=True
                ).start()
