"""What the server allows a stranger: waitress's own settings, and those it does not have."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from waitress.adjustments import Adjustments

from survey_app.doors import FORM_BYTES

Door = Callable[[str, str, Mapping[str, str]], int]
"""Method, path and headers in (as waitress names them), the largest body that is taken out."""

THREADS = 4
"""Requests answered at once by one process. More would only pass the interpreter on more often:
what a request waits for is the disk, and those who wait for it are committed together."""

_HEADER_BYTES = 16 * 1024
"""Of a request, its first line and its headers. Ours have 700."""


class Limits(Adjustments):  # type: ignore[misc]  # waitress has no types
    """The settings of one server.

    `door` says how large a body may be. `proxies` counts the reverse proxies in front: that many
    of the last addresses that they wrote down are believed.
    """

    def __init__(self, door: Door, *, proxies: int = 0, threads: int = THREADS) -> None:
        super().__init__(
            ident=None,
            threads=threads,
            max_request_header_size=_HEADER_BYTES,
            max_request_body_size=FORM_BYTES + 1,  # the first that is too many
            log_socket_errors=False,  # a phone that went out of reach is no news
            **(_believed(proxies) if proxies else {}),
        )
        self.door, self.proxies = door, proxies
        self._by_size: dict[int, Limits] = {}

    def with_body(self, most: int) -> Limits:
        """The same, for a request whose body may have so many bytes."""
        if most not in self._by_size:
            limits = copy.copy(self)
            limits.max_request_body_size = most + 1
            self._by_size[most] = limits
        return self._by_size[most]


def _believed(proxies: int) -> dict[str, Any]:
    return {
        "trusted_proxy": "*",  # who may connect is the operator's to say, by --host
        "trusted_proxy_count": proxies,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
    }
