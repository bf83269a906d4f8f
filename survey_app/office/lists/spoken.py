"""How a list was understood, in words: columns, what differs, what is left out, the first rows."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from survey_app.fieldwork.case import MODES
from survey_app.fieldwork.lists import frame_file, sample_file
from survey_app.fieldwork.sheets.cells import letters
from survey_app.fieldwork.understanding.understood import Change, Column, Understanding
from survey_app.fieldwork.understanding.words import vocabulary
from survey_app.office.page import language, say, words
from survey_app.office.pieces.faults import column_name
from survey_app.questionnaire.model import Text

_NUMBERS = frozenset({*sample_file.NUMBERS, *frame_file.NUMBERS})
_SURE = re.compile(r"[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,})")


@dataclass(frozen=True, kw_only=True)
class ColumnLine:
    """A column of the file, and which of ours it was taken for; empty where it is not read.

    `note` says why it is not.
    """

    place: int
    heading: str
    column: str
    note: str
    is_unknown: bool
    example: str


@dataclass(frozen=True, kw_only=True)
class ChangeLine:
    """What will be stored otherwise than it stands in the file."""

    column: str
    before: str
    after: str
    why: str
    count: int
    line: int


@dataclass(frozen=True, kw_only=True)
class Told:
    """Everything that a page shows of how a list was understood."""

    columns: tuple[ColumnLine, ...]
    not_read: tuple[str, ...]
    changes: tuple[ChangeLine, ...]
    left_out: tuple[str, ...]
    headings: tuple[str, ...]
    first: tuple[tuple[str, ...], ...]


def told(
    understanding: Understanding,
    groups: Mapping[str, Text],
    units: Mapping[str, str],
    left_out: Collection[int] = (),
) -> Told:
    """In the language of the page, with the names of groups and units beside their codes.

    `left_out` are the places of columns of which somebody said that they are not read.
    """
    spoken = language()
    names = {
        "group": {code: say(text, spoken) for code, text in groups.items()},
        "mode": {mode: words()[f"lists_mode_{mode}"] for mode in MODES},
        **dict.fromkeys(("unit", "home_unit"), units),
    }
    read = understanding.read_columns
    return Told(
        columns=tuple(_column(each, spoken, left_out) for each in understanding.columns),
        not_read=tuple(
            each.heading
            for each in understanding.columns
            if _is_unknown(each) and each.place not in left_out
        ),
        changes=tuple(_change(each, names, spoken) for each in understanding.changes),
        left_out=tuple(
            words()[f"lists_left_{each.why.replace('-', '_')}"].format(
                count=each.count, line=each.line, text=each.text
            )
            for each in understanding.left_out
        ),
        headings=tuple(column_name(each, spoken) for each in read),
        first=tuple(
            tuple(
                _number(cell, spoken) if column in _NUMBERS
                else _with_name(cell, names.get(column, {}))
                for column, cell in zip(read, row, strict=True)
            )
            for row in understanding.first
        ),
    )  # fmt: skip


def _is_unknown(column: Column) -> bool:
    """Whether nobody can tell what a column is: neither ours, nor one that only numbers rows."""
    is_ours = column.means or column.because
    return not is_ours and not vocabulary().is_left_out(column.heading)


def _column(column: Column, spoken: str, left_out: Collection[int]) -> ColumnLine:
    """A column with what it was taken for; only what nobody knows is marked as not understood."""
    is_unknown = _is_unknown(column) and column.place not in left_out
    note = ""
    if column.because:
        named = column_name(column.because, spoken)
        note = words()["lists_says_the_same"].format(column=named)
    elif not column.means and vocabulary().is_left_out(column.heading):
        note = words()["lists_numbers_rows"]
    example = _number(column.example, spoken) if column.means in _NUMBERS else column.example
    return ColumnLine(
        place=column.place,
        heading=column.heading or letters(column.place),
        column=column.means,
        note=note,
        is_unknown=is_unknown,
        example=example,
    )


def _number(text: str, spoken: str) -> str:
    """A number as the language writes it; one that may be read in two ways stays as it is."""
    return text.replace(".", ",") if spoken == "vi" and _SURE.fullmatch(text) else text


def _change(change: Change, names: Mapping[str, Mapping[str, str]], spoken: str) -> ChangeLine:
    known = names.get(change.column, {})
    return ChangeLine(
        column=column_name(change.column, spoken),
        before=change.before,
        after=_with_name(change.after, known),
        why=words()[f"lists_change_{change.kind}"],
        count=change.count,
        line=change.line,
    )


def _with_name(code: str, names: Mapping[str, str]) -> str:
    return f"{code} ({names[code]})" if code in names else code
