"""Estimates beside the group means: domains, shares of options, covariances between questions.

Each is an `Estimate`: a value and every row's influence on it. Influences add, so the standard
error of a sum or a difference is right whatever its parts share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from analysis.design.design import Design
from analysis.design.domains import Domains
from analysis.estimation.item_nonresponse import correction, share_lost
from analysis.numeric import ZERO, Bools, Floats
from analysis.scoring.score import Scorecard


@dataclass(frozen=True)
class Estimate:
    """A value with the influence of every row on it; `answered` marks the rows it rests on."""

    mean: float
    influence: Floats
    answered: Bools
    design: Design
    least_answers: int = 1

    @property
    def n(self) -> int:
        """Rows it rests on."""
        return int(self.answered.sum())

    @property
    def df(self) -> int:
        """PSUs less strata among those rows."""
        psus = np.unique(self.design.psu[self.answered])
        return len(psus) - len(np.unique(self.design.stratum_of_psu[psus]))

    @property
    def variance(self) -> float:
        """Design variance; NaN where the design gives none, or on too few answers."""
        if self.n < self.least_answers:
            return float("nan")
        sample = self.design.sample
        others = ~np.isin(sample, sample[self.influence != 0])
        return float(Domains(self.design, others.astype(np.int64), 2).variance(self.influence)[0])

    @property
    def se(self) -> float:
        """Standard error; below 1e-12 it is 0."""
        se = float(np.sqrt(max(self.variance, 0.0))) if not np.isnan(self.variance) else np.nan
        return 0.0 if se < ZERO else se

    def __add__(self, other: Self) -> Estimate:
        return self._with(other, 1.0)

    def __sub__(self, other: Self) -> Estimate:
        return self._with(other, -1.0)

    def __mul__(self, factor: float) -> Estimate:
        return Estimate(
            self.mean * factor,
            self.influence * factor,
            self.answered,
            self.design,
            self.least_answers,
        )

    __rmul__ = __mul__

    def _with(self, other: Self, sign: float) -> Estimate:
        return Estimate(
            self.mean + sign * other.mean,
            self.influence + sign * other.influence,
            self.answered | other.answered,
            self.design,
            max(self.least_answers, other.least_answers),
        )


def mean(
    values: Floats, weight: Floats, within: Bools, design: Design, least_answers: int = 1
) -> Estimate:
    """The weighted mean of those who answered (not NaN), in a domain: marked, not cut out."""
    answered = ~np.isnan(values) & within
    total = float(weight[answered].sum())
    if total == 0:
        return Estimate(float("nan"), np.full(len(values), np.nan), answered, design, 1)
    share = np.where(answered, weight / total, 0.0)
    filled = np.nan_to_num(values)
    value = float((share * filled).sum())
    return Estimate(value, share * (filled - value), answered, design, least_answers)


def domain_mean(card: Scorecard, cell: int, question: str, covariate: str, level: str) -> Estimate:
    """The mean of a question among those of a cell with one value of a covariate."""
    data, number = card.data, card.data.question_number(question)
    column = data.covariates[covariate]
    wanted = [at for at, label in enumerate(column.labels) if label == level]
    within = (data.cell == cell) & np.isin(column.codes, wanted)
    values = data.coefs[number][data.answers[number]]
    return mean(values, card.weighted.weight, within, data.design, least_answers=2)


def option_share(card: Scorecard, cell: int, question: str, option: str) -> Estimate:
    """The share of an option among the answers of a cell that carry a coefficient."""
    data, number = card.data, card.data.question_number(question)
    code = data.questions[number].options.index(option) + 1
    counted = ~np.isnan(data.coefs[number])[data.answers[number]]
    values = np.where(counted, (data.answers[number] == code).astype(float), np.nan)
    return mean(values, card.weighted.weight, data.cell == cell, data.design)


def unit_score(card: Scorecard, unit: str) -> Estimate:
    """A unit's score as an estimate: differences of two have the right standard error."""
    number = card.data.units.index(unit)
    rows = card.data.unit == number
    return Estimate(
        float(card.units.score[number]), np.where(rows, card.influence, 0.0), rows, card.data.design
    )


def question_covariance(card: Scorecard, cell: int, *, skipped_items: bool = False) -> Floats:
    """Covariance between the means of all questions of a cell, (questions, questions).

    NaN where a question has no variance of its own; `skipped_items` adds that of item nonresponse.
    """
    data, size = card.data, len(card.data.questions)
    rows = np.flatnonzero(data.cell == cell)
    table = card.counts.influence(card.estimates.mean, card.counts.sum_w)[cell]
    z = np.zeros((size, data.rows))
    for number, answers in enumerate(data.answers):
        effect = np.zeros(data.rows)
        effect[rows] = table[number][answers[rows]]
        z[number] = card.weighted.influence(effect)
    matrix = _quadratic(card, z, cell)
    if skipped_items:
        matrix = matrix + _skipped(card, cell, table)
    unknown = np.isnan(card.estimates.variance[cell])
    matrix[unknown, :] = np.nan
    matrix[:, unknown] = np.nan
    return matrix


def _quadratic(card: Scorecard, z: Floats, cell: int) -> Floats:
    """Variances of sums and differences give the covariances: V(a+b) - V(a-b) = 4 cov."""
    size = len(z)
    matrix = np.zeros((size, size))
    domains = card.cells.domains

    def variance(influence: Floats) -> float:
        totals = domains.totals(influence)
        return float((domains.between(totals) + domains.within(influence, totals))[cell])

    for i in range(size):
        for j in range(i, size):
            both = variance(z[i] + z[j]) - variance(z[i] - z[j])
            matrix[i, j] = matrix[j, i] = both / 4
    return matrix


def _skipped(card: Scorecard, cell: int, table: Floats) -> Floats:
    """VR between all questions of a cell, as item_nonresponse.py defines it."""
    data, responses = card.data, card.responses
    size = len(data.questions)
    matrix = np.zeros((size, size))
    for block in np.flatnonzero(responses.cell_of_block == cell):
        rows = np.flatnonzero(responses.block == block)
        codes = data.answers[:, rows]
        answered = card.counts.carries[np.arange(size)[:, None], codes].astype(float)
        scale = card.weighted.weight[rows] * np.sqrt(responses.fraction(rows))
        z = table[np.arange(size)[:, None], codes] * scale
        z *= correction(card.counts.n[cell])[:, None]
        n, both = answered.sum(axis=1), answered @ answered.T
        matrix += (z @ z.T) * share_lost(n[:, None], n, both, float(responses.persons[block]))
    return matrix
