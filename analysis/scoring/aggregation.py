"""From group means to points: which links count for which unit, and what each contributes.

Criterion ratio = weighted mean of its groups' ratios (`equal`), or one ratio over all answers of
its groups (`pooled`, where a criterion declares it). Points = maximum × ratio. A group without
answers, or under the minimum, is left out and the others' weights are divided by their sum; under
`strict` a group without any answer leaves criterion and score without a value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.dataset.model import Criterion, Dataset
from analysis.estimation.answer_counts import AnswerCounts
from analysis.numeric import Bools, Floats, Ints
from analysis.scoring.settings import MissingRule


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """What one criterion contributes to every unit's score; a link is a question to a group.

    Attributes
    ----------
    criterion : Criterion
    cells : (units, links) array of int
        The cell of each link.
    questions : (links,) array of int
    link_points : (units, links) array
        What a mean of 1 in the link's cell would earn; 0 where the link does not count.
    ratio : (units,) array
        Share of the maximum that is earned; NaN where the criterion does not count.
    pooled_weight : (units,) array
        Weight of all answers that count; 1 where there are none.
    below_minimum : (units, links) array of bool
        Links set aside for too few answers.
    unanswered : (units, links) array of bool
        Links without an answer.
    """

    criterion: Criterion
    cells: Ints
    questions: Ints
    link_points: Floats
    ratio: Floats
    pooled_weight: Floats
    below_minimum: Bools
    unanswered: Bools

    @property
    def score(self) -> Floats:
        """Points by unit; NaN where the criterion does not count."""
        return self.criterion.max_points * self.ratio

    @cached_property
    def counts(self) -> Bools:
        """Units for which the criterion counts."""
        return ~np.isnan(self.ratio)


@dataclass(frozen=True, kw_only=True)
class Aggregation:
    """All criteria for all units, and what the units score.

    Attributes
    ----------
    contributions : tuple of Contribution
        In the order of the data set's criteria.
    score, max_available : (units,) arrays
        Points, and the maximum of the criteria that count.
    tables : (cells, questions, codes) array
        The influence of each answer on its unit's points, before its weight.
    used : (cells, questions) array of bool
        Means that count in some criterion.
    """

    contributions: tuple[Contribution, ...]
    score: Floats
    max_available: Floats
    tables: Floats
    used: Bools

    @cached_property
    def complete(self) -> Bools:
        """Units for which every criterion counts."""
        return np.asarray(np.all([one.counts for one in self.contributions], axis=0))


def aggregate(
    data: Dataset, counts: AnswerCounts, mean: Floats, missing: MissingRule, min_group: int
) -> Aggregation:
    """Points of every unit, and the influence of every answer on them.

    Parameters
    ----------
    data : Dataset
    counts : AnswerCounts
    mean : (cells, questions) array
        Group means; NaN where there is none.
    missing : {"strict", "renormalise"}
        What becomes of a criterion when a group has no answer.
    min_group : int
        Answers that a group needs to count.

    Returns
    -------
    Aggregation
    """
    contributions = contributions_of(data, counts, mean, missing, min_group)
    tables = np.zeros(counts.by_code.shape)
    used = np.zeros(mean.shape, dtype=bool)
    of_means = counts.influence(mean, counts.sum_w)
    for one in contributions:
        add_influence(tables, one, of_means, counts)
        used[one.cells, one.questions] |= one.link_points > 0
    score, maximum = totals(contributions, missing)
    return Aggregation(
        contributions=contributions,
        score=score,
        max_available=maximum,
        tables=tables,
        used=used,
    )


def contributions_of(
    data: Dataset, counts: AnswerCounts, mean: Floats, missing: MissingRule, min_group: int
) -> tuple[Contribution, ...]:
    """Every criterion for every unit; parameters as of `aggregate`.

    Parameters
    ----------
    data : Dataset
    counts : AnswerCounts
    mean : (cells, questions) array
        Group means; NaN where there is none.
    missing : {"strict", "renormalise"}
        What becomes of a criterion when a group has no answer.
    min_group : int
        Answers that a group must give to a question to count.

    Returns
    -------
    tuple of Contribution
        In the order of the criteria.
    """
    return tuple(
        _contribution(data, counts, mean, criterion, missing, min_group)
        for criterion in data.criteria
    )


def totals(contributions: tuple[Contribution, ...], missing: MissingRule) -> tuple[Floats, Floats]:
    """By unit: points, and the maximum of the criteria that count; exact sums of the parts."""
    points = np.array([one.score for one in contributions])
    maxima = np.array(
        [np.where(one.counts, one.criterion.max_points, 0.0) for one in contributions]
    )
    score = np.array([math.fsum(column) for column in np.nan_to_num(points).T])
    maximum = np.array([math.fsum(column) for column in maxima.T])
    void = (maximum == 0) | ((missing == "strict") & np.isnan(points).any(axis=0))
    return np.where(void, np.nan, score), maximum


def add_influence(
    tables: Floats, contribution: Contribution, of_means: Floats, counts: AnswerCounts
) -> None:
    """Add a criterion's influence of each answer code to `tables`, (cells, questions, codes).

    `of_means` is the influence of each answer on its own mean, of the same shape.

    Parameters
    ----------
    tables : (cells, questions, codes) array
        Is added to, in points.
    contribution : Contribution
    of_means : (cells, questions, codes) array
        Influence of each answer on its own mean.
    counts : AnswerCounts
    """
    one = contribution
    at = one.cells, one.questions  # a criterion asks a group a question once
    if one.criterion.average == "equal":
        tables[at] += one.link_points[..., None] * of_means[at]
        return
    centre = np.nan_to_num(one.ratio)[:, None, None]
    deviation = counts.coefficients[one.questions] - centre
    points = (one.criterion.max_points / one.pooled_weight)[:, None]
    scale = np.where(one.link_points > 0, points, 0.0)
    tables[at] += scale[..., None] * deviation * counts.carries[one.questions]


def _contribution(
    data: Dataset,
    counts: AnswerCounts,
    mean: Floats,
    criterion: Criterion,
    missing: MissingRule,
    min_group: int,
) -> Contribution:
    groups = np.array([link.group for link in criterion.links])
    questions = np.array([link.question for link in criterion.links])
    weights = np.array([link.weight for link in criterion.links])
    cells = np.arange(len(data.units))[:, None] * len(data.groups) + groups
    link_means = mean[cells, questions]
    unanswered = np.isnan(link_means)
    below_minimum = ~unanswered & (counts.n[cells, questions] < min_group)
    used = ~unanswered & ~below_minimum
    if missing == "strict":
        used &= ~unanswered.any(axis=1)[:, None]
    pooled = np.where(used, counts.sum_w[cells, questions], 0.0)
    if criterion.average == "pooled":
        link_weights = pooled
        earned = np.where(used, counts.sum_wx[cells, questions], 0.0)
    else:
        link_weights = np.where(used, weights, 0.0)
        earned = link_weights * np.nan_to_num(link_means)
    total = link_weights.sum(axis=1)
    known = np.where(total > 0, total, np.nan)
    return Contribution(
        criterion=criterion,
        cells=cells,
        questions=questions,
        link_points=np.nan_to_num(criterion.max_points * link_weights / known[:, None]),
        ratio=earned.sum(axis=1) / known,
        pooled_weight=np.where(total > 0, pooled.sum(axis=1), 1.0),
        below_minimum=below_minimum,
        unanswered=unanswered,
    )
