"""The charts of a unit's report: itself beside the mean of all, in shares of the most points.

By published figures alone, as all of that report: an interval stands where one is published, of
the index and of criteria. Fields have none: it would be a new number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from survey_app.office.documents.paper import drawing
from survey_app.office.documents.paper.blocks import Picture
from survey_app.office.documents.paper.drawing import Dot, Drawing, Line, Mark, Words
from survey_app.office.documents.reports.telling import Telling

MOST = 36
"""Criteria that have a chart; of more the table says enough."""
_PANEL = 12
"""Rows of a drawing: a third of a page, so that little stays blank above it."""

_WIDTH, _LEFT, _RIGHT = 160.0, 66.0, 152.0
_ROW, _HEAD, _FOOT = 4.8, 7.5, 8.0
_CAP, _MEAN, _RADIUS = 0.8, 1.7, 1.0
_PALE, _MM = 205, 0.1
_TICKS = (0, 20, 40, 60, 80, 100)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A share and what it is of; `mean` is that of all units, `lo` and `hi` its interval."""

    name: str
    share: float | None
    mean: float | None
    lo: float | None = None
    hi: float | None = None


def pictures(it: Telling, rows: Sequence[Row]) -> Iterator[Picture]:
    """A chart in panels that fit on a page with what stands around them."""
    known = [row for row in rows if row.share is not None or row.mean is not None]
    if not known:
        return
    panels = -(-len(known) // _PANEL)
    size = -(-len(known) // panels)
    for start in range(0, len(known), size):
        panel = known[start : start + size]
        alt = it.w["reports_unit_chart_alt"].format(count=len(panel))
        drawn = _drawn(it, panel)
        width, height = _WIDTH * _MM, drawn.height * _MM
        yield Picture(png=drawn.png, svg=drawn.svg, width=width, height=height, alt=alt)


def _drawn(it: Telling, rows: Sequence[Row]) -> Drawing:
    bottom = _HEAD + _ROW * len(rows)
    marks: list[Mark] = [*_legend(it, rows), *_scale(bottom)]
    for at, row in enumerate(rows):
        marks += _row(row, _HEAD + _ROW * (at + 0.5))
    return Drawing(width=_WIDTH, height=bottom + _FOOT, marks=marks)


def _legend(it: Telling, rows: Sequence[Row]) -> Iterator[Mark]:
    """What the marks mean, each as far from the one before as its words need."""
    y, base, x = 2.6, 3.6, 8.0
    own, mean = it.w["reports_unit_chart_own"], it.w["reports_unit_chart_mean"]
    interval = it.w["reports_unit_chart_interval"].format(level=it.level())
    yield Dot(x=x, y=y, radius=_RADIUS)
    yield Words(x=x + 2.2, y=base, text=own)
    x += 10.0 + drawing.width_of(own)
    if any(row.lo is not None for row in rows):
        yield from _interval(x, x + 6, y)
        yield Words(x=x + 7.5, y=base, text=interval)
        x += 15.0 + drawing.width_of(interval)
    yield _mean(x, y)
    yield Words(x=x + 1.6, y=base, text=mean)


def _scale(bottom: float) -> Iterator[Mark]:
    for tick in _TICKS:
        x = _place(tick / 100)
        yield Line(x1=x, y1=_HEAD, x2=x, y2=bottom, width=0.2, grey=_PALE)
        yield Words(x=x, y=bottom + 4.2, text=f"{tick}%", anchor="middle")
    yield Line(x1=_LEFT, y1=bottom, x2=_RIGHT, y2=bottom, width=0.3)


def _row(row: Row, y: float) -> Iterator[Mark]:
    name = drawing.fitted(row.name, _LEFT - 3)
    yield Words(x=_LEFT - 2, y=y + 1.1, text=name, anchor="end")
    if row.lo is not None and row.hi is not None:
        yield from _interval(_place(row.lo), _place(row.hi), y)
    if row.mean is not None:
        yield _mean(_place(row.mean), y)
    if row.share is not None:
        yield Dot(x=_place(row.share), y=y, radius=_RADIUS)


def _interval(lo: float, hi: float, y: float) -> Iterator[Mark]:
    yield Line(x1=lo, y1=y, x2=hi, y2=y)
    for end in (lo, hi):
        yield Line(x1=end, y1=y - _CAP, x2=end, y2=y + _CAP)


def _mean(x: float, y: float) -> Line:
    return Line(x1=x, y1=y - _MEAN, x2=x, y2=y + _MEAN, width=0.7, grey=110)


def _place(share: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * min(max(share, 0.0), 1.0)
