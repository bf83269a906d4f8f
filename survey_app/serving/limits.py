"""What the server allows a stranger: waitress's own settings, and those it does not have."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Mapping
from typing import Any

from waitress.adjustments import Adjustments

from survey_app.doors import FORM_BYTES

if sys.platform != "win32":
    import resource

Door = Callable[[str, str, Mapping[str, str]], int]
"""Method, path and headers in (as waitress names them), the largest body that is taken out."""

THREADS = 6
"""Requests answered at once by one process; of these one only reads, and one is another visitor's.
More would only pass the interpreter on more often: what a request waits for is the disk, and those
who wait for it are committed together."""

CONNECTIONS = 4096
"""Held by one process. One costs 5 kB and no thread."""

CONNECTIONS_BY_SELECT = 400
"""Windows can wait on 512 sockets."""

OWN_FILES = 64
"""What a process opens beside its connections: the store's files, uploads, pipes."""

FEWEST_CONNECTIONS = 64
"""A site that can hold fewer in a process is not served."""

_OPEN_FILES = 2 * CONNECTIONS

_HEADER_BYTES = 16 * 1024
"""Of a request, its first line and its headers. Ours have 700."""

IDLE_SECONDS = 75.0
"""How long a connection may stay without a request; longer than it takes to fill in a page."""

HEAD_SECONDS = 20.0
"""How long the headers of a request may take."""

GRACE_SECONDS = 30.0
"""How long a body may stop, or a reply not be taken, before it counts as slower than SLOWEST."""

SLOWEST = 1000.0
"""Bytes a second of a body or a reply, below which a connection is given up. GPRS has 3,000."""

HELD_BYTES = 64 * 1024 * 1024
"""Of bodies of people who have not signed in, at once, in one process."""


class Limits(Adjustments):  # type: ignore[misc]  # waitress has no types
    """The settings of one server.

    `door` says how large a body may be. `proxies` counts the reverse proxies in front: that many
    of the last addresses that they wrote down are believed. `connections` are held at once.
    `https_only` is what a refusal tells a browser that came by HTTPS. A connection may stay
    without a request for `idle_seconds`, or for IDLE_SECONDS.
    """

    def __init__(
        self,
        door: Door,
        *,
        proxies: int = 0,
        threads: int = THREADS,
        connections: int = 0,
        https_only: str = "",
        idle_seconds: float | None = None,
    ) -> None:
        super().__init__(
            ident=None,
            threads=threads,
            max_request_header_size=_HEADER_BYTES,
            max_request_body_size=FORM_BYTES + 1,  # the first that is too many
            log_socket_errors=False,  # a phone that went out of reach is no news
            **(_believed(proxies) if proxies else {}),
        )
        self.door, self.proxies, self.https_only = door, proxies, https_only
        self.connections = connections or max(FEWEST_CONNECTIONS, connections_here())
        self.idle_seconds = idle_seconds
        self._by_size: dict[int, Limits] = {}

    def with_body(self, most: int) -> Limits:
        """The same, for a request whose body may have so many bytes."""
        if most not in self._by_size:
            limits = copy.copy(self)
            limits.max_request_body_size = most + 1
            self._by_size[most] = limits
        return self._by_size[most]


def connections_here() -> int:
    """How many connections this process can hold, by what the system lets it open."""
    if sys.platform == "win32":
        return CONNECTIONS_BY_SELECT
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return CONNECTIONS
    return min(CONNECTIONS, files - OWN_FILES)


def open_more_files() -> None:
    """Ask the system for as many files as the connections need, where it asks nobody's leave."""
    if sys.platform == "win32":
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _believed(proxies: int) -> dict[str, Any]:
    return {
        "trusted_proxy": "*",  # who may connect is the operator's to say, by --host
        "trusted_proxy_count": proxies,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
    }
