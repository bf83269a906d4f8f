"""Signing in and out: by name and password, by a code, and the first account of all."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, current_app, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user, logout_user

from survey_app.identity import browsers, passwords, second_factor
from survey_app.identity.passwords import WeakPassword
from survey_app.identity.second_factor import Unreadable
from survey_app.office.accounts import attempts
from survey_app.office.accounts.attempts import Attempt
from survey_app.office.accounts.forms import Code, SetUp, SignIn
from survey_app.office.accounts.said import too_many, weak
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.login import Signed, longest, now, signed
from survey_app.office.page import page, words
from survey_app.office.pieces.forms import Confirm
from survey_app.store.engine.database import Connection, NotStorable
from survey_app.store.identity import accounts, second_factors, sessions
from survey_app.store.identity.accounts import Account
from survey_app.store.log import audit
from survey_app.watching import attempts as tried
from survey_app.web import House, house

_BROWSER_LETTERS = 64


@blueprint.route("/dang-nhap", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Ask for name and password; say no more than that one of them is wrong."""
    form = SignIn()
    if not form.is_submitted():
        return _sign_in_page(form)
    attempt, wait = attempts.wait_of(house(), _name_tried())
    if wait:
        return _sign_in_page(form, too_many(wait)), 429, {"Retry-After": str(wait)}
    account = _account(form) if form.validate() else None
    if account is None:
        _log_wrong(house())
        return _sign_in_page(form, words()["wrong_sign_in"]), 422
    _keep_stronger_hash(house(), account)
    return come_in(house(), account, attempt, where=aim())


@blueprint.route("/ma-xac-thuc", methods=["GET", "POST"])
def accounts_code() -> ResponseReturnValue:
    """Ask for the code of the phone, or one on paper."""
    form, person = Code(), signed()
    if person is None or person.step != "code":
        return redirect(aim())
    if not form.is_submitted():
        return page("accounts/code", form=form, problem="")
    attempt, wait = attempts.wait_of(house(), person.name, "code")
    if wait:
        shown = page("accounts/code", form=form, problem=too_many(wait))
        return shown, 429, {"Retry-After": str(wait)}
    if not (form.validate() and is_code(house(), person.account, form.code.data)):
        with house().database.writing() as connection:
            audit.append(connection, "?", "code-failed", person.name, house().stamp())
        tried.note(tried.WRONG_CODE)
        return page("accounts/code", form=form, problem=words()["accounts_wrong_code"]), 422
    return _let_in(
        house(),
        person.account,
        attempt,
        by=person.session.by,
        has_second_factor=True,
        where=aim(),
    )


@blueprint.post("/dang-xuat")
def sign_out() -> ResponseReturnValue:
    """Leave. Sessions on other machines go on; the own account's page ends them."""
    person = signed()
    if not Confirm().validate_on_submit() or person is None:
        return redirect(url_for("office.waves"))
    stamp = house().stamp()
    logout_user()
    session.clear()
    with house().database.writing() as connection:
        sessions.end(connection, person.session.id, person.account.id)
        if not person.step:
            audit.append(connection, person.name, "sign_out", "", stamp)
    return redirect(url_for("office.sign_in"))


@blueprint.route("/thiet-lap-lan-dau", methods=["GET", "POST"])
def set_up() -> ResponseReturnValue:
    """Make the first administrator, by the code that the server printed; then never again."""
    form = SetUp()
    with house().database.reading() as connection:
        if not accounts.is_empty(connection):
            return redirect(url_for("office.sign_in"))
    if not form.is_submitted():
        return _set_up_page(form)
    attempt, wait = attempts.wait_of(house(), "", "setup")
    if wait:
        return _set_up_page(form, too_many(wait)), 429, {"Retry-After": str(wait)}
    problem = _problem_of(form)
    account = None if problem else _first(house(), form, attempt)
    if account is None:
        problem = problem or words()["accounts_wrong_setup_code"]
        return _set_up_page(form, problem), 422
    return come_in(house(), account, attempt, where=aim())


