"""Neyman allocation in whole numbers, and how many forms it needs: to compare others with."""

from __future__ import annotations

import numpy as np
from scipy import special

from analysis.numeric import Floats, Ints


def neyman_whole(n: int, population: Floats, sd: Floats, minimum: int) -> Ints:
    """The best whole numbers: one at a time to the largest N_h S_h / sqrt(n_h (n_h + 1)).

    Parameters
    ----------
    n : int
        Forms in all.
    population, sd : array of float, (strata,)
        Persons, and the standard deviation of the answers.
    minimum : int
        Forms for each stratum, as far as it has so many persons.

    Returns
    -------
    array of int, (strata,)

    References
    ----------
    Wright, T. (2012). The equivalence of Neyman optimum allocation for sampling and equal
    proportions for apportioning the U.S. House of Representatives. The American Statistician 66.
    """
    sizes = np.minimum(minimum, population).astype(np.int64)
    base = population * sd
    while sizes.sum() < n and np.any(sizes < population):
        priority = np.where(sizes < population, base / np.sqrt(sizes * (sizes + 1.0)), -np.inf)
        sizes[int(np.argmax(priority))] += 1
    return sizes


def neyman_size(population: Floats, sd: Floats, moe: float, level: float = 0.95) -> float:
    """n that Neyman allocation needs for a margin of error of the stratified mean.

    Parameters
    ----------
    population, sd : array of float, (strata,)
        Persons, and the standard deviation of the values.
    moe, level : float
        Half-width of the interval, and its confidence level.

    Returns
    -------
    float
        Over all strata, not rounded.

    References
    ----------
    Cochran (1977), chapter 5.
    """
    goal = (moe / special.ndtri((1 + level) / 2)) ** 2 * population.sum() ** 2
    return float((population * sd).sum() ** 2 / (goal + (population * sd**2).sum()))
