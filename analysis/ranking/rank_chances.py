"""The chance that a unit is truly among the first or the last k. Descriptive, not a confidence.

True scores are taken as Normal around the estimates with their joint covariance. For units that do
not covary, and for two units, the chance is computed: P(i in top k) = the integral over x of the
density of i times the chance that fewer than k others lie above x, a Poisson-binomial sum. For
units that covary it is simulated with a seed. Units of equal score and no error share the better
rank in both tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.numeric import Floats, rounded
from analysis.ranking.pairwise import standard_deviations, variance_of_differences
from analysis.ranking.stepdown import noise

TAIL = 6.5  # standard deviations that hold all but 1e-10 of a Normal
CHUNK = 1500  # points of the integral at a time


@dataclass(frozen=True, kw_only=True)
class Chances:
    """Chances of being truly among the first and the last.

    Attributes
    ----------
    k : tuple of int
        How many are first (or last), rising.
    top, bottom : ndarray of float, shape (units, len(k))
        Chances, from 0 to 1.
    computed : bool
        Whether by an integral, and not by simulation.
    """

    k: tuple[int, ...]
    top: Floats
    bottom: Floats
    computed: bool


def chances(
    scores: Floats, covariance: Floats, k: Sequence[int], *, draws: int = 10_000, seed: int = 1
) -> Chances:
    """Chances of all units of being among the first and the last k.

    Parameters
    ----------
    scores : ndarray of float, shape (units,)
        Scores in points, none of them NaN; two that are equal to nine decimals are a tie.
    covariance : ndarray of float, shape (units, units)
        Joint covariance of the scores, in points squared.
    k : sequence of int
        How many are first or last; as many as there are units, or more, gives 1.
    draws, seed : int
        Of the simulation, where units covary.

    Returns
    -------
    Chances
        Computed ones to about four decimals, simulated ones to sqrt(p (1 - p) / draws).

    References
    ----------
    Hall, P. and Miller, H. (2009). Using the bootstrap to quantify the authority of an empirical
    ranking. Annals of Statistics 37, 3929-3959 (why these are no confidence).
    """
    sizes = tuple(sorted({int(size) for size in k}))
    certain = ~(covariance.diagonal() > 0)  # only these can be tied; chances of others are smooth
    scores = np.where(certain, rounded(scores), scores)
    covary = bool((covariance - np.diag(covariance.diagonal())).any())
    if len(scores) == 2 and covary:  # only their difference counts
        variance = variance_of_differences(covariance)[0, 1]
        covariance, covary = np.diag([max(variance, 0.0), 0.0]), False
    if covary:
        shift = noise(covariance, draws, seed)
        top, bottom = _counted(scores + shift, sizes), _counted(-scores - shift, sizes)
    else:
        sd = standard_deviations(covariance.diagonal())
        top, bottom = _computed(scores, sd, sizes), _computed(-scores, sd, sizes)
    return Chances(k=sizes, top=top, bottom=bottom, computed=not covary)


def _counted(drawn: Floats, k: Sequence[int]) -> Floats:
    """Shares of draws, (draws, units), in which fewer than k units lie above a unit."""
    units = drawn.shape[1]
    share = np.ones((units, len(k)))
    thresholds = [units - size for size in k if size < units]
    if thresholds:
        drawn = rounded(drawn)
        split = np.partition(drawn, thresholds, axis=1)
        for column, threshold in enumerate(thresholds):
            share[:, column] = (drawn >= split[:, [threshold]]).mean(axis=0)
    return share


def _computed(scores: Floats, sd: Floats, k: Sequence[int]) -> Floats:
    """The integral, for those who can be among the first k at all."""
    chance = np.ones((len(scores), len(k)))
    sizes = [size for size in k if size < len(scores)]
    if not sizes:
        return chance
    lowest = np.sort(scores - TAIL * sd)[-sizes[-1]]
    eligible = np.flatnonzero(scores + TAIL * sd >= lowest)
    chance[:, : len(sizes)] = 0.0
    above = _integrate(scores[eligible], sd[eligible], sizes[-1])
    for column, size in enumerate(sizes):
        chance[eligible, column] = np.clip(above[:, :size].sum(axis=1), 0.0, 1.0)
    return chance


def _integrate(scores: Floats, sd: Floats, largest: int) -> Floats:
    """(units, largest): the chance that exactly 0, 1, ... others lie above each unit."""
    edges = _edges(scores, sd)
    chance = np.zeros((len(scores), largest))
    for start in range(0, len(edges) - 1, CHUNK):
        cuts = edges[start : start + CHUNK + 1]
        mass = np.diff(_below(cuts, scores, sd), axis=0) * (sd > 0)
        above = 1.0 - _below((cuts[1:] + cuts[:-1]) / 2, scores, sd)
        chance += _others_above(above, mass, largest)
    certain = np.flatnonzero(sd == 0)
    if len(certain):
        mass = np.zeros((len(certain), len(scores)))
        mass[np.arange(len(certain)), certain] = 1.0
        chance += _others_above(1.0 - _below(scores[certain], scores, sd), mass, largest)
    return chance


def _edges(scores: Floats, sd: Floats) -> Floats:
    """Where the integral is cut: fine beside the narrowest unit, and at each unit without error."""
    steps = int(np.clip(6000 // len(scores), 130, 600))
    cuts: Floats = np.unique(scores[:, None] + sd[:, None] * np.linspace(-TAIL, TAIL, steps + 1))
    if (sd > 0).any():
        width = float(sd[sd > 0].min()) / 20
        cuts = cuts[np.unique(np.floor((cuts - cuts[0]) / width), return_index=True)[1]]
        cuts = np.append(cuts, (scores + TAIL * sd).max())
    return np.unique(np.concatenate([cuts, scores[sd == 0]]))


def _below(x: Floats, scores: Floats, sd: Floats) -> Floats:
    """(points, units): the chance that a unit lies at or below x."""
    deviation = x[:, None] - scores
    z = deviation / np.where(sd > 0, sd, 1.0)
    return np.where(sd > 0, special.ndtr(z), deviation >= 0)


def _others_above(above: Floats, mass: Floats, largest: int) -> Floats:
    """(units, largest): sums over points of mass times the chance that j of the others lie above.

    Prefix and suffix Poisson-binomial sums, joined around each unit: no division, so it is as
    exact where a chance is 0 or 1. `above` and `mass` are (points, units).
    """
    points, units = above.shape
    prefix = np.zeros((units + 1, largest, points))
    prefix[0, 0] = 1.0
    for unit in range(units):
        prefix[unit + 1] = _with_one_more(prefix[unit], above[:, unit])
    suffix = np.zeros((largest, points))
    suffix[0] = 1.0
    total = np.zeros((units, largest))
    for unit in range(units - 1, -1, -1):
        at = np.flatnonzero(mass[:, unit])
        if len(at):
            before, after = prefix[unit][:, at], suffix[:, at] * mass[at, unit]
            for j in range(largest):
                total[unit, j] = (before[: j + 1] * after[j::-1]).sum()
        suffix = _with_one_more(suffix, above[:, unit])
    return total


def _with_one_more(counted: Floats, chance: Floats) -> Floats:
    """Chances of 0, 1, ... units above after one more unit that lies above with a chance."""
    updated = counted * (1 - chance)
    updated[1:] += counted[:-1] * chance
    return updated
