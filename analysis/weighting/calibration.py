"""Weights that meet known population counts: post-stratification and raking, and their quality.

Post-stratification (one cell for each combination of covariates) and raking (iterative
proportional fitting to the margins; Deming and Stephan 1940, Deville and Särndal 1992) work cell
by cell (unit × group). The standard error uses the residuals of the influence on the calibration
variables, weighted by the base weights (Deville and Särndal 1992).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from analysis.dataset.model import Dataset, Population
from analysis.design.chunks import Part
from analysis.numeric import Bools, Floats, Ints, sums
from analysis.old.products import orthonormal
from analysis.problems import Problem, ProblemsFound

WeightKind = Literal["base", "poststratified", "raked"]
SWEEPS = 5000
TRIMS = 100
MET = 1e-8


@dataclass(frozen=True)
class CellCalibration:
    """How the calibration of one unit × group went.

    `weight` and `basis` belong to `rows`; `empty` names the cells or margins of the population
    without a respondent; `untrimmed` are the weights before trimming. `basis` (rows, columns) spans
    what the margins count, times the root of the base weights; its columns are orthonormal.
    """

    cell: int
    rows: Ints
    status: str
    empty: tuple[str, ...] = ()
    weight: Floats | None = None
    basis: Floats | None = None
    untrimmed: Floats | None = None


@dataclass(frozen=True)
class Calibrated:
    """Weights in use, and how a row's effect becomes its influence."""

    base: Floats
    weight: Floats
    usable_cells: Bools
    parts: Sequence[CellCalibration] = field(default=())

    @property
    def is_plain(self) -> bool:
        """Whether no cell was calibrated."""
        return not self.parts

    def influence(self, effect: Floats, *, spent: bool = False) -> Floats:
        """Weight times effect; in calibrated cells weight times the effect's residual.

        `spent`: the effect is not needed any more, and may give its memory.
        """
        if self.is_plain:
            return np.multiply(self.weight, effect, out=effect if spent else None)
        left = effect.copy()
        for part in self.parts:
            if part.basis is not None:
                root = np.sqrt(self.base[part.rows])
                left[part.rows] = _residual(effect[part.rows], part.basis, root)
        return self.weight * left

    def part(self, part: Part) -> Calibrated:
        """The same for the rows of some whole cells."""
        weight = self.weight[part.rows]
        if self.is_plain:
            return Calibrated(weight, weight, self.usable_cells)
        whole, places = part.whole_rows, {cell: at for at, cell in enumerate(part.numbers.tolist())}
        own = []
        for each in self.parts:
            if each.cell in places and each.basis is not None:
                rows = np.flatnonzero(part.domain == places[each.cell])
                order = np.searchsorted(each.rows, whole[rows])
                own.append(replace(each, rows=rows, basis=each.basis[order]))
        return Calibrated(self.base[part.rows], weight, self.usable_cells, tuple(own))


def need_population(data: Dataset, kind: WeightKind) -> None:
    """Raise `ProblemsFound` where weights of this kind lack their counts."""
    if kind == "base" or data.population:
        return
    message, file = f"{kind} weights need population counts", str(data.folder / "population.csv")
    help = "add the file, or use base weights"
    raise ProblemsFound([Problem("no-population", message, file, help=help)])


def calibrate(
    data: Dataset, kind: WeightKind, skip: Bools, most: float | None = None
) -> Calibrated:
    """Weights of the wanted kind, trimmed to `most` times the median of their cell.

    Cells in `skip` (lonely PSUs) are not calibrated.
    """
    usable = np.ones(data.cells, dtype=bool)
    if kind == "base" and most is None:
        return Calibrated(data.weight, data.weight, usable)
    weight, parts = data.weight.copy(), []
    for cell, rows in _wanted(data, kind, most):
        place = divmod(cell, len(data.groups))
        if kind == "base" or place not in data.population:
            part = _trimmed(data.weight[rows], cell, rows, most)
        elif skip[cell]:
            part = CellCalibration(cell, rows, "lonely_psu")
        else:
            part = calibrate_cell(data, cell, rows, data.population[place], kind, most)
        parts.append(part)
        usable[cell] = part.weight is not None
        if part.weight is not None:
            weight[rows] = part.weight
    return Calibrated(data.weight, weight, usable, tuple(parts))


def _wanted(data: Dataset, kind: WeightKind, most: float | None) -> list[tuple[int, Ints]]:
    """The cells to calibrate (those of the population file) or to trim (all), with their rows."""
    if most is None:
        cells = [unit * len(data.groups) + group for unit, group in data.population]
        found = [(cell, np.flatnonzero(data.cell == cell)) for cell in cells]
        return [(cell, rows) for cell, rows in found if len(rows)]
    order = np.argsort(data.cell, kind="stable").astype(np.int64)
    ends = np.searchsorted(data.cell[order], np.arange(data.cells + 1)).tolist()
    every = [(cell, order[ends[cell] : ends[cell + 1]]) for cell in range(data.cells)]
    over = [
        len(rows) > 0
        and (
            (kind != "base" and divmod(cell, len(data.groups)) in data.population)
            or bool((data.weight[rows] > cap_of(data.weight[rows], most)).any())
        )
        for cell, rows in every
    ]
    return [one for one, needed in zip(every, over, strict=True) if needed]


def _trimmed(weight: Floats, cell: int, rows: Ints, most: float | None) -> CellCalibration:
    return CellCalibration(cell, rows, "ok", weight=fitted(weight, [], most), untrimmed=weight)


