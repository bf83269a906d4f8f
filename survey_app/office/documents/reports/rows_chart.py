"""What the charts of reports share: a row for each thing, its name on the left, a scale below.

They are drawn in panels that fit on a page with what stands around them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from survey_app.office.documents.paper import drawing
from survey_app.office.documents.paper.blocks import Picture
from survey_app.office.documents.paper.drawing import Dot, Drawing, Line, Mark, Words

T = TypeVar("T")

WIDTH, LEFT, RIGHT = 160.0, 66.0, 152.0
"""Millimetres: of a chart, and where its scale begins and ends."""
ROW, HEAD, FOOT = 4.8, 7.5, 8.0
RADIUS = 1.0
_CAP = 0.8
_PALE, _CM = 205, 0.1


@dataclass(frozen=True, kw_only=True)
class Scale:
    """A scale from the first of its ticks to the last; each has its words."""

    ticks: Sequence[tuple[float, str]]

    def place(self, value: float) -> float:
        """How far from the left a value stands; one beyond the ends at the end."""
        first, last = self.ticks[0][0], self.ticks[-1][0]
        share = (value - first) / (last - first)
        return LEFT + (RIGHT - LEFT) * min(max(share, 0.0), 1.0)

    def marks(self, bottom: float) -> Iterator[Mark]:
        """The scale below rows that end at `bottom`, and its lines behind them."""
        for value, words in self.ticks:
            x = self.place(value)
            yield Line(x1=x, y1=HEAD, x2=x, y2=bottom, width=0.2, grey=_PALE)
            yield Words(x=x, y=bottom + 4.2, text=words, anchor="middle")
        yield Line(x1=LEFT, y1=bottom, x2=RIGHT, y2=bottom, width=0.3)


def panels(rows: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """The rows of each panel: about as many in each, and at most so many."""
    if not rows:
        return
    number = -(-len(rows) // most)
    size = -(-len(rows) // number)
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def middle(at: int) -> float:
    """How far down the middle of a row is, counted from 0."""
    return HEAD + ROW * (at + 0.5)


def name(text: str, y: float) -> Words:
    """The name of a row, cut where it is too long."""
    return Words(x=LEFT - 2, y=y + 1.1, text=drawing.fitted(text, LEFT - 3), anchor="end")


def dot(x: float, y: float) -> Dot:
    """A value."""
    return Dot(x=x, y=y, radius=RADIUS)


def interval(lo: float, hi: float, y: float) -> Iterator[Mark]:
    """An interval: a line with caps."""
    yield Line(x1=lo, y1=y, x2=hi, y2=y)
    for end in (lo, hi):
        yield Line(x1=end, y1=y - _CAP, x2=end, y2=y + _CAP)


def picture(marks: Sequence[Mark], rows: int, alt: str) -> Picture:
    """A panel with so many rows."""
    drawn = Drawing(width=WIDTH, height=HEAD + ROW * rows + FOOT, marks=marks)
    width, height = WIDTH * _CM, drawn.height * _CM
    return Picture(png=drawn.png, svg=drawn.svg, width=width, height=height, alt=alt)
