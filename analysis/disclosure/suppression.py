"""Which numbers must not be published, so that no small cell can be worked out from the others.

A cell of few answers is withheld (primary). A published total that contains it gives it away when
everything else in the total is published, and so does any chain of totals: `protect` writes down
all published totals as a linear system and withholds further numbers, the cheapest first, until

1. no small cell is determined: its unit vector is not in the row space of the published system
   (the audit of Fischetti and Salazar 2001, Management Science 47, and Hundepool et al. 2012,
   "Statistical Disclosure Control", chapter 4), not even for the other small groups of the same
   unit, who know their own cells; and
2. bounds do not give it away either: with every hidden number between its least and its greatest
   possible value, linear programming still leaves the cell a range of at least its `room`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from analysis.numeric import Bools, Floats

Name = tuple[str, ...]
Reason = Literal["small", "companion"]
SURE = 1e-8


@dataclass(frozen=True)
class Cell:
    """A number that somebody might publish.

    `of` says of which other cells it is the weighted sum; empty for a cell that stands for
    itself. `cost` is what its absence costs a reader. A `fixed` cell is published whatever
    happens, a `brittle` total only while all of its parts are. `owner` is the unit and group
    whose people know the cell anyway. `low`, `high` bound what an outsider thinks possible,
    `room` is the least range that must remain to him.
    """

    name: Name
    of: Mapping[Name, float] = field(default_factory=dict)
    cost: float = 1.0
    sensitive: bool = False
    fixed: bool = False
    brittle: bool = False
    value: float = 0.0
    low: float = 0.0
    high: float = 1.0
    room: float = 0.1
    owner: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Protection:
    """What is withheld and why; `exposed` are small cells that fixed numbers give away."""

    withheld: Mapping[Name, Reason]
    exposed: tuple[Name, ...]


def primary(cells: Iterable[Cell]) -> Protection:
    """Small cells alone: what most tables do, and what subtraction undoes."""
    return Protection({cell.name: "small" for cell in cells if cell.sensitive}, ())


def protect(cells: Sequence[Cell], *, insiders: bool = True) -> Protection:
    """Withhold small cells, and as many others as it takes."""
    guard = _Guard(cells, insiders=insiders)
    while guard.sweep():
        pass
    return Protection(dict(guard.withheld), tuple(sorted(guard.exposed)))


@dataclass(frozen=True)
class _Equation:
    """A published total: its hidden atoms, and the published cells that could be withheld."""

    coefs: Mapping[Name, float]
    candidates: frozenset[Name]


@dataclass
class _Component:
    """Equations that share hidden atoms."""

    atoms: tuple[Name, ...]
    equations: tuple[_Equation, ...]

    def matrix(self) -> Floats:
        """Equations by atoms, rows of length 1."""
        at = {name: number for number, name in enumerate(self.atoms)}
        matrix = np.zeros((len(self.equations), len(self.atoms)))
        for row, equation in zip(matrix, self.equations, strict=True):
            for name, coef in equation.coefs.items():
                row[at[name]] = coef
        found: Floats = matrix / np.linalg.norm(matrix, axis=1)[:, None]
        return found


class _Guard:
    """The state of a protection under way."""

    def __init__(self, cells: Sequence[Cell], *, insiders: bool) -> None:
        self.cells = {cell.name: cell for cell in cells}
        self.insiders = insiders
        self.withheld: dict[Name, Reason] = dict(primary(cells).withheld)
        self.exposed: set[Name] = set()
        self._safe: set[tuple[tuple[Name, ...], tuple[frozenset[Name], ...]]] = set()

    def sweep(self) -> bool:
        """Look at every component once; whether anything more was withheld."""
        chosen: set[Name] = set()
        self._break_brittle()
        for component in self._components():
            key = (component.atoms, tuple(e.candidates for e in component.equations))
            if key in self._safe:
                continue
            weak = self._weak(component)
            if not weak:
                self._safe.add(key)
            for name, candidates in weak:
                self._withhold_one(name, candidates, chosen)
        return bool(chosen)

    def _break_brittle(self) -> None:
        """Totals that would tie hidden cells of many units together go with the first of them."""
        for cell in self.cells.values():
            if cell.brittle and any(name in self.withheld for name in cell.of):
                self.withheld.setdefault(cell.name, "companion")

    def _withhold_one(self, name: Name, candidates: frozenset[Name], chosen: set[Name]) -> None:
        if candidates & chosen:
            return
        if not candidates:
            self.exposed.add(name)
            return
        cheapest = min(candidates, key=lambda other: (self.cells[other].cost, other))
        self.withheld[cheapest] = "companion"
        chosen.add(cheapest)

    def _components(self) -> list[_Component]:
        """Equations grouped by the hidden atoms they share; only groups with a small cell."""
        equations = self._equations()
        parent: dict[Name, Name] = {}

        def root(name: Name) -> Name:
            while parent.setdefault(name, name) != name:
                parent[name] = parent[parent[name]]
                name = parent[name]
            return name

        for equation in equations:
            first, *others = equation.coefs
            for name in others:
                parent[root(name)] = root(first)
        grouped: dict[Name, list[_Equation]] = {}
        for equation in equations:
            grouped.setdefault(root(next(iter(equation.coefs))), []).append(equation)
        found = []
        for together in grouped.values():
            atoms = tuple(dict.fromkeys(name for e in together for name in e.coefs))
            if any(self.cells[name].sensitive for name in atoms):
                found.append(_Component(atoms, tuple(together)))
        return found

    def _equations(self) -> list[_Equation]:
        """Every published total, with what it says of hidden atoms."""
        memo: dict[Name, _Equation] = {}
        found = []
        for cell in self.cells.values():
            if cell.of and cell.name not in self.withheld:
                expanded = self._expand(cell, memo)
                if expanded.coefs:
                    own = set() if cell.fixed else {cell.name}
                    found.append(_Equation(expanded.coefs, expanded.candidates | own))
        return found

    def _expand(self, cell: Cell, memo: dict[Name, _Equation]) -> _Equation:
        """A total as a sum of hidden atoms; its published parts are constants."""
        if cell.name in memo:
            return memo[cell.name]
        coefs: dict[Name, float] = {}
        candidates: set[Name] = set()
        for name, weight in cell.of.items():
            part = self.cells[name]
            if name not in self.withheld:
                candidates |= set() if part.fixed else {name}
            elif not part.of:
                coefs[name] = coefs.get(name, 0.0) + weight
            else:
                inner = self._expand(part, memo)
                candidates |= inner.candidates
                for atom, coef in inner.coefs.items():
                    coefs[atom] = coefs.get(atom, 0.0) + weight * coef
        kept = {name: coef for name, coef in coefs.items() if abs(coef) > 1e-15}
        memo[cell.name] = _Equation(kept, frozenset(candidates))
        return memo[cell.name]

    def _weak(self, component: _Component) -> list[tuple[Name, frozenset[Name]]]:
        """Small cells that can be worked out, each with the numbers one could withhold for it."""
        matrix = component.matrix()
        owners: dict[tuple[str, str], list[int]] = {}
        for at, name in enumerate(component.atoms):
            if self.cells[name].sensitive and name not in self.exposed:
                owners.setdefault(self.cells[name].owner, []).append(at)
        found = []
        for owner, small in owners.items():
            free = self._unknown_to_insiders(component, owner)
            found += self._weak_of(component, matrix, free, small)
        return found

    def _unknown_to_insiders(self, component: _Component, owner: tuple[str, str]) -> Bools:
        """Atoms hidden from the other small groups of the owner's unit."""
        return np.array(
            [
                not self.insiders
                or not self.cells[name].sensitive
                or self.cells[name].owner[0] != owner[0]
                or self.cells[name].owner == owner
                for name in component.atoms
            ]
        )

    def _weak_of(
        self, component: _Component, matrix: Floats, free: Bools, small: list[int]
    ) -> list[tuple[Name, frozenset[Name]]]:
        own = matrix[:, free]
        left, sizes, right = np.linalg.svd(own, full_matrices=False)
        rank = int((sizes > SURE * max(sizes.max(initial=0.0), 1e-300)).sum())
        left, sizes, right = left[:, :rank], sizes[:rank], right[:rank]
        place = np.cumsum(free) - 1
        found = []
        for at in small:
            vector = right[:, place[at]]
            name = component.atoms[at]
            if 1 - float(vector @ vector) < SURE:
                used = np.abs(left @ (vector / sizes)) > SURE
                found.append((name, _candidates(component, used)))
                continue
            away = -right.T @ vector
            away[place[at]] += 1
            if not self._has_room(component, own, free, away, int(place[at])):
                touching = np.abs(matrix[:, at]) > 0
                nearest = _candidates(component, touching)
                everything = np.ones(len(matrix), dtype=bool)
                found.append((name, nearest or _candidates(component, everything)))
        return found

    def _has_room(
        self, component: _Component, matrix: Floats, free: Bools, away: Floats, at: int
    ) -> bool:
        """Whether the cell can still lie anywhere in a wide enough range.

        First along directions that no published number notices; only where they lead not far
        enough are the true bounds computed.
        """
        cells = [self.cells[n] for n, hidden in zip(component.atoms, free, strict=True) if hidden]
        value = np.array([cell.value for cell in cells])
        low, high = np.array([cell.low for cell in cells]), np.array([cell.high for cell in cells])
        wanted = min(cells[at].room, float(high[at] - low[at])) - 1e-9
        for direction in (away, _between_bounds(matrix, value, low, high, at)):
            if _reach(direction, value, low, high, at) >= wanted:
                return True
        return _range(matrix, value, low, high, at) >= wanted


