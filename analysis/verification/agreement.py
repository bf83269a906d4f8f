"""When a written value agrees with one that was computed again.

Another processor, another matrix library or another build adds up in another order, so that last
digits differ: numbers agree within a relative tolerance. What was decided by numbers (a rank, a
band, a grade, a flag, what is withheld) and what was counted must be equal.

Where numbers cancel, a relative tolerance asks for digits that nobody has. So anything below
`ABSOLUTE` is zero; a covariance is measured by the standard errors of its two units, not by itself;
the chance of being among the first or last k is an integral, and is measured by 1; and in
`sensitivity`, which compares indices rounded to nine decimals, two roundings may differ.
"""

from __future__ import annotations

import math
import re
from typing import Any

from analysis.io.table import to_number

RELATIVE = 1e-9
ABSOLUTE = 1e-12
OF_A_VARIANCE = 1e-24  # ABSOLUTE, squared
OF_ROUNDED_INDICES = 2e-9  # two roundings to nine decimals
OF_A_CHANCE = 1e-9  # the chances of a unit's ranks add up to 1, and are measured by that

WHOLE = re.compile(r"[+-]?\d+", re.ASCII)


def numbers_agree(
    written: float, recomputed: float, *, scale: float = 0.0, absolute: float = ABSOLUTE
) -> bool:
    """Whether two numbers are the same but for rounding.

    Parameters
    ----------
    written, recomputed : float
        The two numbers.
    scale : float, default 0
        The size of what the numbers are differences of, where they cancel; of a covariance, the
        product of the two standard errors.
    absolute : float
        Numbers no farther apart than this agree, however small they are.

    Returns
    -------
    bool
        False also where either is infinite or not a number.
    """
    if not (math.isfinite(written) and math.isfinite(recomputed)):
        return False
    size = max(abs(written), abs(recomputed), scale)
    return abs(written - recomputed) <= RELATIVE * size + absolute


def values_agree(
    written: Any, recomputed: Any, *, scale: float = 0.0, absolute: float = ABSOLUTE
) -> bool:
    """Whether two values of JSON agree: fractions within the tolerance, all else exactly.

    Lists and dictionaries agree where they do item by item.

    Parameters
    ----------
    written, recomputed : object
        Values of JSON.
    scale : float, default 0
        The size of the numbers beside them, to which differences are set in relation too.
    absolute : float
        The largest difference that is none, whatever the size.

    Returns
    -------
    bool
    """
    if isinstance(written, dict) and isinstance(recomputed, dict):
        names = list(recomputed)
        pairs = [(written.get(name), recomputed[name]) for name in names]
        same = written.keys() == recomputed.keys()
        return same and all(values_agree(*pair, absolute=absolute) for pair in pairs)
    if isinstance(written, list) and isinstance(recomputed, list):
        items = zip(written, recomputed, strict=False)
        same = len(written) == len(recomputed)
        return same and all(values_agree(*pair, absolute=absolute) for pair in items)
    if not (_is_number(written) and _is_number(recomputed)):
        return type(written) is type(recomputed) and bool(written == recomputed)
    if isinstance(recomputed, int):
        return bool(written == recomputed)
    try:
        return numbers_agree(float(written), recomputed, scale=scale, absolute=absolute)
    except OverflowError:  # a whole number beyond what a float can hold
        return False


def cells_agree(
    written: str, recomputed: str, *, scale: float = 0.0, absolute: float = ABSOLUTE
) -> bool:
    """Whether two cells of CSV agree; a list (`a;b`, `a=0.5;b=0.5`) does part by part.

    Parameters
    ----------
    written, recomputed : str
        Cells as they stand in the files.
    scale : float, default 0
        The size of the numbers beside them, to which differences are set in relation too.
    absolute : float
        The largest difference that is none, whatever the size.

    Returns
    -------
    bool
    """
    if written == recomputed:
        return True
    if ";" in recomputed or "=" in recomputed:
        return _lists_agree(written.split(";"), recomputed.split(";"), absolute)
    one, other = to_number(written), to_number(recomputed)
    if one is None or other is None:
        return False
    if WHOLE.fullmatch(recomputed):
        return one == other
    return numbers_agree(one, other, scale=scale, absolute=absolute)


def is_fraction(cell: str) -> bool:
    """Whether a cell holds a number that is no count and no rank."""
    marked = "." in cell or "e" in cell or "E" in cell
    return marked and to_number(cell) is not None


def _lists_agree(written: list[str], recomputed: list[str], absolute: float) -> bool:
    if len(written) != len(recomputed):
        return False
    for one, other in zip(written, recomputed, strict=True):
        name, _, value = one.rpartition("=")
        other_name, _, other_value = other.rpartition("=")
        if name != other_name or not cells_agree(value, other_value, absolute=absolute):
            return False
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
