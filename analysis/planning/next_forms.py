"""Where the next forms narrow the ranking most, from a past wave.

A sample's part of the covariance between the units' scores shrinks with its forms as
1/n - 1/N (Cochran 1977, chapter 2; the design effect stays what it was). A form goes where it adds
most to the expected number of pairs that Holm's tests tell apart,

    E = sum over pairs of Phi(|d|/s - c) + Phi(-|d|/s - c),   s^2 = V_ii + V_jj - 2 V_ij,

with c the critical value of Holm's next step, or takes most from the mean variance of a
difference. Forms are given out one at a time, as Wright (2012) does for a stratified mean, because
each one makes the next in the same place worth less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import special

from analysis.numeric import Floats, Ints, group_ids
from analysis.ranking import pairwise, ranks
from analysis.scoring.score import Scorecard
from analysis.scoring.shared_raters import covariance_of_sample

Aim = Literal["pairs", "variance"]


@dataclass(frozen=True)
class Place:
    """A sample that can take more forms: who is in it, and its part of the covariance.

    `n` persons answered of `there`; `response` is the share of those invited who answered.
    """

    unit: str
    group: str
    n: int
    there: float
    response: float | None
    part: Floats


@dataclass(frozen=True)
class NextForms:
    """How many forms each place gets, and what they are expected to bring."""

    units: tuple[str, ...]
    left_out: tuple[str, ...]
    places: tuple[Place, ...]
    add: Ints
    gain: Floats
    distinct_now: int
    expected_now: float
    expected_then: float
    mean_sd_now: float
    mean_sd_then: float

    def rows(self) -> list[dict[str, Any]]:
        """A row for each place that gets forms, the most first."""
        order = np.lexsort((np.arange(len(self.add)), -self.gain, -self.add))
        return [self._row(at) for at in order.tolist() if self.add[at]]

    def _row(self, at: int) -> dict[str, Any]:
        place, add = self.places[at], int(self.add[at])
        return {
            "unit": place.unit,
            "group": place.group,
            "in_file": place.n,
            "N": place.there if np.isfinite(place.there) else None,
            "add": add,
            "invite": int(np.ceil(add / place.response - 1e-9)) if place.response else None,
            "gain": float(self.gain[at]),
        }

    def summary(self) -> dict[str, Any]:
        """The whole in a few numbers."""
        return {
            "forms": int(self.add.sum()),
            "pairs": len(self.units) * (len(self.units) - 1) // 2,
            "distinct_pairs_now": self.distinct_now,
            "expected_pairs_now": self.expected_now,
            "expected_pairs_then": self.expected_then,
            "mean_sd_of_a_difference_now": self.mean_sd_now,
            "mean_sd_of_a_difference_then": self.mean_sd_then,
            "left_out": list(self.left_out),
        }


def next_forms(card: Scorecard, forms: int, aim: Aim = "pairs") -> NextForms:
    """Give out forms one at a time, each where it helps most; places that are full get none."""
    sure = np.flatnonzero(~np.isnan(card.units.se) & ~np.isnan(card.units.score))
    places = _places(card, sure)
    scores, matrix = card.units.score[sure], card.covariance[np.ix_(sure, sure)].copy()
    pairs = pairwise.unit_pairs(scores, matrix)
    p = pairwise.holm(pairwise.normal_p(pairs))
    distinct = ranks.rank_sets(pairs, p, card.settings.level).distinct_pairs if len(p) else 0
    apart = np.abs(scores[:, None] - scores)
    left = max(len(p) - distinct, 1)
    critical = -special.ndtri((1 - card.settings.level) / (2 * left))
    before = _expected(apart, matrix, critical), _mean_sd(matrix)
    add, gain = np.zeros(len(places), dtype=np.int64), np.zeros(len(places))
    now = [place.part for place in places]
    for _ in range(forms):
        worth = _worth(apart, matrix, critical) if aim == "pairs" else np.ones_like(matrix)
        drop = np.array([_drop(place, int(k)) for place, k in zip(places, add, strict=True)])
        each = np.array([_gain(worth, part) for part in now]) * drop
        best = int(np.argmax(each)) if len(each) else -1
        if best < 0 or each[best] <= 0:
            break
        matrix -= now[best] * drop[best]
        now[best] = now[best] * (1 - drop[best])
        add[best] += 1
        gain[best] += each[best]
    names = tuple(card.data.units[unit] for unit in sure)
    out = tuple(name for name in card.data.units if name not in names)
    after = _expected(apart, matrix, critical), _mean_sd(matrix)
    return NextForms(
        names, out, places, add, gain, distinct, before[0], after[0], before[1], after[1]
    )


def _places(card: Scorecard, sure: Ints) -> tuple[Place, ...]:
    """Every sample that has an error to lose, with its part of the covariance."""
    data, design = card.data, card.data.design
    _, first = group_ids(design.sample, data.cell)
    cells = {number: np.sort(data.cell[first][design.sample[first] == number])
             for number in range(design.samples)}  # fmt: skip
    persons = np.bincount(
        design.sample_of_stratum[design.stratum_of_psu[design.psu_of_person]],
        minlength=design.samples,
    )
    there = _there(card)
    parts = _parts(card)
    found = []
    for number, own in cells.items():
        part = parts[number][np.ix_(sure, sure)]
        if not np.isfinite(part).all() or not part.any():
            continue
        n, most = int(persons[number]), there[number]
        if n < most:
            found.append(Place(*_named(card, own), n, most, _response(card, own), part))
    return tuple(found)


def _parts(card: Scorecard) -> Mapping[int, Floats]:
    """By sample: its part of the covariance between all units."""
    data, design = card.data, card.data.design
    size = len(data.units)
    by_cell = card.group_variance.ravel()
    _, first = group_ids(design.sample, data.cell)
    shared = np.flatnonzero(np.bincount(design.sample[first], minlength=design.samples) > 1)
    parts = {}
    for cell, number in zip(data.cell[first].tolist(), design.sample[first].tolist(), strict=True):
        matrix = np.zeros((size, size))
        matrix[cell // len(data.groups), cell // len(data.groups)] = by_cell[cell]
        parts[number] = matrix
    for number in shared.tolist():
        parts[number] = covariance_of_sample(data, number, card.influence)
    return parts


def _there(card: Scorecard) -> Floats:
    """By sample: how many persons there are; the frame's count, or the design's, or no limit."""
    data, design = card.data, card.data.design
    psus = np.bincount(
        design.sample_of_stratum, weights=design.population_psus, minlength=design.samples
    )
    staged = np.zeros(design.samples, dtype=bool)
    staged[design.sample_of_stratum[design.stratum_of_psu]] = ~np.isnan(design.population_persons)
    there = np.where(staged, np.inf, psus)
    _, first = group_ids(design.sample, data.cell)
    alone = np.bincount(design.sample[first], minlength=design.samples) == 1
    for cell, number in zip(data.cell[first].tolist(), design.sample[first].tolist(), strict=True):
        line = data.frame.get(divmod(cell, len(data.groups)))
        if alone[number] and line is not None and line.population is not None:
            there[number] = line.population
    return there


def _named(card: Scorecard, cells: Ints) -> tuple[str, str]:
    groups = list(dict.fromkeys(card.data.groups[cell % len(card.data.groups)] for cell in cells))
    units = [card.data.units[cell // len(card.data.groups)] for cell in cells]
    return (units[0] if len(set(units)) == 1 else "*"), "+".join(groups)


def _response(card: Scorecard, cells: Ints) -> float | None:
    lines = [card.data.frame.get(divmod(int(cell), len(card.data.groups))) for cell in cells]
    known = [line for line in lines if line and line.invited and line.responded]
    invited = sum(line.invited or 0.0 for line in known)
    return sum(line.responded or 0.0 for line in known) / invited if invited else None


def _drop(place: Place, added: int) -> float:
    """The share of a place's variance that its next form takes away."""
    n = place.n + added
    if n + 1 > place.there:
        return 0.0
    return float(1 - (1 / (n + 1) - 1 / place.there) / (1 / n - 1 / place.there))


