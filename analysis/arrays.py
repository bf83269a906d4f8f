"""Names for the kinds of array that the package passes around."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.uint8] | NDArray[np.uint16]


def group_ids(*keys: Ints) -> tuple[Ints, Ints]:
    """Number the distinct combinations of the keys, in their sorted order.

    Returns the number of the combination in each row, and for each combination the first row
    that shows it.
    """
    mixed = keys[0].astype(np.int64)
    for key in keys[1:]:
        span = int(key.max(initial=0)) + 1
        if int(mixed.max(initial=0)) >= 2**62 // span:
            mixed = np.unique(mixed, return_inverse=True)[1].astype(np.int64)
        mixed = mixed * span + key
    _, first, ids = np.unique(mixed, return_index=True, return_inverse=True)
    return ids.astype(np.int64), first.astype(np.int64)


def sums(ids: Ints, values: Floats, size: int) -> Floats:
    """Total of the values under each id, 0 where an id has none."""
    return np.bincount(ids, weights=values, minlength=size)


def counts(ids: Ints, size: int) -> Ints:
    """How often each id occurs."""
    return np.bincount(ids, minlength=size)
