"""Whoever has read everything writes it down as a linear system, and bounds what is hidden.

Unknown are the ratios of each group, question, unit and version. Every number that was read is an
inequality from both sides, by its printed digits. The attacker knows more than a reader may: which
groups count, the weights of the index, how many answered, and in how many forms two versions
differ. Integer programming is not tried: this bounds what linear reasoning can find out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.optimize import linprog

from survey_app.questionnaire.model import Study
from tests.analysis.small_cells import solved
from tests.office.attack.seen import EXACT, Name, Read

ROOM = 0.1
"""The share of its scale that a withheld number must be left with."""
SLACK = 1e-6

Place = tuple[str, str]
"""A group and a question."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """How many answers there are, their mean, and by what the row is known again."""

    n: int
    mean: float
    whose: tuple[float, ...]


Truth = Mapping[Place, Row]


@dataclass(frozen=True, kw_only=True)
class Version:
    """What was read of one unit in one version, and the truth that is to be kept."""

    read: Read
    truth: Truth


@dataclass(frozen=True)
class Unit:
    """The system of one unit over all versions that were public."""

    study: Study
    unit: str
    versions: Sequence[Version]
    min_group: int = 2
    _bounds: dict[bytes, tuple[float, float]] = field(default_factory=dict)

    @cached_property
    def columns(self) -> dict[tuple[int, str, str], int]:
        """Version, group and question -> column; the same row in two versions is one unknown."""
        columns: dict[tuple[int, str, str], int] = {}
        for at, version in enumerate(self.versions):
            for place, row in version.truth.items():
                same = [
                    columns[earlier, *place]
                    for earlier in range(at)
                    if self.versions[earlier].truth.get(place) == row
                ]
                columns[at, *place] = same[0] if same else len(set(columns.values()))
        return columns

    @cached_property
    def size(self) -> int:
        """How many unknowns there are."""
        return len(set(self.columns.values()))

    def vector(self, at: int, name: Name) -> np.ndarray:
        """A number in terms of the unknowns."""
        kind, *place = name
        if kind == "mean":
            return np.eye(self.size)[self.columns[at, place[1], place[2]]]
        leaves = [
            leaf
            for each in self.study.index.fields
            for leaf in each.leaves
            if leaf.assessed == "survey"
            and (
                kind in {"survey", "total", "index"}
                or (kind == "field" and each.code == place[1])
                or (kind == "criterion" and leaf.code == place[1])
            )
        ]
        return sum((self._criterion(at, leaf) for leaf in leaves), np.zeros(self.size))

    def _criterion(self, at: int, leaf) -> np.ndarray:
        vector, truth = np.zeros(self.size), self.versions[at].truth
        counted = {
            group: float(weight)
            for group, weight in leaf.groups.items()
            if _answers(truth, (group, leaf.question)) >= self.min_group
        }
        for group, weight in counted.items():
            part = float(leaf.points) * weight / sum(counted.values())
            vector[self.columns[at, group, leaf.question]] += part
        return vector

    @cached_property
    def system(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows, and between which values each lies."""
        rows, low, high = [np.zeros(self.size)], [0.0], [0.0]
        for at, version in enumerate(self.versions):
            best: dict[Name, tuple[float, float]] = {}
            for seen in version.read.seen:
                if len(seen.name) > 1 and seen.name[1] == self.unit and seen.name[0] != "dot":
                    before = best.get(seen.name, (-np.inf, np.inf))
                    best[seen.name] = (max(before[0], seen.low), min(before[1], seen.high))
            for name, (least, most) in best.items():
                row, factor, shift = self._as_survey(at, name)
                rows.append(row)
                low.append(least * factor + shift)
                high.append(most * factor + shift)
        return np.array(rows), np.array(low), np.array(high)

    def _as_survey(self, at: int, name: Name) -> tuple[np.ndarray, float, float]:
        """A total or an index tells the survey's points: what else is in it is public."""
        facts, unit = self.versions[at].read.facts, self.unit
        row, other = self.vector(at, name), 0.0
        if name[0] in {"total", "index"}:
            other = facts["appraised", unit] + facts.get(("bonus", unit), 0.0)
            other += facts.get(("penalty", unit), 0.0)
        factor = facts["max", unit] / 100 if name[0] == "index" else 1.0
        return row, factor, -other

    def bounds(self, vector: np.ndarray) -> tuple[float, float]:
        """Between which values a number lies, by all that was read; worked out once."""
        if (asked := vector.tobytes()) not in self._bounds:
            self._bounds[asked] = self._bounded(vector)
        return self._bounds[asked]

    def _bounded(self, vector: np.ndarray) -> tuple[float, float]:
        rows, low, high = self.system
        touched = self._touched(vector)
        rows, low, high = rows[touched], low[touched], high[touched]
        ends = []
        for sign in (1.0, -1.0):
            found = linprog(
                sign * vector,
                A_ub=np.vstack([rows, -rows]) if len(rows) else None,
                b_ub=np.concatenate([high, -low]) if len(rows) else None,
                bounds=(0, 1),
            )
            assert found.success, (self.unit, found.message)
            ends.append(sign * float(found.fun))
        return ends[0], ends[1]

    def _touched(self, vector: np.ndarray) -> np.ndarray:
        """The inequalities that have to do with a number, directly or through others."""
        rows = np.abs(self.system[0]) > 1e-12
        unknown, touched = np.abs(vector) > 1e-12, np.zeros(len(rows), dtype=bool)
        while (more := rows[:, unknown].any(axis=1)).sum() > touched.sum():
            touched, unknown = more, unknown | rows[more].any(axis=0)
        return touched

    def fallen(self, fewest: int) -> Iterator[str]:
        """What the attacker has found out."""
        yield from self._withheld()
        yield from self._small(fewest)
        yield from self._together(fewest)
        yield from self._changed(fewest)

    def _withheld(self) -> Iterator[str]:
        """Numbers said to be withheld that are known to less than a tenth of their scale."""
        for at, version in enumerate(self.versions):
            known = {seen.name for seen in version.read.seen}
            for name in sorted(version.read.withheld):
                if name[1] != self.unit or name[0] in {"total", "index"} or name in known:
                    if name in known and name[1] == self.unit and name[0] not in {"total", "index"}:
                        yield f"{name} is shown somewhere"
                    continue
                if name[0] == "mean" and (at, *name[2:]) not in self.columns:
                    continue  # nobody answered
                vector = self.vector(at, name)
                if not vector.any():
                    continue
                low, high = self.bounds(vector)
                scale = 1.0 if name[0] == "mean" else self._points(name)
                # whoever is left with all that answers can give has learnt nothing
                if high - low < min(ROOM * scale, float(vector.sum())) - SLACK:
                    yield f"{name} of version {at + 1} lies within {high - low:.4f}"

    def _points(self, name: Name) -> float:
        return float(
            sum(
                leaf.points
                for each in self.study.index.fields
                for leaf in each.leaves
                if leaf.assessed == "survey"
                and (
                    name[0] == "survey"
                    or (name[0] == "field" and each.code == name[2])
                    or (name[0] == "criterion" and leaf.code == name[2])
                )
            )
        )

    def _small(self, fewest: int) -> Iterator[str]:
        """Ratios of few answers of which only one value is left that so few can give."""
        for at, version in enumerate(self.versions):
            for place, row in version.truth.items():
                if not 0 < (n := row.n) < fewest:
                    continue
                low, high = self.bounds(self.vector(at, ("mean", self.unit, *place)))
                if high - low < ROOM - SLACK:
                    yield f"{place} of {n} lies within {high - low:.4f}"
                    continue
                values = self.attainable(place[1], n)
                left = [value for value in values if low - SLACK <= value <= high + SLACK]
                if len(left) < 2:
                    yield f"{place} of {n} can only be {row.mean:.3f}"

    def attainable(self, question: str, n: int) -> set[float]:
        """What n answers can give."""
        from itertools import combinations_with_replacement

        scales = {
            float(option.coefficient)
            for questionnaire in self.study.questionnaires.values()
            for item in questionnaire.unit_items
            if item.name == question and item.scale
            for option in item.scale.options
            if option.coefficient is not None
        }
        return {round(sum(it) / n, 6) for it in combinations_with_replacement(scales, n)}

    def _together(self, fewest: int) -> Iterator[str]:
        """Weighted sums of one small group's ratios, to all other small groups together."""
        rows, low, high = self.system
        exact = high - low < 100 * EXACT
        system = rows[exact], None
        small: dict[str, set[int]] = {}
        for at, version in enumerate(self.versions):
            for (group, question), row in version.truth.items():
                if 0 < row.n < fewest:
                    small.setdefault(group, set()).add(self.columns[at, group, question])
        for group, own in small.items():
            others = set().union(*(of for name, of in small.items() if name != group)) - own
            if solved(system, sorted(own), sorted(others)):
                yield f"a sum of what {group} said follows, for all others together"

    def _changed(self, fewest: int) -> Iterator[str]:
        """What the few said who make the difference between two versions."""
        for at in range(1, len(self.versions)):
            for place, row in self.versions[at].truth.items():
                before = self.versions[at - 1].truth.get(place)
                if before is None or not 0 < (people := abs(before.n - row.n)) < fewest:
                    continue
                vector = before.n * self.vector(at - 1, ("mean", self.unit, *place))
                vector = vector - row.n * self.vector(at, ("mean", self.unit, *place))
                low, high = self.bounds(vector)
                if high - low < ROOM * people - SLACK:
                    yield f"{people} who changed {place} said {low / people:.3f}"


def _answers(truth: Truth, place: Place) -> int:
    return truth[place].n if place in truth else 0
