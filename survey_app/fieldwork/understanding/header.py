"""Which row of a sheet names its columns, and which column is which: both by their words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from analysis.problems import closest, likely
from survey_app.fieldwork.sheets.cells import BLANK, Cell, RawRow, RawTable
from survey_app.fieldwork.understanding.understood import Column
from survey_app.fieldwork.understanding.words import bare, vocabulary

SEARCHED = 30
"""So many rows from the top the header is looked for in."""

_FEWEST = 2
"""A row below the first one is a header if it names so many columns: one word may be a title."""

_NEAR = 0.8
Chosen = Mapping[int | str, str]
"""What somebody says that columns are, by their places from 1 or by their headings; empty: that a
column is not read."""

NOTHING_CHOSEN: Chosen = {}
_RANGE = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")


@dataclass(frozen=True)
class Merged:
    """A range of merged cells: its first and last row and column, from 1."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, kw_only=True)
class Header:
    """The row of the headings. `last` is the last row that it reaches into, by merged cells."""

    row: RawRow
    last: int
    names: int = 0


@dataclass
class Columns:
    """Column -> its place from 1, every column of the file as it was understood, and the faults."""

    places: dict[str, int] = field(default_factory=dict)
    listed: list[Column] = field(default_factory=list)


def merged(references: Collection[str]) -> tuple[Merged, ...]:
    """Ranges such as `A1:F1`."""
    known = filter(None, map(_RANGE.fullmatch, references))
    return tuple(Merged(int(r[2]), _place(r[1]), int(r[4]), _place(r[3])) for r in known)


def find(rows: Sequence[RawRow], known: Collection[str], ranges: Sequence[Merged] = ()) -> Header:
    """The row that names most of the known columns; the first one where none names any.

    A cell that is merged over several columns or rows names each of them.
    """
    best = Header(row=_first(rows), last=1)
    for row in (row for row in rows if row.line <= SEARCHED):
        spread = _spread(row, rows, ranges)
        names = len(
            {vocabulary().columns(cell.text)[0] for cell in spread.cells.values()} & {*known}
        )
        fewest = 1 if row.line == 1 else _FEWEST
        if names >= max(fewest, best.names + (0 if _reaches(best, row) else 1)):
            best = Header(row=spread, last=_last(row.line, ranges), names=names)
    return best


def columns(
    raw: RawTable,
    header: Header,
    known: Sequence[str],
    required: Collection[str],
    chosen: Chosen = NOTHING_CHOSEN,
) -> Columns:
    """Which column is which. What cannot be told goes into the problems of the table."""
    line, places = header.row.line, Columns()
    by_hand = _by_hand(header, chosen)
    unnamed = {place: BLANK for place in by_hand if place not in header.row.cells}
    named = {place: (*vocabulary().columns(cell.text), cell) for place, cell in
             sorted({**header.row.cells, **unnamed}.items())}  # fmt: skip
    sure = {name for name, is_weak, _ in named.values() if name and not is_weak}
    for place, (name, is_weak, cell) in named.items():
        if place in by_hand:
            name = by_hand[place]  # noqa: PLW2901  what somebody says is meant
            means, because = ("" if name in places.places else name), ""
        elif name and name in by_hand.values():
            means, because = "", name
        else:
            means, because = _meant(name, known, sure, places.places, is_weak=is_weak)
        if name in places.places and not because and name in known:
            message = f"`{name}` is there twice"
            raw.problems.append(
                raw.problem("repeated-column", message, line, place, named=name, typed=cell.text)
            )
        elif not means and not because and place not in by_hand:
            _unknown(raw, line, place, cell.text, known)
        if means:
            places.places.setdefault(means, place)
        places.listed.append(Column(place=place, heading=cell.text, means=means, because=because))
    for name in required:
        if name not in places.places:
            message = f"the column `{name}` is missing"
            help = "a row near the top names the columns; start from the template"
            raw.problems.append(raw.problem("missing-column", message, line, 1, help, named=name))
    return places


def _by_hand(header: Header, chosen: Chosen) -> Mapping[int, str]:
    """What somebody said of columns, by their places."""
    said = {bare(key): name for key, name in chosen.items() if isinstance(key, str)}
    cells = header.row.cells.items()
    by_heading = {place: said[bare(cell.text)] for place, cell in cells if bare(cell.text) in said}
    return {**by_heading, **{key: name for key, name in chosen.items() if isinstance(key, int)}}


def _meant(
    name: str, known: Collection[str], sure: Collection[str], taken: Mapping[str, int],
    *, is_weak: bool,
) -> tuple[str, str]:  # fmt: skip
    """What a heading is taken for, or the column because of which it is not read."""
    if name not in known:
        return "", ""
    if is_weak and (name in sure or name in taken):
        return "", name
    return ("" if name in taken else name), ""


def _unknown(raw: RawTable, line: int, place: int, heading: str, known: Sequence[str]) -> None:
    """A heading that is nearly one of ours was mistyped; others are left out, and told.

    A code of ours that this kind of list does not have is no stranger's heading either.
    """
    words = vocabulary()
    is_code = heading.strip().lower() in words.headings
    if is_code and heading.strip().lower() not in known:
        message, help = f"there is no column `{heading}`", closest(heading, known, 0)
        raw.problems.append(
            raw.problem("unknown-column", message, line, place, help, typed=heading)
        )
    if words.columns(heading)[0] or words.is_left_out(heading):
        return
    spelled = {
        alias: column for column in known for alias in (bare(column), *words.headings[column].also)
    }
    near = difflib.get_close_matches(bare(heading), spelled, n=1, cutoff=_NEAR)
    if near:
        name = heading.strip().lower()
        help, meant = closest(name, known, 0), likely(name, known)
        meant["near"] = spelled[near[0]]
        raw.problems.append(
            raw.problem(
                "unknown-column", f"there is no column `{heading}`", line, place,
                help or f"did you mean `{spelled[near[0]]}`?", typed=heading, **meant,
            )
        )  # fmt: skip


def _first(rows: Sequence[RawRow]) -> RawRow:
    return rows[0] if rows and rows[0].line == 1 else RawRow(1, {})


def _spread(row: RawRow, rows: Sequence[RawRow], ranges: Sequence[Merged]) -> RawRow:
    """A row with what cells that reach into it from above show in it."""
    over = [each for each in ranges if each.top < row.line <= each.bottom]
    if not over:
        return row
    by_line = {each.line: each for each in rows[: 2 * SEARCHED]}
    cells: dict[int, Cell] = dict(row.cells)
    for each in over:
        shown = by_line[each.top].cells.get(each.left, BLANK) if each.top in by_line else BLANK
        if shown.text:
            cells |= {
                place: cells.get(place) or shown for place in range(each.left, each.right + 1)
            }
    return RawRow(row.line, cells, row.width)


def _reaches(header: Header, row: RawRow) -> bool:
    """Whether a header reaches down into a row, which then says more of it."""
    return header.names > 0 and row.line <= header.last


def _last(line: int, ranges: Sequence[Merged]) -> int:
    return max((each.bottom for each in ranges if each.top <= line <= each.bottom), default=line)


def _place(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place
