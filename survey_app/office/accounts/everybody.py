"""Everybody's accounts: made, changed, suspended, reset and given back by an administrator."""

from __future__ import annotations

import re

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from survey_app import collation
from survey_app.identity import passwords
from survey_app.office.accounts.forms import NewAccount, Rights
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.office.guard.login import who
from survey_app.office.page import page, words
from survey_app.office.pieces.forms import Confirm
from survey_app.permissions import ROLES
from survey_app.store import waves
from survey_app.store.engine.database import Connection
from survey_app.store.identity import accounts, second_factors, sessions
from survey_app.store.identity.accounts import (
    Account,
    LastAdministrator,
    NameTaken,
    NoSuchAccount,
    SubjectTaken,
)
from survey_app.store.log import audit
from survey_app.web import House, house

_FIELD = re.compile(r"[^\s,;]{1,32}")
_PATHS = {
    "tam-khoa": "suspend",
    "mo-lai": "restore",
    "dat-lai-mat-khau": "reset",
    "go-xac-thuc": "reset-phone",
    "dang-xuat": "sign-out",
}
_ANY = ", ".join(f"'{path}'" for path in _PATHS)


@blueprint.get("/tai-khoan")
@needs("accounts.manage")
def accounts_list() -> ResponseReturnValue:
    """Every account, what it may do, and whether it is in use."""
    with house().database.reading() as connection:
        everybody = accounts.list_(connection)
    by_name = sorted(everybody, key=lambda account: collation.key(account.name))
    return page("accounts/list", everybody=by_name)


@blueprint.route("/tai-khoan/moi", methods=["GET", "POST"])
@needs("accounts.manage")
def accounts_new() -> ResponseReturnValue:
    """Make an account: its holder chooses the password at the first sign-in."""
    form = NewAccount()
    if not form.is_submitted():
        return _form_page("accounts/new", form)
    if problem := _problem_of(form):
        return _form_page("accounts/new", form, problem), 422
    password = passwords.one_time()
    hashed, until = passwords.hash_of(password), _once_until(house())
    try:
        with house().database.writing() as connection:
            account = accounts.add(
                connection,
                form.name.data,
                hashed,
                house().stamp(),
                roles=form.roles.data,
                once_until=until,
            )
            _set_rights(connection, account, form)
            audit.append(connection, who(), "account-add", _told(account, form), house().stamp())
    except NameTaken:
        return _form_page("accounts/new", form, words()["accounts_name_taken"]), 409
    except SubjectTaken:
        return _form_page("accounts/new", form, words()["accounts_subject_taken"]), 409
    return page("accounts/once", account=account, password=password, until=until, is_new=True)


@blueprint.route("/tai-khoan/<int:number>", methods=["GET", "POST"])
@needs("accounts.manage")
def accounts_one(number: int) -> ResponseReturnValue:
    """One account: what it may do, and what can be done to it."""
    account, form = _account(number), Rights()
    if not form.is_submitted():
        _fill(form, account)
        return _one_page(account, form)
    if problem := _problem_of(form):
        return _one_page(account, form, problem), 422
    try:
        with house().database.writing() as connection:
            _set_rights(connection, account, form)
            told = _told(account, form)
            audit.append(connection, who(), "account-change", told, house().stamp())
    except LastAdministrator:
        return _one_page(account, form, words()["accounts_last_administrator"]), 409
    except SubjectTaken:
        return _one_page(account, form, words()["accounts_subject_taken"]), 409
    flash(words()["accounts_changed"].format(name=account.name))
    return redirect(url_for("office.accounts_one", number=number))


@blueprint.post(f"/tai-khoan/<int:number>/<any({_ANY}):what>")
@needs("accounts.manage")
def accounts_manage(number: int, what: str) -> ResponseReturnValue:
    """Suspend an account, give it back, reset what lets it in, or end its sessions."""
    account, action = _account(number), _PATHS[what]
    if not Confirm().validate_on_submit():
        return redirect(url_for("office.accounts_one", number=number))
    if action == "reset":
        return _reset(house(), account)
    try:
        with house().database.writing() as connection:
            if action == "suspend":
                accounts.suspend(connection, account, house().stamp())
            elif action == "restore":
                accounts.restore(connection, account)
            elif action == "reset-phone":
                second_factors.remove(connection, account.id)
            sessions.end_all(connection, account.id)
            audit.append(connection, who(), f"account-{action}", account.name, house().stamp())
    except LastAdministrator:
        form = Rights(formdata=None)
        _fill(form, account)
        return _one_page(account, form, words()["accounts_last_administrator"]), 409
    flash(words()[f"accounts_done_{action.replace('-', '_')}"].format(name=account.name))
    return redirect(url_for("office.accounts_one", number=number))


def _reset(here: House, account: Account) -> str:
    """A one-time password, shown once; whoever is in by the account is out."""
    password, until = passwords.one_time(), _once_until(here)
    hashed = passwords.hash_of(password)
    with here.database.writing() as connection:
        accounts.change_password(connection, account.id, hashed, until)
        sessions.end_all(connection, account.id)
        audit.append(connection, who(), "account-reset", account.name, here.stamp())
    return page("accounts/once", account=account, password=password, until=until, is_new=False)


def _once_until(here: House) -> str:
    return (here.clock() + passwords.ONCE).isoformat(timespec="seconds")


def _set_rights(connection: Connection, account: Account, form: Rights) -> None:
    accounts.change(
        connection,
        account,
        roles=form.roles.data,
        unit=form.unit.data,
        fields=_fields_of(form),
    )
    if provider := house().settings.sign_in.provider:
        value = form.subject.data
        accounts.link(connection, account, provider.subject(value) if value else None)


def _fields_of(form: Rights) -> tuple[str, ...]:
    return tuple(_FIELD.findall(form.fields.data or ""))


def _told(account: Account, form: Rights) -> str:
    """What the log says: the name and the roles, with whom they are about."""
    about = [*sorted(form.roles.data), *_fields_of(form), form.unit.data]
    return f"{account.name}: {', '.join(each for each in about if each)}"


def _fill(form: Rights, account: Account) -> None:
    form.roles.data = sorted(account.roles)
    form.unit.data = account.unit
    form.fields.data = ", ".join(sorted(account.fields))
    form.subject.data = (account.subject or "").partition(" ")[2]


def _problem_of(form: Rights) -> str:
    w = words()
    if not form.roles.data:
        return w["accounts_no_role"]
    if not form.validate():
        return w["accounts_fill_in"]
    if "unit" in form.roles.data and not form.unit.data:
        return w["accounts_unit_missing"]
    if "appraiser" in form.roles.data and not (_fields_of(form) or form.unit.data):
        return w["accounts_fields_missing"]
    return ""


def _form_page(template: str, form: Rights, problem: str = "") -> str:
    with house().database.reading() as connection:
        units = waves.every_unit(connection)
    return page(
        template,
        form=form,
        problem=problem,
        roles=tuple(ROLES),
        units=units,
        provider=house().settings.sign_in.provider,
    )


def _one_page(account: Account, form: Rights, problem: str = "") -> str:
    with house().database.reading() as connection:
        units = waves.every_unit(connection)
        now_in = sessions.of_account(connection, account.id)
    return page(
        "accounts/one",
        account=account,
        form=form,
        problem=problem,
        roles=tuple(ROLES),
        units=units,
        now_in=now_in,
        provider=house().settings.sign_in.provider,
        is_self=account.name == who(),
    )


def _account(number: int) -> Account:
    with house().database.reading() as connection:
        try:
            return accounts.get(connection, number)
        except NoSuchAccount:
            abort(404)
