"""What is made from an invitation: its digest, its draft's place and seal, its receipt.

Everything here is a one-way function of the token, so that the store can know a token when it
comes back without ever holding one.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # no i, l, o, u: 0 and 1 cannot be misread
_LETTERS = frozenset(_ALPHABET)
_LENGTH = 26  # 26 x 5 = 130 bits

_MISREAD = str.maketrans("ilo", "110")
_FILLING = frozenset({"Cf", "Pd", "Zs"})
"""Categories of what may stand within a token: blanks, dashes, soft hyphens, byte-order marks."""
_MOST_TYPED = 256

_PROOF, _SEEN = 16, 8
"""Characters of what a form brings back: its proof, and which state of the form it showed."""

_RECEIPT_LETTERS = "ABCDEFGHJKLMNPRSTUVWXY"
_RECEIPT_DIGITS = "23456789"
_RECEIPT_LENGTH = 8


def new() -> str:
    """A new token: 130 random bits that can be read aloud and typed."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def tidied(typed: str) -> str:
    """A token as it was meant; empty where none was.

    Capitals, blanks and dashes do not matter, `o` is 0 and `l` is 1. What mail programs and people
    put around a link is left out: quotes, brackets, a full stop, whatever follows it.
    """
    if looks_like_one(typed):
        return typed
    token = ""
    for letter in typed[:_MOST_TYPED].lower().translate(_MISREAD):
        if len(token) == _LENGTH:
            return "" if letter.isalnum() else token
        if letter in _LETTERS:
            token += letter
        elif letter.isalnum() or (token and not _is_filling(letter)):
            return ""
    return token if len(token) == _LENGTH else ""


def _is_filling(letter: str) -> bool:
    return letter.isspace() or unicodedata.category(letter) in _FILLING


def looks_like_one(typed: str) -> bool:
    """Whether this can be a token at all: spares the store a search for every passing robot."""
    return len(typed) == _LENGTH and _LETTERS.issuperset(typed)


def digest(token: str) -> str:
    """What the store knows of an invitation."""
    return hashlib.sha256(b"cchc invitation 1:" + token.encode()).hexdigest()


def draft_key(token: str) -> str:
    """Where the draft is kept. Cannot be computed from `digest`, so no case leads to its draft."""
    return _made_of(token, "draft place 1").hex()


def seal_key(token: str) -> bytes:
    """The key with which a draft is sealed: 32 bytes, known only while the token is at hand."""
    return _made_of(token, "draft seal 1")


def receipt(token: str, salt: str) -> str:
    """What a respondent keeps after sending: the same for every repetition of the same token.

    A digit in every third place keeps words from appearing. Another wave has another salt.
    """
    number = int.from_bytes(_made_of(token, "receipt 1:" + salt))
    letters = ""
    for place in range(1, _RECEIPT_LENGTH + 1):
        alphabet = _RECEIPT_LETTERS if place % 3 else _RECEIPT_DIGITS
        number, rest = divmod(number, len(alphabet))
        letters += alphabet[rest]
    return f"{letters[:4]}-{letters[4:]}"


def csrf(token: str, secret: str, seen: str = "f" * _SEEN) -> str:
    """What a form of this invitation must bring back: a proof of 64 bits, and what it had `seen`.

    Its address, which a stranger would need as well, holds 130 more. Eight characters say which
    state of the form the page showed; they prove nothing.
    """
    proof = hmac.digest(secret.encode(), b"cchc csrf 2:" + token.encode(), "sha256").hex()
    return proof[:_PROOF] + seen


def csrf_matches(sent: str, expected: str) -> bool:
    """Whether a form comes from a page that we served, compared in constant time."""
    return hmac.compare_digest(sent[:_PROOF].encode(), expected[:_PROOF].encode())


def seen(sent: str) -> str:
    """What the page that a form comes from had shown."""
    return sent[_PROOF:]


def kept(token: str, verb: str, body: bytes) -> str:
    """The proof for a phone that a reply is ours, and that we read exactly what it sent.

    The key is made from the token, so that a network which answers in our place cannot make it.
    """
    said = f"{verb}:{hashlib.sha256(body).hexdigest()}"
    return hmac.digest(_made_of(token, "kept 1"), said.encode(), "sha256").hex()


def _made_of(token: str, purpose: str) -> bytes:
    return hmac.digest(token.encode(), b"cchc " + purpose.encode(), "sha256")
