"""Whether respondents and population.csv speak of the same kinds of people.

Calibration joins the two by labels. `Nữ` with a blank behind it, or composed of other code points,
is another label: its respondents belong to nobody in the population, and their cell has no score.
A kind that the population counts 0 of would give its respondents a weight of 0.

Weights that are not calibrated need none of this, so faults are kept until calibrated ones are
asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.dataset.model import Population
from analysis.io.table import MAX_OF_A_KIND, Table
from analysis.numeric import Ints, counts, group_ids, small
from analysis.problems import Problem, closest
from analysis.spelling import differences, skeleton

Cell = tuple[int, int]
Labels = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Respondents and the population, as read.

    Attributes
    ----------
    respondents, population_file : Table
    cell : ndarray of int, shape (rows,)
        unit * groups + group of each row of `respondents`.
    population : mapping from (unit, group) to Population
    units, groups : sequence of str
    """

    respondents: Table
    population_file: Table
    cell: Ints
    population: Mapping[Cell, Population]
    units: Sequence[str]
    groups: Sequence[str]


def label_problems(sources: Sources) -> Mapping[str, tuple[Problem, ...]]:
    """What would keep weights from being calibrated, or make some of them 0.

    Parameters
    ----------
    sources : Sources

    Returns
    -------
    mapping from kind of weight ("raked", "poststratified") to problems
        Raking needs each covariate's labels to meet, post-stratification every combination.
    """
    covariates = next((each.covariates for each in sources.population.values()), ())
    if not all(sources.respondents.has(name) for name in covariates):
        return {}  # told already
    margins = [_Margin(sources, (name,)) for name in covariates]
    unknown = [problem for margin in margins for problem in margin.unknown()]
    empty = [problem for margin in margins for problem in margin.counted_zero()]
    joint = _Margin(sources, covariates)
    # a combination with an unknown label is told by that label already
    combinations = [] if unknown else [*joint.unknown(), *joint.counted_zero()]
    return {
        "raked": (*unknown, *empty)[:MAX_OF_A_KIND],
        "poststratified": (*unknown, *(combinations or empty))[:MAX_OF_A_KIND],
    }


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """Respondents of a unit × group with the same labels: the first row, and how many they are."""

    cell: Cell
    labels: Labels
    row: int
    n: int


class _Margin:
    """One covariate, or the combination of several: what both files hold of it, cell by cell."""

    def __init__(self, sources: Sources, names: Sequence[str]) -> None:
        self.sources, self.names = sources, tuple(names)
        file = sources.population_file
        units = {name: number for number, name in enumerate(sources.units)}
        groups = {name: number for number, name in enumerate(sources.groups)}
        texts = zip(*(file[name].texts() for name in ("unit", "group", *names)), strict=True)
        self.lines: dict[Cell, dict[Labels, int]] = {}
        for row, (unit, group, *labels) in enumerate(texts):
            cell = units.get(unit, -1), groups.get(group, -1)
            self.lines.setdefault(cell, {}).setdefault(tuple(labels), row)
        self.count: dict[tuple[Cell, Labels], float] = {}
        for cell, population in sources.population.items():
            at = [population.covariates.index(name) for name in names]
            for values, count in zip(population.values, population.count.tolist(), strict=True):
                key = cell, tuple(values[position] for position in at)
                self.count[key] = self.count.get(key, 0.0) + count

    def kinds(self) -> Iterator[_Kind]:
        """The labels that respondents show in the cells of the population file, in their order."""
        table, cells = self.sources.respondents, self.sources.cell
        ids, first = group_ids(cells, *(small(table[name].codes) for name in self.names))
        n = counts(ids, len(first))
        for number in np.argsort(first, kind="stable").tolist():
            row = int(first[number])
            cell = divmod(int(cells[row]), len(self.sources.groups))
            if cell in self.lines:
                labels = tuple(table[name].text(row) for name in self.names)
                yield _Kind(cell=cell, labels=labels, row=row, n=int(n[number]))

    def unknown(self) -> Iterator[Problem]:
        """Labels of respondents that the population file does not have in their cell."""
        for kind in self.kinds():
            if kind.labels not in self.lines[kind.cell]:
                yield self._unknown(kind)

    def counted_zero(self) -> Iterator[Problem]:
        """Labels of respondents of whom the population file counts 0."""
        for kind in self.kinds():
            row = self.lines[kind.cell].get(kind.labels)
            if row is not None and self.count[kind.cell, kind.labels] == 0:
                yield self._zero(kind, row)

    def _unknown(self, kind: _Kind) -> Problem:
        known = self.lines[kind.cell]
        message = (
            f"population.csv has no {self._labelled(kind.labels)} for {self._where(kind.cell)}, "
            f"but {_rows(kind.n)} here"
        )
        meant = next((each for each in known if _skeletons(each) == _skeletons(kind.labels)), None)
        if meant is None:
            help = closest(" ".join(kind.labels), [" ".join(each) for each in known])
            help = help or "add its line to population.csv, or mend the label"
        else:
            line = self.sources.population_file.lines[known[meant]]
            pairs = zip(kind.labels, meant, strict=True)
            differ = "; ".join(differences(a, b) for a, b in pairs if a != b)
            message += (
                f"; line {line} of population.csv has {self._labelled(meant)}: {differ} differ"
            )
            help = (
                f"write it in one way in both files: {_code_points(kind.labels, meant)} here, "
                f"{_code_points(meant, kind.labels)} there"
            )
        return self.sources.respondents.problem(
            "label-not-in-population", message, kind.row, self.names[0], help
        )

    def _zero(self, kind: _Kind, row: int) -> Problem:
        line = self.sources.respondents.lines[kind.row]
        message = (
            f"`count` is 0 for {self._labelled(kind.labels)}, but respondents.csv has "
            f"{_rows(kind.n)} of them in {self._where(kind.cell)} (the first on line {line}): "
            "their weights would be 0"
        )
        help = "write how many there are, or join them with another label in both files"
        return self.sources.population_file.problem("counted-zero", message, row, "count", help)

    def _labelled(self, labels: Labels) -> str:
        return ", ".join(
            f"`{label}` in `{name}`" for name, label in zip(self.names, labels, strict=True)
        )

    def _where(self, cell: Cell) -> str:
        return f"`{self.sources.units[cell[0]]}`, `{self.sources.groups[cell[1]]}`"


def _rows(n: int) -> str:
    return f"{n} row{'' if n == 1 else 's'}"


def _skeletons(labels: Labels) -> Labels:
    return tuple(skeleton(label) for label in labels)


def _code_points(labels: Labels, others: Labels) -> str:
    """The first label that differs, letter by letter where its letters look like the other's."""
    label = next(a for a, b in zip(labels, others, strict=True) if a != b)
    shown = [each if "!" <= each <= "~" else f"U+{ord(each):04X}" for each in label[:12]]
    return " ".join(shown) + (" ..." if len(label) > len(shown) else "")
