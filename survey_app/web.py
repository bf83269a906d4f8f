"""What every view needs: the house it stands in, headers that keep it safe, pages made small."""

from __future__ import annotations

import base64
import gzip
import hashlib
import logging
import re
import secrets
import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from threading import Lock
from typing import Any, Literal, cast
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import brotli
from flask import Flask, Request, Response, current_app, g, redirect, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from markupsafe import Markup
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from survey_app.i18n import VIETNAM
from survey_app.identity.second_factor import FactorKey
from survey_app.mixing.epochs import Epochs
from survey_app.mixing.keyring import Keyring
from survey_app.mixing.mixing import Mixer
from survey_app.questionnaire import library
from survey_app.questionnaire.model import Study
from survey_app.settings import Settings
from survey_app.store import waves
from survey_app.store.engine.database import Database
from survey_app.store.log.log_keys import LogKeys
from survey_app.store.waves import WaveUnit

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""What would begin another line in a log, or colour it."""

_SECRET = re.compile(r"(/p/)(?:[^/?\s]| (?!\[))+", re.IGNORECASE)
"""A token in an address, as it was typed: with blanks and quotes, but not with Flask's ` [GET]`."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_FORMATTER = logging.Formatter()

_SMALL = 400
"""Bytes under which compressing gains nothing."""

_BROTLI_WINDOW = 16
"""Bits: 64 kB, more than a page. The usual 22 make room for 4 MB, which costs as much again."""

_BROTLI_QUALITY = 7
"""5 costs 0.15 ms a page, 7 costs 0.25 and gains 3 per cent, 9 costs 6 ms and gains no more."""

_BROTLI_BEST = 11
"""Takes 25 times as long as 7 and gains 8 per cent: for the few pages that fit by it."""

_LIGHT = 3 * 1024
"""Bytes that a page of a phone may weigh on the wire, its headers included."""

_WITHIN_REACH = 1.12

_ADDED_LATER = 80
"""Bytes of the status line, of `Date` and of `Content-Encoding`."""


def _now() -> datetime:
    return datetime.now(UTC)


