"""Reads a folder of survey answers, and checks all of it before any of it is used.

`read` returns a data set that every other room can trust, or raises `ProblemsFound` with every
fault it could find, each with file, line, column and a remedy. The files are described in
docs/reference/analysis-data-set.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np

from analysis.dataset import checks, frame_file, frame_modes_file
from analysis.dataset.model import Dataset, FrameRow, Population
from analysis.dataset.population_labels import Sources, label_problems
from analysis.dataset.scoring_key import ScoringKey, read_scoring_key
from analysis.design.chunks import FEW, in_threads
from analysis.design.design import Design
from analysis.io.plain_csv import read_plain
from analysis.io.table import MAX_OF_A_KIND, Column, Table, read_csv
from analysis.numeric import Bools, Codes, Floats, Ints, group_ids, small
from analysis.problems import Problem, ProblemsFound, closest

COLUMNS = ("resp_id", "unit", "group", "stratum", "psu", "weight")
DESIGN_COLUMNS = (*COLUMNS, "sample", "fpc1", "fpc2")
NEEDED = {
    "options": ("question", "option", "coef"),
    "criteria": ("criterion", "max_points", "group", "question", "group_weight"),
}
OPTIONAL = {
    "frame": ("unit", "group", "N", "n_invited", "n_responded"),
    "population": ("unit", "group", "count"),
    "frame_modes": ("unit", "group", "mode", "n_invited", "n_responded"),
    "units": ("unit",),
    "codebook": (),
}
FILES = (
    "respondents.csv",
    "respondents.parquet",
    "options.csv",
    "criteria.csv",
    "frame.csv",
    "population.csv",
    "response_classes.csv",
    "frame_modes.csv",
    "units.csv",
    "codebook.csv",
    "option_orders.csv",
)


def read(folder: Path, packed: Path | None = None) -> Dataset:
    """Read a data set and check all of it.

    Parameters
    ----------
    folder : Path
        Holds respondents.csv (or respondents.parquet), options.csv and criteria.csv, and may hold
        frame.csv, population.csv, frame_modes.csv, units.csv and codebook.csv, as
        docs/reference/analysis-data-set.md describes them.
    packed : Path or None
        The rows of respondents.csv as Parquet, from whoever wrote both: read in its place, in a
        fraction of the time and the memory. What is said of the files stays about the folder's.

    Returns
    -------
    Dataset

    Raises
    ------
    ProblemsFound
        When it is not sound: every fault, with its file, line, column and a remedy.
    """
    problems: list[Problem] = []
    data = assemble(_tables(folder, packed, problems), problems, folder)
    return replace(data, fingerprints=fingerprints(folder))


def assemble(tables: Mapping[str, Table | None], problems: list[Problem], folder: Path) -> Dataset:
    """The data set that tables make, wherever they come from.

    Parameters
    ----------
    tables : mapping from name to table
        `respondents`, and the names of `NEEDED` and `OPTIONAL`; None for one that is not sound.
    problems : list of problems
        What was found in reading them; what is found here is added.
    folder : path
        Where further files of the data set are looked for.

    Raises
    ------
    ProblemsFound
        When there is any problem.
    """
    respondents, options = tables.get("respondents"), tables.get("options")
    criteria = tables.get("criteria")
    if options is None or criteria is None:
        raise ProblemsFound(problems)
    key = read_scoring_key(options, criteria, problems)
    if respondents is None:
        raise ProblemsFound(problems)
    return _Assembly(folder, respondents, key, tables, problems).dataset(criteria)


def fingerprints(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of the data set, by name."""
    present = [folder / name for name in sorted(FILES) if (folder / name).is_file()]
    return {path.name: _sha256(path) for path in present}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _tables(folder: Path, packed: Path | None, problems: list[Problem]) -> dict[str, Table | None]:
    if not folder.is_dir():
        raise ProblemsFound(
            [
                Problem(
                    "missing-folder",
                    "there is no such folder",
                    str(folder),
                    help="name the folder that holds respondents.csv",
                )
            ]
        )
    tables = {"respondents": _respondents(folder, packed, problems)}
    for name, columns in (NEEDED | OPTIONAL).items():
        path = folder / f"{name}.csv"
        if name in NEEDED or path.exists():
            tables[name] = read_csv(path, columns, problems)
    return tables


