"""Who is in: one line a session, by the digest of a key that only the browser has."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from survey_app.store.identity import accounts
from survey_app.store.identity.accounts import Account, NoSuchAccount
from survey_app.store.tables import new_devices, sessions


@dataclass(frozen=True, kw_only=True)
class Session:
    """One browser that is in. `since` and `seen` are kept by the clock and by what passed."""

    id: str
    account_id: int
    since: str
    since_ticks: float
    seen: str
    seen_ticks: float
    browser: str
    device: str
    by: str
    has_second_factor: bool


@dataclass(frozen=True, kw_only=True)
class NewDevice:
    """A sign-in from a browser that the account had not used before."""

    id: int
    account_id: int
    device: str
    browser: str
    at: str


def digest(key: str) -> str:
    """What is kept of a browser's key."""
    return hashlib.sha256(f"cchc session 1 {key}".encode()).hexdigest()


def begin(
    connection: Connection,
    account: int,
    at: tuple[str, float],
    *,
    browser: str,
    device: str,
    by: str = "password",
    has_second_factor: bool = False,
) -> str:
    """A new session. Returns the key for the browser, of 256 bits, which is kept nowhere."""
    key = secrets.token_hex(32)
    stamp, ticks = at
    connection.execute(
        insert(sessions).values(
            id=digest(key),
            account_id=account,
            since=stamp,
            since_ticks=ticks,
            seen=stamp,
            seen_ticks=ticks,
            browser=browser,
            device=device,
            by=by,
            has_second_factor=has_second_factor,
        )
    )
    return key


def of_key(connection: Connection, key: str) -> tuple[Session, Account] | None:
    """The session of a browser's key and whose it is; None: it ended, or the account is shut."""
    row = (
        connection.execute(select(sessions).where(sessions.c.id == digest(key))).mappings().first()
    )
    if row is None:
        return None
    try:
        account = accounts.get(connection, row["account_id"])
    except NoSuchAccount:
        return None
    return None if account.suspended_at else (Session(**row), account)


def of_account(connection: Connection, account: int) -> tuple[Session, ...]:
    """Every session of an account, the one used last first."""
    rows = connection.execute(
        select(sessions)
        .where(sessions.c.account_id == account)
        .order_by(sessions.c.seen.desc(), sessions.c.id)
    ).mappings()
    return tuple(Session(**row) for row in rows)


def saw(connection: Connection, session: str, at: tuple[str, float]) -> None:
    """It was used now."""
    _set(connection, session, seen=at[0], seen_ticks=at[1])


def has_proved(connection: Connection, session: str) -> None:
    """Its second factor was asked, and right."""
    _set(connection, session, has_second_factor=True)


def end(connection: Connection, session: str, account: int) -> bool:
    """End a session of this account. Returns whether there was one."""
    one = (sessions.c.id == session) & (sessions.c.account_id == account)
    return connection.execute(delete(sessions).where(one)).rowcount == 1


def end_all(connection: Connection, account: int, but: str = "") -> int:
    """End every session of an account, but for one perhaps. Returns how many there were."""
    others = (sessions.c.account_id == account) & (sessions.c.id != but)
    return connection.execute(delete(sessions).where(others)).rowcount


def end_old(connection: Connection, before: str) -> None:
    """Forget the sessions that began before, and sign-ins from new browsers of long ago."""
    connection.execute(delete(sessions).where(sessions.c.since < before))


def note_new_device(
    connection: Connection, account: int, device: str, browser: str, at: str
) -> None:
    """The account came in from a browser that it had not used before."""
    connection.execute(
        insert(new_devices).values(account_id=account, device=device, browser=browser, at=at)
    )


def new_devices_of(connection: Connection, account: int, but: str) -> tuple[NewDevice, ...]:
    """Sign-ins from new browsers that nobody has acknowledged; not those of the browser itself."""
    others = (new_devices.c.account_id == account) & (new_devices.c.device != but)
    rows = connection.execute(
        select(new_devices).where(others).order_by(new_devices.c.id)
    ).mappings()
    return tuple(NewDevice(**row) for row in rows)


def acknowledge_devices(connection: Connection, account: int, but: str, newest: int) -> int:
    """The holder has seen them, up to the `newest` shown. Returns how many there were."""
    others = (
        (new_devices.c.account_id == account)
        & (new_devices.c.device != but)
        & (new_devices.c.id <= newest)
    )
    return connection.execute(delete(new_devices).where(others)).rowcount


def _set(connection: Connection, session: str, **values: Any) -> None:
    connection.execute(update(sessions).where(sessions.c.id == session).values(**values))
