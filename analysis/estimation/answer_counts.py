"""Answers counted by cell, question and code: a row costs one look-up a question, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.dataset.model import Dataset
from analysis.design.chunks import FEW, ROWS, in_threads
from analysis.numeric import Bools, Floats, Ints, counts, sums

STRETCHES = 8
"""Stretches of the file that are counted before they are added up, for threads to share."""


@dataclass(frozen=True, kw_only=True)
class AnswerCounts:
    """Answers counted in every cell.

    Attributes
    ----------
    by_code : (cells, questions, codes) array
        Answers by code; code 0 is a skipped question.
    weights : (cells, questions, codes) array
        The sums of their weights.
    coefs : (questions, codes) array
        What each code is worth; NaN where it carries no coefficient.
    """

    by_code: Floats
    weights: Floats
    coefs: Floats

    @cached_property
    def carries(self) -> Bools:
        """(questions, codes): whether an answer code carries a coefficient."""
        return ~np.isnan(self.coefs)

    @cached_property
    def coefficients(self) -> Floats:
        """(questions, codes): the coefficients, 0 where there is none."""
        return np.nan_to_num(self.coefs)

    @cached_property
    def n(self) -> Floats:
        """(cells, questions): answers with a coefficient."""
        return np.asarray((self.by_code * self.carries).sum(axis=2))

    @cached_property
    def sum_w(self) -> Floats:
        """(cells, questions): weight of the answers with a coefficient."""
        return np.asarray((self.weights * self.carries).sum(axis=2))

    @cached_property
    def sum_wx(self) -> Floats:
        """(cells, questions): weighted sum of the coefficients."""
        return np.asarray((self.weights * self.coefficients).sum(axis=2))

    @cached_property
    def mean(self) -> Floats:
        """(cells, questions): the weighted mean; NaN without answers."""
        empty = (self.n == 0) | (self.sum_w <= 0)
        return np.where(empty, np.nan, self.sum_wx / np.where(empty, 1.0, self.sum_w))

    def influence(self, centre: Floats, scale: Floats) -> Floats:
        """(cells, questions, codes): (x - centre)/scale where an answer counts, else 0."""
        deviation = (self.coefficients - np.nan_to_num(centre)[..., None]) * self.carries
        known = np.isfinite(scale) & (scale > 0)
        return deviation * np.where(known, 1 / np.where(known, scale, 1.0), 0.0)[..., None]


def count_answers(data: Dataset, weight: Floats) -> AnswerCounts:
    """Count the answers of every cell, in number and in weight.

    Parameters
    ----------
    data : Dataset
    weight : (rows,) array
    """
    questions, codes = data.coefs.shape
    by_code = np.zeros((questions, data.cells * codes))
    weights = np.zeros_like(by_code)
    counted: dict[int, list[tuple[slice, Ints, Floats]]] = {}

    def count(start: int) -> None:
        rows = slice(start, start + ROWS)
        base, row_weight = data.cell[rows].astype(np.int64) * codes, weight[rows]
        low, high = int(base.min()), int(base.max()) + codes
        base, place, counted[start] = base - low, np.empty_like(base), []
        for answers in data.answers[:, rows]:
            np.add(base, answers, out=place)
            size = high - low
            totals = counts(place, size), sums(place, row_weight, size)
            counted[start].append((slice(low, high), *totals))

    starts = range(0, data.rows, ROWS)
    for batch in (starts[at : at + STRETCHES] for at in range(0, len(starts), STRETCHES)):
        in_threads(count, batch, few=data.rows < FEW)
        for start in batch:  # in the order of the file, whichever thread was first
            for number, (where, in_number, in_weight) in enumerate(counted.pop(start)):
                by_code[number, where] += in_number
                weights[number, where] += in_weight
    shape = questions, data.cells, codes
    by_code, weights = (
        table.reshape(shape).transpose(1, 0, 2).copy() for table in (by_code, weights)
    )
    return AnswerCounts(by_code=by_code, weights=weights, coefs=data.coefs)
