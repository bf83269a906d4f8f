"""The variances of scores, criteria and means from replicate weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.dataset.model import Dataset
from analysis.design.replicate_weights import Block, Replicates
from analysis.numeric import Floats, Ints
from analysis.old.products import product
from analysis.scoring.aggregation import Share
from analysis.scoring.score import Scorecard
from analysis.weighting.calibration import Margin, cell_margins, fitted


@dataclass(frozen=True)
class Replicated:
    """Variances by replicates; NaN where one has no value.

    `means` is (cells, questions), `criteria` (units, criteria), `covariance` (units, units).
    """

    means: Floats
    criteria: Floats
    covariance: Floats


def replicated(card: Scorecard, replicates: Replicates) -> Replicated:
    """Every variance of a scorecard, by replicates."""
    data, units = card.data, len(card.data.units)
    means = np.zeros((data.cells, len(data.questions)))
    criteria = np.zeros((units, len(data.criteria)))
    matrix = np.zeros((units, units))
    for block in replicates.blocks():
        moments = moments_of(card, block)
        for cell, own in moments.items():
            means[cell] += (block.count[:, None] * means_moved(card, cell, own) ** 2).sum(axis=0)
        touched = sorted({cell // len(data.groups) for cell in moments})
        apart = np.stack([moved(card, unit, moments, len(block.count)) for unit in touched])
        count = counted(block, apart)
        criteria[touched] += (count[:, :, None] * apart**2).sum(axis=1)
        total = apart.sum(axis=2)
        matrix[np.ix_(touched, touched)] += product((total * count).T, total.T)
    unknown = np.isnan(card.units.se)
    matrix[unknown, :] = np.nan
    matrix[:, unknown] = np.nan
    means = np.where(np.isnan(card.estimates.variance), np.nan, means)
    return Replicated(means, np.where(np.isnan(card.criteria.se), np.nan, criteria), matrix)


def counted(block: Block, apart: Floats) -> Floats:
    """(..., replicates): what each replicate counts for points apart (..., replicates, columns).

    Nothing where it moves nothing: a lone PSU of a group that is not used leaves a variance.
    """
    return np.where(np.isnan(block.count) & ~apart.any(axis=-1), 0.0, block.count)


def moments_of(card: Scorecard, block: Block) -> dict[int, tuple[Floats, Floats]]:
    """By cell: sums of weights, and of weights times coefficients, (replicates, questions)."""
    data = card.data
    found = {}
    for cell in np.unique(data.cell[block.rows]).tolist():
        here = np.flatnonzero(data.cell[block.rows] == cell)
        rows = block.rows[here]
        weight = _weights(card, cell, rows, data.weight[rows] * block.factors[:, here])
        values = np.take_along_axis(data.coefs, data.answers[:, rows].astype(np.int64), axis=1)
        answered = (~np.isnan(values)).astype(float)
        found[cell] = product(weight.T, answered.T), product(weight.T, np.nan_to_num(values).T)
    return found


def means_moved(card: Scorecard, cell: int, own: tuple[Floats, Floats]) -> Floats:
    """(replicates, questions): how far the means of a cell move, from its moments."""
    w, wx = own
    return np.asarray(_ratio(wx, w) - card.count.mean[cell])


def _weights(card: Scorecard, cell: int, rows: Ints, weight: Floats) -> Floats:
    """Calibrated and trimmed again in each replicate, where the cell is."""
    part = next((p for p in card.weighted.parts if p.cell == cell and p.weight is not None), None)
    if part is None:
        return weight
    data: Dataset = card.data
    margins: list[Margin] = []
    if part.basis is not None and card.settings.weights != "base":
        population = data.population[divmod(cell, len(data.groups))]
        margins = cell_margins(data, rows, population, card.settings.weights)
    made = [fitted(own, margins, card.settings.trim) for own in weight]
    return np.array([np.full(len(rows), np.nan) if own is None else own for own in made])


def _ratio(wx: Floats, w: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(wx / np.where(w > 0, w, np.nan))


def moved(
    card: Scorecard, unit: int, moments: dict[int, tuple[Floats, Floats]], size: int
) -> Floats:
    """(replicates, criteria): how far the unit's points move."""
    columns = [_share_moved(card, share, unit, moments, size) for share in card.composition.shares]
    return np.stack(columns, axis=1)


def _share_moved(
    card: Scorecard, share: Share, unit: int, moments: dict[int, tuple[Floats, Floats]], size: int
) -> Floats:
    links = [
        (int(cell), int(question), float(part))
        for cell, question, part in zip(
            share.cells[unit], share.questions, share.parts[unit], strict=True
        )
        if part > 0
    ]
    if share.criterion.average == "equal":
        total = np.zeros(size)
        for cell, question, part in links:
            if cell in moments:
                w, wx = (moment[:, question] for moment in moments[cell])
                total = total + part * (_ratio(wx, w) - card.count.mean[cell, question])
        return total
    weights, sums = np.zeros(size), np.zeros(size)
    for cell, question, _ in links:
        if cell in moments:
            weights = weights + moments[cell][0][:, question]
            sums = sums + moments[cell][1][:, question]
        else:
            weights = weights + card.count.sum_w[cell, question]
            sums = sums + card.count.sum_wx[cell, question]
    if not links:
        return np.zeros(size)
    return np.asarray(share.criterion.max_points * (_ratio(sums, weights) - share.ratio[unit]))
