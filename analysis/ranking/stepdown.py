"""Rank sets from the largest of all standardised differences, simulated from the joint Normal.

All pairs whose |difference|/sd exceeds the quantile of the largest such value among noise are
significantly different; what is left is tested again with the quantile of what is left, until
nothing more is rejected. A little sharper than Holm where scores covary; it needs a seed.
"""

from __future__ import annotations

import numpy as np

from analysis.numeric import Bools, Floats, rounded
from analysis.ranking.pairwise import differences, standard_deviations, variance_of_differences

CHUNK = 512  # draws at a time: they stay in the cache
FIRST_LIFT, LARGEST_LIFT = 1e-12, 10.0  # added to the diagonal of a correlation matrix


def noise(covariance: Floats, draws: int, seed: int) -> Floats:
    """Draws from the Normal with mean 0, the same for the same seed.

    Parameters
    ----------
    covariance : ndarray of float, shape (units, units)
        Covariance of the scores, in points squared. One that rounding made slightly indefinite is
        lifted: 1e-12, or ten times as much until it helps, is added to each unit's correlation
        with itself.
    draws : int
        How many.
    seed : int
        Of NumPy's generator.

    Returns
    -------
    ndarray of float, shape (draws, units)
        In points.
    """
    sd = np.sqrt(np.maximum(covariance.diagonal(), 0.0))
    standard = np.random.default_rng(seed).standard_normal((draws, len(sd)))
    if not (covariance - np.diag(covariance.diagonal())).any():
        return np.asarray(standard * sd)
    varying = np.flatnonzero(sd > 0)
    correlation = covariance[np.ix_(varying, varying)] / np.outer(sd[varying], sd[varying])
    drawn = np.zeros_like(standard)
    drawn[:, varying] = standard[:, varying] @ _root(correlation).T * sd[varying]
    return drawn


def _root(correlation: Floats) -> Floats:
    """The lower triangle L with L L' = the matrix, which is lifted until it has one."""
    lift, identity = 0.0, np.eye(len(correlation))
    while True:
        try:
            return np.asarray(np.linalg.cholesky(correlation + lift * identity), dtype=float)
        except np.linalg.LinAlgError:
            lift = max(10 * lift, FIRST_LIFT)
            if lift > LARGEST_LIFT:
                raise  # numbers that are none


def critical_value(drawn: Floats, sd: Floats, untested: Bools, level: float) -> float:
    """The quantile of the largest standardised difference among noise.

    Parameters
    ----------
    drawn : ndarray of float, shape (draws, units)
        Noise, in points.
    sd : ndarray of float, shape (units, units)
        Standard error of each difference; pairs without one take no part.
    untested : ndarray of bool, shape (units, units)
        Hypotheses "i is not above j" that are not yet rejected.
    level : float
        Of the quantile, between 0 and 1.

    Returns
    -------
    float
    """
    scale = np.divide(1.0, sd, out=np.zeros_like(sd), where=sd > 0)
    untested = untested & (sd > 0)
    largest = np.full(len(drawn), -np.inf)
    for start in range(0, len(drawn), CHUNK):
        chunk = np.ascontiguousarray(drawn[start : start + CHUNK].T)
        running = largest[start : start + CHUNK]
        for unit in range(len(sd) - 1):
            rest = slice(unit + 1, None)
            above, below = untested[unit, rest], untested[rest, unit]
            for selected, sign in (
                (above & below, 0.0),
                (above & ~below, 1.0),
                (below & ~above, -1.0),
            ):
                others = unit + 1 + np.flatnonzero(selected)
                if len(others):
                    statistic = (chunk[unit] - chunk[others]) * scale[unit, others][:, None]
                    statistic = sign * statistic if sign else np.abs(statistic)
                    np.maximum(running, statistic.max(axis=0), out=running)
    return float(np.quantile(largest, level, method="inverted_cdf"))


def significantly_different(
    scores: Floats, covariance: Floats, level: float, draws: int, seed: int
) -> tuple[Bools, list[float]]:
    """Which pairs of units differ, by the step-down test of all of them.

    Each direction of a pair is a hypothesis of its own, so that "i is above j" is never said of a
    pair that was only shown to differ.

    Parameters
    ----------
    scores : ndarray of float, shape (units,)
        Scores in points.
    covariance : ndarray of float, shape (units, units)
        Joint covariance of the scores, in points squared.
    level : float
        Joint confidence level, between 0 and 1.
    draws, seed : int
        Of the simulation.

    Returns
    -------
    different : ndarray of bool, shape (units, units)
        Whether two units are significantly different.
    critical_values : list of float
        The critical value of each step.

    References
    ----------
    Mogstad, M., Romano, J. P., Shaikh, A. M. and Wilhelm, D. (2024). Inference for ranks with
    applications to mobility across neighbourhoods and academic achievement across countries.
    Review of Economic Studies 91, 476-518.

    Romano, J. P. and Wolf, M. (2005). Exact and approximate stepdown methods for multiple
    hypothesis testing. Journal of the American Statistical Association 100, 94-108.
    """
    sd = standard_deviations(variance_of_differences(covariance))
    difference = differences(scores)
    above: Bools = (sd == 0) & (difference > 0)
    untested = sd > 0
    np.fill_diagonal(untested, val=False)
    drawn = noise(covariance, draws, seed)
    statistic = rounded(np.divide(difference, sd, out=np.zeros_like(sd), where=sd > 0))
    critical_values: list[float] = []
    while untested.any():
        critical_values.append(critical_value(drawn, sd, untested, level))
        rejected = untested & (statistic > rounded(critical_values[-1]))
        if not rejected.any():
            break
        above |= rejected
        untested &= ~rejected
    return above | above.T, critical_values
