"""Who is in the office: whose session it is, how long it lasts, and what must be done first."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from flask import Flask, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user

from survey_app.identity import second_factor
from survey_app.office.blueprint import blueprint
from survey_app.store.engine.database import Database, StoreBusy
from survey_app.store.identity import sessions
from survey_app.store.identity.accounts import Account
from survey_app.store.identity.sessions import NewDevice, Session
from survey_app.web import House, house

_ADJUSTED = timedelta(minutes=1)
"""By how much a time server may set the clock back without signing everybody out."""

_SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is kept when a session was used last: not every page writes to the store."""

CODE_WAITS = timedelta(minutes=10)
"""How long a session that still lacks its second factor may wait for it."""

COMING_IN = frozenset(
    {"office.sign_in", "office.set_up", "office.provider", "office.provider_back"}
)
"""The pages that are there for who is not in."""

RENEWING = frozenset({"office.board_part"})
"""What pages ask for by themselves: a screen that nobody sits at is not in use."""

STEPS = {
    "code": "office.accounts_code",
    "password": "office.accounts_password",
    "factor": "office.accounts_factor",
}
"""What may have to be done before anything else, and the page on which it is done."""


class Signed(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """An account that is in, in one session. The browser holds its key, never the name."""

    new_browsers: tuple[NewDevice, ...] = ()
    """Sign-ins from browsers that are new, to be shown on its next page. Read with the session: a
    page that says that the store cannot be used asks it nothing."""

    def __init__(self, account: Account, session: Session, key: str, *, must_prove: bool) -> None:
        self.account, self.session = account, session
        self._key, self._must_prove = key, must_prove
        self._permissions = account.permissions

    @property
    def name(self) -> str:
        """The account's name, for the log and the page's head."""
        return self.account.name

    @property
    def roles(self) -> frozenset[str]:
        """The roles that it holds."""
        return self.account.roles

    @property
    def unit(self) -> str:
        """Whose points it enters; blank where it is no unit's."""
        return self.account.unit

    @property
    def fields(self) -> frozenset[str]:
        """The fields of the index that it appraises."""
        return self.account.fields

    @property
    def must_have_phone(self) -> bool:
        """Whether its roles ask for a second factor here."""
        return self._must_prove

    @property
    def step(self) -> str:
        """What must be done before anything else; blank: nothing."""
        if self.account.has_phone and not self.session.has_second_factor:
            return "code"
        if self.session.by == "password" and self.account.once_until:
            return "password"
        if self._must_prove and not (self.account.has_phone or self.session.has_second_factor):
            return "factor"
        return ""

    @property
    def is_authenticated(self) -> bool:
        """Whether it is in, with nothing left to be done first."""
        return not self.step

    def may(self, permission: str) -> bool:
        """Whether the roles of this account let it do something."""
        return permission in self._permissions

    def get_id(self) -> str:
        """What the browser remembers."""
        return self._key


def init_app(app: Flask, database: Database) -> None:
    """Know the accounts of this store, and close the office to everyone else."""
    manager = LoginManager(app)
    manager.session_protection = None  # addresses of phones change; the key and the hours protect

    @manager.user_loader  # type: ignore[untyped-decorator]  # Flask-Login has no types
    def _signed_in(key: str) -> Signed | None:
        here = house()
        with database.reading() as connection:
            known = sessions.of_key(connection, key)
            if known is None:
                return None
            session, account = known
            unseen = sessions.new_devices_of(connection, account.id, session.device)
        asked = second_factor.is_asked(here.settings.sign_in.second_factor, account.roles)
        person = Signed(account, session, key, must_prove=asked)
        person.new_browsers = () if person.step else unseen
        if _is_over(here, person):
            with database.writing() as connection:  # it stays so, whatever the clock says later
                sessions.end(connection, session.id, account.id)
            return None
        _note_use(here, session)
        return person


def who() -> str:
    """The name of the account that acts now."""
    return str(current_user.name)


def signed() -> Signed | None:
    """Who is in, with something left to be done perhaps."""
    person = current_user._get_current_object()  # noqa: SLF001 - Werkzeug's documented way
    return person if isinstance(person, Signed) else None


def one() -> Signed:
    """Who is in, on a page that nobody else reaches."""
    person = signed()
    assert person is not None
    return person


def longest(here: House) -> timedelta:
    """How long a session lasts at most."""
    return timedelta(hours=here.settings.sign_in.session_hours)


def now(here: House) -> tuple[str, float]:
    """The time, by the clock and by what no setting of the clock moves."""
    return here.stamp(), here.ticks()


def _is_over(here: House, person: Signed) -> bool:
    """Whether a session is over: by the clock, or, where that was set back, by what passed."""
    session = person.session
    age = _passed(here, session.since, session.since_ticks)
    idle = _passed(here, session.seen, session.seen_ticks)
    if age is None or idle is None:
        return True
    most_idle = timedelta(minutes=here.settings.sign_in.idle_minutes)
    waits = CODE_WAITS if person.step == "code" else longest(here)
    return age > waits or idle > most_idle


def _passed(here: House, stamp: str, ticks: float) -> timedelta | None:
    """How long ago that was; None where the clock was set back."""
    by_clock = here.clock() - datetime.fromisoformat(stamp)
    if by_clock < -_ADJUSTED:
        return None
    return max(by_clock, timedelta(seconds=here.ticks() - ticks))


def _note_use(here: House, session: Session) -> None:
    if request.endpoint in RENEWING:
        return
    idle = _passed(here, session.seen, session.seen_ticks)
    if idle is not None and idle >= _SEEN_EVERY:
        with suppress(StoreBusy):  # who only reads is not held up by a store that is locked
            at = now(here)
            here.database.write(lambda connection: sessions.saw(connection, session.id, at))


@blueprint.before_request
def _only_accounts() -> ResponseReturnValue | None:
    """Every page of the office needs sign-in, and what must be done first comes first."""
    if request.endpoint in COMING_IN | {"office.static"} or current_user.is_authenticated:
        return None
    aim = request.full_path.rstrip("?") if request.method == "GET" else None
    person = signed()
    if person is None:
        return redirect(url_for("office.sign_in", next=aim))
    if request.endpoint in {STEPS[person.step], "office.sign_out"}:
        return None
    return redirect(url_for(STEPS[person.step], next=aim))


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
