"""CSV that a spreadsheet may open: it shows its Vietnamese letters, and runs nothing."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

BOM = "\ufeff"
_STARTS_A_FORMULA = re.compile(r"(?:^|(?<=[;,\t\r\n]))(?=[=+\-@\t\r\n\0＝＋－＠])")
"""Where a spreadsheet would begin to calculate, wide letters too. Also behind what it may take for
the end of a cell: by the settings of a Vietnamese machine that is a semicolon, and by a tab any."""
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?")


def guarded(text: str) -> str:
    """A text that a spreadsheet shows and never runs."""
    return _STARTS_A_FORMULA.sub("'", text)


def runs(text: str) -> bool:
    """Whether a spreadsheet would run a text; a number such as -1 is only itself."""
    return not _NUMBER.fullmatch(text) and _STARTS_A_FORMULA.search(text) is not None


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


_LOSES_DIGITS = re.compile(r"0[0-9]+|[0-9]{16,}")
"""What a spreadsheet takes for a number and shows without its zeros, or its last digits."""


def for_people(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The same table for a spreadsheet on a Vietnamese machine: semicolons, decimal commas.

    There `71.125` would be read as seventy-one thousand. What is to be read by a program is
    written by `table`.
    """
    out = io.StringIO(newline="")
    out.write(BOM)
    writer = csv.writer(out, delimiter=";")
    writer.writerow(header)
    for row in rows:
        writer.writerow([_for_people(each) for each in row])
    return out.getvalue()


def _for_people(cell: object) -> object:
    if isinstance(cell, str):
        return f"'{cell}" if _LOSES_DIGITS.fullmatch(cell) else guarded(cell)
    if isinstance(cell, float):
        return f"{Decimal(repr(cell)):f}".replace(".", ",")
    return str(cell).replace(".", ",") if isinstance(cell, Decimal) else cell
