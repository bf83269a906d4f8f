"""How wide an interval is with so many answers, and how wide it will be with more.

The planning formulas of `sample_size` read the other way: there a width is wanted and a size found,
here sizes are known. No array and no SciPy, because a page asks for it while people wait.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist

WORST_CASE = 0.25
"""Variance of a share of one half, without a design effect: what the Ministry's formula assumes."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A group's part of a mean over groups.

    Attributes
    ----------
    n : float
        Answers.
    population : float or None
        Persons there are; None where that is not known: then there is no finite-population
        correction.
    weight : float
        The group's weight in the mean.
    """

    n: float
    population: float | None
    weight: float

    @property
    def share_of_variance(self) -> float:
        """w^2 (1/n - 1/N)."""
        left_out = 0.0 if self.population is None else 1 / max(self.population, self.n)
        return self.weight * self.weight * (1 / self.n - left_out)


def half_width(parts: Iterable[Part], variance: float = WORST_CASE, level: float = 0.95) -> float:
    """Half-width of the interval of a mean over groups: z sqrt(sum w^2 deff S^2 (1/n - 1/N)).

    Parameters
    ----------
    parts : iterable of Part
        The groups, each with one answer at least.
    variance : float
        deff S^2: the variance of an answer times the design effect, the same for every group.
    level : float
        Confidence level.

    Returns
    -------
    float
        In the unit of S.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd edition, chapters 2 and 4. Wiley.
    """
    share = sum(part.share_of_variance for part in parts)
    return NormalDist().inv_cdf((1 + level) / 2) * math.sqrt(variance * share)


def variance_behind(parts: Iterable[Part], half_width: float, level: float = 0.95) -> float | None:
    """deff S^2 that an interval of this half-width shows: the design effect stays what it was.

    Parameters
    ----------
    parts : iterable of Part
        The groups as they were when the interval was computed.
    half_width, level : float
        Of that interval.

    Returns
    -------
    float or None
        None where the whole population answered, because nothing is seen of the variance then.
    """
    share = sum(part.share_of_variance for part in parts)
    standard_error = half_width / NormalDist().inv_cdf((1 + level) / 2)
    return standard_error * standard_error / share if share > 0 else None
