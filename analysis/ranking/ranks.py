"""Ranks, and how far they can be trusted. Rank 1 is the highest score.

Recommended: Holm's tests of all pairs with the joint covariance of the scores; the rank interval
of a unit is [1 + units significantly above it, p - units significantly below it], and all
intervals hold together at the stated level. stepdown.py has a sharper rule that simulates. Every
decision is made on values to nine decimals (`analysis.numeric.rounded`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import special

from analysis.numeric import Bools, Floats, Ints, rounded
from analysis.ranking import pairwise
from analysis.ranking.pairwise import UnitPairs

Method = Literal["holm", "holm-t", "mrsw"]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How it is decided which units differ; `seed` and `draws` are for what is simulated."""

    method: Method = "holm"
    seed: int = 1
    draws: int = 10_000


@dataclass(frozen=True, kw_only=True)
class RankSets:
    """Rank intervals of all units at once.

    Attributes
    ----------
    lo, hi : ndarray of int, shape (units,)
        Best and worst rank of each unit.
    distinct : ndarray of bool, shape (units, units)
        Whether two units are significantly different.
    """

    lo: Ints
    hi: Ints
    distinct: Bools

    @property
    def distinct_pairs(self) -> int:
        """How many pairs are significantly different."""
        return int(self.distinct.sum()) // 2


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """Ranks of all units of a league; None where a unit is not ranked.

    Attributes
    ----------
    rank : tuple of (int or None), one a unit
        1 + the number of ranked units with a higher score: ties share the better rank.
    lo, hi : tuple of (int or None), one a unit
        Simultaneous rank intervals by the rule asked for; None also where a unit has no standard
        error to be tested with.
    lo_t, hi_t : tuple of (int or None), one a unit
        The same by Holm's t tests, whatever the rule.
    band : tuple of (int or None), one a unit
        Numbers of the bands, from 1.
    expected_rank : tuple of (float or None), one a unit
        1 + the sum of the chances that another unit is above.
    tested : ndarray of int, shape (tested units,)
        Positions of the units with a standard error; `pairs` and `sets` count these.
    pairs : UnitPairs
        All pairs of the tested units.
    p, p_holm, df : ndarray of float, shape (pairs,)
        p values of single tests, the same after Holm, and degrees of freedom.
    sets : RankSets
        What the rule says of the tested units.
    """

    rank: tuple[int | None, ...]
    lo: tuple[int | None, ...]
    hi: tuple[int | None, ...]
    lo_t: tuple[int | None, ...]
    hi_t: tuple[int | None, ...]
    band: tuple[int | None, ...]
    expected_rank: tuple[float | None, ...]
    tested: Ints
    pairs: UnitPairs
    p: Floats
    p_holm: Floats
    df: Floats
    sets: RankSets


def rank_min(scores: Floats) -> Ints:
    """Rank each score, 1 for the highest; ties share the better rank.

    Parameters
    ----------
    scores : ndarray of float, shape (units,)
        Scores, none of them NaN. Two that are equal to nine decimals are a tie.

    Returns
    -------
    ndarray of int, shape (units,)
        1 + the number of scores strictly above.
    """
    compared = rounded(scores)
    return 1 + len(scores) - np.searchsorted(np.sort(compared), compared, side="right")


def rank_sets(pairs: UnitPairs, p: Floats, level: float) -> RankSets:
    """Rank intervals from tests of all pairs.

    Parameters
    ----------
    pairs : UnitPairs
    p : ndarray of float, shape (pairs,)
        Two-sided p values, adjusted (`pairwise.holm`) if the intervals are to hold together.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    RankSets
    """
    return sets_of(pairs, pairwise.is_significant(p, level))


def sets_of(pairs: UnitPairs, different: Bools) -> RankSets:
    """Rank intervals from which pairs, (pairs,), are significantly different."""
    distinct = np.zeros((pairs.units, pairs.units), dtype=bool)
    distinct[pairs.i, pairs.j] = different
    distinct |= distinct.T
    above = np.zeros((pairs.units, pairs.units), dtype=bool)
    above[pairs.i, pairs.j] = pairs.difference < 0
    above[pairs.j, pairs.i] = pairs.difference > 0
    lo = 1 + (distinct & above).sum(axis=1)
    hi = pairs.units - (distinct & above.T).sum(axis=1)
    return RankSets(lo=lo, hi=hi, distinct=distinct)


def probability_above(pairs: UnitPairs) -> Floats:
    """Chance that the row's unit is truly above the column's, (units, units).

    True scores are taken as Normal around the estimates. 0.5 for ties, NaN for a unit and itself.
    """
    above = np.full((pairs.units, pairs.units), np.nan)
    above[pairs.i, pairs.j] = special.ndtr(pairs.z)
    above[pairs.j, pairs.i] = special.ndtr(-pairs.z)
    return above


def expected_rank(pairs: UnitPairs) -> Floats:
    """Expected rank of each unit if true scores were Normal around the estimates.

    Descriptive, not a confidence.

    Parameters
    ----------
    pairs : UnitPairs

    Returns
    -------
    ndarray of float, shape (units,)
        1 + the sum of the chances that another unit is above.
    """
    return np.asarray(1 + np.nansum(probability_above(pairs), axis=0))


