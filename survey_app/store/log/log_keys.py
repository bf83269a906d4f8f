"""What keeps the office's log honest outside the database: the key of its chain, and its head.

Whoever can write to the database can neither forge a line without the key nor take away the last
ones while the head says which they were. Both lie in the site's key folder; whoever owns that as
well is held by the head that was noted on paper.
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from survey_app import file_modes


class HeadLost(Exception):
    """The key of the log is there and its head is not: somebody has taken it away."""


@dataclass(frozen=True)
class Head:
    """The newest line of the log."""

    number: int
    hash: str


NOTHING = Head(0, "0" * 64)
"""The head of a log without lines."""


@dataclass(frozen=True)
class Verified:
    """Up to which line the log was verified, and when all of it was last."""

    head: Head
    whole_at: str


@dataclass(frozen=True)
class LogKeys:
    """The key and the head in a folder, which is made when the first line is written."""

    folder: Path

    @property
    def is_made(self) -> bool:
        """Whether a line was ever sealed here."""
        return self._key.exists()

    def secret(self) -> bytes:
        """The key, with which only its holder can seal a line."""
        return bytes.fromhex(self._key.read_text("ascii"))

    def make(self) -> None:
        """Make the key and the head of an empty log, where there is none yet."""
        if self.is_made:
            return
        file_modes.make_folder(self.folder)
        with self._alone():
            if not self.is_made:
                self._write(self._head, f"{NOTHING.number} {NOTHING.hash}\n")
                self._write(self._key, secrets.token_hex(32) + "\n")

    def head(self) -> Head:
        """The newest line that was committed.

        Raises
        ------
        HeadLost
        """
        try:
            number, hash_ = self._head.read_text("ascii").split()
            return Head(int(number), hash_)
        except (FileNotFoundError, ValueError) as error:
            raise HeadLost(str(self._head)) from error

    def advance(self, newest: Head, *, even_back: bool = False) -> None:
        """Note the newest line; never an older one: another process may have noted its own."""
        with self._alone():
            try:
                is_newer = newest.number > self.head().number
            except HeadLost:
                is_newer = False  # for `verify` to tell
            if is_newer or even_back:
                self._write(self._head, f"{newest.number} {newest.hash}\n")

    def verified(self) -> Verified | None:
        """Up to where the log was verified; None where that is not known, or not sealed by us."""
        try:
            *told, seal = self._verified.read_text("ascii").split()
            number, hash_, whole_at = told
            verified = Verified(Head(int(number), hash_), whole_at)
        except (FileNotFoundError, ValueError):
            return None
        return verified if hmac.compare_digest(seal, self._seal(verified)) else None

    def note_verified(self, verified: Verified) -> None:
        """Keep up to where the log was verified."""
        told = f"{verified.head.number} {verified.head.hash} {verified.whole_at}"
        with self._alone():
            self._write(self._verified, f"{told} {self._seal(verified)}\n")

    def forget_verified(self) -> None:
        """Have the whole log verified the next time."""
        self._verified.unlink(missing_ok=True)

    def _seal(self, verified: Verified) -> str:
        said = f"verified {verified.head.number} {verified.head.hash} {verified.whole_at}"
        return hmac.digest(self.secret(), said.encode(), "sha256").hex()

    @property
    def _verified(self) -> Path:
        return self.folder / "audit.verified"

    @property
    def _key(self) -> Path:
        return self.folder / "audit.secret"

    @property
    def _head(self) -> Path:
        return self.folder / "audit.head"

    def _write(self, file: Path, text: str) -> None:
        """Write a file whole or not at all, and durably."""
        fresh = file.with_name(f"{file.name}.new")
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, file_modes.FILE)
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time."""
        if os.name != "posix":  # Windows, where one process serves the site
            yield
            return
        import fcntl

        handle = os.open(self.folder / "audit.lock", os.O_RDWR | os.O_CREAT, file_modes.FILE)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
