"""The league table of a scorecard: who is ranked, how surely, and who cannot be told apart.

A declared limit on the error keeps units out whose interval is too wide; the others are ranked
among themselves. Tests use the joint covariance with that of skipped questions, because intervals
do: a census in which questions were skipped is not certain. Where a unit's sample has no variance
although it is no census, the half-width of its interval stands in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from analysis.formatting import format_vi
from analysis.io.long_tables import Column, LongTable
from analysis.numeric import Bools, Floats, rounded
from analysis.ranking import ranks
from analysis.ranking.pairwise import variance_of_differences
from analysis.ranking.rank_chances import Chances, chances
from analysis.scoring.score import Scorecard
from analysis.scoring.shared_raters import SharedRaters

Row = dict[str, Any]
PAIR = ("unit_a", "unit_b", "difference", "se", "df", "p_raw", "p_holm", "distinct")
WIDENED = 7  # half-widths over z se: t on one df has 6.5, more is of answers all equal
NEGLIGIBLE = 1e-10  # a standard error that small has no df, and no interval but a census's
NOTHING_LEFT = 1e-12  # share of a variance that rounding leaves where two units only move together
FEW_DF = 60  # of a difference; from here on the quantiles of t and of the Normal differ by 2 %


@dataclass(frozen=True)
class Rules:
    """The choices of a ranking; each is printed with the results.

    `max_error` is a half width of the interval that a ranked unit may have at most: in points
    (`"1.5"`), or of what the unit could have earned (`"5%"`). `top` are the k of the chances.
    """

    max_error: str | None = None
    rank_method: ranks.Method = "holm"
    top: tuple[int, ...] = (1, 3, 5)
    seed: int = 1
    draws: int = 10_000

    @property
    def rule(self) -> ranks.Rule:
        """How units are told apart."""
        return ranks.Rule(method=self.rank_method, seed=self.seed, draws=self.draws)

    def limit(self, maximum: Floats) -> Floats:
        """The largest half width for each unit, in points."""
        if self.max_error is None:
            return np.full(len(maximum), np.inf)
        if self.max_error.endswith("%"):
            return np.asarray(float(self.max_error[:-1]) / 100 * maximum)
        return np.full(len(maximum), float(self.max_error))


@dataclass(frozen=True, kw_only=True)
class LeagueTable:
    """A ranking with everything that is told of it.

    Attributes
    ----------
    units : tuple of str
        Names of the units.
    scores : ndarray of float, shape (units,)
        Scores in points; NaN where a unit has none.
    level : float
        Joint confidence level.
    rules : Rules
        The choices of the ranking.
    ranking : ranks.Ranking
        Ranks, intervals, bands and tests.
    chances : Chances
        Of the tested units (`ranking.tested`), to be among the first and the last k.
    reason : tuple of str
        Why a unit has no rank; empty where it has one.
    covariance_nr : ndarray of float, shape (units, units)
        Covariance of the scores with that of skipped questions, in points squared.
    df : ndarray of float, shape (units, units)
        Degrees of freedom of the differences.
    shared_raters : bool
        Whether any people rate several units, so that `df` is more than Welch's of two units.
    """

    units: tuple[str, ...]
    scores: Floats
    level: float
    rules: Rules
    ranking: ranks.Ranking
    chances: Chances
    reason: tuple[str, ...]
    covariance_nr: Floats
    df: Floats
    shared_raters: bool

    @property
    def notes(self) -> list[str]:
        """What a reader of the ranks should know."""
        ranking = self.ranking
        few = bool((rounded(ranking.df) < FEW_DF).any()) and self.rules.rank_method != "holm-t"
        differ = (ranking.lo, ranking.hi) != (ranking.lo_t, ranking.hi_t)
        return ["few_df: " + FEW.format(ranking.df.min())] if few and differ else []

    def rank_rows(self) -> list[Row]:
        """A row for each unit: its rank, simultaneous interval, band and chances."""
        ranking = self.ranking
        place = {unit: at for at, unit in enumerate(ranking.tested.tolist())}
        return [
            {
                "unit": name,
                "rank": ranking.rank[unit],
                "lo": ranking.lo[unit],
                "hi": ranking.hi[unit],
                "lo_t": ranking.lo_t[unit],
                "hi_t": ranking.hi_t[unit],
                "band": ranking.band[unit],
                "expected_rank": ranking.expected_rank[unit],
                **self._chances(place.get(unit)),
                "reason": self.reason[unit],
            }
            for unit, name in enumerate(self.units)
        ]

    def _chances(self, place: int | None) -> Row:
        row: Row = {}
        for kind, chance in (("top", self.chances.top), ("bottom", self.chances.bottom)):
            for column, k in enumerate(self.chances.k):
                row[f"{kind}_{k}"] = None if place is None else float(chance[place, column])
        return row

    def band_rows(self) -> list[Row]:
        """A row for each band, and one for the units that have none."""
        numbers = {band for band in self.ranking.band if band is not None}
        rows = [self._band(number) for number in sorted(numbers)]
        unbanded = [u for u, band in enumerate(self.ranking.band) if band is None]
        if unbanded:
            names = [self.units[unit] for unit in unbanded]
            size = len(unbanded)
            rows.append({"band": None, "units": names, "size": size, "meaning_vi": UNBANDED})
        return rows

    def _band(self, number: int) -> Row:
        members = [u for u, band in enumerate(self.ranking.band) if band == number]
        members.sort(key=lambda unit: (self.ranking.rank[unit], unit))
        row: Row = {
            "band": number,
            "units": [self.units[unit] for unit in members],
            "size": len(members),
            "score_highest": float(self.scores[members[0]]),
            "score_lowest": float(self.scores[members[-1]]),
            "rank_lo": min(low for u in members if (low := self.ranking.lo[u]) is not None),
            "rank_hi": max(high for u in members if (high := self.ranking.hi[u]) is not None),
        }
        return row | {"meaning_vi": _meaning(row, self.level)}

    def pair_rows(self) -> Iterator[Row]:
        """A row for each pair of ranked units, the higher score first."""
        yield from LongTable(self.pair_columns()).rows()

    def pair_columns(self) -> dict[str, Column]:
        """The same, a list or an array for each column: 300 units make 44,850 pairs."""
        pairs, ranking = self.ranking.pairs, self.ranking
        names = np.array([self.units[unit] for unit in ranking.tested.tolist()], dtype=object)
        is_ahead = pairs.difference >= 0
        columns: tuple[Column, ...] = (
            names[np.where(is_ahead, pairs.i, pairs.j)].tolist(),
            names[np.where(is_ahead, pairs.j, pairs.i)].tolist(),
            np.abs(pairs.difference),
            pairs.sd,
            ranking.df,
            ranking.p,
            ranking.p_holm,
            ranking.sets.distinct[pairs.i, pairs.j].tolist(),
        )
        return dict(zip(PAIR, columns, strict=True))


FEW = (
    "standard errors rest on few degrees of freedom (a difference on {:.0f}), "
    "and t tests tell fewer units apart than the z tests of `lo` and `hi`: "
    "use `lo_t` and `hi_t`, or --rank-method holm-t"
)
UNBANDED = "Không xếp nhóm: không có hạng, hoặc không có sai số chuẩn để so sánh."


def _meaning(row: Row, level: float) -> str:
    size, low, high = row["size"], row["rank_lo"], row["rank_hi"]
    confidence = f"{format_vi(100 * level, 0)} %"
    place = f"hạng {low}" if low == high else f"trong khoảng hạng {low}–{high}"
    if size == 1:
        return f"Một đơn vị; với độ tin cậy chung {confidence}, hạng thật: {place}."
    return (
        f"{size} đơn vị không phân biệt được với nhau ở độ tin cậy chung {confidence}; "
        f"hạng thật của mỗi đơn vị nằm {place}. Thứ tự trong nhóm không nói lên hơn kém."
    )


def rank_units(card: Scorecard, rules: Rules | None = None) -> LeagueTable:
    """Rank the units of a scorecard.

    Parameters
    ----------
    card : Scorecard
    rules : Rules, optional
        How units are ranked and tested; Holm's z tests without a limit on the error if not given.

    Returns
    -------
    LeagueTable
        With a row for every unit, ranked or not.
    """
    rules = rules or Rules()
    units, level = card.units, card.settings.level
    reason = reasons(card, rules)
    raters = SharedRaters.of(card)
    joint = raters.covariance
    covariance = ranking_covariance(joint, units.se_nr, units.lo, units.hi, level)
    df = raters.df(variance_of_differences(covariance))
    ranked: Bools = np.array([text == "" for text in reason], dtype=bool)
    ranking = ranks.ranking(units.score, covariance, level, ranked, rules.rule, df)
    tested = ranking.tested
    return LeagueTable(
        units=card.data.units,
        scores=units.score,
        level=level,
        rules=rules,
        ranking=ranking,
        chances=chances(
            units.score[tested],
            covariance[np.ix_(tested, tested)],
            rules.top,
            draws=rules.draws,
            seed=rules.seed,
        ),
        reason=reason,
        covariance_nr=joint,
        df=df,
        shared_raters=bool(raters.joint_samples),
    )


def reasons(card: Scorecard, rules: Rules) -> tuple[str, ...]:
    """Why each unit is not ranked; empty for those that are."""
    units = card.units
    half_width, limit = rounded((units.hi - units.lo) / 2), rounded(rules.limit(units.maximum))
    texts = []
    for unit, score in enumerate(units.score):
        if np.isnan(score):
            texts.append("no_score")
        elif not card.aggregation.complete[unit]:
            texts.append("incomplete")
        elif np.isfinite(limit[unit]) and np.isnan(half_width[unit]):
            texts.append("error_not_known")
        else:
            texts.append("error_exceeds_limit" if half_width[unit] > limit[unit] else "")
    return tuple(texts)


def ranking_covariance(
    covariance: Floats, se_nr: Floats, lo: Floats, hi: Floats, level: float
) -> Floats:
    """The joint covariance that ranks rest on: each unit's own variance as its interval has it.

    Raters who all see the same gap between two units would leave no variance of their difference.
    That is chance too, as where all answers of a unit are equal; such units count as if they did
    not covary.

    Parameters
    ----------
    covariance : ndarray of float, shape (units, units)
        Covariance of the scores with that of skipped questions, in points squared.
    se_nr, lo, hi : ndarray of float, shape (units,)
        Standard errors and intervals of the scores, in points; NaN where there is none.
    level : float
        Confidence level of the intervals, between 0 and 1.

    Returns
    -------
    ndarray of float, shape (units, units)
        NaN on the diagonal where a unit has no standard error.
    """
    out = covariance.copy()
    with np.errstate(divide="ignore", invalid="ignore"):
        half_width = (hi - lo) / 2 / special.ndtri((1 + level) / 2)
        is_widened = rounded(half_width / se_nr) > WIDENED
    variance = np.where(is_widened, half_width, se_nr) ** 2
    known = ~np.isnan(covariance.diagonal()) & ~np.isnan(variance)
    known &= ~(np.isnan(half_width) & (se_nr < NEGLIGIBLE))  # every stratum lonely, and removed
    variance = np.maximum(variance, np.nan_to_num(covariance.diagonal()))
    variance = np.where(known, variance, np.nan)
    np.fill_diagonal(out, variance)
    none_left = np.abs(variance_of_differences(out)) <= NOTHING_LEFT * variance
    none_left &= (variance > 0) & ~np.eye(len(variance), dtype=bool)
    return np.where(none_left | none_left.T, 0.0, out)