def come_in(
    here: House,
    account: Account,
    attempt: Attempt | None,
    *,
    by: str = "password",
    has_second_factor: bool = False,
    where: str,
) -> Response:
    """Go on from a right password, or from the provider's word: in, or to the phone's code."""
    if account.has_phone and not has_second_factor:
        return _ask_for_code(here, account, attempt, by, where)
    return _let_in(here, account, attempt, by=by, has_second_factor=has_second_factor, where=where)


def _let_in(
    here: House,
    account: Account,
    attempt: Attempt | None,
    *,
    by: str,
    has_second_factor: bool,
    where: str,
) -> Response:
    """Begin a session, in place of the one that this browser had; nothing is left to be proved."""
    mark = attempts.device_mark(here, account)
    is_new = not mark
    mark = mark or attempts.new_mark()
    device = attempts.digest_of(here, mark)
    with here.database.writing() as connection:
        if attempt:
            attempt.was_right(connection)
        key = _begin(here, connection, account, device, by=by, has_second_factor=has_second_factor)
        if is_new and account.signed_in_at:
            sessions.note_new_device(connection, account.id, device, _browser(), here.stamp())
        accounts.note_sign_in(connection, account, here.stamp())
        audit.append(connection, account.name, "sign_in", _browser(), here.stamp())
    reply = _with_key(here, account, key, where)
    if is_new and account.signed_in_at:
        flash(words()["accounts_new_here"].format(browser=_browser() or "?"))
    attempts.remember_device(here, reply, account, mark)
    return reply


def renew(here: House, person: Signed, *, has_second_factor: bool | None = None) -> None:
    """Give the session at hand another key, after what it may do has changed."""
    proved = person.session.has_second_factor if has_second_factor is None else has_second_factor
    with here.database.writing() as connection:
        key = _begin(
            here,
            connection,
            person.account,
            person.session.device,
            by=person.session.by,
            has_second_factor=proved,
        )
    _remember(here, person.account, key)


def _begin(
    here: House,
    connection: Connection,
    account: Account,
    device: str,
    *,
    by: str,
    has_second_factor: bool,
) -> str:
    """A session in place of the one at hand; those that are long over are forgotten."""
    before = signed()
    if before:
        sessions.end(connection, before.session.id, before.account.id)
    oldest = here.clock() - 2 * longest(here)
    sessions.end_old(connection, oldest.isoformat(timespec="seconds"))
    return sessions.begin(
        connection,
        account.id,
        now(here),
        browser=_browser(),
        device=device,
        by=by,
        has_second_factor=has_second_factor,
    )


def _ask_for_code(
    here: House, account: Account, attempt: Attempt | None, by: str, where: str
) -> Response:
    """A session that can do nothing but give the code."""
    with here.database.writing() as connection:
        if attempt:
            attempt.was_right(connection)
        key = _begin(here, connection, account, "", by=by, has_second_factor=False)
    return _with_key(here, account, key, where)


def _with_key(here: House, account: Account, key: str, where: str) -> Response:
    _remember(here, account, key)
    return current_app.make_response(redirect(where or url_for("office.waves")))


def _remember(here: House, account: Account, key: str) -> None:
    """Let the browser hold the key, and nothing else of the session before but its language."""
    spoken = session.get("language")
    session.clear()
    if spoken:
        session["language"] = spoken
    with here.database.reading() as connection:
        known = sessions.of_key(connection, key)
    assert known is not None
    asked = second_factor.is_asked(here.settings.sign_in.second_factor, account.roles)
    login_user(Signed(known[1], known[0], key, must_prove=asked), force=True)


