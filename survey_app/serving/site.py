"""The server: it waits on all connections at once and gives whole requests to its threads.

waitress asks every connection, each time anything happens, what it waits for. Here a connection is
asked when something has happened to it: thousands that are idle cost nothing.
"""

from __future__ import annotations

import errno
import heapq
import logging
import selectors
import socket
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import Any

from waitress import wasyncore
from waitress.server import TcpWSGIServer

from survey_app.serving.channel import Channel, Stage
from survey_app.serving.lanes import FairThreads
from survey_app.serving.limits import HELD_BYTES, Limits
from survey_app.serving.shares import Turn

_log = logging.getLogger(__name__)

_TICK = 0.1
"""Seconds after which a server that nothing happens to shows that it lives."""

_ROUND = 1.0
"""Seconds between two looks for connections that are overdue."""

_ROOM = 64
"""Connections closed at once where there are too many: to find them costs a look at all."""

_PAUSE = 0.5
"""Seconds without new connections after the system could open none."""

_SAID_AGAIN_AFTER = 60.0
_NONE_LEFT = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class Site(TcpWSGIServer):  # type: ignore[misc]  # waitress has no types
    """One process's server, on a socket that listens already.

    `turn` is told how many connections this process holds, and says when it may take more; `told`
    how many it holds and could, now and then.
    """

    channel_class = Channel

    adj: Limits
    active_channels: dict[int, Channel]

    def __init__(
        self,
        application: Any,
        heard: socket.socket,
        limits: Limits,
        turn: Turn | None = None,
        told: Callable[[int, int], None] = lambda _held, _most: None,
    ) -> None:
        # With few threads a request often waits for a moment: no news, and a line of log each.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._turn, self._told = turn or Turn(), told
        self._events = selectors.DefaultSelector()
        self._changed: deque[Channel] = deque()
        self._by_origin: Counter[str] = Counter()
        self._held = 0
        self._stopped = self._listens = False
        self._next_round = self._silent_until = 0.0
        super().__init__(
            application,
            map={},
            _sock=heard,
            dispatcher=FairThreads(limits.threads),
            adj=limits,
            sockinfo=(heard.family, heard.type, heard.proto, heard.getsockname()),
            bind_socket=False,
        )
        self._events.register(self.trigger.socket.fileno(), selectors.EVENT_READ, self.trigger)

    def run(self) -> None:
        """Answer until told to stop."""
        try:
            while not self._stopped:
                self._once()
        except (SystemExit, KeyboardInterrupt):
            pass
        finally:
            self.task_dispatcher.shutdown()
            wasyncore.close_all(self._map)
            self._events.close()

    def stop(self) -> None:
        """End `run` at once, from another thread."""
        self.trigger.pull_trigger(self.end)

    def end(self) -> None:
        """End `run` soon; may be called while a signal is handled."""
        self._stopped = True

    def pull_trigger(self) -> None:
        """Do nothing: a thread of waitress's says by this that something changed, but not what."""

    def has_changed(self, channel: Channel) -> None:
        """A thread has done something to a connection: see what it waits for now."""
        self._changed.append(channel)
        if not self._stopped:
            self.trigger.pull_trigger()

    def _once(self) -> None:
        now = time.monotonic()
        wait = self._turn.wait(len(self.active_channels))
        self._listen(wait <= 0)
        for key, events in self._events.select(_TICK if wait <= 0 else wait):
            if events & selectors.EVENT_READ and not _is_closed(key.data):
                wasyncore.read(key.data)
            if events & selectors.EVENT_WRITE and not _is_closed(key.data):
                wasyncore.write(key.data)
            if isinstance(key.data, Channel):
                self._settle(key.data)
        while self._changed:
            self._settle(self._changed.popleft())
        if now >= self._next_round:
            self._next_round = now + _ROUND
            self._told(len(self.active_channels), self.adj.connections)
            self._close(each for each in self.active_channels.values() if each.is_overdue(now))

    def _listen(self, listens: bool) -> None:  # noqa: FBT001 - the word it sets
        if listens is self._listens:
            return
        self._listens = listens
        if listens:
            self._events.register(self._fileno, selectors.EVENT_READ, self)
        else:
            self._events.unregister(self._fileno)

    def _settle(self, channel: Channel) -> None:
        """Wait for what the connection waits for."""
        if channel.is_closed:
            return
        channel.look()
        self._count(channel)
        if _is_closed(channel):  # its own body was the largest of too many
            return
        reads, writes = channel.readable(), channel.writable()
        self._await(
            channel,
            (selectors.EVENT_READ if reads else 0) | (selectors.EVENT_WRITE if writes else 0),
        )

    def _await(self, channel: Channel, events: int) -> None:
        before, channel.awaited = channel.awaited, events
        if events == before:
            return
        if not before:
            self._events.register(channel._fileno, events, channel)  # noqa: SLF001
        elif events:
            self._events.modify(channel._fileno, events, channel)  # noqa: SLF001
        else:
            self._events.unregister(channel._fileno)  # noqa: SLF001

    def _count(self, channel: Channel) -> None:
        """Count the bodies that are held; where they are too many, the largest goes."""
        held = channel.body_of_a_stranger
        self._held += held - channel.held
        channel.held = held
        if self._held > HELD_BYTES:
            channels = self.active_channels.values()
            waiting = [each for each in channels if each.stage is not Stage.WORK]
            self._close(heapq.nlargest(1, waiting, key=lambda each: each.held))

    def handle_accept(self) -> None:
        """Take a new connection, or leave it to a process that has fewer, for a moment."""
        for _ in range(self._turn.takes(len(self.active_channels))):
            before = len(self.active_channels)
            if before >= self.adj.connections:
                self._make_room(self.active_channels.values())
                before = len(self.active_channels)
            super().handle_accept()
            if len(self.active_channels) == before:  # there is none any more
                break

    def accept(self) -> tuple[socket.socket, Any] | None:
        """The next connection, if the system can open one."""
        try:
            return super().accept()  # type: ignore[no-any-return]
        except OSError as error:
            if error.errno not in _NONE_LEFT:
                raise
            self._could_open_none(error)
            return None

    def _could_open_none(self, error: OSError) -> None:
        now = time.monotonic()
        self._turn.pause(_PAUSE)
        self._make_room(self.active_channels.values())
        if now >= self._silent_until:
            self._silent_until = now + _SAID_AGAIN_AFTER
            _log.error(
                "no more connections can be opened (%s): raise the limit of open files, "
                "`ulimit -n 16384` or LimitNOFILE=16384 in the systemd unit",
                error.strerror,
            )

    def welcome(self, channel: Channel) -> None:
        """A connection has come. One address may hold half of all, unless it is a proxy's."""
        self._by_origin[channel.origin] += 1
        most = max(1, self.adj.connections // 2)
        if not self.adj.proxies and self._by_origin[channel.origin] > most:
            channels = self.active_channels.values()
            self._make_room(each for each in channels if each.origin == channel.origin)
        self._settle(channel)

    def farewell(self, channel: Channel) -> None:
        """A connection is being closed."""
        self._await(channel, 0)
        self._held -= channel.held
        channel.held = 0
        self._by_origin[channel.origin] -= 1
        if self._by_origin[channel.origin] <= 0:
            del self._by_origin[channel.origin]

    def _make_room(self, channels: Iterable[Channel]) -> None:
        now = time.monotonic()
        waiting = [each for each in channels if each.stage is not Stage.WORK]
        order = heapq.nsmallest(_ROOM, waiting, key=lambda each: each.place_among_victims(now))
        self._close(order)

    def _close(self, channels: Iterable[Channel]) -> None:
        for channel in list(channels):
            channel.give_up()


def _is_closed(dispatcher: Any) -> bool:
    """Whether something else that happened at the same time has closed it."""
    return dispatcher._fileno is None  # noqa: SLF001 - waitress has no other way to say so