def calibrate_cell(
    data: Dataset,
    cell: int,
    rows: Ints,
    population: Population,
    kind: WeightKind,
    most: float | None = None,
) -> CellCalibration:
    """Calibrate one unit × group."""
    margins = cell_margins(data, rows, population, kind)
    empty = tuple(name for margin in margins for name in margin.without_respondents())
    if empty:
        status = "empty_cell" if kind == "poststratified" else "empty_margin"
        return CellCalibration(cell, rows, status, empty)
    if any((margin.ids < 0).any() for margin in margins):
        return CellCalibration(cell, rows, "no_solution")
    plain = rake(data.weight[rows], margins)
    if plain is None:
        return CellCalibration(cell, rows, "no_solution")
    weight = plain if most is None else fitted(data.weight[rows], margins, most)
    basis = orthonormal(indicators(margins) * np.sqrt(data.weight[rows])[:, None])
    return CellCalibration(cell, rows, "ok", (), weight, basis, plain)


def cell_margins(
    data: Dataset, rows: Ints, population: Population, kind: WeightKind
) -> list[Margin]:
    """What the weights of some rows have to meet: one joint margin, or one a covariate."""
    values = {
        name: [data.covariates[name].text(row) for row in rows.tolist()]
        for name in population.covariates
    }
    if kind == "poststratified":
        return [_joint_margin(values, population)]
    return [_margin(values, population, name) for name in population.covariates]


@dataclass(frozen=True)
class Margin:
    """Counts to be met: `ids` by row (-1: not in the population), `names` and `count` by level."""

    ids: Ints
    names: tuple[str, ...]
    count: Floats

    def without_respondents(self) -> list[str]:
        """Levels that the population has and the file has not."""
        seen = set(self.ids.tolist())
        return [name for k, name in enumerate(self.names) if self.count[k] > 0 and k not in seen]


def _margin(values: Mapping[str, list[str]], population: Population, name: str) -> Margin:
    position = population.covariates.index(name)
    return _levels(values[name], [cell[position] for cell in population.values], population.count)


def _joint_margin(values: Mapping[str, list[str]], population: Population) -> Margin:
    keys = list(zip(*values.values(), strict=True))
    return _levels(keys, population.values, population.count)


def _levels(rows: Sequence[object], levels: Sequence[object], count: Floats) -> Margin:
    known = {level: number for number, level in enumerate(dict.fromkeys(levels))}
    ids = np.array([known.get(row, -1) for row in rows], dtype=np.int64)
    totals = sums(np.array([known[level] for level in levels], dtype=np.int64), count, len(known))
    names = tuple(" ".join(level) if isinstance(level, tuple) else str(level) for level in known)
    return Margin(ids, names, totals)


def rake(weight: Floats, margins: Sequence[Margin], sweeps: int = SWEEPS) -> Floats | None:
    """Weights scaled to each margin in turn until they stand still; None if margins cannot be met.

    With a single margin this is post-stratification, done in one sweep.
    """
    now = weight.astype(float)
    for _ in range(sweeps):
        before = now
        for margin in margins:
            total = sums(margin.ids, now, len(margin.names))
            if np.any((total <= 0) & (margin.count > 0)):
                return None
            now = now * (margin.count / np.where(total > 0, total, 1.0))[margin.ids]
        kept = before > 0
        if len(margins) == 1 or np.abs(now[kept] / before[kept] - 1).max(initial=0) < 1e-13:
            break
    return now if _are_met(now, margins) else None


def _are_met(weight: Floats, margins: Sequence[Margin]) -> bool:
    for margin in margins:
        total = sums(margin.ids, weight, len(margin.names))
        wanted = margin.count > 0
        if np.abs(total[wanted] / margin.count[wanted] - 1).max(initial=0) > MET:
            return False
    return True


def indicators(margins: Sequence[Margin]) -> Floats:
    """(rows, levels of all margins): 1 where a row is at a level."""
    return np.concatenate([np.eye(len(margin.names))[margin.ids] for margin in margins], axis=1)


def _residual(effect: Floats, basis: Floats, root: Floats) -> Floats:
    """The effect less its fit by least squares; `root` is that of the base weights."""
    fit = (basis * (basis * (effect * root)[:, None]).sum(axis=0)).sum(axis=1)
    return np.asarray(effect - np.divide(fit, root, out=np.zeros_like(fit), where=root > 0))


def kish(weight: Floats) -> float:
    """Kish's design effect of unequal weights: n sum w^2 / (sum w)^2."""
    total = float(weight.sum())
    return float(len(weight) * (weight**2).sum() / (total * total))


def trim(weight: Floats, most: float) -> Floats:
    """Cap weights at `most` times their median, and share what was cut among the others."""
    cap = cap_of(weight, most)
    now = weight.astype(float)
    for _ in range(100):
        over = now > cap
        if not over.any() or over.all():
            return now
        cut = float((now[over] - cap).sum())
        kept = np.where(over, 0.0, now)
        now = np.where(over, cap, now * (1 + cut / kept.sum()))
        if not (now > cap * (1 + 1e-12)).any():
            return now
    return now


def cap_of(weight: Floats, most: float) -> float:
    """`most` times the median of the weights above 0 (a replicate leaves some out)."""
    return most * float(np.median(weight[weight > 0])) if (weight > 0).any() else 0.0


def fitted(weight: Floats, margins: Sequence[Margin], most: float | None) -> Floats | None:
    """Weights that meet the margins, none of them above the cap where both can be had.

    Without margins `trim`. With: cap and rake again until no weight is above; the cap is that of
    the first raked weights. When the margins need larger weights, the margins win.
    """
    if not margins:
        return weight if most is None else trim(weight, most)
    now = rake(weight, margins)
    if now is None or most is None:
        return now
    cap = cap_of(now, most)
    for _ in range(TRIMS):
        if not (now > cap * (1 + MET)).any():
            break
        again = rake(np.minimum(now, cap), margins)
        if again is None:
            break
        now = again
    return now
