"""The server: it waits on all connections at once and gives whole requests to its threads."""

from __future__ import annotations

import logging
import socket
from typing import Any

from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from survey_app.serving.channel import Channel
from survey_app.serving.limits import Limits


class Site(TcpWSGIServer):  # type: ignore[misc]  # waitress has no types
    """One process's server, on a socket that listens already."""

    channel_class = Channel

    def __init__(self, application: Any, heard: socket.socket, limits: Limits) -> None:
        # With few threads a request often waits for a moment: no news, and a line of log each.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        threads = ThreadedTaskDispatcher()
        threads.set_thread_count(limits.threads)
        super().__init__(
            application,
            map={},
            _sock=heard,
            dispatcher=threads,
            adj=limits,
            sockinfo=(heard.family, heard.type, heard.proto, heard.getsockname()),
            bind_socket=False,
        )
