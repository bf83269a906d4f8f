"""Which passwords are taken, by NIST SP 800-63B, and what is kept of them.

Only the length and what everybody guesses first count: no rule asks for digits or signs, and none
lets a password expire. `common-passwords.txt` says where its lines come from.
"""

from __future__ import annotations

import secrets
import unicodedata
from datetime import timedelta
from functools import cache
from pathlib import Path
from string import punctuation
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10
"""The fewest characters of a password beside which a second factor is asked."""
SHORTEST_ALONE = 15
"""The fewest of one that lets in by itself (NIST SP 800-63B-4, section 3.1.1.2)."""
LONGEST = 200

ONCE = timedelta(days=3)
"""How long a one-time password waits for its sign-in."""

_FEWEST_LETTERS = 5
"""Different characters; fewer are one key held down, or a few in turn."""
_FEWEST_BESIDE_NAME = 8

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Of one-time passwords: none that is taken for another when it is read from paper."""

_COMMON = Path(__file__).with_name("common-passwords.txt")
_hasher = PasswordHasher()

Why = Literal["short", "long", "common", "name", "few-letters"]


class WeakPassword(Exception):
    """A password that is not taken; `why` is a key of the words that say so."""

    def __init__(self, why: Why, shortest: int) -> None:
        self.why, self.shortest = why, shortest
        super().__init__(_SAID[why].format(shortest=shortest, longest=LONGEST))


_SAID: dict[Why, str] = {
    "short": "a password needs at least {shortest} characters",
    "long": "a password has at most {longest} characters",
    "common": "this password is one of those that are guessed first: choose another",
    "name": "a password may not be made of the account's name",
    "few-letters": "a password needs at least five different characters",
}


def shortest(*, has_second_factor: bool) -> int:
    """How many characters a password needs, by what else is asked beside it."""
    return SHORTEST if has_second_factor else SHORTEST_ALONE


def check(password: str, name: str, fewest: int) -> None:
    """Look whether a new password may be taken.

    Raises
    ------
    WeakPassword
    """
    why = _weakness(password, name, fewest)
    if why:
        raise WeakPassword(why, fewest)


def _weakness(password: str, name: str, fewest: int) -> Why | None:
    folded, folded_name = _folded(password), _folded(name)
    if len(password) < fewest:
        return "short"
    if len(password) > LONGEST:
        return "long"
    if len(set(folded)) < _FEWEST_LETTERS:
        return "few-letters"
    if folded_name and folded_name in folded:
        beside = folded.replace(folded_name, "")
        if len(beside) < _FEWEST_BESIDE_NAME or _is_common(beside):
            return "name"
    return "common" if _is_common(folded) else None


def hash_of(password: str) -> str:
    """What is kept of a password. Slow on purpose: do it outside a transaction."""
    return _hasher.hash(password)


def is_right(password: str, hashed: str | None) -> bool:
    """Whether a password is the one that was kept; without one it takes as long to refuse."""
    try:
        _hasher.verify(hashed or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


def needs_new_hash(hashed: str) -> bool:
    """Whether the kept hash is weaker than those made today."""
    return _hasher.check_needs_rehash(hashed)


def one_time() -> str:
    """A password for one sign-in, of 79 random bits, to be read from paper or by telephone."""
    drawn = [secrets.choice(_LETTERS) for _ in range(16)]
    return "-".join("".join(drawn[at : at + 4]) for at in range(0, 16, 4))


def _is_common(folded: str) -> bool:
    """Whether it is guessed first, or would be without the signs that stand around it."""
    return bool({folded, folded.strip(punctuation)} & _common())


def _folded(text: str) -> str:
    """As it is compared: in small letters, without diacritics, blanks and hyphens."""
    parts = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    return "".join(each for each in parts if not unicodedata.combining(each) and each not in " -_.")


@cache
def _common() -> frozenset[str]:
    lines = _COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


@cache
def _nobodys() -> str:
    """The hash of a password that nobody has."""
    return _hasher.hash(secrets.token_hex(16))
