"""Units and groups: who has answered, what is under the minimum, how wide intervals are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

from analysis.planning.precision import WORST_CASE, Part, half_width, variance_behind
from survey_app.store.board import Cell, total
from survey_app.store.waves import WaveUnit

ENOUGH = 5
"""Mixed ballots of a group without which no interval is shown."""

STEPS = (0.2, 0.4, 0.6, 0.75, 0.9)
"""Response rates at which a heat map takes its next shade."""


@dataclass(frozen=True, kw_only=True)
class HeatCell:
    """A unit x group: the counts of its sample, and how many mixed ballots rate the unit.

    Where a sample serves several units, `sample` names it and `cell` counts all of it.
    """

    group: str
    cell: Cell | None
    sample: str
    rated: int
    is_below: bool

    @property
    def step(self) -> int | None:
        """The shade; None where nothing was issued, or where people answer about many units."""
        rate = None if self.cell is None or self.sample else self.cell.rate
        return None if rate is None else step(rate)


@dataclass(frozen=True, kw_only=True)
class UnitRow:
    """A unit, or a sample that serves several (`sample` filled in)."""

    unit: str
    sample: str
    name: str
    unit_class: str
    cells: tuple[HeatCell, ...]
    total: Cell
    now: float | None
    at_closing: float | None

    @property
    def is_below(self) -> bool:
        """Whether a group of it is under the minimum."""
        return any(cell.is_below for cell in self.cells)


def step(rate: float) -> int:
    """The shade of a response rate, from 0 to 5."""
    return sum(rate >= edge for edge in STEPS)


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What is known of a wave, and what to expect of it.

    `growth` is by how much the forms of a wave are expected to grow until it closes; `variances`
    are deff S^2 by unit, from the newest scorecard.
    """

    cells: Sequence[Cell]
    rated: Mapping[tuple[str, str], int]
    minimum: int
    growth: float
    variances: Mapping[str, float]


def rows(
    counts: Counts, units: Iterable[WaveUnit], groups: Sequence[str], language: str
) -> tuple[UnitRow, ...]:
    """Samples that serve several units, then every unit in the order of the list."""
    of_units = {(cell.grp, cell.unit): cell for cell in counts.cells if cell.unit}
    shared = {cell.grp: cell for cell in counts.cells if cell.sample}
    several = [cell for cell in counts.cells if cell.sample and cell.grp in groups]
    lines = [_sample_row(cell, groups, counts.minimum) for cell in several]
    expected = partial(_expected, growth=counts.growth)
    usual = median(counts.variances.values()) if counts.variances else WORST_CASE
    for unit in units:
        cells = tuple(_heat_cell(unit.unit, group, of_units, shared, counts) for group in groups)
        asked = [cell for cell in cells if cell.cell is not None]
        variance = counts.variances.get(unit.unit, usual)
        lines.append(
            UnitRow(
                unit=unit.unit,
                sample="",
                name=unit.name(language),
                unit_class=unit.unit_class,
                cells=cells,
                total=total(c.cell for c in asked if c.cell and not c.sample),
                now=_width(asked, variance, _mixed),
                at_closing=_width(asked, variance, expected),
            )
        )
    return tuple(lines)


def _sample_row(cell: Cell, groups: Sequence[str], minimum: int) -> UnitRow:
    cells = tuple(
        HeatCell(
            group=group,
            cell=cell if group == cell.grp else None,
            sample="",
            rated=cell.valid,
            is_below=group == cell.grp and cell.returned < minimum,
        )
        for group in groups
    )
    return UnitRow(
        unit="",
        sample=cell.sample,
        name=cell.sample,
        unit_class="",
        cells=cells,
        total=cell,
        now=None,
        at_closing=None,
    )


def _heat_cell(
    unit: str,
    group: str,
    of_units: Mapping[tuple[str, str], Cell],
    shared: Mapping[str, Cell],
    counts: Counts,
) -> HeatCell:
    rated = counts.rated.get((unit, group), 0)
    cell = of_units.get((group, unit))
    if cell is not None:
        is_below = max(cell.returned - (cell.mixed - cell.valid), 0) < counts.minimum
        return HeatCell(group=group, cell=cell, sample="", rated=rated, is_below=is_below)
    sample = shared.get(group)
    return HeatCell(
        group=group,
        cell=sample,
        sample=sample.sample if sample else "",
        rated=rated,
        is_below=sample is not None and rated < counts.minimum,
    )


def _width(
    cells: Sequence[HeatCell], variance: float, answers: Callable[[HeatCell], float]
) -> float | None:
    """The half-width over the groups that were asked about a unit; None where one is too small."""
    sizes = [(cell.cell, answers(cell)) for cell in cells]
    if not sizes or any(size < ENOUGH for _, size in sizes):
        return None
    weight = 1 / len(sizes)
    return half_width(
        [Part(n=n, population=it.population, weight=weight) for it, n in sizes if it], variance
    )


def _mixed(cell: HeatCell) -> float:
    """Answers of which the scores know."""
    return cell.rated


def _expected(cell: HeatCell, growth: float) -> float:
    """Answers at closing, when everything is mixed: no more than forms were issued."""
    sample = cell.cell
    if sample is None or sample.returned < ENOUGH:
        return 0
    forms = min(sample.returned * growth, max(sample.issued, sample.returned))
    share = cell.rated / sample.mixed if cell.sample and sample.mixed else 1.0
    return forms * share if cell.rated or not cell.sample else 0


def growth(returned: int, so_far: float | None) -> float:
    """By how much forms grow until closing, where a share `so_far` of all has come by now."""
    return 1.0 if not so_far or not returned else max(1 / so_far, 1.0)


def variances(
    units: Iterable[Mapping[str, object]], rates: Iterable[Mapping[str, object]], maximum: float
) -> dict[str, float]:
    """deff S^2 by unit, from the units and the rates of a scorecard; S as a share of `maximum`."""
    groups: dict[str, list[tuple[float, float | None]]] = {}
    for rate in rates:
        n, population = rate.get("in_file"), rate.get("N")
        if isinstance(n, int) and n > 0:
            size = float(population) if isinstance(population, int | float) else None
            groups.setdefault(str(rate["unit"]), []).append((n, size))
    known = {}
    for unit in units:
        lo, hi, name = unit.get("lo"), unit.get("hi"), str(unit["unit"])
        sizes = groups.get(name, [])
        if sizes and isinstance(lo, int | float) and isinstance(hi, int | float) and maximum > 0:
            parts = [Part(n=n, population=size, weight=1 / len(sizes)) for n, size in sizes]
            variance = variance_behind(parts, (hi - lo) / 2 / maximum)
            if variance:
                known[name] = variance
    return known
