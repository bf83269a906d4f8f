"""The variances of means, criteria and scores from replicate weights: one loop for all of them.

With theta_r the value under the weights of replicate r and c_r what it counts,

    V = sum_r c_r (theta_r - theta)^2

Samples are independent and are taken one by one, so variances add up over them. Weights are
calibrated and trimmed again in each replicate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.dataset.model import Dataset
from analysis.design.replicate_weights import Block, Replicates
from analysis.numeric import ZERO, Bools, Floats, Ints
from analysis.scoring.aggregation import Contribution
from analysis.scoring.score import Scorecard
from analysis.scoring.shared_raters import is_joint
from analysis.weighting.calibration import cell_margins
from analysis.weighting.raking import Margin, fitted

Moments = Mapping[int, tuple[Floats, Floats]]
"""By cell: sums of weights, and of weights times coefficients, (replicates, questions)."""


@dataclass(frozen=True, kw_only=True)
class JointVariances:
    """Of a sample that serves several cells.

    Attributes
    ----------
    scores : (units, units) array
        Covariance of the scores.
    columns : (units, 1 + criteria) array
        Variances of the score, then of each criterion.
    """

    scores: Floats
    columns: Floats


@dataclass(frozen=True, kw_only=True)
class ReplicateVariances:
    """Variances by replicates; NaN where one has no value.

    A column is the score, then each criterion.

    Attributes
    ----------
    card : Scorecard
    mean_variances : (cells, questions) array
    separate : (cells, 1 + criteria) array
        What each cell with a sample of its own adds to its unit's columns.
    shared : (cells, 1 + criteria) array
        The same of cells in samples that serve several.
    joint : mapping from sample to JointVariances
        Those samples once more, with the covariance between their cells.
    """

    card: Scorecard
    mean_variances: Floats
    separate: Floats
    shared: Floats
    joint: Mapping[int, JointVariances]

    @property
    def means(self) -> Floats:
        """(cells, questions): NaN where the estimate has no variance at all."""
        return np.where(np.isnan(self.card.estimates.variance), np.nan, self.mean_variances)

    @property
    def criteria(self) -> Floats:
        """(units, criteria)."""
        columns = self._by_unit(self.separate[:, 1:])
        for joint in self.joint.values():
            columns = columns + joint.columns[:, 1:]
        return np.where(np.isnan(self.card.criteria.se), np.nan, columns)

    @property
    def covariance(self) -> Floats:
        """(units, units), of the scores."""
        matrix = np.diag(self._by_unit(self.separate[:, 0]))
        for joint in self.joint.values():
            matrix = matrix + joint.scores
        unknown = np.isnan(self.card.units.se)
        matrix[unknown, :] = np.nan
        matrix[:, unknown] = np.nan
        return matrix

    def _by_unit(self, by_cell: Floats) -> Floats:
        dataset = self.card.data
        shape = len(dataset.units), len(dataset.groups), *by_cell.shape[1:]
        return np.asarray(by_cell.reshape(shape).sum(axis=1))


def replicate_variances(card: Scorecard, replicates: Replicates) -> ReplicateVariances:
    """Every variance of a scorecard, by replicates.

    Parameters
    ----------
    card : Scorecard
    replicates : Replicates
        Of the scorecard's design, or of one that differs in its population counts.
    """
    data, shared = card.data, is_joint(card)
    units, columns = len(data.units), 1 + len(data.criteria)
    variances = ReplicateVariances(
        card=card,
        mean_variances=np.zeros(card.estimates.mean.shape),
        separate=np.zeros((data.cells, columns)),
        shared=np.zeros((data.cells, columns)),
        joint={
            sample: JointVariances(
                scores=np.zeros((units, units)), columns=np.zeros((units, columns))
            )
            for sample in np.flatnonzero(shared).tolist()
        },
    )
    for block in replicates.blocks():
        _add(variances, block, shared)
    return variances


def _add(variances: ReplicateVariances, block: Block, shared: Bools) -> None:
    """Add what some replicates of one sample count."""
    card, size = variances.card, len(block.count)
    groups, sample = len(card.data.groups), int(card.data.design.sample[block.rows[0]])
    moments = _moments(card, block)
    by_cell = variances.shared if shared[sample] else variances.separate
    lonely = np.unique(card.data.cell[block.rows[block.lonely]])
    for cell, of_cell in moments.items():
        count = np.where(cell in lonely, np.nan, block.count)
        of_means = _mean_deviations(card, cell, of_cell)
        variances.mean_variances[cell] += (_counts(count, of_means)[:, None] * of_means**2).sum(0)
        deviations = _point_deviations(card, cell // groups, {cell: of_cell}, size)
        by_cell[cell] += (_counts(count, deviations)[:, None] * deviations**2).sum(axis=0)
    if not shared[sample]:
        return
    joint, units = variances.joint[sample], sorted({cell // groups for cell in moments})
    deviations = np.stack([_point_deviations(card, unit, moments, size) for unit in units])
    count = np.where(np.isin(units, lonely // groups)[:, None], np.nan, block.count)
    counts, scores = _counts(count, deviations), deviations[:, :, 0]
    joint.columns[units] += (counts[:, :, None] * deviations**2).sum(axis=1)
    joint.scores[np.ix_(units, units)] += (scores * counts) @ scores.T


def _counts(count: Floats, deviations: Floats) -> Floats:
    """What each replicate counts for deviations (..., replicates, columns): (..., replicates).

    Nothing where it moves nothing: a lone PSU of a group that is not used, or in which nobody
    rates the unit, leaves a variance.
    """
    moves_nothing = (np.abs(deviations) < ZERO).all(axis=-1)
    return np.where(np.isnan(count) & moves_nothing, 0.0, count)


def _moments(card: Scorecard, block: Block) -> Moments:
    data = card.data
    cells = data.cell[block.rows]
    moments = {}
    for cell in np.unique(cells).tolist():
        inside = np.flatnonzero(cells == cell)
        rows = block.rows[inside]
        weight = _weights(card, cell, rows, data.weight[rows] * block.factors[:, inside])
        values = np.take_along_axis(data.coefs, data.answers[:, rows].astype(np.int64), axis=1)
        answered = (~np.isnan(values)).astype(float)
        moments[cell] = weight @ answered.T, weight @ np.nan_to_num(values).T
    return moments


def _weights(card: Scorecard, cell: int, rows: Ints, weight: Floats) -> Floats:
    """Calibrated and trimmed again in each replicate, where the cell is; (replicates, rows)."""
    part = next((p for p in card.weighted.parts if p.cell == cell and p.weight is not None), None)
    if part is None:
        return weight
    data: Dataset = card.data
    margins: list[Margin] = []
    if part.basis is not None and card.settings.weights != "base":
        population = data.population[divmod(cell, len(data.groups))]
        margins = cell_margins(data, rows, population, card.settings.weights)
    calibrated = [fitted(of_replicate, margins, card.settings.trim) for of_replicate in weight]
    none = np.full(len(rows), np.nan)
    return np.array([none if weights is None else weights for weights in calibrated])


def _mean_deviations(card: Scorecard, cell: int, moments: tuple[Floats, Floats]) -> Floats:
    """(replicates, questions): how far the means of a cell move."""
    sum_w, sum_wx = moments
    return np.asarray(_ratio(sum_wx, sum_w) - card.counts.mean[cell])


def _point_deviations(card: Scorecard, unit: int, moments: Moments, size: int) -> Floats:
    """(replicates, columns): how far a unit's score moves, and each criterion."""
    criteria = np.stack(
        [
            _criterion_deviations(card, contribution, unit, moments, size)
            for contribution in card.aggregation.contributions
        ],
        axis=1,
    )
    return np.concatenate([criteria.sum(axis=1, keepdims=True), criteria], axis=1)


