"""The chart that a page of results begins with: every unit with its interval, and the grades.

A row a unit, drawn in the table that holds its numbers: it is legible on a phone and on grey
paper, and whoever does not see it reads the table. Places are in per cent of the chart's width.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor

from survey_app import i18n
from survey_app.office.pieces.figures import Tick, placed
from survey_app.office.results.read import Results, UnitLine

Scale = tuple[float, float]
_STEPS = (1, 2, 5, 10, 20, 25, 50)
_MOST_TICKS = 5
_LEAST_WIDTH = 10.0
_WHOLE = 100.0
_FEW_POINTS = 4


@dataclass(frozen=True, kw_only=True)
class Row:
    """A unit of the chart."""

    unit: UnitLine
    lo: float | None
    at: float | None
    hi: float | None
    begins_band: bool
    """Whether the row begins a band that is not the first."""
    is_odd_band: bool


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """Where a grade begins."""

    at: float
    grade: str
    least: float


@dataclass(frozen=True, kw_only=True)
class Standings:
    """The chart: rows as the units are ordered, the ticks of its scale, the grades on it."""

    rows: Sequence[Row]
    ticks: Sequence[Tick]
    thresholds: Sequence[Threshold]


def standings(results: Results, written: Callable[[float], str]) -> Standings:
    """The chart of a scorecard; `written` writes the numbers of its scale."""
    grades = [(grade.code, float(grade.min)) for grade in results.index.grades]
    if not results.is_merged:
        grades = []
    scale = scale_of(
        [value for unit in results.units for value in (unit.index, unit.lo, unit.hi)],
        [least for _, least in grades],
    )
    return Standings(
        rows=_rows(results.units, scale),
        ticks=ticks(scale, written),
        thresholds=[
            Threshold(at=placed(least, scale) or 0.0, grade=code, least=least)
            for code, least in grades
            if scale[0] < least < scale[1]
        ],
    )


def scale_of(values: Sequence[float | None], steps: Sequence[float] = ()) -> Scale:
    """A scale with whole ends around all values, and around the nearest of `steps`."""
    known = [value for value in values if value is not None]
    if not known:
        return 0.0, _WHOLE
    low, high = min(known), max(known)
    below = [step for step in steps if step <= low]
    above = [step for step in steps if step >= high]
    low = max(below) if below and low - max(below) < _LEAST_WIDTH else low
    high = min(above) if above and min(above) - high < _LEAST_WIDTH else high
    low, high = 5.0 * floor(low / 5 - 0.2), 5.0 * ceil(high / 5 + 0.2)
    middle = (low + high) / 2
    if high - low < _LEAST_WIDTH:
        low, high = middle - _LEAST_WIDTH / 2, middle + _LEAST_WIDTH / 2
    return max(low, 0.0), min(high, _WHOLE) if max(known) <= _WHOLE else high


def ticks(scale: Scale, written: Callable[[float], str]) -> list[Tick]:
    """At most five numbers beside a scale, at whole steps."""
    low, high = scale
    step = next((s for s in _STEPS if (high - low) / s <= _MOST_TICKS), _STEPS[-1])
    first = ceil(low / step)
    return [
        Tick(at=placed(number * step, scale) or 0.0, text=written(number * step))
        for number in range(first, floor(high / step) + 1)
    ]


def ticks_of_points(most: float, spoken: str) -> list[Tick]:
    """Numbers beside the points of a criterion: whole ones where the steps are whole."""
    if most > _FEW_POINTS:
        return ticks((0.0, most), lambda value: i18n.number(value, spoken, 0))
    return [Tick(at=25.0 * step, text=i18n.number(most * step / 4, spoken)) for step in range(5)]


def _rows(units: Sequence[UnitLine], scale: Scale) -> list[Row]:
    rows: list[Row] = []
    band, is_odd = None, False
    for unit in units:
        begins = bool(rows) and unit.band != band
        is_odd = is_odd != (begins or not rows)
        band = unit.band
        has_interval = unit.lo is not None and unit.hi is not None
        rows.append(
            Row(
                unit=unit,
                lo=placed(unit.lo, scale) if has_interval else None,
                at=placed(unit.index, scale),
                hi=placed(unit.hi, scale) if has_interval else None,
                begins_band=begins,
                is_odd_band=is_odd,
            )
        )
    return rows
