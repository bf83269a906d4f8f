"""The stylesheet and its like: sent small, and asked for once.

An address holds a mark of what the file says, so a browser may keep it for good; a file that
changed has another address. A page's first view is its own bytes and these.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path

import brotli
from flask import Blueprint, Response, request

from survey_app.web import wanted_coding

_FOR_GOOD = "public, max-age=31536000, immutable"
_MARK = "v"


class BlueprintWithFiles(Blueprint):
    """A blueprint whose static files are compressed as the browser asks."""

    def send_static_file(self, filename: str) -> Response:
        """As Flask sends it, compressed."""
        reply = super().send_static_file(filename)
        if request.args.get(_MARK, "") == self.mark_of(filename):
            reply.headers["Cache-Control"] = _FOR_GOOD
        reply.set_etag(reply.get_etag()[0] or "", weak=True)  # compressed in several ways
        reply.headers["Vary"] = "Accept-Encoding"
        if reply.status_code == HTTPStatus.OK and (reply.mimetype or "").startswith("text/"):
            _compress(reply)
        return reply

    def mark_of(self, filename: str) -> str:
        """What an address of a file has to hold, for the file to be kept for good."""
        return _mark(Path(self.static_folder or "") / filename)

    def mark_addresses(self) -> None:
        """Let the addresses of static files hold their marks."""

        @self.url_defaults
        def _with_mark(endpoint: str, values: dict[str, object]) -> None:
            if endpoint == f"{self.name}.static":
                values.setdefault(_MARK, self.mark_of(str(values["filename"])))


@lru_cache(maxsize=64)
def _mark(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else ""


def _compress(reply: Response) -> None:
    coding = wanted_coding()
    if not coding:
        return
    reply.direct_passthrough = False
    reply.set_data(_small(reply.get_data(), coding))
    reply.headers["Content-Encoding"] = coding


@lru_cache(maxsize=16)
def _small(body: bytes, coding: str) -> bytes:
    """Compressed with all effort, once: it is the same for everybody."""
    return bytes(brotli.compress(body)) if coding == "br" else gzip.compress(body, 9, mtime=0)
