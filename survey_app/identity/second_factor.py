"""The second factor: codes of a phone (TOTP, RFC 6238), and codes on paper for when it is lost.

A phone's secret is kept sealed under a key outside the store, and of codes on paper only digests
are kept: whoever holds the database, or a backup of it, can make no code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from survey_app import file_modes

ISSUER = "Chi so CCHC"
"""What a phone shows above the code."""

STEP = 30
"""Seconds for which a phone shows one code."""
_AROUND = (0, -1, 1)
"""Steps that are taken: clocks of phones differ a little, and typing takes time."""

PAPER_CODES = 10
_PAPER_BYTES = 15
"""120 bits: enough that a digest says nothing (ASVS 6.5.2)."""
_NONCE = 12


class Unreadable(Exception):
    """A secret was sealed under another key: the key folder is not the one it was."""


@dataclass(frozen=True)
class FactorKey:
    """The key of second factors, in the site's key folder; made when it is first needed."""

    folder: Path

    def seal(self, secret: bytes, account: int) -> bytes:
        """A phone's secret, as it is kept of one account."""
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self._key("seal")).encrypt(nonce, secret, b"%d" % account)

    def open(self, sealed: bytes, account: int) -> bytes:
        """The secret that was sealed.

        Raises
        ------
        Unreadable
        """
        nonce, body = sealed[:_NONCE], sealed[_NONCE:]
        try:
            return AESGCM(self._key("seal")).decrypt(nonce, body, b"%d" % account)
        except InvalidTag as error:
            raise Unreadable from error

    def candidate(self, session: str, step: int) -> bytes:
        """The secret that one session is shown to set a phone up: another after each code."""
        said = f"{session} {step}".encode()
        return hmac.digest(self._key("candidate"), said, "sha256")[:20]

    def digest(self, code: str, account: int) -> str:
        """What is kept of a code on paper."""
        said = f"{account} {_plain(code)}".encode()
        return hmac.digest(self._key("paper"), said, "sha256").hex()

    def _key(self, use: str) -> bytes:
        file = self.folder / "accounts.secret"
        if not file.exists():
            file_modes.make_folder(self.folder)
            _write_once(file, secrets.token_hex(32) + "\n")
        kept = bytes.fromhex(file.read_text("ascii"))
        return hmac.digest(kept, f"cchc account 1 {use}".encode(), "sha256")


def _write_once(file: Path, text: str) -> None:
    """Write a file whole; where another process was quicker, its own stays."""
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, file_modes.FILE)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(fresh, file)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def step_of(secret: bytes, code: str, now: datetime, last: int) -> int | None:
    """The step to which a phone's code belongs; None: it is wrong, or no later than the `last`."""
    typed = _plain(code)
    totp = pyotp.TOTP(text_of(secret))
    current = int(now.timestamp()) // STEP
    for step in (current + around for around in _AROUND):
        if step > last and hmac.compare_digest(totp.generate_otp(step).encode(), typed.encode()):
            return step
    return None


def text_of(secret: bytes) -> str:
    """A phone's secret, to be typed where the camera does not work."""
    return base64.b32encode(secret).decode()


def address_of(secret: bytes, name: str) -> str:
    """What the QR code says to a phone."""
    return pyotp.TOTP(text_of(secret)).provisioning_uri(name=name, issuer_name=ISSUER)


def paper_codes() -> tuple[str, ...]:
    """New codes for paper, in groups of four."""
    return tuple(_in_groups(secrets.token_bytes(_PAPER_BYTES)) for _ in range(PAPER_CODES))


def _in_groups(drawn: bytes) -> str:
    text = base64.b32encode(drawn).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def _plain(code: str) -> str:
    """A code without what people put between its letters."""
    return "".join(each for each in code if each.isalnum()).lower()


def digest_of_setup(code: str) -> str:
    """What is kept of the code with which the first administrator is made (100 bits)."""
    return hashlib.sha256(f"cchc setup 1 {_plain(code)}".encode()).hexdigest()


def setup_code() -> str:
    """A code for the first administrator, to be typed from the terminal of the server."""
    return _in_groups(secrets.token_bytes(_PAPER_BYTES))


_PRIVILEGED = frozenset({"administrator", "approver"})


def is_asked(of: str, roles: frozenset[str]) -> bool:
    """Whether somebody with these roles must have a second factor, by the setting."""
    return of == "everyone" or (of == "privileged" and bool(roles & _PRIVILEGED))
