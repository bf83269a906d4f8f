"""Where the next forms narrow the ranking most, from a past wave.

A sample's part of the covariance between the units' scores shrinks with its forms as
1/n - 1/N (Cochran 1977, chapter 2; the design effect stays what it was). A form goes where it adds
most to the expected number of pairs of units that Holm's tests find significantly different,

    E = sum over pairs of Phi(|d|/s - c) + Phi(-|d|/s - c),   s^2 = V_ii + V_jj - 2 V_ij,

with c the critical value of Holm's next step, or takes most from the mean variance of a
difference. Forms are given out one at a time, as Wright (2012) does for a stratified mean, because
each form makes the next one in the same sample less valuable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import special

from analysis.numeric import SLACK, Floats, Ints, group_ids
from analysis.ranking import pairwise, ranks
from analysis.scoring.score import Scorecard
from analysis.scoring.shared_raters import covariance_of_sample

Aim = Literal["pairs", "variance"]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A sample that can take more forms.

    Attributes
    ----------
    unit, group : str
        The unit (`*` for several) and the group (several joined by `+`) that it is drawn from.
    n : int
        Persons who answered.
    population : float
        Persons there are; infinity where there is no limit.
    response_rate : float or None
        Share of the invited who answered.
    covariance : array of float, (units, units)
        Its part of the covariance between the scores, in points squared.
    """

    unit: str
    group: str
    n: int
    population: float
    response_rate: float | None
    covariance: Floats

    def reduction(self, added: int) -> float:
        """The share of its variance that one form more than `added` takes away."""
        n = self.n + added
        if n + 1 > self.population:
            return 0.0
        before, after = 1 / n - 1 / self.population, 1 / (n + 1) - 1 / self.population
        return float(1 - after / before)


