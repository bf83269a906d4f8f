"""One sheet of a workbook, cell by cell: what stands there, what is shown, and what is hidden."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from survey_app.fieldwork.sheets import progress
from survey_app.fieldwork.sheets.cells import MOST_ROWS, Cell, RawRow, letters
from survey_app.fieldwork.sheets.excel_values import number_cell, typed_cell
from survey_app.fieldwork.sheets.workbook import SheetEntry, Workbook, unescaped
from survey_app.fieldwork.sheets.xml_walk import Damaged, Enough, walk

MOST_COLUMNS = 16_384
LAST_ROW = 1_048_576
_MOST_CELLS = 4_000_000
_MOST_LETTERS = 1_000_000  # of one cell; Excel takes 32,767
_MOST_TOLD = 500  # merged cells and hidden rows: who mends these sees the others next
_WHOLE = re.compile(r"[0-9]{1,7}")
_INDEX = re.compile(r"[0-9]{1,9}")
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_THINNEST_ROW = 2.0  # points: less is a line that nobody reads
_THINNEST_COLUMN = 0.3  # characters


class TooLarge(Exception):
    """More rows or cells than a list can have."""


@dataclass
class Worksheet:
    """The rows of a sheet that hold anything, and what of them nobody sees.

    `last` is the row and the column of the cell that was read last.
    """

    name: str
    rows: list[RawRow] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    last: tuple[int, int] = (1, 1)

    @property
    def at(self) -> str:
        """The cell that was read last: where to look when the rest cannot be read."""
        line, place = self.last
        return f"{letters(place)}{line}"


def read(
    workbook: Workbook,
    entry: SheetEntry,
    *,
    results: bool = False,
    most_rows: int = LAST_ROW,
    into: Worksheet | None = None,
) -> Worksheet:
    """The cells of a sheet.

    Parameters
    ----------
    workbook : Workbook
    entry : SheetEntry
    results : bool
        Take what formulas came to, instead of saying that a formula stands there.
    most_rows : int
        Stop after so many.
    into : Worksheet, optional
        What is filled: whoever passes it sees how far the reading came.

    Raises
    ------
    Damaged
        When the sheet cannot be read to its end.
    TooLarge
    """
    sheet = into or Worksheet(entry.name)
    reader = _Reader(workbook, sheet, results=results, most_rows=most_rows)
    with workbook.package.open(entry.part) as part:
        walk(part, reader.start, reader.end, reader.text)
    if not reader.is_sheet:
        raise Damaged("there is no sheet in it")
    sheet.hidden_columns = reader.columns.hidden(sheet.rows)
    return sheet


class _Columns:
    """Which columns are hidden, or so thin that they might as well be."""

    def __init__(self) -> None:
        self.is_hidden = bytearray(MOST_COLUMNS + 1)
        self.ranges = 0

    def default(self, width: str | None) -> None:
        if _is_thin(width, _THINNEST_COLUMN):
            self.is_hidden = bytearray(b"\1") * (MOST_COLUMNS + 1)

    def add(self, attributes: Mapping[str, str]) -> None:
        self.ranges += 1
        if self.ranges > MOST_COLUMNS:
            raise Damaged("more columns are described than there are")
        first, last = (_whole(attributes.get(name, "")) for name in ("min", "max"))
        if not 0 < first <= last <= MOST_COLUMNS:
            raise Damaged("a column is described that does not exist")
        thin = _is_true(attributes.get("hidden")) or _is_thin(
            attributes.get("width"), _THINNEST_COLUMN
        )
        self.is_hidden[first : last + 1] = (b"\1" if thin else b"\0") * (last + 1 - first)

    def hidden(self, rows: list[RawRow]) -> list[int]:
        """The hidden columns in which anything stands."""
        if not any(self.is_hidden):
            return []
        filled = {place for row in rows for place in row.cells}
        return sorted(place for place in filled if self.is_hidden[place])


class _Reader:
    """Follows the elements of a sheet, and fills a `Worksheet`."""

    def __init__(
        self, workbook: Workbook, sheet: Worksheet, *, results: bool, most_rows: int
    ) -> None:
        self.workbook, self.sheet = workbook, sheet
        self.results, self.most_rows = results, most_rows
        self.columns = _Columns()
        self.is_sheet = False
        self.rows_are_thin = False
        self.line, self.place, self.count = 0, 0, 0
        self.cells: dict[int, Cell] = {}
        self.row_is_hidden = False
        self.kind, self.style = "n", ""
        self.has_formula = self.has_value = False
        self.pieces: list[str] = []
        self.length = 0
        self.is_value = False
        self.known: dict[tuple[str, str], Cell] = {}
        self.places: dict[str, int] = {}
        self.written_line = ""
        self.rows_told = 0
        self.plain_styles: dict[str, bool] = {}

    def start(self, name: str, parent: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        self.is_value = False
        if name == "c" and parent == "row":
            self._begin_cell(attributes)
            return
        if name == "v" and parent == "c":
            self._begin_value()
            return
        match name, parent:
            case "t", "is" | "r":
                self.is_value = True
            case "f", "c":
                self.has_formula = True
            case "row", "sheetData":
                self._begin_row(attributes)
            case "row" | "c", _:
                raise Damaged("a row or a cell stands where none can")
            case _:
                self._around(name, parent, attributes)

    def _around(self, name: str, parent: str, attributes: Mapping[str, str]) -> None:
        """What stands before and after the rows."""
        match name, parent:
            case "col", "cols":
                self.columns.add(attributes)
            case "mergeCell", "mergeCells":
                self._merged(attributes.get("ref", ""))
            case "sheetFormatPr", "worksheet":
                self.columns.default(attributes.get("defaultColWidth"))
                # with zeroHeight, rows are hidden that the file does not list; those it lists are
                # seen whatever the height of the others
                is_rest_hidden = _is_true(attributes.get("zeroHeight"))
                default = attributes.get("defaultRowHeight")
                self.rows_are_thin = not is_rest_hidden and _is_thin(default, _THINNEST_ROW)
            case "worksheet", "":
                self.is_sheet = True
            case "dimension", "worksheet":
                self.rows_told = _last_row(attributes.get("ref", ""))

    def end(self, name: str) -> None:
        """An element ends."""
        self.is_value = False
        if name == "c" and self.place:
            self._end_cell()
        elif name == "row":
            self._end_row()

    def text(self, words: str) -> None:
        """Letters between the tags."""
        if not self.is_value:
            return
        self.length += len(words)
        if self.length > _MOST_LETTERS:
            raise Damaged("a cell holds more than a cell can")
        self.pieces.append(words)

    def _begin_row(self, attributes: Mapping[str, str]) -> None:
        line = _whole(attributes["r"]) if "r" in attributes else self.line + 1
        if not self.line < line <= LAST_ROW:
            raise Damaged(f"a row comes after row {self.line} that should not")
        if line % progress.EVERY == 0:
            progress.tell("rows_read", line, self.rows_told)
        self.line, self.place, self.cells = line, 0, {}
        self.written_line = str(line)
        height = attributes.get("ht")
        thin = self.rows_are_thin if height is None else _is_thin(height, _THINNEST_ROW)
        self.row_is_hidden = _is_true(attributes.get("hidden")) or thin

    def _end_row(self) -> None:
        if self.cells:
            if len(self.sheet.rows) > MOST_ROWS:
                raise TooLarge(f"there are more than {MOST_ROWS} rows")
            self.sheet.rows.append(RawRow(self.line, self.cells))
            if self.row_is_hidden and len(self.sheet.hidden_rows) < _MOST_TOLD:
                self.sheet.hidden_rows.append(self.line)
        self.place = 0
        if self.line >= self.most_rows:
            raise Enough

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        place = self._place_of(attributes["r"]) if "r" in attributes else self.place + 1
        if not self.place < place <= MOST_COLUMNS:
            raise Damaged(f"a cell comes in row {self.line} that should not")
        self.place = place
        self.kind = attributes.get("t", "n")
        self.style = attributes.get("s", "")
        self.has_formula = self.has_value = False
        self.pieces, self.length = [], 0

    def _place_of(self, reference: str) -> int:
        column = reference.rstrip("0123456789")
        if column in self.places and reference[len(column) :] == self.written_line:
            return self.places[column]
        known = _REFERENCE.fullmatch(reference)
        if not known or int(known[2]) != self.line:
            raise Damaged(f"a cell of row {self.line} says that it is `{reference[:20]}`")
        place = 0
        for letter in known[1]:
            place = place * 26 + ord(letter) - ord("A") + 1
        self.places[known[1]] = place
        return place

    def _begin_value(self) -> None:
        if self.has_value:
            raise Damaged(f"a cell of row {self.line} holds two values")
        self.has_value = True
        self.is_value = self.kind != "inlineStr"

    def _end_cell(self) -> None:
        written = "".join(self.pieces)
        cell = self._cell(written)
        if self.has_formula:
            cell = cell._replace(note="formula") if cell.text else Cell("=", "formula")
        if cell.text:
            self.count += 1
            if self.count > _MOST_CELLS:
                raise TooLarge(f"there are more than {_MOST_CELLS} cells")
            self.cells[self.place] = cell
            self.sheet.last = self.line, self.place

    def _cell(self, written: str) -> Cell:
        if self.has_formula and not self.results:
            return Cell("=", "formula")
        if self.kind == "s" and self._is_plain(self.style) and _INDEX.fullmatch(written):
            number, texts = int(written), self.workbook.texts
            if number < len(texts):
                return texts[number]
        if self.kind == "n":
            written = written.strip()
            key = (written, self.style)
            if key not in self.known:
                shown_as = self.workbook.format_of(self.style)
                cell = number_cell(written, shown_as, starts_1904=self.workbook.starts_1904)
                if len(self.known) >= MOST_ROWS:
                    self.known.clear()
                self.known[key] = cell
            return self.known[key]
        if self.kind in {"inlineStr", "str"}:
            written = unescaped(written)
        return typed_cell(self.kind, sys.intern(written), self.style, self.workbook)

    def _is_plain(self, style: str) -> bool:
        """Whether texts of a style are shown as they are."""
        if style not in self.plain_styles:
            self.plain_styles[style] = self.workbook.format_of(style).is_plain
        return self.plain_styles[style]

    def _merged(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        if last and first != last and len(self.sheet.merged) < _MOST_TOLD:
            self.sheet.merged.append(reference[:30])


def _is_true(written: str | None) -> bool:
    return written is not None and written.strip() in {"1", "true"}


def _whole(written: str) -> int:
    """A whole number of at most seven digits; 0 for anything else."""
    plain = written.strip()
    return int(plain) if _WHOLE.fullmatch(plain) else 0


def _last_row(reference: str) -> int:
    """The last row of `A1:J100003`, as a sheet says of itself; 0 where it does not say it."""
    known = _REFERENCE.fullmatch(reference.rpartition(":")[2])
    return int(known[2]) if known else 0


def _is_thin(written: str | None, least: float) -> bool:
    try:
        return written is not None and float(written) < least
    except ValueError:
        return False
