"""How a list was understood: its columns, what differs from the file, what was left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

WhyLeftOut = Literal["above", "numbering", "total", "no-data", "blank"]

Kind = Literal["name", "zero", "country", "phone", "choice", "formula", "letters"]
"""A code for a name; a zero that was lost; 0 for 84; a number written otherwise; a word of ours for
another; what a formula came to; letters composed otherwise."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the file: its heading, and what it was taken for (empty: it is not read).

    `because` names the column that says the same, where that is why it is not read.
    """

    place: int
    heading: str
    means: str
    example: str = ""
    because: str = ""

    @property
    def differs(self) -> bool:
        """Whether the heading is not the very code of the column, or the column is not read."""
        return self.heading.strip().lower() != self.means


@dataclass(frozen=True, kw_only=True)
class Change:
    """Something that will be stored otherwise than it stands in the file, and how often.

    `before` and `after` are those of the first row, where rows differ in them.
    """

    column: str
    kind: Kind
    before: str
    after: str
    line: int
    count: int = 1

    def again(self) -> Change:
        """Once more."""
        return replace(self, count=self.count + 1)


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Rows that are not read, and why; `text` is what stands in the first of them."""

    why: WhyLeftOut
    line: int
    text: str
    count: int = 1


@dataclass(frozen=True, kw_only=True)
class Understanding:
    """What is shown before anything is stored.

    `sheet` is empty for CSV; `header` is the row of the headings; `first` are the first rows as
    they will be stored, by `read_columns`.
    """

    file: str
    sheet: str
    header: int
    rows: int
    columns: tuple[Column, ...]
    changes: tuple[Change, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    first: tuple[tuple[str, ...], ...] = ()

    @property
    def read_columns(self) -> tuple[str, ...]:
        """The columns that are read, in the order of the file."""
        return tuple(each.means for each in self.columns if each.means)

    @property
    def differs(self) -> bool:
        """Whether anything will be stored otherwise than it stands in the file."""
        return bool(self.changes or self.left_out or any(each.differs for each in self.columns))
