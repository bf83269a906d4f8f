"""An office's own workbook with its faults marked in it: formulas, looks and other sheets stay."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from survey_app.fieldwork.sheets.cells import Source

MOST_BYTES = 20_000_000
"""Unpacked. In a larger workbook the marking would take more memory and time than a reader has."""

_AUTHOR = "CCHC"
"""By this the comments of an earlier copy are known, which go."""

_WIDE, _HIGH = 320, 120  # of a comment, in pixels

Texts = Mapping[tuple[int, int], str]
"""Row and column from 1 -> what is written beside the cell."""


def is_small(source: Source) -> bool:
    """Whether faults are marked in the file itself."""
    with zipfile.ZipFile(source.stream) as packed:
        return sum(part.file_size for part in packed.infolist()) <= MOST_BYTES


def marked(
    source: Source, sheet: str, texts: Texts, faults: tuple[str, Sequence[Sequence[str]]], tint: str
) -> bytes:
    """The workbook with comments at cells of a sheet, and a sheet that lists the faults.

    Macros are left out: the copy is an .xlsx. What formulas came to is worked out by whoever opens
    it next.
    """
    from openpyxl import load_workbook
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what openpyxl does not keep, such as drawn shapes
        book = load_workbook(source.stream)
    page = book[sheet]
    _clear(page)
    for (line, place), text in texts.items():
        cell = _of_its_own(page, line, place)
        comment = Comment(text, _AUTHOR, height=_HIGH, width=_WIDE)
        cell.comment, cell.fill = comment, PatternFill("solid", fgColor=tint)
    _list(book, *faults)
    return _saved(book)


def _saved(book: Any) -> bytes:
    """The workbook as a file, made in memory: whoever reads files from outside may write none."""
    from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
    from openpyxl.worksheet._writer import WorksheetWriter
    from openpyxl.writer.excel import ExcelWriter

    class InMemory(ExcelWriter):
        def write_worksheet(self, ws: Any) -> None:
            ws._drawing = SpreadsheetDrawing()  # noqa: SLF001  as the method does that this replaces
            ws._drawing.charts, ws._drawing.images = ws._charts, ws._images  # noqa: SLF001
            part = io.BytesIO()
            writer: Any = WorksheetWriter(ws, out=part)
            writer.write()
            ws._rels = writer._rels  # noqa: SLF001
            packed.writestr(ws.path[1:], part.getvalue())
            self.manifest.append(ws)

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        InMemory(book, packed).save()
    return stream.getvalue()


def _clear(page: Any) -> None:
    """Take away the marks of an earlier copy: what was mended is no fault any more."""
    from openpyxl.styles import PatternFill

    for row in page.iter_rows():
        for cell in row:
            if cell.comment is not None and cell.comment.author == _AUTHOR:
                cell.comment, cell.fill = None, PatternFill()


def _of_its_own(page: Any, line: int, place: int) -> Any:
    """The cell at a place; of merged cells the first, which is the one that is seen."""
    for area in page.merged_cells.ranges:
        if area.min_row <= line <= area.max_row and area.min_col <= place <= area.max_col:
            return page.cell(area.min_row, area.min_col)
    return page.cell(line, place)


def _list(book: Any, name: str, rows: Sequence[Sequence[str]]) -> None:
    from openpyxl.styles import Alignment, Font

    if name in book.sheetnames:
        del book[name]
    page = book.create_sheet(name)
    for line, texts in enumerate(rows, 1):
        for place, text in enumerate(texts, 1):
            cell = page.cell(line, place)
            cell.value, cell.data_type = text, "s"  # a text, whatever it begins with
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if line == 1:
                cell.font = Font(bold=True)
    for letter, width in (("A", 10), ("B", 60), ("C", 80)):
        page.column_dimensions[letter].width = width
    page.freeze_panes = "A2"