def _worth(apart: Floats, matrix: Floats, critical: float) -> Floats:
    """How fast E grows as the variance of each pair's difference falls: -dE/ds^2."""
    s = _sd(matrix)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = apart / s
        slope = (_density(z - critical) - _density(z + critical)) * z / (2 * s**2)
    return np.where(np.isfinite(slope), slope, 0.0)


def _gain(worth: Floats, part: Floats) -> float:
    """What the whole of a part's variance is worth, over all pairs (each stands there twice)."""
    own = part.diagonal()
    return float((worth * (own[:, None] + own - 2 * part)).sum() / 2)


def _expected(apart: Floats, matrix: Floats, critical: float) -> float:
    upper = np.triu_indices(len(matrix), 1)
    s, d = _sd(matrix)[upper], apart[upper]
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(s > 0, d / s, np.where(d > 0, np.inf, 0.0))
    return float((special.ndtr(z - critical) + special.ndtr(-z - critical)).sum())


def _mean_sd(matrix: Floats) -> float:
    upper = np.triu_indices(len(matrix), 1)
    return float(_sd(matrix)[upper].mean()) if len(upper[0]) else 0.0


def _sd(matrix: Floats) -> Floats:
    own = matrix.diagonal()
    return np.asarray(np.sqrt(np.maximum(own[:, None] + own - 2 * matrix, 0.0)))


def _density(z: Floats) -> Floats:
    """The density of a standard Normal."""
    return np.asarray(np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi))
