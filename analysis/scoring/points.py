"""Points with their uncertainty: what a score and its variance make of an interval.

One function serves the scores of all units and the points of all their criteria at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from analysis.estimation import interval
from analysis.estimation.means import ZERO, Estimates
from analysis.numeric import Bools, Floats
from analysis.scoring.aggregation import Share


@dataclass(frozen=True)
class Points:
    """Points with their uncertainty; arrays share a shape, NaN for what does not exist.

    `se` is the design's, `se_nr` adds item nonresponse, `df` is Satterthwaite's.
    """

    score: Floats
    maximum: Floats
    se: Floats
    se_nr: Floats
    df: Floats
    lo: Floats
    hi: Floats


@dataclass(frozen=True)
class Variances:
    """What some points vary by: `v` the design's, `vr` of skipped questions (any shape).

    `parts` and `parts_nr` are the same by group, one axis more.
    """

    v: Floats
    vr: Floats
    parts: Floats
    parts_nr: Floats

    @classmethod
    def stacked(cls, several: Sequence[Self]) -> Self:
        """Several of one shape, along a new first axis."""
        return cls(
            *(np.stack([getattr(one, name) for one in several]) for name in cls.__annotations__)
        )


def points(
    score: Floats,
    maximum: Floats,
    found: Variances,
    *,
    by_luck: tuple[Floats, Floats],
    alone: Bools,
    df: Floats,
    level: float,
) -> Points:
    """Points of any shape, with intervals that stay within 0 and the maximum.

    By group, in a last axis more: `by_luck` (`reaches`), `alone` where one answer has nearly all
    of the weight, `df` PSUs less strata.
    """
    se = np.sqrt(np.maximum(found.v, 0))
    se = np.where(se < ZERO, 0.0, se)
    se_nr = np.sqrt(np.maximum(found.v + found.vr, 0))
    both = found.parts + found.parts_nr
    known_df = np.where(np.isnan(se), np.nan, interval.satterthwaite(found.parts, df))
    most = np.where(maximum > 0, maximum, np.nan)
    usable = np.where(np.isnan(known_df), interval.satterthwaite(both, df), known_df)
    low, high = interval.logit(score / most, np.nan_to_num(se_nr / most), usable, level)
    lo, hi = low * most, high * most
    still = (np.nan_to_num(both) <= 1e-20) | alone
    below, above = (np.where(still, reach, 0.0) for reach in by_luck)
    lo = score - np.sqrt((score - lo) ** 2 + (below**2).sum(axis=-1))
    hi = score + np.sqrt((hi - score) ** 2 + (above**2).sum(axis=-1))
    flat = (se_nr < ZERO * np.maximum(maximum, 1)) | np.isnan(usable)  # no variance that counts
    flat &= ~np.isnan(se_nr) & ~np.isnan(score)
    lo = np.where(flat, score - by_luck[0].sum(axis=-1), np.maximum(lo, 0.0))
    hi = np.where(flat, score + by_luck[1].sum(axis=-1), np.minimum(hi, maximum))
    lo, hi = np.minimum(lo, score), np.maximum(hi, score)  # rounding would put 15 outside 15
    return Points(score, maximum, se, se_nr, known_df, lo, hi)


def reaches(share: Share, found: Estimates, groups: int) -> tuple[Floats, Floats]:
    """(units, groups): how far a criterion's parts reach by luck below and above their means.

    It counts for groups that show no variance at all: a census reaches nowhere, answers that
    were equal by luck do. Within a group reaches add up, since its questions go together. A mean
    that varies, on too few PSUs for an interval of its own, is in the variance and not in luck.
    """
    at = share.cells, share.questions
    mean, sides = found.mean[at], np.zeros((2, len(share.cells), groups))
    for side, apart in zip(sides, (mean - found.lo[at], found.hi[at] - mean), strict=True):
        by_luck = (share.parts > 0) & ~(np.isnan(apart) & (found.se_nr[at] >= ZERO))
        own = np.where(by_luck, share.parts * apart, 0.0)
        for link, column in zip(share.criterion.links, own.T, strict=True):
            side[:, link.group] += column
    return sides[0], sides[1]
