"""The keys of a site, which travel in a file of their own: what it holds and where it belongs.

With it and the backup together, ballots can be read that were sealed when the backup was made. So
the two are kept by different people, and this one goes when its wave is closed.
"""

from __future__ import annotations

import os
import re
import tarfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from survey_app import file_modes
from survey_app.mixing.keyring import Keyring
from survey_app.settings import Settings
from survey_app.store.waves import Refused
from survey_app.upkeep import archive
from survey_app.upkeep.about import About
from survey_app.upkeep.age import Key

_EPOCH = re.compile(r"epochs/([0-9a-f]{32})")
_SITE_KEY = "secret-key"
_LARGEST = 4096
_OF_THE_LOG_FOLDER = ("audit.secret", "accounts.secret")


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """The keys of ballots by epoch, of the log and of second factors, and what signs sessions."""

    site_key: str = ""
    epochs: Mapping[str, bytes] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings, epochs: Mapping[str, bytes]) -> Secrets:
        """Those of a site, with the keys of some epochs."""
        folder = settings.log_folder
        kept = {name: folder / name for name in _OF_THE_LOG_FOLDER}
        files = {name: file.read_text("ascii") for name, file in kept.items() if file.is_file()}
        return cls(site_key=settings.secret_key, epochs=epochs, files=files)

    def fill(self, tar: tarfile.TarFile) -> None:
        """Put them into a tar."""
        archive.add(tar, _SITE_KEY, self.site_key.encode())
        for name, content in self.files.items():
            archive.add(tar, name, content.encode())
        for epoch, private in self.epochs.items():
            archive.add(tar, f"epochs/{epoch}", private)

    @classmethod
    def read(cls, file: Path, key: Key) -> tuple[About, Secrets]:
        """Those in the file of a backup's keys.

        Raises
        ------
        Refused
        """
        about = archive.about_of(file)
        if about.holds != "keys":
            message = f"{file} is a backup, and not the file of its keys"
            raise Refused("no-keys-file", message)
        parts: dict[str, bytes] = {}
        with archive.opened(file, key) as tar:
            for member, content in archive.parts_of(tar):
                if member.size > _LARGEST:
                    raise archive.Damaged("damaged", f"{file} holds what no file of keys holds")
                parts[member.name] = content.read()
        epochs = {m[1]: value for name, value in parts.items() if (m := _EPOCH.fullmatch(name))}
        try:
            known = {n: parts[n].decode("ascii") for n in _OF_THE_LOG_FOLDER if n in parts}
            site_key = parts.get(_SITE_KEY, b"").decode("ascii")
        except UnicodeDecodeError as error:
            raise archive.Damaged("damaged", f"{file} holds what is no key") from error
        return about, cls(site_key=site_key, epochs=epochs, files=known)

    def refuse_another_site(self, settings: Settings) -> None:
        """Stop where the folder holds keys of another site: with them nothing would be right.

        Raises
        ------
        Refused
        """
        for name, content in self.files.items():
            file = settings.log_folder / name
            if file.is_file() and file.read_text("ascii") != content:
                message = f"{file} is the key of another site: move its folder away first"
                raise Refused("keys-of-another-site", message)

    def keep(self, settings: Settings, head: tuple[int, str]) -> list[Path]:
        """Put them in their places; keys that are there stay. Returns the files that are new.

        `head` is the newest line of the restored log: where none is noted, it goes on from there.
        """
        file_modes.make_folder(settings.log_folder)
        new: list[Path] = []
        if settings.keys_folder:
            keyring = Keyring(settings.keys_folder)
            for epoch in self.epochs.keys() - keyring.epochs():
                keyring.keep(epoch, self.epochs[epoch])
                new.append(settings.keys_folder / f"{epoch}.key")
        files = {**self.files, "audit.head": f"{head[0]} {head[1]}\n"} if self.files else {}
        for name, content in files.items():
            if not (settings.log_folder / name).exists():
                _write(settings.log_folder / name, content)
                new.append(settings.log_folder / name)
        if self.site_key:
            _write(settings.data_folder / "secret-key", self.site_key + "\n")
            new.append(settings.data_folder / "secret-key")
        return new


def not_here(settings: Settings, epochs: Collection[str]) -> set[str]:
    """The epochs whose keys are not in the key folder."""
    folder = settings.keys_folder
    return set(epochs) - (Keyring(folder).epochs() if folder else set())


def _write(file: Path, content: str) -> None:
    fresh = file.with_name(f"{file.name}.new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, file_modes.FILE)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
