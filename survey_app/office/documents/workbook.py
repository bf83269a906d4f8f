"""The scorecard as an Excel workbook: a sheet a thing, and a first one that explains the others.

Numbers are numbers and sums are formulas, which come out as the scorecard has them. Printed, every
sheet is as wide as its page, its head is repeated, and its letters can be read. The same scorecard
gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import xlsxwriter

from survey_app.fieldwork.xlsx_out import MADE
from survey_app.i18n import Words
from survey_app.office.documents import sheets
from survey_app.office.documents.sheets import Formula, Sheet, Told
from survey_app.office.results.read import Results

_LINE = 15.75
"""Points that a line takes."""
_IN_HEADS = 0.7
"""Of a line, before a word of a head goes to the next: they are bold, and words are long."""
_STANDING_MM = 180
"""What a page that stands has room for."""
_CHARACTER_MM = 2.05
"""About how wide a character of a column is, printed."""


def workbook(results: Results, words: Words, language: str) -> bytes:
    """What the sheets are, then: units, fields, criteria, answers by group, rates, method."""
    told = Told(results=results, words=words, language=language)
    out = BytesIO()
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, plain)
    title = told.w["results_title"].format(year=results.wave.year)
    book.set_properties({"created": MADE, "title": title})
    listed = sheets.of(told)
    mark = told.w["draft_mark"] if results.is_draft else ""
    writer = _Writer(book=book, mark=mark)
    writer.add(sheets.about(told, title, listed))
    for sheet in listed:
        writer.add(sheet)
    book.close()
    return out.getvalue()


def _height(cells: Sequence[sheets.Cell], sheet: Sheet, filled: float = 0.9) -> float:
    """How high a row is, so that the longest of its texts is seen whole: programs differ there."""
    lines = max(
        -(-len(cell) // max(1, int(column.width * filled))) if isinstance(cell, str) else 1
        for cell, column in zip(cells, sheet.columns, strict=True)
    )
    return _LINE * max(1, lines)


@dataclass
class _Writer:
    """Sheets of one look."""

    book: Any
    mark: str

    def __post_init__(self) -> None:
        base = {"font_name": "Times New Roman", "font_size": 11, "valign": "top"}
        self._formats = {
            "head": self.book.add_format(
                base | {"bold": True, "text_wrap": True, "border": 1, "bg_color": "#E8ECF0",
                        "align": "center", "valign": "vcenter"}
            ),
            "title": self.book.add_format(base | {"bold": True, "font_size": 14}),
            "text": self.book.add_format(base | {"text_wrap": True, "border": 1}),
            "label": self.book.add_format(
                base | {"text_wrap": True, "border": 1, "align": "center"}
            ),
            "points": self.book.add_format(base | {"num_format": "0.00", "border": 1}),
            "percent": self.book.add_format(base | {"num_format": "0.0%", "border": 1}),
            "count": self.book.add_format(base | {"num_format": "#,##0", "border": 1}),
        }  # fmt: skip

    def add(self, sheet: Sheet) -> None:
        """One sheet: its head, and its rows."""
        page = self.book.add_worksheet(sheet.name)
        for at, column in enumerate(sheet.columns):
            page.write_string(sheet.above, at, column.head, self._formats["head"])
            page.set_column(at, at, column.width)
        for row, line in enumerate(sheet.title):
            page.write_string(row, 0, line, self._formats["title"])
        for row in range(sheet.above):
            page.set_row(row, _LINE * 1.5)
        page.set_row(
            sheet.above, _height([column.head for column in sheet.columns], sheet, _IN_HEADS)
        )
        for row, cells in enumerate(sheet.rows, sheet.above + 1):
            page.set_row(row, _height(cells, sheet))
            for at, (cell, column) in enumerate(zip(cells, sheet.columns, strict=True)):
                self._write(page, (row, at), cell, column.kind)
        self._print(page, sheet)

    def _write(self, page: Any, at: tuple[int, int], cell: sheets.Cell, kind: str) -> None:
        if isinstance(cell, str) and kind != "label":
            kind = "text"
        elif isinstance(cell, Formula) and cell.kind:
            kind = cell.kind
        form = self._formats[kind]
        if cell is None:
            page.write_blank(*at, None, form)
        elif isinstance(cell, Formula):
            page.write_formula(*at, cell.at_row(at[0] + 1), form, cell.value)
        elif isinstance(cell, str):
            page.write_string(*at, cell, form)
        else:
            page.write_number(*at, cell, form)

    def _print(self, page: Any, sheet: Sheet) -> None:
        """A4, as wide as one page, the head on each; lying where the columns need it."""
        page.set_paper(9)
        if sum(column.width for column in sheet.columns) * _CHARACTER_MM > _STANDING_MM:
            page.set_landscape()
        page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        page.fit_to_pages(1, 0)
        page.repeat_rows(sheet.above)
        page.set_footer(f"&L{self.mark}&C{sheet.name.replace('&', '&&')}&R&P/&N")
        page.freeze_panes(sheet.above + 1, sheet.frozen)
        if sheet.rows and sheet.is_filtered:
            page.autofilter(sheet.above, 0, sheet.above + len(sheet.rows), len(sheet.columns) - 1)
