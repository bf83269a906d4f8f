"""Drafts are sealed: without the respondent's own token nobody reads them, and a change shows."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
_LENGTH = 4
_BLOCK = 64
"""Bytes: what is sealed is whole blocks long."""
_WHAT = b"cchc draft 1"


class SealBroken(Exception):
    """The sealed bytes were not made with this key, or have been changed since."""


def seal(key: bytes, plain: bytes, size: int = 0) -> bytes:
    """`plain`, padded to `size` or more and sealed with AES-256-GCM under a random nonce.

    `size` is that of the longest draft of the form, so that length says nothing of what was typed.
    """
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, _padded(plain, size), _WHAT)


def unseal(key: bytes, sealed: bytes) -> bytes:
    """What was sealed.

    Raises
    ------
    SealBroken
        When the key is another, or a single bit has changed.
    """
    try:
        padded = AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], _WHAT)
    except (InvalidTag, ValueError) as error:
        raise SealBroken from error
    length = int.from_bytes(padded[:_LENGTH])
    return padded[_LENGTH : _LENGTH + length]


def _padded(plain: bytes, size: int) -> bytes:
    whole = len(plain).to_bytes(_LENGTH) + plain
    whole += bytes(max(size - len(plain), 0))
    return whole + bytes(-len(whole) % _BLOCK)
