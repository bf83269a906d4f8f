"""What stands on a paper, piece by piece: no file format, and nothing of what is said.

Word and PDF are both made from these, so that no number stands in one of them alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

Align = Literal["left", "center", "right", "justify"]

WIDTH = {False: 16.3, True: 25.0}
"""Centimetres between the margins of a page, standing and lying."""

MARGINS = {"top": 21, "bottom": 21, "left": 31, "right": 16}
"""Millimetres: the decree asks for 20 to 25, 20 to 25, 30 to 35 and 15 to 20."""


@dataclass(frozen=True, kw_only=True)
class Letterhead:
    """Agency on the left, national title on the right, number and place-date below."""

    superior: str
    agency: str
    number: str
    nation: str
    motto: str
    dated: str


@dataclass(frozen=True)
class Title:
    """The kind of document and what it is about; an annex has one, too."""

    kind: str
    about: str


@dataclass(frozen=True)
class Heading:
    """A part of the document (1), or a part of a part (2)."""

    text: str
    level: int = 1


@dataclass(frozen=True, kw_only=True)
class Text:
    """A paragraph."""

    text: str
    bold: bool = False
    italic: bool = False
    indent: bool = True
    keep: bool = False
    """Whether it stays on one page with what follows."""


@dataclass(frozen=True)
class Box:
    """A paragraph that nobody can miss."""

    text: str


_SHORT, _TOGETHER = 6, 2
"""Rows of a table that is not broken; rows after which a longer one is not broken yet."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A ruled table whose head is repeated on every page; widths in centimetres."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    strong: frozenset[int] = frozenset()
    """The numbers of rows that are printed bold: totals."""

    @property
    def is_short(self) -> bool:
        """Whether it stands whole on one page."""
        return len(self.rows) <= _SHORT

    def goes_with_next(self, row: int) -> bool:
        """Whether a row stays on one page with the next one.

        All of a short table; of a longer one no row stands alone below its head or on a new page.
        """
        last = len(self.rows) - 1
        return row < last and (self.is_short or row < _TOGETHER or row == last - 1)

    @property
    def aligned(self) -> tuple[Align, ...]:
        """Columns of numbers to the right, others to the left."""
        return tuple(
            "right" if all(_is_number(row[at]) for row in self.rows) else "left"
            for at in range(len(self.head))
        )


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A chart, and what it shows for those who cannot see it; sizes in centimetres.

    Word asks for its PNG, typst for its SVG: what nobody asks for is not drawn.
    """

    png: Callable[[], bytes]
    svg: Callable[[], bytes]
    width: float
    height: float
    alt: str


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Who gets it, and who signs."""

    to: Sequence[str]
    title: Sequence[str]
    name: str


@dataclass(frozen=True)
class Turn:
    """A new page, lying or standing."""

    is_wide: bool


Block = Letterhead | Title | Heading | Text | Box | Table | Picture | Signature | Turn


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A document from top to bottom. `mark` is printed across every page of a draft."""

    title: str
    language: str
    mark: str = ""
    blocks: Sequence[Block] = field(default=())


def _is_number(words: str) -> bool:
    return not words or _NUMBER.fullmatch(words) is not None


_NUMBER = re.compile(r"[-+−–\d.,/ ]+%?( \([\d.,]+%\))?")
