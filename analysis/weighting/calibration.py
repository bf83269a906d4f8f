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
from analysis.design.chunks import Chunk
from analysis.numeric import Bools, Floats, Ints, sums
from analysis.problems import Problem, ProblemsFound
from analysis.weighting.raking import SWEEPS, Margin, cap_of, fitted, missed_levels, rake, swept

WeightKind = Literal["base", "poststratified", "raked"]
DEPENDENT = 1e-11  # singular values below this share of the largest are rounding


@dataclass(frozen=True, kw_only=True)
class CellCalibration:
    """How the calibration of one unit × group went.

    Attributes
    ----------
    cell : int
    rows : (cell rows,) array of int
    status : {"ok", "lonely_psu", "empty_cell", "empty_margin", "no_solution"}
    empty : tuple of str
        Cells or margins of the population without a respondent; where there is no solution, those
        that cannot be met, or of whom the population counts nobody.
    weight : (cell rows,) array or None
        Calibrated and trimmed weights.
    basis : (cell rows, columns) array or None
        Spans what the margins count, times the root of the base weights; orthonormal columns.
    untrimmed : (cell rows,) array or None
        Weights before trimming.
    """

    cell: int
    rows: Ints
    status: str
    empty: tuple[str, ...] = ()
    weight: Floats | None = None
    basis: Floats | None = None
    untrimmed: Floats | None = None


@dataclass(frozen=True, kw_only=True)
class Calibrated:
    """Weights in use, and how a row's effect becomes its influence.

    Attributes
    ----------
    base, weight : (rows,) arrays
        Before and after calibration and trimming.
    usable_cells : (cells,) array of bool
        Cells that have weights.
    parts : sequence of CellCalibration
        The cells that were calibrated or trimmed.
    """

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
        residual = effect.copy()
        for part in self.parts:
            if part.basis is not None:
                root = np.sqrt(self.base[part.rows])
                residual[part.rows] = _residual(effect[part.rows], part.basis, root)
        return self.weight * residual

    def chunk(self, chunk: Chunk) -> Calibrated:
        """The same for the rows of some whole cells."""
        weight = self.weight[chunk.rows]
        if self.is_plain:
            return Calibrated(base=weight, weight=weight, usable_cells=self.usable_cells)
        whole = chunk.whole_rows
        places = {cell: at for at, cell in enumerate(chunk.numbers.tolist())}
        parts = []
        for part in self.parts:
            if part.cell in places and part.basis is not None:
                rows = np.flatnonzero(chunk.domain == places[part.cell])
                order = np.searchsorted(part.rows, whole[rows])
                parts.append(replace(part, rows=rows, basis=part.basis[order]))
        return Calibrated(
            base=self.base[chunk.rows],
            weight=weight,
            usable_cells=self.usable_cells,
            parts=tuple(parts),
        )


def need_population(data: Dataset, kind: WeightKind) -> None:
    """Raise `ProblemsFound` where weights of this kind lack their counts, or labels do not meet."""
    if problems := data.label_problems.get(kind):
        raise ProblemsFound(problems)
    if kind == "base" or data.population:
        return
    message, file = f"{kind} weights need population counts", str(data.folder / "population.csv")
    help = "add the file, or use base weights"
    raise ProblemsFound([Problem("no-population", message, file, help=help)])


def calibrate(data: Dataset, kind: WeightKind, skip: Bools, cap: float | None = None) -> Calibrated:
    """Calibrate the weights of every unit × group that population.csv has counts of.

    Parameters
    ----------
    data : Dataset
    kind : {"base", "poststratified", "raked"}
    skip : (cells,) array of bool
        Cells that are not calibrated: those with lone PSUs.
    cap : float, optional
        Trim weights to so many times the median of their cell.

    Returns
    -------
    Calibrated
        Weights of every row, and how each cell came to its own.

    References
    ----------
    Deming and Stephan (1940), Annals of Mathematical Statistics 11, 427-444; Deville and Särndal
    (1992), Journal of the American Statistical Association 87, 376-382.
    """
    usable = np.ones(data.cells, dtype=bool)
    if kind == "base" and cap is None:
        return Calibrated(base=data.weight, weight=data.weight, usable_cells=usable)
    weight, parts = data.weight.copy(), []
    for cell, rows in _cells_to_change(data, kind, cap):
        place = divmod(cell, len(data.groups))
        if kind == "base" or place not in data.population:
            part = _trimmed(data.weight[rows], cell, rows, cap)
        elif skip[cell]:
            part = CellCalibration(cell=cell, rows=rows, status="lonely_psu")
        else:
            part = calibrate_cell(data, cell, rows, data.population[place], kind, cap)
        parts.append(part)
        usable[cell] = part.weight is not None
        if part.weight is not None:
            weight[rows] = part.weight
    return Calibrated(base=data.weight, weight=weight, usable_cells=usable, parts=tuple(parts))


