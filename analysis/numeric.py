"""Kinds of array that the package passes around, tolerances, and totals by number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.unsignedinteger[Any]]
AT_ONCE = 1_000_000  # rows, so that ten million of them need little more room than one
DECIMALS = 9  # of what a decision looks at: rank, tie, band, flag, grade, p <= alpha


def rounded(values: ArrayLike) -> Floats:
    """Values as every decision sees them: to 9 decimals, half to even.

    The same sum taken in another order differs in its last bits. Two scores that differ by no more
    are equal, and a grade of 80 points is reached by 79.9999999999: a rank, a tie, a band, a flag,
    a grade and a comparison with a significance level compare rounded values, never what came out
    of the floating-point unit. Published numbers keep all their digits.

    Parameters
    ----------
    values : array_like of float, any shape
        Points, percentages, p values or test statistics; NaN and infinities stay.

    Returns
    -------
    ndarray of float, shape of `values`
        The multiple of 1e-9 that is nearest: the very float that the decimal text would be read as,
        for values below 9 million. Never negative zero.
    """
    with np.errstate(over="ignore"):
        return np.asarray(np.round(np.asarray(values, dtype=float), DECIMALS) + 0.0)


ZERO = 1e-12
"""Standard errors and differences of coefficients below this are rounding, and count as 0."""
ZERO_VARIANCE = 1e-20
"""Variances below this count as none: what is left of a sum that cancels."""
ZERO_COVARIANCE = 1e-15
"""A sum of covariances below this is none: everybody answered alike."""
ZERO_CHOICE = 1e-18
"""Variances of scores over choices below this count as none: no choice changes anything."""
SLACK = 1e-9
"""What a quotient may be off before it is rounded up or down to another whole number."""


def group_ids(*keys: Ints) -> tuple[Ints, Ints]:
    """Number the distinct combinations of the keys.

    Returns the number of the combination in each row, and for each combination the first row
    that shows it. Linear in the rows where the keys leave it room to be.
    """
    if is_range(keys[-1]):
        return keys[-1], keys[-1]
    begins = _runs(keys)
    if 4 * len(begins) < len(keys[-1]):
        ids, first = group_ids(*(key[begins] for key in keys))
        return np.repeat(ids, np.diff(begins, append=len(keys[-1]))), small(begins[first])
    if is_one_to_one(keys[-1]):
        return keys[-1], first_rows(keys[-1])
    nested = _nested(keys)
    if nested is not None:
        return keys[-1], nested
    mixed = keys[0].astype(np.int64)
    for key in keys[1:]:
        span = int(key.max(initial=0)) + 1
        if int(mixed.max(initial=0)) >= 2**62 // span:
            mixed = np.unique(mixed, return_inverse=True)[1].astype(np.int64)
        mixed *= span
        mixed += key
    if int(mixed.max(initial=0)) > 4 * len(mixed) + 1_000_000:
        _, first, ids = np.unique(mixed, return_index=True, return_inverse=True)
        return small(ids), first.astype(np.int64)
    number = small(np.cumsum(np.bincount(mixed) > 0, dtype=np.int32))
    ids = small(number[mixed] - 1)
    return ids, first_rows(ids)


def small(ids: Any) -> Ints:
    """Ids in four bytes where they fit: ten million of them are then 40 MB and not 80."""
    fits = len(ids) < 2**31 and int(ids.max(initial=0)) < 2**31
    return np.asarray(ids, dtype=np.int32 if fits else np.int64)


def _nested(keys: tuple[Ints, ...]) -> Ints | None:
    """First rows of the last key, where it alone tells the combinations, in their order."""
    last = keys[-1]
    if len(keys) == 1 or int(last.max(initial=-1)) >= len(last):
        return None
    first = first_rows(last)
    if not np.array_equal(last[first], np.arange(len(first))):
        return None
    rising = np.ones(max(len(first) - 1, 0), dtype=bool)
    for key in reversed(keys[:-1]):
        own = key[first]
        if not np.array_equal(own[last], key):
            return None
        step = np.diff(own.astype(np.int64))
        rising = (step > 0) | ((step == 0) & rising)
    return first if rising.all() else None


def _runs(keys: tuple[Ints, ...]) -> Ints:
    """The rows that differ from the one before in some key."""
    differs = np.ones(len(keys[-1]), dtype=bool)
    if len(differs):
        differs[1:] = keys[-1][1:] != keys[-1][:-1]
    for key in keys[:-1]:
        differs[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(differs)


def is_range(key: Ints) -> bool:
    """Whether the rows are numbered from 0 in their order."""
    last = len(key) - 1
    return last >= 0 and key[0] == 0 and key[-1] == last and bool((key[1:] > key[:-1]).all())


def is_one_to_one(key: Ints) -> bool:
    """Whether every row has a number of its own, with none left over."""
    if not len(key) or int(key.max()) != len(key) - 1:
        return False
    if is_range(key):
        return True
    seen = np.zeros(len(key), dtype=bool)
    seen[key] = True
    return bool(seen.all())


def first_rows(ids: Ints) -> Ints:
    """For each number from 0 to the largest, the first row that has it."""
    kind: Any = np.int32 if len(ids) < 2**31 else np.int64
    if is_range(ids):
        return ids
    first = np.zeros(int(ids.max(initial=-1)) + 1, dtype=kind)
    first[ids[::-1]] = np.arange(len(ids) - 1, -1, -1, dtype=kind)
    return first


def sums(ids: Ints, values: Floats, size: int, *, squared: bool = False) -> Floats:
    """Total of the values (or of their squares) under each id, 0 where an id has none.

    Parameters
    ----------
    ids : (rows,) array of int
        From 0 to `size` - 1.
    values : (rows,) array
    size : int
    squared : bool, default False
        Whether squares are added up.

    Returns
    -------
    (size,) array
    """
    if len(ids) <= AT_ONCE:
        summed = values**2 if squared else values
        return np.bincount(ids, weights=summed, minlength=size).astype(float, copy=False)
    total = np.zeros(size)
    for rows, low, high in _stretches(ids):
        total[low:high] += sums(ids[rows] - low, values[rows], high - low, squared=squared)
    return total


def counts(ids: Ints, size: int) -> Ints:
    """How often each id occurs."""
    if len(ids) <= AT_ONCE:
        return np.bincount(ids, minlength=size)
    total = np.zeros(size, dtype=np.int64)
    for rows, low, high in _stretches(ids):
        total[low:high] += np.bincount(ids[rows] - low, minlength=high - low)
    return total


def _stretches(ids: Ints) -> Iterator[tuple[slice, int, int]]:
    """Rows so few that copies of them are small, their smallest id, and one more than the last."""
    for start in range(0, len(ids), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        yield rows, int(ids[rows].min()), int(ids[rows].max()) + 1
