"""How many there are to be asked, stratum by stratum: the frame of a wave, in CSV or Excel."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from analysis.problems import Problem
from survey_app.fieldwork import values
from survey_app.fieldwork.case import Stratum
from survey_app.fieldwork.sheets.cells import Source
from survey_app.fieldwork.sheets.read import Row, Table
from survey_app.fieldwork.understanding.header import NOTHING_CHOSEN, Chosen
from survey_app.fieldwork.understanding.meant import Names
from survey_app.fieldwork.understanding.reading import Kind, read_list
from survey_app.fieldwork.understanding.understood import Understanding
from survey_app.fieldwork.values import Unreadable

COLUMNS = ("group", "sample", "unit", "stratum", "population", "planned")
REQUIRED = ("group", "stratum", "population")
NUMBERS = ("population", "planned")
KIND = Kind(columns=COLUMNS, required=REQUIRED, numbers=NUMBERS)

T = TypeVar("T")


@dataclass(frozen=True)
class Frame:
    """A sound frame. `remarks` are what whoever handed it in should look at."""

    rows: tuple[Stratum, ...]
    understanding: Understanding = field(compare=False)
    remarks: tuple[Problem, ...] = ()


def read(
    file: Path | Source,
    groups: Collection[str],
    units: Collection[str],
    sheet: str = "",
    chosen: Chosen = NOTHING_CHOSEN,
) -> Frame:
    """The frame in a file.

    Parameters
    ----------
    file : Path or Source
    groups, units : collection of str
        Codes of the wave, or codes with the names that people may write for them.
    sheet : str, optional
        The sheet that is meant, where several hold a list.
    chosen : mapping, optional
        What columns are, by place or by heading, where somebody says it.

    Raises
    ------
    ProblemsFound
        With every fault of the file.
    """
    table, understanding = read_list(file, KIND, Names.of(groups, units), sheet, chosen)
    strata = [_stratum(table, row, groups, units) for row in table.rows]
    seen: dict[tuple[str, ...], int] = {}
    for row, each in zip(table.rows, strata, strict=True):
        key = (each.group, each.sample, each.unit, each.stratum)
        first = seen.setdefault(key, row.line)
        if first != row.line and all((each.group, each.stratum)):
            message = f"this stratum is in row {first} already"
            table.complain(row, "stratum", "repeated-stratum", message, row_before=str(first))
    table.stop_if_faulty()
    return Frame(tuple(strata), understanding, tuple(table.remarks))


def _stratum(table: Table, row: Row, groups: Collection[str], units: Collection[str]) -> Stratum:
    known = partial(values.known, guess=table.may_guess)
    if bool(row["unit"].text) == bool(row["sample"].text):
        message = "exactly one of `unit` and `sample` must be filled in"
        table.complain(row, "unit", "unit-or-sample", message)
    for column in ("group", "stratum"):
        if not row[column].text:
            table.complain(row, column, "blank", f"`{column}` is blank")
    population = _value(table, row, "population", values.whole, None)
    planned = _value(table, row, "planned", _planned, None)
    if population is not None and planned is not None and planned > population:
        message = f"{planned} are planned, and there are {population}"
        table.complain(row, "planned", "planned-too-large", message, most=str(population))
    return Stratum(
        group=_value(table, row, "group", lambda text: known(text, groups, "group"), ""),
        sample=_value(table, row, "sample", values.code, ""),
        unit=_value(table, row, "unit", lambda text: known(text, units, "unit"), ""),
        stratum=_value(table, row, "stratum", values.label, ""),
        population=population,
        planned=planned,
    )


def _planned(text: str) -> int:
    return values.whole(text, least=0)


def _value(table: Table, row: Row, column: str, read: Callable[[str], T], otherwise: T) -> T:
    cell = row[column]
    if not cell.text or cell.kind not in {"text", "number"}:
        return otherwise
    try:
        return read(cell.text)
    except Unreadable as fault:
        table.complain(row, column, fault.slug, fault.message, fault.help, **fault.values)
        return otherwise