def _since_start() -> float:
    """Seconds since the machine was started, asleep or not: no setting of the clock moves them."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


@dataclass
class House:
    """One running installation: its settings, its store, and the texts it has read from it."""

    settings: Settings
    database: Database
    clock: Callable[[], datetime] = _now
    ticks: Callable[[], float] = _since_start
    """Seconds that no setting of the clock moves; begins anew when the machine does."""
    fragments: dict[tuple[object, ...], Markup] = field(default_factory=dict)
    """Pieces of the respondent's pages that are the same for everyone."""
    patterns: dict[Hashable, Any] = field(default_factory=dict)
    """Whole pages that are the same for everyone but for their letters."""
    asked_once: set[Hashable] = field(default_factory=set)
    """The pages that were drawn once and may become patterns."""
    read_scorecards: dict[int, Any] = field(default_factory=dict)
    """What a page has read from a scorecard, which never changes, by its number."""
    _studies: dict[int, Study] = field(default_factory=dict)
    _units: dict[int, dict[str, WaveUnit]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        """Let the store chain the office's log under this installation's key."""
        self.database.seal_log(LogKeys(self.settings.log_folder))

    @property
    def library(self) -> Path:
        """Where studies for new waves are, and recordings; a wave's own texts are in the store."""
        return self.settings.questionnaires

    @cached_property
    def mixer(self) -> Mixer:
        """Who mixes the ballots of this installation."""
        folder = self.settings.keys_folder
        epochs = Epochs(
            database=self.database,
            keyring=Keyring(folder) if folder else None,
            recovery_key=self.settings.recovery_key,
        )
        fewest = self.settings.smallest_class
        return Mixer(epochs=epochs, fewest_at_closing=fewest, today=self.today)

    @property
    def factor_key(self) -> FactorKey:
        """What second factors are sealed under, outside the store."""
        return FactorKey(self.settings.log_folder)

    def stamp(self) -> str:
        """Now, as kept in the store: UTC, to the second."""
        return self.clock().astimezone(UTC).isoformat(timespec="seconds")

    def today(self) -> str:
        """The day in Vietnam, as kept in the store."""
        return self.clock().astimezone(VIETNAM).date().isoformat()

    def study(self, wave_id: int, name: str) -> Study:
        """The texts of a wave, as pinned in the store; read once from the day they are fixed."""
        with self._lock:
            if wave_id in self._studies:
                return self._studies[wave_id]
            with self.database.reading() as connection:
                texts, fixed = waves.texts(connection, wave_id), waves.is_fixed(connection, wave_id)
            study = library.study_from_texts(name, texts)
            if fixed:
                self._studies[wave_id] = study
            return study

    def units(self, wave_id: int) -> dict[str, WaveUnit]:
        """The units of a wave by their code; read once from the day they are fixed."""
        with self._lock:
            if wave_id in self._units:
                return self._units[wave_id]
            with self.database.reading() as connection:
                listed, fixed = (
                    waves.units(connection, wave_id),
                    waves.is_fixed(connection, wave_id),
                )
            units = {unit.unit: unit for unit in listed}
            if fixed:
                self._units[wave_id] = units
            return units


def house() -> House:
    """The house of the request at hand."""
    return cast(House, current_app.extensions["cchc"])


def inline(text: str) -> str:
    """The source expression by which a policy allows exactly this inline style or script."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def guard(app: Flask, *, styles: tuple[str, ...], scripts: tuple[str, ...]) -> None:
    """Set, on every reply, the headers that keep pages from leaking or being framed."""
    policy = "; ".join(
        (
            "default-src 'none'",
            "style-src 'self' " + " ".join(inline(style) for style in styles),
            "script-src 'self' " + " ".join(inline(script) for script in scripts),
            "img-src 'self' data:",
            "connect-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )

    usual = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",  # an address here is a secret
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
    }

    @app.after_request
    def _guarded(response: Response) -> Response:
        headers = response.headers
        _stay_here(response)
        said = {name.lower() for name, _ in headers}
        headers.extend({name: it for name, it in usual.items() if name.lower() not in said})
        if headers["Cache-Control"] == "no-store":  # nobody may keep it: in no shape
            headers.remove("Vary")
        if request.is_secure:
            headers.setdefault("Strict-Transport-Security", house().settings.https_only)
        return response if "content-encoding" in said else _small(response)


def leave_for(address: str) -> Response:
    """A redirect away from us: to the identity provider of the settings, and nowhere else."""
    g.leaves_for = address
    return cast(Response, redirect(address))


def _stay_here(response: Response) -> None:
    """Let a redirect name no host: it would be the one that the request named, whoever sent it."""
    location = response.headers.get("Location", "")
    parts = urlsplit(location)
    if parts.netloc and location != g.get("leaves_for"):
        response.headers["Location"] = parts._replace(
            scheme="", netloc="", path="/" + parts.path.lstrip("/")
        ).geturl()
        response.set_data(b"")


def _small(response: Response) -> Response:
    """The reply, compressed as the phone asks."""
    if (
        response.direct_passthrough
        or response.is_streamed
        or "Content-Encoding" in response.headers
    ):
        return response
    kind = response.mimetype or ""
    if not (kind.startswith("text/") or kind.endswith(("json", "xml"))):
        return response
    body = response.get_data()
    if len(body) < _SMALL:
        return response
    wanted = wanted_coding()
    if wanted == "br":
        response.set_data(_packed(body, _LIGHT - _ADDED_LATER - len(str(response.headers))))
        response.headers["Content-Encoding"] = "br"
    elif wanted == "gzip":
        response.set_data(gzip.compress(body, 6, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    if response.headers.get("Cache-Control") != "no-store":
        response.headers.add("Vary", "Accept-Encoding")
    return response


def wanted_coding() -> Literal["br", "gzip", ""]:
    """How the reply to the request at hand may be compressed; blank: not at all."""
    return _wanted_coding(request.headers.get("Accept-Encoding", ""))


@lru_cache(maxsize=64)
def _wanted_coding(accepted: str) -> Literal["br", "gzip", ""]:
    """The coding of the highest weight (RFC 9110, section 12.5.3); of equals the smaller one."""
    weights = parse_accept_header(accepted, Accept)
    if weights["br"] > 0 and weights["br"] >= max(weights["gzip"], _as_it_is(weights)):
        return "br"
    return "gzip" if weights["gzip"] > 0 and weights["gzip"] >= _as_it_is(weights) else ""


def _as_it_is(weights: Accept) -> float:
    """What a reply without any coding is worth: acceptable, and wanted only where that is said."""
    return max((weight for name, weight in weights if name.lower() == "identity"), default=0)


def _packed(body: bytes, room: int) -> bytes:
    """The body compressed: with more effort where that makes it fit into the room left."""
    small = _brotli(body, _BROTLI_QUALITY)
    if room < len(small) <= room * _WITHIN_REACH:
        small = _brotli(body, _BROTLI_BEST)
    return small


def _brotli(body: bytes, quality: int) -> bytes:
    small: bytes = brotli.compress(
        body, mode=brotli.MODE_TEXT, quality=quality, lgwin=_BROTLI_WINDOW
    )
    return small


_FOR_ANYBODY = ("/p/", "/ket-qua", "/quan-tri/tinh/", "/robots.txt", "/sitemap.xml")
"""Where what is shown does not follow from who asks."""


class OfficeSessions(SecureCookieSessionInterface):
    """Sessions for the office. A phone has none: its link is all there is to know of it.

    Nor has what anybody may read: caches need not keep it apart for every cookie.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of an office's page."""
        if request.path.startswith(_FOR_ANYBODY):
            return self.make_null_session(app)
        return super().open_session(app, request)


def visitor() -> str:
    """The address that asks, as it is counted; never stored.

    Of IPv6 the network, since every home has countless addresses in it.
    """
    address = request.remote_addr or ""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        return str(known.ipv4_mapped or int(known) >> 64)
    return str(known)


class InAnyCase:
    """The application, for links that came in capitals too, as some programs write them."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """As WSGI calls it."""
        if environ["PATH_INFO"].startswith("/P/"):
            environ["PATH_INFO"] = "/p/" + environ["PATH_INFO"][3:]
        return self._application(environ, start_response)


class Discreet(logging.Filter):
    """Takes the secret out of a respondent's address before a line reaches any log.

    Whatever somebody sends, it makes no line of its own: breaks and other control characters are
    written as escapes, and each line of a traceback stands apart from the margin.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Every line passes, without its secrets, as one."""
        said = _SECRET.sub(r"\1...", record.getMessage())
        record.msg, record.args = _CONTROL.sub(_escaped, said), ()
        if record.exc_info and not record.exc_text:
            traceback = _SECRET.sub(r"\1...", _FORMATTER.formatException(record.exc_info))
            lines = re.split("[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+", traceback)
            record.exc_text = "\n".join("  " + _CONTROL.sub(_escaped, line) for line in lines)
        return True


def _escaped(character: re.Match[str]) -> str:
    return character[0].encode("unicode_escape").decode("ascii")


def keep_logs_discreet(app: Flask) -> None:
    """No log of ours, and none of the server's, holds a token."""
    for logger in (app.logger, logging.getLogger("waitress"), logging.getLogger("werkzeug")):
        if not any(isinstance(known, Discreet) for known in logger.filters):
            logger.addFilter(Discreet())


def new_id() -> str:
    """128 random bits that name a row and say nothing."""
    return secrets.token_hex(16)
