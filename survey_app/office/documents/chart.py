"""The chart of a scorecard, as SVG for pages and PNG for the report.

Drawn once and kept a while; the same numbers and names give the same bytes.
"""

from __future__ import annotations

from collections import OrderedDict
from io import BytesIO
from typing import Any, Literal

from survey_app import i18n
from survey_app.i18n import Words
from survey_app.office.results.read import Results

Format = Literal["svg", "png"]
CHARTS = {"svg": "image/svg+xml", "png": "image/png"}
"""Format -> its type."""

_MOST_KEPT = 32
_DOTS_PER_INCH = 200

_PLAIN: Any = {"svg.hashsalt": "cchc", "text.parse_math": False, "font.size": 9}

_kept: OrderedDict[tuple[object, ...], bytes] = OrderedDict()

Row = tuple[str, float | None, float | None, float | None]


def chart(results: Results, words: Words, language: str, format_: Format) -> bytes:
    """Every unit's index and interval, the highest on top."""
    w, level = words(language), i18n.percent(results.level, language, 0)
    title = w["chart_title" if results.is_merged else "chart_title_survey"].format(level=level)
    axis = w["chart_axis"].format(level=level)
    rows = tuple(
        (_short(unit.name[language]), unit.index, unit.lo, unit.hi) for unit in results.units
    )
    key = (rows, title, axis, format_)
    if key not in _kept:
        _kept[key] = _drawn(rows, title, axis, format_)
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return _kept[key]


def notice(text: str, format_: Format) -> bytes:
    """An image that only says something: where a chart was, and is no more."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from analysis.charts.paper import INK

    out = BytesIO()
    with mpl.rc_context(_PLAIN):
        figure = Figure(figsize=(8.0, 1.5))
        figure.text(0.5, 0.5, text, ha="center", va="center", fontsize=16, color=INK)
        figure.savefig(out, format=format_, dpi=_DOTS_PER_INCH, metadata=_nothing(format_))
    return out.getvalue()


def _drawn(rows: tuple[Row, ...], title: str, axis: str, format_: Format) -> bytes:
    import matplotlib as mpl  # heavy: only a worker that draws pays for it

    from analysis.charts import scores

    named = [dict(zip(("name_vi", "score", "lo", "hi"), row, strict=True)) for row in rows]
    out = BytesIO()
    with mpl.rc_context(_PLAIN):
        figure = scores.dots(named, title, axis_label=axis)
        figure.savefig(out, format=format_, dpi=_DOTS_PER_INCH, metadata=_nothing(format_))
    return out.getvalue()


def _nothing(format_: Format) -> Any:
    """No time and no program in the file: the same numbers give the same bytes."""
    return {"Date": None} if format_ == "svg" else {"Software": None}


def _short(name: str, most: int = 60) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"
