"""From group means to points: which links count for which unit, and with what share.

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
from analysis.estimation.means import Tally
from analysis.numeric import Bools, Floats, Ints
from analysis.scoring.settings import MissingRule


@dataclass(frozen=True)
class Share:
    """One criterion for every unit.

    `cells`, `parts` are (units, links): the cell of each link and what a mean of 1 there would
    earn, 0 where the link does not count. `ratio`, `pooled_weight` are by unit; `below` marks
    links set aside for too few answers, `silent` links without an answer.
    """

    criterion: Criterion
    cells: Ints
    questions: Ints
    parts: Floats
    ratio: Floats
    pooled_weight: Floats
    below: Bools
    silent: Bools

    @property
    def score(self) -> Floats:
        """Points by unit; NaN where the criterion does not count."""
        return self.criterion.max_points * self.ratio

    @cached_property
    def counts(self) -> Bools:
        """Units for which the criterion counts."""
        return ~np.isnan(self.ratio)


@dataclass(frozen=True)
class Composition:
    """All criteria for all units, and what the units score."""

    shares: tuple[Share, ...]
    score: Floats
    max_available: Floats
    tables: Floats
    used: Bools

    @cached_property
    def complete(self) -> Bools:
        """Units for which every criterion counts."""
        return np.asarray(np.all([share.counts for share in self.shares], axis=0))


def compose(
    data: Dataset, count: Tally, mean: Floats, missing: MissingRule, min_group: int
) -> Composition:
    """Points of every unit, and the influence of every answer on them."""
    shares = shares_of(data, count, mean, missing, min_group)
    tables = np.zeros(count.heads.shape)
    used = np.zeros(mean.shape, dtype=bool)
    own = count.influence(mean, count.sum_w)
    for share in shares:
        add_influence(tables, share, own, count)
        used[share.cells, share.questions] |= share.parts > 0
    score, most = totals(shares, missing)
    return Composition(shares, score, most, tables, used)


def shares_of(
    data: Dataset, count: Tally, mean: Floats, missing: MissingRule, min_group: int
) -> tuple[Share, ...]:
    """Every criterion for every unit."""
    return tuple(_share(data, count, mean, c, missing, min_group) for c in data.criteria)


def totals(shares: tuple[Share, ...], missing: MissingRule) -> tuple[Floats, Floats]:
    """By unit: points, and the maximum of the criteria that count."""
    points = np.array([share.score for share in shares])
    maxima = np.array([np.where(s.counts, s.criterion.max_points, 0.0) for s in shares])
    score = np.array([math.fsum(column) for column in np.nan_to_num(points).T])
    most = np.array([math.fsum(column) for column in maxima.T])
    void = (most == 0) | ((missing == "strict") & np.isnan(points).any(axis=0))
    return np.where(void, np.nan, score), most


def add_influence(tables: Floats, share: Share, own: Floats, count: Tally) -> None:
    """Add a criterion's influence of each answer code to (cells, questions, codes)."""
    at = share.cells, share.questions  # a criterion asks a group a question once
    if share.criterion.average == "equal":
        tables[at] += share.parts[..., None] * own[at]
        return
    apart = count.worth[share.questions] - np.nan_to_num(share.ratio)[:, None, None]
    points = (share.criterion.max_points / share.pooled_weight)[:, None]
    scale = np.where(share.parts > 0, points, 0.0)
    tables[at] += scale[..., None] * apart * count.carries[share.questions]


def _share(
    data: Dataset,
    count: Tally,
    mean: Floats,
    criterion: Criterion,
    missing: MissingRule,
    min_group: int,
) -> Share:
    groups = np.array([link.group for link in criterion.links])
    questions = np.array([link.question for link in criterion.links])
    weights = np.array([link.weight for link in criterion.links])
    cells = np.arange(len(data.units))[:, None] * len(data.groups) + groups
    at = mean[cells, questions]
    silent = np.isnan(at)
    below = ~silent & (count.n[cells, questions] < min_group)
    used = ~silent & ~below
    if missing == "strict":
        used &= ~silent.any(axis=1)[:, None]
    pooled = np.where(used, count.sum_w[cells, questions], 0.0)
    share = pooled if criterion.average == "pooled" else np.where(used, weights, 0.0)
    earned = share * np.nan_to_num(at)
    if criterion.average == "pooled":
        earned = np.where(used, count.sum_wx[cells, questions], 0.0)
    total = share.sum(axis=1)
    known = np.where(total > 0, total, np.nan)
    parts = np.nan_to_num(criterion.max_points * share / known[:, None])
    return Share(
        criterion,
        cells,
        questions,
        parts,
        earned.sum(axis=1) / known,
        np.where(total > 0, pooled.sum(axis=1), 1.0),
        below,
        silent,
    )
