"""Changes of points from last year to this one, with their error and what can be said of them.

    V(change) = V_this + V_last - 2 C

V has the variance of skipped questions in it; C is 0 for independent samples, else covariance.py's.
The interval is change -+ t se, within what is possible; t has Satterthwaite's degrees of freedom:
each respondent group of each year is a part of its own, a group that is a panel one part in
both years. Where answers were equal by luck, the half width of a year's interval stands in for its
standard error, as in the ranking (ranking/league_table.py); a change that all of a panel make
alike is luck as well, and its years then count as independent.

Verdicts are Holm's (1979), with t tests, over all changes of one family: the chance that any of its
"better" and "worse" is wrong is at most 1 - level, however the changes depend on each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analysis.comparison.common_criteria import restricted
from analysis.comparison.years import Years
from analysis.estimation import interval
from analysis.numeric import Bools, Floats, Ints, rounded
from analysis.ranking.league_table import NOTHING_LEFT, ranking_covariance
from analysis.ranking.pairwise import holm, is_significant
from analysis.scoring.score import Scorecard, score
from analysis.scoring.settings import Settings

Texts = NDArray[np.object_]
Cards = tuple[Scorecard, Scorecard]
VERDICTS = {1: "better", -1: "worse", 0: "cannot_be_told"}
WITHOUT_ERROR = ("no_se_last", "no_se_this", "no_interval")
"""Reasons for which there is a change, but no error of it."""


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Changes of one family; arrays are (units, targets), NaN for what does not exist.

    Attributes
    ----------
    targets : tuple of str
        What is compared: "score", or codes of fields or criteria.
    maximum : (targets,) array
        Points of the common criteria in it.
    last, this : array
        Points of each year.
    se_last, se_this : array
        Their standard errors, with item nonresponse.
    change, se, se_nr : array
        This year less last year; its standard error by the design, and with item nonresponse.
    covariance : array
        Between the two years' points, with item nonresponse; 0 for independent samples.
    se_test : array
        What interval and test rest on: `se_nr`, or more where luck made it small.
    df : array
        Degrees of freedom; infinite where there is no variance.
    lo, hi : array
        The interval of each change by itself.
    p, p_holm : array
        Two-sided p of no change, and adjusted over the family.
    verdict : array of int
        1 better, -1 worse, 0 cannot be told (also where there is no test).
    reason, detail : array of str
        Why there is no change or no test; blank where there is.
    """

    targets: tuple[str, ...]
    maximum: Floats
    last: Floats
    this: Floats
    se_last: Floats
    se_this: Floats
    change: Floats
    se: Floats
    se_nr: Floats
    covariance: Floats
    se_test: Floats
    df: Floats
    lo: Floats
    hi: Floats
    p: Floats
    p_holm: Floats
    verdict: Ints
    reason: Texts
    detail: Texts

    @property
    def tests(self) -> int:
        """How many changes Holm's procedure was over."""
        return int((~np.isnan(self.p)).sum())

    @classmethod
    def of(
        cls, targets: Mapping[str, Sequence[str]], years: Years, settings: Settings
    ) -> tuple[Self, dict[str, Cards]]:
        """Score both years on each target's criteria and compare them; the scorecards too."""
        cards = {
            target: _scored(years, tuple(names), settings) for target, names in targets.items()
        }
        columns = [_compared(years, pair, settings.level) for pair in cards.values()]
        shape = len(years.units), len(targets)
        table: dict[str, Any] = {
            name: np.stack([column[name] for column in columns], axis=1)
            if columns
            else np.zeros(shape)
            for name in (*NUMBERS, "reason", "detail")
        }
        p_holm = np.full(shape, np.nan)
        known = ~np.isnan(table["p"])
        p_holm[known] = holm(table["p"][known])
        significant = is_significant(np.where(known, p_holm, 1.0), settings.level)
        sign = np.sign(rounded(np.nan_to_num(table["change"]))).astype(np.int64)
        maximum = np.array(
            [float(sum(c.max_points for c in pair[1].data.criteria)) for pair in cards.values()]
        )
        changes = cls(
            targets=tuple(targets),
            maximum=maximum,
            p_holm=p_holm,
            verdict=np.where(significant, sign, 0),
            **table,
        )
        return changes, cards


