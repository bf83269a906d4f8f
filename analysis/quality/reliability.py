"""Whether the questions of a field measure one thing: Cronbach's alpha and item-rest correlations.

alpha = k/(k-1) (1 - sum of the item variances / variance of the sum) over the coefficients of the
answers (Cronbach 1951). Interval: (1 - alpha)/(1 - estimate) follows F with n - 1 and
(n - 1)(k - 1) degrees of freedom (Feldt 1965, Psychometrika 30; Feldt, Woodruff and Salih 1987,
Applied Psychological Measurement 11). n is Kish's effective number of the complete rows, rounded
down; clusters and the finite population are not taken into account.

`alpha` and its interval use rows with an answer to every item and the weights of respondents.csv;
`alpha_pairwise` takes each covariance from the rows that answered both. `alpha_within` removes the
units' means, so that differences between units are not taken for agreement of the questions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from scipy import special

from analysis.numeric import Bools, Floats, Ints, sums
from analysis.scoring.score import Scorecard

Row = dict[str, Any]
ALL = "all"
FEWEST = 10


@dataclass(frozen=True)
class Alpha:
    """Cronbach's alpha; None with a reason where it does not exist."""

    alpha: float | None
    lo: float | None = None
    hi: float | None = None
    n: int = 0
    n_effective: int = 0
    reason: str = ""


def tables(card: Scorecard, fields: Mapping[str, str]) -> tuple[list[Row], list[Row]]:
    """A row for each group and set of questions, and one for each of its questions."""
    scales: list[Row] = []
    items: list[Row] = []
    for group, name in enumerate(card.data.groups):
        for scale, questions in _scales(card, group, fields).items():
            made = _Scale(card, group, questions)
            scales.append({"group": name, "scale": scale} | made.row())
            items += [{"group": name, "scale": scale} | row for row in made.items()]
    return scales, items


def _scales(card: Scorecard, group: int, fields: Mapping[str, str]) -> dict[str, list[int]]:
    """The questions that a group is asked: all of them, and those of each field."""
    found: dict[str, dict[int, None]] = {ALL: {}}
    for criterion in card.data.criteria:
        for link in criterion.links:
            if link.group == group:
                found[ALL].setdefault(link.question)
                if criterion.name in fields:
                    found.setdefault(fields[criterion.name], {}).setdefault(link.question)
    return {name: list(questions) for name, questions in found.items() if questions}


class _Scale:
    """The answers of one group to some questions, as coefficients; NaN where there is none."""

    def __init__(self, card: Scorecard, group: int, questions: list[int]) -> None:
        data = card.data
        rows = data.group == group
        self.names = [data.questions[number].name for number in questions]
        self.level = card.settings.level
        self.codes = np.array([data.answers[number][rows] for number in questions])
        self.values = np.array(
            [data.coefs[n][codes] for n, codes in zip(questions, self.codes, strict=True)]
        )
        self.weight = card.weighted.weight[rows]
        self.unit = data.unit[rows]

    def row(self) -> Row:
        """The scale as a whole."""
        complete = ~np.isnan(self.values).any(axis=0)
        whole = alpha(self.values[:, complete], self.weight[complete], self.level)
        inner = self._within(complete)
        return {
            "items": len(self.names),
            "n": self.values.shape[1],
            "n_complete": whole.n,
            "n_effective": whole.n_effective,
            "alpha": whole.alpha,
            "lo": whole.lo,
            "hi": whole.hi,
            "alpha_pairwise": self._pairwise(),
            "alpha_within": inner.alpha,
            "within_lo": inner.lo,
            "within_hi": inner.hi,
            "reason": whole.reason,
        }

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
            found = covariance(self.values[[i, j]][:, both], self.weight[both])
            matrix[i, j] = matrix[j, i] = found[0, 1]
        return _from_covariance(matrix)

    def items(self) -> list[Row]:
        """A row a question: how it goes with the rest, and what was not said."""
        complete = ~np.isnan(self.values).any(axis=0)
        values, weight = self.values[:, complete], self.weight[complete]
        heads = self.values.shape[1]
        rows = []
        for at, name in enumerate(self.names):
            rest = np.delete(values, at, axis=0)
            blank = int((self.codes[at] == 0).sum())
            silent = int(np.isnan(self.values[at]).sum()) - blank
            said = heads - blank
            row: Row = {"question": name, "n": heads - blank - silent}
            row |= _item_rest(values[at], rest, weight)
            row["alpha_without"] = alpha(rest, weight, self.level).alpha
            row["no_opinion_share"] = silent / said if said else None
            row["blank_share"] = blank / heads if heads else None
            rows.append(row)
        return rows


def alpha(values: Floats, weight: Floats, level: float, means: int = 1) -> Alpha:
    """Alpha of complete rows (items, rows); `means` were removed from the values."""
    items, n = values.shape
    if items < 2:
        return Alpha(None, n=n, reason="fewer_than_2_items")
    if n < FEWEST:
        return Alpha(None, n=n, reason=f"fewer_than_{FEWEST}_complete")
    found = _from_covariance(covariance(values, weight))
    total = float(weight.sum())
    effective = int(total * total / (weight**2).sum() + 1e-9)
    if found is None:
        return Alpha(None, n=n, n_effective=effective, reason="everyone_alike")
    df = effective - means
    if df < 1:
        return Alpha(found, n=n, n_effective=effective, reason="no_interval")
    tail = (1 - level) / 2
    low, high = (float(special.fdtri(df, df * (items - 1), p)) for p in (1 - tail, tail))
    lo, hi = 1 - (1 - found) * low, 1 - (1 - found) * high
    return Alpha(found, lo, hi, n, effective)


def _from_covariance(matrix: Floats) -> float | None:
    total = float(matrix.sum())
    if total <= 1e-15:
        return None
    size = len(matrix)
    return size / (size - 1) * (1 - float(np.trace(matrix)) / total)


def covariance(values: Floats, weight: Floats) -> Floats:
    """Weighted covariance matrix of the items, divided by the sum of the weights."""
    share = weight / weight.sum()
    apart = values - (values * share).sum(axis=1)[:, None]
    return np.asarray((apart * share) @ apart.T)


def _centred(values: Floats, weight: Floats, unit: Ints) -> Floats:
    """Values less the mean of their unit."""
    size = int(unit.max(initial=0)) + 1
    total = sums(unit, weight, size)
    mean = sums(unit, weight * values, size) / np.where(total > 0, total, 1.0)
    found: Floats = values - mean[unit]
    return found


def _item_rest(item: Floats, rest: Floats, weight: Floats) -> Row:
    """Correlation of an item with the sum of the others, over complete rows."""
    if len(rest) < 1:
        return {"item_rest": None, "reason": "fewer_than_2_items"}
    if len(item) < FEWEST:
        return {"item_rest": None, "reason": f"fewer_than_{FEWEST}_complete"}
    matrix = covariance(np.stack([item, rest.sum(axis=0)]), weight)
    spread = float(matrix[0, 0] * matrix[1, 1])
    if spread <= 1e-24:
        return {"item_rest": None, "reason": "everyone_alike"}
    return {"item_rest": float(matrix[0, 1]) / float(np.sqrt(spread)), "reason": ""}
