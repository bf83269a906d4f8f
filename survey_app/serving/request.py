"""A request as it comes in. What is malformed or too large is refused before it is taken."""

from __future__ import annotations

import re
import time

from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import ErrorTask, WSGITask

from survey_app.doors import STRANGER_BYTES
from survey_app.serving import refusals
from survey_app.serving.limits import Limits
from survey_app.store.engine import patience
from survey_app.store.engine.patience import Deadline

_LENGTHS = re.compile(rb"\r\n(?:content-length|transfer-encoding)[ \t]*:", re.IGNORECASE)
_HOST = re.compile(r"[\w.:\[\]-]{0,255}", re.ASCII)


class Request(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """waitress's parser, stricter: nobody in front of us can take a request for another one."""

    adj: Limits
    command = path = ""  # of a first line that could not be read
    arrived = 0.0
    """When the last byte of it had come."""

    @property
    def is_upload(self) -> bool:
        """Whether it is the file of somebody who has signed in."""
        return bool(self.adj.max_request_body_size > STRANGER_BYTES + 1)

    def received(self, data: bytes) -> int:
        """Take what came; how many bytes of it belong to this request."""
        taken = int(super().received(data))
        if self.completed:
            self.arrived = time.monotonic()
        if self.error is not None:
            self.expect_continue = False  # waitress would ask for the body of a refused request
        return taken

    def parse_header(self, header_plus: bytes) -> None:
        """Read the first line and the headers, and let the door say how large a body may be.

        Raises
        ------
        ParsingError
        """
        if len(_LENGTHS.findall(header_plus)) > 1:
            raise ParsingError("the length of the body is said more than once")
        super().parse_header(header_plus)
        if "TRANSFER_ENCODING" in self.headers:  # waitress takes it out where it means something
            raise ParsingError("Transfer-Encoding is not of this version of HTTP")
        if not _HOST.fullmatch(self.headers.get("HOST", "")):
            raise ParsingError("Host is not the name of a host")
        if self.chunked or self.content_length >= self.adj.max_request_body_size:
            self.adj = self.adj.with_body(self.adj.door(self.command, self.path, self.headers))


class Answer(WSGITask):  # type: ignore[misc]  # waitress has no types
    """Answers a request. What it waited for a thread is part of what it waits for the store."""

    def execute(self) -> None:
        """Ask the application."""
        with patience.until(Deadline.of_what_came(self.request.arrived)):
            super().execute()


class Refusal(ErrorTask):  # type: ignore[misc]  # waitress has no types
    """Answers a request that was refused, with a page that a person can read."""

    def execute(self) -> None:
        """Write the page; the connection ends with it."""
        error = self.request.error
        body = refusals.page(error.code)
        self.status = f"{error.code} {error.reason}"
        self.response_headers.extend(refusals.HEADERS)
        if self._came_by_https and self.channel.adj.https_only:
            keep_to = "Strict-Transport-Security", self.channel.adj.https_only
            self.response_headers.append(keep_to)
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)

    @property
    def _came_by_https(self) -> bool:
        """Whether the proxy in front says so."""
        told = self.request.headers.get("X_FORWARDED_PROTO", "")
        return bool(self.channel.adj.proxies and told == "https")
