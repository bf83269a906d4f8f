"""Ranks, and how far they can be trusted. Rank 1 is the highest score.

Recommended: Holm's tests of all pairs with the joint covariance of the scores; the rank interval
of a unit is [1 + units significantly above it, p - units significantly below it], and all
intervals hold together at the stated level. stepdown.py has a sharper rule that simulates. Klein,
Wright and Wieczorek (2020) intervals and unadjusted, Bonferroni and Welch tests are here to compare
with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import special

from analysis.numeric import Bools, Floats, Ints

Adjustment = Literal["unadjusted", "bonferroni", "holm"]
Method = Literal["holm", "holm-t", "mrsw"]


@dataclass(frozen=True)
class Rule:
    """How units are told apart; `seed` and `draws` are for what is simulated."""

    method: Method = "holm"
    seed: int = 1
    draws: int = 10_000


@dataclass(frozen=True)
class Pairs:
    """All pairs i < j of p units: difference of scores, its standard deviation, its z."""

    i: Ints
    j: Ints
    difference: Floats
    sd: Floats
    units: int

    @property
    def z(self) -> Floats:
        """difference / sd; without any variance infinitely large, or 0 for equal scores."""
        with np.errstate(divide="ignore", invalid="ignore"):
            z = self.difference / self.sd
        certain = np.where(self.difference == 0, 0.0, np.copysign(np.inf, self.difference))
        return np.where(self.sd > 0, z, certain)


@dataclass(frozen=True)
class RankSets:
    """Rank intervals of all units at once; `distinct` is (units, units)."""

    lo: Ints
    hi: Ints
    distinct: Bools

    @property
    def distinct_pairs(self) -> int:
        """How many pairs can be told apart."""
        return int(self.distinct.sum()) // 2


def pairs(scores: Floats, covariance: Floats) -> Pairs:
    """All pairs, with sd^2 = V_ii + V_jj - 2 V_ij."""
    i, j = np.triu_indices(len(scores), 1)
    spread = covariance[i, i] + covariance[j, j] - 2 * covariance[i, j]
    spread = np.where(spread < 1e-24, 0.0, spread)
    return Pairs(i, j, scores[i] - scores[j], np.sqrt(spread), len(scores))


def rank_min(scores: Floats) -> Ints:
    """1 + number strictly above: ties share the better rank."""
    ordered = np.sort(scores)
    return 1 + len(scores) - np.searchsorted(ordered, scores, side="right")


def rank_max(scores: Floats) -> Ints:
    """Number at or above."""
    ordered = np.sort(scores)
    return len(scores) - np.searchsorted(ordered, scores, side="left")


def normal_p(found: Pairs) -> Floats:
    """Two-sided p of each pair's z."""
    p: Floats = 2 * special.ndtr(-np.abs(found.z))
    return p


def welch_df(found: Pairs, variance: Floats, df: Floats) -> Floats:
    """Welch-Satterthwaite df of each pair, for independent units; infinite without variance."""
    vi, vj = variance[found.i], variance[found.j]
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (vi + vj) ** 2 / (vi**2 / df[found.i] + vj**2 / df[found.j])
    return np.where(np.isnan(value), np.inf, value)


def welch_p(found: Pairs, variance: Floats, df: Floats) -> Floats:
    """Two-sided p of each pair with t tails and Welch's df."""
    return student_p(found, welch_df(found, variance, df))


def student_p(found: Pairs, broken: Floats) -> Floats:
    """Two-sided p of each pair with t tails; df by pair, infinite for the Normal."""
    return np.asarray(2 * special.stdtr(broken, -np.abs(found.z)))


def adjust(p: Floats, how: Adjustment) -> Floats:
    """p values adjusted for their number."""
    if how == "unadjusted":
        return p
    if how == "bonferroni":
        return np.minimum(p * len(p), 1.0)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    out = np.empty_like(p)
    out[order] = np.minimum(stepped, 1.0)
    return out


def rank_sets(found: Pairs, p: Floats, level: float, how: Adjustment = "holm") -> RankSets:
    """Rank intervals from two-sided tests of all pairs."""
    return sets_of(found, adjust(p, how) <= 1 - level)


def sets_of(found: Pairs, apart: Bools) -> RankSets:
    """Rank intervals from what is known to differ, pair by pair."""
    distinct = np.zeros((found.units, found.units), dtype=bool)
    distinct[found.i, found.j] = apart
    distinct |= distinct.T
    above = np.zeros((found.units, found.units), dtype=bool)
    above[found.i, found.j] = found.difference < 0
    above[found.j, found.i] = found.difference > 0
    below = above.T
    lo = 1 + (distinct & above).sum(axis=1)
    hi = found.units - (distinct & below).sum(axis=1)
    return RankSets(lo, hi, distinct)


def kww(
    scores: Floats, se: Floats, level: float, joint: Literal["sidak", "bonferroni"] = "sidak"
) -> tuple[float, Ints, Ints]:
    """Rank bounds from joint intervals of the scores: the z used, lower and upper ranks."""
    p, alpha = len(scores), 1 - level
    tail = (1 - level ** (1 / p)) / 2 if joint == "sidak" else alpha / (2 * p)
    z = -special.ndtri(tail)
    low, high = scores - z * se, scores + z * se
    lo = 1 + (low[None, :] > high[:, None]).sum(axis=1)
    hi = p - (high[None, :] < low[:, None]).sum(axis=1)
    return z, lo, hi


