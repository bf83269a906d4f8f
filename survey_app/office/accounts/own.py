"""One's own account: password, second factor, the browsers that are in."""

from __future__ import annotations

import segno
from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from survey_app.identity import passwords, second_factor
from survey_app.identity.passwords import WeakPassword
from survey_app.office.accounts import attempts
from survey_app.office.accounts.coming_in import aim, renew
from survey_app.office.accounts.forms import Again, NewPassword, Phone
from survey_app.office.accounts.said import too_many, weak
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.office.guard.login import Signed, one
from survey_app.office.page import page, words
from survey_app.office.pieces.forms import Confirm
from survey_app.store.identity import accounts, second_factors, sessions
from survey_app.store.log import audit
from survey_app.web import House, house


@blueprint.get("/tai-khoan-cua-toi")
@needs("account.own")
def accounts_own() -> ResponseReturnValue:
    """What one's account may do, how it is protected, and where it is in."""
    person = one()
    with house().database.reading() as connection:
        shown = {
            "sessions": sessions.of_account(connection, person.account.id),
            "paper_left": second_factors.paper_left(connection, person.account.id),
        }
    return page("accounts/own", person=person, **shown)


@blueprint.route("/tai-khoan-cua-toi/mat-khau", methods=["GET", "POST"])
@needs("account.own")
def accounts_password() -> ResponseReturnValue:
    """Choose another password: the other browsers are signed out by it."""
    form, person = NewPassword(), one()
    fewest = passwords.shortest(has_second_factor=_has_factor(person))
    shown = {"form": form, "person": person, "fewest": fewest}
    if not form.is_submitted():
        return page("accounts/password", problem="", **shown)
    is_forced = person.step == "password"
    problem, wait = ("", 0) if is_forced else _not_oneself(house(), person, form.current.data)
    problem = problem or _problem_of(form, person, fewest)
    if problem:
        status = 429 if wait else 422
        return page("accounts/password", problem=problem, **shown), status, _retry(wait)
    hashed = passwords.hash_of(form.password.data)
    with house().database.writing() as connection:
        accounts.change_password(connection, person.account.id, hashed)
        sessions.end_all(connection, person.account.id, but=person.session.id)
        audit.append(connection, person.name, "password-change", "", house().stamp())
    renew(house(), person)
    flash(words()["accounts_password_changed"])
    return redirect(aim() if is_forced else url_for("office.accounts_own"))


@blueprint.route("/tai-khoan-cua-toi/xac-thuc-hai-buoc", methods=["GET", "POST"])
@needs("account.own")
def accounts_factor() -> ResponseReturnValue:
    """Set a phone up: show its secret as a QR code, and take its first code."""
    form, person = Phone(), one()
    secret = house().factor_key.candidate(person.session.id, person.account.totp_step)
    shown = {
        "form": form,
        "person": person,
        "is_forced": person.step == "factor",
        "qr": _qr(second_factor.address_of(secret, person.name)),
        "secret": second_factor.text_of(secret),
    }
    if not form.is_submitted():
        return page("accounts/factor", problem="", **shown)
    attempt, wait = attempts.wait_of(house(), person.name, "code")
    if wait:
        return page("accounts/factor", problem=too_many(wait), **shown), 429, _retry(wait)
    if not shown["is_forced"]:
        problem, wait = _not_oneself(house(), person, form.current.data)
        if problem:
            return page("accounts/factor", problem=problem, **shown), 422, _retry(wait)
    last = person.account.totp_step
    step = second_factor.step_of(secret, form.code.data or "", house().clock(), last)
    if step is None:
        return page("accounts/factor", problem=words()["accounts_wrong_code"], **shown), 422
    codes = _keep(house(), person, secret, step, attempt)
    renew(house(), person, has_second_factor=True)
    return page("accounts/paper", codes=codes, person=person, then=aim())


@blueprint.route("/tai-khoan-cua-toi/ma-du-phong", methods=["GET", "POST"])
@needs("account.own")
def accounts_paper() -> ResponseReturnValue:
    """New codes on paper, in place of those before."""
    form, person = Again(), one()
    if not person.account.has_phone:
        return redirect(url_for("office.accounts_factor"))
    refused = _refused(form, person, "accounts/again", about="paper")
    if refused:
        return refused
    codes = second_factor.paper_codes()
    digests = [house().factor_key.digest(code, person.account.id) for code in codes]
    with house().database.writing() as connection:
        second_factors.renew_paper(connection, person.account.id, digests)
        audit.append(connection, person.name, "paper-codes-renew", "", house().stamp())
    return page("accounts/paper", codes=codes, person=person, then=url_for("office.accounts_own"))


