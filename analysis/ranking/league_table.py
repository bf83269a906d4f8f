"""The league table of a scorecard: who is ranked, how surely, and who cannot be told apart.

A declared limit on the error keeps units out whose interval is too wide; the others are ranked
among themselves. Tests use the joint covariance with that of skipped questions, because intervals
do: a census in which questions were skipped is not certain. Where all answers were equal by luck,
the half width of the unit's interval stands in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from analysis.formatting import format_vi
from analysis.io.long_tables import Column, LongTable
from analysis.numeric import Bools, Floats
from analysis.old.distributions import normal_quantile
from analysis.ranking import ranks
from analysis.ranking.rank_chances import Chances, chances
from analysis.scoring.score import Scorecard
from analysis.scoring.settings import one_of, whole_from
from analysis.scoring.shared_raters import SharedRaters

Row = dict[str, Any]
PAIR = ("unit_a", "unit_b", "difference", "se", "df", "p_raw", "p_holm", "distinct")
BY_LUCK = 7  # half widths over z se: t on one df has 6.5, more comes of the rules against luck
NOTHING = 1e-10  # a standard error that small has no df, and no interval but a census's
FEW_DF = 60  # of a difference; from here on the quantiles of t and of the Normal differ by 2 %


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The choices of a ranking; each is printed with the results.

    Parameters
    ----------
    max_error : str or None, default None
        Largest half-width of an interval that a ranked unit may have: in points (``"1.5"``), or as
        a share of what the unit could have earned (``"5%"``). None ranks every unit with a score.
    rank_method : {"holm", "holm-t", "mrsw"}, default "holm"
        How units are told apart: z tests of all pairs; t tests with the degrees of freedom of each
        difference; the largest difference, simulated.
    top : tuple of int, default (1, 3, 5)
        The k of the chances of being among the first and the last k, each 1 or more.
    seed, draws : int, default 1 and 10000
        For what is simulated: a seed from 0 on, and how many draws, 1 or more.

    Raises
    ------
    ValueError
        When a value is none of those allowed; the message lists them.
    """

    max_error: str | None = None
    rank_method: ranks.Method = "holm"
    top: tuple[int, ...] = (1, 3, 5)
    seed: int = 1
    draws: int = 10_000

    def __post_init__(self) -> None:
        error_limit("max_error", self.max_error)
        one_of("rank_method", self.rank_method, ranks.Method)
        if not isinstance(self.top, tuple) or not self.top:
            raise ValueError(f"top={self.top!r}: whole numbers from 1 on, such as (1, 3, 5)")
        for k in self.top:
            whole_from("top", k, 1)
        whole_from("seed", self.seed, 0)
        whole_from("draws", self.draws, 1)

    @property
    def rule(self) -> ranks.Rule:
        """How units are told apart."""
        return ranks.Rule(self.rank_method, self.seed, self.draws)

    def limit(self, maximum: Floats) -> Floats:
        """The largest half width for each unit, in points."""
        if self.max_error is None:
            return np.full(len(maximum), np.inf)
        if self.max_error.endswith("%"):
            return np.asarray(float(self.max_error[:-1]) / 100 * maximum)
        return np.full(len(maximum), float(self.max_error))


@dataclass(frozen=True)
class LeagueTable:
    """A ranking with everything that is told of it; `reason` is why a unit has no rank.

    `covariance_nr` and `df` (of differences) are (units, units); `shared` says whether any raters
    are shared, so that `df` is more than Welch's of two units.
    """

    units: tuple[str, ...]
    scores: Floats
    level: float
    rules: Rules
    ranking: ranks.Ranking
    chances: Chances
    reason: tuple[str, ...] = field(default=())
    covariance_nr: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    df: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    shared: bool = False

    @property
    def notes(self) -> list[str]:
        """What a reader of the ranks should know."""
        found = self.ranking
        few = bool((found.df < FEW_DF).any()) and self.rules.rank_method != "holm-t"
        differ = (found.lo, found.hi) != (found.lo_t, found.hi_t)
        return ["few_df: " + FEW.format(found.df.min())] if few and differ else []

    def rank_rows(self) -> list[Row]:
        """A row for each unit: its rank, simultaneous interval, band and chances."""
        place = {unit: at for at, unit in enumerate(self.ranking.sure.tolist())}
        return [
            {
                "unit": name,
                "rank": self.ranking.rank[unit],
                "lo": self.ranking.lo[unit],
                "hi": self.ranking.hi[unit],
                "lo_t": self.ranking.lo_t[unit],
                "hi_t": self.ranking.hi_t[unit],
                "band": self.ranking.band[unit],
                "expected_rank": self.ranking.expected[unit],
                **self._chances(place.get(unit)),
                "reason": self.reason[unit],
            }
            for unit, name in enumerate(self.units)
        ]

    def _chances(self, at: int | None) -> Row:
        row: Row = {}
        for kind, found in (("top", self.chances.top), ("bottom", self.chances.bottom)):
            for column, k in enumerate(self.chances.k):
                row[f"{kind}_{k}"] = None if at is None else float(found[at, column])
        return row

    def band_rows(self) -> list[Row]:
        """A row for each band, and one for the units that have none."""
        bands = [band for band in self.ranking.band if band is not None]
        rows = [self._band(number) for number in sorted(set(bands))]
        left = [u for u, band in enumerate(self.ranking.band) if band is None]
        if left:
            names = [self.units[unit] for unit in left]
            rows.append({"band": None, "units": names, "size": len(left), "meaning_vi": UNBANDED})
        return rows

    def _band(self, number: int) -> Row:
        members = [u for u, band in enumerate(self.ranking.band) if band == number]
        members.sort(key=lambda unit: (-self.scores[unit], unit))
        lows = [low for u in members if (low := self.ranking.lo[u]) is not None]
        highs = [high for u in members if (high := self.ranking.hi[u]) is not None]
        row: Row = {
            "band": number,
            "units": [self.units[unit] for unit in members],
            "size": len(members),
            "score_highest": float(self.scores[members[0]]),
            "score_lowest": float(self.scores[members[-1]]),
            "rank_lo": min(lows),
            "rank_hi": max(highs),
        }
        return row | {"meaning_vi": _meaning(row, self.level)}

    def pair_rows(self) -> Iterator[Row]:
        """A row for each pair of ranked units, the higher score first."""
        yield from LongTable(self.pair_columns()).rows()

    def pair_columns(self) -> dict[str, Column]:
        """The same, a list or an array for each column: 300 units make 44,850 pairs."""
        found, ranking = self.ranking.pairs, self.ranking
        names = np.array([self.units[unit] for unit in ranking.sure.tolist()], dtype=object)
        ahead = found.difference >= 0
        values: tuple[Column, ...] = (
            names[np.where(ahead, found.i, found.j)].tolist(),
            names[np.where(ahead, found.j, found.i)].tolist(),
            np.abs(found.difference),
            found.sd,
            ranking.df,
            ranking.p,
            ranks.adjust(ranking.p, "holm"),
            ranking.sets.distinct[found.i, found.j].tolist(),
        )
        return dict(zip(PAIR, values, strict=True))