def _between_bounds(matrix: Floats, value: Floats, low: Floats, high: Floats, at: int) -> Floats:
    """A direction that moves only numbers strictly between their bounds, and the cell; else 0."""
    inner = (value > low + SURE) & (value < high - SURE)
    inner[at] = False
    direction = np.zeros(len(value))
    direction[inner] = -np.linalg.lstsq(matrix[:, inner], matrix[:, at], rcond=None)[0]
    direction[at] = 1.0
    return direction if np.abs(matrix @ direction).max() < SURE else np.zeros(len(value))


def _reach(direction: Floats, value: Floats, low: Floats, high: Floats, at: int) -> float:
    """How far a number can go along a direction, both ways, with every number in its bounds."""
    moved = np.abs(direction) > 1e-12
    if not moved[at]:
        return 0.0
    steps = np.stack([(high - value)[moved], (low - value)[moved]]) / direction[moved]
    reach = max(steps.max(axis=0).min(), 0.0) - min(steps.min(axis=0).max(), 0.0)
    return float(reach * abs(direction[at]))


def _candidates(component: _Component, used: Bools) -> frozenset[Name]:
    """What the narrowest of the totals in use offers: a field before a whole unit."""
    told = [e.candidates for e, marked in zip(component.equations, used, strict=True) if marked]
    return min((each for each in told if each), key=len, default=frozenset())


def _range(matrix: Floats, value: Floats, low: Floats, high: Floats, at: int) -> float:
    """The widest range that the published totals leave one hidden number."""
    from scipy.optimize import linprog  # slow to import, and rarely needed

    aim = np.zeros(len(value))
    aim[at] = 1.0
    bounds = list(zip(low.tolist(), high.tolist(), strict=True))
    ends = []
    for sign in (1.0, -1.0):
        found = linprog(sign * aim, A_eq=matrix, b_eq=matrix @ value, bounds=bounds)
        if not found.success:
            return 0.0
        ends.append(sign * float(found.fun or 0.0))
    return ends[1] - ends[0]
