"""Excel workbooks (.xlsx): values, and whatever would make them mean something else.

Excel shows one thing and stores another: a code without its zeros, a date that was a number, a
row that a filter hides, a sheet that is not the one in front. What we cannot see on the sheet we
do not import.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence

from analysis.problems import Problem, ProblemsFound
from survey_app.fieldwork.sheets import workbook as book
from survey_app.fieldwork.sheets import worksheet
from survey_app.fieldwork.sheets.cells import RawRow, RawTable, Source
from survey_app.fieldwork.sheets.workbook import SheetEntry, Workbook
from survey_app.fieldwork.sheets.worksheet import LAST_ROW, TooLarge, Worksheet

_MOST_NAMED = 8  # sheets that a message lists
_TOP = 30  # rows in which the header of a list is looked for, to choose a sheet


def read(
    source: Source,
    holds_list: Callable[[Sequence[RawRow]], bool],
    *,
    sheet: str = "",
    ours: Collection[str] = (),
) -> RawTable:
    """The rows of the sheet that holds the list, formulas with what they came to.

    Parameters
    ----------
    source : Source
    holds_list : callable
        Whether a list begins in the first rows of a sheet.
    sheet : str
        The sheet that is meant; else the only one that is seen and holds a list.
    ours : collection of str
        Sheets that our templates bring along: nobody has to be told that they were not read.

    Raises
    ------
    ProblemsFound
        When there is none, or several could be meant.
    """
    workbook = opened(source)
    entry = _named(workbook, sheet) if sheet else _chosen(workbook, holds_list, ours)
    read_sheet = sheet_of(workbook, entry, results=True)
    raw = RawTable(
        source.name, rows=read_sheet.rows, sheet=read_sheet.name, merged=read_sheet.merged
    )
    raw.problems += concealed(source.name, read_sheet, merged=False)
    others = [each for each in workbook.sheets if each is not entry and each.name not in ours]
    if others:
        raw.remarks.append(which_were_read(source.name, (entry.name,), others))
    return raw


def opened(source: Source) -> Workbook:
    """The workbook in a file.

    Raises
    ------
    ProblemsFound
        When it is not a sound workbook, or unpacks to more than a sample list can be.
    """
    try:
        return book.opened(source)
    except ProblemsFound:
        raise
    except Exception as error:  # of the zip, of its compression, of the XML, of numbers in it
        message = "this cannot be read as an Excel workbook"
        help = "open it in Excel and save it anew as `Excel Workbook (.xlsx)`"
        raise ProblemsFound([Problem("not-xlsx", message, source.name, help=help)]) from error


def sheet_of(
    workbook: Workbook, entry: SheetEntry, *, results: bool = False, most_rows: int = LAST_ROW
) -> Worksheet:
    """A sheet of a workbook; `results` and `most_rows` as in `worksheet.read`.

    Raises
    ------
    ProblemsFound
        When it cannot be read to its end: with the last cell that could.
    """
    sheet = Worksheet(entry.name)
    try:
        return worksheet.read(workbook, entry, results=results, most_rows=most_rows, into=sheet)
    except TooLarge as error:
        raise ProblemsFound([Problem("file-too-large", str(error), workbook.name)]) from error
    except Exception as error:  # as above
        message = f"the sheet cannot be read beyond this cell: {error}"
        cell = f"{entry.name}!{sheet.at}"
        raise ProblemsFound(
            [Problem("damaged-sheet", message, workbook.name, help=_SAVE_ANEW, cell=cell)]
        ) from error


def merged_cells(file: str, sheet: str, ranges: Iterable[str]) -> list[Problem]:
    """Merged cells: which rows their value is of, nobody can tell."""
    return [
        Problem(
            "merged-cells", "cells are merged here", file, 1, help=_UNMERGE, cell=f"{sheet}!{cells}"
        )
        for cells in ranges
    ]


def concealed(file: str, sheet: Worksheet, *, merged: bool = True) -> list[Problem]:
    """Filled rows and columns that are hidden, filtered away or flattened, and merged cells."""
    table = RawTable(file, sheet=sheet.name)
    problems = merged_cells(file, sheet.name, sheet.merged if merged else ())
    problems += [
        table.problem("hidden-row", "this row is hidden", line, 1, _UNHIDE)
        for line in sheet.hidden_rows
    ]
    problems += [
        table.problem("hidden-column", "this column is hidden", 1, place, _UNHIDE)
        for place in sheet.hidden_columns
    ]
    return problems


def _named(workbook: Workbook, name: str) -> SheetEntry:
    """The sheet of this name, which must be seen."""
    visible = [entry for entry in workbook.sheets if entry.is_visible]
    for entry in visible:
        if entry.name == name:
            return entry
    message = f"there is no visible sheet `{name}`"
    listed = {"typed": name, "sheets": _names_of(visible)}
    raise ProblemsFound(
        [Problem("no-such-sheet", message, workbook.name, help=_CHOOSE, values=listed)]
    )


def _chosen(
    workbook: Workbook, holds_list: Callable[[Sequence[RawRow]], bool], ours: Collection[str]
) -> SheetEntry:
    """The only sheet that is seen and holds a list; where none does, the first that is seen."""
    visible = [entry for entry in workbook.sheets if entry.is_visible]
    if not visible:
        message = "no sheet of this workbook is visible"
        help = "unhide the sheet that holds the list"
        listed = {"hidden_sheets": _names_of(workbook.sheets)}
        raise ProblemsFound(
            [Problem("no-visible-sheet", message, workbook.name, help=help, values=listed)]
        )
    visible = [entry for entry in visible if entry.name not in ours] or visible
    if len(visible) == 1:
        return visible[0]
    lists = [entry for entry in visible
             if holds_list(sheet_of(workbook, entry, most_rows=_TOP).rows)]  # fmt: skip
    if len(lists) > 1:
        message = f"several sheets hold a list: {_listed(lists)}"
        listed = {
            "sheets": _names_of(lists),
            "choices": json.dumps([entry.name for entry in lists], ensure_ascii=False),
        }
        raise ProblemsFound(
            [Problem("several-sheets", message, workbook.name, help=_CHOOSE, values=listed)]
        )
    return lists[0] if lists else visible[0]


def which_were_read(file: str, read: Sequence[str], others: Sequence[SheetEntry]) -> Problem:
    """Which sheets were read, where there are others."""
    names = ", ".join(f"`{name}`" for name in read)
    message = f"read: {names}; not read: {_listed(others)}"
    help = "if another sheet was meant, put it in the place of the one that was read"
    seen = [each for each in others if each.is_visible]
    hidden = [each for each in others if not each.is_visible]
    listed = {"sheet": names, "sheets": _names_of(seen), "hidden_sheets": _names_of(hidden)}
    return Problem("sheet-read", message, file, help=help, values=listed, severity="note")


def _listed(sheets: Sequence[SheetEntry]) -> str:
    names = [
        f"`{each.name}`" + ("" if each.is_visible else " (hidden)") for each in sheets[:_MOST_NAMED]
    ]
    more = len(sheets) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def _names_of(sheets: Sequence[SheetEntry]) -> str:
    """The same without words."""
    more = ", ..." if len(sheets) > _MOST_NAMED else ""
    return ", ".join(f"`{each.name}`" for each in sheets[:_MOST_NAMED]) + more


_CHOOSE = "say which sheet is meant, or keep only that one"
_SAVE_ANEW = "open the workbook in Excel, look at what stands there, and save it anew"
_UNMERGE = "select the cells and choose Unmerge, then fill every row in full"
_UNHIDE = "clear the filter and unhide rows and columns, so that what is imported is what is seen"