@blueprint.route("/tai-khoan-cua-toi/bo-xac-thuc-hai-buoc", methods=["GET", "POST"])
@needs("account.own")
def accounts_factor_remove() -> ResponseReturnValue:
    """Go without a second factor, where none is asked of one's roles."""
    form, person = Again(), one()
    if person.must_have_phone or not person.account.has_phone:
        return redirect(url_for("office.accounts_own"))
    refused = _refused(form, person, "accounts/again", about="remove")
    if refused:
        return refused
    if len(form.current.data) < passwords.SHORTEST_ALONE:
        problem = words()["accounts_longer_first"].format(shortest=passwords.SHORTEST_ALONE)
        return page(
            "accounts/again", form=form, person=person, about="remove", problem=problem
        ), 422
    with house().database.writing() as connection:
        second_factors.remove(connection, person.account.id)
        audit.append(connection, person.name, "phone-remove", "", house().stamp())
    renew(house(), person, has_second_factor=False)
    flash(words()["accounts_factor_removed"])
    return redirect(url_for("office.accounts_own"))


@blueprint.post("/tai-khoan-cua-toi/phien/ket-thuc")
@needs("account.own")
def accounts_end_sessions() -> ResponseReturnValue:
    """End one session of one's own, or all others, or all."""
    person, which = one(), request.form.get("session", "")
    if not Confirm().validate_on_submit():
        return redirect(url_for("office.accounts_own"))
    with house().database.writing() as connection:
        if which in {"all", "others"}:
            here = person.session.id if which == "others" else ""
            ended = sessions.end_all(connection, person.account.id, but=here)
        else:
            ended = int(sessions.end(connection, which, person.account.id))
        if ended:
            audit.append(connection, person.name, "sessions-end", f"{ended}", house().stamp())
    if which == "all":
        return redirect(url_for("office.sign_in"))
    flash(words()["accounts_sessions_ended"].format(count=ended))
    return redirect(url_for("office.accounts_own"))


@blueprint.post("/tai-khoan-cua-toi/trinh-duyet-moi")
@needs("account.own")
def accounts_devices_seen() -> ResponseReturnValue:
    """The holder has seen that the account was used from new browsers."""
    person, newest = one(), request.form.get("newest", "")
    if Confirm().validate_on_submit() and newest.isascii() and newest.isdigit():
        with house().database.writing() as connection:
            acknowledged = sessions.acknowledge_devices(
                connection, person.account.id, person.session.device, int(newest[:9])
            )
            if acknowledged:
                audit.append(
                    connection, person.name, "new-browser-seen", f"{acknowledged}", house().stamp()
                )
    return redirect(url_for("office.accounts_own"))


def _has_factor(person: Signed) -> bool:
    return person.must_have_phone or person.account.has_phone


def _not_oneself(here: House, person: Signed, password: str | None) -> tuple[str, int]:
    """Why it may be somebody else at the keyboard; blank: the password is right. And the wait."""
    attempt, wait = attempts.wait_of(here, person.name)
    if wait:
        return too_many(wait), wait
    if not passwords.is_right(password or "", person.account.password):
        return words()["accounts_wrong_current"], 0
    with here.database.writing() as connection:
        attempt.was_right(connection)
    return "", 0


def _refused(form: Again, person: Signed, template: str, about: str) -> ResponseReturnValue | None:
    """The page that asks for the password once more, until it is right."""
    shown = {"form": form, "person": person, "about": about}
    if not form.is_submitted():
        return page(template, problem="", **shown)
    if not form.validate():
        return page(template, problem=words()["accounts_wrong_current"], **shown), 422
    problem, wait = _not_oneself(house(), person, form.current.data)
    if problem:
        return page(template, problem=problem, **shown), 429 if wait else 422, _retry(wait)
    return None


def _problem_of(form: NewPassword, person: Signed, fewest: int) -> str:
    if not form.validate():
        return words()["accounts_fill_in"]
    if form.password.data != form.again.data:
        return words()["accounts_passwords_differ"]
    if passwords.is_right(form.password.data, person.account.password):
        return words()["accounts_password_same"]
    try:
        passwords.check(form.password.data, person.name, fewest)
    except WeakPassword as error:
        return weak(error)
    return ""


def _keep(
    here: House, person: Signed, secret: bytes, step: int, attempt: attempts.Attempt
) -> tuple[str, ...]:
    """Keep a phone that showed its first code. Returns the codes for paper, shown once."""
    number, codes = person.account.id, second_factor.paper_codes()
    sealed = here.factor_key.seal(secret, number)
    digests = [here.factor_key.digest(code, number) for code in codes]
    with here.database.writing() as connection:
        attempt.was_right(connection)
        second_factors.set_up(connection, number, sealed, step, digests)
        sessions.end_all(connection, number, but=person.session.id)
        audit.append(connection, person.name, "phone-set-up", "", here.stamp())
    return codes


def _qr(address: str) -> Markup:
    """A QR code drawn in the page itself: nobody else is asked to draw it."""
    drawn: str = segno.make(address, error="m", micro=False).svg_inline(
        border=4, omitsize=True, light="#fff", dark="#000", svgclass="qr", lineclass=None
    )
    return Markup(drawn)  # noqa: S704 - of our own making, without anything that was typed


def _retry(wait: int) -> dict[str, str]:
    return {"Retry-After": str(wait)} if wait else {}
