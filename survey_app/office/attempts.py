"""Who tries to sign in, and from where: guessing is slowed down, and nobody is locked out by it.

Guesses are counted by name and address together. A browser in which this analyst has signed in
before says so by a signed cookie and is counted by itself, whatever others guess at the name.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from flask import Response, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from survey_app.store import analysts, guesses
from survey_app.store.analysts import Analyst, NoSuchAnalyst
from survey_app.store.database import Connection
from survey_app.store.guesses import Rule
from survey_app.web import House, visitor

AT_ONE_NAME = Rule(free=10, first=60, most=3600)
"""Guesses at one name from one address, or from one browser that is known."""
FROM_ONE_ADDRESS = Rule(free=30, first=60, most=600)
"""Guesses at whatever names: a whole office may be behind an address."""
AT_ONE_NAME_ANYWHERE = Rule(free=300, first=60, most=600)
"""From many addresses at once; browsers that are known do not wait for these."""

DEVICE = "cchc_device"
"""The mark's cookie; over HTTPS `__Secure-` stands before it. Not `__Host-`: that one would be sent
to every page, and a respondent's page gets no cookie."""
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


def attempt(house: House, connection: Connection, name: str) -> Attempt:
    """The try at hand, by what is known of its browser and its address."""
    if device := _device_of(house, connection, name):
        return Attempt({_key(house, "device", device): AT_ONE_NAME}, {})
    address, name = visitor(), name.casefold()
    return Attempt(
        {_key(house, "name and address", name, address): AT_ONE_NAME},
        {
            _key(house, "address", address): FROM_ONE_ADDRESS,
            _key(house, "name", name): AT_ONE_NAME_ANYWHERE,
        },
    )


def remember_device(house: House, response: Response, analyst: Analyst) -> None:
    """Let this browser be known when the analyst signs in again."""
    known = _read(house)
    device = known[1] if known and known[0] == analyst.id else secrets.token_hex(16)
    response.set_cookie(
        _cookie(house),
        _signer(house).dumps([analyst.id, device]),
        max_age=_LONG,
        path="/quan-tri",
        secure=house.settings.is_https,
        httponly=True,
        samesite="Lax",
    )


def _device_of(house: House, connection: Connection, name: str) -> str:
    """The mark of this browser, where the analyst of this name has signed in in it before."""
    known = _read(house)
    if known is None:
        return ""
    try:
        analyst = analysts.find(connection, name)
    except NoSuchAnalyst:
        return ""
    return known[1] if analyst.id == known[0] else ""


def _read(house: House) -> tuple[int, str] | None:
    signed = request.cookies.get(_cookie(house), "")
    try:
        number, device = _signer(house).loads(signed, max_age=int(_LONG.total_seconds()))
    except (BadSignature, TypeError, ValueError):
        return None
    return cast(int, number), str(device)


def _cookie(house: House) -> str:
    return f"__Secure-{DEVICE}" if house.settings.is_https else DEVICE


def _signer(house: House) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(house.settings.secret_key, salt="cchc device 1")


def _key(house: House, *what: str) -> str:
    """What is counted under: neither a name nor an address can be read from it."""
    said = "\0".join(("cchc guess 1", *what))
    return hmac.new(house.settings.secret_key.encode(), said.encode(), hashlib.sha256).hexdigest()
