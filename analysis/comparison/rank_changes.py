"""Changes of rank among the units of both years, with intervals that hold all together.

Both years rank the same units on the same criteria. Each year's rank intervals hold for all units
with a chance of 1 - α/2 (ranking/ranks.py), so both years' do with 1 - α, however they depend on
each other (Bonferroni); a unit's change of rank lies between the best rank it may have this year
less the worst it may have had last year, and the reverse. A negative change is a better place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from analysis.comparison.change import Cards, Texts, is_compared
from analysis.comparison.years import Years
from analysis.numeric import Bools, Floats, Ints, rounded
from analysis.ranking import ranks
from analysis.ranking.league_table import ranking_covariance
from analysis.ranking.pairwise import variance_of_differences
from analysis.scoring.score import Scorecard
from analysis.scoring.shared_raters import SharedRaters


@dataclass(frozen=True, kw_only=True)
class RankChanges:
    """By unit of this year; NaN where a unit has no rank in both years, or no interval.

    Attributes
    ----------
    last, lo_last, hi_last, this, lo_this, hi_this : (units,) arrays
        Rank of each year, 1 the highest, and its interval at 1 - α/2.
    change, lo, hi : (units,) arrays
        Rank of this year less that of last year, and its simultaneous interval.
    verdict : (units,) array of int
        1 better (the interval is below 0), -1 worse, 0 cannot be told.
    ranked : int
        How many units were ranked.
    reason, detail : (units,) arrays of str
        Why a unit has no change of rank, or no interval.
    """

    last: Floats
    lo_last: Floats
    hi_last: Floats
    this: Floats
    lo_this: Floats
    hi_this: Floats
    change: Floats
    lo: Floats
    hi: Floats
    verdict: Ints
    ranked: int
    reason: Texts
    detail: Texts

    @classmethod
    def of(cls, years: Years, cards: Cards, reason: Texts, detail: Texts, rule: ranks.Rule) -> Self:
        """Rank both years' units, those without a reason against it."""
        take = is_compared(reason)
        level = cards[0].settings.level
        (last, lo_last, hi_last), (this, lo_this, hi_this) = (
            _ranked(card, at, take, (1 + level) / 2, rule)
            for card, at in zip(cards, years.position, strict=True)
        )
        lo, hi = lo_this - hi_last, hi_this - lo_last
        return cls(
            last=last,
            lo_last=lo_last,
            hi_last=hi_last,
            this=this,
            lo_this=lo_this,
            hi_this=hi_this,
            change=this - last,
            lo=lo,
            hi=hi,
            verdict=np.where(hi < 0, 1, np.where(lo > 0, -1, 0)),
            ranked=int(take.sum()),
            reason=reason,
            detail=detail,
        )


def _ranked(
    card: Scorecard, position: Ints, take: Bools, level: float, rule: ranks.Rule
) -> tuple[Floats, Floats, Floats]:
    """By unit of the comparison its rank among those taken, and the ends of its interval."""
    points = card.units
    raters = SharedRaters.of(card)
    covariance = ranking_covariance(
        raters.covariance, points.se_nr, points.lo, points.hi, card.settings.level
    )
    ranked = np.zeros(len(points.score), dtype=bool)
    ranked[position[take]] = True
    df = raters.df(variance_of_differences(covariance))
    ranking = ranks.ranking(rounded(points.score), covariance, level, ranked, rule, df)

    def compared(values: Sequence[int | None]) -> Floats:
        numbers = np.array([np.nan if value is None else float(value) for value in values])
        return np.where(take, numbers[position], np.nan)

    return compared(ranking.rank), compared(ranking.lo), compared(ranking.hi)
