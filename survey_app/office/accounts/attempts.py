"""Who tries to sign in, and from where: guessing is slowed down, and nobody is locked out by it.

Guesses are counted by name and address together. A browser in which this account has signed in
before says so by a signed cookie and is counted by itself, whatever others guess at the name.
Passwords and codes are counted apart: a right password buys no guesses at codes.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, cast

from flask import Response, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from survey_app.store.engine.database import Connection
from survey_app.store.identity import accounts, guesses
from survey_app.store.identity.accounts import Account, NoSuchAccount
from survey_app.store.identity.guesses import Rule
from survey_app.web import House, visitor

AT_ONE_NAME = Rule(free=10, first=60, most=3600)
"""Guesses at one name from one address, or from one browser that is known."""
FROM_ONE_ADDRESS = Rule(free=30, first=60, most=600)
"""Guesses at whatever names: a whole office may be behind an address."""
AT_ONE_NAME_ANYWHERE = Rule(free=300, first=60, most=600)
"""From many addresses at once; browsers that are known do not wait for these."""

CODE_AT_ONE_NAME = Rule(free=5, first=60, most=3600)
CODE_ANYWHERE = Rule(free=30, first=300, most=3600)
"""Three of a million codes are right: the 24 guesses a day that are left find one in 40 years."""

Kind = Literal["password", "code", "setup"]

_LONG = timedelta(days=400)
"""As long as browsers keep a cookie."""


@dataclass(frozen=True)
class Attempt:
    """One try: the keys that its own success clears, and those it shares with other people."""

    own: Mapping[str, Rule]
    shared: Mapping[str, Rule]

    def take(self, connection: Connection, now: int) -> int:
        """Count it. Returns the seconds it has to wait; 0: it may be looked at."""
        return guesses.take(connection, {**self.own, **self.shared}, now)

    def was_right(self, connection: Connection) -> None:
        """It was no guess."""
        guesses.right(connection, self.own, self.shared)


def attempt(house: House, connection: Connection, name: str, kind: Kind = "password") -> Attempt:
    """The try at hand, by what is known of its browser and its address."""
    at_one, anywhere = (
        (CODE_AT_ONE_NAME, CODE_ANYWHERE) if kind == "code" else (AT_ONE_NAME, AT_ONE_NAME_ANYWHERE)
    )
    begins = "" if kind == "password" else f"{kind} "
    if device := _device_of(house, connection, name):
        return Attempt({_key(house, f"{begins}device", device): at_one}, {})
    address, name = visitor(), name.casefold()
    return Attempt(
        {_key(house, f"{begins}name and address", name, address): at_one},
        {
            _key(house, "address", address): FROM_ONE_ADDRESS,
            _key(house, f"{begins}name", name): anywhere,
        },
    )


def wait_of(house: House, name: str, kind: Kind = "password") -> tuple[Attempt, int]:
    """Count the try at hand. Returns it and the seconds that it has to wait."""
    with house.database.writing() as connection:
        counted = attempt(house, connection, name, kind)
        return counted, counted.take(connection, int(house.clock().timestamp()))


def device_mark(house: House, account: Account) -> str:
    """The mark of this browser, where the account has signed in in it before; else blank."""
    known = _read(house)
    return known[1] if known and known[0] == account.id else ""


def new_mark() -> str:
    """A mark for a browser that has none."""
    return secrets.token_hex(16)


def remember_device(house: House, response: Response, account: Account, mark: str) -> None:
    """Let this browser be known when the account signs in again."""
    response.set_cookie(
        cookie_name(house),
        _signer(house).dumps([account.id, mark]),
        max_age=_LONG,
        path="/quan-tri",
        secure=house.settings.is_https,
        httponly=True,
        samesite="Lax",
    )


def cookie_name(house: House) -> str:
    """Over TLS no page without it can set the cookie: browsers see to that by its name."""
    return "__Secure-cchc_device" if house.settings.is_https else "cchc_device"


def digest_of(house: House, mark: str) -> str:
    """What is kept of a browser's mark."""
    return _key(house, "device of a session", mark)


def _device_of(house: House, connection: Connection, name: str) -> str:
    """The mark of this browser, where the account of this name has signed in in it before."""
    known = _read(house)
    if known is None:
        return ""
    try:
        account = accounts.find(connection, name)
    except NoSuchAccount:
        return ""
    return known[1] if account.id == known[0] else ""


def _read(house: House) -> tuple[int, str] | None:
    signed = request.cookies.get(cookie_name(house), "")
    try:
        number, device = _signer(house).loads(signed, max_age=int(_LONG.total_seconds()))
    except (BadSignature, TypeError, ValueError):
        return None
    return cast(int, number), str(device)


def _signer(house: House) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(house.settings.secret_key, salt="cchc device 1")


def _key(house: House, *what: str) -> str:
    """What is counted under: neither a name nor an address can be read from it."""
    said = "\0".join(("cchc guess 1", *what))
    return hmac.new(house.settings.secret_key.encode(), said.encode(), hashlib.sha256).hexdigest()
