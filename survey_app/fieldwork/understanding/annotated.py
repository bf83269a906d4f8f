"""A copy of the sheet of a list in which every fault is coloured and says what is wrong with it.

It holds what was read, cell for cell at its own place, so that it can be mended and handed in. What
is calculated in the file is a value here, and other sheets are left out.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from survey_app.fieldwork.sheets import from_csv, from_excel
from survey_app.fieldwork.sheets.cells import Cell, RawRow, Source, letters
from survey_app.fieldwork.understanding.words import vocabulary
from survey_app.fieldwork.xlsx_out import MADE

FAULTS = "Lỗi"
"""The sheet that lists every fault; one of `reading.GUIDE_SHEETS`."""

_TINT = "#FFD9A8"
_MOST_LETTERS = 1000
_WIDEST = 40

At = tuple[int, int]
"""Row and column, from 1."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A fault as it is written beside its cell: row and column from 1; 0 where it has none."""

    line: int
    place: int
    text: str
    help: str


@dataclass(frozen=True, kw_only=True)
class Said:
    """The words above the list of faults."""

    cell: str
    what: str
    remedy: str


def annotated(source: Source, sheet: str, marks: Sequence[Mark], said: Said) -> bytes:
    """An .xlsx of a list with its faults; `sheet` is the one that was read, empty for CSV."""
    from xlsxwriter import Workbook

    rows = _rows(source, sheet)
    told: dict[At, list[Mark]] = defaultdict(list)
    lines = {row.line: at for at, row in rows.items()}  # in CSV a row may take several lines
    for mark in marks:
        told[lines.get(mark.line, mark.line), mark.place].append(mark)
    stream = io.BytesIO()
    with Workbook(stream, {"in_memory": True}) as book:
        book.set_properties({"created": MADE})
        page = book.add_worksheet(sheet or "Danh sách")
        _write(book, page, rows, [at for at in told if all(at)])
        for (line, place), faults in told.items():
            if line and place:
                words = "\n".join(f"{each.text} {each.help}".strip() for each in faults)
                size = {"x_scale": 2.5, "y_scale": 1.5}
                page.write_comment(line - 1, place - 1, words[:_MOST_LETTERS], size)
        _list(book, told, said)
    return stream.getvalue()


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


def _list(book: Any, told: dict[At, list[Mark]], said: Said) -> None:
    """A sheet of all faults: comments of cells are not seen on a phone, nor printed."""
    sheet = book.add_worksheet(FAULTS)
    wrap, bold = (book.add_format({"text_wrap": True, "bold": each}) for each in (False, True))
    for place, (words, width) in enumerate(((said.cell, 10), (said.what, 60), (said.remedy, 80))):
        sheet.write_string(0, place, words, bold)
        sheet.set_column(place, place, width)
    line = 0
    for (row, place), faults in sorted(told.items()):
        for fault in faults:
            line += 1
            cell = f"{letters(place)}{row}" if row and place else ""
            for at, words in enumerate((cell, fault.text, fault.help)):
                sheet.write_string(line, at, words, wrap)
    sheet.freeze_panes(1, 0)