def prob_above(scores: Floats, covariance: Floats) -> Floats:
    """(i, j): the chance that i is above j, Phi(difference/sd); 0.5 for ties, NaN for itself."""
    found = pairs(scores, covariance)
    matrix = np.full((found.units, found.units), np.nan)
    above = np.where(found.z == 0, 0.5, special.ndtr(found.z))
    matrix[found.i, found.j] = above
    matrix[found.j, found.i] = np.where(found.z == 0, 0.5, special.ndtr(-found.z))
    return matrix


def expected_rank(scores: Floats, covariance: Floats) -> Floats:
    """1 + the sum of the chances that another unit is above. Descriptive, not a confidence."""
    total: Floats = 1 + np.nansum(prob_above(scores, covariance), axis=0)
    return total


def bands(scores: Floats, distinct: Bools) -> Ints:
    """Band of each unit, from 1: a run of the ranking in which no two units can be told apart.

    From the top down, the first unit that can be told from any unit of the current band begins the
    next; there is no way to cut the ranking into fewer such runs. Units of two bands may still be
    indistinguishable: a band boundary is no proof of a difference, `distinct` is.
    """
    band = np.zeros(len(scores), dtype=np.int64)
    number, members = 0, list[int]()
    for unit in np.argsort(-scores, kind="stable").tolist():
        if not members or distinct[unit, members].any():
            number, members = number + 1, []
        members.append(unit)
        band[unit] = number
    return band


@dataclass(frozen=True)
class Ranking:
    """By unit; None where a unit is not ranked, or has no standard error to be told apart by.

    `sure` are the units that the tests compare, `pairs` and `p` their pairs and raw p values,
    `sets` what the tests say of them. `lo_t` and `hi_t` are the intervals by Holm's t tests, `df`
    the degrees of freedom of each pair.
    """

    rank: tuple[int | None, ...]
    lo: tuple[int | None, ...]
    hi: tuple[int | None, ...]
    lo_t: tuple[int | None, ...]
    hi_t: tuple[int | None, ...]
    band: tuple[int | None, ...]
    expected: tuple[float | None, ...]
    sure: Ints
    pairs: Pairs
    p: Floats
    df: Floats
    sets: RankSets


def ranking(
    scores: Floats,
    covariance: Floats,
    level: float,
    ranked: Bools,
    rule: Rule | None = None,
    df: Floats | None = None,
) -> Ranking:
    """Rank the units marked `ranked`; the rest (incomplete ones) are listed without a rank.

    A ranked unit without a standard error takes no part in the tests: nobody can be told from
    it, so it widens the others' intervals by one place and has none of its own. `df` is for t
    tests: of the units, for Welch's of a pair (right for independent units), or (units, units) of
    the differences; NaN, as for a census, is taken as infinite.
    """
    rule = rule or Rule()
    take = np.flatnonzero(ranked & ~np.isnan(scores))
    sure = take[~np.isnan(covariance[take, take])]
    own, size = covariance[np.ix_(sure, sure)], len(scores)
    found = pairs(scores[sure], own)
    broken = _pair_df(found, own.diagonal(), df, sure)
    student = student_p(found, broken)
    p = student if rule.method == "holm-t" else normal_p(found)
    by_t = rank_sets(found, student, level)
    if rule.method == "mrsw":
        sets = _stepped_down(scores[sure], own, found, level, rule)
    else:
        sets = by_t if rule.method == "holm-t" else rank_sets(found, p, level)
    apart = len(take) - len(sure)
    return Ranking(
        _placed(size, take, rank_min(scores[take])),
        _placed(size, sure, sets.lo),
        _placed(size, sure, sets.hi + apart),
        _placed(size, sure, by_t.lo),
        _placed(size, sure, by_t.hi + apart),
        _placed(size, sure, bands(scores[sure], sets.distinct)),
        _placed(size, sure, expected_rank(scores[sure], own)),
        sure,
        found,
        p,
        broken,
        sets,
    )


def _placed(size: int, at: Ints, values: Any) -> tuple[Any, ...]:
    """Values of some units among all, None for the others."""
    out: list[Any] = [None] * size
    for unit, value in zip(at.tolist(), values.tolist(), strict=True):
        out[unit] = value
    return tuple(out)


def _pair_df(found: Pairs, variance: Floats, df: Floats | None, sure: Ints) -> Floats:
    if df is None:
        return np.full(len(found.i), np.inf)
    known = np.where(np.isnan(df), np.inf, df)
    if known.ndim == 2:
        return np.asarray(known[sure[found.i], sure[found.j]])
    return welch_df(found, variance, known[sure])


def _stepped_down(
    scores: Floats, covariance: Floats, found: Pairs, level: float, rule: Rule
) -> RankSets:
    from analysis.ranking.stepdown import told_apart  # only this option simulates

    distinct, _ = told_apart(scores, covariance, level, rule.draws, rule.seed)
    return sets_of(found, distinct[found.i, found.j])
