"""The composition root: settings and a store in, a WSGI application out."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from survey_app import doors, showing
from survey_app.office import accessible, refusals
from survey_app.office import views as office
from survey_app.office.guard import login
from survey_app.office.public import views as public
from survey_app.respondent import pages, sound
from survey_app.respondent import views as respondent
from survey_app.settings import Settings
from survey_app.store.engine.database import Database
from survey_app.watching.pages import Watched
from survey_app.web import House, InAnyCase, OfficeSessions, guard, keep_logs_discreet

ICON = Path(__file__).with_name("icon.svg").read_bytes()
"""A tick in a box. A phone's pages say that they have none, which spares it the request."""


_ROOMS = (showing,)
"""What registers pages with the office by being imported."""


def create_app(
    settings: Settings, database: Database | None = None, house: House | None = None
) -> Flask:
    """The whole application. The store must be migrated already (`migrate.upgrade`)."""
    app = Flask(__name__, static_folder=None)
    house = house or House(settings, database or Database(settings.database_url))
    app.session_interface = OfficeSessions()
    app.extensions["cchc"] = house
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-session" if settings.is_https else "session",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_https,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form left open overnight still works
        MAX_FORM_MEMORY_SIZE=respondent.MOST_BYTES,
    )
    doors.guard(app)
    app.wsgi_app = InAnyCase(app.wsgi_app)  # type: ignore[method-assign]  # the documented way
    csrf = CSRFProtect(app)
    csrf.exempt(respondent.blueprint)  # has its own, bound to the invitation: no cookie needed
    # Asked about unknown links only: before every request it would cost a phone a fifth more.
    app.extensions["cchc.limiter"] = FixedWindowRateLimiter(MemoryStorage())
    keep_logs_discreet(app)
    guard(
        app,
        styles=(pages.STYLE, pages.CLOSING_STYLE),
        scripts=(pages.SCRIPT, pages.CLOSING_SCRIPT),
    )
    login.init_app(app, house.database)
    refusals.init_app(app)
    app.register_blueprint(respondent.blueprint)
    app.register_blueprint(sound.blueprint)
    app.register_blueprint(office.blueprint)
    app.register_blueprint(public.blueprint)
    app.register_blueprint(accessible.blueprint)

    _add_shared_addresses(app)
    Watched(house).init_app(app)
    return app


def _add_shared_addresses(app: Flask) -> None:
    """The addresses that belong to no blueprint."""

    @app.get("/")
    def home() -> ResponseReturnValue:
        """What everyone may see: the published results."""
        return redirect(url_for("public.results_list"))

    @app.get("/favicon.ico")
    def icon() -> Response:
        """The icon of every page that names no other: browsers ask here unasked."""
        reply = Response(ICON, mimetype="image/svg+xml")
        reply.headers["Cache-Control"] = "public, max-age=86400"
        reply.add_etag()
        reply.make_conditional(request)
        return reply
