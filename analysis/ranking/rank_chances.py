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

from analysis.numeric import Floats
from analysis.ranking.stepdown import noise

REACH = 6.5  # standard deviations that hold all but 1e-10 of a Normal
BLOCK = 1500


@dataclass(frozen=True)
class Chances:
    """(units, len(k)) chances of being in the top and in the bottom k; how they were made."""

    k: tuple[int, ...]
    top: Floats
    bottom: Floats
    computed: bool


def chances(
    scores: Floats, covariance: Floats, k: Sequence[int], *, draws: int = 10_000, seed: int = 1
) -> Chances:
    """Chances of all units at once; a k as large as the league gives 1."""
    wanted = tuple(sorted({int(one) for one in k}))
    off = covariance - np.diag(covariance.diagonal())
    if len(scores) == 2 and off.any():
        spread = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
        covariance, off = np.diag([max(spread, 0.0), 0.0]), np.zeros((2, 2))
    if off.any():
        shift = noise(covariance, draws, seed)
        top = _counted(scores + shift, wanted)
        return Chances(wanted, top, _counted(-scores - shift, wanted), computed=False)
    sd = np.sqrt(np.maximum(covariance.diagonal(), 0.0))
    return Chances(wanted, _summed(scores, sd, wanted), _summed(-scores, sd, wanted), computed=True)


def _counted(drawn: Floats, k: Sequence[int]) -> Floats:
    """Shares of draws in which fewer than k units lie above a unit."""
    size = drawn.shape[1]
    out = np.ones((size, len(k)))
    bars = [size - least for least in k if least < size]
    if bars:
        split = np.partition(drawn, bars, axis=1)
        for at, bar in enumerate(bars):
            out[:, at] = (drawn >= split[:, [bar]]).mean(axis=0)
    return out


def _summed(scores: Floats, sd: Floats, k: Sequence[int]) -> Floats:
    """The integral, for those who can be among the first k at all."""
    size = len(scores)
    out = np.ones((size, len(k)))
    states = [least for least in k if least < size]
    if not states:
        return out
    most = states[-1]
    low = np.sort(scores - REACH * sd)[-most]
    near = np.flatnonzero(scores + REACH * sd >= low)
    out[:, : len(states)] = 0.0
    fewer = _integrate(scores[near], sd[near], most)
    for at, least in enumerate(states):
        out[near, at] = np.clip(fewer[:, :least].sum(axis=1), 0.0, 1.0)
    return out


def _integrate(scores: Floats, sd: Floats, most: int) -> Floats:
    """(units, most): the chance that exactly 0, 1, ... others lie above each unit."""
    edges = _edges(scores, sd)
    out = np.zeros((len(scores), most))
    for start in range(0, len(edges) - 1, BLOCK):
        here = edges[start : start + BLOCK + 1]
        mass = np.diff(_below(here, scores, sd), axis=0) * (sd > 0)
        out += _others_above(1.0 - _below((here[1:] + here[:-1]) / 2, scores, sd), mass, most)
    sure = np.flatnonzero(sd == 0)
    if len(sure):
        mass = np.zeros((len(sure), len(scores)))
        mass[np.arange(len(sure)), sure] = 1.0
        out += _others_above(1.0 - _below(scores[sure], scores, sd), mass, most)
    return out


def _edges(scores: Floats, sd: Floats) -> Floats:
    """Where the integral is cut: fine beside the narrowest unit, and at each unit without error."""
    steps = int(np.clip(6000 // len(scores), 130, 600))
    around = np.linspace(-REACH, REACH, steps + 1)
    cuts: Floats = np.unique(scores[:, None] + sd[:, None] * around)
    if (sd > 0).any():
        width = float(sd[sd > 0].min()) / 20
        cuts = cuts[np.unique(np.floor((cuts - cuts[0]) / width), return_index=True)[1]]
        cuts = np.append(cuts, (scores + REACH * sd).max())
    return np.unique(np.concatenate([cuts, scores[sd == 0]]))


def _below(x: Floats, scores: Floats, sd: Floats) -> Floats:
    """(points, units): the chance that a unit lies at or below x."""
    apart = x[:, None] - scores
    z = apart / np.where(sd > 0, sd, 1.0)
    value: Floats = np.where(sd > 0, special.ndtr(z), apart >= 0)
    return value


def _others_above(above: Floats, mass: Floats, most: int) -> Floats:
    """Sum over points of mass times the chance that j of the other units lie above.

    Prefix and suffix Poisson-binomial sums, joined around each unit: no division, so it is as
    exact where a chance is 0 or 1.
    """
    points, size = above.shape
    prefix = np.zeros((size + 1, most, points))
    prefix[0, 0] = 1.0
    for unit in range(size):
        prefix[unit + 1] = _with_one_more(prefix[unit], above[:, unit])
    suffix = np.zeros((most, points))
    suffix[0] = 1.0
    out = np.zeros((size, most))
    for unit in range(size - 1, -1, -1):
        at = np.flatnonzero(mass[:, unit])
        if len(at):
            before, after = prefix[unit][:, at], suffix[:, at] * mass[at, unit]
            for j in range(most):
                out[unit, j] = (before[: j + 1] * after[j::-1]).sum()
        suffix = _with_one_more(suffix, above[:, unit])
    return out


def _with_one_more(states: Floats, chance: Floats) -> Floats:
    """Chances of 0, 1, ... units above after one more unit that lies above with a chance."""
    out = states * (1 - chance)
    out[1:] += states[:-1] * chance
    return out
