"""Rank sets from the largest of all standardised differences, simulated from the joint Normal.

Mogstad, Romano, Shaikh and Wilhelm (2024, Review of Economic Studies 91, 476-518): all pairs whose
|difference|/sd exceeds the quantile of the largest such value among noise are told apart; what is
left is tested again with the quantile of what is left, until nothing more falls (stepdown of Romano
and Wolf 2005). A little sharper than Holm where scores covary; it needs a seed.
"""

from __future__ import annotations

import numpy as np

from analysis.numeric import Bools, Floats

BLOCK = 512  # draws at a time: they stay in the cache


def noise(covariance: Floats, draws: int, seed: int) -> Floats:
    """(draws, units) of N(0, covariance), the same for the same seed.

    By Cholesky, which has one answer only; what rounding made slightly indefinite is lifted.
    """
    size = len(covariance)
    spread = np.sqrt(np.maximum(covariance.diagonal(), 0.0))
    plain = np.random.default_rng(seed).standard_normal((draws, size))
    off = covariance - np.diag(covariance.diagonal())
    if not off.any():
        return np.asarray(plain * spread)
    known = np.flatnonzero(spread > 0)
    correlation = covariance[np.ix_(known, known)] / np.outer(spread[known], spread[known])
    made = np.zeros((draws, size))
    made[:, known] = (plain[:, known] @ _root(correlation).T) * spread[known]
    return made


def _root(correlation: Floats) -> Floats:
    lift = 0.0
    while True:
        try:
            return np.asarray(np.linalg.cholesky(correlation + lift * np.eye(len(correlation))))
        except np.linalg.LinAlgError:
            lift = max(10 * lift, 1e-12)
            assert lift < 10, "a correlation matrix has numbers only"


def critical_value(drawn: Floats, sd: Floats, left: Bools, level: float) -> float:
    """The `level` quantile of the largest standardised difference among what is still open.

    `left[i, j]`: "i is not above j" is still open; `sd` is (units, units), and pairs without a
    standard deviation take no part.
    """
    scale = np.where(sd > 0, 1 / np.where(sd > 0, sd, 1.0), 0.0)
    left = left & (sd > 0)
    largest = np.full(len(drawn), -np.inf)
    for start in range(0, len(drawn), BLOCK):
        part = np.ascontiguousarray(drawn[start : start + BLOCK].T)
        top = largest[start : start + BLOCK]
        for unit in range(len(sd) - 1):
            rest = slice(unit + 1, None)
            above, below = left[unit, rest], left[rest, unit]
            for taken, sign in (
                (above & below, 0.0),
                (above & ~below, 1.0),
                (below & ~above, -1.0),
            ):
                others = unit + 1 + np.flatnonzero(taken)
                if len(others):
                    apart = (part[unit] - part[others]) * scale[unit, others][:, None]
                    apart = sign * apart if sign else np.abs(apart)
                    np.maximum(top, apart.max(axis=0), out=top)
    return float(np.quantile(largest, level, method="inverted_cdf"))


def told_apart(
    scores: Floats, covariance: Floats, level: float, draws: int, seed: int
) -> tuple[Bools, list[float]]:
    """(units, units) of pairs that differ, and the critical value of each step.

    Each direction of a pair is a hypothesis of its own, so that "i is above j" is never said of a
    pair that was only shown to differ.
    """
    variance = covariance.diagonal()
    spread = variance[:, None] + variance - 2 * covariance
    sd = np.sqrt(np.where(spread < 1e-24, 0.0, spread))
    difference = scores[:, None] - scores
    above: Bools = (sd == 0) & (difference > 0)
    left = sd > 0
    np.fill_diagonal(left, val=False)
    drawn = noise(covariance, draws, seed)
    statistic = np.where(sd > 0, difference / np.where(sd > 0, sd, 1.0), 0.0)
    steps: list[float] = []
    while left.any():
        steps.append(critical_value(drawn, sd, left, level))
        fallen = left & (statistic > steps[-1])
        if not fallen.any():
            break
        above |= fallen
        left &= ~fallen
    return above | above.T, steps