NUMBERS = (
    "last", "this", "se_last", "se_this", "change", "se", "se_nr", "covariance", "se_test", "df",
    "lo", "hi", "p",
)  # fmt: skip


def _scored(years: Years, names: tuple[str, ...], settings: Settings) -> Cards:
    last, this = (score(restricted(wave.data, names), settings) for wave in years.waves)
    return last, this


def _compared(years: Years, cards: Cards, level: float) -> dict[str, Any]:
    """By unit: every number of one target, and why there is none."""
    reason, detail = _reasons(years, cards)
    compared = is_compared(reason)
    last, this = (_Year.of(years, cards, year, compared) for year in (0, 1))
    design, skipped, by_cluster = _covariances(years, cards, (last, this))
    covariance = _limited(design + skipped, last.se_nr, this.se_nr)
    change = this.score - last.score
    variances, tested_covariance = _as_ranked((last, this), covariance, level)
    variance = variances - 2 * tested_covariance
    se_test = _root(variance, variances)
    kept = tested_covariance == covariance
    df = _df(years, (last, this), np.where(kept[:, None], by_cluster, 0.0), variance)
    maximum = sum(criterion.max_points for criterion in cards[1].data.criteria)
    half_width = interval.t_quantile(df, level) * se_test
    reason[(reason == "") & np.isnan(se_test)] = "no_interval"
    return {
        "last": last.score,
        "this": this.score,
        "se_last": last.se_nr,
        "se_this": this.se_nr,
        "change": change,
        "se": _difference(last.se, this.se, _limited(design, last.se, this.se)),
        "se_nr": _difference(last.se_nr, this.se_nr, covariance),
        "covariance": covariance,
        "se_test": se_test,
        "df": np.where(np.isnan(se_test), np.nan, df),
        "lo": np.maximum(change - half_width, -maximum),
        "hi": np.minimum(change + half_width, maximum),
        "p": two_sided(change, se_test, df),
        "reason": reason,
        "detail": detail,
    }


def is_compared(reason: Texts) -> Bools:
    """Where there is a change, with or without an error."""
    return np.isin(reason.astype(str), ("", *WITHOUT_ERROR))


