"""Pages for what cannot be shown or done, in the reader's language, wherever it was asked for.

They ask the store nothing: it may be the store that cannot answer.
"""

from __future__ import annotations

from flask import Flask, Response, g, make_response, request, url_for

from survey_app.i18n import LANGUAGES, choose
from survey_app.office.page import page, words
from survey_app.store.database import StoreBusy

_AGAIN_AFTER = "10"
"""Seconds, for a browser or a proxy that tries again by itself."""


def init_app(app: Flask) -> None:
    """Answer for every page of the application that does not answer for itself."""

    @app.errorhandler(StoreBusy)
    def _busy(_: StoreBusy) -> Response:
        reply = told("store_busy", 503)
        reply.headers["Retry-After"] = _AGAIN_AFTER
        return reply


def told(key: str, status: int) -> Response:
    """A page that says one thing, and how to go on."""
    if "language" not in g:
        liked = request.accept_languages.best_match(LANGUAGES)
        g.language = choose(request.args.get("lang"), liked)
    w = words()
    return make_response(
        page(
            "problem",
            base="office/public_base.html",
            home=url_for("public.results_list"),
            title=w[key],
            help=w[f"{key}_help"],
        ),
        status,
    )
