"""CSV as Excel and others write it: comma, semicolon or tab; with or without a byte-order mark."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence

from analysis.problems import Problem, ProblemsFound
from survey_app.fieldwork.sheets import progress
from survey_app.fieldwork.sheets.cells import MOST_ROWS, Cell, RawRow, RawTable, Source, text_cell

_DELIMITERS = (",", ";", "\t")
_TOP = 30  # lines in which the header is looked for
_MOST_COLUMNS = 16_384
"""As many as Excel has."""
_MOST_REMEMBERED = 10_000
_AS_UTF8 = "save it as `CSV UTF-8` in Excel, or hand in the Excel workbook itself"
csv.field_size_limit(1_000_000)


def read(source: Source, names: Callable[[Sequence[str]], int] = lambda _: 0) -> RawTable:
    """The rows of a CSV file. A row's line is the one on which it begins.

    `names` says how many columns a row names: cells are parted by what parts the best header.
    """
    text = _decoded(source)
    lines = text.splitlines()
    _refuse_too_wide(source, lines)
    delimiter = _delimiter(lines, names)
    raw = RawTable(source.name, lines=lines, delimiter=delimiter)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line, cell_of = 1, _Cells()
    try:
        for cells in progress.counted(reader, "rows_read", len(lines)):
            filled = {place: cell for place, text in enumerate(cells, 1)
                      if (cell := cell_of[text]).text}  # fmt: skip
            raw.rows.append(RawRow(line, filled, len(cells)))
            line = reader.line_num + 1
            if len(raw.rows) > MOST_ROWS:
                message = f"there are more than {MOST_ROWS} rows"
                raw.problems.append(Problem("file-too-large", message, source.name))
                break
    except csv.Error:
        message = "a quotation mark opens on this line and does not close as it should"
        raw.problems.append(
            raw.problem("open-quote", message, line, 1, 'write a quote inside quotes twice: ""')
        )
    return raw


class _Cells(dict[str, Cell]):
    """Cells by what is written in them: lists repeat their groups, units and villages."""

    def __missing__(self, text: str) -> Cell:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        cell = self[text] = text_cell(text)
        return cell


def _refuse_too_wide(source: Source, lines: Sequence[str]) -> None:
    """See to it that no line has more cells than a list can, before each is looked at for a name.

    Raises
    ------
    ProblemsFound
    """
    for number, line in enumerate(lines, 1):
        if len(line) > _MOST_COLUMNS and max(map(line.count, _DELIMITERS)) > _MOST_COLUMNS:
            message = f"there are more than {_MOST_COLUMNS} columns in this line"
            raise ProblemsFound([Problem("file-too-large", message, source.name, number, 1)])


def _delimiter(lines: Sequence[str], names: Callable[[Sequence[str]], int]) -> str:
    """What parts the cells of the header, or, where there is none, most cells of the first line."""

    def named(delimiter: str) -> int:
        parted = ([cell.strip('" ') for cell in line.split(delimiter)] for line in lines[:_TOP])
        return max(map(names, parted), default=0)

    first = lines[0] if lines else ""
    return max(_DELIMITERS, key=lambda delimiter: (named(delimiter), first.count(delimiter)))


def _decoded(source: Source) -> str:
    try:
        return source.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.content.count(b"\n", 0, error.start) + 1
        message = "this is neither an Excel workbook nor text in UTF-8"
        raise ProblemsFound(
            [Problem("not-utf-8", message, source.name, line, 1, help=_AS_UTF8)]
        ) from error
