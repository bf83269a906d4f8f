"""CSV as Excel and others write it: comma, semicolon or tab; with or without a byte-order mark."""

from __future__ import annotations

import csv
import io

from analysis.problems import Problem, ProblemsFound
from survey_app.fieldwork.sheets.cells import MOST_ROWS, RawRow, RawTable, Source, text_cell

_DELIMITERS = (",", ";", "\t")
_AS_UTF8 = "save it as `CSV UTF-8` in Excel, or hand in the Excel workbook itself"
csv.field_size_limit(1_000_000)


def read(source: Source) -> RawTable:
    """The rows of a CSV file. A row's line is the one on which it begins."""
    text = _decoded(source)
    lines = text.splitlines()
    delimiter = max(_DELIMITERS, key=(lines[0] if lines else "").count)
    raw = RawTable(source.name, lines=lines, delimiter=delimiter)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            filled = {place: cell for place, text in enumerate(cells, 1)
                      if (cell := text_cell(text)).text}  # fmt: skip
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


def _decoded(source: Source) -> str:
    try:
        return source.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.content.count(b"\n", 0, error.start) + 1
        message = "this is neither an Excel workbook nor text in UTF-8"
        raise ProblemsFound(
            [Problem("not-utf-8", message, source.name, line, 1, help=_AS_UTF8)]
        ) from error
