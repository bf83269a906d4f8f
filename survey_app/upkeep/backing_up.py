"""A backup of a whole site, made while it is used.

It begins with a mix. What is left below the threshold travels as it stands in the store, sealed;
the keys go into a file of their own. Nothing has its name before it was read back.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, cast

from survey_app import file_modes
from survey_app.mixing.locks import Lock as FileLock
from survey_app.settings import VERSION, Settings
from survey_app.store.engine import migrate
from survey_app.store.log import audit
from survey_app.store.upkeep import contents, snapshots
from survey_app.store.upkeep.snapshots import Snapshot
from survey_app.store.waves import Refused
from survey_app.upkeep import archive, checking, folders
from survey_app.upkeep.about import About, Manifest, Part, WaveThen
from survey_app.upkeep.age import Lock
from survey_app.upkeep.secrets_kept import Secrets
from survey_app.web import House


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A backup to be made. `key_lock` closes the file of the keys, for another hand to open."""

    file: Path
    lock: Lock
    key_lock: Lock | None = None

    @property
    def key_file(self) -> Path:
        """Where the keys go."""
        return self.file.with_name(f"{self.file.name}.key")


@dataclass(frozen=True, kw_only=True)
class Made:
    """A backup that is there. `mixed` ballots were mixed before it; None: they could not be."""

    file: Path
    key_file: Path
    manifest: Manifest
    mixed: int | None


@dataclass(frozen=True, kw_only=True)
class _Copy:
    """The database and the keys as they were at one moment, and what is to be said of them."""

    stage: Path
    keys: Mapping[str, bytes]
    manifest: Manifest
    evidence: frozenset[str]


def make(house: House, by: str, wanted: Wanted) -> Made:
    """Make a backup, and the file of its keys.

    Raises
    ------
    Refused
        Where a file of this name is there, another backup is being made, this machine holds no
        keys, or the disk has no room.
    LaterDatabase
    """
    for file in (wanted.file, wanted.key_file):
        if file.exists():
            message = f"{file} is there: a backup is never written over another"
            raise Refused("backup-is-there", message)
    with _alone(house.settings) as stage:
        mixed = _mix(house)
        _need_room(house.settings, wanted.file)
        manifest = _write(house.settings, _copied(house, stage), wanted)
    with house.database.writing() as connection:
        told = f"{wanted.file.name} {manifest.about.pair}"
        audit.append(connection, by, "backup-make", told[:400], house.stamp())
    return Made(file=wanted.file, key_file=wanted.key_file, manifest=manifest, mixed=mixed)


def _copied(house: House, stage: Path) -> _Copy:
    """Copy the database, with the keys that its sealed ballots are read by."""
    with ExitStack() as stack:
        ring = house.mixer.epochs.keys
        with ring.mixing():  # until the moment is held, no key is destroyed that the copy needs
            kept = ring.copies()
            snapshot = stack.enter_context(snapshots.begun(house.database))
            manifest = _manifest(house, snapshot)
            kept |= ring.copies()
        snapshot.write(stage / folders.DATABASE)
        evidence = contents.evidence(snapshot.connection)
    needed = set(manifest.sealed_to) - set(manifest.recoverable)
    keys = {epoch: kept[epoch] for epoch in needed if epoch in kept}
    return _Copy(stage=stage, keys=keys, manifest=manifest, evidence=evidence)


def _mix(house: House) -> int | None:
    """Mix what can be mixed; None where the tables are of an earlier version, which we cannot."""
    migrate.refuse_later(migrate.current(house.database))
    if migrate.current(house.database) != migrate.HEAD:
        return None
    house.mixer.epochs.prepare()
    return house.mixer.mix_all(wait=True)


def _write(settings: Settings, copy: _Copy, wanted: Wanted) -> Manifest:
    about, parts = copy.manifest.about, dict[str, Part]()

    def fill(tar: tarfile.TarFile) -> None:
        _add(tar, folders.DATABASE, copy.stage / folders.DATABASE, parts)
        for name, file in folders.files(settings):
            _add(tar, name, file, parts)
        hashes = {name.rpartition("/")[2] for name in parts if "/evidence/" in name}
        missing = tuple(sorted(copy.evidence - hashes))
        whole = replace(copy.manifest, parts=parts, missing=missing)
        archive.add(tar, folders.MANIFEST, whole.dump())

    part = _unfinished(wanted.file)
    written = archive.write(part, wanted.lock, about, fill)
    try:
        read_back = checking.contents_of(part, written.key)
        if read_back.parts != parts:
            raise archive.Damaged("damaged", f"{part} does not hold what was written to it")
        _write_keys(copy, wanted, settings)
        _put(part, wanted.file)
    finally:
        part.unlink(missing_ok=True)
    return read_back


