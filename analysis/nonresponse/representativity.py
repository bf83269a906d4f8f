"""How well the respondents represent the population: R-indicators.

R = 1 - 2 S(rho), S the standard deviation of the response propensities over the population
(Schouten, Cobben and Bethlehem 2009); 1 is perfectly balanced. S^2 is reduced by what chance adds
to it (Shlomo, Skinner and Schouten 2012). Unconditional partial indicators say with which variable,
and with which of its values, response varies (Schouten, Shlomo and Skinner 2011); conditional ones
say what of that is left within the cells of the other variables.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.numeric import Floats, Ints, sums


@dataclass(frozen=True, kw_only=True)
class Balance:
    """R, R without the part that chance adds, and the mean response propensity."""

    r: float
    r_adjusted: float
    mean: float


def balance(share: Floats, propensity: Floats, invited: Floats) -> Balance:
    """The R-indicator of response propensities that are known by cell.

    Parameters
    ----------
    share : array of float, (cells,)
        Share of each cell in the population; need not add up to 1.
    propensity : array of float, (cells,)
        Response propensity of each cell.
    invited : array of float, (cells,)
        How many persons were invited in each.

    Returns
    -------
    Balance

    References
    ----------
    Schouten, B., Cobben, F. and Bethlehem, J. (2009). Indicators for the representativeness of
    survey response. Survey Methodology 35, 101-113.

    Shlomo, N., Skinner, C. and Schouten, B. (2012). Estimation of an indicator of the
    representativeness of survey response. Journal of Statistical Planning and Inference 142.
    """
    share = share / share.sum()
    mean = float((share * propensity).sum())
    variance = float((share * (propensity - mean) ** 2).sum())
    bounded = np.clip(propensity, 0.0, 1.0)
    chance = np.where(
        invited > 0, bounded * (1 - bounded) / np.where(invited > 0, invited, 1.0), 0.0
    )
    total = float(invited.sum())
    chance_of_mean = mean * (1 - mean) / total if total > 0 and mean < 1 else 0.0
    bias = max(float((share * chance).sum()) - chance_of_mean, 0.0)
    adjusted = max(variance - bias, 0.0)
    return Balance(r=1 - 2 * math.sqrt(variance), r_adjusted=1 - 2 * math.sqrt(adjusted), mean=mean)


def unconditional(share: Floats, propensity: Floats, value: Ints) -> tuple[float, Floats]:
    """Unconditional partial indicators of a variable and of each of its values.

    Parameters
    ----------
    share, propensity : array of float, (cells,)
        As for `balance`.
    value : array of int, (cells,)
        The value of the variable in each cell, numbered from 0.

    Returns
    -------
    total : float
        P_u of the variable.
    by_value : array of float, (values,)
        sqrt(share_k) (rho_k - rho); negative where a value is underrepresented.

    References
    ----------
    Schouten, B., Shlomo, N. and Skinner, C. (2011). Indicators for monitoring and improving
    representativeness of response. Journal of Official Statistics 27.
    """
    share = share / share.sum()
    size = int(value.max(initial=-1)) + 1
    of_value = sums(value, share, size)
    safe = np.where(of_value > 0, of_value, 1.0)
    mean = sums(value, share * propensity, size) / safe
    deviation = np.where(of_value > 0, mean - float((share * propensity).sum()), 0.0)
    by_value = np.sqrt(of_value) * deviation
    return float(np.sqrt((by_value**2).sum())), by_value


def conditional(share: Floats, propensity: Floats, others: Sequence[Ints]) -> float:
    """Conditional partial indicator: how response varies within cells of all other variables.

    Parameters
    ----------
    share, propensity : array of float, (cells,)
        As for `balance`.
    others : sequence of array of int, (cells,)
        The values of each other variable, numbered from 0.

    Returns
    -------
    float
        P_c of the variable that is not among the others.

    References
    ----------
    Schouten, Shlomo and Skinner (2011), Journal of Official Statistics 27.
    """
    share = share / share.sum()
    key = np.zeros(len(share), dtype=np.int64)
    for column in others:
        key = key * (int(column.max(initial=0)) + 1) + column
    _, cell = np.unique(key, return_inverse=True)
    size = int(cell.max(initial=-1)) + 1
    weight = sums(cell, share, size)
    mean = sums(cell, share * propensity, size) / np.where(weight > 0, weight, 1.0)
    return float(np.sqrt((share * (propensity - mean[cell]) ** 2).sum()))
