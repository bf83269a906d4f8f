"""Excel workbooks (.xlsx): values, and whatever would make them mean something else.

Excel shows one thing and stores another: a code without its zeros, a date that was a number, a
row that a filter hides. What we cannot see on the sheet we do not import.
"""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from analysis.problems import Problem, ProblemsFound
from survey_app.fieldwork.sheets.cells import (
    BLANK,
    MOST_ROWS,
    Cell,
    RawRow,
    RawTable,
    Source,
    text_cell,
)

if TYPE_CHECKING:
    from openpyxl import Workbook

_MOST_BYTES = 300_000_000  # unpacked: a small file that unpacks to more is no sample list
_EXACT = 1e15  # whole numbers up to here are the numbers typed
_MERGED = re.compile(rb'<mergeCell [^>]*ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
_HIDDEN_ROW = re.compile(rb'<row (?=[^>]*hidden="(?:1|true)")[^>]*\br="([0-9]+)"')
_HIDDEN_COLUMN = re.compile(rb'<col (?=[^>]*hidden="(?:1|true)")[^>]*\bmin="([0-9]+)"')


def read(source: Source) -> RawTable:
    """The rows of the first sheet."""
    workbook = opened(source)
    sheet: Any = workbook.worksheets[0]
    raw = RawTable(source.name, sheet=sheet.title)
    sheet.reset_dimensions()  # some programs write a wrong one
    for line, cells in enumerate(sheet.iter_rows(), 1):
        if line > MOST_ROWS:
            raw.problems.append(
                Problem("file-too-large", f"there are more than {MOST_ROWS} rows", source.name)
            )
            break
        raw.rows.append(
            RawRow(line, _without_tail([cell_of(cell.value, cell.data_type) for cell in cells]))
        )
    raw.problems += _concealed(source, _path_of(sheet), raw)
    workbook.close()
    _drop_blank_end(raw.rows)
    return raw


def opened(source: Source, *, results: bool = False, streamed: bool = True) -> Workbook:
    """The workbook. `results`: what formulas came to, instead of the formulas.

    Raises
    ------
    ProblemsFound
        When it is not a sound workbook, or unpacks to more than a sample list can be.
    """
    from openpyxl import load_workbook

    _refuse_too_large(source)
    try:
        return load_workbook(source.stream, read_only=streamed, data_only=results, keep_links=False)
    except Exception as error:  # openpyxl lets any parser's error through
        message = "this cannot be read as an Excel workbook"
        help = "open it in Excel and save it anew as `Excel Workbook (.xlsx)`"
        raise ProblemsFound([Problem("not-xlsx", message, source.name, help=help)]) from error


def _refuse_too_large(source: Source) -> None:
    try:
        with zipfile.ZipFile(source.stream) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
    except zipfile.BadZipFile:
        return  # openpyxl says so too, and is reported there
    if unpacked > _MOST_BYTES:
        message = "this workbook is far too large"
        raise ProblemsFound([Problem("file-too-large", message, source.name)])


def cell_of(value: object, data_type: str) -> Cell:
    """A value of Excel's as text, and what kind of value it was."""
    match value:
        case None:
            return BLANK
        case _ if data_type == "f":
            return Cell("=", "formula")
        case bool():
            return Cell(str(value).upper(), "error")
        case int() | float():
            return Cell(as_typed(value), "number")
        case datetime() | date() | time() | timedelta():
            return Cell(_day(value), "date")
    text = text_cell(str(value))
    return Cell(text.text, "error") if data_type == "e" else text


def as_typed(number: float) -> str:
    """A number with the 15 digits that Excel keeps: 0.1 + 0.2 is 0.3."""
    if isinstance(number, int) or (number.is_integer() and abs(number) < _EXACT):
        return str(int(number))
    text = format(number, ".15g")
    if "e" not in text:
        return text
    return format(number, ".20f").rstrip("0")


def _path_of(sheet: Any) -> str:
    """Where a sheet stands inside the file."""
    path: str = sheet._worksheet_path  # noqa: SLF001  read-only sheets have no public name for it
    return path.lstrip("/")


def _day(value: datetime | date | time | timedelta) -> str:
    is_midnight = isinstance(value, datetime) and value.time() == time()
    return value.strftime("%d/%m/%Y") if is_midnight and isinstance(value, datetime) else str(value)


def _without_tail(cells: list[Cell]) -> list[Cell]:
    while cells and cells[-1] is BLANK:
        cells.pop()
    return cells


def _drop_blank_end(rows: list[RawRow]) -> None:
    while rows and not rows[-1].cells:
        rows.pop()


def _concealed(source: Source, path: str, raw: RawTable) -> list[Problem]:
    """Merged cells, and rows and columns that are hidden or filtered away."""
    with zipfile.ZipFile(source.stream) as packed:
        xml = packed.read(path)
    merged = [each.decode() for each in _MERGED.findall(xml)]
    problems = [
        Problem(
            "merged-cells",
            "cells are merged here",
            raw.file,
            1,
            help=_UNMERGE,
            cell=f"{raw.sheet}!{each}",
        )
        for each in merged
    ]
    rows = [int(each) for each in _HIDDEN_ROW.findall(xml) if int(each) <= len(raw.rows)]
    problems += [raw.problem("hidden-row", "this row is hidden", line, 1, _UNHIDE) for line in rows]
    columns = [int(each) for each in _HIDDEN_COLUMN.findall(xml)]
    problems += [
        raw.problem("hidden-column", "this column is hidden", 1, each, _UNHIDE) for each in columns
    ]
    return problems


_UNMERGE = "select the cells and choose Unmerge, then fill every row in full"
_UNHIDE = "clear the filter and unhide rows and columns, so that what is imported is what is seen"
