"""Values of Excel's as texts, with what kind of value each was and what is shown of it."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from survey_app.fieldwork.sheets.cells import BLANK, Cell, text_cell
from survey_app.fieldwork.sheets.number_format import NumberFormat

if TYPE_CHECKING:
    from survey_app.fieldwork.sheets.workbook import Workbook

_NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,4})?"
)
_PLAIN = re.compile(r"0|[1-9][0-9]{0,14}")
"""A whole number as it is written and shown; most that stand in lists are."""

_INDEX = re.compile(r"[0-9]{1,9}")
_MOST_EXACT = Decimal(10) ** 15
"""Excel keeps 15 digits: a longer number has lost some already."""

_NOTHING = " "
"""What is shown by a format that hides the value."""

_LAST_DAY = 2_958_466.0
_FIRST_DAY = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}  # noqa: DTZ001  no zone


def number_cell(written: str, shown_as: NumberFormat, *, starts_1904: bool) -> Cell:
    """A cell that holds a number: the number as it was typed, and how it is shown."""
    if not written:
        return BLANK
    if shown_as.is_plain and _PLAIN.fullmatch(written):
        return Cell(written, "number")
    if not _NUMBER.fullmatch(written) or math.isinf(float(written)):
        return damaged(written)
    value = float(written)
    text = as_typed(value)
    if shown_as.is_date:
        return Cell(_day(value, starts_1904=starts_1904) or text, "date")
    return _as_number(text, shown_as)


def _as_number(text: str, shown_as: NumberFormat) -> Cell:
    shown = shown_as.of_number(text)
    if shown is None or abs(Decimal(text)) >= _MOST_EXACT:
        seen = shown.text if shown else shown_as.code
        return Cell(text, "number", shown=seen or _NOTHING, is_label=False)
    if shown.text == text:
        return Cell(text, "number")
    return Cell(
        text,
        "number",
        shown=shown.text or _NOTHING,
        is_label=shown.is_code,
        is_number=shown.is_number,
    )


def typed_cell(kind: str, written: str, style: str, workbook: Workbook) -> Cell:
    """A cell that says what it holds: a text of its own or a shared one, an error, a day."""
    match kind:
        case "s":
            return _shared(written.strip(), style, workbook)
        case "inlineStr" | "str":
            return _as_shown(text_cell(written), workbook.format_of(style))
        case "b":
            truth = {"1": "TRUE", "true": "TRUE", "0": "FALSE", "false": "FALSE"}
            known = truth.get(written.strip())
            return Cell(known, "error") if known else _damaged_unless_blank(written)
        case "e":
            return Cell(written.strip()[:40], "error")
        case "d":
            return Cell(written.strip()[:40], "date")
    return damaged(written or kind)


def damaged(written: str) -> Cell:
    """A cell that holds what no cell can."""
    return Cell(written[:40], "damaged-cell")


def as_typed(number: float) -> str:
    """A number with the 15 digits that Excel keeps: 0.1 + 0.2 is 0.3."""
    if number.is_integer() and abs(number) < float(_MOST_EXACT):
        return str(int(number))
    return format(Decimal(format(number, ".15g")), "f")


def _shared(written: str, style: str, workbook: Workbook) -> Cell:
    if not written:
        return BLANK
    if not _INDEX.fullmatch(written) or int(written) >= len(workbook.texts):
        return damaged(written)
    return _as_shown(workbook.texts[int(written)], workbook.format_of(style))


def _as_shown(cell: Cell, shown_as: NumberFormat) -> Cell:
    """A text; where the format adds letters to it, with these."""
    if shown_as.is_plain or not cell.text:
        return cell
    shown = shown_as.of_text(cell.text)
    if shown == cell.text:
        return cell
    return Cell(cell.text, shown=shown or _NOTHING, is_label=bool(shown), is_number=False)


def _damaged_unless_blank(written: str) -> Cell:
    return damaged(written) if written.strip() else BLANK


def _day(value: float, *, starts_1904: bool) -> str:
    """A day, with the hour where there is one; empty where Excel shows none."""
    if not 0 <= value < _LAST_DAY - 1462 * starts_1904:
        return ""
    moment = _FIRST_DAY[starts_1904] + timedelta(seconds=round(value * 86_400))
    return f"{moment:%d/%m/%Y}" if value.is_integer() else f"{moment:%d/%m/%Y %H:%M}"
