"""Whether a backup is whole: decrypted, every part hashed, its database looked through."""

from __future__ import annotations

import hashlib
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from survey_app import file_modes
from survey_app.store.upkeep import snapshots
from survey_app.upkeep import archive, folders
from survey_app.upkeep.about import Manifest, Part
from survey_app.upkeep.age import Key
from survey_app.upkeep.archive import Damaged

_LARGEST_MANIFEST = 256 * 2**20

Place = Callable[[str], Path | None]
"""The name of a part -> where it is written to; None: it is only read."""


def contents_of(file: Path, key: Key, place: Place = lambda _: None) -> Manifest:
    """Read a backup to its end and hash every part; gives its manifest.

    Raises
    ------
    Damaged
        When a part is not what the manifest says, is missing, or is one too many.
    Refused
    """
    parts: dict[str, Part] = {}
    said = b""
    with archive.opened(file, key) as tar:
        for member, content in archive.parts_of(tar):
            if member.name in parts:
                message = f"{file} holds what no backup holds: {archive.said(member.name)}"
                raise Damaged("damaged", message)
            if member.name == folders.MANIFEST and member.size <= _LARGEST_MANIFEST:
                said = content.read()
            else:
                parts[member.name] = _read(content, member, place(member.name))
    try:
        manifest = Manifest.load(said)
    except ValueError as error:
        raise Damaged("damaged", f"{file} cannot be understood: {error}") from error
    if manifest.parts != parts or folders.DATABASE not in parts:
        wrong = {
            name
            for name in manifest.parts.keys() | parts
            if manifest.parts.get(name) != parts.get(name)
        }
        names = ", ".join(map(archive.said, sorted(wrong)[:5]))
        raise Damaged("damaged", f"{file} is damaged: {names}")
    if manifest.about.pair != archive.about_of(file).pair:
        raise Damaged("damaged", f"{file}: what is said of it in the clear is of another backup")
    return manifest


def _read(content: IO[bytes], member: tarfile.TarInfo, to: Path | None) -> Part:
    digest = hashlib.sha256()
    if to is None:
        while piece := content.read(1 << 20):
            digest.update(piece)
    else:
        file_modes.make_folder(to.parent)
        file_modes.make_file(to)
        with to.open("wb") as out:
            while piece := content.read(1 << 20):
                digest.update(piece)
                out.write(piece)
    return Part(size=member.size, sha256=digest.hexdigest())


def verify(file: Path, key: Key) -> Manifest:
    """See that a backup could be restored: every part, and its database read through.

    For that the database lies, decrypted, in the system's folder for temporary files.

    Raises
    ------
    Damaged
    Refused
    """
    archive.look_at(file)
    with tempfile.TemporaryDirectory(prefix="cchc-verify-") as folder:
        copy = Path(folder) / folders.DATABASE
        manifest = contents_of(file, key, lambda name: copy if name == folders.DATABASE else None)
        snapshots.look_at(copy, manifest.about.kind)
    return manifest
