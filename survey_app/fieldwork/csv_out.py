"""CSV that a spreadsheet may open: it shows its Vietnamese letters, and runs nothing."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from analysis.spreadsheets import guarded, runs

__all__ = ["guarded", "runs"]

BOM = "\ufeff"


def data(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A file for programs, which a spreadsheet may open all the same: numbers stand as they are.

    What programs join by cannot begin like a formula (`values.label` sees to it), so that only
    words for people are ever guarded.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([in_data(each) if isinstance(each, str) else each for each in row])
    return out.getvalue()


def cell(text: str) -> str:
    """What `data` writes of a text between two commas."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerow(["", in_data(text)])
    return out.getvalue()[1:-1]


def in_data(text: str) -> str:
    """What a program reads where `data` was given a text."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")  # not every Python puts these in quotes
    return guarded(lines) if runs(lines) else lines


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The whole file. Texts are guarded; numbers stand as they are, below zero too."""
    out = io.StringIO(newline="")
    out.write(BOM)
    writer = csv.writer(out)
    writer.writerow(header)
    for row in rows:
        writer.writerow([guarded(each) if isinstance(each, str) else each for each in row])
    return out.getvalue()


_PLAIN_COUNT = re.compile(r"0|[1-9][0-9]{0,10}")
"""A whole number that a spreadsheet shows as it stands: from twelve digits on it says 1E+11."""
_GROUPED = re.compile(r"[0-9]+(?: [0-9]+)+")
"""Digits between spaces, as a telephone number: no spreadsheet takes them for a number."""
_MONTH = (
    r"(?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|(?:thg|tháng)[ .]*[0-9]{1,2})"
)
_TAKEN = re.compile(
    rf"""
    # digits, with all that a number, a day, a time or money has
    (?=.*[0-9]) [\s'’($€₫đ]* [-+0-9.,/:%()\s'’]+ (?:E[-+]?[0-9]+)? [\s$€₫đ%)-]*
        (?:AM|PM|A|P|SA|CH)? \s*
    | [0-9]+ [\s./,-]* {_MONTH} [\s./,-]* [0-9]* \s*
    | {_MONTH} [\s./,-]* [0-9]+ [\s./,-]* [0-9]* \s*
    | true | false | đúng | sai  # LibreOffice knows them in Vietnamese
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What a spreadsheet takes for a number, a day, a time or a truth, and shows as another text."""
_LONGEST_TAKEN = 40
"""No spreadsheet takes a longer text for anything but a text."""


def for_people(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The same table for a spreadsheet on a Vietnamese machine: semicolons, decimal commas.

    There `71.125` would be read as seventy-one thousand. A text stays one: where a spreadsheet
    would make a number, a day, a time or a formula of it, an apostrophe stands before it. What is
    to be read by a program is written by `table`.
    """
    out = io.StringIO(newline="")
    out.write(BOM)
    writer = csv.writer(out, delimiter=";")
    writer.writerow(header)
    for row in rows:
        writer.writerow([_for_people(each) for each in row])
    return out.getvalue()


def is_taken(text: str) -> bool:
    """Whether a spreadsheet would show a text as another: 01 as 1, 1-2 as a day, 1E5 as 100000."""
    if len(text) > _LONGEST_TAKEN or _PLAIN_COUNT.fullmatch(text) or _GROUPED.fullmatch(text):
        return False
    return _TAKEN.fullmatch(text) is not None


def _for_people(cell: object) -> object:
    if isinstance(cell, str):
        return f"'{cell}" if is_taken(cell) else guarded(cell)
    if isinstance(cell, float):
        return f"{Decimal(repr(cell)):f}".replace(".", ",")
    return str(cell).replace(".", ",") if isinstance(cell, Decimal) else cell


FOR_SPREADSHEETS, PLAIN = "csv-excel", "csv"
"""The two kinds of table that people take away, as addresses name them."""

KINDS: Mapping[str, Callable[[Sequence[str], Iterable[Sequence[object]]], str]] = {
    FOR_SPREADSHEETS: for_people,
    PLAIN: table,
}
"""What writes each kind: every table of the office and of the public pages."""
