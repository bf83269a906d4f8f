"""How many to ask: sizes for an interval, clusters, and the cheapest plan for a score.

Cochran (1977) chapters 4, 5 and 10; Yamane (1967) for the Ministry's formula. `moe` is the
half-width of the interval that is wanted, `sd` a standard deviation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.numeric import SLACK, Bools, Floats, Ints


@dataclass(frozen=True, kw_only=True)
class Size:
    """A sample size.

    Attributes
    ----------
    n_infinite, n_exact : float
        For an infinite population, and for the population at hand.
    n : int
        The latter as a whole number.
    invite : int
        How many to invite, at most the whole population.
    invite_exceeds_population : bool
        Whether more would have to be invited than there are.
    """

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
    sd: float,
    moe: float,
    *,
    level: float = 0.95,
    deff: float = 1.0,
    response_rate: float = 1.0,
    population: float | None = None,
) -> Size:
    """Sample size for a mean: n = d/(moe^2 + d/N), d = deff z^2 S^2.

    Parameters
    ----------
    sd, moe : float
        Standard deviation of the values and half-width of the interval, in the same unit.
    level : float
        Confidence level.
    deff : float
        Design effect.
    response_rate : float
        Expected share of the invited who respond.
    population : float, optional
        Persons there are; infinitely many without it.

    Returns
    -------
    Size

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd edition, chapter 4. Wiley.
    """
    d = deff * _squared(_z(level)) * _squared(sd)
    infinite = d / _squared(moe)
    exact = infinite if population is None else d / (_squared(moe) + d / population)
    n = _up(exact)
    invite = _up(n / response_rate)
    return Size(
        n_infinite=infinite,
        n_exact=exact,
        n=n,
        invite=invite if population is None else min(invite, int(population)),
        invite_exceeds_population=population is not None and n / response_rate > population,
    )


def shared_margins(sds: Sequence[float], moe: float) -> list[float]:
    """The margin of each mean with which their sum or difference has the margin `moe`.

    Parameters
    ----------
    sds : sequence of float
        Standard deviation in each unit.
    moe : float
        Half-width of the interval of the sum or difference.

    Returns
    -------
    list of float
        In proportion to the standard deviations; their squares add up to that of `moe`.
    """
    total = sum(sd * sd for sd in sds)
    return [moe * math.sqrt(sd * sd / total) for sd in sds]


def invitations(n: Ints, response_rate: Floats, population: Floats) -> tuple[Ints, Bools]:
    """How many to invite for so many respondents.

    Parameters
    ----------
    n : array of int, (groups,)
        Respondents that are wanted.
    response_rate, population : array of float, (groups,)
        Expected share of the invited who respond, and persons there are.

    Returns
    -------
    invite : array of int, (groups,)
        At most the whole population.
    reached : array of bool, (groups,)
        Whether that is enough.
    """
    wanted = np.ceil(n / response_rate - SLACK)
    return np.minimum(wanted, population).astype(np.int64), wanted <= population


@dataclass(frozen=True, kw_only=True)
class Clusters:
    """The best number of interviews in a PSU, and what a given number costs in precision.

    Attributes
    ----------
    best_take : float
        Interviews in a PSU for which the variance is least for the money.
    deff : float
        Design effect of the number that was given.
    persons, psus : int
        How many it takes to reach the margin.
    """

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
    sd: float,
    moe: float,
    level: float = 0.95,
) -> Clusters:
    """Interviews in a PSU: b_opt = sqrt(c1/c2 (1-icc)/icc), deff = 1 + (b-1) icc.

    Parameters
    ----------
    psu_cost, person_cost : float
        Cost of a PSU and of an interview, in the same unit.
    icc : float
        Intraclass correlation within PSUs.
    take : float
        Interviews in a PSU.
    sd, moe, level : float
        As for `size`.

    Returns
    -------
    Clusters

    References
    ----------
    Cochran (1977), chapter 10.
    """
    best = math.sqrt(psu_cost / person_cost * (1 - icc) / icc)
    deff = 1 + (take - 1) * icc
    n = deff * _squared(_z(level)) * _squared(sd) / _squared(moe)
    return Clusters(best_take=best, deff=deff, persons=_up(n), psus=_up(n / take))


@dataclass(frozen=True, kw_only=True)
class ScorePlan:
    """The cheapest sample sizes by group for a score.

    Attributes
    ----------
    n, n_whole : array, (groups,)
        Sizes, exact and as whole numbers.
    cost : float
        What the exact sizes cost.
    moe_reached : float
        Half-width of the interval of the score, in points.
    """

    n: Floats
    n_whole: Ints
    cost: float
    moe_reached: float


def score_plan(
    sd: Floats, deff: Floats, population: Floats, cost: Floats, moe: float, level: float = 0.95
) -> ScorePlan:
    """Least cost with sum A^2 (1/n - 1/N) <= (moe/z)^2, A = sd sqrt(deff).

    Parameters
    ----------
    sd : array of float, (groups,)
        Each group's part of the standard deviation of the score, in points.
    deff, population, cost : array of float, (groups,)
        Design effect, persons, and cost of a form.
    moe, level : float
        Half-width of the interval of the score in points, and its confidence level.

    Returns
    -------
    ScorePlan
        Groups whose size would exceed the population are taken whole.

    References
    ----------
    Cochran (1977), chapter 5.
    """
    a, goal = sd * np.sqrt(deff), _squared(moe / _z(level))
    n, free = np.zeros(len(sd)), np.ones(len(sd), dtype=bool)
    while free.any():
        total = (a[free] * np.sqrt(cost[free])).sum()
        bound = goal + (a[free] ** 2 / population[free]).sum()
        n[free] = a[free] / np.sqrt(cost[free]) * total / bound
        over = free & (n > population)
        if not over.any():
            break
        n[over], free = population[over], free & ~over
    variance = max(float((a**2 * (1 / n - 1 / population)).sum()), 0.0)
    return ScorePlan(
        n=n,
        n_whole=np.minimum(np.ceil(n - SLACK), population).astype(np.int64),
        cost=float((n * cost).sum()),
        moe_reached=_z(level) * math.sqrt(variance),
    )


def ministry(population: float | None, moe: float) -> int | None:
    """The Ministry's n = N/(1 + N e^2).

    Parameters
    ----------
    population : float or None
        Persons there are.
    moe : float
        e, the half-width of the interval of a share.

    Returns
    -------
    int or None
        None without a population. It assumes a share of one half, simple random sampling, no
        clusters, no nonresponse and 95 % (rounded to two standard errors).

    References
    ----------
    Yamane, T. (1967). Statistics: An Introductory Analysis, 2nd edition. Harper and Row.
    """
    return None if population is None else _up(population / (1 + population * _squared(moe)))
