"""How a backup is locked and opened: as age does it (age-encryption.org), so that age opens it too.

Content is encrypted to public keys. A passphrase protects the private half of a key that is made
for this one file, so that a content of many gigabytes never has to be held in memory.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrage
from pyrage import passphrase as by_passphrase
from pyrage import x25519

from survey_app.store.waves import Refused

SHORTEST = 12
"""Letters of a passphrase: what somebody types who knows that it holds names and phone numbers."""

_PRIVATE = "AGE-SECRET-KEY-1"


@dataclass(frozen=True, kw_only=True)
class Lock:
    """To whom a file is encrypted: public keys, or a passphrase."""

    recipients: tuple[str, ...] = ()
    passphrase: str = ""

    def __post_init__(self) -> None:
        """Refuse what protects nothing.

        Raises
        ------
        Refused
        """
        if bool(self.recipients) == bool(self.passphrase):
            message = "give either public keys (--recipient) or a passphrase"
            raise Refused("no-lock", message)
        if self.passphrase and len(self.passphrase) < SHORTEST:
            message = f"a passphrase has at least {SHORTEST} characters"
            raise Refused("short-passphrase", message)
        for recipient in self.recipients:
            _public(recipient)

    def public_keys(self) -> list[Any]:
        """The public keys that content is encrypted to."""
        return [_public(recipient) for recipient in self.recipients]

    def wrapped(self, private: Any) -> bytes:
        """The private half of a file's own key, under the passphrase; empty where there is none."""
        if not self.passphrase:
            return b""
        return bytes(by_passphrase.encrypt(str(private).encode(), self.passphrase))


@dataclass(frozen=True, kw_only=True)
class Key:
    """What opens a file: private keys, or a passphrase."""

    identities: tuple[str, ...] = ()
    passphrase: str = ""

    def private_keys(self, wrapped: bytes) -> list[Any]:
        """What its content can be decrypted by.

        Raises
        ------
        Refused
        """
        if self.passphrase and not wrapped:
            message = "this file was not encrypted under a passphrase: give the private key"
            raise Refused("wrong-key", message)
        if not self.passphrase:
            return [x25519.Identity.from_str(identity) for identity in self.identities]
        try:
            private = by_passphrase.decrypt(wrapped, self.passphrase).decode()
        except pyrage.DecryptError as error:
            raise Refused("wrong-key", "this is not the passphrase of this file") from error
        return [x25519.Identity.from_str(private)]


def new_pair() -> tuple[str, str]:
    """A private key and its public half."""
    private = x25519.Identity.generate()
    return str(private), str(private.to_public())


def own_key() -> Any:
    """A key for one file: whoever makes it reads the file back by it, and forgets it."""
    return x25519.Identity.generate()


def identities(lines: Iterable[str]) -> tuple[str, ...]:
    """The private keys that stand in lines, as age-keygen writes them.

    Raises
    ------
    Refused
    """
    keys = tuple(line.strip() for line in lines if line.strip().startswith(_PRIVATE))
    try:
        for key in keys:
            x25519.Identity.from_str(key)
    except pyrage.IdentityError as error:
        raise Refused("no-identity", "a private key in this file is damaged") from error
    if not keys:
        message = f"there is no private key in this file: its line begins with {_PRIVATE}"
        raise Refused("no-identity", message)
    return keys


def passphrase_in(file: Path) -> str:
    """The first line of a file that only its owner can read.

    Raises
    ------
    Refused
    """
    lines = _private_lines(file)
    return lines[0].strip() if lines else ""


def recipients_in(file: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The public keys of a file that only its owner can change: of backups, and of their keys.

    A line is a public key; one that begins with `keys` is for the file of keys instead.

    Raises
    ------
    Refused
    """
    lines = [line.split() for line in _private_lines(file)]
    words = [line for line in lines if line and not line[0].startswith("#")]
    content = tuple(line[0] for line in words if len(line) == 1)
    keys = tuple(line[-1] for line in words if line[:-1] == [_OF_KEYS])
    if len(content) + len(keys) != len(words) or not content:
        message = (
            f"{file}: on each line stands a public key (age1...), or `{_OF_KEYS} age1...` for the "
            "file of keys; at least one is of the first kind"
        )
        raise Refused("no-recipient", message)
    for each in (*content, *keys):
        _public(each)
    return content, keys


_OF_KEYS = "keys"


def _private_lines(file: Path) -> list[str]:
    """The lines of a file that is its owner's alone.

    Whoever could change whom a backup is encrypted to would read the next one.
    """
    if os.name == "posix" and file.stat().st_mode & 0o077:
        message = f"others can read {file}: run `chmod 600 {file}` first"
        raise Refused("open-passphrase", message)
    return file.read_text(encoding="utf-8").splitlines()


def _public(recipient: str) -> Any:
    try:
        return x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError as error:
        message = f"`{recipient[:12]}...` is no public key: it begins with age1 and has 62 letters"
        raise Refused("no-recipient", message) from error
