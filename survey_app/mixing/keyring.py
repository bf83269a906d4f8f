"""The private keys of epochs: files of the site's own folder, outside the store.

A key is written, synced and read back before the first ballot is sealed to it, and destroyed when
the ballots sealed to it were mixed: from then on no copy of the store can be read.

Only keys that were retired are destroyed, and only when their epoch is gone from the store: whoever
starts the site on another database by mistake, or on a copy of an older one, loses no key.
"""

from __future__ import annotations

import os
import re
import secrets
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from survey_app.fieldwork.protection import ballot_sealing
from survey_app.mixing.locks import Lock

_NAME = re.compile(r"[0-9a-f]{32}")
RECOVERY = "recovery"
"""What a private key is bound to when it is sealed to the office's recovery key."""

_NO_BACKUP = "CACHEDIR.TAG"
_WHY_NO_BACKUP = """\
Signature: 8a477f597d28d172789f06886806bc55
# Private keys of ballots that are not mixed yet. Keep this folder out of backups: a copy of a key
# that outlives the key opens every backup of the database in which its ballots were still sealed.
"""
"""Programs that make backups leave a folder out that has this tag, where they are asked to."""


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
        self._changing, self._mixing = Lock(folder / "lock"), Lock(folder / "mixing")

    def changing(self) -> AbstractContextManager[bool]:
        """Keep other threads and processes from making or retiring keys. Lasts a moment."""
        self._prepare()
        return self._changing.held()

    def mixing(self, *, wait: bool = True) -> AbstractContextManager[bool]:
        """Keep others from mixing; gives whether that could be had, which it can where we wait."""
        self._prepare()
        return self._mixing.held(wait=wait)

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
        """Write a private key, sync it, put it in its place and read it back.

        Raises
        ------
        OSError
        """
        self._prepare()
        file, unfinished = self._file(epoch), self.folder / f"{epoch}.part"
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(private.hex() + "\n")
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(file)
        _sync(self.folder)
        if _read(file) != private:
            raise OSError(f"{file} does not hold what was written to it")

    def private(self, epoch: str, public: bytes) -> bytes:
        """The private key of an epoch.

        Raises
        ------
        KeyLost
        """
        for file in (self._file(epoch), self._retired(epoch)):
            with suppress(OSError, ValueError):
                private = _read(file)
                if ballot_sealing.public_key(private) == public:
                    return private
        raise self.lost(epoch)

    def lost(self, epoch: str) -> KeyLost:
        """What there is to say when the key of an epoch is not here."""
        return KeyLost(epoch, self._file(epoch))

    def has(self, epoch: str, public: bytes) -> bool:
        """Whether the private key of an epoch is here."""
        try:
            self.private(epoch, public)
        except KeyLost:
            return False
        return True

    def retire(self, epoch: str) -> None:
        """Say that nothing is sealed to a key any more; it can still be read."""
        with suppress(FileNotFoundError):
            self._file(epoch).replace(self._retired(epoch))
            _sync(self.folder)

    def destroy_retired(self, needed: set[str]) -> None:
        """Overwrite retired keys of epochs that are gone, and take their files away.

        And what a crash has left of keys that were being written: nothing is sealed to those.
        """
        gone = [file for file in self.folder.glob("*.retired") if file.stem not in needed]
        gone += self.folder.glob("*.part")
        for file in gone:
            _destroy(file)
        if gone:
            _sync(self.folder)

    def epochs(self) -> set[str]:
        """The epochs whose keys are here."""
        files = [*self.folder.glob("*.key"), *self.folder.glob("*.retired")]
        return {file.stem for file in files if _NAME.fullmatch(file.stem)}

    def copies(self) -> dict[str, bytes]:
        """Every private key that is here, by its epoch: for a backup that is made just now.

        Hold `mixing` meanwhile, or one of them may be destroyed before it is used.
        """
        kept = {}
        for file in (*self.folder.glob("*.retired"), *self.folder.glob("*.key")):
            if _NAME.fullmatch(file.stem):
                with suppress(FileNotFoundError):
                    kept[file.stem] = _read(file)
        return kept

    def _file(self, epoch: str) -> Path:
        assert _NAME.fullmatch(epoch), epoch
        return self.folder / f"{epoch}.key"

    def _retired(self, epoch: str) -> Path:
        return self._file(epoch).with_suffix(".retired")

    def _prepare(self) -> None:
        if not self.folder.is_dir():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            tag = self.folder / _NO_BACKUP
            tag.touch(mode=0o600)
            tag.write_text(_WHY_NO_BACKUP, encoding="ascii")


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


def _read(file: Path) -> bytes:
    return bytes.fromhex(file.read_text(encoding="ascii"))


def _destroy(file: Path) -> None:
    with suppress(FileNotFoundError):
        with file.open("r+b") as handle:
            handle.write(secrets.token_bytes(file.stat().st_size))
            handle.flush()
            os.fsync(handle.fileno())
        file.unlink()


def _sync(folder: Path) -> None:
    """Make a new or missing name in a folder durable, where the system can."""
    with suppress(OSError):  # Windows opens no folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
