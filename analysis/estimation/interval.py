"""Intervals for means and shares between 0 and 1.

The `recommended` one for a mean or a score is `logit` with t quantiles; where all answers are
equal, `all_equal`: of those compared in benchmarks/coverage it alone holds its level at every n and
every mean. For shares of small finite populations `hypergeometric`. Each function takes
and returns arrays or numbers alike, lower end first. NaN where the interval does not exist.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from analysis.numeric import Floats
from analysis.old import beta
from analysis.old.distributions import normal_quantile, student_quantile
from analysis.old.elementary import exp, log

Numbers = Floats | float
Pair = tuple[Any, Any]


def t_quantile(df: Numbers, level: float) -> Any:
    """The two-sided t quantile; df may be broken, NaN below or at 0."""
    df = np.asarray(df, dtype=float)
    return student_quantile(df, (1 + level) / 2)[()]


def student(mean: Numbers, se: Numbers, df: Numbers, level: float) -> Pair:
    """mean -+ t se, not cut at 0 and 1."""
    reach = t_quantile(df, level) * se
    return mean - reach, mean + reach


def logit(mean: Numbers, se: Numbers, df: Numbers, level: float) -> Pair:
    """logit(p) -+ t se/(p(1-p)), back as a share: stays inside, best coverage near the ends."""
    inside = (np.asarray(mean) > 1e-12) & (np.asarray(mean) < 1 - 1e-12) & (np.asarray(se) > 0)
    p = np.where(inside, mean, 0.5)
    reach = t_quantile(df, level) * se / (p * (1 - p))
    low, high = p / (p + (1 - p) * exp(reach)), p / (p + (1 - p) * exp(-reach))
    return np.where(inside, low, np.nan)[()], np.where(inside, high, np.nan)[()]


def effective_size(mean: Numbers, se: Numbers) -> Any:
    """p(1-p)/se^2: the simple random sample that would know as much."""
    p, se = np.asarray(mean), np.asarray(se)
    return p * (1 - p) / (se * se)


def wilson(mean: Numbers, se: Numbers, df: Numbers, level: float) -> Pair:
    """Wilson's score interval with the effective size and t."""
    return _wilson(mean, effective_size(mean, se), t_quantile(df, level))


def _wilson(p: Any, n: Any, t: Any) -> Pair:
    square = t * t
    centre = p + square / (2 * n)
    reach = t / (2 * n) * np.sqrt(4 * n * p * (1 - p) + square)
    return (centre - reach) / (1 + square / n), (centre + reach) / (1 + square / n)


def korn_graubard(
    mean: Numbers, se: Numbers, df: Numbers, n: Numbers, level: float, *, truncated: bool = False
) -> Pair:
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
        beta.quantile(k * p, k * (1 - p) + 1, tail),
        beta.quantile(k * p + 1, k * (1 - p), 1 - tail),
    )


def wilson_count(x: int, n: int, level: float) -> tuple[float, float]:
    """Wilson for x of n, no design."""
    low, high = _wilson(x / n, n, normal_quantile((1 + level) / 2))
    return float(low), float(high)


def clopper_pearson(x: int, n: int, level: float) -> tuple[float, float]:
    """Exact for x of n from an infinite population."""
    return _beta_ends(x, n, level, 0.0)


def jeffreys(x: int, n: int, level: float) -> tuple[float, float]:
    """Equal-tailed from Jeffreys' prior; 0 and 1 at x = 0 and x = n."""
    return _beta_ends(x, n, level, 0.5)


def _beta_ends(x: int, n: int, level: float, prior: float) -> tuple[float, float]:
    tail, other = (1 - level) / 2, 1.0 - prior if prior else 1.0
    low = 0.0 if x == 0 else float(beta.quantile(x + prior, n - x + other, tail))
    high = 1.0 if x == n else float(beta.quantile(x + other, n - x + prior, 1 - tail))
    return low, high


def hypergeometric(x: int, n: int, population: int, level: float) -> tuple[int, int]:
    """Smallest and largest K of the population that x of n does not speak against (tails a/2)."""
    tail = (1 - level) / 2
    low = _first(x, population - n + x, lambda k: _at_least(x, n, k, population) > tail)
    high = _first(x, population - n + x, lambda k: not _at_most(x, n, k, population) > tail)
    reached = _at_most(x, n, high, population) > tail
    return low, high if reached else high - 1


def _first(low: int, high: int, holds: Any) -> int:
    """Smallest whole number for which a condition, false then true, holds; else the last."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _at_most(x: int, n: int, k: int, population: int) -> float:
    j = np.arange(max(0, n - (population - k)), min(x, k, n) + 1)
    return float(
        exp(
            _log_choose(k, j) + _log_choose(population - k, n - j) - _log_choose(population, n)
        ).sum()
    )


def _at_least(x: int, n: int, k: int, population: int) -> float:
    j = np.arange(max(x, n - (population - k)), min(k, n) + 1)
    return float(
        exp(
            _log_choose(k, j) + _log_choose(population - k, n - j) - _log_choose(population, n)
        ).sum()
    )


def _log_choose(n: Any, k: Any) -> Any:
    return -beta.log_beta(1 + n - k, 1 + k) - log(n + 1)


def all_equal_share(n: int, population: float | None, level: float) -> float:
    """The smallest share that still lets n of n be equal with a chance above 1 - level."""
    alpha = 1 - level
    if population is None or not math.isfinite(population):
        return float(exp(log(alpha) / n)) if n > 1 else alpha
    size = max(round(population), n)
    taken, above = np.arange(n), alpha * (1 + 1e-12)  # 1 - 0.95 is not quite 1/20
    # the chance that n of n drawn are among k of all: one draw after the other
    least = _first(
        n, size, lambda k: np.multiply.accumulate((k - taken) / (size - taken))[-1] > above
    )
    return least / size


def all_equal(value: float, n: int, population: float | None, level: float) -> tuple[float, float]:
    """All n answers have the coefficient `value`: [value share, value share + 1 - share]."""
    share = all_equal_share(n, population, level)
    return value * share, value * share + 1 - share


def recommended(
    mean: Floats, se: Floats, df: Floats, n: Floats, population: Floats, level: float
) -> tuple[Floats, Floats]:
    """The interval of each mean that the package prints; all arguments are arrays of one shape.

    logit with t; where all answers are equal, `all_equal` of n out of a population (NaN: not
    known). `se` counts item nonresponse; df below 1 gives no interval.
    """
    lo, hi = logit(mean, np.nan_to_num(se), np.where(df >= 1, df, np.nan), level)
    flat = (se < 1e-12) & (n > 0) & ~np.isnan(mean)
    known = np.where(np.isnan(population), np.inf, population)
    for count, there in set(zip(n[flat].tolist(), known[flat].tolist(), strict=True)):
        share = all_equal_share(int(count), there, level)
        own = flat & (n == count) & (known == there)
        lo = np.where(own, mean * share, lo)
        hi = np.where(own, mean * share + 1 - share, hi)
    return np.minimum(lo, mean), np.maximum(hi, mean)  # rounding would put 1 outside 0.9 to 1


def satterthwaite(variances: Floats, df: Floats) -> Floats:
    """(sum v)^2 / sum v^2/df over the last axis; parts without variance are left out."""
    counted = variances > 1e-20
    with np.errstate(divide="ignore", invalid="ignore"):
        below = np.where(counted, variances**2 / df, 0.0).sum(axis=-1)
        value = variances.sum(axis=-1) ** 2 / below
    return np.where(counted.any(axis=-1) & ~np.isnan(variances).any(axis=-1), value, np.nan)
