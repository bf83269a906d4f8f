"""Cell suppression: which numbers must not be published, so that no small cell can be worked out.

A cell of few respondents is withheld (primary suppression). A published total that contains it
gives it away when everything else in the total is published, and so does any chain of totals:
complementary suppression writes down all published totals as a linear system in the withheld
numbers, and withholds further numbers, the cheapest first, until `exposure` finds no withheld
cell that the system gives away. What was published before (`Cell.fixed`) is an equation for ever.

References
----------
Fischetti, M. and Salazar, J. J. (2001). Solving the cell suppression problem on tabular data with
linear constraints. Management Science 47(7).
Hundepool, A. et al. (2012). Statistical Disclosure Control, chapter 4. Wiley.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.disclosure import exposure
from analysis.disclosure.cell import Cell, Name, Reason
from analysis.disclosure.exposure import Guarded
from analysis.numeric import Floats


def primary_suppression(cells: Iterable[Cell]) -> dict[Name, Reason]:
    """Withhold small cells alone: what most tables do, and what subtraction undoes.

    Parameters
    ----------
    cells : iterable of Cell
        Every number that could be published.

    Returns
    -------
    dict from name to reason
        The sensitive cells, each with the reason ``"small"``.
    """
    return {cell.name: "small" for cell in cells if cell.sensitive}


def complementary_suppression(
    cells: Sequence[Cell],
    withheld: Mapping[Name, Reason] | None = None,
    *,
    insiders: bool = True,
) -> dict[Name, Reason]:
    """Withhold small cells, and as many others as it takes to keep them from being worked out.

    Parameters
    ----------
    cells : sequence of Cell
        Every number that could be published, in any order. A total follows its parts by name; the
        parts of a part count too.
    withheld : mapping from name to reason, optional
        What is withheld already.
    insiders : bool
        Whether small cells are kept from the other small groups of their unit too.

    Returns
    -------
    dict from name to reason
        What is withheld: ``"small"`` cells, and each ``"companion"`` that protects one.

    References
    ----------
    Fischetti and Salazar (2001); Hundepool et al. (2012), chapter 4.
    """
    suppression = _Suppression(cells, withheld or {}, insiders)
    while suppression.sweep():
        pass
    return suppression.withheld


@dataclass(frozen=True, kw_only=True)
class _Equation:
    """A published total in terms of withheld cells, and the published cells it is made with.

    `candidates` are the total itself and its published parts: withholding any one of them takes
    the equation away, or adds an unknown to it.
    """

    coefficients: Mapping[Name, float]
    candidates: frozenset[Name]


@dataclass(frozen=True, kw_only=True)
class _Component:
    """Equations that share withheld cells; `unknowns` are those cells, in the order of columns.

    `sums` are the numbers that are withheld besides: each in terms of unknowns, and its width.
    """

    unknowns: tuple[Name, ...]
    equations: tuple[_Equation, ...]
    sums: tuple[tuple[Mapping[Name, float], float], ...] = ()

    def matrix(self) -> Floats:
        """(equations, unknowns), each row of length 1."""
        column = {name: number for number, name in enumerate(self.unknowns)}
        matrix = np.zeros((len(self.equations), len(self.unknowns)))
        for row, equation in zip(matrix, self.equations, strict=True):
            for name, coefficient in equation.coefficients.items():
                row[column[name]] = coefficient
        normalised: Floats = matrix / np.linalg.norm(matrix, axis=1)[:, None]
        return normalised

    def guarded(self) -> list[Guarded]:
        """The numbers withheld besides, as vectors over the unknowns."""
        column = {name: number for number, name in enumerate(self.unknowns)}
        guarded = []
        for coefficients, width in self.sums:
            vector = np.zeros(len(self.unknowns))
            for name, coefficient in coefficients.items():
                vector[column[name]] = coefficient
            guarded.append(Guarded(vector=vector, width=width))
        return guarded

    def candidates(self, equations: Iterable[int]) -> frozenset[Name]:
        """What the narrowest of some equations offers: a field before a whole unit.

        Nothing where all of it was published before.
        """
        offers = [self.equations[number].candidates for number in equations]
        return min(
            filter(None, offers), key=lambda names: (len(names), sorted(names)), default=frozenset()
        )


@dataclass
class _Suppression:
    """Cells and what is withheld of them so far."""

    given: Sequence[Cell]
    before: Mapping[Name, Reason]
    insiders: bool
    withheld: dict[Name, Reason] = field(init=False)

    def __post_init__(self) -> None:
        in_order = sorted(self.given, key=lambda cell: cell.name)  # the same whoever lists them
        self.cells = {cell.name: cell for cell in in_order}
        self.withheld = {**self.before, **primary_suppression(in_order)}
        self._safe: set[tuple[object, ...]] = set()

    def sweep(self) -> bool:
        """Look at every component once; whether anything more was withheld."""
        chosen = self._plain()
        for component in self._components():
            key = (
                component.unknowns,
                tuple(e.candidates for e in component.equations),
                len(component.sums),
            )
            if key in self._safe:
                continue
            exposures = exposure.exposures(
                component.matrix(),
                [self.cells[name] for name in component.unknowns],
                component.guarded(),
                insiders=self.insiders,
            )
            if not exposures:
                self._safe.add(key)
            for equations in exposures:
                candidates = component.candidates(equations)
                if candidates and not candidates & chosen:
                    chosen.add(self._withhold_cheapest(candidates))
        return bool(chosen)

    def _plain(self) -> set[Name]:
        """Withhold a part of each withheld total that is the sum of published ones."""
        chosen: set[Name] = set()
        expanded: dict[Name, _Equation] = {}
        for name in sorted(self.withheld):
            cell = self.cells.get(name)
            if cell is None or not cell.parts or cell.fixed:
                continue
            total = self._expanded(cell, expanded)
            if not total.coefficients and total.candidates and not total.candidates & chosen:
                chosen.add(self._withhold_cheapest(total.candidates))
        return chosen

    def _withhold_cheapest(self, candidates: frozenset[Name]) -> Name:
        cheapest = min(candidates, key=lambda name: (self.cells[name].cost, name))
        self.withheld[cheapest] = "companion"
        return cheapest

    def _components(self) -> list[_Component]:
        """Equations grouped by the withheld cells they share; only groups with a small cell."""
        parent: dict[Name, Name] = {}

        def root(name: Name) -> Name:
            while parent.setdefault(name, name) != name:
                parent[name] = parent[parent[name]]
                name = parent[name]
            return name

        equations, sums = self._equations(), self._sums()
        for names in (*(e.coefficients for e in equations), *(names for names, _ in sums)):
            first, *others = names
            for name in others:
                parent[root(name)] = root(first)
        grouped: dict[Name, tuple[list[_Equation], list[tuple[Mapping[Name, float], float]]]] = {}
        for equation in equations:
            grouped.setdefault(root(next(iter(equation.coefficients))), ([], []))[0].append(
                equation
            )
        for sum_ in sums:
            if (place := root(next(iter(sum_[0])))) in grouped:
                grouped[place][1].append(sum_)
        components = []
        for some, besides in grouped.values():
            mentioned = (*(e.coefficients for e in some), *(names for names, _ in besides))
            unknowns = tuple(dict.fromkeys(name for names in mentioned for name in names))
            if any(self.cells[name].sensitive for name in unknowns):
                component = _Component(
                    unknowns=unknowns, equations=tuple(some), sums=tuple(besides)
                )
                components.append(component)
        return components

    def _sums(self) -> list[tuple[Mapping[Name, float], float]]:
        """What is withheld for the sake of others, in terms of unknowns, and its width."""
        expanded: dict[Name, _Equation] = {}
        sums: list[tuple[Mapping[Name, float], float]] = []
        for name in self.withheld:
            cell = self.cells.get(name)
            if cell is None or cell.sensitive:
                continue
            coefficients = (
                self._expanded(cell, expanded).coefficients if cell.parts else {name: 1.0}
            )
            if coefficients:
                sums.append((coefficients, cell.width))
        return sums

    def _equations(self) -> list[_Equation]:
        """Every published total, with what it says of withheld cells."""
        expanded: dict[Name, _Equation] = {}
        equations = []
        for cell in self.cells.values():
            if cell.parts and cell.name not in self.withheld:
                equation = self._expanded(cell, expanded)
                if equation.coefficients:
                    candidates = equation.candidates | ({cell.name} if not cell.fixed else set())
                    equations.append(
                        _Equation(coefficients=equation.coefficients, candidates=candidates)
                    )
        return equations

    def _expanded(self, total: Cell, known: dict[Name, _Equation]) -> _Equation:
        """A total as a weighted sum of withheld cells; its published parts are constants."""
        if total.name in known:
            return known[total.name]
        coefficients: dict[Name, float] = {}
        candidates: set[Name] = set()
        for name, weight in total.parts.items():
            part = self.cells[name]
            if name not in self.withheld:
                candidates |= set() if part.fixed else {name}
            elif not part.parts:
                coefficients[name] = coefficients.get(name, 0.0) + weight
            else:
                inner = self._expanded(part, known)
                candidates |= inner.candidates
                for unknown, coefficient in inner.coefficients.items():
                    coefficients[unknown] = coefficients.get(unknown, 0.0) + weight * coefficient
        nonzero = {name: value for name, value in coefficients.items() if abs(value) > ZERO}
        known[total.name] = _Equation(coefficients=nonzero, candidates=frozenset(candidates))
        return known[total.name]


ZERO = 1e-15
"""A coefficient that small is a sum of parts that cancel."""