FEW = (
    "standard errors rest on few degrees of freedom (a difference on {:.0f}), "
    "and t tests tell fewer units apart than the z tests of `lo` and `hi`: "
    "use `lo_t` and `hi_t`, or --rank-method holm-t"
)
UNBANDED = "Không xếp nhóm: không có hạng, hoặc không có sai số chuẩn để so sánh."


def _meaning(row: Row, level: float) -> str:
    size, low, high = row["size"], row["rank_lo"], row["rank_hi"]
    sure = f"{format_vi(100 * level, 0)} %"
    place = f"hạng {low}" if low == high else f"trong khoảng hạng {low}–{high}"
    if size == 1:
        return f"Một đơn vị; với độ tin cậy chung {sure}, hạng thật: {place}."
    return (
        f"{size} đơn vị không phân biệt được với nhau ở độ tin cậy chung {sure}; "
        f"hạng thật của mỗi đơn vị nằm {place}. Thứ tự trong nhóm không nói lên hơn kém."
    )


def error_limit(name: str, value: Any) -> None:
    """Raise ValueError unless `value` is None or a limit on a half-width: points or per cent."""
    try:
        limit = np.inf if value is None else float(value.removesuffix("%"))
        sound = value is None or 0 < limit < np.inf
    except (AttributeError, ValueError):
        sound = False
    if not sound:
        raise ValueError(f'{name}={value!r}: points such as "1.5", per cent such as "5%", or None')


def league(card: Scorecard, rules: Rules | None = None) -> LeagueTable:
    """The league table of a scorecard."""
    rules = rules or Rules()
    units, level = card.units, card.settings.level
    reason = reasons(card, rules)
    raters = SharedRaters.of(card)
    joint = raters.covariance
    covariance = for_ranking(joint, units.se_nr, units.lo, units.hi, level)
    df = raters.df(spread(covariance))
    ranked: Bools = np.array([text == "" for text in reason], dtype=bool)
    found = ranks.ranking(units.score, covariance, level, ranked, rules.rule, df)
    own = covariance[np.ix_(found.sure, found.sure)]
    likely = chances(units.score[found.sure], own, rules.top, draws=rules.draws, seed=rules.seed)
    return LeagueTable(
        card.data.units,
        units.score,
        level,
        rules,
        found,
        likely,
        reason,
        joint,
        df,
        bool(raters.joints),
    )


def reasons(card: Scorecard, rules: Rules) -> tuple[str, ...]:
    """Why each unit is not ranked; empty for those that are."""
    units = card.units
    half = (units.hi - units.lo) / 2
    limit = rules.limit(units.maximum)
    out = []
    for unit, score in enumerate(units.score):
        if np.isnan(score):
            out.append("no_score")
        elif not card.composition.complete[unit]:
            out.append("incomplete")
        elif np.isfinite(limit[unit]) and np.isnan(half[unit]):
            out.append("error_not_known")
        else:
            out.append("error_exceeds_limit" if half[unit] > limit[unit] else "")
    return tuple(out)


def for_ranking(covariance: Floats, se_nr: Floats, lo: Floats, hi: Floats, level: float) -> Floats:
    """The joint covariance that ranks rest on: each unit's own variance as its interval has it.

    Raters who all see the same gap between two units would leave no variance of their difference:
    that is luck too, and such units count as if they did not covary.
    """
    out = covariance.copy()
    with np.errstate(invalid="ignore"):
        half = (hi - lo) / 2 / normal_quantile((1 + level) / 2)
        lucky = (half > 0) & (half > BY_LUCK * se_nr)
    own = np.where(lucky, half, se_nr) ** 2
    known = ~np.isnan(covariance.diagonal()) & ~np.isnan(own)
    known &= ~(np.isnan(half) & (se_nr < NOTHING))  # every stratum lonely, and removed
    own = np.where(known, np.maximum(own, np.nan_to_num(covariance.diagonal())), np.nan)
    np.fill_diagonal(out, own)
    together = (np.abs(spread(out)) <= 1e-12 * own) & (own > 0) & ~np.eye(len(own), dtype=bool)
    return np.where(together | together.T, 0.0, out)


def spread(covariance: Floats) -> Floats:
    """V_ii + V_jj - 2 V_ij: the variance of every difference."""
    own = covariance.diagonal()
    return np.asarray(own[:, None] + own - 2 * covariance)
