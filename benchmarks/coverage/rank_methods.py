"""Rank intervals by other ways, to compare with; the package's tests use them too."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import special

from analysis.numeric import rounded
from analysis.ranking import pairwise
from benchmarks.coverage.worlds import Array

Adjustment = Literal["unadjusted", "bonferroni", "holm"]


def adjust(p: Array, how: Adjustment) -> Array:
    """p values adjusted for their number, or not."""
    if how == "unadjusted":
        return p
    return pairwise.holm(p) if how == "holm" else np.minimum(p * len(p), 1.0)


def rank_max(scores: Array) -> Array:
    """The number of scores at or above each: ties share the worse rank."""
    compared = rounded(scores)
    return len(scores) - np.searchsorted(np.sort(compared), compared, side="left")


def kww(
    scores: Array, se: Array, level: float, joint: Literal["sidak", "bonferroni"] = "sidak"
) -> tuple[float, Array, Array]:
    """Rank bounds from joint intervals of the scores: the z used, lower and upper ranks.

    Klein, Wright and Wieczorek (2020), Journal of the Royal Statistical Society A 183, 589-606.
    """
    units = len(scores)
    tail = (1 - level ** (1 / units)) / 2 if joint == "sidak" else (1 - level) / (2 * units)
    z = -float(special.ndtri(tail))
    low, high = scores - z * se, scores + z * se
    lo = 1 + (low[None, :] > high[:, None]).sum(axis=1)
    hi = units - (high[None, :] < low[:, None]).sum(axis=1)
    return z, lo, hi
