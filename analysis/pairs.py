"""Sums over the rows of each block for every pair of questions, without a matrix product.

A library's product adds up in an order that depends on the processor and waits for other threads;
these sums have one order everywhere. Answers to both of two questions are counted 32 at a time, as
bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from analysis.arrays import Bools, Floats, Ints

PIECE = 4096
ALONE = 1024
WORD = 32


class PairSums:
    """By block and pair of questions: the sum of products, and rows that answered both.

    `look` gives the values and the answers, (questions, rows) each, of some positions; `ends` says
    where each block ends. Pairs are those of `np.triu_indices`.
    """

    def __init__(
        self, questions: int, ends: Ints, look: Callable[[Any], tuple[Floats, Bools]]
    ) -> None:
        self.first, self.second = np.triu_indices(questions)
        self.products = np.zeros((len(self.first), len(ends)))
        self.both = np.zeros((len(self.first), len(ends)), dtype=np.int64)
        for blocks, positions, filled, starts in _pieces(ends):
            z, answered = look(positions)
            if filled is not None:
                z *= filled
                answered &= filled
            self._multiply(z, starts, blocks)
            bits = np.packbits(answered, axis=1).view(np.uint32)
            shared = np.bitwise_count(bits[self.first] & bits[self.second])
            words = [0] if starts is None else starts // WORD
            self.both[:, blocks] += np.add.reduceat(shared, words, axis=1, dtype=np.int64)

    def _multiply(self, z: Floats, starts: Ints | None, blocks: slice) -> None:
        room, row = np.empty_like(z), 0
        for number, values in enumerate(z):
            pairs = slice(row, row + len(z) - number)
            np.multiply(z[number:], values, out=room[number:])
            if starts is None:
                found = np.add.reduce(room[number:], axis=1)[:, None]
            else:
                found = np.add.reduceat(room[number:], starts, axis=1)
            self.products[pairs, blocks] += found
            row = pairs.stop


def _pieces(ends: Ints) -> Iterator[tuple[slice, Any, Bools | None, Ints | None]]:
    """Blocks, positions, which are real (None: all), where blocks start among them (None: only 1).

    Each block is filled up to whole words with its last row, which then is not real. A long one
    goes alone, so that how it is added up does not depend on its neighbours.
    """
    begins = np.concatenate(([0], ends[:-1]))
    lengths = -(-(ends - begins) // WORD) * WORD
    longs, total, at = np.flatnonzero(lengths > ALONE), np.cumsum(lengths), 0
    while at < len(ends):
        if lengths[at] > ALONE:
            yield from _slices(at, int(begins[at]), int(ends[at]))
            at += 1
            continue
        gone = int(total[at] - lengths[at])
        until = int(np.searchsorted(total, gone + PIECE, "right"))
        until = min([until, *longs[longs > at][:1].tolist()])
        filled = lengths[at:until]
        starts = total[at:until] - filled - gone
        positions = np.arange(int(filled.sum())) + np.repeat(begins[at:until] - starts, filled)
        last = np.repeat(ends[at:until] - 1, filled)
        yield slice(at, until), np.minimum(positions, last), positions <= last, starts
        at = until


def _slices(
    block: int, begin: int, end: int
) -> Iterator[tuple[slice, Any, Bools | None, Ints | None]]:
    """The same of a long block."""
    here = slice(block, block + 1)
    whole = begin + (end - begin) // PIECE * PIECE
    for at in range(begin, whole, PIECE):
        yield here, slice(at, at + PIECE), None, None
    if whole < end:
        positions = np.arange(whole, whole + -(-(end - whole) // WORD) * WORD)
        yield here, np.minimum(positions, end - 1), positions < end, None
