"""One connection of a browser, or of the proxy in front: how far it is, and how long it may be."""

from __future__ import annotations

import socket
import time
from enum import Enum, auto
from math import inf
from typing import Any

from waitress.channel import HTTPChannel

from survey_app.serving.limits import GRACE_SECONDS, HEAD_SECONDS, IDLE_SECONDS, SLOWEST, Limits
from survey_app.serving.request import Answer, Refusal, Request

_DROPPED_AT_ONCE = 64 * 1024
_YOUNG = 1.0
"""Seconds in which a connection without a request counts as one whose request is on its way."""


class Stage(Enum):
    """What a connection waits for."""

    IDLE = auto()  # a request
    HEAD = auto()  # the rest of a request's headers
    BODY = auto()  # the rest of its body
    WORK = auto()  # us
    REPLY = auto()  # the other side, to take the reply
    DROP = auto()  # the end of what was refused


_LONGEST = {
    Stage.WORK: inf,
    Stage.IDLE: IDLE_SECONDS,
    Stage.HEAD: HEAD_SECONDS,
    Stage.BODY: GRACE_SECONDS,
    Stage.REPLY: GRACE_SECONDS,
    Stage.DROP: GRACE_SECONDS,
}


class Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """waitress's connection, with a deadline for each stage.

    A refused request is heard out: whoever closes a connection while the other side is still
    sending makes its system throw away the reply that says why. So what still comes is read and
    dropped, for a while.
    """

    parser_class = Request
    task_class = Answer
    error_task_class = Refusal

    adj: Limits
    request: Request | None
    requests: list[Request]
    will_close: bool

    origin: str
    """The address that the connection comes from; of IPv6, the network."""
    stage = Stage.IDLE
    awaited = 0
    """The events that the server waits for on this connection."""
    held = 0
    """Bytes of bodies that the server has counted."""
    _drops = False
    _was_refused = False
    _reply_length = 0

    def __init__(
        self, server: Any, sock: socket.socket, addr: Any, adj: Limits, map: Any = None
    ) -> None:
        self.since = time.monotonic()
        self.origin = _network(str(addr[0]))
        super().__init__(server, sock, addr, adj, map)
        server.welcome(self)

    @property
    def is_closed(self) -> bool:
        """Whether there is nothing left to wait for."""
        return self._fileno is None

    def look(self) -> None:
        """Note which stage it is in, and since when."""
        stage = self._stage()
        if stage is not self.stage:
            self.stage, self.since = stage, time.monotonic()
            self._reply_length = self.total_outbufs_len

    def _stage(self) -> Stage:
        if self._drops:
            return Stage.DROP
        if self.requests:
            return Stage.WORK
        if self.total_outbufs_len:
            return Stage.REPLY
        if self.request is None:
            return Stage.IDLE
        return Stage.BODY if self.request.headers_finished else Stage.HEAD

    @property
    def patience_since(self) -> float:
        """When its waiting began, the later the more of it has come, or is to be taken."""
        moved = {Stage.BODY: self.body_length, Stage.REPLY: self._reply_length}
        return self.since + moved.get(self.stage, 0) / SLOWEST

    def is_overdue(self, now: float) -> bool:
        """Whether it has waited longer than a person's would."""
        set_here = self.adj.idle_seconds if self.stage is Stage.IDLE else None
        return now - self.patience_since > (set_here or _LONGEST[self.stage])

    def place_among_victims(self, now: float) -> tuple[bool, float]:
        """What to compare where some must go: the idle ones first, then the most patient."""
        is_idle = self.stage is Stage.IDLE and now - self.since > _YOUNG
        return not is_idle, self.patience_since

    @property
    def body_length(self) -> int:
        """Bytes of bodies that have come and were not answered yet."""
        return sum(request.body_bytes_received for request in self._unanswered)

    @property
    def body_of_a_stranger(self) -> int:
        """The same, without the files of those who have signed in."""
        unanswered = self._unanswered
        return sum(each.body_bytes_received for each in unanswered if not each.is_upload)

    @property
    def _unanswered(self) -> list[Request]:
        return [*self.requests, self.request] if self.request else [*self.requests]

    @property
    def reads(self) -> bool:
        """Whether its request changes nothing."""
        return self.requests[0].command in {"GET", "HEAD", ""}

    @property
    def visitor(self) -> str:
        """Whose request it is, as far as the proxies are believed."""
        if not self.adj.proxies:
            return self.origin
        told = self.requests[0].headers.get("X_FORWARDED_FOR", self.origin).split(",")
        return _network(told[-self.adj.proxies :][0].strip())

    def received(self, data: bytes) -> bool:
        """Take what came, and note whether something of it was refused."""
        taken = bool(super().received(data))
        self._was_refused = self._was_refused or any(each.error for each in self.requests)
        return taken

    def service(self) -> None:
        """Answer a request, in a thread; then the server looks again what this waits for."""
        try:
            super().service()
        finally:
            self.server.has_changed(self)

    def write_soon(self, data: Any) -> int:
        """Send something, or let the server send it when the other side takes it."""
        written = int(super().write_soon(data))
        if self.total_outbufs_len:
            self.server.has_changed(self)
        return written

    def readable(self) -> bool:
        """Whether to wait for more from the other side."""
        return self._drops or bool(super().readable())

    def writable(self) -> bool:
        """Whether there is something to send, or to close."""
        return not self._drops and bool(super().writable())

    def handle_read(self) -> None:
        """Take what has come, or drop it."""
        if not self._drops:
            super().handle_read()
            return
        try:
            self.recv(_DROPPED_AT_ONCE)  # closes when the other side has
        except OSError:
            self.give_up()

    def handle_close(self) -> None:
        """Close, or begin to drop what comes after a reply that refuses."""
        if self._was_refused and not self._drops and self.will_close and self.connected:
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:  # the other side has gone
                pass
            else:
                self._drops, self.will_close = True, False
                return
        super().handle_close()

    def give_up(self) -> None:
        """Close at once."""
        self._was_refused = False
        super().handle_close()

    def del_channel(self, map: Any = None) -> None:
        """Tell the server that it is gone."""
        self.server.farewell(self)
        super().del_channel(map)


def _network(address: str) -> str:
    """An address of IPv4, or the network of one of IPv6, which a household has whole."""
    return ":".join(address.split(":")[:4]) if ":" in address else address
