"""Products of every two questions, summed over the rows of each block.

Blocks are as many as strata within cells, and most are small: those of about one length are filled
up to one width and multiplied together, which costs a block less than a call of its own would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from analysis.numeric import Bools, Floats, Ints

AT_ONCE = 8192
"""Positions looked at together: they stay in a processor's cache."""
WIDTH_STEP = 32
"""Blocks above this length are filled up to a multiple of it, shorter ones to a power of 2."""

Look = Callable[[Any], tuple[Floats, Bools]]


def block_products(ends: Ints, look: Look) -> Iterator[tuple[Ints, Floats, Floats]]:
    """Blocks, some at a time, with what each pair of questions has in common in them.

    Parameters
    ----------
    ends : (blocks,) array of int
        One more than the last position of each block; none of them is empty.
    look : callable
        Takes positions (an index array or a slice) and returns values, (questions, positions), and
        whether each was answered, of the same shape. It may be given memory of its own to keep.

    Yields
    ------
    numbers : (some blocks,) array of int
    products : (some blocks, questions, questions) array
        Sums over the block's rows of the products of the two questions' values.
    both : (some blocks, questions, questions) array
        Rows that answered both.
    """
    starts = np.concatenate(([0], ends[:-1]))
    lengths = ends - starts
    for number in np.flatnonzero(lengths > AT_ONCE).tolist():
        products, both = _long_block(int(starts[number]), int(ends[number]), look)
        yield np.array([number]), products[None], both[None]
    widths = _widths(lengths)
    for width in np.unique(widths[lengths <= AT_ONCE]).tolist():
        numbers = np.flatnonzero((widths == width) & (lengths <= AT_ONCE))
        step = max(1, AT_ONCE // width)
        for at in range(0, len(numbers), step):
            batch = numbers[at : at + step]
            yield batch, *_batch(starts[batch], lengths[batch], width, look)


def _widths(lengths: Ints) -> Ints:
    power = np.exp2(np.ceil(np.log2(lengths))).astype(np.int64)
    multiple = -(-lengths // WIDTH_STEP) * WIDTH_STEP
    return np.where(lengths <= WIDTH_STEP, power, multiple)


def _long_block(start: int, end: int, look: Look) -> tuple[Floats, Floats]:
    products: Floats | float = 0.0
    both: Floats | float = 0.0
    for at in range(start, end, AT_ONCE):
        values, answered = look(slice(at, min(at + AT_ONCE, end)))
        numeric = answered.astype(float)
        products, both = products + values @ values.T, both + numeric @ numeric.T
    return np.asarray(products), np.asarray(both)


def _batch(starts: Ints, lengths: Ints, width: int, look: Look) -> tuple[Floats, Floats]:
    within = np.arange(width)
    if (lengths == width).all() and (np.diff(starts) == width).all():
        values, answered = look(slice(int(starts[0]), int(starts[-1]) + width))
    else:
        positions = starts[:, None] + np.minimum(within, lengths[:, None] - 1)
        values, answered = look(positions.ravel())
        is_row = (within < lengths[:, None]).ravel()
        values, answered = values * is_row, answered & is_row
    shape = (len(values), len(starts), width)
    return _squared(values.reshape(shape)), _squared(answered.astype(float).reshape(shape))


def _squared(values: Floats) -> Floats:
    """(blocks, questions, questions) of (questions, blocks, rows)."""
    return np.asarray(values.transpose(1, 0, 2) @ values.transpose(1, 2, 0))
