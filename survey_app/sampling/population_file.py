"""The list of a population, as an office has it: CSV or Excel, a row for each person or firm.

Its columns are those of the sample file, without what follows from the drawing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from survey_app.fieldwork import values
from survey_app.fieldwork.lists.sample_file import RowReader
from survey_app.fieldwork.sheets import progress
from survey_app.fieldwork.sheets.cells import Source
from survey_app.fieldwork.sheets.read import Row
from survey_app.fieldwork.understanding.header import NOTHING_CHOSEN, Chosen
from survey_app.fieldwork.understanding.meant import Names
from survey_app.fieldwork.understanding.reading import Kind, read_list
from survey_app.fieldwork.values import Unreadable
from survey_app.sampling.population import ONE_STRATUM, Person, Population, population

COLUMNS = (
    "case", "group", "unit", "asked", "home_unit", "sample", "stratum", "psu", "mode", "name",
    "phone", "email", "address",
)  # fmt: skip
REQUIRED = ("group",)
KIND = Kind(columns=COLUMNS, required=REQUIRED)


def read(
    file: Path | Source,
    groups: Collection[str],
    units: Collection[str],
    sheet: str = "",
    chosen: Chosen = NOTHING_CHOSEN,
) -> Population:
    """The list in a file, for a wave with these respondent groups and these units.

    Parameters as for `sample_file.read`.

    Raises
    ------
    ProblemsFound
        With every fault of the file, in the order of its rows.
    """
    table, understanding = read_list(file, KIND, Names.of(groups, units), sheet, chosen)
    reader = _PopulationReader(table, tuple(groups), tuple(units))
    rows = progress.counted(table.rows, "rows_checked", len(table.rows))
    people = [reader.person(row) for row in rows]
    table.stop_if_faulty()
    return replace(population(table.raw.file, people, table.remarks), understanding=understanding)


class _PopulationReader(RowReader):
    """Reads rows that have no weight yet, and may have no number and no stratum."""

    def person(self, row: Row) -> Person:
        """Somebody of the list."""
        case, contact = self.case(row), self.contact(row)
        if not case.label and not contact.name and not contact.phone and not contact.email:
            message = "nothing says who this is"
            help = "fill in `case` (a number of the list), or `name`, `phone` or `email`"
            self._complain(row, "case", Unreadable("nobody", message, help))
        return Person(case, contact, row.line)

    def _label(self, row: Row) -> str:
        return self._only_once(row, self._value(row, "case", values.label, ""))

    def _stratum(self, row: Row) -> str:
        return self._value(row, "stratum", values.label, ONE_STRATUM)

    def _weight(self, _: Row) -> str:
        return "1"
