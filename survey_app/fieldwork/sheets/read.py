"""A table that a person made, in CSV or in Excel, with named columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.problems import Problem, ProblemsFound, closest, likely
from survey_app.fieldwork.sheets import from_csv, from_excel
from survey_app.fieldwork.sheets.cells import BLANK, Cell, RawRow, RawTable, Source
from survey_app.fieldwork.values import Unreadable, printable


@dataclass(frozen=True)
class Row:
    """A row of a table with named columns."""

    line: int
    cells: Mapping[str, Cell]

    def __getitem__(self, column: str) -> Cell:
        return self.cells.get(column, BLANK)


@dataclass
class Table:
    """Rows with named columns. Faults are gathered in `problems` by whoever finds them."""

    raw: RawTable
    columns: Mapping[str, int]
    rows: Sequence[Row]
    problems: list[Problem]

    def complain(
        self, row: Row, column: str, slug: str, message: str, help: str = "", **values: str
    ) -> None:
        """Note a fault in a cell."""
        place = self.columns.get(column, 1)
        known = {"named": column, "typed": row[column].text, **values}
        self.problems.append(self.raw.problem(slug, message, row.line, place, help, **known))

    def stop_if_faulty(self) -> None:
        """Refuse the whole file when anything is wrong with it."""
        if self.problems:
            raise ProblemsFound(sorted(self.problems, key=lambda each: (each.line, each.column)))


def read_table(file: Path | Source, known: Sequence[str], required: Collection[str]) -> Table:
    """The table in a file whose first row names its columns.

    Raises
    ------
    ProblemsFound
        When the file cannot be read, or a column is unknown, missing or there twice.
    """
    raw = _raw_table(Source.of(file))
    if not raw.rows:
        raise ProblemsFound(
            [*raw.problems, Problem("empty-file", "there is no row in this file", raw.file)]
        )
    header, *rows = raw.rows
    columns = _columns(raw, header, known, required)
    for row in rows:
        _no_strays(raw, row, len(header.cells))
    named = [
        Row(row.line, {name: _at(row, place) for name, place in columns.items()}) for row in rows
    ]
    filled = [row for row in named if any(cell.text for cell in row.cells.values())]
    if not filled and not raw.problems:
        raise ProblemsFound([Problem("empty-file", "there is no row below the header", raw.file)])
    table = Table(raw, columns, filled, list(raw.problems))
    _only_plain_cells(table)
    return table


def _raw_table(source: Source) -> RawTable:
    """The rows of a file, by what the file is, not by what it is called."""
    if source.content.startswith(b"PK"):
        return from_excel.read(source)
    if source.content.startswith(b"\xd0\xcf\x11\xe0"):
        message = "this is an old Excel file (.xls), or one with a password"
        help = "open it in Excel and save it as `Excel Workbook (.xlsx)` without a password"
        raise ProblemsFound([Problem("not-xlsx", message, source.name, help=help)])
    return from_csv.read(source)


def _columns(
    raw: RawTable, header: RawRow, known: Sequence[str], required: Collection[str]
) -> dict[str, int]:
    """Column name -> place from 1."""
    problems: list[Problem] = []
    columns: dict[str, int] = {}
    for place, cell in enumerate(header.cells, 1):
        name = cell.text.lower()
        if not name:
            continue
        if name not in known:
            message = f"there is no column `{cell.text}`"
            help, meant = closest(name, known, 0), likely(name, known)
            problems.append(
                raw.problem(
                    "unknown-column", message, header.line, place, help, typed=cell.text, **meant
                )
            )
        elif name in columns:
            message = f"`{name}` is there twice"
            problems.append(raw.problem("repeated-column", message, header.line, place, named=name))
        columns.setdefault(name, place)
    for name in required:
        if name not in columns:
            message = f"the column `{name}` is missing"
            help = "the first row names the columns; start from the template"
            problems.append(
                raw.problem("missing-column", message, header.line, 1, help, named=name)
            )
    if problems:
        raise ProblemsFound([*raw.problems, *problems])
    return columns


def _at(row: RawRow, place: int) -> Cell:
    return row.cells[place - 1] if place <= len(row.cells) else BLANK


def _no_strays(raw: RawTable, row: RawRow, width: int) -> None:
    """In CSV, a comma too many moves every cell after it: a row must be as wide as the header."""
    if raw.sheet or len(row.cells) == width or not any(cell.text for cell in row.cells):
        return
    message = f"there are {len(row.cells)} cells in this row, and {width} in the header"
    help = f'put a text or a number that holds `{raw.delimiter}` in quotes: "1{raw.delimiter}5"'
    raw.problems.append(
        raw.problem("ragged-row", message, row.line, min(width, len(row.cells)), help)
    )


_NOT_PLAIN = {
    "formula": (
        "a formula stands here, not a value",
        "copy the column and paste it as values (Paste Special, Values)",
    ),
    "date": (
        "Excel holds a date here: `{}`",
        "format the cell as Text and type it anew; Excel turns `1/2` or `1.5` into dates",
    ),
    "error": ("Excel shows an error here: `{}`", "mend the cell, or clear it"),
}


def _only_plain_cells(table: Table) -> None:
    """Formulas, dates, errors and hidden characters are faults, whatever the column."""
    for row in table.rows:
        for column, cell in row.cells.items():
            if cell.kind in _NOT_PLAIN:
                message, help = _NOT_PLAIN[cell.kind]
                table.complain(row, column, cell.kind, message.format(cell.text), help)
            elif cell.text:
                try:
                    printable(cell.text)
                except Unreadable as fault:
                    table.complain(
                        row, column, fault.slug, fault.message, fault.help, **fault.values
                    )
