"""A load generator that leaves the machine to the server: many phones in one process.

Every request is written out before the clock starts, and a reply is read as far as its length and
its status. Clients in the usual library took a sixth of what a machine of two processors worked.
"""

from __future__ import annotations

import heapq
import selectors
import socket
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

Timings = list[tuple[str, float]]
Ask = tuple[str, bytes]
"""What kind of request it is, and the bytes of it."""


def request(method: str, path: str, host: str, body: str = "") -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Accept-Encoding: br"]
    if method == "POST":
        lines.append("Content-Type: application/x-www-form-urlencoded")
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", body]).encode()


@dataclass
class Phone:
    """One connection, and the requests that are still to be made on it."""

    socket: socket.socket
    asks: deque[Ask] = field(default_factory=deque)
    kind: str = ""
    began: float = 0.0
    heard: bytearray = field(default_factory=bytearray)

    def ask(self) -> None:
        """Send the next request."""
        self.kind, raw = self.asks.popleft()
        self.heard.clear()
        self.began = time.perf_counter()
        self.socket.sendall(raw)

    def hear(self) -> bool:
        """Read what has come; True once the reply is whole.

        Raises
        ------
        ConnectionError
            The server hung up, or did not answer 200.
        """
        read = self.socket.recv(65536)
        if not read:
            raise ConnectionError(f"{self.kind}: the server hung up")
        self.heard += read
        head, ending, body = self.heard.partition(b"\r\n\r\n")
        if not ending:
            return False
        if not head.startswith(b"HTTP/1.1 200"):
            raise ConnectionError(f"{self.kind}: {bytes(self.heard[:300])!r}")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        return len(body) >= int(length)


def answer_all(
    address: tuple[str, int],
    respondents: Iterable[list[Ask]],
    at_once: int,
    pause: float = 0.0,
) -> tuple[float, Timings]:
    """All respondents' requests, so many at once: seconds, and what each request took.

    `pause` is how many seconds a phone waits before each request.
    """
    waiting, phones, timings = deque(respondents), selectors.DefaultSelector(), Timings()
    due: list[tuple[float, int, Phone]] = []
    for number in range(min(at_once, len(waiting))):
        phone = Phone(socket.create_connection(address), deque(waiting.popleft()))
        phone.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        phones.register(phone.socket, selectors.EVENT_READ, phone)
        due.append((number * pause / at_once, number, phone))
    began = time.perf_counter()
    due = [(began + after, number, phone) for after, number, phone in due]
    while phones.get_map():
        while due and due[0][0] <= time.perf_counter():
            heapq.heappop(due)[2].ask()
        wait = max(0.0, due[0][0] - time.perf_counter()) if due else None
        for key, _ in phones.select(wait):
            phone = key.data
            if not phone.hear():
                continue
            now = time.perf_counter()
            timings.append((phone.kind, now - phone.began))
            if not phone.asks and waiting:
                phone.asks.extend(waiting.popleft())
            if not phone.asks:
                phones.unregister(phone.socket)
                phone.socket.close()
            elif pause:
                heapq.heappush(due, (now + pause, key.fd, phone))
            else:
                phone.ask()
    return time.perf_counter() - began, timings
