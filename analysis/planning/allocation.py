"""How to share forms or money among strata.

Cochran (1977) chapter 5, Bankier (1988) for power allocation, Wright (2012) for exact
whole numbers.
"""

from __future__ import annotations

import numpy as np

from analysis.numeric import Floats


def clipped(base: Floats, n: float, population: Floats, minimum: float) -> Floats:
    """Sizes proportional to a base, within bounds: n_h = clip(k base_h, minimum, N_h).

    Parameters
    ----------
    base : array of float, (strata,)
        What the sizes are proportional to; above 0.
    n : float
        Forms in all.
    population : array of float, (strata,)
        Persons of each stratum.
    minimum : float
        Forms for each stratum, as far as it has so many persons.

    Returns
    -------
    array of float, (strata,)
        Sizes that sum to `n`, or to the nearest sum that the bounds allow.
    """
    low = np.minimum(minimum, population).astype(float)
    high = population.astype(float)
    if n >= high.sum():
        return high
    if n <= low.sum():
        return low
    edges = np.unique(np.concatenate([low / base, high / base]))
    reached = np.array([np.clip(k * base, low, high).sum() for k in edges])
    edge = int(np.searchsorted(reached, n))
    k = (edges[edge - 1] + edges[edge]) / 2 if edge else edges[0]
    free = (k * base > low) & (k * base < high)
    fixed = np.clip(k * base, low, high)[~free].sum()
    k = (n - fixed) / base[free].sum() if free.any() else k
    at_bounds = np.clip(edges[edge] * base, low, high)
    return np.asarray(np.where(free, k * base, at_bounds), dtype=float)


def within_budget(
    base: Floats, budget: float, population: Floats, minimum: float, cost: Floats
) -> Floats:
    """Sizes proportional to a base, within bounds, whose cost is the budget.

    Parameters
    ----------
    base : array of float, (strata,)
        What the sizes are proportional to; above 0.
    budget : float
        Money, in the unit of `cost`.
    population : array of float, (strata,)
        Persons of each stratum.
    minimum : float
        Forms for each stratum, as far as it has so many persons.
    cost : array of float, (strata,)
        Cost of a form.

    Returns
    -------
    array of float, (strata,)
        The minimum, where that alone costs more than the budget.
    """
    low = np.minimum(minimum, population).astype(float)
    if float((low * cost).sum()) >= budget:
        return low
    if float((population * cost).sum()) <= budget:
        return population.astype(float)
    below, above = 0.0, float((population / base).max())
    for _ in range(200):  # halving the interval ends at the last bit of a double
        k = (below + above) / 2
        spent = float((np.clip(k * base, low, population) * cost).sum())
        below, above = (k, above) if spent < budget else (below, k)
    return np.asarray(np.clip(below * base, low, population), dtype=float)


def bases(
    population: Floats, sd: Floats, mean: Floats, cost: Floats, exponent: float
) -> dict[str, Floats]:
    """What sizes are proportional to, by rule of allocation.

    Parameters
    ----------
    population, sd, mean, cost : array of float, (strata,)
        Persons, standard deviation and mean of the answers, and cost of a form.
    exponent : float
        Exponent of power allocation, from 0 (equal precision) to 1 (as Neyman's).

    Returns
    -------
    dict of str to array of float, (strata,)
        `proportional`: N_h; `neyman`: N_h S_h; `cost_optimal`: N_h S_h / sqrt(c_h); `power`:
        CV_h (N_h mean_h)^q.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd edition. Wiley.

    Bankier, M. D. (1988). Power allocations: determining sample sizes for subnational areas.
    The American Statistician 42.
    """
    return {
        "proportional": population.astype(float),
        "neyman": population * sd,
        "cost_optimal": population * sd / np.sqrt(cost),
        "power": sd / mean * (population * mean) ** exponent,
    }


def variance(n: Floats, population: Floats, sd: Floats) -> float:
    """Variance of the stratified mean: sum N_h^2 (1 - n_h/N_h) S_h^2/n_h / N^2.

    Parameters
    ----------
    n, population, sd : array of float, (strata,)
        Forms, persons, and the standard deviation of the answers.

    Returns
    -------
    float

    References
    ----------
    Cochran (1977), chapter 5.
    """
    by_stratum = population**2 * (1 - n / population) * sd**2 / n
    total = population.sum()
    return float(by_stratum.sum() / (total * total))
