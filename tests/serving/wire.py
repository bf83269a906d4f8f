"""Requests written by hand, byte by byte, as no browser would."""

from __future__ import annotations

import socket
from contextlib import suppress
from urllib.parse import urlsplit


def connected(site: str, source: str = "") -> socket.socket:
    """A connection to a site; `source` is the address of this machine that it comes from."""
    parts = urlsplit(site)
    wire = socket.create_connection(
        (parts.hostname, parts.port), timeout=20, source_address=(source, 0) if source else None
    )
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return wire


def asked(site: str, *pieces: bytes, source: str = "") -> bytes:
    """Everything that the server says to these bytes, until it hangs up."""
    with connected(site, source) as wire:
        with suppress(ConnectionError, TimeoutError):
            for piece in pieces:
                wire.sendall(piece)
        return heard(wire)


def heard(wire: socket.socket) -> bytes:
    """What the server says until it hangs up."""
    said = bytearray()
    with suppress(ConnectionError, TimeoutError):
        while piece := wire.recv(65536):
            said += piece
    return bytes(said)


def status(said: bytes) -> int:
    """The status of a reply; 0 where nothing was said."""
    words = said.split(b" ", 2)
    return int(words[1]) if len(words) > 2 else 0


def request(method: str, path: str, *headers: str, host: str = "localhost") -> bytes:
    """The head of a request."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {host}", *headers, "", ""]).encode()
