"""How far scores and ranks depend on choices, next to how far they depend on the sample.

Every scenario is scored again from the counts of each cell, which never change: heads and weight
of each answer (OECD and JRC 2008, "Handbook on Constructing Composite Indicators"; Saisana,
Saltelli and Tarantola 2005, doi 10.1111/j.1467-985X.2005.00350.x). Scores are compared as per
cent of what a unit could earn, because leaving something out changes the maximum.

The choices are crossed in full, each level equally likely, so that the decomposition is exact and
not simulated: first order S = Var(E[Y|X_i])/Var(Y), total T = E[Var(Y|X_others)]/Var(Y), which
Jansen (1999) estimates by sampling.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from analysis.dataset.model import Dataset
from analysis.estimation.answer_counts import AnswerCounts, count_answers
from analysis.estimation.cells import Cells
from analysis.numeric import Bools, Floats, Ints
from analysis.problems import Problem, ProblemsFound
from analysis.ranking.ranks import rank_min
from analysis.scoring.aggregation import contributions_of, totals
from analysis.scoring.score import Scorecard
from analysis.sensitivity import scenarios
from analysis.sensitivity.scenarios import FACTORS, Refused, Scenario
from analysis.weighting.calibration import WeightKind, calibrate

MOST_COMBINATIONS = 4096


@dataclass(frozen=True)
class Outcome:
    """What the units score under one scenario; `index` is per cent of the maximum."""

    score: Floats
    maximum: Floats
    ranked: Bools

    @property
    def index(self) -> Floats:
        """Per cent, to nine decimals as ranks compare it; NaN for units that are not ranked."""
        with np.errstate(invalid="ignore", divide="ignore"):
            value = np.round(100 * self.score / self.maximum, 9)
        return np.where(self.ranked, value, np.nan)


@dataclass(frozen=True)
class Comparison:
    """A scenario beside the reference; an outcome or a reason."""

    scenario: Scenario
    outcome: Outcome | None
    refused: str = ""


@dataclass(frozen=True)
class Decomposition:
    """Variance over all combinations of choices, by unit; shares are (factors, units)."""

    factors: Mapping[str, tuple[str, ...]]
    variance: Floats
    first: Floats
    total: Floats
    shift_first: Floats
    shift_total: Floats
    mean_shift: float


@dataclass(frozen=True)
class Sensitivity:
    """Everything of one analysis; `too_many` is how many combinations were not tried."""

    card: Scorecard
    reference: Outcome
    comparisons: tuple[Comparison, ...]
    decomposition: Decomposition | None
    too_many: int = 0


class Workbench:
    """Scores scenarios from the counts of a scorecard."""

    def __init__(self, card: Scorecard) -> None:
        self.card, self.data, self.settings = card, card.data, card.settings
        self._counted: dict[WeightKind, tuple[AnswerCounts, Bools]] = {
            card.settings.weights: (card.counts, card.weighted.usable_cells)
        }

    def outcome(self, scenario: Scenario) -> Outcome:
        """The scores under a scenario. Raises `Refused`."""
        count, usable = self._count(scenario.weight_kind(self.settings.weights))
        count = replace(count, coefs=scenarios.coefficients(self.data, scenario))
        data = replace(self.data, criteria=scenarios.criteria(self.data, scenario))
        mean = np.where(usable[:, None], count.mean, np.nan)
        missing = scenario.missing_rule(self.settings.missing)
        shares = contributions_of(data, count, mean, missing, self.settings.min_group)
        score, most = totals(shares, missing)
        complete = np.all([share.counts for share in shares], axis=0)
        ranked = complete & ~np.isnan(score)
        if not ranked.any():
            raise Refused("no unit has a score")
        return Outcome(score, most, np.asarray(ranked))

    def _count(self, kind: WeightKind) -> tuple[AnswerCounts, Bools]:
        if kind not in self._counted:
            self._counted[kind] = self._weighted(self.data, kind)
        return self._counted[kind]

    def _weighted(self, data: Dataset, kind: WeightKind) -> tuple[AnswerCounts, Bools]:
        if kind != "base" and not data.population:
            raise Refused("there are no population counts (population.csv)")
        made = calibrate(data, kind, ~Cells.of(data).usable, self.settings.trim)
        bad = [part for part in made.parts if part.status != "ok"]
        if bad:
            unit, group = divmod(bad[0].cell, len(data.groups))
            where = f"{data.units[unit]} × {data.groups[group]}"
            raise Refused(f"{len(bad)} cells cannot be calibrated, as {where}: {bad[0].status}")
        return count_answers(data, made.weight), made.usable_cells


def sensitivity(card: Scorecard, wanted: Sequence[Scenario] | None = None) -> Sensitivity:
    """Score every scenario and take the variance of the choices apart.

    Raises `ProblemsFound` where no unit has a score to compare with.
    """
    bench = Workbench(card)
    reference = _reference(bench)
    wanted = scenarios.built_in(card.data) if wanted is None else wanted
    found = tuple(_compared(bench, scenario) for scenario in wanted)
    levels = _levels(found, reference)
    combinations = int(np.prod([len(each) for each in levels.values()], dtype=np.int64))
    if combinations > MOST_COMBINATIONS:
        return Sensitivity(card, reference, found, None, combinations)
    return Sensitivity(card, reference, found, decompose(bench, levels))


def _reference(bench: Workbench) -> Outcome:
    try:
        return bench.outcome(Scenario("reference"))
    except Refused as why:
        message = f"there is nothing to compare: {why}"
        help = "see the flags of scores.json; `--missing renormalise` leaves silent groups out"
        folder = str(bench.data.folder)
        raise ProblemsFound([Problem("nothing-to-compare", message, folder, help=help)]) from None


def _compared(bench: Workbench, scenario: Scenario) -> Comparison:
    try:
        return Comparison(scenario, bench.outcome(scenario))
    except Refused as why:
        return Comparison(scenario, None, str(why))


def _levels(found: Sequence[Comparison], reference: Outcome) -> dict[str, list[Scenario]]:
    """Factor to its levels, the reference first: each applied choice of a single factor."""
    levels: dict[str, list[Scenario]] = {name: [Scenario("reference")] for name in FACTORS}
    for each in found:
        changes = each.scenario.changes
        if each.outcome is None or each.scenario.kind != "choice" or len(changes) != 1:
            continue
        if not _same(each.outcome, reference):
            levels[changes[0]].append(each.scenario)
    return {name: own for name, own in levels.items() if len(own) > 1}


def _same(one: Outcome, other: Outcome) -> bool:
    return bool(np.array_equal(one.index, other.index, equal_nan=True))


def decompose(bench: Workbench, levels: Mapping[str, Sequence[Scenario]]) -> Decomposition | None:
    """Score every combination of the levels; None where there is nothing to combine."""
    if not levels:
        return None
    shape = tuple(len(own) for own in levels.values())
    index = np.full((*shape, len(bench.data.units)), np.nan)
    for at in product(*(range(size) for size in shape)):
        chosen = {n: getattr(own[k], n) for (n, own), k in zip(levels.items(), at, strict=True)}
        index[at] = bench.outcome(Scenario("combination", **chosen)).index
    flat = index.reshape(-1, index.shape[-1])
    steady = ~np.isnan(flat).any(axis=0)
    shift = np.zeros(len(flat))
    if steady.any():
        ranks = np.stack([rank_min(row) for row in flat[:, steady]])
        shift = np.abs(ranks - ranks[0]).mean(axis=1)
    variance, first, total = indices(index, len(shape))
    _, shift_first, shift_total = indices(shift.reshape((*shape, 1)), len(shape))
    names = {name: tuple(each.name for each in own) for name, own in levels.items()}
    return Decomposition(
        names, variance, first, total, shift_first[:, 0], shift_total[:, 0], float(shift.mean())
    )


def indices(values: Floats, factors: int) -> tuple[Floats, Floats, Floats]:
    """Variance, first-order and total shares of each factor over a full grid, by last axis."""
    axes = tuple(range(factors))
    variance = values.var(axis=axes)
    known = np.where(variance > 1e-18, variance, np.nan)
    first, total = [], []
    for axis in axes:
        others = tuple(each for each in axes if each != axis)
        first.append(values.mean(axis=others).var(axis=0) / known)
        total.append(values.var(axis=axis).mean(axis=tuple(range(factors - 1))) / known)
    return variance, np.array(first), np.array(total)


def rank_within(index: Floats) -> list[int | None]:
    """Rank of each unit that has an index; None for the others."""
    found: list[int | None] = [None] * len(index)
    take = np.flatnonzero(~np.isnan(index))
    for unit, place in zip(take.tolist(), rank_min(index[take]).tolist(), strict=True):
        found[unit] = place
    return found


def shifts(reference: Floats, other: Floats) -> tuple[Ints, Floats]:
    """Of the units ranked in both: change of rank, and share of pairs whose order is reversed."""
    take = ~np.isnan(reference) & ~np.isnan(other)
    one, two = reference[take], other[take]
    shift = rank_min(two) - rank_min(one)
    i, j = np.triu_indices(len(one), 1)
    reversed_ = (one[i] - one[j]) * (two[i] - two[j]) < 0
    share = np.array(reversed_.mean() if len(i) else np.nan)
    return shift, share


def reference_variance(card: Scorecard) -> Floats:
    """By unit: the variance of the index from the sample and from skipped questions."""
    most: Any = np.where(card.units.maximum > 0, card.units.maximum, np.nan)
    return np.asarray((100 * card.units.se_nr / most) ** 2)
