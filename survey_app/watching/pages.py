"""/healthz, /readyz and /metrics, and the counting of every request."""

from __future__ import annotations

import hmac
import time
from contextlib import AbstractContextManager
from functools import cached_property
from http import HTTPStatus
from ipaddress import ip_address

from flask import Flask, Response, abort, g, jsonify, request
from flask.typing import ResponseReturnValue

from survey_app.store.engine.health import Health
from survey_app.watching import attempts
from survey_app.watching.attempts import RESPONDENT
from survey_app.watching.logs import request_number
from survey_app.watching.metrics import TEXT, Metrics
from survey_app.watching.readiness import Readiness, look
from survey_app.watching.tables import Tables
from survey_app.web import House

_NUMBERED = "X-Request-Id"
_BY_PROXY = ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via")
_TRIED = {
    HTTPStatus.TOO_MANY_REQUESTS: attempts.GUESSING,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: attempts.TOO_MUCH,
}


class Watched:
    """An application whose requests are counted, and what it says of itself."""

    def __init__(self, house: House) -> None:
        self._house, self.health = house, Health(house.database)
        self.tables = Tables(house.database)

    @cached_property
    def metrics(self) -> Metrics:
        """The numbers of this process; made in it, not in the one that started it."""
        return Metrics(self._house)

    def init_app(self, app: Flask) -> None:
        """Count what is asked, and answer for the monitor's addresses."""
        app.extensions["cchc.watched"] = self
        attempts.init_app(app)
        self._house.database.watched = self._writing
        app.before_request(_begin)
        app.after_request(self._end)
        app.add_url_rule("/healthz", "healthz", self._healthz)
        app.add_url_rule("/readyz", "readyz", self._readyz)
        app.add_url_rule("/metrics", "metrics", self._metrics)

    def _writing(self) -> AbstractContextManager[None]:
        return self.metrics.writing()

    def _end(self, reply: Response) -> Response:
        area = attempts.area()
        method = "" if area == RESPONDENT else request.method
        begun = g.get("begun", time.perf_counter())  # what is refused at the door never began
        self.metrics.note(area, method, reply.status_code, time.perf_counter() - begun)
        if reply.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or area == "office":
            reply.headers[_NUMBERED] = request_number()
        if said := _TRIED.get(HTTPStatus(reply.status_code)):
            attempts.note(said)
        attempts.of_app().tell_rest()
        return reply

    def _healthz(self) -> ResponseReturnValue:
        """Whether the store is sound, for whoever starts the site anew when it is not."""
        if fault := self.health.fault():
            said = {"why": fault} if self._may_know() else {}
            return jsonify(ok=False, **said), HTTPStatus.SERVICE_UNAVAILABLE
        return jsonify(ok=True)

    def _readyz(self) -> ResponseReturnValue:
        """Whether answers can be taken, for whoever sends people here."""
        told = self._look()
        status = HTTPStatus.OK if told.is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        in_words = self._may_know()
        faults, remarks = (
            {name: words if in_words else "" for name, words in said.items() if words}
            for said in (told.checks, told.remarks)
        )
        checks = list(told.checks)
        return jsonify(ok=told.is_ready, checks=checks, faults=faults, remarks=remarks), status

    def _look(self) -> Readiness:
        return look(self._house, self.health, self.tables)

    def _metrics(self) -> ResponseReturnValue:
        """The numbers, for a monitor on this machine or one that shows the token."""
        if not self._may_know():
            abort(HTTPStatus.NOT_FOUND)
        return Response(self.metrics.text(self._look()), content_type=TEXT)

    def _may_know(self) -> bool:
        """Whether a monitor of ours asks: on this machine, or with its token."""
        return _is_here() or _shows(self._house.settings.watching.metrics_token)


def _begin() -> None:
    g.begun = time.perf_counter()


def _is_here() -> bool:
    """Whether this very machine asks, without a proxy between."""
    if any(name in request.headers for name in _BY_PROXY):
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _shows(token: str) -> bool:
    said = request.headers.get("Authorization", "")
    return bool(token) and hmac.compare_digest(said.encode(), f"Bearer {token}".encode())
