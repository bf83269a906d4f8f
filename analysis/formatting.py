"""Numbers for people: rounded half up, with a decimal comma. For printing only, never before."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

Number = Decimal | float | int


def round_half_up(value: Number, places: int) -> Decimal:
    """The value rounded half up; of a float its shortest text is rounded.

    Parameters
    ----------
    value : Decimal, float or int
        What is rounded.
    places : int
        Decimal places.

    Returns
    -------
    Decimal
        1.005 becomes 1.01, as a reader of "1.005" expects, although the float lies below it.
    """
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    return exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP) + 0


def format_vi(value: Number | None, places: int = 2, none: str = "–") -> str:
    """A number as Vietnamese writes it: `82.5` as `82,50`.

    Parameters
    ----------
    value : Decimal, float, int or None
        What is written.
    places : int
        Decimal places.
    none : str
        What stands for a value that does not exist.

    Returns
    -------
    str
    """
    if value is None:
        return none
    return f"{round_half_up(value, places):f}".replace(".", ",")
