"""A table that a person made, in CSV or in Excel, whose columns have names by now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from analysis.problems import Problem, ProblemsFound
from survey_app.fieldwork.sheets.cells import BLANK, Cell, RawRow, RawTable, Source, letters
from survey_app.fieldwork.values import LOST_LETTER, Unreadable, printable

MOST_PROBLEMS = 20_000
"""So many faults are found in one file; one with more is of another kind altogether."""


_MOST_GUESSED = 500


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table with named columns."""

    line: int
    cells: Mapping[str, Cell]

    def __getitem__(self, column: str) -> Cell:
        return self.cells.get(column, BLANK)


@dataclass
class Table:
    """Rows with named columns. Faults are gathered in `problems` by whoever finds them.

    `remarks` are what a person should know of a file that is taken.
    """

    raw: RawTable
    columns: Mapping[str, int]
    rows: Sequence[Row]
    problems: list[Problem]
    remarks: list[Problem] = field(default_factory=list)

    @property
    def may_guess(self) -> bool:
        """Whether faults are few enough to say of each what may have been meant."""
        return len(self.problems) < _MOST_GUESSED

    def complain(
        self, row: Row, column: str, slug: str, message: str, help: str = "", **values: str
    ) -> None:
        """Note a fault in a cell. A file with very many is refused at once."""
        self.problems.append(self._told(row, column, slug, message, help, **values))
        if len(self.problems) >= MOST_PROBLEMS:
            self.stop_if_faulty()

    def remark(
        self, row: Row, column: str, slug: str, message: str, help: str = "", **values: str
    ) -> None:
        """Note what a person should look at, though the cell is taken."""
        told = self._told(row, column, slug, message, help, **values)
        self.remarks.append(replace(told, severity="warning"))

    def _told(
        self, row: Row, column: str, slug: str, message: str, help: str, **values: str
    ) -> Problem:
        place = self.columns.get(column, 1)
        known = {"named": column, "typed": row[column].text, **values}
        return self.raw.problem(slug, message, row.line, place, help, **known)

    def stop_if_faulty(self) -> None:
        """Refuse the whole file when anything is wrong with it."""
        if self.problems:
            raise ProblemsFound(sorted(self.problems, key=lambda each: (each.line, each.column)))


def refuse_old_excel(source: Source) -> None:
    """Old workbooks and locked ones are not read.

    Raises
    ------
    ProblemsFound
    """
    if source.content.startswith(b"\xd0\xcf\x11\xe0"):
        message = "this is an old Excel file (.xls), or one with a password"
        help = "open it in Excel and save it as `Excel Workbook (.xlsx)` without a password"
        raise ProblemsFound([Problem("not-xlsx", message, source.name, help=help)])


def unnamed(
    raw: RawTable, header: RawRow, rows: Sequence[RawRow], passed_over: Collection[object] = ()
) -> list[Problem]:
    """Columns that hold something below the header, and have no name in it: the first cell.

    Those of which somebody has said what they are are `passed_over`.
    """
    first: dict[int, int] = {}
    for row in rows:
        for place in row.cells:
            if place not in header.cells and (raw.sheet or place <= header.width):
                first.setdefault(place, row.line)
    return [
        raw.problem(
            "unnamed-column",
            f"column {letters(place)} has no name in row {header.line}, but holds something here",
            line,
            place,
            "name the column in the row of the headings, or clear its cells",
            letter=letters(place),
        )
        for place, line in sorted(first.items())
        if place not in passed_over
    ]


def no_strays(raw: RawTable, row: RawRow, width: int) -> None:
    """In CSV, a comma too many moves every cell after it: a row must be as wide as the header."""
    if raw.sheet or row.width == width or not row.cells:
        return
    message = f"there are {row.width} cells in this row, and {width} in the header"
    help = f'put a text or a number that holds `{raw.delimiter}` in quotes: "1{raw.delimiter}5"'
    raw.problems.append(raw.problem("ragged-row", message, row.line, min(width, row.width), help))


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
    "damaged-cell": (
        "the file is damaged here: `{}` is no number, and no text of this workbook",
        "type the cell anew in Excel, and save the workbook",
    ),
}


def only_plain_cells(table: Table) -> None:
    """Formulas, dates, errors and hidden characters are faults, whatever the column."""
    for row in table.rows:
        for column, cell in () if _is_plain(row) else row.cells.items():
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


def _is_plain(row: Row) -> bool:
    """Whether every cell is, which most rows of a long list are."""
    cells = row.cells.values()
    if not _NOT_PLAIN.keys().isdisjoint([cell.kind for cell in cells]):
        return False
    written = "".join([cell.text for cell in cells])
    return written.isprintable() and LOST_LETTER not in written


def as_shown(row: Row, numbers: Collection[str], table: Table) -> Row:
    """The row as people see it: in a column of names or codes 00001 is no 1."""
    if not any(cell.shown for cell in row.cells.values()):
        return row
    seen: dict[str, Cell] = dict(row.cells)
    for column, cell in row.cells.items():
        if not cell.shown:
            continue
        if not (cell.is_number if column in numbers else cell.is_label):
            message = f"Excel shows `{cell.shown}` here, and the cell holds `{cell.text}`"
            table.complain(row, column, "number-format", message, _FORMAT, shown=cell.shown)
            seen[column] = cell._replace(kind="error")  # told, and passed over from here on
        elif column not in numbers:
            seen[column] = Cell(cell.shown)
    return Row(row.line, seen)


_FORMAT = "format the cell as General (codes as Text), and type what is meant"
