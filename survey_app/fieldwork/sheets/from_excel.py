"""Excel workbooks (.xlsx): values, and whatever would make them mean something else.

Excel shows one thing and stores another: a code without its zeros, a date that was a number, a
row that a filter hides, a sheet that is not the one in front. What we cannot see on the sheet we
do not import.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from analysis.problems import Problem, ProblemsFound
from survey_app.fieldwork.sheets import workbook as book
from survey_app.fieldwork.sheets import worksheet
from survey_app.fieldwork.sheets.cells import RawTable, Source
from survey_app.fieldwork.sheets.workbook import SheetEntry, Workbook
from survey_app.fieldwork.sheets.worksheet import TooLarge, Worksheet

_MOST_NAMED = 8  # sheets that a message lists


def read(source: Source, required: Collection[str] = ()) -> RawTable:
    """The rows of the sheet that people see first.

    Raises
    ------
    ProblemsFound
        When there is none, or another visible sheet names the `required` columns too.
    """
    workbook = opened(source)
    entry = _chosen(workbook, required)
    sheet = sheet_of(workbook, entry)
    raw = RawTable(source.name, rows=sheet.rows, sheet=sheet.name)
    raw.problems += concealed(source.name, sheet)
    if others := [each for each in workbook.sheets if each is not entry]:
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
    workbook: Workbook, entry: SheetEntry, *, results: bool = False, first_row_only: bool = False
) -> Worksheet:
    """A sheet of a workbook; `results` as in `worksheet.read`.

    Raises
    ------
    ProblemsFound
        When it cannot be read to its end: with the last cell that could.
    """
    sheet = Worksheet(entry.name)
    try:
        return worksheet.read(
            workbook, entry, results=results, first_row_only=first_row_only, into=sheet
        )
    except TooLarge as error:
        raise ProblemsFound([Problem("file-too-large", str(error), workbook.name)]) from error
    except Exception as error:  # as above
        message = f"the sheet cannot be read beyond this cell: {error}"
        cell = f"{entry.name}!{sheet.at}"
        raise ProblemsFound(
            [Problem("damaged-sheet", message, workbook.name, help=_SAVE_ANEW, cell=cell)]
        ) from error


def concealed(file: str, sheet: Worksheet) -> list[Problem]:
    """Merged cells, and filled rows and columns that are hidden, filtered away or flattened."""
    table = RawTable(file, sheet=sheet.name)
    merged = [f"{sheet.name}!{cells}" for cells in sheet.merged]
    problems = [
        Problem("merged-cells", "cells are merged here", file, 1, help=_UNMERGE, cell=cells)
        for cells in merged
    ]
    problems += [
        table.problem("hidden-row", "this row is hidden", line, 1, _UNHIDE)
        for line in sheet.hidden_rows
    ]
    problems += [
        table.problem("hidden-column", "this column is hidden", 1, place, _UNHIDE)
        for place in sheet.hidden_columns
    ]
    return problems


def _chosen(workbook: Workbook, required: Collection[str]) -> SheetEntry:
    """The first sheet that is seen, unless another one could be meant as well."""
    visible = [entry for entry in workbook.sheets if entry.is_visible]
    if not visible:
        message = "no sheet of this workbook is visible"
        help = "unhide the sheet that holds the list"
        listed = {"hidden_sheets": _names_of(workbook.sheets)}
        raise ProblemsFound(
            [Problem("no-visible-sheet", message, workbook.name, help=help, values=listed)]
        )
    lists = [entry for entry in visible if len(visible) > 1 and _names(workbook, entry, required)]
    if len(lists) > 1:
        message = f"several sheets hold a list: {_listed(lists)}"
        help = "keep the one that is to be imported, and delete the others or hide them"
        listed = {"sheets": _names_of(lists)}
        raise ProblemsFound(
            [Problem("several-sheets", message, workbook.name, help=help, values=listed)]
        )
    if lists and lists[0] != visible[0]:
        message = (
            f"the first sheet is `{visible[0].name}`, but the list stands on `{lists[0].name}`"
        )
        help = "move the sheet with the list to the front"
        listed = {"sheets": _names_of(visible)}
        raise ProblemsFound(
            [Problem("list-not-first", message, workbook.name, help=help, values=listed)]
        )
    return visible[0]


def _names(workbook: Workbook, entry: SheetEntry, required: Collection[str]) -> bool:
    """Whether the first row of a sheet names all these columns."""
    sheet = sheet_of(workbook, entry, first_row_only=True)
    names = {cell.text.lower() for row in sheet.rows for cell in row.cells.values()}
    return bool(required) and names.issuperset(required)


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


_SAVE_ANEW = "open the workbook in Excel, look at what stands there, and save it anew"
_UNMERGE = "select the cells and choose Unmerge, then fill every row in full"
_UNHIDE = "clear the filter and unhide rows and columns, so that what is imported is what is seen"
