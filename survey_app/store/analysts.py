"""Who may work in the office: names and Argon2id hashes, never passwords."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, Connection, insert, select, update

from survey_app.store.tables import analysts

SHORTEST = 10
"""The fewest characters of a password."""

_hasher = PasswordHasher()


class NameTaken(Exception):
    """There is an analyst of this name already."""


class PasswordTooShort(Exception):
    """The password has fewer than `SHORTEST` characters."""

    def __init__(self) -> None:
        super().__init__(f"a password needs at least {SHORTEST} characters")


class NoSuchAnalyst(Exception):
    """No analyst has this name."""


@dataclass(frozen=True)
class Analyst:
    """One account. `session_key` changes at sign-out, so that a copied cookie is worth nothing."""

    id: int
    name: str
    password: str
    session_key: str
    created_at: str
    disabled_at: str | None

    @property
    def needs_new_hash(self) -> bool:
        """Whether the kept hash is weaker than those made today."""
        return _hasher.check_needs_rehash(self.password)


def add(connection: Connection, name: str, password: str, at: str) -> Analyst:
    """A new account.

    Raises
    ------
    NameTaken, PasswordTooShort
    """
    name = name.strip()
    hashed = hash_of(password)
    if _find(connection, analysts.c.name == name):
        raise NameTaken(name)
    connection.execute(
        insert(analysts).values(name=name, password=hashed, session_key=_new_key(), created_at=at)
    )
    return find(connection, name)


def hash_of(password: str) -> str:
    """What is kept of a password. Slow on purpose: do it outside a transaction where phones write.

    Raises
    ------
    PasswordTooShort
    """
    if len(password) < SHORTEST:
        raise PasswordTooShort
    return _hasher.hash(password)


def find(connection: Connection, name: str) -> Analyst:
    """The account of this name, disabled or not.

    Raises
    ------
    NoSuchAnalyst
    """
    analyst = _find(connection, analysts.c.name == name)
    if analyst is None:
        raise NoSuchAnalyst(name)
    return analyst


def list_(connection: Connection) -> tuple[Analyst, ...]:
    """Every account, by name."""
    rows = connection.execute(select(analysts).order_by(analysts.c.name)).mappings()
    return tuple(Analyst(**row) for row in rows)


def signed_in(connection: Connection, session_key: str) -> Analyst | None:
    """Whose session this is; None once it was ended or the account disabled."""
    return _find(
        connection,
        (analysts.c.session_key == session_key) & analysts.c.disabled_at.is_(None),
    )


def check(connection: Connection, name: str, password: str) -> Analyst | None:
    """The analyst, if name and password are right; an unknown name takes as long to refuse."""
    analyst = _find(connection, analysts.c.name == name.strip())
    known = analyst is not None and analyst.disabled_at is None
    try:
        _hasher.verify(analyst.password if analyst and known else _nobody(), password)
    except (VerificationError, InvalidHashError):
        return None
    return analyst if known else None


def keep_hash(connection: Connection, analyst: Analyst, hashed: str) -> None:
    """Replace the kept hash of the same password by a stronger one."""
    _set(connection, analyst, password=hashed)


def change_password(connection: Connection, name: str, password: str) -> None:
    """A new password; signs the analyst out everywhere.

    Raises
    ------
    NoSuchAnalyst, PasswordTooShort
    """
    _set(
        connection,
        find(connection, name),
        password=hash_of(password),
        session_key=_new_key(),
    )


def sign_out(connection: Connection, analyst: Analyst) -> None:
    """End every session of the analyst, wherever it is open."""
    _set(connection, analyst, session_key=_new_key())


def disable(connection: Connection, name: str, at: str) -> None:
    """Let the analyst in no more. The name stays, because the audit log mentions it.

    Raises
    ------
    NoSuchAnalyst
    """
    _set(connection, find(connection, name), disabled_at=at, session_key=_new_key())


def _find(connection: Connection, condition: ColumnElement[bool]) -> Analyst | None:
    row = connection.execute(select(analysts).where(condition)).mappings().first()
    return None if row is None else Analyst(**row)


def _set(connection: Connection, analyst: Analyst, **values: Any) -> None:
    connection.execute(update(analysts).where(analysts.c.id == analyst.id).values(**values))


def _new_key() -> str:
    return secrets.token_hex(16)


@cache
def _nobody() -> str:
    """The hash of a password that nobody has."""
    return _hasher.hash(secrets.token_hex(16))
