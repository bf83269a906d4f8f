"""Which files of a site go into a backup, beside its database.

Not: lists that wait to be confirmed and links that wait to be fetched (`jobs`), which live for a
day and show people; and the keys, which travel apart.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from survey_app.settings import QUESTIONNAIRES, Settings

_TEXTS = "questionnaires"
FOLDERS = ("evidence", "releases", "scorecards", _TEXTS)
"""Below the data folder; the studies of a site come from where its settings say they are."""

DATABASE, MANIFEST, FILES = "database", "manifest.json", "files/"

_LONGEST_NAME = 255  # bytes that a system takes

_UNFINISHED = ".restoring"
_STAGE = ".backup-"


def files(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Every file by its name in a backup; those that are just being written have a dot.

    Of the studies only those of the site's own: ours come with the program.
    """
    for name in FOLDERS:
        root = settings.data_folder / name
        if name == _TEXTS and settings.questionnaires != QUESTIONNAIRES:
            root = settings.questionnaires
        for file in _below(root):
            yield f"{FILES}{name}/{file.relative_to(root).as_posix()}", file


def _below(root: Path) -> Iterator[Path]:
    for place, below, names in os.walk(root):
        below[:] = sorted(name for name in below if not name.startswith((".", "__")))
        for name in sorted(names):
            file = Path(place) / name
            if not name.startswith(".") and file.is_file() and not file.is_symlink():
                yield file


def place_of(name: str, data: Path) -> Path | None:
    """Where a file of a backup belongs below a folder; None for a name that leads elsewhere."""
    if not name.startswith(FILES):
        return None
    parts = name.removeprefix(FILES).split("/")
    plain = all(map(_is_plain, parts))
    return data.joinpath(*parts) if plain and len(parts) > 1 and parts[0] in FOLDERS else None


def _is_plain(part: str) -> bool:
    """Whether a step of a name is one that a site makes: no way up, nothing that is not seen."""
    is_seen = part.isprintable() and not part.startswith(".") and "\\" not in part
    return is_seen and 0 < len(part.encode()) <= _LONGEST_NAME


def what_is_there(settings: Settings) -> list[str]:
    """The folders of a site that hold something already."""
    here = (settings.data_folder / folder for folder in FOLDERS)
    return [folder.name for folder in here if folder.is_dir() and any(folder.iterdir())]


def stage(data: Path) -> str:
    """What the folder of a backup that is being made begins with."""
    return str(data / _STAGE)


def sweep_stages(data: Path) -> None:
    """Throw away what a backup has left that was killed."""
    for left in data.glob(f"{_STAGE}*"):
        shutil.rmtree(left, ignore_errors=True)


def unfinished(data: Path) -> Path:
    """Where a restoring puts what it has not put in its place yet."""
    return data / _UNFINISHED


def undo_unfinished(data: Path) -> None:
    """Throw away what a restoring has left that did not come to its end."""
    if unfinished(data).is_dir():
        for folder in FOLDERS:
            shutil.rmtree(data / folder, ignore_errors=True)
        shutil.rmtree(unfinished(data))
