"""Names for the kinds of array that the package passes around."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.unsignedinteger[Any]]


def group_ids(*keys: Ints) -> tuple[Ints, Ints]:
    """Number the distinct combinations of the keys.

    Returns the number of the combination in each row, and for each combination the first row
    that shows it. Linear in the rows where the keys leave it room to be.
    """
    if _is_one_to_one(keys[-1]):
        own = keys[-1].astype(np.int64)
        return own, first_rows(own)
    mixed = keys[0].astype(np.int64)
    for key in keys[1:]:
        span = int(key.max(initial=0)) + 1
        if int(mixed.max(initial=0)) >= 2**62 // span:
            mixed = np.unique(mixed, return_inverse=True)[1].astype(np.int64)
        mixed = mixed * span + key
    if int(mixed.max(initial=0)) > 4 * len(mixed) + 1_000_000:
        _, first, ids = np.unique(mixed, return_index=True, return_inverse=True)
        return ids.astype(np.int64), first.astype(np.int64)
    shown = np.bincount(mixed) > 0
    number = np.cumsum(shown) - 1
    ids = number[mixed]
    return ids, first_rows(ids)


def _is_one_to_one(key: Ints) -> bool:
    """Whether every row has a number of its own, with none left over."""
    if not len(key) or int(key.max()) != len(key) - 1:
        return False
    return int(np.bincount(key, minlength=len(key)).min()) == 1


def first_rows(ids: Ints) -> Ints:
    """For each number from 0 to the largest, the first row that has it."""
    first = np.zeros(int(ids.max(initial=-1)) + 1, dtype=np.int64)
    first[ids[::-1]] = np.arange(len(ids) - 1, -1, -1)
    return first


def sums(ids: Ints, values: Floats, size: int) -> Floats:
    """Total of the values under each id, 0 where an id has none."""
    return np.bincount(ids, weights=values, minlength=size).astype(float, copy=False)


def counts(ids: Ints, size: int) -> Ints:
    """How often each id occurs."""
    return np.bincount(ids, minlength=size)
