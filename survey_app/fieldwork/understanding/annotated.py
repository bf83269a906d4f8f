"""A copy of a list in which every fault is coloured and says what is wrong with it.

A workbook is marked in itself, so that formulas, looks and other sheets stay. CSV, and what is too
large for that, becomes a workbook of the values that were read, each at its own place.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from survey_app.fieldwork.sheets import from_csv, from_excel
from survey_app.fieldwork.sheets.cells import Cell, RawRow, Source, letters
from survey_app.fieldwork.understanding import annotated_file
from survey_app.fieldwork.understanding.words import vocabulary
from survey_app.fieldwork.xlsx_out import MADE

FAULTS = "Lỗi"
"""The sheet that lists every fault; one of `reading.GUIDE_SHEETS`."""

_TINT = "#FFD9A8"
_TINT_OF_FILE = "FFFFD9A8"
_MOST_LETTERS = 1000
_WIDEST = 40

At = tuple[int, int]
"""Row and column, from 1."""

_SAME: Mapping[int, int] = {}


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A fault as it is written beside its cell: row and column from 1; 0 where it has none."""

    line: int
    place: int
    text: str
    help: str


@dataclass(frozen=True, kw_only=True)
class Said:
    """The words above the list of faults; and that only values are in the copy, where it is so."""

    cell: str
    what: str
    remedy: str
    values_only: str = ""


def annotated(source: Source, sheet: str, marks: Sequence[Mark], said: Said) -> bytes:
    """An .xlsx of a list with its faults; `sheet` is the one that was read, empty for CSV.

    A workbook is marked in itself. Of CSV, and of a workbook that is too large or holds what cannot
    be kept, the copy has the values of the sheet that was read, and says so.
    """
    if sheet and annotated_file.is_small(source):
        told = _by_place(marks)
        try:
            rows = (FAULTS, _listed(told, said))
            return annotated_file.marked(source, sheet, _comments(told), rows, _TINT_OF_FILE)
        except Exception:  # noqa: BLE001  of a library that knows less of workbooks than Excel
            return _of_values(source, sheet, marks, said)
    return _of_values(source, sheet, marks, said)


def _of_values(source: Source, sheet: str, marks: Sequence[Mark], said: Said) -> bytes:
    """A new workbook with the values that were read."""
    from xlsxwriter import Workbook

    rows = _rows(source, sheet)
    lines = {row.line: at for at, row in rows.items()}  # in CSV a row may take several lines
    told = _by_place(marks, lines)
    stream = io.BytesIO()
    with Workbook(stream, {"in_memory": True}) as book:
        book.set_properties({"created": MADE})
        page = book.add_worksheet(sheet or "Danh sách")
        _write(book, page, rows, [at for at in told if all(at)])
        for (line, place), words in _comments(told).items():
            page.write_comment(line - 1, place - 1, words, {"x_scale": 2.5, "y_scale": 1.5})
        _list(book, told, said, [said.values_only] if sheet else [])
    return stream.getvalue()


def _by_place(marks: Sequence[Mark], lines: Mapping[int, int] = _SAME) -> dict[At, list[Mark]]:
    told: dict[At, list[Mark]] = defaultdict(list)
    for mark in marks:
        told[lines.get(mark.line, mark.line), mark.place].append(mark)
    return told


def _comments(told: Mapping[At, Sequence[Mark]]) -> dict[At, str]:
    """What is written beside each faulty cell."""
    return {
        at: "\n".join(f"{each.text} {each.help}".strip() for each in faults)[:_MOST_LETTERS]
        for at, faults in told.items()
        if all(at)
    }


def _listed(told: Mapping[At, Sequence[Mark]], said: Said) -> list[tuple[str, str, str]]:
    """The lines of the sheet of all faults, its headings first."""
    lines = [(said.cell, said.what, said.remedy)]
    for (row, place), faults in sorted(told.items()):
        cell = f"{letters(place)}{row}" if row and place else ""
        lines += [(cell, fault.text, fault.help) for fault in faults]
    return lines


def _rows(source: Source, sheet: str) -> dict[int, RawRow]:
    """The rows once more as the reader met them, by the row of a sheet in which they stand."""
    if source.content.startswith(b"PK"):
        workbook = from_excel.opened(source)
        entry = next(each for each in workbook.sheets if each.name == sheet)
        return {row.line: row for row in from_excel.sheet_of(workbook, entry, results=True).rows}
    return dict(enumerate(from_csv.read(source, _names).rows, 1))


def _names(texts: Sequence[str]) -> int:
    return sum(bool(vocabulary().columns(text)[0]) for text in texts)


def _write(book: Any, page: Any, rows: dict[int, RawRow], faulty: Sequence[At]) -> None:
    is_faulty = set(faulty)
    looks = {
        (is_number, tinted): book.add_format(
            ({} if is_number else {"num_format": "@"}) | ({"bg_color": _TINT} if tinted else {})
        )
        for is_number in (True, False)
        for tinted in (True, False)
    }
    widths: dict[int, int] = defaultdict(lambda: 8)
    for line, row in rows.items():
        for place, cell in row.cells.items():
            is_number = cell.kind == "number" and not cell.shown
            look = looks[is_number, (line, place) in is_faulty]
            widths[place] = min(_WIDEST, max(widths[place], len(cell.shown or cell.text)))
            if is_number:
                page.write_number(line - 1, place - 1, float(cell.text), look)
            else:
                page.write_string(line - 1, place - 1, _shown(cell), look)
    for line, place in is_faulty:
        if line not in rows or place not in rows[line].cells:
            page.write_blank(line - 1, place - 1, None, looks[False, True])
    for place, width in widths.items():
        page.set_column(place - 1, place - 1, width + 2)


def _shown(cell: Cell) -> str:
    """What is seen of a cell. A formula that was never calculated has nothing to show."""
    return "" if cell.kind == "formula" else cell.shown or cell.text


def _list(book: Any, told: Mapping[At, Sequence[Mark]], said: Said, notes: Sequence[str]) -> None:
    """A sheet of all faults: comments of cells are not seen on a phone, nor printed."""
    sheet = book.add_worksheet(FAULTS)
    wrap, bold = (book.add_format({"text_wrap": True, "bold": each}) for each in (False, True))
    for place, width in enumerate((10, 60, 80)):
        sheet.set_column(place, place, width)
    lines = [*_listed(told, said), *(("", note, "") for note in notes)]
    for line, texts in enumerate(lines):
        for place, words in enumerate(texts):
            sheet.write_string(line, place, words, wrap if line else bold)
    sheet.freeze_panes(1, 0)
