"""How many to ask, and where: sizes, allocation, clusters, and the cheapest plan for a score.

Cochran (1977) chapters 4 and 5, Bankier (1988) for power allocation, Wright (2012) for exact whole
numbers. `moe` is the half-width of the interval that is wanted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.numeric import Floats, Ints

SLACK = 1e-9


@dataclass(frozen=True)
class Size:
    """A sample size: for an infinite population, exact, whole; and how many to invite."""

    n_infinite: float
    n_exact: float
    n: int
    invite: int
    invite_exceeds_population: bool


def _z(level: float) -> float:
    return special.ndtri((1 + level) / 2)


def _squared(value: float) -> float:
    """A product: `**` of single numbers asks a library whose last bit may differ."""
    return value * value


def _up(value: float) -> int:
    return math.ceil(value - SLACK)


def size(
    spread: float,
    moe: float,
    *,
    level: float = 0.95,
    deff: float = 1.0,
    response_rate: float = 1.0,
    population: float | None = None,
) -> Size:
    """n = d/(moe^2 + d/N), d = deff z^2 S^2; inviting more than N cannot reach the target."""
    d = deff * _squared(_z(level)) * _squared(spread)
    infinite = d / _squared(moe)
    exact = infinite if population is None else d / (_squared(moe) + d / population)
    n = _up(exact)
    invite = _up(n / response_rate)
    exceeds = population is not None and n / response_rate > population
    most = invite if population is None else min(invite, int(population))
    return Size(infinite, exact, n, most, exceeds)


def clipped(base: Floats, n: float, population: Floats, least: float) -> Floats:
    """n_h = clip(k base_h, least, N_h), with k such that they sum to n."""
    low = np.minimum(least, population).astype(float)
    high = population.astype(float)
    if n >= high.sum():
        return high
    if n <= low.sum():
        return low
    edges = np.unique(np.concatenate([low / base, high / base]))
    reached = np.array([np.clip(k * base, low, high).sum() for k in edges])
    at = int(np.searchsorted(reached, n))
    k = (edges[at - 1] + edges[at]) / 2 if at else edges[0]
    free = (k * base > low) & (k * base < high)
    fixed = np.clip(k * base, low, high)[~free].sum()
    k = (n - fixed) / base[free].sum() if free.any() else k
    at_bounds = np.clip(edges[at] * base, low, high)
    return np.asarray(np.where(free, k * base, at_bounds), dtype=float)


def proportional(n: float, population: Floats, least: float) -> Floats:
    """n_h proportional to N_h."""
    return clipped(population.astype(float), n, population, least)


def neyman(
    n: float, population: Floats, spread: Floats, least: float, cost: Floats | None = None
) -> Floats:
    """n_h proportional to N_h S_h, or to N_h S_h / sqrt(c_h) where interviews differ in cost."""
    base = population * spread
    return clipped(base if cost is None else base / np.sqrt(cost), n, population, least)


def power(
    n: float, population: Floats, spread: Floats, mean: Floats, least: float, q: float = 0.5
) -> Floats:
    """n_h proportional to CV_h (N_h mean_h)^q: when each stratum's own estimate matters."""
    return clipped(spread / mean * (population * mean) ** q, n, population, least)


def neyman_whole(n: int, population: Floats, spread: Floats, least: int) -> Ints:
    """The best whole numbers: one at a time to the largest N_h S_h / sqrt(n_h (n_h + 1))."""
    now = np.minimum(least, population).astype(np.int64)
    worth = population * spread
    while now.sum() < n and np.any(now < population):
        priority = np.where(now < population, worth / np.sqrt(now * (now + 1.0)), -np.inf)
        now[int(np.argmax(priority))] += 1
    return now


def variance(n: Floats, population: Floats, spread: Floats) -> float:
    """Variance of the stratified mean: sum N_h^2 (1 - n_h/N_h) S_h^2/n_h / N^2."""
    each = population**2 * (1 - n / population) * spread**2 / n
    return float(each.sum() / _squared(population.sum()))


def neyman_size(population: Floats, spread: Floats, moe: float, level: float = 0.95) -> float:
    """n that Neyman allocation needs for a margin of error."""
    goal = _squared(moe / _z(level)) * _squared(population.sum())
    return float(_squared((population * spread).sum()) / (goal + (population * spread**2).sum()))


@dataclass(frozen=True)
class Clusters:
    """The best number of interviews a PSU, and what a given number costs in precision."""

    best_take: float
    deff: float
    persons: int
    psus: int


def clusters(
    psu_cost: float,
    person_cost: float,
    icc: float,
    take: float,
    *,
    spread: float,
    moe: float,
    level: float = 0.95,
) -> Clusters:
    """b_opt = sqrt(c1/c2 (1-icc)/icc), deff = 1 + (b-1) icc."""
    best = math.sqrt(psu_cost / person_cost * (1 - icc) / icc)
    deff = 1 + (take - 1) * icc
    n = deff * _squared(_z(level)) * _squared(spread) / _squared(moe)
    return Clusters(best, deff, _up(n), _up(n / take))


@dataclass(frozen=True)
class ScorePlan:
    """The cheapest sample sizes by group for a score, what they cost, and what they reach."""

    n: Floats
    n_whole: Ints
    cost: float
    moe_reached: float


def score_plan(
    sd: Floats, deff: Floats, population: Floats, cost: Floats, moe: float, level: float = 0.95
) -> ScorePlan:
    """Least cost with sum A^2 (1/n - 1/N) <= (moe/z)^2, A = sd sqrt(deff).

    `sd` is a group's part of the score's standard deviation; groups whose n would exceed N are
    taken whole.
    """
    worth, goal = sd * np.sqrt(deff), _squared(moe / _z(level))
    n, free = np.zeros(len(sd)), np.ones(len(sd), dtype=bool)
    while free.any():
        total = (worth[free] * np.sqrt(cost[free])).sum()
        room = goal + (worth[free] ** 2 / population[free]).sum()
        n[free] = worth[free] / np.sqrt(cost[free]) * total / room
        over = free & (n > population)
        if not over.any():
            break
        n[over], free = population[over], free & ~over
    reached = _z(level) * math.sqrt(max(float((worth**2 * (1 / n - 1 / population)).sum()), 0.0))
    whole = np.minimum(np.ceil(n - SLACK), population).astype(np.int64)
    return ScorePlan(n, whole, float((n * cost).sum()), reached)


def within_budget(
    base: Floats, budget: float, population: Floats, least: float, cost: Floats
) -> Floats:
    """n_h = clip(k base_h, least, N_h), with k such that the cost is the budget.

    The least number of forms, where that alone costs more.
    """
    low = np.minimum(least, population).astype(float)
    if float((low * cost).sum()) >= budget:
        return low
    if float((population * cost).sum()) <= budget:
        return population.astype(float)
    small, large = 0.0, float((population / base).max())
    for _ in range(200):  # halving the interval ends at the last bit of a double
        k = (small + large) / 2
        spent = float((np.clip(k * base, low, population) * cost).sum())
        small, large = (k, large) if spent < budget else (small, k)
    return np.asarray(np.clip(small * base, low, population), dtype=float)


def ministry(population: float | None, moe: float) -> int | None:
    """The Ministry's n = N/(1 + N e^2) (Yamane 1967).

    It assumes a share of one half, simple random sampling, no clusters, no nonresponse and 95 %
    (rounded to two standard errors). None without N.
    """
    return None if population is None else _up(population / (1 + population * _squared(moe)))