def _cells_to_change(data: Dataset, kind: WeightKind, cap: float | None) -> list[tuple[int, Ints]]:
    """The cells to calibrate (those of the population file) or to trim (all), with their rows."""
    if cap is None:
        numbers = [unit * len(data.groups) + group for unit, group in data.population]
        cells = [(cell, np.flatnonzero(data.cell == cell)) for cell in numbers]
        return [(cell, rows) for cell, rows in cells if len(rows)]
    order = np.argsort(data.cell, kind="stable").astype(np.int64)
    ends = np.searchsorted(data.cell[order], np.arange(data.cells + 1)).tolist()
    cells = [(cell, order[ends[cell] : ends[cell + 1]]) for cell in range(data.cells)]
    changes = [
        len(rows) > 0
        and (
            (kind != "base" and divmod(cell, len(data.groups)) in data.population)
            or bool((data.weight[rows] > cap_of(data.weight[rows], cap)).any())
        )
        for cell, rows in cells
    ]
    return [pair for pair, changed in zip(cells, changes, strict=True) if changed]


def _trimmed(weight: Floats, cell: int, rows: Ints, cap: float | None) -> CellCalibration:
    trimmed = fitted(weight, [], cap)
    return CellCalibration(cell=cell, rows=rows, status="ok", weight=trimmed, untrimmed=weight)


def calibrate_cell(
    data: Dataset,
    cell: int,
    rows: Ints,
    population: Population,
    kind: WeightKind,
    cap: float | None = None,
) -> CellCalibration:
    """Calibrate one unit × group, and trim to `cap` times the median where that is asked for.

    Parameters
    ----------
    data : Dataset
    cell : int
        The number of the unit and group.
    rows : (n,) array of int
        The rows of its respondents.
    population : Population
        How many there are, by covariates.
    kind : {"base", "poststratified", "raked"}
    cap : float, optional
        Times the median that a weight may be, 1 or more.

    Returns
    -------
    CellCalibration
        With a status where the margins cannot be met.
    """
    margins = cell_margins(data, rows, population, kind)
    empty = tuple(name for margin in margins for name in margin.without_respondents())
    if empty:
        status = "empty_cell" if kind == "poststratified" else "empty_margin"
        return CellCalibration(cell=cell, rows=rows, status=status, empty=empty)
    absent = tuple(name for margin in margins for name in margin.counted_zero())
    if absent or any((margin.ids < 0).any() for margin in margins):
        return CellCalibration(cell=cell, rows=rows, status="no_solution", empty=absent)
    raked = rake(data.weight[rows], margins)
    if raked is None:
        missed = missed_levels(swept(data.weight[rows], margins, SWEEPS), margins)
        return CellCalibration(cell=cell, rows=rows, status="no_solution", empty=missed)
    return CellCalibration(
        cell=cell,
        rows=rows,
        status="ok",
        weight=raked if cap is None else fitted(data.weight[rows], margins, cap),
        basis=orthonormal(indicators(margins) * np.sqrt(data.weight[rows])[:, None]),
        untrimmed=raked,
    )


def cell_margins(
    data: Dataset, rows: Ints, population: Population, kind: WeightKind
) -> list[Margin]:
    """What the weights of some rows have to meet: one joint margin, or one a covariate.

    Parameters
    ----------
    data : Dataset
    rows : (n,) array of int
        The rows of a cell's respondents.
    population : Population
        How many there are, by covariates.
    kind : {"base", "poststratified", "raked"}

    Returns
    -------
    list of Margin
    """
    values = {
        name: [data.covariates[name].text(row) for row in rows.tolist()]
        for name in population.covariates
    }
    if kind == "poststratified":
        return [_joint_margin(values, population)]
    return [_margin(values, population, name) for name in population.covariates]


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
    return Margin(ids=ids, names=names, count=totals)


def indicators(margins: Sequence[Margin]) -> Floats:
    """(rows, levels of all margins): 1 where a row is at a level."""
    return np.concatenate([np.eye(len(margin.names))[margin.ids] for margin in margins], axis=1)


def orthonormal(columns: Floats) -> Floats:
    """Orthonormal columns that span the same; what depends on other columns is left out.

    Margins share their total, so the columns are dependent by design: the rank is that of the
    singular values of columns scaled to length 1.
    """
    length = np.sqrt((columns**2).sum(axis=0))
    scaled = columns[:, length > 0] / length[length > 0]
    left, sizes, _ = np.linalg.svd(scaled, full_matrices=False)
    return np.asarray(left[:, sizes > DEPENDENT * sizes.max(initial=0.0)])


def _residual(effect: Floats, basis: Floats, root: Floats) -> Floats:
    """The effect less its fit by least squares; `root` is that of the base weights."""
    fit = basis @ (basis.T @ (effect * root))
    return np.asarray(effect - np.divide(fit, root, out=np.zeros_like(fit), where=root > 0))


def kish(weight: Floats) -> float:
    """Kish's design effect of unequal weights: n sum w^2 / (sum w)^2."""
    total = float(weight.sum())
    return float(len(weight) * (weight**2).sum() / (total * total))
