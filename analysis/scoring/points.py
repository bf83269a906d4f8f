"""Points with their uncertainty: what a score and its variance make of an interval.

One function serves the scores of all units and the points of all their criteria at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from analysis.estimation import interval
from analysis.estimation.means import Estimates, standard_error
from analysis.numeric import ZERO, ZERO_VARIANCE, Bools, Floats
from analysis.scoring.aggregation import Contribution


@dataclass(frozen=True, kw_only=True)
class Points:
    """Points with their uncertainty; arrays share a shape, NaN for what does not exist.

    Attributes
    ----------
    score, maximum : arrays
        In points.
    se, se_nr : arrays
        Standard errors: the design's, and with item nonresponse.
    df : array
        Satterthwaite's degrees of freedom.
    lo, hi : arrays
        The recommended interval, within 0 and the maximum.
    """

    score: Floats
    maximum: Floats
    se: Floats
    se_nr: Floats
    df: Floats
    lo: Floats
    hi: Floats

    def transposed(self) -> Points:
        """The same with its axes in the other order."""
        return Points(**{field.name: getattr(self, field.name).T.copy() for field in fields(self)})


@dataclass(frozen=True, kw_only=True)
class Variances:
    """What some points vary by.

    Attributes
    ----------
    design, response : (...) arrays
        The design's variance, and what skipped questions add.
    design_by_group, response_by_group : (..., groups) arrays
    """

    design: Floats
    response: Floats
    design_by_group: Floats
    response_by_group: Floats

    @classmethod
    def stacked(cls, variances: Sequence[Self]) -> Self:
        """Several of one shape, along a new first axis."""
        names = [field.name for field in fields(cls)]
        return cls(**{name: np.stack([getattr(one, name) for one in variances]) for name in names})


@dataclass(frozen=True, kw_only=True)
class Reaches:
    """How far points reach below and above them where answers were equal: (..., groups) arrays.

    It counts for groups without any sample variance: a census reaches nowhere, answers that happen
    to be equal do. Within a group reaches add up, since its questions go together. A mean that
    varies, on too few PSUs for an interval of its own, is in the variance and not here.
    """

    below: Floats
    above: Floats


def points(
    score: Floats,
    maximum: Floats,
    variances: Variances,
    *,
    reaches: Reaches,
    one_weight: Bools,
    df: Floats,
    level: float,
) -> Points:
    """Points of any shape, with intervals that stay within 0 and the maximum.

    Parameters
    ----------
    score, maximum : (...) arrays
    variances : Variances
    reaches : Reaches
        By group, of the means that show no variance.
    one_weight : (units, groups) array of bool
        Where one answer has nearly all of the weight.
    df : (units, groups) array
        PSUs less strata.
    level : float
        Confidence level.

    Returns
    -------
    Points
        The interval is logit with t on the share of the maximum, widened by the root of the sum
        of the squared reaches; where nothing varies, the reaches alone.
    """
    se = standard_error(variances.design)
    se_nr = np.sqrt(np.maximum(variances.design + variances.response, 0))
    by_group = variances.design_by_group + variances.response_by_group
    df_design = interval.satterthwaite(variances.design_by_group, df)
    df_design = np.where(np.isnan(se), np.nan, df_design)
    available = np.where(maximum > 0, maximum, np.nan)
    with_response = interval.satterthwaite(by_group, df)
    usable_df = np.where(np.isnan(df_design), with_response, df_design)
    share_se = np.nan_to_num(se_nr / available)
    low, high = interval.logit(score / available, share_se, usable_df, level)
    no_variance = (np.nan_to_num(by_group) <= ZERO_VARIANCE) | one_weight
    below, above = (np.where(no_variance, side, 0.0) for side in (reaches.below, reaches.above))
    lo = score - np.sqrt((score - low * available) ** 2 + (below**2).sum(axis=-1))
    hi = score + np.sqrt((high * available - score) ** 2 + (above**2).sum(axis=-1))
    reaches_only = (se_nr < ZERO * np.maximum(maximum, 1)) | np.isnan(usable_df)
    reaches_only &= ~np.isnan(se_nr) & ~np.isnan(score)
    lo = np.where(reaches_only, score - reaches.below.sum(axis=-1), np.maximum(lo, 0.0))
    hi = np.where(reaches_only, score + reaches.above.sum(axis=-1), np.minimum(hi, maximum))
    return Points(
        score=score,
        maximum=maximum,
        se=se,
        se_nr=se_nr,
        df=df_design,
        lo=np.minimum(lo, score),  # rounding would put 15 outside 15
        hi=np.maximum(hi, score),
    )


def reaches_of(contribution: Contribution, means: Estimates, groups: int) -> Reaches:
    """How far a criterion's points reach where its means show no variance, (units, groups).

    Parameters
    ----------
    contribution : Contribution
    means : Estimates
    groups : int
        How many groups the data set has.

    Returns
    -------
    Reaches
        Below and above, in points.
    """
    at = contribution.cells, contribution.questions
    mean, se_nr = means.mean[at], means.se_nr[at]
    sides = np.zeros((2, len(contribution.cells), groups))
    ends = mean - means.lo[at], means.hi[at] - mean
    for side, reach in zip(sides, ends, strict=True):
        counts = (contribution.link_points > 0) & ~(np.isnan(reach) & (se_nr >= ZERO))
        in_points = np.where(counts, contribution.link_points * reach, 0.0)
        for link, column in zip(contribution.criterion.links, in_points.T, strict=True):
            side[:, link.group] += column
    return Reaches(below=sides[0], above=sides[1])
