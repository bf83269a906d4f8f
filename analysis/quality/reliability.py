"""Whether the questions of a field measure one thing: Cronbach's alpha and item-rest correlations.

alpha = k/(k-1) (1 - sum of the item variances / variance of the sum) over the coefficients of the
answers (Cronbach 1951). Interval: (1 - alpha)/(1 - estimate) follows F with n - 1 and
(n - 1)(k - 1) degrees of freedom (Feldt 1965, Psychometrika 30; Feldt, Woodruff and Salih 1987,
Applied Psychological Measurement 11). n is Kish's effective number of the complete rows, rounded
down; clusters and the finite population are not taken into account.

`alpha` and its interval use rows with an answer to every item and the weights of respondents.csv;
`alpha_pairwise` takes each covariance from the rows that answered both items. `alpha_within`
removes the means of the units, so that differences between units do not count as agreement of the
questions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from scipy import special

from analysis.numeric import SLACK, ZERO, ZERO_COVARIANCE, Bools, Floats, Ints, sums
from analysis.scoring.score import Scorecard

ALL = "all"
FEWEST = 10
"""Complete rows below which there is no alpha."""


@dataclass(frozen=True, kw_only=True)
class Alpha:
    """Cronbach's alpha with its interval; None with a reason where it does not exist."""

    alpha: float | None = None
    lo: float | None = None
    hi: float | None = None
    n: int = 0
    n_effective: int = 0
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ScaleReliability:
    """One set of questions put to one group: all its questions, or those of a field.

    Attributes
    ----------
    group, scale : str
        The group, and the field or `all`.
    items, n, n_complete, n_effective : int
        Questions, rows of the group, rows with an answer to every question, and Kish's effective
        number of the latter.
    alpha, lo, hi : float or None
        Alpha over the complete rows, with its interval.
    alpha_pairwise : float or None
        Alpha from covariances of the rows that answered both questions.
    alpha_within, within_lo, within_hi : float or None
        Alpha of the values less the mean of their unit, with its interval.
    reason : str
        Why there is no alpha, or no interval; empty where there is.
    """

    group: str
    scale: str
    items: int
    n: int
    n_complete: int
    n_effective: int
    alpha: float | None
    lo: float | None
    hi: float | None
    alpha_pairwise: float | None
    alpha_within: float | None
    within_lo: float | None
    within_hi: float | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class ItemReliability:
    """One question compared with the other questions of its scale.

    Attributes
    ----------
    group, scale, question : str
        What it belongs to, and its name.
    n : int
        Rows whose answer has a coefficient.
    item_rest : float or None
        Correlation with the sum of the other questions, over complete rows.
    reason : str
        Why there is no correlation; empty where there is.
    alpha_without : float or None
        Alpha of the other questions.
    no_opinion_share, blank_share : float or None
        Answers without a coefficient as a share of the answers; blanks as a share of the rows.
    """

    group: str
    scale: str
    question: str
    n: int
    item_rest: float | None
    reason: str
    alpha_without: float | None
    no_opinion_share: float | None
    blank_share: float | None


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """The reliability of every scale and of each of its items."""

    card: Scorecard
    scales: tuple[ScaleReliability, ...]
    items: tuple[ItemReliability, ...]


def reliability(card: Scorecard, fields: Mapping[str, str]) -> Reliability:
    """Alpha of each group's questions, all together and field by field.

    Parameters
    ----------
    card : Scorecard
        Answers, weights and the confidence level.
    fields : mapping of str to str
        Criterion to the field that it belongs to; criteria without a field count under `all` alone.

    Returns
    -------
    Reliability
        A scale for each group and set of questions, an item for each of its questions.

    References
    ----------
    Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika 16.

    Feldt, L. S. (1965). The approximate sampling distribution of Kuder-Richardson reliability
    coefficient twenty. Psychometrika 30.

    Feldt, L. S., Woodruff, D. J. and Salih, F. A. (1987). Statistical inference for coefficient
    alpha. Applied Psychological Measurement 11.
    """
    scales: list[ScaleReliability] = []
    items: list[ItemReliability] = []
    for group in range(len(card.data.groups)):
        for name, questions in _scales(card, group, fields).items():
            scale = _Scale(card, group, name, questions)
            scales.append(scale.reliability())
            items += scale.items()
    return Reliability(card=card, scales=tuple(scales), items=tuple(items))


def _scales(card: Scorecard, group: int, fields: Mapping[str, str]) -> dict[str, list[int]]:
    """The questions that a group is asked: all of them, and those of each field."""
    scales: dict[str, dict[int, None]] = {ALL: {}}
    for criterion in card.data.criteria:
        for link in criterion.links:
            if link.group == group:
                scales[ALL].setdefault(link.question)
                if criterion.name in fields:
                    scales.setdefault(fields[criterion.name], {}).setdefault(link.question)
    return {name: list(questions) for name, questions in scales.items() if questions}