@dataclass(frozen=True, kw_only=True)
class NextForms:
    """How many forms each sample gets, and what they are expected to bring.

    Attributes
    ----------
    units, left_out : tuple of str
        Units that are compared, and those without a standard error.
    samples : tuple of Sample
        Samples that can take more forms.
    add : array of int, (samples,)
        Forms given to each.
    gain : array of float, (samples,)
        What they add to the aim.
    distinct_now : int
        Pairs of units that Holm's tests find significantly different in the past wave.
    expected_now, expected_then : float
        Expected number of such pairs in another wave, without and with the forms.
    mean_sd_now, mean_sd_then : float
        Mean standard error of a difference, in points.
    """

    units: tuple[str, ...]
    left_out: tuple[str, ...]
    samples: tuple[Sample, ...]
    add: Ints
    gain: Floats
    distinct_now: int
    expected_now: float
    expected_then: float
    mean_sd_now: float
    mean_sd_then: float

    def rows(self) -> list[dict[str, Any]]:
        """A row for each sample that gets forms, the largest number first."""
        order = np.lexsort((np.arange(len(self.add)), -self.gain, -self.add))
        return [self._row(number) for number in order.tolist() if self.add[number]]

    def _row(self, number: int) -> dict[str, Any]:
        sample, add = self.samples[number], int(self.add[number])
        rate = sample.response_rate
        return {
            "unit": sample.unit,
            "group": sample.group,
            "in_file": sample.n,
            "N": sample.population if np.isfinite(sample.population) else None,
            "add": add,
            "invite": int(np.ceil(add / rate - SLACK)) if rate else None,
            "gain": float(self.gain[number]),
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
    """Give out forms one at a time, each to the sample where it helps most.

    Parameters
    ----------
    card : Scorecard
        The scores of a past wave.
    forms : int
        How many forms to give out.
    aim : {"pairs", "variance"}
        More pairs of units significantly different, or a smaller mean variance of a difference.

    Returns
    -------
    NextForms
        Fewer forms, where none would change anything; a sample that is full gets none.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd edition, chapter 2. Wiley.

    Wright, T. (2012). The equivalence of Neyman optimum allocation for sampling and equal
    proportions for apportioning the U.S. House of Representatives. The American Statistician 66.
    """
    compared = np.flatnonzero(~np.isnan(card.units.se) & ~np.isnan(card.units.score))
    scores = card.units.score[compared]
    matrix = card.covariance[np.ix_(compared, compared)].copy()
    distinct, critical = _holm(scores, matrix, card.settings.level)
    deviation = np.abs(scores[:, None] - scores)
    before = _expected(deviation, matrix, critical), _mean_sd(matrix)
    samples = _samples(card, compared)
    add, gain = np.zeros(len(samples), dtype=np.int64), np.zeros(len(samples))
    parts = [sample.covariance for sample in samples]
    for _ in range(forms):
        value = _value(deviation, matrix, critical) if aim == "pairs" else np.ones_like(matrix)
        reduction = np.array([s.reduction(int(k)) for s, k in zip(samples, add, strict=True)])
        gains = np.array([_gain(value, part) for part in parts]) * reduction
        best = int(np.argmax(gains)) if len(gains) else -1
        if best < 0 or gains[best] <= 0:
            break
        matrix -= parts[best] * reduction[best]
        parts[best] = parts[best] * (1 - reduction[best])
        add[best] += 1
        gain[best] += gains[best]
    names = tuple(card.data.units[unit] for unit in compared)
    return NextForms(
        units=names,
        left_out=tuple(name for name in card.data.units if name not in names),
        samples=samples,
        add=add,
        gain=gain,
        distinct_now=distinct,
        expected_now=before[0],
        expected_then=_expected(deviation, matrix, critical),
        mean_sd_now=before[1],
        mean_sd_then=_mean_sd(matrix),
    )


def _holm(scores: Floats, matrix: Floats, level: float) -> tuple[int, float]:
    """Pairs that Holm's tests find significantly different, and the critical value of the next."""
    pairs = pairwise.unit_pairs(scores, matrix)
    p = pairwise.holm(pairwise.normal_p(pairs))
    distinct = ranks.rank_sets(pairs, p, level).distinct_pairs if len(p) else 0
    remaining = max(len(p) - distinct, 1)
    return distinct, -special.ndtri((1 - level) / (2 * remaining))


def _samples(card: Scorecard, compared: Ints) -> tuple[Sample, ...]:
    """Every sample whose standard error can shrink, with its part of the covariance."""
    data, design = card.data, card.data.design
    _, first = group_ids(design.sample, data.cell)
    persons = np.bincount(
        design.sample_of_stratum[design.stratum_of_psu[design.psu_of_person]],
        minlength=design.samples,
    )
    population = _population(card)
    parts = _parts(card)
    samples = []
    for number in range(design.samples):
        cells = np.sort(data.cell[first][design.sample[first] == number])
        covariance = parts[number][np.ix_(compared, compared)]
        if not np.isfinite(covariance).all() or not covariance.any():
            continue
        if persons[number] < population[number]:
            unit, group = _named(card, cells)
            samples.append(
                Sample(
                    unit=unit,
                    group=group,
                    n=int(persons[number]),
                    population=population[number],
                    response_rate=_response(card, cells),
                    covariance=covariance,
                )
            )
    return tuple(samples)


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


def _population(card: Scorecard) -> Floats:
    """By sample: how many persons there are by the frame, else by the design, else infinity."""
    data, design = card.data, card.data.design
    psus = np.bincount(
        design.sample_of_stratum, weights=design.population_psus, minlength=design.samples
    )
    staged = np.zeros(design.samples, dtype=bool)
    staged[design.sample_of_stratum[design.stratum_of_psu]] = ~np.isnan(design.population_persons)
    population = np.where(staged, np.inf, psus)
    _, first = group_ids(design.sample, data.cell)
    serves_one_cell = np.bincount(design.sample[first], minlength=design.samples) == 1
    for cell, number in zip(data.cell[first].tolist(), design.sample[first].tolist(), strict=True):
        line = data.frame.get(divmod(cell, len(data.groups)))
        if serves_one_cell[number] and line is not None and line.population is not None:
            population[number] = line.population
    return population


def _named(card: Scorecard, cells: Ints) -> tuple[str, str]:
    groups = list(dict.fromkeys(card.data.groups[cell % len(card.data.groups)] for cell in cells))
    units = [card.data.units[cell // len(card.data.groups)] for cell in cells]
    return (units[0] if len(set(units)) == 1 else "*"), "+".join(groups)


def _response(card: Scorecard, cells: Ints) -> float | None:
    lines = [card.data.frame.get(divmod(int(cell), len(card.data.groups))) for cell in cells]
    known = [line for line in lines if line and line.invited and line.responded]
    invited = sum(line.invited or 0.0 for line in known)
    return sum(line.responded or 0.0 for line in known) / invited if invited else None


def _value(deviation: Floats, matrix: Floats, critical: float) -> Floats:
    """How fast E grows as the variance of each pair's difference falls: -dE/ds^2."""
    s = _sd(matrix)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = deviation / s
        slope = (_density(z - critical) - _density(z + critical)) * z / (2 * s**2)
    return np.where(np.isfinite(slope), slope, 0.0)


def _gain(value: Floats, part: Floats) -> float:
    """What taking away the whole of a part would gain, over all pairs (each is there twice)."""
    variance = part.diagonal()
    return float((value * (variance[:, None] + variance - 2 * part)).sum() / 2)


def _expected(deviation: Floats, matrix: Floats, critical: float) -> float:
    """E: the expected number of pairs that are significantly different."""
    upper = np.triu_indices(len(matrix), 1)
    s, d = _sd(matrix)[upper], deviation[upper]
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(s > 0, d / s, np.where(d > 0, np.inf, 0.0))
    return float((special.ndtr(z - critical) + special.ndtr(-z - critical)).sum())


def _mean_sd(matrix: Floats) -> float:
    upper = np.triu_indices(len(matrix), 1)
    return float(_sd(matrix)[upper].mean()) if len(upper[0]) else 0.0


def _sd(matrix: Floats) -> Floats:
    """(units, units): standard deviation of every difference."""
    variance = matrix.diagonal()
    return np.asarray(np.sqrt(np.maximum(variance[:, None] + variance - 2 * matrix, 0.0)))


def _density(z: Floats) -> Floats:
    """The density of a standard Normal."""
    return np.asarray(np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi))
