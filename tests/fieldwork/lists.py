"""Small sample lists, as CSV and as Excel, for tests.

csv_file({"case": "1", ...}, {...})        one row each; columns a row leaves out are blank
excel_file([["case", "group"], ["1", 2]])  cells as they are, header first
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

from openpyxl import Workbook

from analysis.problems import Problem, ProblemsFound
from survey_app.fieldwork.sheets.cells import Source

GROUPS = ("council", "citizens")
UNITS = ("SNV", "STP", "03646")

SOUND = {"case": "A1", "group": "citizens", "unit": "SNV", "stratum": "all", "weight": "1"}


def row(**changes: str) -> dict[str, str]:
    """A sound row of a sample list, with changes."""
    return SOUND | changes


def many(**changes: str) -> dict[str, str]:
    """A sound row of a case that rates several units, with changes."""
    return row(group="council", unit="", sample="hdnd", asked="*") | changes


def csv_file(*rows: dict[str, str], delimiter: str = ",", encoding: str = "utf-8") -> Source:
    """A CSV file of rows that name their columns."""
    columns = list(dict.fromkeys(name for each in rows for name in each))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return Source("mau.csv", out.getvalue().encode(encoding))


def excel_file(
    rows: Sequence[Sequence[Any]], change: Callable[[Any], object] = lambda _sheet: None
) -> Source:
    """A workbook of rows; `change` is done to its sheet."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Mẫu"
    for each in rows:
        sheet.append(list(each))
    change(sheet)
    stream = io.BytesIO()
    book.save(stream)
    return Source("mau.xlsx", stream.getvalue())


def as_excel(*rows: dict[str, str]) -> Source:
    """The same as `csv_file`, in Excel."""
    columns = list(dict.fromkeys(name for each in rows for name in each))
    return excel_file([columns, *([each.get(name) or None for name in columns] for each in rows)])


def problems_of(read: Callable[[], object]) -> tuple[Problem, ...]:
    """What a reader finds; it must find something."""
    problems = told_by(read)
    assert problems, "nothing was found"
    return problems


def told_by(read: Callable[[], object]) -> tuple[Problem, ...]:
    """What a reader finds; nothing where it takes the file."""
    try:
        read()
    except ProblemsFound as refused:
        return refused.problems
    return ()