def _respondents(folder: Path, packed: Path | None, problems: list[Problem]) -> Table | None:
    beside = folder / "respondents.parquet"
    if packed is None and beside.exists() and not (folder / "respondents.csv").exists():
        packed = beside
    if packed is not None:
        from analysis.io.parquet import read_parquet  # Arrow is slow to import

        return read_parquet(packed, COLUMNS, problems)
    plain = read_plain(folder / "respondents.csv", COLUMNS)
    return plain or read_csv(folder / "respondents.csv", COLUMNS, problems)


class _Assembly:
    """Puts the tables together: names become numbers, and whatever does not fit a problem."""

    def __init__(
        self,
        folder: Path,
        respondents: Table,
        key: ScoringKey,
        tables: Mapping[str, Table | None],
        problems: list[Problem],
    ) -> None:
        self.folder, self.table, self.key = folder, respondents, key
        self.tables, self.problems = tables, problems
        self.frame_table = tables.get("frame")
        if self.frame_table is None and "frame" in tables:
            raise ProblemsFound(problems)
        self.units, self.groups = self._names()

    def dataset(self, criteria: Table) -> Dataset:
        """Everything checked. Raises `ProblemsFound`."""
        self._check_groups(criteria)
        unit, group = self._ids("unit", self.units), self._ids("group", self.groups)
        frame = self._frame()
        checks.blank_labels(
            self.table, ("resp_id", "unit", "group", "stratum", "psu"), self.problems
        )
        weight = checks.weights(self.table, self.problems)
        sound = (unit >= 0) & (group >= 0)
        cell = small(np.where(sound, unit * len(self.groups) + group, 0))
        self._check_cells(cell, sound, frame)
        checks.repeated_ratings(self.table, cell, self.problems)
        design, answers, population = self._design(cell), self._answers(), self._population()
        modes = self._modes(frame)
        if self.problems:
            raise ProblemsFound(self.problems)
        groups = {name: number for number, name in enumerate(self.groups)}
        return Dataset(
            folder=self.folder,
            units=self.units,
            groups=self.groups,
            questions=self.key.questions,
            criteria=tuple(named.numbered(groups) for named in self.key.criteria),
            unit=unit,
            group=group,
            person=small(self.table["resp_id"].codes),
            weight=weight,
            answers=answers,
            design=design,
            covariates=self._covariates(),
            frame=frame,
            population=population,
            labels=frame_file.labels(self.tables.get("codebook"), self.tables.get("units")),
            modes=modes,
            label_problems=self._label_problems(cell, population),
        )

    def _names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Units and groups in the frame's order; without one sorted, so that row order is moot."""
        if self.frame_table is not None:
            groups = tuple(dict.fromkeys(self.frame_table["group"].texts()))
            return tuple(dict.fromkeys(self.frame_table["unit"].texts())), groups
        units = sorted(set(self.table["unit"].labels))
        others = sorted(set(self.table["group"].labels) - set(self.key.groups))
        return tuple(units), (*self.key.groups, *others)

    def _ids(self, name: str, known: tuple[str, ...]) -> Ints:
        """The number of each row's unit or group; -1 and a problem where the frame has none."""
        column = self.table[name]
        numbers = {label: number for number, label in enumerate(known)}
        by_label = small(np.array([numbers.get(label, -1) for label in column.labels] or [0]))
        unknown = [p for p, label in enumerate(column.labels) if label and label not in numbers]
        for row in column.rows_of(unknown) if unknown else ():
            label = column.text(row)
            self.problems.append(
                self.table.problem(
                    f"unknown-{name}",
                    f"frame.csv has no {name} `{label}`",
                    row,
                    name,
                    closest(label, known) or "add its line to frame.csv",
                )
            )
        return by_label.take(column.codes, mode="clip")

    def _check_groups(self, criteria: Table) -> None:
        links = [link for criterion in self.key.criteria for link in criterion.links]
        for link in links:
            if link.weight > 0 and link.group not in self.groups:
                self.problems.append(
                    criteria.problem(
                        "unknown-group",
                        f"frame.csv has no group `{link.group}`",
                        link.row,
                        "group",
                        closest(link.group, self.groups)
                        or "add its lines to frame.csv, or mend it",
                    )
                )

    def _check_cells(
        self, cell: Ints, sound: Bools, frame: Mapping[tuple[int, int], FrameRow]
    ) -> None:
        if self.frame_table is None:
            return
        listed = {unit * len(self.groups) + group for unit, group in frame}
        known = np.zeros(max(len(self.units) * len(self.groups), 1), dtype=bool)
        known[list(listed)] = True  # of a frame without a line none is, not even the first
        unlisted = sound & ~known[cell]
        for row in np.flatnonzero(unlisted)[:MAX_OF_A_KIND]:
            unit, group = self.table["unit"].text(row), self.table["group"].text(row)
            self.problems.append(
                self.table.problem(
                    "cell-not-in-frame",
                    f"frame.csv has no line for `{unit}` and `{group}`",
                    int(row),
                    "group",
                    "add the line, or mend the group",
                )
            )

    def _frame(self) -> Mapping[tuple[int, int], FrameRow]:
        if self.frame_table is None:
            return {}
        return frame_file.read_frame(self.frame_table, self.units, self.groups, self.problems)

    def _population(self) -> Mapping[tuple[int, int], Population]:
        table = self.tables.get("population")
        if table is None:
            return {}
        names = set(self.table.names)
        return frame_file.read_population(table, self.units, self.groups, names, self.problems)

    def _label_problems(
        self, cell: Ints, population: Mapping[tuple[int, int], Population]
    ) -> Mapping[str, tuple[Problem, ...]]:
        table = self.tables.get("population")
        if table is None or not population:
            return {}
        return label_problems(
            Sources(
                respondents=self.table,
                population_file=table,
                cell=cell,
                population=population,
                units=self.units,
                groups=self.groups,
            )
        )

    def _modes(
        self, frame: Mapping[tuple[int, int], FrameRow]
    ) -> Mapping[tuple[int, int, str], FrameRow]:
        table = self.tables.get("frame_modes")
        if table is None:
            return {}
        return frame_modes_file.read_modes(table, self.units, self.groups, frame, self.problems)

    def _covariates(self) -> dict[str, Column]:
        others = {question.name for question in self.key.questions} | set(DESIGN_COLUMNS)
        return {name: self.table[name] for name in self.table.names if name not in others}

    def _answers(self) -> Codes:
        largest = max((len(question.options) for question in self.key.questions), default=0)
        kind = np.uint8 if largest < 255 else np.uint16
        answers = np.zeros((len(self.key.questions), self.table.rows), dtype=kind)
        by_question: list[list[Problem]] = [[] for _ in self.key.questions]  # of several threads

        def read_question(number: int) -> None:
            question = self.key.questions[number]
            answers[number] = checks.answer_codes(self.table, question, by_question[number])
            self.table.forget(question.name)

        in_threads(read_question, range(len(answers)), few=self.table.rows < FEW)
        self.problems.extend(chain.from_iterable(by_question))
        return answers

    def _design(self, cell: Ints) -> Design:
        fpc1, fpc2 = checks.population_sizes(self.table, self.problems)
        design = self._placed(cell, fpc1, fpc2)
        checks.design(self.table, design, fpc1, fpc2, self.problems)
        return design

    def _placed(self, cell: Ints, fpc1: Floats, fpc2: Floats) -> Design:
        sample_key = cell
        if self.table.has("sample"):
            column = self.table["sample"]
            blank = np.array([label == "" for label in column.labels] or [True])[column.codes]
            sample_key = np.where(
                blank, cell, len(self.units) * len(self.groups) + column.codes.astype(np.int64)
            )
        sample, _ = group_ids(sample_key)
        stratum, first = group_ids(sample, small(self.table["stratum"].codes))
        psu, first_of_psu = group_ids(stratum, small(self.table["psu"].codes))
        person, _ = group_ids(psu, small(self.table["resp_id"].codes))
        return Design(
            sample=sample,
            stratum=stratum,
            psu=psu,
            person=person,
            population_psus=fpc1[first],
            population_persons=fpc2[first_of_psu],
        )
