"""How much those who answered look like those who could have: R-indicators.

Schouten, Cobben and Bethlehem (2009, Survey Methodology 35, 101-113): R = 1 - 2 S(rho), S the
standard deviation of the response propensities over the population; 1 is perfectly balanced. The
propensities are those of the cells of population.csv, rho_c = responded/invited times the weighted
share of the respondents in the cell over its share of the population (population-based: nothing is
known of a silent person but that there is one), or of the units of a group in frame.csv. S^2 is
lessened by what chance adds to it (Shlomo, Skinner and Schouten 2012). Unconditional partial
indicators say which variable, and which of its values, response varies with (Schouten, Shlomo and
Skinner 2011); conditional ones what is left of that within the cells of the other variables.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.numeric import Floats, Ints, sums


@dataclass(frozen=True)
class Balance:
    """R, R without the part of chance, and the mean propensity."""

    r: float
    r_adjusted: float
    mean: float


def balance(share: Floats, propensity: Floats, drawn: Floats) -> Balance:
    """R from the shares of cells, their propensities, and how many were invited in each."""
    share = share / share.sum()
    mean = float((share * propensity).sum())
    spread = float((share * (propensity - mean) ** 2).sum())
    bounded = np.clip(propensity, 0.0, 1.0)
    chance = np.where(drawn > 0, bounded * (1 - bounded) / np.maximum(drawn, 1e-9), 0.0)
    total = float(drawn.sum())
    own = mean * (1 - mean) / total if total > 0 and mean < 1 else 0.0
    left = max(spread - max(float((share * chance).sum()) - own, 0.0), 0.0)
    return Balance(1 - 2 * math.sqrt(spread), 1 - 2 * math.sqrt(left), mean)


def unconditional(share: Floats, propensity: Floats, value: Ints) -> tuple[float, Floats]:
    """P_u of a variable, and of each value: sqrt(share_k) (rho_k - rho); negative: too few came."""
    share = share / share.sum()
    size = int(value.max(initial=-1)) + 1
    of_value = sums(value, share, size)
    safe = np.where(of_value > 0, of_value, 1.0)
    mean = sums(value, share * propensity, size) / safe
    each = np.sqrt(of_value) * np.where(of_value > 0, mean - float((share * propensity).sum()), 0.0)
    return float(np.sqrt((each**2).sum())), each


def conditional(share: Floats, propensity: Floats, others: Sequence[Ints]) -> float:
    """P_c of a variable: the spread within cells of all other variables."""
    share = share / share.sum()
    key = np.zeros(len(share), dtype=np.int64)
    for column in others:
        key = key * (int(column.max(initial=0)) + 1) + column
    _, cell = np.unique(key, return_inverse=True)
    size = int(cell.max(initial=-1)) + 1
    weight = sums(cell, share, size)
    mean = sums(cell, share * propensity, size) / np.where(weight > 0, weight, 1.0)
    return float(np.sqrt((share * (propensity - mean[cell]) ** 2).sum()))
