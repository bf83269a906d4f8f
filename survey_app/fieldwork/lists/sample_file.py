"""The sample list of a wave, as an office hands it in: CSV or Excel, a row for each case.

A list is taken whole or not at all, and every fault is reported with its row and column.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from analysis.problems import Problem
from survey_app.fieldwork import values
from survey_app.fieldwork.case import MODES, Case, Contact
from survey_app.fieldwork.lists.sample_design import check_design
from survey_app.fieldwork.lists.subset import ALL, how_many
from survey_app.fieldwork.sheets import progress
from survey_app.fieldwork.sheets.cells import BLANK, Source
from survey_app.fieldwork.sheets.read import Row, Table
from survey_app.fieldwork.thousands import check_thousands, expected_weights
from survey_app.fieldwork.understanding.header import NOTHING_CHOSEN, Chosen
from survey_app.fieldwork.understanding.meant import Names
from survey_app.fieldwork.understanding.reading import Kind, read_list
from survey_app.fieldwork.understanding.understood import Understanding
from survey_app.fieldwork.values import Unreadable

COLUMNS = (
    "case", "group", "unit", "asked", "home_unit", "sample", "stratum", "psu", "weight", "fpc1",
    "fpc2", "mode", "name", "phone", "email", "address",
)  # fmt: skip
REQUIRED = ("case", "group", "stratum", "weight")
NUMBERS = ("weight", "fpc1", "fpc2")
KIND = Kind(columns=COLUMNS, required=REQUIRED, numbers=NUMBERS)

_MOST_ASKED = 2000
_READ = frozenset({"text", "number"})
_REPEATED = ("group", "unit", "sample", "stratum", "psu", "weight", "fpc1", "fpc2", "mode")
"""Columns in which a list says the same in many rows."""

T = TypeVar("T")


@dataclass(frozen=True)
class Sample:
    """A sound list: its cases, and how to reach those that can be reached, by case number.

    `remarks` are what whoever handed it in should look at.
    """

    rows: tuple[Case, ...]
    contacts: Mapping[str, Contact]
    understanding: Understanding = field(compare=False)
    remarks: tuple[Problem, ...] = ()


def read(
    file: Path | Source,
    groups: Collection[str],
    units: Collection[str],
    sheet: str = "",
    chosen: Chosen = NOTHING_CHOSEN,
    taken: Collection[str] = (),
) -> Sample:
    """The sample in a file, for a wave with these respondent groups and these units.

    Parameters
    ----------
    file : Path or Source
    groups, units : collection of str
        Codes of the wave, or codes with the names that people may write for them.
    sheet : str, optional
        The sheet that is meant, where several hold a list.
    chosen : mapping, optional
        What columns are, by place or by heading, where somebody says it.
    taken : collection of str, optional
        Case numbers that the wave has already.

    Raises
    ------
    ProblemsFound
        With every fault of the file, in the order of its rows.
    """
    table, understanding = read_list(file, KIND, Names.of(groups, units), sheet, chosen)
    reader = RowReader(table, tuple(groups), tuple(units), frozenset(taken))
    rows = progress.counted(table.rows, "rows_checked", len(table.rows))
    cases = [reader.case(row) for row in rows]
    contacts = [reader.contact(row) for row in table.rows]
    check_design(table, cases)
    check_thousands(table, "weight", expected_weights(cases))
    table.stop_if_faulty()
    reached = {each.label: each for each in contacts if not each.is_blank}
    return Sample(tuple(cases), reached, understanding, tuple(table.remarks))


class RowReader:
    """Reads row after row, and remembers the labels seen.

    What it cannot read it complains of and leaves blank: the rest of the row is looked at too.
    """

    def __init__(
        self,
        table: Table,
        groups: tuple[str, ...],
        units: tuple[str, ...],
        taken: Collection[str] = (),
    ) -> None:
        self.table, self.groups, self.units, self.taken = table, groups, units, taken
        self.seen: dict[str, int] = {}
        self.known: dict[str, dict[str, Any]] = {column: {} for column in _REPEATED}

    def case(self, row: Row) -> Case:
        """Who is asked, about which units."""
        unit = self._value(row, "unit", self._unit, "")
        sample = self._value(row, "sample", values.code, "")
        home = self._text(row, "home_unit", 32)
        return Case(
            label=self._label(row),
            group=self._needed(row, "group", self._group, ""),
            asked=self._asked(row, unit, home),
            stratum=self._stratum(row),
            weight=self._weight(row),
            unit=unit,
            sample=sample,
            home_unit=home,
            psu=self._value(row, "psu", values.label, ""),
            fpc1=self._value(row, "fpc1", values.whole, None),
            fpc2=self._value(row, "fpc2", values.whole, None),
            mode=self._value(row, "mode", _mode, "web"),
        )

    def contact(self, row: Row) -> Contact:
        """How they are reached."""
        return Contact(
            label=row["case"].text,
            name=self._text(row, "name", 200),
            phone=self._value(row, "phone", values.phone, ""),
            email=self._value(row, "email", lambda text: values.short(values.email(text), 200), ""),
            address=self._text(row, "address", 400),
        )

    def _stratum(self, row: Row) -> str:
        return self._needed(row, "stratum", values.label, "")

    def _weight(self, row: Row) -> str:
        return self._needed(row, "weight", lambda text: values.plain(values.above_zero(text)), "")

    def _label(self, row: Row) -> str:
        label = self._needed(row, "case", values.label, "")
        return self._only_once(row, label)

    def _only_once(self, row: Row, label: str) -> str:
        first = self.seen.setdefault(label, row.line) if label else row.line
        if first != row.line:
            message, help = f"the case `{label}` is there twice", f"the first is in row {first}"
            fault = Unreadable("repeated-case", message, help, row_before=str(first))
            self._complain(row, "case", fault)
        elif label in self.taken:
            message = f"the wave has a case `{label}` already"
            help = "leave out the cases that were imported before"
            self._complain(row, "case", Unreadable("case-known", message, help))
        return label

    def _asked(self, row: Row, unit: str, home: str) -> str:
        """`asked` as it is kept: the unit itself for a case that rates one unit."""
        unit_cell, sample_cell = row["unit"], row["sample"]
        has_unit, has_sample = bool(unit_cell.text), bool(sample_cell.text)
        if has_unit == has_sample:
            what = "both `unit` and `sample` are" if has_unit else "neither `unit` nor `sample` is"
            help = "`unit` for a case that rates one unit, `sample` and `asked` for one of several"
            self._complain(row, "unit", Unreadable("unit-or-sample", f"{what} filled in", help))
            return ""
        if has_unit:
            return self._asked_about_one(row, unit, home)
        return self._needed(row, "asked", lambda text: self._asked_about_many(text, home), "")

    def _asked_about_one(self, row: Row, unit: str, home: str) -> str:
        asked = row["asked"].text
        if asked and asked != row["unit"].text:
            help = "leave `asked` blank where `unit` is filled in"
            fault = Unreadable("asked", "`asked` is for cases that rate several units", help)
            self._complain(row, "asked", fault)
        if unit and unit == home:
            fault = Unreadable(
                "own-unit", f"`{unit}` is the case's own unit", "nobody rates the own unit"
            )
            self._complain(row, "home_unit", fault)
        return unit

    def _asked_about_many(self, text: str, home: str) -> str:
        if text == ALL:
            return text
        if values.short(text, _MOST_ASKED).startswith(ALL):
            return self._subset(text)
        codes = [self._unit(code) for code in text.replace(",", " ").replace(";", " ").split()]
        twice = next((code for code in codes if codes.count(code) > 1), "")
        if twice:
            raise Unreadable("asked", f"`{twice}` is named twice")
        if not [code for code in codes if code != home]:
            raise Unreadable("own-unit", "there is no unit to rate but the case's own")
        return " ".join(codes)

    def _subset(self, text: str) -> str:
        size = how_many(text)
        if size is None:
            help = (
                "write `*` for all units, `*12` for twelve at random, or codes with spaces between"
            )
            raise Unreadable("asked", f"`{text}` does not say which units are rated", help)
        if size > len(self.units):
            message = f"{size} units are asked for, and the wave has {len(self.units)}"
            most = str(len(self.units))
            raise Unreadable("asked", message, "write `*` for all units", most=most)
        return text

    def _group(self, text: str) -> str:
        return values.known(text, self.groups, "group", guess=self.table.may_guess)

    def _unit(self, text: str) -> str:
        return values.known(text, self.units, "unit", guess=self.table.may_guess)

    def _text(self, row: Row, column: str, most: int) -> str:
        cell = row.cells.get(column, BLANK)
        if len(cell.text) <= most and cell.kind in _READ:
            return cell.text
        return self._value(row, column, lambda text: values.short(text, most), "")

    def _needed(self, row: Row, column: str, read: Callable[[str], T], otherwise: T) -> T:
        if not row.cells.get(column, BLANK).text:
            help = _WHY_NEEDED.get(column, "")
            self._complain(row, column, Unreadable("blank", f"`{column}` is blank", help))
        return self._value(row, column, read, otherwise)

    def _value(self, row: Row, column: str, read: Callable[[str], T], otherwise: T) -> T:
        """What a cell holds, by the rule of its column; cells at fault already are passed over.

        In columns whose values are repeated in many rows, each is looked at once.
        """
        cell = row.cells.get(column, BLANK)
        if not cell.text or cell.kind not in _READ:
            return otherwise
        known = self.known.get(column)
        if known is not None and cell.text in known:
            return cast(T, known[cell.text])
        try:
            value = read(cell.text)
        except Unreadable as fault:
            self._complain(row, column, fault)
            return otherwise
        if known is not None:
            known[cell.text] = value
        return value

    def _complain(self, row: Row, column: str, fault: Unreadable) -> None:
        self.table.complain(row, column, fault.slug, fault.message, fault.help, **fault.values)


_WHY_NEEDED = {
    "weight": "the weight is 1 divided by the chance of being drawn; write 1 where all are asked",
    "stratum": "write the same word, such as `all`, in every row of a sample without strata",
    "asked": "write `*` for all units, `*12` for twelve at random, or codes with spaces between",
}


def _mode(text: str) -> str:
    return values.known(text.lower(), MODES, "mode")
