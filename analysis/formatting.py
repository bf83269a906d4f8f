"""Numbers for people: rounded half up, with a decimal comma. For printing only, never before."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

Number = Decimal | float | int


def round_half_up(value: Number, places: int) -> Decimal:
    """The value to so many places; the shortest text of a float is what is rounded.

    So 1.005 becomes 1.01, as a reader of "1.005" expects, although the float lies below it.
    """
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    return exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP) + 0


def format_vi(value: Number | None, places: int = 2, none: str = "–") -> str:
    """`82.5` as `82,50`; what does not exist as a dash."""
    if value is None:
        return none
    return f"{round_half_up(value, places):f}".replace(".", ",")


def format_interval_vi(lo: Number | None, hi: Number | None, places: int = 2) -> str:
    """An interval as `9,78 – 12,61`; empty when there is none."""
    if lo is None or hi is None:
        return ""
    return f"{format_vi(lo, places)} – {format_vi(hi, places)}"
