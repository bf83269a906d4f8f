"""Cells of a workbook by row and column: a form is read by where things stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from survey_app.fieldwork.sheets.cells import BLANK, Cell, letters
from survey_app.fieldwork.sheets.worksheet import Worksheet

MOST_ROWS = 2000
"""Rows that a form can have."""


@dataclass(frozen=True)
class Place:
    """A cell of a workbook, what stands in it, and where."""

    sheet: str
    row: int
    column: int
    cell: Cell

    @property
    def name(self) -> str:
        """Sheet and cell, as people find it in Excel."""
        return f"{self.sheet}!{letters(self.column)}{self.row}"


@dataclass
class Grid:
    """A sheet by rows and columns. A formula is what it came to, once a program calculated it."""

    name: str
    cells: Mapping[int, Mapping[int, Cell]]

    @property
    def rows(self) -> int:
        """The last row in which anything stands, as far as a form can reach."""
        return min(max(self.cells, default=0), MOST_ROWS)

    def at(self, row: int, column: int) -> Place:
        """A cell."""
        return Place(self.name, row, column, self.cells.get(row, {}).get(column, BLANK))


def grid_of(sheet: Worksheet) -> Grid:
    """A sheet as it was read, by rows and columns."""
    return Grid(sheet.name, {row.line: row.cells for row in sheet.rows})
