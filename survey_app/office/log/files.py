"""The log as a file: a table for Excel or for programs, or a workbook whose cells are texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO

from survey_app.fieldwork import csv_out
from survey_app.office.pieces import tables

MIME = {
    **dict.fromkeys(tables.KINDS, "text/csv; charset=utf-8"),
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_WIDTHS = (8, 18, 18, 40, 60)


def contents(kind: str, title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The bytes of the file, by its kind in `MIME`."""
    if kind in tables.KINDS:
        return csv_out.KINDS[tables.KINDS[kind]](header, rows).encode()
    return _workbook(title, header, rows)


def _workbook(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    import xlsxwriter  # heavy: only who asks for it pays

    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    sheet, bold = book.add_worksheet(title[:31]), book.add_format({"bold": True, "bottom": 1})
    for column, name in enumerate(header):
        sheet.write_string(0, column, name, bold)
    for at, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            sheet.write_string(at, column, cell)
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()
