"""Accounts for tests, and settings that ask for nothing beside their passwords."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from survey_app.identity import passwords
from survey_app.settings import SignIn
from survey_app.store.identity import accounts
from survey_app.store.identity.accounts import Account

EVERYTHING = ("administrator", "analyst", "approver")
"""The roles of somebody who may do all that an office does."""

PASSWORD_ALONE = SignIn(second_factor="none")
"""For tests that are about something else than signing in."""


def add_account(
    connection: Connection,
    name: str,
    password: str,
    at: str,
    roles: Iterable[str] = EVERYTHING,
) -> Account:
    """An account whose password was chosen already."""
    return accounts.add(connection, name, passwords.hash_of(password), at, roles=roles)
