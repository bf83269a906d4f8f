"""Files that hold names, phone numbers or keys are their owner's alone."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER, FILE = 0o700, 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_BESIDE = ("", "-wal", "-shm", "-journal", "-turn")
"""What SQLite, and our queue of writers, put beside a database."""

IS_KNOWN = os.name == "posix"
"""Whether a mode says who may read; elsewhere the folder's own settings do."""


@contextmanager
def owner_only() -> Iterator[None]:
    """Whatever is made meanwhile is the owner's alone."""
    before = os.umask(_OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def make_folder(folder: Path) -> None:
    """A folder of the owner's own; one that is there stays as it is (`open_to_others` tells)."""
    if not folder.is_dir():
        folder.mkdir(mode=FOLDER, parents=True, exist_ok=True)


def make_file(file: Path) -> None:
    """An empty file of the owner's own, before anybody fills it; one that is there stays."""
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE))
    except FileExistsError:
        return


def close_database(file: Path) -> tuple[Path, ...]:
    """Take a database from everybody but its owner. Returns the files that others could read.

    Raises
    ------
    OSError
        It belongs to someone else.
    """
    beside = [file.with_name(file.name + end) for end in _BESIDE]
    opened = tuple(each for each in beside if each.exists() and is_open(each))
    for each in opened:
        each.chmod(FILE)
    return opened


def is_open(path: Path) -> bool:
    """Whether anybody but the owner may read, write or look into a path."""
    return IS_KNOWN and bool(path.stat().st_mode & _OTHERS)
