"""A list of an office, read: its header found, its columns and values understood, and all told.

Nothing is made to fit in silence. What will be stored otherwise than it stands in the file is a
`Change`, what is not read is told, and what cannot be understood is a fault at its cell.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from analysis.problems import Problem, ProblemsFound
from survey_app.fieldwork.sheets import from_csv, from_excel
from survey_app.fieldwork.sheets.cells import BLANK, RawRow, RawTable, Source
from survey_app.fieldwork.sheets.read import (
    Row,
    Table,
    as_shown,
    no_strays,
    only_plain_cells,
    refuse_old_excel,
    unnamed,
)
from survey_app.fieldwork.understanding import header as heads
from survey_app.fieldwork.understanding.header import NOTHING_CHOSEN, Chosen, Columns, Header
from survey_app.fieldwork.understanding.meant import Meant, Names
from survey_app.fieldwork.understanding.understood import Column, LeftOut, Understanding, WhyLeftOut
from survey_app.fieldwork.understanding.words import bare, vocabulary

GUIDE_SHEETS = ("Hướng dẫn", "Danh mục", "Lỗi")
"""What our templates and annotated copies bring along: nothing of a list stands there."""

_FEWEST_NUMBERED = 3
_FIRST = 5
_MOST_TEXT = 120
_NUMBERING = re.compile(r"\(?[0-9]{1,2}\)?|\(?[A-EI]\)?")
"""What stands in a row that numbers the columns: 1, (2), A, (B)."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What a list has: columns, those that it must have, and those that hold numbers."""

    columns: Sequence[str]
    required: Collection[str]
    numbers: Collection[str] = ()


@dataclass
class _LeftOut:
    rows: dict[WhyLeftOut, LeftOut] = field(default_factory=dict)

    def note(self, why: WhyLeftOut, row: RawRow) -> None:
        known = self.rows.get(why)
        if known:
            self.rows[why] = replace(known, count=known.count + 1)
        else:
            text = " | ".join(cell.text for _, cell in sorted(row.cells.items()))[:_MOST_TEXT]
            self.rows[why] = LeftOut(why=why, line=row.line, text=text)


class HeadingsUnclear(ProblemsFound):
    """What columns are cannot be told by their headings; `understanding` has all that there are."""

    def __init__(self, problems: Sequence[Problem], understanding: Understanding) -> None:
        super().__init__(problems)
        self.understanding = understanding


def read_list(
    file: Path | Source, kind: Kind, names: Names, sheet: str = "", chosen: Chosen = NOTHING_CHOSEN
) -> tuple[Table, Understanding]:
    """The rows of a list, by the names of its columns, and how it was understood.

    Raises
    ------
    ProblemsFound
        When the file cannot be read.
    HeadingsUnclear
        When what a column is cannot be told; `chosen` says it.
    """
    raw = _raw(Source.of(file), kind, sheet)
    if not raw.rows:
        raise ProblemsFound(
            [*raw.problems, Problem("empty-file", "there is no row in this file", raw.file)]
        )
    ranges = heads.merged(raw.merged)
    header = heads.find(raw.rows, kind.columns, ranges)
    raw.problems += from_excel.merged_cells(
        raw.file, raw.sheet, _below(header.row.line, raw.merged, ranges)
    )
    left_out = _LeftOut()
    below = _rows_below(raw, header, left_out)
    raw.problems += unnamed(raw, header.row, below, passed_over=chosen)
    columns = heads.columns(raw, header, kind.columns, kind.required, chosen)
    if any(each.slug in _FATAL for each in raw.problems):
        raise _unclear(raw, header, columns, below)
    for row in below:
        no_strays(raw, row, header.row.width)
    table = _table(raw, columns, below, left_out)
    only_plain_cells(table)
    if raw.sheet:  # CSV shows what it holds
        table.rows = [as_shown(row, kind.numbers, table) for row in table.rows]
    meant = Meant(names)
    table.rows = [meant.row(row) for row in table.rows]
    return table, Understanding(
        file=raw.file,
        sheet=raw.sheet,
        header=header.row.line,
        rows=len(table.rows),
        columns=_with_examples(columns.listed, below),
        changes=meant.changes,
        left_out=tuple(left_out.rows.values()),
        first=_first(table, columns),
    )


def _unclear(
    raw: RawTable, header: Header, columns: Columns, below: Sequence[RawRow]
) -> ProblemsFound:
    """Somebody may say what the columns are, where that is all that is wrong with a list."""
    if not below or {each.slug for each in raw.problems} - _FATAL - _OF_HEADINGS:
        return ProblemsFound(raw.problems)
    listed = _with_examples(columns.listed, below)
    return HeadingsUnclear(raw.problems, _of_headings(raw, header, len(below), listed))