def bands(scores: Floats, distinct: Bools) -> Ints:
    """Cut the ranking into bands in which no two units are significantly different.

    From the top down, the first rank of which a unit is significantly different from any unit of
    the current band begins the next; there is no way to cut the ranking into fewer such runs, and
    tied units share a band. Units of two bands may still be indistinguishable: a band boundary is
    no proof of a difference, `distinct` is.

    Parameters
    ----------
    scores : ndarray of float, shape (units,)
        Scores in points.
    distinct : ndarray of bool, shape (units, units)
        Whether two units are significantly different; tied ones are not.

    Returns
    -------
    ndarray of int, shape (units,)
        Number of each unit's band, from 1.
    """
    rank = rank_min(scores)
    band = np.zeros(len(scores), dtype=np.int64)
    number, members = 0, np.zeros(0, dtype=np.int64)
    for place in np.unique(rank):
        tied = np.flatnonzero(rank == place)
        if not number or distinct[np.ix_(tied, members)].any():
            number, members = number + 1, members[:0]
        members = np.append(members, tied)
        band[tied] = number
    return band


def ranking(
    scores: Floats,
    covariance: Floats,
    level: float,
    ranked: Bools,
    rule: Rule | None = None,
    df: Floats | None = None,
) -> Ranking:
    """Rank units, with intervals that hold together.

    A ranked unit without a standard error takes no part in the tests: nobody is significantly
    different from it, so it widens the others' intervals by one place and has none of its own.

    Parameters
    ----------
    scores : ndarray of float, shape (units,)
        Scores in points; NaN where a unit has none.
    covariance : ndarray of float, shape (units, units)
        Joint covariance of the scores, in points squared; NaN on the diagonal where a unit has no
        standard error.
    level : float
        Joint confidence level of the intervals, between 0 and 1.
    ranked : ndarray of bool, shape (units,)
        Units that take part; the others (incomplete ones) are listed without a rank.
    rule : Rule, optional
        How differences are tested; Holm's z tests if not given.
    df : ndarray of float, shape (units,) or (units, units), optional
        Degrees of freedom for t tests: of each score, for Welch's of a difference (right for
        independent units), or of each difference. NaN, as for a census, is taken as infinite.

    Returns
    -------
    Ranking

    References
    ----------
    Mogstad, M., Romano, J. P., Shaikh, A. M. and Wilhelm, D. (2024). Inference for ranks with
    applications to mobility across neighbourhoods and academic achievement across countries.
    Review of Economic Studies 91, 476-518.
    """
    rule = rule or Rule()
    take = np.flatnonzero(ranked & ~np.isnan(scores))
    tested = take[~np.isnan(covariance[take, take])]
    joint = covariance[np.ix_(tested, tested)]
    pairs = pairwise.unit_pairs(scores[tested], joint)
    df_of_pair = _pair_df(pairs, joint.diagonal(), df, tested)
    t_p = pairwise.t_p(pairs, df_of_pair)
    by_t = rank_sets(pairs, pairwise.holm(t_p), level)
    p = t_p if rule.method == "holm-t" else pairwise.normal_p(pairs)
    p_holm = pairwise.holm(p)
    sets = rank_sets(pairs, p_holm, level)
    if rule.method == "mrsw":
        sets = _stepped_down(scores[tested], joint, pairs, level, rule)
    untested, size = len(take) - len(tested), len(scores)
    return Ranking(
        rank=_by_unit(size, take, rank_min(scores[take])),
        lo=_by_unit(size, tested, sets.lo),
        hi=_by_unit(size, tested, sets.hi + untested),
        lo_t=_by_unit(size, tested, by_t.lo),
        hi_t=_by_unit(size, tested, by_t.hi + untested),
        band=_by_unit(size, tested, bands(scores[tested], sets.distinct)),
        expected_rank=_by_unit(size, tested, expected_rank(pairs)),
        tested=tested,
        pairs=pairs,
        p=p,
        p_holm=p_holm,
        df=df_of_pair,
        sets=sets,
    )


def _by_unit(size: int, units: Ints, values: Any) -> tuple[Any, ...]:
    """Values of some units among all, None for the others."""
    values_of_all: list[Any] = [None] * size
    for unit, value in zip(units.tolist(), values.tolist(), strict=True):
        values_of_all[unit] = value
    return tuple(values_of_all)


def _pair_df(pairs: UnitPairs, variance: Floats, df: Floats | None, tested: Ints) -> Floats:
    if df is None:
        return np.full(len(pairs.i), np.inf)
    known = np.where(np.isnan(df), np.inf, df)
    if known.ndim == 2:
        return np.asarray(known[tested[pairs.i], tested[pairs.j]])
    return pairwise.welch_df(pairs, variance, known[tested])


def _stepped_down(
    scores: Floats, covariance: Floats, pairs: UnitPairs, level: float, rule: Rule
) -> RankSets:
    from analysis.ranking.stepdown import significantly_different  # only this option simulates

    distinct, _ = significantly_different(scores, covariance, level, rule.draws, rule.seed)
    return sets_of(pairs, distinct[pairs.i, pairs.j])