class _Scale:
    """The answers of one group to several questions, as coefficients; NaN for no answer."""

    def __init__(self, card: Scorecard, group: int, scale: str, questions: list[int]) -> None:
        data = card.data
        rows = data.group == group
        self.group, self.scale = data.groups[group], scale
        self.names = [data.questions[number].name for number in questions]
        self.level = card.settings.level
        self.codes = np.array([data.answers[number][rows] for number in questions])
        self.values = np.array(
            [data.coefs[n][codes] for n, codes in zip(questions, self.codes, strict=True)]
        )
        self.weight = card.weighted.weight[rows]
        self.unit = data.unit[rows]
        self.complete = ~np.isnan(self.values).any(axis=0)

    def reliability(self) -> ScaleReliability:
        """The scale as a whole."""
        overall = alpha(self.values[:, self.complete], self.weight[self.complete], self.level)
        within = self._within(self.complete)
        return ScaleReliability(
            group=self.group,
            scale=self.scale,
            items=len(self.names),
            n=self.values.shape[1],
            n_complete=overall.n,
            n_effective=overall.n_effective,
            alpha=overall.alpha,
            lo=overall.lo,
            hi=overall.hi,
            alpha_pairwise=self._pairwise(),
            alpha_within=within.alpha,
            within_lo=within.lo,
            within_hi=within.hi,
            reason=overall.reason,
        )

    def _within(self, complete: Bools) -> Alpha:
        values, weight = self.values[:, complete], self.weight[complete]
        unit = self.unit[complete]
        centred = np.array([_centred(row, weight, unit) for row in values])
        return alpha(centred, weight, self.level, means=len(np.unique(unit)))

    def _pairwise(self) -> float | None:
        """Alpha from covariances of the rows that answered both items."""
        size = len(self.names)
        if size < 2:
            return None
        matrix = np.zeros((size, size))
        for i, j in combinations_with_replacement(range(size), 2):
            both = ~np.isnan(self.values[[i, j]]).any(axis=0)
            if both.sum() < FEWEST:
                return None
            matrix_of_two = covariance(self.values[[i, j]][:, both], self.weight[both])
            matrix[i, j] = matrix[j, i] = matrix_of_two[0, 1]
        return _from_covariance(matrix)

    def items(self) -> list[ItemReliability]:
        """Each question compared with the others, and how often it was not answered."""
        return [self._item(number) for number in range(len(self.names))]

    def _item(self, number: int) -> ItemReliability:
        values, weight = self.values[:, self.complete], self.weight[self.complete]
        others = np.delete(values, number, axis=0)
        n_rows = self.values.shape[1]
        n_blank = int((self.codes[number] == 0).sum())
        n_no_opinion = int(np.isnan(self.values[number]).sum()) - n_blank
        n_answers = n_rows - n_blank
        item_rest, reason = _item_rest(values[number], others, weight)
        return ItemReliability(
            group=self.group,
            scale=self.scale,
            question=self.names[number],
            n=n_rows - n_blank - n_no_opinion,
            item_rest=item_rest,
            reason=reason,
            alpha_without=alpha(others, weight, self.level).alpha,
            no_opinion_share=n_no_opinion / n_answers if n_answers else None,
            blank_share=n_blank / n_rows if n_rows else None,
        )


def alpha(values: Floats, weight: Floats, level: float, means: int = 1) -> Alpha:
    """Cronbach's alpha with Feldt's interval.

    Parameters
    ----------
    values : array of float, (items, rows)
        Coefficients of complete rows.
    weight : array of float, (rows,)
        Weights of the rows.
    level : float
        Confidence level of the interval.
    means : int
        How many means were removed from the values of an item.

    Returns
    -------
    Alpha
        Without a value, or without an interval, it says why in `reason`.

    References
    ----------
    Cronbach (1951), Psychometrika 16; Feldt (1965), Psychometrika 30.
    """
    items, n = values.shape
    if items < 2:
        return Alpha(n=n, reason="fewer_than_2_items")
    if n < FEWEST:
        return Alpha(n=n, reason=f"fewer_than_{FEWEST}_complete")
    estimate = _from_covariance(covariance(values, weight))
    total = float(weight.sum())
    effective = int(total * total / (weight**2).sum() + SLACK)
    if estimate is None:
        return Alpha(n=n, n_effective=effective, reason="everyone_alike")
    df = effective - means
    if df < 1:
        return Alpha(alpha=estimate, n=n, n_effective=effective, reason="no_interval")
    tail = (1 - level) / 2
    low, high = (float(special.fdtri(df, df * (items - 1), p)) for p in (1 - tail, tail))
    lo, hi = 1 - (1 - estimate) * low, 1 - (1 - estimate) * high
    return Alpha(alpha=estimate, lo=lo, hi=hi, n=n, n_effective=effective)


def _from_covariance(matrix: Floats) -> float | None:
    total = float(matrix.sum())
    if total <= ZERO_COVARIANCE:
        return None
    size = len(matrix)
    return size / (size - 1) * (1 - float(np.trace(matrix)) / total)


def covariance(values: Floats, weight: Floats) -> Floats:
    """Weighted covariance matrix of the items, divided by the sum of the weights."""
    share = weight / weight.sum()
    deviation = values - (values * share).sum(axis=1)[:, None]
    return np.asarray((deviation * share) @ deviation.T)


def _centred(values: Floats, weight: Floats, unit: Ints) -> Floats:
    """Values less the mean of their unit."""
    size = int(unit.max(initial=0)) + 1
    total = sums(unit, weight, size)
    mean = sums(unit, weight * values, size) / np.where(total > 0, total, 1.0)
    centred: Floats = values - mean[unit]
    return centred


def _item_rest(item: Floats, others: Floats, weight: Floats) -> tuple[float | None, str]:
    """Correlation of an item with the sum of the others in complete rows, or why there is none."""
    if len(others) < 1:
        return None, "fewer_than_2_items"
    if len(item) < FEWEST:
        return None, f"fewer_than_{FEWEST}_complete"
    matrix = covariance(np.stack([item, others.sum(axis=0)]), weight)
    variances = float(matrix[0, 0] * matrix[1, 1])
    if variances <= ZERO**2:
        return None, "everyone_alike"
    return float(matrix[0, 1]) / float(np.sqrt(variances)), ""
