"""Who may work in the office: names, roles and Argon2id hashes, never passwords."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, text, update

from survey_app.identity import passwords
from survey_app.permissions import ROLES, of_roles
from survey_app.store import tables
from survey_app.store.tables import account_fields, account_roles, accounts

ADMINISTRATOR = "administrator"


class NameTaken(Exception):
    """There is an account of this name already, suspended perhaps."""


class SubjectTaken(Exception):
    """Another account is this person at the identity provider."""


class NoSuchAccount(Exception):
    """No account has this name or number."""


class NoSuchRole(Exception):
    """A role that there is not."""


class LastAdministrator(Exception):
    """Nobody could manage accounts any more."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """One account and what it may do.

    `once_until`: its password is for one sign-in, until then. `unit` is whose points it enters,
    `fields` those of the index that it appraises. `totp` is the sealed secret of its phone, and
    `totp_step` the step of the last code that was taken.
    """

    id: int
    name: str
    password: str
    once_until: str | None
    created_at: str
    suspended_at: str | None
    signed_in_at: str | None
    unit: str
    subject: str | None
    totp: bytes | None
    totp_step: int
    roles: frozenset[str]
    fields: frozenset[str]

    @property
    def permissions(self) -> frozenset[str]:
        """What its roles let it do."""
        return of_roles(self.roles)

    @property
    def has_phone(self) -> bool:
        """Whether a second factor is set up."""
        return self.totp is not None


def add(
    connection: Connection,
    name: str,
    hashed: str,
    at: str,
    *,
    roles: Iterable[str],
    once_until: str | None = None,
) -> Account:
    """A new account, with the hash of its password (`passwords.check` looks at that before).

    Raises
    ------
    NameTaken, NoSuchRole
    """
    name = name.strip()
    if _find(connection, accounts.c.name == name):
        raise NameTaken(name)
    values = {"name": name, "password": hashed, "created_at": at, "once_until": once_until}
    number = connection.execute(
        insert(accounts).values(**values).returning(accounts.c.id)
    ).scalar_one()
    _set_roles(connection, number, roles)
    return get(connection, number)


def find(connection: Connection, name: str) -> Account:
    """The account of this name, suspended or not.

    Raises
    ------
    NoSuchAccount
    """
    return _there(_find(connection, accounts.c.name == name.strip()), name)


def get(connection: Connection, number: int) -> Account:
    """The account of this number.

    Raises
    ------
    NoSuchAccount
    """
    return _there(_find(connection, accounts.c.id == number), str(number))


def of_subject(connection: Connection, subject: str) -> Account | None:
    """The account that is this person at the identity provider, if it may be used."""
    account = _find(connection, accounts.c.subject == subject)
    return account if account and account.suspended_at is None else None


def list_(connection: Connection) -> tuple[Account, ...]:
    """Every account, by name."""
    rows = connection.execute(select(accounts).order_by(accounts.c.name)).mappings().all()
    roles, fields = _all_of(connection, account_roles), _all_of(connection, account_fields)
    return tuple(
        Account(
            **row,
            roles=frozenset(roles.get(row["id"], ())),
            fields=frozenset(fields.get(row["id"], ())),
        )
        for row in rows
    )


def is_empty(connection: Connection) -> bool:
    """Whether nobody has an account yet."""
    return connection.execute(select(accounts.c.id).limit(1)).first() is None


def check(connection: Connection, name: str, password: str, at: str) -> Account | None:
    """The account, if name and password are right; an unknown name takes as long to refuse."""
    account = _find(connection, accounts.c.name == name.strip())
    if account and (account.suspended_at or (account.once_until and account.once_until < at)):
        account = None
    is_right = passwords.is_right(password, account.password if account else None)
    return account if is_right else None


def note_sign_in(connection: Connection, account: Account, at: str) -> None:
    """It came in now."""
    _set(connection, account.id, signed_in_at=at)


def keep_hash(connection: Connection, account: Account, hashed: str) -> None:
    """Replace the kept hash of the same password by a stronger one."""
    _set(connection, account.id, password=hashed)


def change_password(
    connection: Connection, number: int, hashed: str, once_until: str | None = None
) -> None:
    """A new password, for one sign-in only where `once_until` says how long it may wait."""
    _set(connection, number, password=hashed, once_until=once_until)


def change(
    connection: Connection,
    account: Account,
    *,
    roles: Iterable[str],
    unit: str,
    fields: Iterable[str],
) -> None:
    """Other roles, and what they are about.

    Raises
    ------
    LastAdministrator, NoSuchRole
    """
    roles = frozenset(roles)
    if ADMINISTRATOR not in roles:
        _keep_an_administrator(connection, account)
    _set_roles(connection, account.id, roles)
    connection.execute(delete(account_fields).where(account_fields.c.account_id == account.id))
    if rows := [{"account_id": account.id, "field": each} for each in sorted({*fields})]:
        connection.execute(insert(account_fields), rows)
    _set(connection, account.id, unit=unit)


def link(connection: Connection, account: Account, subject: str | None) -> None:
    """Say who the account is at the identity provider; None: nobody.

    Raises
    ------
    SubjectTaken
    """
    other = _find(connection, accounts.c.subject == subject) if subject else None
    if other and other.id != account.id:
        raise SubjectTaken(subject)
    _set(connection, account.id, subject=subject)


def suspend(connection: Connection, account: Account, at: str) -> None:
    """Let it in no more. The name stays, because the log mentions it, and may be given back.

    Raises
    ------
    LastAdministrator
    """
    _keep_an_administrator(connection, account)
    _set(connection, account.id, suspended_at=at)


def restore(connection: Connection, account: Account) -> None:
    """Let a suspended account in again, with the password that it had."""
    _set(connection, account.id, suspended_at=None)


def _keep_an_administrator(connection: Connection, account: Account) -> None:
    """See that somebody else can manage accounts. Two who remove each other wait for each other."""
    administrators = select(account_roles.c.account_id).where(account_roles.c.role == ADMINISTRATOR)
    connection.execute(administrators.with_for_update()).all()  # SQLite has one writer anyway
    is_left = (
        accounts.c.id.in_(administrators)
        & accounts.c.suspended_at.is_(None)
        & (accounts.c.id != account.id)
    )
    others = connection.execute(select(func.count()).where(is_left)).scalar_one()
    is_one = ADMINISTRATOR in account.roles and account.suspended_at is None
    if is_one and not others:
        raise LastAdministrator(account.name)


def _set_roles(connection: Connection, number: int, roles: Iterable[str]) -> None:
    wanted = sorted({*roles})
    for role in wanted:
        if role not in ROLES:
            raise NoSuchRole(role)
    connection.execute(delete(account_roles).where(account_roles.c.account_id == number))
    if wanted:
        rows = [{"account_id": number, "role": role} for role in wanted]
        connection.execute(insert(account_roles), rows)


def _find(connection: Connection, condition: ColumnElement[bool]) -> Account | None:
    row = connection.execute(select(accounts).where(condition)).mappings().first()
    if row is None:
        return None
    roles, fields = (
        frozenset(_all_of(connection, table, row["id"]).get(row["id"], ()))
        for table in (account_roles, account_fields)
    )
    return Account(**row, roles=roles, fields=fields)


def _all_of(connection: Connection, table: Any, number: int | None = None) -> dict[int, list[str]]:
    """Of each account, what one of its tables lists."""
    rows = select(table)
    if number is not None:
        rows = rows.where(table.c.account_id == number)
    listed: dict[int, list[str]] = {}
    for account, value in connection.execute(rows):
        listed.setdefault(account, []).append(value)
    return listed


def _there(account: Account | None, name: str) -> Account:
    if account is None:
        raise NoSuchAccount(name)
    return account


def _set(connection: Connection, number: int, **values: Any) -> None:
    connection.execute(update(accounts).where(accounts.c.id == number).values(**values))


def first_begins(connection: Connection) -> bool:
    """Whether nobody has an account, with everybody else kept from making one meanwhile."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE accounts IN EXCLUSIVE MODE"))
    return is_empty(connection)


def keep_setup_code(connection: Connection, digest: str, at: str) -> None:
    """The code with which the first account may be made; an earlier one ends."""
    connection.execute(delete(tables.setup_codes))
    connection.execute(insert(tables.setup_codes).values(digest=digest, made_at=at))


def use_setup_code(connection: Connection, digest: str) -> bool:
    """Whether it was the code. It ends by this."""
    used = connection.execute(
        delete(tables.setup_codes).where(tables.setup_codes.c.digest == digest)
    )
    return used.rowcount == 1
