"""Scores, criteria and means from replicate weights, beside the linearised standard errors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis import export
from analysis.arrays import Floats, Ints
from analysis.compose import Share
from analysis.model import Dataset
from analysis.resample import Block, Replicates
from analysis.score import Scorecard
from analysis.weights import Margin, cell_margins, fitted


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
        count = block.count[:, None]
        for cell, own in moments.items():
            means[cell] += (count * means_moved(card, cell, own) ** 2).sum(axis=0)
        touched = sorted({cell // len(data.groups) for cell in moments})
        apart = np.stack([moved(card, unit, moments, len(count)) for unit in touched])
        criteria[touched] += (count * apart**2).sum(axis=1)
        total = apart.sum(axis=2)
        matrix[np.ix_(touched, touched)] += (total * block.count) @ total.T
    unknown = np.isnan(card.units.se)
    matrix[unknown, :] = np.nan
    matrix[:, unknown] = np.nan
    means = np.where(np.isnan(card.estimates.variance), np.nan, means)
    return Replicated(means, np.where(np.isnan(card.criteria.se), np.nan, criteria), matrix)


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
        found[cell] = weight @ answered.T, weight @ np.nan_to_num(values).T
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
    if part.indicators is not None and card.settings.weights != "base":
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


def write(card: Scorecard, replicates: Replicates, out: Path) -> None:
    """Write replicates.json, its tables and manifest.json."""
    out.mkdir(parents=True, exist_ok=True)
    found = results(card, replicates)
    export.write_json(out / "replicates.json", found)
    for name in ("units", "criteria", "estimates"):
        export.write_csv(out / f"replicates_{name}.csv", found[name])
    export.write_manifest(out, card.data.fingerprints, found["settings"])


def results(card: Scorecard, replicates: Replicates) -> dict[str, Any]:
    """The content of replicates.json: each standard error twice, linearised and by replicates."""
    data, found = card.data, replicated(card, replicates)
    names = [criterion.name for criterion in data.criteria]
    asked = [question.name for question in data.questions]
    cells = [{"unit": u, "group": g} for u in data.units for g in data.groups]
    variance = found.covariance.diagonal()
    return {
        "settings": {
            "method": replicates.kind,
            "replicates": replicates.number if replicates.kind == "bootstrap" else None,
            "seed": replicates.seed if replicates.kind == "bootstrap" else None,
            "weights": card.settings.weights,
            "missing": card.settings.missing,
        },
        "units": [
            {"unit": unit, "score": export.number(card.units.score[at])}
            | _twice(card.units.se[at], variance[at])
            for at, unit in enumerate(data.units)
        ],
        "criteria": [
            {"unit": unit, "criterion": name} | _twice(card.criteria.se[u, c], found.criteria[u, c])
            for u, unit in enumerate(data.units)
            for c, name in enumerate(names)
        ],
        "estimates": [
            own | {"question": name} | _twice(card.estimates.se[c, q], found.means[c, q])
            for c, own in enumerate(cells)
            for q, name in enumerate(asked)
        ],
        "covariance": {
            "units": list(data.units),
            "matrix": [[export.number(value) for value in row] for row in found.covariance],
        },
    }


def _twice(linearised: float, variance: float) -> dict[str, Any]:
    se = export.number(np.sqrt(variance)) if variance >= 0 else None
    return {"se_taylor": export.number(linearised), "se": se}