def _of_headings(
    raw: RawTable, header: Header, rows: int, columns: tuple[Column, ...]
) -> Understanding:
    """As far as a list is understood whose columns nobody knows yet."""
    line = header.row.line
    return Understanding(file=raw.file, sheet=raw.sheet, header=line, rows=rows, columns=columns)


_FATAL = frozenset({"missing-column", "unknown-column", "repeated-column"})
"""With these, what stands below the header cannot be looked at."""

_OF_HEADINGS = frozenset({"unnamed-column"})
"""What else may be wrong with headings."""


def _raw(source: Source, kind: Kind, sheet: str) -> RawTable:
    """The rows of a file, by what the file is, not by what it is called."""

    def names(texts: Sequence[str]) -> int:
        return len({vocabulary().columns(text)[0] for text in texts} & {*kind.columns})

    def holds_list(rows: Sequence[RawRow]) -> bool:
        headings = heads.find(rows, kind.columns).row.cells.values()
        named = {vocabulary().columns(cell.text)[0] for cell in headings} & {*kind.columns}
        return len(named) > 1 and named.issuperset(kind.required)

    refuse_old_excel(source)
    if source.content.startswith(b"PK"):
        return from_excel.read(source, holds_list, sheet=sheet, ours=GUIDE_SHEETS)
    return from_csv.read(source, names)


def _below(line: int, references: Sequence[str], ranges: Sequence[heads.Merged]) -> list[str]:
    """Merged cells below the header: those of titles and of the header itself harm nobody."""
    return [
        reference for reference, each in zip(references, ranges, strict=True) if each.top > line
    ]


def _rows_below(raw: RawTable, header: Header, left_out: _LeftOut) -> list[RawRow]:
    """The rows of the list, without the row that numbers its columns."""
    for row in raw.rows:
        if row.line < header.row.line and row.cells:
            left_out.note("above", row)
    below = [row for row in raw.rows if row.line > header.last]
    for at, row in enumerate(below):
        if row.cells and _numbers_columns(row):
            left_out.note("numbering", row)
            return [*below[:at], *below[at + 1 :]]
        if row.cells:
            break
    return below


def _numbers_columns(row: RawRow) -> bool:
    """Whether a row says 1, 2, 3 or A, B, 1, 2 below the headings."""
    texts = [cell.text for _, cell in sorted(row.cells.items())]
    if len(texts) < _FEWEST_NUMBERED or not all(map(_NUMBERING.fullmatch, texts)):
        return False
    digits = [int(bare(text)) for text in texts if bare(text).isdigit()]
    return digits == list(range(1, len(digits) + 1)) and len(digits) >= len(texts) - 2


def _table(raw: RawTable, columns: Columns, below: Sequence[RawRow], left_out: _LeftOut) -> Table:
    """The rows that hold something of the list, by the names of its columns."""
    places = columns.places.items()
    rows = []
    for row in below:
        named = {name: row.cells[place] for name, place in places if place in row.cells}
        if named and not _adds_up(row, named):
            rows.append(Row(row.line, named))
        elif row.cells:
            left_out.note("total" if named else "no-data", row)
    if not rows and not raw.problems:
        raise ProblemsFound([Problem("empty-file", "there is no row below the header", raw.file)])
    return Table(raw, columns.places, rows, list(raw.problems), list(raw.remarks))


def _adds_up(row: RawRow, named: Mapping[str, object]) -> bool:
    """Whether a row begins with `Tổng cộng` and is of no group."""
    if "group" in named and len(named) > 1 and row.cells[min(row.cells)] is not named["group"]:
        return False
    return bare(row.cells[min(row.cells)].text) in vocabulary().totals


def _with_examples(listed: Sequence[Column], below: Sequence[RawRow]) -> tuple[Column, ...]:
    """Every column with what stands in its first filled cell."""
    first: dict[int, str] = {}
    for row in below[:_MOST_TEXT]:
        for place, cell in row.cells.items():
            first.setdefault(place, (cell.shown or cell.text)[:_MOST_TEXT])
    return tuple(replace(each, example=first.get(each.place, "")) for each in listed)


def _first(table: Table, columns: Columns) -> tuple[tuple[str, ...], ...]:
    read = [each.means for each in columns.listed if each.means]
    return tuple(
        tuple(row.cells.get(name, BLANK).text for name in read) for row in table.rows[:_FIRST]
    )