def _criterion_deviations(
    card: Scorecard, contribution: Contribution, unit: int, moments: Moments, size: int
) -> Floats:
    counts, points = card.counts, contribution.link_points[unit]
    links = [
        (
            int(contribution.cells[unit, link]),
            int(contribution.questions[link]),
            float(points[link]),
        )
        for link in np.flatnonzero(points > 0)
    ]
    if contribution.criterion.average == "equal":
        total = np.zeros(size)
        for cell, question, earned in links:
            if cell in moments:
                sum_w, sum_wx = (moment[:, question] for moment in moments[cell])
                total = total + earned * (_ratio(sum_wx, sum_w) - counts.mean[cell, question])
        return total
    if not links:
        return np.zeros(size)
    sum_w, sum_wx = np.zeros(size), np.zeros(size)
    for cell, question, _ in links:
        if cell in moments:
            sum_w = sum_w + moments[cell][0][:, question]
            sum_wx = sum_wx + moments[cell][1][:, question]
        else:
            sum_w = sum_w + counts.sum_w[cell, question]
            sum_wx = sum_wx + counts.sum_wx[cell, question]
    ratio = _ratio(sum_wx, sum_w)
    return np.asarray(contribution.criterion.max_points * (ratio - contribution.ratio[unit]))


def _ratio(sum_wx: Floats, sum_w: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sum_wx / np.where(sum_w > 0, sum_w, np.nan))
