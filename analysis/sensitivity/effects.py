"""What one scenario does to the whole table, compared with the reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.numeric import Floats, Ints
from analysis.ranking.ranks import rank_min
from analysis.sensitivity.rescoring import Outcome


@dataclass(frozen=True, kw_only=True)
class ScenarioEffect:
    """Changes from the reference to a scenario; None where no unit is ranked in both.

    Attributes
    ----------
    change : array of float, (units,)
        Index under the scenario less that of the reference, in per cent; NaN where one is missing.
    rank_shift : tuple of int or None
        By unit: rank under the scenario less that of the reference.
    units_compared, units_lost : int
        Units ranked in both, and units that lose their rank.
    mean_change, mean_abs_change, max_abs_change : float or None
        Of the index, in per cent.
    mean_rank_shift, max_rank_shift : float, int or None
        Absolute, among the units ranked in both.
    pairs_reversed : float or None
        Share of the pairs of these units whose order is reversed; None without a pair.
    """

    change: Floats
    rank_shift: tuple[int | None, ...]
    units_compared: int
    units_lost: int | None = None
    mean_change: float | None = None
    mean_abs_change: float | None = None
    max_abs_change: float | None = None
    mean_rank_shift: float | None = None
    max_rank_shift: int | None = None
    pairs_reversed: float | None = None

    @property
    def is_change(self) -> bool:
        """Whether any index changes, or any unit loses or lacks its rank."""
        known = self.change[~np.isnan(self.change)]
        return bool(known.any()) or len(known) < len(self.change)


def scenario_effect(reference: Outcome, outcome: Outcome) -> ScenarioEffect:
    """Compare the outcome of a scenario with the reference.

    Parameters
    ----------
    reference, outcome : Outcome
        Scores of the same units.

    Returns
    -------
    ScenarioEffect
    """
    before, after = reference.index, outcome.index
    change = after - before
    rank_shift = tuple(
        None if old is None or new is None else new - old
        for old, new in zip(reference.ranks, outcome.ranks, strict=True)
    )
    known = change[~np.isnan(change)]
    if not len(known):
        return ScenarioEffect(change=change, rank_shift=rank_shift, units_compared=0)
    shift, reversed_share = shifts(before, after)
    return ScenarioEffect(
        change=change,
        rank_shift=rank_shift,
        units_compared=len(known),
        units_lost=int((~np.isnan(before) & np.isnan(after)).sum()),
        mean_change=float(known.mean()),
        mean_abs_change=float(np.abs(known).mean()),
        max_abs_change=float(np.abs(known).max()),
        mean_rank_shift=float(np.abs(shift).mean()),
        max_rank_shift=int(np.abs(shift).max()),
        pairs_reversed=reversed_share,
    )


def shifts(reference: Floats, other: Floats) -> tuple[Ints, float | None]:
    """Changes of rank and of order between two indices.

    Parameters
    ----------
    reference, other : array of float, (units,)
        Two indices of the same units; NaN where a unit is not ranked.

    Returns
    -------
    shift : array of int, (units ranked in both,)
        Rank by the other index less that by the reference.
    reversed_share : float or None
        Share of the pairs whose order is reversed; None without a pair.
    """
    both = ~np.isnan(reference) & ~np.isnan(other)
    before, after = reference[both], other[both]
    shift = rank_min(after) - rank_min(before)
    i, j = np.triu_indices(len(before), 1)
    reversed_pairs = (before[i] - before[j]) * (after[i] - after[j]) < 0
    return shift, float(reversed_pairs.mean()) if len(i) else None
