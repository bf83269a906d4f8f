"""The private keys of epochs: files of the site's own folder, outside the store.

A key is written, synced and read back before the first ballot is sealed to it, and destroyed when
the ballots sealed to it were mixed: from then on no copy of the store can be read.
"""

from __future__ import annotations

import os
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from survey_app.fieldwork import ballot_sealing

try:
    import fcntl
except ImportError:  # Windows, where one process serves the site
    fcntl = None  # type: ignore[assignment]

_NAME = re.compile(r"[0-9a-f]{32}")
RECOVERY = "recovery"
"""What a private key is bound to when it is sealed to the office's recovery key."""


class KeyLost(Exception):
    """The private key of an epoch is not in the key folder, or is not that of its public key."""

    def __init__(self, epoch: str, file: Path) -> None:
        super().__init__(
            f"the key of epoch {epoch} is not at {file}: put it back from where it was kept, or "
            "use the recovery key (cchc keys recover); ballots sealed to it are kept as they are"
        )
        self.epoch, self.file = epoch, file


class Keyring:
    """The key folder of a site; only its owner may read it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._threads = threading.RLock()
        self._depth = 0
        self._handle = -1

    @contextmanager
    def alone(self, *, wait: bool = True) -> Iterator[bool]:
        """Keep other threads and processes from making or destroying keys.

        Yields whether that could be had; always, where `wait`. It may be asked for again inside.
        """
        if not self._threads.acquire(blocking=wait):
            yield False
            return
        try:
            has_lock = self._depth > 0 or self._lock(wait=wait)
            if not has_lock:
                yield False
                return
            self._depth += 1
            try:
                yield True
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._unlock()
        finally:
            self._threads.release()

    def _lock(self, *, wait: bool) -> bool:
        if fcntl is not None:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                os.close(handle)
                return False
            self._handle = handle
        return True

    def _unlock(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
        self._handle = -1

    def new(self) -> tuple[str, bytes]:
        """A new epoch's name and public key; its private key is on the disk when this returns.

        Raises
        ------
        OSError
            When the key cannot be kept: no ballot may be sealed to it.
        """
        epoch, private = secrets.token_hex(16), ballot_sealing.new_private_key()
        self.keep(epoch, private)
        return epoch, ballot_sealing.public_key(private)

    def keep(self, epoch: str, private: bytes) -> None:
        """Write a private key, sync it and read it back."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self._file(epoch)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(private.hex() + "\n")
            out.flush()
            os.fsync(out.fileno())
        _sync(self.folder)
        if self._read(file) != private:
            raise OSError(f"{file} does not hold what was written to it")

    def private(self, epoch: str, public: bytes) -> bytes:
        """The private key of an epoch.

        Raises
        ------
        KeyLost
        """
        file = self._file(epoch)
        try:
            private = self._read(file)
        except (OSError, ValueError) as error:
            raise KeyLost(epoch, file) from error
        if len(private) != ballot_sealing.KEY_BYTES or ballot_sealing.public_key(private) != public:
            raise KeyLost(epoch, file)
        return private

    def destroy(self, epoch: str) -> None:
        """Overwrite a private key and take its file away. Nothing sealed to it is read again."""
        file = self._file(epoch)
        with suppress(FileNotFoundError):
            with file.open("r+b") as handle:
                handle.write(secrets.token_bytes(file.stat().st_size))
                handle.flush()
                os.fsync(handle.fileno())
            file.unlink()
            _sync(self.folder)

    def epochs(self) -> set[str]:
        """The epochs whose keys are here."""
        if not self.folder.is_dir():
            return set()
        return {file.stem for file in self.folder.glob("*.key") if _NAME.fullmatch(file.stem)}

    def _file(self, epoch: str) -> Path:
        assert _NAME.fullmatch(epoch), epoch
        return self.folder / f"{epoch}.key"

    @staticmethod
    def _read(file: Path) -> bytes:
        return bytes.fromhex(file.read_text(encoding="ascii"))


def for_recovery(private: bytes, recovery_key: str) -> bytes:
    """A private key, sealed to the public half of the office's recovery key (64 hex digits)."""
    public = bytes.fromhex(recovery_key)
    X25519PublicKey.from_public_bytes(public)
    return ballot_sealing.seal(public, RECOVERY, private, ballot_sealing.KEY_BYTES)


def recovered(sealed: bytes, recovery_private: bytes) -> bytes:
    """The private key that was sealed for recovery.

    Raises
    ------
    ballot_sealing.SealBroken
        When it was sealed to another recovery key.
    """
    return ballot_sealing.unseal(recovery_private, RECOVERY, sealed)


def _sync(folder: Path) -> None:
    """Make a new or missing name in a folder durable, where the system can."""
    with suppress(OSError):  # Windows opens no folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
