"""Pages for what cannot be shown or done, in the reader's language, wherever it was asked for.

They ask the store nothing: it may be the store that cannot answer.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response, g, make_response, request, session, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from survey_app import quarantine
from survey_app.i18n import LANGUAGES, choose
from survey_app.office.blueprint import blueprint
from survey_app.office.documents import turns
from survey_app.office.jobs import asking
from survey_app.office.page import page, words
from survey_app.store.engine.database import NotStorable, StoreBusy
from survey_app.watching import attempts

_AGAIN_AFTER = "10"
"""Seconds, for a browser or a proxy that tries again by itself."""

_SAID = {
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "no_such_method",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
    HTTPStatus.TOO_MANY_REQUESTS: "too_many_requests",
    HTTPStatus.SERVICE_UNAVAILABLE: "store_busy",
}
_PASSED_ON = ("Allow", "Retry-After")


def init_app(app: Flask) -> None:
    """Answer for every page of the application that does not answer for itself."""

    @app.errorhandler(StoreBusy)
    @app.errorhandler(quarantine.Busy)
    @app.errorhandler(turns.Busy)
    def _busy(_: Exception) -> Response:
        reply = told("store_busy", HTTPStatus.SERVICE_UNAVAILABLE)
        reply.headers["Retry-After"] = _AGAIN_AFTER
        return reply

    @app.errorhandler(asking.TooMuch)
    def _too_much(refused: asking.TooMuch) -> Response:
        return told(refused.why, HTTPStatus.CONFLICT)

    @app.errorhandler(NotStorable)
    def _not_storable(_: NotStorable) -> Response:
        if request.method in {"GET", "HEAD"}:
            return told("not_found", HTTPStatus.NOT_FOUND)
        return told("unreadable", HTTPStatus.UNPROCESSABLE_ENTITY)

    @app.errorhandler(HTTPException)
    def _refused(fault: HTTPException) -> Response:
        if isinstance(fault, CSRFError):
            attempts.note(attempts.FORGED_FORM)
        status = HTTPStatus(fault.code or HTTPStatus.INTERNAL_SERVER_ERROR)
        is_ours = status >= HTTPStatus.INTERNAL_SERVER_ERROR
        reply = told(_SAID.get(status, "broken" if is_ours else "unreadable"), status)
        sent = fault.get_response().headers
        reply.headers.update({name: sent[name] for name in _PASSED_ON if name in sent})
        return reply


def told(key: str, status: int) -> Response:
    """A page that says one thing, and how to go on: in the office to its first page."""
    is_office = request.path.startswith(f"{blueprint.url_prefix}/")
    if "language" not in g:
        liked = request.accept_languages.best_match(LANGUAGES)
        kept = session.get("language") if is_office else None
        g.language = choose(request.args.get("lang"), kept, liked)
    w = words()
    return make_response(
        page(
            "problem",
            base="office/told_base.html",
            home=url_for("office.waves" if is_office else "public.results_list"),
            home_name=w["office" if is_office else "public_results"],
            title=w[key],
            help=w[f"{key}_help"],
        ),
        status,
    )
