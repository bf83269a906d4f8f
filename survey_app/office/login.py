"""Signing in to the office: who is in, how they come in, and how they leave."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from survey_app import permissions
from survey_app.office import attempts
from survey_app.office.attempts import Attempt
from survey_app.office.blueprint import blueprint
from survey_app.office.forms import Confirm, SignIn
from survey_app.office.page import page, words
from survey_app.store import analysts, audit
from survey_app.store.analysts import Analyst
from survey_app.store.database import Database, NotStorable
from survey_app.web import House, house

LONGEST = timedelta(hours=12)
"""How long a session lasts at most: a working day."""

_ROLES = ("administrator", "analyst", "approver")
"""What everybody who is in may do."""

_ADJUSTED = timedelta(minutes=1)
"""By how much a time server may set the clock back without signing everybody out."""


class Signed(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """An analyst who is in. The session holds the session key, never the name."""

    def __init__(self, analyst: Analyst) -> None:
        self.analyst = analyst

    @property
    def name(self) -> str:
        """The analyst's name, for the audit log and the page's head."""
        return self.analyst.name

    def may(self, permission: str) -> bool:
        """Whether the roles of this account let it do something."""
        return permission in permissions.of_roles(_ROLES)

    def get_id(self) -> str:
        """What the session remembers."""
        return self.analyst.session_key


def init_app(app: Flask, database: Database) -> None:
    """Know the analysts of this store, and close the office to everyone else."""
    manager = LoginManager(app)
    manager.session_protection = None  # addresses of phones change; the key and the hours protect

    @manager.user_loader  # type: ignore[untyped-decorator]  # Flask-Login has no types
    def _signed_in(session_key: str) -> Signed | None:
        if _too_old():
            return None
        with database.reading() as connection:
            analyst = analysts.signed_in(connection, session_key)
        return Signed(analyst) if analyst else None


def who() -> str:
    """The name of the analyst who acts now."""
    return str(current_user.name)


@blueprint.before_request
def _only_analysts() -> ResponseReturnValue | None:
    """Every page of the office needs sign-in, but for the sign-in itself and the style sheet."""
    if request.endpoint in {"office.sign_in", "office.static"} or current_user.is_authenticated:
        return None
    aim = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("office.sign_in", next=aim))


@blueprint.route("/dang-nhap", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Ask for name and password; say no more than that one of them is wrong."""
    form = SignIn()
    if not form.is_submitted():
        return page("sign_in", form=form, problem="")
    with house().database.writing() as connection:
        attempt = attempts.attempt(house(), connection, _name_tried())
        wait = attempt.take(connection, int(house().clock().timestamp()))
    if wait:
        return _too_many(form, wait)
    analyst = _analyst(form) if form.validate() else None
    if analyst is None:
        _log_wrong(house())
        return page("sign_in", form=form, problem=words()["wrong_sign_in"]), 422
    _let_in(house(), analyst, attempt)
    reply = current_app.make_response(redirect(_aim()))
    attempts.remember_device(house(), reply, analyst)
    return reply


@blueprint.post("/dang-xuat")
def sign_out() -> ResponseReturnValue:
    """Leave, and end the sessions of this analyst on every other machine too."""
    if not Confirm().validate_on_submit():
        return redirect(url_for("office.waves"))
    analyst, stamp = current_user.analyst, house().stamp()
    logout_user()
    session.clear()

    with house().database.writing() as connection:
        analysts.sign_out(connection, analyst)
        audit.append(connection, analyst.name, "sign_out", "", stamp)
    return redirect(url_for("office.sign_in"))


def _log_wrong(house: House) -> None:
    """A wrong sign-in is in the log: by the name, if it is one. What else was typed is nobody's."""
    with house.database.writing() as connection:
        known = _name_tried() in {each.name for each in analysts.list_(connection)}
        name = _name_tried() if known else ""
        audit.append(connection, "?", "sign_in_failed", name, house.stamp())


def _too_many(form: SignIn, wait: int) -> ResponseReturnValue:
    """Who has guessed too often waits; the password is not looked at, right or wrong."""
    minutes = -(-wait // 60)
    said = "too_many_guesses" if minutes == 1 else "too_many_guesses_minutes"
    problem = words()[said].format(minutes=minutes)
    return page("sign_in", form=form, problem=problem), 429, {"Retry-After": str(wait)}


def _analyst(form: SignIn) -> Analyst | None:
    """Who has this name and password; read only, because hashing is slow and phones are writing."""
    try:
        with house().database.reading() as connection:
            return analysts.check(connection, form.name.data, form.password.data)
    except NotStorable:  # nobody has such a name
        return None


def _let_in(house: House, analyst: Analyst, attempt: Attempt) -> None:
    stronger = analysts.hash_of(request.form["password"]) if analyst.needs_new_hash else None

    with house.database.writing() as connection:
        if stronger:
            analysts.keep_hash(connection, analyst, stronger)
        attempt.was_right(connection)
        audit.append(connection, analyst.name, "sign_in", "", house.stamp())
    spoken = session.get("language")
    session.clear()
    session.update({"since": house.stamp(), "ticks": house.ticks()})
    if spoken:
        session["language"] = spoken
    login_user(Signed(analyst))


def _too_old() -> bool:
    """Whether the session is over: by the clock, or, where that was set back, by what passed.

    A session that is over stays so, whatever the clock says later.
    """
    since = session.get("since")
    if since is None:
        return True
    age = house().clock() - datetime.fromisoformat(since)
    passed = timedelta(seconds=house().ticks() - session.get("ticks", house().ticks()))
    is_over = age < -_ADJUSTED or max(age, passed) > LONGEST
    if is_over:
        session.pop("since")
    return is_over


def _name_tried() -> str:
    return request.form.get("name", "").strip()[:64]


def _aim() -> str:
    """Where the analyst wanted to go; never another house."""
    aim = request.args.get("next", "")
    parts = urlsplit(aim)
    home = url_for("office.waves")
    elsewhere = parts.scheme or parts.netloc or "\\" in aim
    return aim if aim.startswith(home) and not elsewhere else home


@blueprint.after_request
def _private(response: Response) -> Response:
    """Nothing of the office is kept by a browser or a proxy, but for its style sheet.

    Its addresses are no secrets, and over TLS a form is taken only if it says that it comes from
    a page of ours.
    """
    response.headers["Referrer-Policy"] = "same-origin"
    if request.endpoint != "office.static":
        response.headers["Cache-Control"] = "no-store"
    return response