def two_sided(change: Floats, se: Floats, df: Floats) -> Floats:
    """p of no change: t, certain where there is no error, 1 where there is no change.

    Parameters
    ----------
    change, se, df : arrays of one shape
        Estimated changes, their standard errors and degrees of freedom; NaN where there is none.

    Returns
    -------
    array of that shape
        From 0 to 1; NaN where a change or its error is not known.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * special.stdtr(df, -np.abs(change / se))
    p = np.where(se == 0, 0.0, p)
    none = rounded(np.nan_to_num(change)) == 0
    return np.where(np.isnan(change) | np.isnan(se), np.nan, np.where(none, 1.0, p))


def _root(variance: Floats, size: Floats) -> Floats:
    """0 where rounding is all that is left of terms of this size that cancel."""
    return np.sqrt(np.where(variance <= NOTHING_LEFT * size, 0.0, variance))


def _difference(se: Floats, other: Floats, covariance: Floats) -> Floats:
    """Standard error of a change: sqrt(V + V' - 2 C)."""
    variances = se**2 + other**2
    return _root(variances - 2 * covariance, variances)


def _limited(covariance: Floats, se: Floats, other: Floats) -> Floats:
    """A covariance held to what the two variances allow."""
    limit = se * other
    return np.where(np.isnan(limit), np.nan, np.clip(covariance, -limit, limit))


@dataclass(frozen=True, kw_only=True)
class _Year:
    """One year's points by unit compared, and their variance by (units, groups of either year)."""

    score: Floats
    se: Floats
    se_nr: Floats
    lo: Floats
    hi: Floats
    parts: Floats
    skipped: Floats
    df: Floats

    @classmethod
    def of(cls, years: Years, cards: Cards, year: int, compared: Bools) -> Self:
        card, at = cards[year], years.position[year]
        here = (at >= 0) & compared
        columns = years.group_columns(year)

        def unit(values: Floats) -> Floats:
            return np.where(here, values[at], np.nan)

        def group(values: Floats) -> Floats:
            out = np.zeros((len(at), len(years.groups)))
            out[:, columns] = np.where(here[:, None], values[at], 0.0)
            return out

        df = np.maximum(card.cells.df, 1).astype(float).reshape(card.group_variance.shape)
        points = card.units
        return cls(
            **{name: unit(getattr(points, name)) for name in ("score", "se", "se_nr", "lo", "hi")},
            parts=group(np.nan_to_num(card.group_variance + card.group_response_variance)),
            skipped=group(np.nan_to_num(card.group_response_variance)),
            df=np.maximum(group(df), 1),
        )


def _covariances(
    years: Years, cards: Cards, pair: tuple[_Year, _Year]
) -> tuple[Floats, Floats, Floats]:
    """By unit the design's covariance and that of skipped questions; both by (units, clusters)."""
    shape = len(years.units), years.clusters
    if years.parts is None:
        return np.zeros(shape[0]), np.zeros(shape[0]), np.zeros(shape)
    design = years.parts.design.by_domain((cards[0].influence, cards[1].influence)).reshape(shape)
    limit = np.sqrt(np.maximum(pair[0].skipped * pair[1].skipped, 0.0))
    by_group = years.parts.skipped.by_group(cards, limit)
    skipped = np.zeros(shape)
    for group, cluster in enumerate(years.cluster.tolist()):
        skipped[:, cluster] += by_group[:, group]
    return design.sum(axis=1), skipped.sum(axis=1), design + skipped


def _as_ranked(
    pair: tuple[_Year, _Year], covariance: Floats, level: float
) -> tuple[Floats, Floats]:
    """By unit: the sum of the two years' variances, and their covariance, as in the ranking."""
    size = len(covariance)
    se, lo, hi = (
        np.concatenate([getattr(year, name) for year in pair]) for name in ("se_nr", "lo", "hi")
    )
    matrix = np.diag(se**2)
    last, this = np.arange(size), np.arange(size) + size
    matrix[last, this] = matrix[this, last] = np.nan_to_num(covariance)
    ranked = ranking_covariance(matrix, se, lo, hi, level)
    return ranked.diagonal()[last] + ranked.diagonal()[this], ranked[last, this]


def _df(years: Years, pair: tuple[_Year, _Year], covariance: Floats, variance: Floats) -> Floats:
    """Satterthwaite's df of each change; infinite without variance.

    `covariance` is (units, clusters): a cluster without one is two parts, one of each year.
    """
    parts = np.array([year.parts for year in pair])
    single = (parts**2 / np.array([year.df for year in pair])).sum(axis=0)
    total = parts.sum(axis=0)
    below = np.zeros(len(variance))
    for cluster in range(years.clusters):
        groups = years.cluster == cluster
        terms = single[:, groups].sum(axis=1)
        if years.parts is not None:
            part = total[:, groups].sum(axis=1) - 2 * covariance[:, cluster]
            joint = (years.parts.psus_both[:, cluster] > 0) & (covariance[:, cluster] != 0)
            terms = np.where(joint, part**2 / np.maximum(years.parts.df[:, cluster], 1), terms)
        below += terms
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, variance**2 / below, np.inf)


def _reasons(years: Years, cards: Cards) -> tuple[Texts, Texts]:
    """By unit: why its change or the error of its change does not exist, and what it is about."""
    reason = np.array([match.reason for match in years.units], dtype=object)
    detail = np.array([match.detail for match in years.units], dtype=object)
    for unit in np.flatnonzero(reason == "").tolist():
        reason[unit], detail[unit] = _reason(cards, [int(at[unit]) for at in years.position])
    return reason, detail


def _reason(cards: Cards, at: Sequence[int]) -> tuple[str, str]:
    for card, unit, year in zip(cards, at, ("last", "this"), strict=True):
        if np.isnan(card.units.score[unit]) or not card.aggregation.complete[unit]:
            missing = [
                contribution.criterion.name
                for contribution in card.aggregation.contributions
                if not contribution.counts[unit]
            ]
            return f"no_score_{year}", ", ".join(missing)
    for last, this in zip(*(card.aggregation.contributions for card in cards), strict=True):
        if ((last.link_points[at[0]] > 0) != (this.link_points[at[1]] > 0)).any():
            return "groups_differ", last.criterion.name
    for card, unit, year in zip(cards, at, ("last", "this"), strict=True):
        if np.isnan(card.units.se_nr[unit]):
            return f"no_se_{year}", ""
    return "", ""