def is_code(here: House, account: Account, code: str) -> bool:
    """Whether a code is the phone's, or one on paper. It counts once."""
    assert account.totp is not None
    try:
        secret = here.factor_key.open(account.totp, account.id)
        step = second_factor.step_of(secret, code, here.clock(), account.totp_step)
    except Unreadable:  # the key folder was lost: an administrator takes the phone away
        step = None
    with here.database.writing() as connection:
        if step is not None:
            return second_factors.take_step(connection, account.id, step)
        digest = here.factor_key.digest(code, account.id)
        is_paper = second_factors.take_paper(connection, account.id, digest)
        if is_paper:
            audit.append(connection, account.name, "paper-code-used", "", here.stamp())
        return is_paper


def aim() -> str:
    """Where somebody wanted to go; never another house."""
    wanted = request.args.get("next", "")
    parts = urlsplit(wanted)
    home = url_for("office.waves")
    elsewhere = parts.scheme or parts.netloc or "\\" in wanted
    return wanted if wanted.startswith(home) and not elsewhere else home


def sign_in_page(problem: str) -> str:
    """The sign-in with what went wrong elsewhere."""
    return _sign_in_page(SignIn(formdata=None), problem)


def _sign_in_page(form: SignIn, problem: str = "") -> str:
    with house().database.reading() as connection:
        is_empty = accounts.is_empty(connection)
    provider = house().settings.sign_in.provider
    return page(
        "accounts/sign_in", form=form, problem=problem, is_empty=is_empty, provider=provider
    )


def _first(here: House, form: SetUp, attempt: Attempt) -> Account | None:
    """The first administrator; None: the code is not the one that was printed last."""
    hashed = passwords.hash_of(form.password.data)
    digest = second_factor.digest_of_setup(form.code.data)
    with here.database.writing() as connection:
        if not accounts.first_begins(connection):
            return None
        if not accounts.use_setup_code(connection, digest):
            return None
        attempt.was_right(connection)
        account = accounts.add(
            connection, form.name.data, hashed, here.stamp(), roles=[accounts.ADMINISTRATOR]
        )
        audit.append(connection, account.name, "account-first", account.name, here.stamp())
        return account


def _set_up_page(form: SetUp, problem: str = "") -> str:
    return page("accounts/set_up", form=form, problem=problem, fewest=_fewest_of_first())


def _fewest_of_first() -> int:
    """The fewest characters of the first administrator's password."""
    roles = frozenset({accounts.ADMINISTRATOR})
    asked = second_factor.is_asked(house().settings.sign_in.second_factor, roles)
    return passwords.shortest(has_second_factor=asked)


def _problem_of(form: SetUp) -> str:
    if not form.validate():
        return words()["accounts_fill_in"]
    if form.password.data != form.again.data:
        return words()["accounts_passwords_differ"]
    try:
        passwords.check(form.password.data, form.name.data, _fewest_of_first())
    except WeakPassword as error:
        return weak(error)
    return ""


def _account(form: SignIn) -> Account | None:
    """Who has this name and password; read only, because hashing is slow and phones are writing."""
    try:
        with house().database.reading() as connection:
            return accounts.check(connection, form.name.data, form.password.data, house().stamp())
    except NotStorable:  # nobody has such a name
        return None


def _keep_stronger_hash(here: House, account: Account) -> None:
    if passwords.needs_new_hash(account.password):
        stronger = passwords.hash_of(request.form["password"])
        with here.database.writing() as connection:
            accounts.keep_hash(connection, account, stronger)


def _log_wrong(house: House) -> None:
    """A wrong sign-in is in the log: by the name, if it is one. What else was typed is nobody's."""
    with house.database.writing() as connection:
        known = _name_tried() in {each.name for each in accounts.list_(connection)}
        name = _name_tried() if known else ""
        audit.append(connection, "?", "sign_in_failed", name, house.stamp())
    tried.note(tried.WRONG_SIGN_IN)


def _name_tried() -> str:
    return request.form.get("name", "").strip()[:64]


def _browser() -> str:
    return browsers.kind_of(request.user_agent.string)[:_BROWSER_LETTERS]
