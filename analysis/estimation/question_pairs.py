"""Sums over the rows of each block for every pair of questions, without a matrix product.

A library's product adds up in an order that depends on the processor and waits for other threads;
these sums have one order everywhere. A block is cut into segments of at most 256 rows, and segments
that are about as long are worked through together. Answers to both of two questions are counted 32
at a time, as bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from analysis.numeric import Bools, Floats, Ints
from analysis.old.row_sums import sums_of_products

PIECE = 8192
SEGMENT = 256
WORD = 32


class PairSums:
    """By block and pair of questions: the sum of products, and rows that answered both.

    `look` gives the values and the answers, (questions, rows) each, of some positions; `ends` says
    where each block ends, none of them empty. Pairs are those of `np.triu_indices`.
    """

    def __init__(
        self, questions: int, ends: Ints, look: Callable[[Any], tuple[Floats, Bools]]
    ) -> None:
        self.first, self.second = np.triu_indices(questions)
        segments = Segments(ends)
        products = np.zeros((len(self.first), len(segments.starts)))
        both = np.zeros(products.shape, dtype=np.int64)
        for piece in segments.pieces():
            z, answered = look(piece.positions)
            if piece.real is not None:
                z *= piece.real
                answered &= piece.real
            products[:, piece.numbers] = self._multiplied(z.reshape(questions, *piece.shape))
            bits = np.packbits(answered, axis=1).view(np.uint32).reshape(questions, -1, piece.words)
            both[:, piece.numbers] = self._counted(bits)
        self.products, self.both = segments.by_block(products), segments.by_block(both)

    def _multiplied(self, z: Floats) -> Floats:
        """(pairs, segments) of (questions, segments, rows)."""
        found, done = np.empty((len(self.first), z.shape[1])), 0
        for at, values in enumerate(z):
            pairs = slice(done, done + len(z) - at)
            sums_of_products(z[at:], values, found[pairs])
            done = pairs.stop
        return found

    def _counted(self, bits: Any) -> Ints:
        """(pairs, segments) of (questions, segments, words)."""
        shared = np.bitwise_count(bits[self.first] & bits[self.second])
        total: Ints = shared[:, :, 0].astype(np.int64)
        for word in range(1, shared.shape[2]):
            total += shared[:, :, word]
        return total


@dataclass(frozen=True)
class Piece:
    """Some segments, filled up to one width with their last row, which then is not `real`.

    `real` is None where every position is.
    """

    numbers: Ints
    positions: Any
    real: Bools | None
    shape: tuple[int, int]

    @property
    def words(self) -> int:
        """How many words the answers of one segment fill."""
        return self.shape[1] // WORD


class Segments:
    """Blocks cut into segments, which do not depend on the block's neighbours."""

    def __init__(self, ends: Ints) -> None:
        begins = np.concatenate(([0], ends[:-1]))
        several = -(-(ends - begins) // SEGMENT)
        self.first = np.cumsum(several) - several
        block = np.repeat(np.arange(len(ends)), several)
        self.starts = begins[block] + (np.arange(len(block)) - self.first[block]) * SEGMENT
        self.lengths = np.minimum(ends[block] - self.starts, SEGMENT)

    @cached_property
    def _is_whole(self) -> bool:
        return len(self.first) == len(self.starts)

    def by_block(self, values: Any) -> Any:
        """Sum over the segments of each block, the last axis."""
        return values if self._is_whole else np.add.reduceat(values, self.first, axis=1)

    def pieces(self) -> Iterator[Piece]:
        """All segments, those of one width together."""
        widths = -(-self.lengths // WORD) * WORD
        kinds = 2 * widths + (widths > self.lengths)
        for kind in np.unique(kinds).tolist():
            numbers, width = np.flatnonzero(kinds == kind), kind // 2
            step = PIECE // width
            for at in range(0, len(numbers), step):
                yield self._piece(numbers[at : at + step], width)

    def _piece(self, numbers: Ints, width: int) -> Piece:
        starts, lengths = self.starts[numbers], self.lengths[numbers][:, None]
        shape, within = (len(numbers), width), np.arange(width)
        if (lengths < width).any():
            places = starts[:, None] + np.minimum(within, lengths - 1)
            return Piece(numbers, places.ravel(), (within < lengths).ravel(), shape)
        if (np.diff(starts) == width).all():
            return Piece(numbers, slice(int(starts[0]), int(starts[-1]) + width), None, shape)
        return Piece(numbers, (starts[:, None] + within).ravel(), None, shape)
