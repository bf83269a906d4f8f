"""Matrix products with the same bits on every processor, whatever library multiplies.

A library adds up in an order, and with instructions, that depend on the processor. Where nothing
is rounded no order shows: each column is cut into whole multiples of a unit of its own, a power of
2 such that the columns are at most 2^26 units long. Products of two such columns and all their
partial sums are then whole numbers below 2^53 (Cauchy and Schwarz), and exact in any order. What
the units leave is cut once more, and the products of the parts are added elementwise (Ozaki, Ogita,
Oishi and Rump 2012, Numerical Algorithms 59, 95-118). The error is at most 2^-50 times the rows,
relative to the lengths of both columns, eight times what an ordinary product is allowed, and in
practice in the fourteenth digit. A third cut would give the last bit, for twice the work.

Counts need none of this: sums of small whole numbers are exact already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from analysis.numeric import Floats

BITS = 26  # of a slice's length: two of them make 52, and a double has 53


@dataclass(frozen=True)
class Slices:
    """Columns that were cut: their high parts, the low ones, and the high ones again, as rows.

    So neighbours can be multiplied crosswise at once. Columns with NaN or infinity are NaN.
    """

    table: Floats

    @classmethod
    def of(cls, columns: Floats) -> Self:
        """Cut columns, (rows, columns)."""
        rows = len(columns)
        length = np.sqrt((columns * columns).sum(axis=0))
        exponent = np.frexp(np.where(np.isfinite(length), length, 1.0))[1] - BITS
        unit = np.ldexp(np.where(np.isfinite(length), 1.0, np.nan), exponent)
        table = np.empty((3 * rows, columns.shape[1]))
        high, low = table[:rows], table[rows : 2 * rows]
        np.rint(np.divide(columns, unit, out=high), out=high)
        high *= unit
        # what is left is at most half a unit in each row; a bit is kept for the sum of two products
        finer = np.ldexp(unit, int(np.frexp(np.sqrt(rows) / 2)[1]) - BITS + 1)
        np.subtract(columns, high, out=low)
        low /= finer
        np.rint(low, out=low)
        low *= finer
        table[2 * rows :] = high
        return cls(table)

    @property
    def high(self) -> Floats:
        """The columns to 23 bits or so."""
        return self.table[: len(self.table) // 3]

    @property
    def low(self) -> Floats:
        """What that leaves."""
        rows = len(self.table) // 3
        return self.table[rows : 2 * rows]

    def part(self, columns: slice) -> Slices:
        """Some of the columns."""
        return Slices(self.table[:, columns])

    def times(self, other: Slices) -> Floats:
        """Sums over the rows of products with another's columns, (columns, its columns)."""
        rows = len(self.table) // 3
        found = self.low.T @ other.low
        found += self.table[: 2 * rows].T @ other.table[rows:]
        found += self.high.T @ other.high
        return np.asarray(found)

    def square(self) -> Floats:
        """Sums over the rows of products of the columns with each other: symmetric."""
        mixed = self.high.T @ self.low
        found = self.low.T @ self.low + (mixed + mixed.T)
        return np.asarray(found + self.high.T @ self.high)


def product(one: Floats, other: Floats) -> Floats:
    """The transpose of (rows, columns) times (rows, other columns)."""
    return Slices.of(one).times(Slices.of(other))


def square(columns: Floats) -> Floats:
    """The transpose of (rows, columns) times itself."""
    return Slices.of(columns).square()


def coarse_product(one: Floats, other: Floats) -> Floats:
    """The same from factors of 23 bits or so, for random numbers: a third of the work."""
    return np.asarray(Slices.of(one).high.T @ Slices.of(other).high)


def cholesky(matrix: Floats) -> Floats | None:
    """The lower triangle L with L L' = a symmetric matrix; None unless it is positive definite."""
    left, found = matrix.astype(float), np.zeros(matrix.shape)
    for at in range(len(left)):
        pivot = float(left[at, at])
        if not pivot > 0:
            return None
        column = left[at:, at] / np.sqrt(pivot)
        found[at:, at] = column
        left[at + 1 :, at + 1 :] -= column[1:, None] * column[1:]
    return found


def orthonormal(columns: Floats, least: float = 1e-11) -> Floats:
    """Orthonormal columns that span the same; what depends on columns before it is left out.

    Gram and Schmidt's method, twice for each column: as orthogonal as rounding allows (Giraud,
    Langou and Rozložník 2005, Numerische Mathematik 101, 87-100).
    """
    kept: list[Floats] = []
    for column in columns.T:
        left, length = column, np.sqrt((column * column).sum())
        for _ in range(2):
            for each in kept:
                left = left - each * (each * left).sum()
        size = np.sqrt((left * left).sum())
        if size > least * length:
            kept.append(left / size)
    return np.stack(kept, axis=1) if kept else np.zeros((len(columns), 0))
