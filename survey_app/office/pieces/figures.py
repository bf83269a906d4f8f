"""Figures that are drawn in the page itself: where each line and interval of them stands.

They compute nothing but places: the numbers come from whoever shows them, with a table beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

WIDTH, HEIGHT = 720, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 72, 600, 16, 264
_TICKS = 4
_DAYS = 7
"""The most days that are written below the line."""

_APART, _BESIDE = 22, 110
"""The height and the width of a line's name, so that none stands on another."""

Kind = Literal["now", "plan", "before"]


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A number or a day beside an axis, and where."""

    at: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line with its name at its end."""

    kind: Kind
    name: str
    points: str
    label_x: float
    label_y: float


@dataclass(frozen=True, kw_only=True)
class Lines:
    """A figure of lines over days. `said` is what it says to who does not see it."""

    lines: Sequence[Line]
    along: Sequence[Tick]
    across: Sequence[Tick]
    said: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = _RIGHT
    bottom: int = _BOTTOM


def lines(
    series: Mapping[Kind, tuple[str, Sequence[float | None]]],
    days: Sequence[str],
    *,
    said: str,
    written: Mapping[float, str] | None = None,
) -> Lines:
    """Lines over days: for each kind its name and its value on each day (None: not known).

    `written` says how the numbers beside the axis are written, where not as they are.
    """
    values = [value for _, line in series.values() for value in line if value is not None]
    top = nice_top(max(values, default=0))
    steps = [top * step / _TICKS for step in range(_TICKS + 1)]
    every = -(-len(days) // _DAYS) or 1
    return Lines(
        lines=_apart(
            [_line(kind, name, line, len(days), top) for kind, (name, line) in series.items()]
        ),
        along=[
            Tick(at=_x(at, len(days)), text=day) for at, day in enumerate(days) if at % every == 0
        ],
        across=[
            Tick(at=_y(step, top), text=(written or {}).get(step, f"{step:g}")) for step in steps
        ],
        said=said,
    )


def nice_top(most: float) -> float:
    """The end of an axis: 1, 2, 4, 6, 8 or 10 times a power of ten, not under the largest value."""
    power = 1.0
    while power * 10 < most:
        power *= 10
    return next((power * step for step in (1, 2, 4, 6, 8) if power * step >= most), power * 10)


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A row of an interval plot: places in per cent of the width of its scale."""

    name: str
    text: str
    lo: float | None
    at: float | None
    hi: float | None
    later_lo: float | None = None
    later_hi: float | None = None
    href: str = ""


def placed(value: float | None, scale: tuple[float, float]) -> float | None:
    """Where a value stands on a scale, in per cent of its width and never beside it."""
    if value is None:
        return None
    low, high = scale
    share = (value - low) / (high - low) if high > low else 0.5
    return round(100 * min(max(share, 0), 1), 2)


def _x(at: int, days: int) -> float:
    return round(_LEFT + (_RIGHT - _LEFT) * at / max(days - 1, 1), 1)


def _y(value: float, top: float) -> float:
    return round(_BOTTOM - (_BOTTOM - _TOP) * value / top, 1)


def _line(kind: Kind, name: str, values: Sequence[float | None], days: int, top: float) -> Line:
    places = [
        (_x(at, days), _y(value, top)) for at, value in enumerate(values) if value is not None
    ]
    end_x, end_y = places[-1] if places else (_LEFT, _BOTTOM)
    return Line(
        kind=kind,
        name=name,
        points=" ".join(f"{x:g},{y:g}" for x, y in places),
        label_x=round(end_x + 8, 1),
        label_y=round(end_y + 4, 1),
    )


def _apart(drawn: Iterable[Line]) -> list[Line]:
    """The lines with their names moved down where they would stand on one another."""
    moved: list[Line] = []
    for line in sorted(drawn, key=lambda each: each.label_y):
        taken = (
            each.label_y + _APART for each in moved if abs(each.label_x - line.label_x) < _BESIDE
        )
        moved.append(replace(line, label_y=max(line.label_y, *taken, 0)))
    return moved
