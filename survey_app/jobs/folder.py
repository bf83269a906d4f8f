"""The files of jobs: what was handed in until it is read, and what is made until it is fetched.

Each job has a folder under a name that says nothing, of its owner alone, below `jobs` in the data
folder. A list of people that was handed in is there only as long as its job is unfinished.
"""

from __future__ import annotations

import json
import secrets
import shutil
import time
from collections.abc import Collection, Sequence
from pathlib import Path

from survey_app import file_modes
from survey_app.fieldwork.sheets.cells import Source
from survey_app.settings import Settings

_NAMES = "names.json"
_UPLOAD = "upload-{}"
LINKS = "links"
"""What a file of links is called: it is fetched once, and kept for a day at most."""

LIST = "list"
LIST_TOLD = "list-told"
LIST_FILE = "list-file"
"""A list that waits to be confirmed, how it was understood, and its file: somebody may say which
sheet is meant, or what the columns are."""

ANNOTATED = "faults"
"""A copy of a list with its faults, for who handed it in."""

_PRIVATE = (LINKS, LIST, ANNOTATED)
"""What begins so shows people, and is kept for a day at most."""

LINKS_KEPT = 24 * 3600.0

_ORPHAN = 3600.0
"""Seconds after which a folder that no job knows was left by a death, and not made just now."""


def path(settings: Settings, name: str) -> Path:
    """The folder of a job; it need not be there."""
    return settings.data_folder / "jobs" / name


def new_name() -> str:
    """A name for a folder."""
    return secrets.token_hex(16)


def keep_uploads(settings: Settings, name: str, files: Sequence[Source]) -> None:
    """Write down what was handed in, for whoever reads it later."""
    folder = make(settings, name)
    for number, file in enumerate(files):
        _write(folder / _UPLOAD.format(number), file.content)
    names = json.dumps([file.name for file in files], ensure_ascii=False)
    _write(folder / _NAMES, names.encode())


def uploads(settings: Settings, name: str) -> list[Source]:
    """What was handed in."""
    folder = path(settings, name)
    names = json.loads((folder / _NAMES).read_text(encoding="utf-8"))
    return [
        Source(each, (folder / _UPLOAD.format(number)).read_bytes())
        for number, each in enumerate(names)
    ]


def forget_uploads(settings: Settings, name: str) -> None:
    """Delete what was handed in."""
    folder = path(settings, name)
    if folder.is_dir():
        for file in (*folder.glob(_UPLOAD.format("*")), folder / _NAMES):
            file.unlink(missing_ok=True)
        if not any(folder.iterdir()):
            folder.rmdir()


def forget_list(settings: Settings, name: str) -> None:
    """Delete a list that waits to be confirmed."""
    folder = path(settings, name)
    if folder.is_dir():
        for file in folder.glob(f"{LIST}*"):
            file.unlink(missing_ok=True)
        if not any(folder.iterdir()):
            folder.rmdir()


def make(settings: Settings, name: str) -> Path:
    """The folder of a job, made where it is not there yet."""
    file_modes.make_folder(settings.data_folder / "jobs")
    folder = path(settings, name)
    file_modes.make_folder(folder)
    return folder


def work_folder(settings: Settings, name: str, attempt: int) -> Path:
    """An empty folder for one attempt; what an earlier one has left is thrown away."""
    folder = make(settings, name)
    for left in folder.glob("work-*"):
        shutil.rmtree(left, ignore_errors=True)
    work = folder / f"work-{attempt}"
    file_modes.make_folder(work)
    return work


def tidy(settings: Settings, name: str, attempt: int) -> None:
    """Throw away what an attempt has left over."""
    folder = path(settings, name)
    shutil.rmtree(folder / f"work-{attempt}", ignore_errors=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def sweep(
    settings: Settings,
    unfinished: Collection[str],
    kept: Collection[str],
    forgotten: Collection[str],
    waiting: Collection[str],
) -> None:
    """Delete what no job needs: uploads of those that are over, all of those that are forgotten.

    Lists stay with those of `waiting`, where somebody has to decide about them.
    """
    parent = settings.data_folder / "jobs"
    if not parent.is_dir():
        return
    for folder in parent.iterdir():
        _forget_private(folder)
        if folder.name not in kept:
            if folder.name in forgotten or time.time() - folder.stat().st_mtime > _ORPHAN:
                shutil.rmtree(folder, ignore_errors=True)
        elif folder.name not in unfinished:
            for left in folder.glob("work-*"):
                shutil.rmtree(left, ignore_errors=True)
            forget_uploads(settings, folder.name)
            if folder.name not in waiting:
                forget_list(settings, folder.name)


def has_secret(settings: Settings, name: str) -> bool:
    """Whether a file of links is there that may still be fetched."""
    return is_kept(settings, name, LINKS)


def is_kept(settings: Settings, name: str, private: str) -> bool:
    """Whether a file is there that is kept for a day at most, and was not for longer."""
    file = path(settings, name) / private
    return file.is_file() and not _is_old(file)


def _forget_private(folder: Path) -> None:
    for begins in _PRIVATE:
        for file in folder.glob(f"{begins}*"):
            if _is_old(file):
                file.unlink(missing_ok=True)


def _is_old(file: Path) -> bool:
    return time.time() - file.stat().st_mtime > LINKS_KEPT


def _write(file: Path, data: bytes) -> None:
    file_modes.make_file(file)
    file.write_bytes(data)
