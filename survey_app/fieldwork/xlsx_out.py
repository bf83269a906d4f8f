"""Excel for people: a table whose cells are texts, so that no zero and no digit of one is lost."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

MADE = datetime(2000, 1, 1, tzinfo=UTC)
"""When a file says that it was made: one day, so that the same contents are the same bytes."""
_WIDEST = 60


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A workbook of one sheet: what was typed is what is shown, and nothing is calculated."""
    from xlsxwriter import Workbook  # heavy: only who asks for it pays

    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True})
    book.set_properties({"created": MADE})
    text, bold = (book.add_format({"num_format": "@", "bold": each}) for each in (False, True))
    sheet, widths = book.add_worksheet(), [len(name) for name in header]
    for column, name in enumerate(header):
        sheet.write_string(0, column, name, bold)
    for line, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            sheet.write_string(line, column, cell, text)
            widths[column] = min(_WIDEST, max(widths[column], len(cell)))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width + 2, text)
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()
