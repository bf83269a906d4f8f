"""The charts of reports: panels that fit on a page with what stands around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

from survey_app.office.documents.paper.blocks import Picture
from survey_app.office.documents.reports.telling import Telling
from survey_app.office.results.read import UnitLine

_PANEL = 20
"""Units of a panel: half a page, so that at most half a page stays blank above it."""
_DOTS_PER_INCH = 200
_CM = 2.54
_WIDTH = 16.0


def of_units(it: Telling, most: int) -> Iterator[Picture]:
    """Every unit's index and interval; nothing where there are more than `most` units."""
    units = [unit for unit in it.results.units if unit.index is not None]
    if not units or len(units) > most:
        return
    panels = -(-len(units) // _PANEL)
    size = -(-len(units) // panels)
    ends = _scale(units)
    for start in range(0, len(units), size):
        yield _panel(it, units[start : start + size], ends)


def _scale(units: Sequence[UnitLine]) -> tuple[float, float]:
    known = [
        value for unit in units for value in (unit.index, unit.lo, unit.hi) if value is not None
    ]
    room = max(1.0, 0.04 * (max(known) - min(known)))
    return min(known) - room, max(known) + room


def _panel(it: Telling, units: Sequence[UnitLine], ends: tuple[float, float]) -> Picture:
    import matplotlib as mpl  # heavy: only a worker that draws pays for it

    from analysis.charts import scores

    title = it.w["reports_chart"].format(level=it.level())
    rows = [
        {"name_vi": it.name(unit)[:60], "score": unit.index, "lo": unit.lo, "hi": unit.hi}
        for unit in units
    ]
    plain: Any = {"svg.hashsalt": "cchc", "text.parse_math": False, "font.size": 9}
    svg, png = BytesIO(), BytesIO()
    with mpl.rc_context(plain):
        axis = it.w["chart_axis"].format(level=it.level())
        figure = scores.dots(rows, title, axis_label=axis)
        figure.axes[0].set_xlim(*ends)
        figure.savefig(svg, format="svg", metadata={"Date": None})
        figure.savefig(png, format="png", dpi=_DOTS_PER_INCH, metadata={"Software": None})
    wide, high = (float(side) * _CM for side in figure.get_size_inches())
    alt = it.w["chart_alt"].format(count=len(units))
    return Picture(
        png=png.getvalue, svg=svg.getvalue, width=_WIDTH, height=_WIDTH * high / wide, alt=alt
    )
