"""The charts of a unit's report: itself beside the mean of all, in shares of the most points.

By published figures alone, as all of that report: an interval stands where one is published, of
the index and of criteria. Fields have none: it would be a new number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from survey_app.office.documents.paper import drawing
from survey_app.office.documents.paper.blocks import Picture
from survey_app.office.documents.paper.drawing import Line, Mark, Words
from survey_app.office.documents.reports import rows_chart
from survey_app.office.documents.reports.rows_chart import HEAD, ROW, Scale
from survey_app.office.documents.reports.telling import Telling

MOST = 36
"""Criteria that have a chart; of more the table says enough."""
_PANEL = 12
"""Rows of a drawing: a third of a page, so that little stays blank above it."""
_MEAN = 1.7
_SCALE = Scale(ticks=[(percent / 100, f"{percent}%") for percent in range(0, 101, 20)])


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
    for panel in rows_chart.panels(known, _PANEL):
        marks: list[Mark] = [*_legend(it, panel), *_SCALE.marks(HEAD + ROW * len(panel))]
        for at, row in enumerate(panel):
            marks += _row(row, rows_chart.middle(at))
        alt = it.w["reports_unit_chart_alt"].format(count=len(panel))
        yield rows_chart.picture(marks, len(panel), alt)


def _legend(it: Telling, rows: Sequence[Row]) -> Iterator[Mark]:
    """What the marks mean, each as far from the one before as its words need."""
    y, base, x = 2.6, 3.6, 8.0
    own, mean = it.w["reports_unit_chart_own"], it.w["reports_unit_chart_mean"]
    interval = it.w["reports_unit_chart_interval"].format(level=it.level())
    yield rows_chart.dot(x, y)
    yield Words(x=x + 2.2, y=base, text=own)
    x += 10.0 + drawing.width_of(own)
    if any(row.lo is not None for row in rows):
        yield from rows_chart.interval(x, x + 6, y)
        yield Words(x=x + 7.5, y=base, text=interval)
        x += 15.0 + drawing.width_of(interval)
    yield _mean(x, y)
    yield Words(x=x + 1.6, y=base, text=mean)


def _row(row: Row, y: float) -> Iterator[Mark]:
    yield rows_chart.name(row.name, y)
    if row.lo is not None and row.hi is not None:
        yield from rows_chart.interval(_SCALE.place(row.lo), _SCALE.place(row.hi), y)
    if row.mean is not None:
        yield _mean(_SCALE.place(row.mean), y)
    if row.share is not None:
        yield rows_chart.dot(_SCALE.place(row.share), y)


def _mean(x: float, y: float) -> Line:
    return Line(x1=x, y1=y - _MEAN, x2=x, y2=y + _MEAN, width=0.7, grey=110)
