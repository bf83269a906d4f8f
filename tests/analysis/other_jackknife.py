"""Delete-one-PSU jackknife (JKn), for what the linearised standard error understates.

Each replicate leaves out one PSU, multiplies the others of its stratum by m/(m-1), calibrates
again and computes again; V = sum_h (1 - f_h)(m_h - 1)/m_h sum_i (theta_(hi) - theta)^2 around the
full-sample value. Keeps only the first-stage fpc; `nofpc` is the safe one where f_h is large and
PSUs are subsampled. (Rust and Rao 1996.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.dataset.model import Dataset
from analysis.design.replicate_weights import Replicates
from analysis.numeric import Floats, Ints
from analysis.scoring.score import Scorecard
from analysis.weighting.calibration import WeightKind, cell_margins
from analysis.weighting.raking import rake

Statistic = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Jackknife:
    """Standard errors by statistic; NaN where a replicate has no value or none can be made."""

    se: Floats
    se_nofpc: Floats


def jackknife(data: Dataset, rows: Ints, statistic: Statistic) -> Jackknife:
    """Jackknife a statistic of the weights of some rows (whole samples)."""
    design = data.design
    psu, stratum = design.psu[rows], design.stratum[rows]
    whole = statistic(data.weight[rows])
    total, total_nofpc = np.zeros_like(whole), np.zeros_like(whole)
    for h in np.unique(stratum):
        drawn, fraction = int(design.psus_drawn[h]), float(design.psu_fraction[h])
        if drawn == 1:
            total_nofpc += np.nan
            total += 0.0 if fraction >= 1 else np.nan
            continue
        squares = np.zeros_like(whole)
        for i in np.unique(psu[stratum == h]):
            factor = np.where(stratum == h, drawn / (drawn - 1), 1.0)
            factor[psu == i] = 0.0
            squares += (statistic(data.weight[rows] * factor) - whole) ** 2
        if fraction < 1:  # taken whole it counts nothing, even where there is no value
            total += (1 - fraction) * (drawn - 1) / drawn * squares
        total_nofpc += (drawn - 1) / drawn * squares
    if np.all(design.psu_fraction[np.unique(stratum)] >= 1):
        total = np.full_like(total, np.nan)
    return Jackknife(np.sqrt(total), np.sqrt(total_nofpc))


def means(data: Dataset, rows: Ints) -> Statistic:
    """The means of all questions among some rows, as a function of weights."""
    values = np.take_along_axis(data.coefs, data.answers[:, rows].astype(np.int64), axis=1)
    answered = ~np.isnan(values)
    values = np.nan_to_num(values)

    def statistic(weight: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            found: Floats = (values * weight).sum(axis=1) / (answered * weight).sum(axis=1)
        return found

    return statistic


def calibrated_means(data: Dataset, unit: int, group: int, kind: WeightKind) -> Jackknife:
    """Jackknife of the calibrated means of one unit × group, calibrating every replicate."""
    rows = np.flatnonzero((data.unit == unit) & (data.group == group))
    population = data.population[unit, group]
    margins = cell_margins(data, rows, population, kind)
    plain = means(data, rows)

    def statistic(weight: Floats) -> Floats:
        adjusted = rake(weight, margins)
        if adjusted is None:
            return np.full(len(data.questions), np.nan)
        return plain(adjusted)

    return jackknife(data, rows, statistic)


def score_se(card: Scorecard, unit: int) -> float:
    """Jackknife standard error of a unit's score: groups are independent, their variances add."""
    data, variance = card.data, 0.0
    for group in range(len(data.groups)):
        cell = unit * len(data.groups) + group
        parts = np.zeros(len(data.questions))
        for share in card.aggregation.contributions:
            here = share.cells[unit] == cell
            np.add.at(parts, share.questions[here], share.link_points[unit][here])
        if not parts.any():
            continue
        rows = np.flatnonzero(data.cell == cell)
        used = np.flatnonzero(parts)
        plain = means(data, rows)
        part = jackknife(data, rows, _sum_of(plain, parts[used], used))
        variance += float(part.se[0] * part.se[0])
    return float("nan") if np.isnan(card.units.score[unit]) else float(np.sqrt(variance))


def _sum_of(plain: Statistic, parts: Floats, used: Ints) -> Statistic:
    def statistic(weight: Floats) -> Floats:
        return np.array([(parts * plain(weight)[used]).sum()])

    return statistic


def replicate_covariance(
    replicates: Replicates, weight: Floats, statistic: Callable[[Floats], Floats]
) -> Floats:
    """Covariance matrix of any statistic of the weights (a vector), computed anew each time."""
    whole = statistic(weight)
    matrix = np.zeros((len(whole), len(whole)))
    for block in replicates.blocks():
        for factors, count in zip(block.factors, block.count, strict=True):
            own = weight.copy()
            own[block.rows] *= factors
            apart = statistic(own) - whole
            matrix += count * np.outer(apart, apart)
    return matrix
