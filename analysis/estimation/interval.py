"""Intervals for means and scores between 0 and 1.

The recommended one is `logit` with t quantiles; where all answers are equal, the all-equal rule:
of those compared in benchmarks/coverage it alone holds its level at every n and every mean. Each
function takes and returns arrays or numbers alike, lower end first; NaN where no interval exists.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from analysis.numeric import ZERO, ZERO_VARIANCE, Floats

Numbers = Floats | float
Ends = tuple[Any, Any]


def t_quantile(df: Numbers, level: float) -> Any:
    """The two-sided t quantile.

    Parameters
    ----------
    df : array or float
        Degrees of freedom, whole or not; the Normal's quantile where infinite, NaN at and below 0.
    level : float
        Confidence level.
    """
    df, p = np.asarray(df, dtype=float), (1 + level) / 2
    return np.where(np.isinf(df), special.ndtri(p), special.stdtrit(df, p))[()]


def logit(mean: Numbers, se: Numbers, df: Numbers, level: float) -> Ends:
    """logit(p) -+ t se/(p(1-p)), back as a share: stays inside 0 and 1.

    Parameters
    ----------
    mean, se, df : arrays or floats of one shape
    level : float
        Confidence level.

    Returns
    -------
    lo, hi : arrays or floats
        NaN where the mean is 0 or 1, or the standard error is 0 or NaN.
    """
    inside = (np.asarray(mean) > ZERO) & (np.asarray(mean) < 1 - ZERO) & (np.asarray(se) > 0)
    p = np.where(inside, mean, 0.5)
    with np.errstate(over="ignore"):
        half_width = t_quantile(df, level) * se / (p * (1 - p))
        low = p / (p + (1 - p) * np.exp(half_width))
        high = p / (p + (1 - p) * np.exp(-half_width))
    return np.where(inside, low, np.nan)[()], np.where(inside, high, np.nan)[()]


def all_equal_share(n: int, population: float | None, level: float) -> float:
    """The smallest share that still lets n of n be equal with a chance above 1 - level.

    Parameters
    ----------
    n : int
        Answers, all of them equal.
    population : float or None
        People in the population; None or infinite where not known.
    level : float
        Confidence level.

    Returns
    -------
    float
        From 0 to 1, of such answers in the population.
    """
    alpha = 1 - level
    if population is None or not math.isfinite(population):
        return float(alpha ** (1 / n))
    size = max(round(population), n)
    drawn, bound = np.arange(n), alpha * (1 + ZERO)  # 1 - 0.95 is not quite 1/20

    def is_likely(alike: int) -> bool:
        """Whether n of n drawn one after the other are among so many of all."""
        return bool(np.multiply.accumulate((alike - drawn) / (size - drawn))[-1] > bound)

    return _first(n, size, is_likely) / size


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """Smallest whole number for which a condition, false then true, holds; else the last."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def recommended(
    mean: Floats, se: Floats, df: Floats, n: Floats, population: Floats, level: float
) -> tuple[Floats, Floats]:
    """The interval of each mean that the package prints.

    logit with t; where all answers are equal, the all-equal rule of n out of a population.

    Parameters
    ----------
    mean, se, df, n, population : arrays of one shape
        `se` counts item nonresponse; df below 1 gives no interval; population NaN: not known.
    level : float
        Confidence level.

    Returns
    -------
    lo, hi : arrays
        They enclose the mean; NaN where no interval exists.
    """
    lo, hi = logit(mean, np.nan_to_num(se), np.where(df >= 1, df, np.nan), level)
    no_variance = (se < ZERO) & (n > 0) & ~np.isnan(mean)
    size = np.where(np.isnan(population), np.inf, population)
    kinds = set(zip(n[no_variance].tolist(), size[no_variance].tolist(), strict=True))
    for answers, people in kinds:
        share = all_equal_share(int(answers), people, level)
        at = no_variance & (n == answers) & (size == people)
        lo = np.where(at, mean * share, lo)
        hi = np.where(at, mean * share + 1 - share, hi)
    return np.minimum(lo, mean), np.maximum(hi, mean)  # rounding would put 1 outside 0.9 to 1


def satterthwaite(variances: Floats, df: Floats) -> Floats:
    """(sum v)^2 / sum v^2/df over the last axis; parts without variance are left out.

    Parameters
    ----------
    variances, df : (..., parts) arrays

    Returns
    -------
    (...) array
        NaN where a variance is NaN, or where no part has any.

    References
    ----------
    Satterthwaite (1946), Biometrics Bulletin 2, 110-114.
    """
    counted = variances > ZERO_VARIANCE
    with np.errstate(divide="ignore", invalid="ignore"):
        denominator = np.where(counted, variances**2 / df, 0.0).sum(axis=-1)
        value = variances.sum(axis=-1) ** 2 / denominator
    return np.where(counted.any(axis=-1) & ~np.isnan(variances).any(axis=-1), value, np.nan)
