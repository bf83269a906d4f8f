"""Weights that may be a thousand times larger: `1.250` is 1250 where people write it so.

Nothing in `1.250` itself says which of the two is meant. The other weights do: beside 980 it is
1250, beside 1.5 it is 1.25. Where they say that it was read wrong the list is refused; where they
leave it open we say how it was read.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from survey_app.fieldwork import values
from survey_app.fieldwork.case import Case
from survey_app.fieldwork.sheets.read import Row, Table
from survey_app.fieldwork.values import Unreadable, plain

_EITHER = re.compile(r"\+?([1-9][0-9]{0,2})([.,])([0-9]{3})")
_DECIMAL = re.compile(r"[+-]?[0-9]+([.,])[0-9]+")
_CLEARLY = math.log(10)
"""So much nearer must 1250 be than 1.25 (as a ratio: ten times) for the list to be refused."""

_MOST_SHOWN = 5
_MOST_REMARKS = 10


@dataclass
class _Evidence:
    """What the column holds: numbers that can be read in two ways, and those that cannot."""

    either: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    certain: dict[str, Decimal] = field(default_factory=dict)
    decimal_marks: dict[str, str] = field(default_factory=dict)

    @cached_property
    def marks(self) -> frozenset[str]:
        """The marks of the numbers that can be read in two ways."""
        return frozenset(_mark(text) for text in self.either)


def expected_weights(cases: Collection[Case]) -> list[Decimal]:
    """What weights come to in strata of persons whose size is known: size over cases listed."""
    listed: dict[tuple[str, ...], int] = defaultdict(int)
    sizes: dict[tuple[str, ...], int] = {}
    for case in cases:
        if case.fpc1 is not None and not case.psu:
            key = (*case.cell, case.stratum)
            listed[key] += 1
            sizes[key] = case.fpc1
    return sorted({Decimal(sizes[key]) / count for key, count in listed.items()})


def check_thousands(table: Table, column: str, expected: Sequence[Decimal] = ()) -> None:
    """Complain of numbers of a column whose mark stands between thousands, or may.

    Parameters
    ----------
    table : Table
    column : str
    expected : sequence of Decimal
        Numbers near which those of the column should be, known from elsewhere.
    """
    evidence = _gathered(table, column)
    if not evidence.either:
        return
    certain = sorted({*evidence.certain.values(), *expected})
    logarithms = [float(number.ln()) for number in certain if number > 0]
    left_open = []
    for text, rows in evidence.either.items():
        reason = _why_refused(text, evidence, logarithms)
        if reason:
            _refuse(table, rows, column, evidence, reason)
        elif _is_open(text, evidence, logarithms):
            left_open.append(rows)
    for at, rows in enumerate(left_open[:_MOST_REMARKS], 1):
        more = len(left_open) - at if at == _MOST_REMARKS else 0
        _remark(table, rows, column, evidence, more)


def _gathered(table: Table, column: str) -> _Evidence:
    by_cell: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in table.rows:
        cell = row[column]
        by_cell[cell.kind, cell.text].append(row)
    evidence = _Evidence()
    for (kind, text), rows in by_cell.items():
        if kind not in {"text", "number"} or not text:
            continue
        if kind == "text" and _EITHER.fullmatch(text):
            evidence.either[text] += rows
        elif text not in evidence.certain:
            _note(evidence, text, is_typed=kind == "text")
    return evidence


def _note(evidence: _Evidence, text: str, *, is_typed: bool) -> None:
    try:
        evidence.certain[text] = values.decimal(text)
    except Unreadable:
        return
    if is_typed and (known := _DECIMAL.fullmatch(text)):
        evidence.decimal_marks.setdefault(known[1], text)


def _why_refused(text: str, evidence: _Evidence, logarithms: Sequence[float]) -> str:
    """Why a number cannot be taken as a decimal; empty where it can."""
    mark = _mark(text)
    if mark in evidence.decimal_marks:
        return ""
    if evidence.decimal_marks:
        other, example = next(iter(evidence.decimal_marks.items()))
        return f"decimals have a `{other}` here (`{example}`)"
    if len(evidence.marks) > 1:
        return "both `.` and `,` stand before three digits in this column"
    if logarithms and _nearer(text, logarithms) > _CLEARLY:
        return f"other values are {_examples(evidence)}"
    return ""


def _is_open(text: str, evidence: _Evidence, logarithms: Sequence[float]) -> bool:
    """Whether it may well have been meant as thousands, though nothing says so for certain."""
    if not logarithms:
        return text.endswith("0") and _mark(text) not in evidence.decimal_marks
    log = math.log(_as_decimal(text)) + math.log(1000)
    return _nearer(text, logarithms) > 0 or _distance(log, logarithms) < _CLEARLY


def _nearer(text: str, logarithms: Sequence[float]) -> float:
    """How much nearer a thousandfold is to any of the certain numbers (natural logarithms)."""
    log = math.log(_as_decimal(text))
    return _distance(log, logarithms) - _distance(log + math.log(1000), logarithms)


def _distance(log: float, logarithms: Sequence[float]) -> float:
    at = bisect_left(logarithms, log)
    return min(abs(log - each) for each in logarithms[max(at - 1, 0) : at + 1])


def _refuse(
    table: Table, rows: Sequence[Row], column: str, evidence: _Evidence, reason: str
) -> None:
    text = rows[0][column].text
    whole, decimal = _both(text)
    where = f" ({len(rows)} rows)" if len(rows) > 1 else ""
    message = f"`{text}` can be {whole} or {decimal}: {reason}{where}"
    help = f"write `{whole}` if that is meant, or `{decimal}`"
    table.complain(rows[0], column, "ambiguous-number", message, help, evidence=_examples(evidence))


def _remark(table: Table, rows: Sequence[Row], column: str, evidence: _Evidence, more: int) -> None:
    text = rows[0][column].text
    whole, decimal = _both(text)
    where = f" in {len(rows)} rows" if len(rows) > 1 else ""
    message = f"`{text}` was read as {decimal}{where}, not as {whole}"
    message += f"; and so were {more} more numbers" if more else ""
    help = f"if {whole} is meant, write it without a mark"
    table.remark(rows[0], column, "read-as-decimal", message, help, evidence=_examples(evidence))


def _both(text: str) -> tuple[str, str]:
    """The two numbers, each written so that it cannot be read as the other."""
    known = _EITHER.fullmatch(text)
    assert known
    fraction = known[3].rstrip("0")
    decimal = f"{known[1]}{known[2]}{fraction}" if fraction else known[1]
    could_be_either = fraction == known[3]
    return known[1] + known[3], decimal + "0" if could_be_either else decimal


def _examples(evidence: _Evidence) -> str:
    shown = list(evidence.certain)[:_MOST_SHOWN]
    more = len(evidence.certain) - len(shown)
    return ", ".join(f"`{text}`" for text in shown) + (f" and {more} more" if more else "")


def _mark(text: str) -> str:
    return "," if "," in text else "."


def _as_decimal(text: str) -> float:
    return float(plain(values.decimal(text)))
