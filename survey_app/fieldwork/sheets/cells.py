"""The cells of a table as a file holds them, each with its place."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from analysis.problems import Problem
from survey_app.fieldwork.values import tidy

Kind = Literal["text", "number", "formula", "date", "error", "damaged-cell"]

Note = Literal["", "formula", "letters"]

MOST_ROWS = 200_000


class Cell(NamedTuple):
    """What stands in a cell, tidied, and what Excel takes it for. CSV knows texts only.

    `shown` is what a number format shows instead, blank where it is the same. `is_label`: what is
    shown can be taken for a name or a code; `is_number`: what is shown is the number that the cell
    holds, but for rounding. `note`: it is what a formula came to, or its letters were composed in
    another way.
    """

    text: str
    kind: Kind = "text"
    shown: str = ""
    is_label: bool = True
    is_number: bool = True
    note: Note = ""


BLANK = Cell("")


@dataclass(frozen=True)
class Source:
    """A file: its name as people know it, and what is in it."""

    name: str
    content: bytes

    @classmethod
    def of(cls, file: Path | Source) -> Source:
        """The file at a path, or the file itself."""
        return file if isinstance(file, Source) else cls(file.name, file.read_bytes())

    @property
    def stream(self) -> io.BytesIO:
        """The content, to be read from its beginning."""
        return io.BytesIO(self.content)


@dataclass(frozen=True)
class RawRow:
    """A row before its columns have names: the cells that hold anything, by column from 1.

    `line` is the line or the row of the sheet, from 1; `width` how many cells a line of CSV has.
    """

    line: int
    cells: Mapping[int, Cell]
    width: int = 0


@dataclass
class RawTable:
    """What a reader of files gives: rows with places, the faults it met, and what else to know.

    `sheet` is empty for CSV. `lines` and `delimiter` serve to show the line of a fault; `merged`
    are the ranges of merged cells.
    """

    file: str
    rows: list[RawRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    sheet: str = ""
    lines: Sequence[str] = ()
    delimiter: str = ","
    merged: Sequence[str] = ()

    def problem(
        self, slug: str, message: str, line: int, column: int, help: str = "", **values: str
    ) -> Problem:
        """A fault in the cell at a row and a column, from 1; its `place` is the column."""
        values = {**values, "place": str(column)}
        if self.sheet:
            cell = f"{self.sheet}!{letters(column)}{line}"
            return Problem(
                slug, message, self.file, line, column, help=help, cell=cell, values=values
            )
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        start, width = span(text, column, self.delimiter)
        return Problem(slug, message, self.file, line, start, text, help, width, values=values)


def letters(column: int) -> str:
    """A, B, ... Z, AA: how Excel names columns."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def span(line: str, column: int, delimiter: str) -> tuple[int, int]:
    """Where a field of a CSV line begins (from 1), and how many characters it takes."""
    place, start, quoted = 1, 0, False
    for at, letter in enumerate(line):
        if letter == '"':
            quoted = not quoted
        elif letter == delimiter and not quoted:
            if place == column:
                return start + 1, max(at - start, 1)
            place, start = place + 1, at + 1
    return start + 1, max(len(line) - start, 1)


_ERRORS = frozenset(
    {
        *("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"),
        *("#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#BUSY!", "#UNKNOWN!"),
    }
)


def text_cell(text: str) -> Cell:
    """A cell of text, tidied. What Excel shows in place of a value is an error in CSV too."""
    if not text:
        return BLANK
    is_composed = text.isascii() or unicodedata.is_normalized("NFC", text)
    plain = text.replace("\u00a0", " ").strip() if is_composed else tidy(text)
    if plain in _ERRORS:
        return Cell(plain, "error")
    return Cell(plain) if is_composed else Cell(plain, note="letters")
