"""The parts of a workbook: files in a zip that name each other by relations."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

from survey_app.fieldwork.sheets.cells import Source
from survey_app.fieldwork.sheets.xml_walk import Damaged, walk


@dataclass(frozen=True)
class Relation:
    """What a part refers to: the kind of thing, and where it stands."""

    kind: str
    part: str


class Package:
    """A workbook's zip. Names of parts are compared without regard to capitals, as Excel does.

    How much it may hold was seen to before (unpacked.py).

    Raises
    ------
    Damaged
        When it is no zip, or is broken off.
    """

    def __init__(self, source: Source) -> None:
        try:
            self._zip = zipfile.ZipFile(source.stream)
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise Damaged(str(error)) from error
        self._parts = {_plain(part.filename): part for part in self._zip.infolist()}

    def has(self, part: str) -> bool:
        """Whether there is such a part."""
        return _plain(part) in self._parts

    def open(self, part: str) -> IO[bytes]:
        """A part, to be read from its beginning."""
        try:
            return self._zip.open(self._parts[_plain(part)])
        except KeyError as error:
            raise Damaged(f"there is no part `{part}`") from error

    def relations(self, part: str) -> Mapping[str, Relation]:
        """What a part refers to inside the workbook, by the names that it uses."""
        folder, name = posixpath.split(part)
        path = posixpath.join(folder, "_rels", f"{name}.rels")
        relations: dict[str, Relation] = {}

        def start(name: str, _: str, attributes: Mapping[str, str]) -> None:
            if name == "Relationship" and attributes.get("TargetMode") != "External":
                kind = attributes.get("Type", "").rpartition("/")[2]
                target = posixpath.join("/", folder, attributes.get("Target", ""))
                relations[attributes.get("Id", "")] = Relation(kind, posixpath.normpath(target))

        if self.has(path):
            with self.open(path) as opened:
                walk(opened, start, lambda _: None)
        return relations


def _plain(part: str) -> str:
    return part.replace("\\", "/").lstrip("/").casefold()
