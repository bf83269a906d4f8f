"""The chart of the province's report: every unit's index and its interval, the highest on top."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from survey_app.office.documents.paper.blocks import Picture
from survey_app.office.documents.paper.drawing import Mark, Words
from survey_app.office.documents.reports import rows_chart
from survey_app.office.documents.reports.rows_chart import HEAD, ROW, Scale
from survey_app.office.documents.reports.telling import Telling
from survey_app.office.results.read import UnitLine

_PANEL = 10
"""Units of a panel: a quarter of a page, so that no more stays blank above it."""
_STEPS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
_MOST_STEPS = 8


def pictures(it: Telling, most: int) -> Iterator[Picture]:
    """The chart in panels on one scale; nothing where there are more than `most` units."""
    units = [unit for unit in it.results.units if unit.index is not None]
    if not units or len(units) > most:
        return
    scale = _scale(it, units)
    title = it.w["reports_chart"].format(level=it.level())
    for number, panel in enumerate(rows_chart.panels(units, _PANEL)):
        marks: list[Mark] = [*scale.marks(HEAD + ROW * len(panel))]
        marks.append(Words(x=1, y=3.6, text="" if number else title))
        for at, unit in enumerate(panel):
            marks += _row(it, unit, scale, rows_chart.middle(at))
        yield rows_chart.picture(marks, len(panel), it.w["chart_alt"].format(count=len(panel)))


def _scale(it: Telling, units: Sequence[UnitLine]) -> Scale:
    """Round numbers around all that is shown."""
    values = [each for unit in units for each in (unit.index, unit.lo, unit.hi) if each is not None]
    lo, hi = min(values), max(values)
    step = next((each for each in _STEPS if hi - lo <= each * _MOST_STEPS), _STEPS[-1])
    first, last = math.floor(lo / step), math.ceil(hi / step)
    digits = 0 if step >= 1 else 1
    ticks = range(first, max(last, first + 1) + 1)
    return Scale(ticks=[(tick * step, f"{it.n(tick * step, digits)}%") for tick in ticks])


def _row(it: Telling, unit: UnitLine, scale: Scale, y: float) -> Iterator[Mark]:
    yield rows_chart.name(it.name(unit), y)
    if unit.lo is not None and unit.hi is not None:
        yield from rows_chart.interval(scale.place(unit.lo), scale.place(unit.hi), y)
    if unit.index is not None:
        yield rows_chart.dot(scale.place(unit.index), y)
