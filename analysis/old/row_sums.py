"""Sums of products over rows in one order, the same bits on every processor.

The order is the one in which NumPy's `einsum` adds where it cannot fuse a product with a sum: in
two lanes, the even and the odd rows, eight rows after eight, of those eight the last pair first.
`einsum` takes a third of the time of products that are written down and then added, so it is asked
wherever it keeps to that order: a process tries it once. Elsewhere (processors that fuse, other
builds of NumPy) the same order is walked step by step.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from analysis.numeric import Floats


def sums_of_products(several: Floats, one: Floats, out: Floats) -> None:
    """Into `out` (questions, segments): sums over the rows, a multiple of eight of them.

    `several` is (questions, segments, rows), `one` (segments, rows).
    """
    if einsum_keeps_the_order():
        np.einsum("qsr,sr->qs", several, one, out=out)
    else:
        step_by_step(several, one, out)


def step_by_step(several: Floats, one: Floats, out: Floats) -> None:
    """The same by products and sums alone."""
    pairs = np.moveaxis(several * one, 2, 0).reshape(-1, 2, *out.shape)
    lanes = np.zeros((2, *out.shape))
    for eight in range(0, len(pairs), 4):
        for pair in pairs[eight : eight + 4][::-1]:
            lanes += pair
    np.add(lanes[0], lanes[1], out=out)


@lru_cache(maxsize=1)
def einsum_keeps_the_order() -> bool:
    """Whether it does on this processor, as this NumPy was built."""
    values = np.arange(1.0, 7681.0) * 0.6180339887498949 % 1  # products of them all round
    several = values.reshape(3, 10, 256)
    quick, slow = np.empty((3, 10)), np.empty((3, 10))
    np.einsum("qsr,sr->qs", several, several[0], out=quick)
    step_by_step(several, several[0], slow)
    return bool((quick == slow).all())
