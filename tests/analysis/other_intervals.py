"""Intervals that the package does not use: what benchmarks/coverage compares its own with.

Each takes and returns arrays or numbers alike, lower end first; NaN where none exists.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special, stats

from analysis.estimation.interval import all_equal_share, t_quantile
from analysis.numeric import Floats

Numbers = Floats | float
Ends = tuple[Any, Any]


def student(mean: Numbers, se: Numbers, df: Numbers, level: float) -> Ends:
    """mean -+ t se, not cut at 0 and 1."""
    reach = t_quantile(df, level) * se
    return mean - reach, mean + reach


def effective_size(mean: Numbers, se: Numbers) -> Any:
    """p(1-p)/se^2: the simple random sample that would know as much."""
    p, se = np.asarray(mean), np.asarray(se)
    return p * (1 - p) / (se * se)


def wilson(mean: Numbers, se: Numbers, df: Numbers, level: float) -> Ends:
    """Wilson's score interval with the effective size and t."""
    return _wilson(mean, effective_size(mean, se), t_quantile(df, level))


def _wilson(p: Any, n: Any, t: Any) -> Ends:
    square = t * t
    centre = p + square / (2 * n)
    reach = t / (2 * n) * np.sqrt(4 * n * p * (1 - p) + square)
    return (centre - reach) / (1 + square / n), (centre + reach) / (1 + square / n)


def korn_graubard(
    mean: Numbers, se: Numbers, df: Numbers, n: Numbers, level: float, *, truncated: bool = False
) -> Ends:
    """Clopper-Pearson with the effective size for df (Korn and Graubard 1998).

    `truncated` caps that size at n (NCHS 2017); meant for shares, far too wide for means.
    """
    ratio = t_quantile(np.asarray(n, dtype=float) - 1, level) / t_quantile(df, level)
    k = effective_size(mean, se) * ratio * ratio
    if truncated:
        k = np.minimum(k, n)
    tail = (1 - level) / 2
    p = np.asarray(mean)
    return (
        special.betaincinv(k * p, k * (1 - p) + 1, tail),
        special.betaincinv(k * p + 1, k * (1 - p), 1 - tail),
    )


def wilson_count(x: int, n: int, level: float) -> tuple[float, float]:
    """Wilson for x of n, no design."""
    low, high = _wilson(x / n, n, special.ndtri((1 + level) / 2))
    return float(low), float(high)


def clopper_pearson(x: int, n: int, level: float) -> tuple[float, float]:
    """Exact for x of n from an infinite population."""
    return _beta_ends(x, n, level, 0.0)


def jeffreys(x: int, n: int, level: float) -> tuple[float, float]:
    """Equal-tailed from Jeffreys' prior; 0 and 1 at x = 0 and x = n."""
    return _beta_ends(x, n, level, 0.5)


def _beta_ends(x: int, n: int, level: float, prior: float) -> tuple[float, float]:
    tail, other = (1 - level) / 2, 1.0 - prior if prior else 1.0
    low = 0.0 if x == 0 else float(special.betaincinv(x + prior, n - x + other, tail))
    high = 1.0 if x == n else float(special.betaincinv(x + other, n - x + prior, 1 - tail))
    return low, high


def hypergeometric(x: int, n: int, population: int, level: float) -> tuple[int, int]:
    """Smallest and largest K of the population that x of n does not speak against (tails a/2)."""
    tail = (1 - level) / 2
    possible = range(x, population - n + x + 1)
    kept = [
        k
        for k in possible
        if stats.hypergeom.sf(x - 1, population, k, n) > tail
        and stats.hypergeom.cdf(x, population, k, n) > tail
    ]
    return kept[0], kept[-1]


def all_equal(value: float, n: int, population: float | None, level: float) -> tuple[float, float]:
    """All n answers have the coefficient `value`: [value share, value share + 1 - share]."""
    share = all_equal_share(n, population, level)
    return value * share, value * share + 1 - share
