"""Weights adjusted for unit nonresponse in response classes: times invited over responding.

`frame` has one class for each unit × group (frame.csv's n_invited); `classes` those of
response_classes.csv, `unit, group, covariates..., n_invited`. Within a class answering is taken as
a second random draw (Little 1986); estimation/two_phase.py has what that does to standard errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from analysis.dataset.model import Dataset
from analysis.io.table import Table, read_csv
from analysis.numeric import Ints
from analysis.problems import Problem, ProblemsFound, closest

Adjustment = Literal["none", "frame", "classes"]
FILE = "response_classes.csv"


@dataclass(frozen=True, kw_only=True)
class ResponseClass:
    """People of one unit × group taken as alike: how many were invited, and who is in the file.

    Attributes
    ----------
    cell : int
    name : str
        The values of the covariates; empty where the class is the whole cell.
    invited : float
    rows : (respondents,) array of int
    """

    cell: int
    name: str
    invited: float
    rows: Ints

    @property
    def factor(self) -> float:
        """What the weights of the respondents are multiplied by."""
        return self.invited / len(self.rows)


def adjusted(data: Dataset, how: Adjustment) -> tuple[Dataset, tuple[ResponseClass, ...]]:
    """Adjust the weights of a data set for unit nonresponse.

    Parameters
    ----------
    data : Dataset
    how : {"none", "frame", "classes"}
        By unit × group (frame.csv), or by the classes of response_classes.csv.

    Returns
    -------
    data : Dataset
        With weights times invited over responding.
    classes : tuple of ResponseClass

    Raises
    ------
    ProblemsFound
        Where a class lacks its count of invited, or the counts do not fit the rows.

    References
    ----------
    Little (1986), International Statistical Review 54, 139-157.
    """
    if how == "none":
        return data, ()
    problems: list[Problem] = []
    classes = _of_frame(data, problems) if how == "frame" else _of_file(data, problems)
    if problems:
        raise ProblemsFound(problems)
    factor = np.ones(data.rows)
    for one in classes:
        factor[one.rows] = one.factor
    return replace(data, weight=data.weight * factor), tuple(classes)


def _of_frame(data: Dataset, problems: list[Problem]) -> list[ResponseClass]:
    file, classes = str(data.folder / "frame.csv"), list[ResponseClass]()
    for cell in np.unique(data.cell).tolist():
        unit, group = divmod(cell, len(data.groups))
        rows = np.flatnonzero(data.cell == cell)
        line = data.frame.get((unit, group))
        if line is None or line.invited is None or line.invited < len(rows):
            message = f"`{data.units[unit]}`, `{data.groups[group]}`: n_invited is not known"
            if line is not None and line.invited is not None:
                message = f"{message[:-9]}{line.invited:g}, but {len(rows)} ratings are here"
            help = "write how many were invited, or use --adjust none"
            problems.append(Problem("no-invited", message, file, help=help))
            continue
        classes.append(ResponseClass(cell=cell, name="", invited=line.invited, rows=rows))
    return classes


def _of_file(data: Dataset, problems: list[Problem]) -> list[ResponseClass]:
    path = data.folder / FILE
    if not path.exists():
        help = "add the file, or use --adjust frame or none"
        problems.append(Problem("missing-file", f"there is no file `{FILE}`", str(path), help=help))
        return []
    table = read_csv(path, ("unit", "group", "n_invited"), problems)
    if table is None:
        return []
    covariates = [n for n in table.names if n not in ("unit", "group", "n_invited")]
    unknown = [name for name in covariates if name not in data.covariates]
    for name in unknown:
        help = closest(name, data.covariates) or "add it"
        message = f"respondents have no column `{name}`"
        problems.append(Problem("missing-column", message, str(path), 1, 1, help=help))
    return [] if unknown else _Reading(data, table, covariates, problems).classes()


class _Reading:
    """Classes of a file, compared with the rows of the data."""

    def __init__(
        self, data: Dataset, table: Table, covariates: Sequence[str], problems: list[Problem]
    ) -> None:
        self.data, self.table, self.covariates, self.problems = data, table, covariates, problems
        self.invited = table.numbers("n_invited", problems, blank=-1.0)

    def classes(self) -> list[ResponseClass]:
        names = ("unit", "group", *self.covariates)
        rows: dict[tuple[str, ...], list[int]] = {}
        listed = {key[:2] for key in self._keys()}
        for row, key in enumerate(zip(*(self._texts(name) for name in names), strict=True)):
            if key[:2] in listed:
                rows.setdefault(key, []).append(row)
        classes, seen = list[ResponseClass](), set[tuple[str, ...]]()
        for line, key in enumerate(self._keys()):
            if key in seen:
                self._fault("repeated-cell", "this class has a line already", line, "unit")
                continue
            seen.add(key)
            classes += self._class(line, key, rows.pop(key, []))
        for key in rows:
            self._unlisted(key)
        return classes

    def _keys(self) -> list[tuple[str, ...]]:
        columns = [self.table[n].texts() for n in ("unit", "group", *self.covariates)]
        return list(zip(*columns, strict=True))

    def _texts(self, name: str) -> list[str]:
        data = self.data
        if name == "unit":
            return [data.units[unit] for unit in data.unit.tolist()]
        if name == "group":
            return [data.groups[group] for group in data.group.tolist()]
        return data.covariates[name].texts()

    def _class(self, line: int, key: tuple[str, ...], rows: list[int]) -> list[ResponseClass]:
        data, invited = self.data, float(self.invited[line])
        for name, known in (("unit", data.units), ("group", data.groups)):
            label = self.table[name].text(line)
            if label not in known:
                help = closest(label, known) or "mend it, or drop the line"
                self._fault(f"unknown-{name}", f"there is no {name} `{label}`", line, name, help)
                return []
        if np.isnan(invited) or (invited == 0 and not rows):
            return []
        if invited < 0:
            help = "write how many were invited; 0 if none"
            self._fault("negative-count", "`n_invited` is a count", line, "n_invited", help)
        elif not rows:
            help = "join it with a class that is like it"
            message = f"{invited:g} were invited, and nobody responded"
            self._fault("empty-class", message, line, "n_invited", help)
        elif invited < len(rows):
            message = f"{len(rows)} responded, but {invited:g} were invited"
            self._fault("more-than-invited", message, line, "n_invited", "mend the count")
        else:
            cell = data.units.index(key[0]) * len(data.groups) + data.groups.index(key[1])
            name = " ".join(key[2:])
            return [ResponseClass(cell=cell, name=name, invited=invited, rows=np.array(rows))]
        return []

    def _unlisted(self, key: tuple[str, ...]) -> None:
        message = f"there is no line for {', '.join(f'`{part}`' for part in key)}"
        help = "give every class of this unit and group a line"
        self.problems.append(Problem("unknown-class", message, self.table.file, help=help))

    def _fault(self, slug: str, message: str, line: int, name: str, help: str = "") -> None:
        remedy = help or "write each class once"
        self.problems.append(self.table.problem(slug, message, line, name, remedy))
