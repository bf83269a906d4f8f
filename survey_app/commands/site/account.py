"""`cchc account`: who may work in the office, from the terminal of the server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from survey_app.commands.opened import AS_JSON, failing_plainly, house, out_json, say, who
from survey_app.commands.permitted import needs
from survey_app.identity import passwords, second_factor
from survey_app.identity.passwords import WeakPassword
from survey_app.permissions import ROLES
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
from survey_app.web import House

NAME = click.argument("name")
ROLE = click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice(list(ROLES)),
    help="What it may do; may be given several times.",
)
UNIT = click.option(
    "--unit",
    default="",
    help="The code of the unit, for the role `unit`; of the agency, for `appraiser`.",
)
FIELD = click.option(
    "--field",
    "fields",
    multiple=True,
    help="A field of the index, for the role `appraiser`; may be given several times.",
)


@click.group("account")
def account_() -> None:
    """Accounts of the office (tài khoản)."""


@account_.command()
@NAME
@ROLE
@UNIT
@FIELD
@click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read the password from the first line of a file; asked for otherwise.",
)
@click.option("--one-time", is_flag=True, help="Print a password for the first sign-in instead.")
@needs("accounts.manage")
@failing_plainly
def add(
    name: str,
    roles: tuple[str, ...],
    unit: str,
    fields: tuple[str, ...],
    password_file: Path | None,
    *,
    one_time: bool,
) -> None:
    """Make an account."""
    _look_at_scope(roles, unit, fields)
    with house() as here:
        password = passwords.one_time() if one_time else _chosen(here, name, roles, password_file)
        until = _until(here) if one_time else None
        hashed = passwords.hash_of(password)
        with _changing(here, name) as connection:
            account = accounts.add(
                connection, name, hashed, here.stamp(), roles=roles, once_until=until
            )
            accounts.change(connection, account, roles=roles, unit=unit, fields=fields)
            told = f"{account.name}: {', '.join(sorted(roles))}"
            audit.append(connection, who(), "account-add", told, here.stamp())
    say(f"{name} can sign in at /quan-tri")
    if one_time:
        _print_once(password, until)


@account_.command("list")
@AS_JSON
@needs("accounts.manage")
@failing_plainly
def list_accounts(*, as_json: bool) -> None:
    """Every account: its roles, and whether it is in use."""
    with house() as here, here.database.reading() as connection:
        listed = accounts.list_(connection)
    if as_json:
        out_json([_as_data(account) for account in listed])
        return
    for account in listed:
        state = "suspended" if account.suspended_at else "in use"
        factor = "second factor" if account.has_phone else "password alone"
        click.echo(f"{account.name}\t{', '.join(sorted(account.roles))}\t{state}\t{factor}")


@account_.command()
@NAME
@ROLE
@UNIT
@FIELD
@needs("accounts.manage")
@failing_plainly
def roles(name: str, roles: tuple[str, ...], unit: str, fields: tuple[str, ...]) -> None:
    """Give an account other roles, in place of those it had."""
    _look_at_scope(roles, unit, fields)
    with house() as here, _changing(here, name) as connection:
        account = accounts.find(connection, name)
        accounts.change(connection, account, roles=roles, unit=unit, fields=fields)
        told = f"{account.name}: {', '.join(sorted(roles))}"
        audit.append(connection, who(), "account-change", told, here.stamp())
    say(f"{name}: {', '.join(sorted(roles))}")


@account_.command()
@NAME
@needs("accounts.manage")
@failing_plainly
def suspend(name: str) -> None:
    """Let an account in no more; whoever is signed in by it is out."""
    with house() as here, _changing(here, name) as connection:
        account = accounts.find(connection, name)
        accounts.suspend(connection, account, here.stamp())
        sessions.end_all(connection, account.id)
        audit.append(connection, who(), "account-suspend", account.name, here.stamp())
    say(f"{name} can no longer sign in")


@account_.command()
@NAME
@needs("accounts.manage")
@failing_plainly
def restore(name: str) -> None:
    """Let a suspended account in again, with the password that it had."""
    with house() as here, _changing(here, name) as connection:
        account = accounts.find(connection, name)
        accounts.restore(connection, account)
        audit.append(connection, who(), "account-restore", account.name, here.stamp())
    say(f"{name} can sign in again")


@account_.command()
@NAME
@click.option("--second-factor", is_flag=True, help="Take the second factor away as well.")
@needs("accounts.manage")
@failing_plainly
def reset(name: str, *, second_factor: bool) -> None:
    """Print a new password for one sign-in; whoever is signed in by the account is out."""
    password = passwords.one_time()
    hashed = passwords.hash_of(password)
    with house() as here, _changing(here, name) as connection:
        account, until = accounts.find(connection, name), _until(here)
        accounts.change_password(connection, account.id, hashed, until)
        if second_factor:
            second_factors.remove(connection, account.id)
            audit.append(connection, who(), "account-reset-phone", account.name, here.stamp())
        sessions.end_all(connection, account.id)
        audit.append(connection, who(), "account-reset", account.name, here.stamp())
    _print_once(password, until)


@account_.command("sign-out")
@NAME
@needs("accounts.manage")
@failing_plainly
def sign_out(name: str) -> None:
    """End every session of an account."""
    with house() as here, _changing(here, name) as connection:
        account = accounts.find(connection, name)
        ended = sessions.end_all(connection, account.id)
        audit.append(connection, who(), "account-sign-out", account.name, here.stamp())
    say(f"{ended} sessions of {name} have ended")


@account_.command()
@NAME
@click.argument("person")
@needs("accounts.manage")
@failing_plainly
def link(name: str, person: str) -> None:
    """Say who an account is at the identity provider: PERSON is the value of CCHC_OIDC_CLAIM."""
    with house() as here, _changing(here, name) as connection:
        provider = here.settings.sign_in.provider
        if provider is None:
            raise click.ClickException("there is no identity provider: set CCHC_OIDC_ISSUER")
        account = accounts.find(connection, name)
        accounts.link(connection, account, provider.subject(person))
        audit.append(connection, who(), "account-link", account.name, here.stamp())
    say(f"{name} can sign in by {provider.issuer}")


@contextmanager
def _changing(here: House, name: str) -> Iterator[Connection]:
    """One transaction on accounts, with its refusals in plain words."""
    try:
        with here.database.writing() as connection:
            yield connection
    except NameTaken as error:
        raise click.ClickException(
            f"there is an account `{error}` already; if it is suspended, "
            "`cchc account restore` gives it back"
        ) from error
    except NoSuchAccount as error:
        raise click.ClickException(f"there is no account `{name}`") from error
    except SubjectTaken as error:
        raise click.ClickException("another account is linked to this person") from error
    except LastAdministrator as error:
        raise click.ClickException(
            f"{error} is the last administrator: give the role to another account first"
        ) from error


def _look_at_scope(roles: tuple[str, ...], unit: str, fields: tuple[str, ...]) -> None:
    if "unit" in roles and not unit:
        raise click.UsageError("the role `unit` needs --unit")
    if "appraiser" in roles and not (fields or unit):
        raise click.UsageError("the role `appraiser` needs --unit (the agency) or --field")


def _chosen(here: House, name: str, roles: tuple[str, ...], file: Path | None) -> str:
    """The password that was typed, or that a file holds."""
    if file:
        password = file.read_text(encoding="utf-8").partition("\n")[0]
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    asked = second_factor.is_asked(here.settings.sign_in.second_factor, frozenset(roles))
    try:
        passwords.check(password, name, passwords.shortest(has_second_factor=asked))
    except WeakPassword as error:
        raise click.ClickException(str(error)) from error
    return str(password)


def _until(here: House) -> str:
    return (here.clock() + passwords.ONCE).isoformat(timespec="seconds")


def _print_once(password: str, until: str | None) -> None:
    say(f"for one sign-in, until {until}; another is chosen there:")
    click.echo(password)


def _as_data(account: Account) -> dict[str, object]:
    return {
        "name": account.name,
        "roles": sorted(account.roles),
        "unit": account.unit,
        "fields": sorted(account.fields),
        "suspended": bool(account.suspended_at),
        "second_factor": account.has_phone,
        "last_sign_in": account.signed_in_at,
    }