def _manifest(house: House, snapshot: Snapshot) -> Manifest:
    """What is to be said of a copy of this moment; its parts are not known yet."""
    connection = snapshot.connection
    head, sealed_to = audit.head(connection), contents.sealed_epochs(connection)
    about = About(
        made_at=house.stamp(),
        program=VERSION,
        schema=contents.revision(connection),
        kind=snapshot.kind,
        pair=secrets.token_hex(16),
        waves=tuple(WaveThen(**wave) for wave in contents.waves(connection)),
    )
    return Manifest(
        about=about,
        parts={},
        counts=contents.shown_counts(connection),
        settings=_plain(house.settings),
        log_head=(head.number, head.hash),
        sealed_to=tuple(sorted(sealed_to)),
        recoverable=tuple(sorted(contents.recoverable(connection) & sealed_to)),
    )


def _write_keys(copy: _Copy, wanted: Wanted, settings: Settings) -> None:
    """The keys in a file of their own, read back; it is there before its backup is."""
    kept = Secrets.of(settings, copy.keys)
    said = replace(copy.manifest.about, holds="keys")
    part = _unfinished(wanted.key_file)
    written = archive.write(part, wanted.key_lock or wanted.lock, said, kept.fill)
    try:
        if Secrets.read(part, written.key)[1] != kept:
            raise archive.Damaged("damaged", f"{part} does not hold what was written to it")
        _put(part, wanted.key_file)
    finally:
        part.unlink(missing_ok=True)


def _unfinished(file: Path) -> Path:
    """Where a file is written until it has its name; what was left there long ago is thrown away.

    Another site may be writing its backup into the same folder.
    """
    for left in file.parent.glob(f"{_PART}*"):
        if time.time() - left.stat().st_mtime > _FORGOTTEN:
            left.unlink(missing_ok=True)
    part = file.with_name(f"{_PART}{file.name}")
    part.unlink(missing_ok=True)
    return part


_PART = ".cchc-unfinished-"
_FORGOTTEN = 6 * 3600.0


def _put(part: Path, file: Path) -> None:
    """Give a file its name, durably."""
    part.replace(file)
    if os.name == "posix":
        handle = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _add(tar: tarfile.TarFile, name: str, file: Path, parts: dict[str, Part]) -> None:
    """Put a file into a tar; one that was taken away meanwhile is left out."""
    try:
        source = file.open("rb")
    except FileNotFoundError:
        return
    with source:
        info = tarfile.TarInfo(name)
        info.size, info.mode = os.fstat(source.fileno()).st_size, file_modes.FILE
        hashed = _Hashed(source)
        tar.addfile(info, cast("IO[bytes]", hashed))  # it is read from, and nothing else
    parts[name] = Part(size=info.size, sha256=hashed.digest.hexdigest())


@dataclass
class _Hashed:
    """A file that is hashed as it is read."""

    source: IO[bytes]
    digest: Any = field(default_factory=hashlib.sha256)

    def read(self, size: int) -> bytes:
        content = self.source.read(size)
        self.digest.update(content)
        return content


@contextmanager
def _alone(settings: Settings) -> Iterator[Path]:
    """A folder to put things together in, for one backup at a time.

    Raises
    ------
    Refused
    """
    data = settings.data_folder
    with FileLock(data / ".backup.lock").held(wait=False) as could:
        if not could:
            raise Refused("backup-runs", "another backup is being made just now: wait for it")
        folders.sweep_stages(data)
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=data) as stage:
            yield Path(stage)


def _need_room(settings: Settings, file: Path) -> None:
    """Stop before the disk is full: the site needs it more.

    Raises
    ------
    Refused
    """
    data = settings.data_folder
    database = settings.database_file
    copied = database.stat().st_size if database else 0
    everything = copied + sum(each.stat().st_size for _, each in folders.files(settings))
    for folder, needed in ((data, copied), (file.resolve().parent, everything)):
        free = shutil.disk_usage(folder).free
        if free < needed + _LEFT_FREE:
            message = (
                f"{folder} has {free // 2**20} MB free, and a backup needs "
                f"{(needed + _LEFT_FREE) // 2**20} MB there: make room, or write it elsewhere"
            )
            raise Refused("no-room", message)


_LEFT_FREE = 64 * 2**20
"""Bytes that a backup leaves free for the site."""

_LEFT_OUT = (
    "SECRET",
    "DATABASE",
    "PASSPHRASE",
    "TOKEN",
    "_DATA",
    "_SITE",
    "_KEYS",
    "_QUESTIONNAIRES",
)
"""Of the names of settings: what is a secret, or of this machine."""


def _plain(settings: Settings) -> dict[str, str]:
    """The settings that are set and are no secret, for whoever restores it elsewhere."""
    told = {
        name: value
        for name, value in os.environ.items()
        if name.startswith("CCHC_") and not any(word in name for word in _LEFT_OUT)
    }
    return told | {"CCHC_PUBLIC_URL": settings.public_url}
