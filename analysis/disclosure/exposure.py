"""Which small cells a linear system of published totals gives away.

The intruder is the strongest that the tables themselves let in: for the cells of one small group,
all other small groups of the same unit together, who know their own cells. A group is exposed when

1. some weighted sum of its small cells is determined: a vector of the row space of the system has
   its support in them. The cell itself is the case of one; a field made of nothing but small
   cells is another; or
2. bounds give a cell away: with every withheld number between the values that it can have, linear
   programming leaves the cell less than its `width`, or no more than one of the values that so few
   answers can have.

What is withheld besides, to protect small cells, is kept from readers who know nothing more: such
a ratio, criterion or field is not determined either, and bounds leave it its `width`.

References
----------
Hundepool, A. et al. (2012). Statistical Disclosure Control, chapter 4 (audit of suppressed tables;
singletons and coalitions). Wiley.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.disclosure.cell import Cell
from analysis.numeric import SLACK, ZERO, Bools, Floats, Ints

TOLERANCE = 1e-8
"""Squared lengths that differ by less are equal: the rows of a system have length 1."""
USED = 1e-6
"""A share of the largest part below which an equation plays no part in a sum."""


@dataclass(frozen=True, kw_only=True)
class Guarded:
    """A number withheld for the sake of others: a weighted sum of unknowns, and its room."""

    vector: Floats
    width: float


def exposures(
    matrix: Floats,
    unknowns: Sequence[Cell],
    guarded: Sequence[Guarded] = (),
    *,
    insiders: bool = True,
) -> list[list[int]]:
    """The equations by which withheld cells are given away.

    Parameters
    ----------
    matrix : array of shape (equations, unknowns)
        What published totals say of withheld cells; rows of length 1.
    unknowns : sequence of Cell
        The withheld cells, in the order of the columns.
    guarded : sequence of Guarded
        What else is withheld, and kept from whoever knows no cell.
    insiders : bool
        Whether the other small groups of a unit are the intruder, or nobody who knows a cell.

    Returns
    -------
    list of lists of int
        For each exposure the equations that it takes; empty when no cell is exposed.

    References
    ----------
    Hundepool et al. (2012), chapter 4.
    """
    groups = dict.fromkeys(cell.respondents for cell in unknowns if cell.sensitive)
    everything = np.ones(len(unknowns), dtype=bool)
    intruders = [
        (_small(unknowns, group), _unknown(unknowns, group) if insiders else everything)
        for group in groups
    ]
    single = _by_single_equations(np.abs(matrix) > 0, intruders)
    if single:  # most exposures are so plain, and systems are small without them
        return [[equation] for equation in single]
    exposed = []
    for small, unknown in intruders:
        exposed += _System(matrix, unknowns, unknown).exposures(np.flatnonzero(small))
    return exposed or _System(matrix, unknowns, everything).given_away(guarded)


def _small(unknowns: Sequence[Cell], group: tuple[str, str]) -> Bools:
    """By cell: whether it is a small one of the group."""
    return np.array([cell.sensitive and cell.respondents == group for cell in unknowns])


def _unknown(unknowns: Sequence[Cell], group: tuple[str, str]) -> Bools:
    """By cell: whether the other small groups of the unit do not know it."""
    known = [
        cell.sensitive and cell.respondents[0] == group[0] and cell.respondents != group
        for cell in unknowns
    ]
    return ~np.array(known)


def _by_single_equations(present: Bools, intruders: Sequence[tuple[Bools, Bools]]) -> list[int]:
    """The equations in which nothing is unknown but small cells of one group."""
    single = np.zeros(len(present), dtype=bool)
    for small, unknown in intruders:
        single |= present[:, small].any(axis=1) & ~present[:, unknown & ~small].any(axis=1)
    return np.flatnonzero(single).tolist()


class _System:
    """The equations as one intruder reads them: what he knows is a constant."""

    def __init__(self, matrix: Floats, unknowns: Sequence[Cell], unknown: Bools) -> None:
        self.whole = matrix
        self.column = np.cumsum(unknown) - 1
        self.matrix = matrix[:, unknown]
        self.cells = [cell for cell, kept in zip(unknowns, unknown, strict=True) if kept]
        self.value = np.array([cell.value for cell in self.cells])
        self.lower = np.array([cell.lower for cell in self.cells])
        self.upper = np.array([cell.upper for cell in self.cells])
        left, sizes, right = np.linalg.svd(self.matrix, full_matrices=False)
        rank = int((sizes > TOLERANCE * max(sizes.max(initial=0.0), np.finfo(float).tiny)).sum())
        self.left, self.sizes, self.right = left[:, :rank], sizes[:rank], right[:rank]

    def exposures(self, small: Ints) -> list[list[int]]:
        """For each exposure of some cells (by number in the component) its equations."""
        columns = self.column[small]
        determined = self._determined(columns)
        if determined is not None:
            return [determined]
        exposed = []
        for number, column in zip(small.tolist(), columns.tolist(), strict=True):
            cell, vector = self.cells[column], np.zeros(len(self.value))
            vector[column] = 1.0
            if not self._has_room(vector, cell.width, cell.attainable):
                exposed.append(self._equations_of(np.abs(self.whole[:, number]) > 0))
        return exposed

    def given_away(self, guarded: Sequence[Guarded]) -> list[list[int]]:
        """For each number withheld besides that is exposed, its equations."""
        present = np.abs(self.whole) > 0
        exposed = []
        for each in guarded:
            if not self._has_room(each.vector, each.width):
                concerned: Bools = np.asarray(present[:, np.abs(each.vector) > 0].any(axis=1))
                exposed.append(self._equations_of(concerned))
        return exposed

    def _equations_of(self, concerned: Bools) -> list[int]:
        return np.flatnonzero(concerned).tolist() or list(range(len(self.whole)))

    def _determined(self, columns: Ints) -> list[int] | None:
        """The equations that determine a weighted sum of some cells; None where none does.

        A row vector of length 1 whose part in these columns has length 1 too is such a sum.
        """
        if not len(self.sizes):
            return None
        combinations, lengths, _ = np.linalg.svd(self.right[:, columns], full_matrices=False)
        if float(lengths[0] ** 2) < 1 - TOLERANCE:
            return None
        used = np.abs(self.left @ (combinations[:, 0] / self.sizes))
        return np.flatnonzero(used > USED * used.max()).tolist()

    def _has_room(self, vector: Floats, width: float, attainable: tuple[float, ...] = ()) -> bool:
        """Whether a weighted sum can still lie anywhere in a wide enough range.

        First along directions that no published number notices; only where they do not lead far
        enough are the true bounds computed.
        """
        possible = float(np.abs(vector) @ (self.upper - self.lower))
        wanted, now = min(width, possible) - SLACK, float(vector @ self.value)
        others = [value for value in attainable if abs(value - now) > _SAME]
        for range_ in (self._unnoticed, self._between_bounds, self._bounds):
            low, high = range_(vector)
            reached = not others or any(low - _SAME < it - now < high + _SAME for it in others)
            if high - low >= wanted and reached:
                return True
        return False

    def _unnoticed(self, vector: Floats) -> tuple[float, float]:
        """The direction nearest to the sum's own that leaves every equation as it is."""
        return self._movable(vector - self.right.T @ (self.right @ vector), vector)

    def _between_bounds(self, vector: Floats) -> tuple[float, float]:
        """Such a direction that moves only numbers strictly between their bounds."""
        inner = (self.value > self.lower + TOLERANCE) & (self.value < self.upper - TOLERANCE)
        inner &= np.abs(vector) == 0
        aim = vector / float(vector @ vector)
        direction = aim.copy()
        answer = np.linalg.lstsq(self.matrix[:, inner], self.matrix @ aim, rcond=None)
        direction[inner] = -answer[0]
        holds = np.abs(self.matrix @ direction).max(initial=0.0) < TOLERANCE
        return self._movable(direction, vector) if holds else (0.0, 0.0)

    def _movable(self, direction: Floats, vector: Floats) -> tuple[float, float]:
        """How far down and up a sum can move along a direction, with every number in its bounds."""
        moved, change = np.abs(direction) > ZERO, float(direction @ vector)
        if abs(change) < ZERO:
            return 0.0, 0.0
        ahead, behind = (self.upper - self.value)[moved], (self.lower - self.value)[moved]
        steps = np.stack([ahead, behind]) / direction[moved]
        furthest = max(steps.max(axis=0).min(), 0.0), min(steps.min(axis=0).max(), 0.0)
        ends = sorted(float(step) * change for step in furthest)
        return ends[0], ends[1]

    def _bounds(self, vector: Floats) -> tuple[float, float]:
        """How far down and up the equations let a sum be."""
        from scipy.optimize import linprog  # slow to import, and rarely needed

        bounds = list(zip(self.lower.tolist(), self.upper.tolist(), strict=True))
        totals, now = self.matrix @ self.value, float(vector @ self.value)
        ends = []
        for sign in (1.0, -1.0):
            solution = linprog(sign * vector, A_eq=self.matrix, b_eq=totals, bounds=bounds)
            if not solution.success:
                return 0.0, 0.0
            ends.append(sign * float(solution.fun or 0.0) - now)
        return ends[0], ends[1]


_SAME = 1e-6
"""Ratios that differ by less are the same: a file has them to more digits than answers have."""
