"""The folder of a new site: its settings, its questionnaires, its data."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from survey_app import file_modes
from survey_app.installation import settings_file


class NotEmpty(Exception):
    """There is something in the folder already; nothing was made."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """What a new site is told: where people reach it, and where its data lie."""

    public_url: str
    database_url: str = ""

    def settings(self, folder: Path) -> str:
        """The text of its settings file."""
        database = f"CCHC_DATABASE={self.database_url}\n" if self.database_url else ""
        text = settings_file.TEMPLATE.read_text("utf-8")
        return text.format(
            public_url=self.public_url,
            proxies=1 if self.public_url.startswith("https://") else 0,
            data=folder / "data",
            questionnaires=folder / "questionnaires",
            database=database,
            keys=folder / "keys",
        )


def make(folder: Path, site: Site, questionnaires: Path, begin: Callable[[Path], None]) -> None:
    """Make the folder of a site, its owner's alone, with a copy of our questionnaires.

    `begin` makes its store. Either all of it is there afterwards or nothing.

    Raises
    ------
    NotEmpty
    OSError
    """
    if folder.exists() and any(folder.iterdir()):
        raise NotEmpty(folder)
    was_there = folder.exists()
    file_modes.make_folder(folder)
    try:
        _fill(folder.resolve(), site, questionnaires)
        begin(folder.resolve())
    except BaseException:
        for each in folder.iterdir():
            shutil.rmtree(each) if each.is_dir() else each.unlink()
        if not was_there:
            folder.rmdir()
        raise
    if file_modes.IS_KNOWN:
        folder.chmod(file_modes.FOLDER)


def _fill(folder: Path, site: Site, questionnaires: Path) -> None:
    for name in ("data", "keys"):
        file_modes.make_folder(folder / name)
    for path in _texts(questionnaires):
        copy = folder / "questionnaires" / path.relative_to(questionnaires)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    file = folder / settings_file.NAME
    file_modes.make_file(file)
    file.write_text(site.settings(folder), encoding="utf-8")


def _texts(questionnaires: Path) -> Iterator[Path]:
    """What is copied: no benchmark's survey, and nothing that a program left there."""
    for path in sorted(questionnaires.rglob("*")):
        parts = path.relative_to(questionnaires).parts
        hidden = any(part.startswith((".", "__")) for part in parts)
        if path.is_file() and not hidden and parts[0] != "benchmark" and path.suffix != ".py":
            yield path
