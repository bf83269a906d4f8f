"""What a data set is, once read: questions, criteria, the frame, and the answers as codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from analysis.design.design import Design
from analysis.io.table import Column, Table
from analysis.numeric import Codes, Floats, Ints

Averaging = Literal["equal", "pooled"]


@dataclass(frozen=True)
class Question:
    """A question and what its options are worth.

    `coefs[k]` belongs to `options[k]`; NaN where an option carries no coefficient.
    """

    name: str
    options: tuple[str, ...]
    coefs: tuple[float, ...]


@dataclass(frozen=True)
class Link:
    """A criterion asks a group a question; `weight` is the group's, as written."""

    group: int
    question: int
    weight: float


@dataclass(frozen=True)
class Criterion:
    """A criterion, its maximum points, and how its groups are averaged."""

    name: str
    max_points: float
    links: tuple[Link, ...]
    average: Averaging = "equal"
    max_exact: Decimal = Decimal(0)


@dataclass(frozen=True)
class FrameRow:
    """A unit × group cell of the frame; None where the file says nothing."""

    population: float | None
    invited: float | None
    responded: float | None
    outcomes: Mapping[str, float] | None = None
    eligible_share: float | None = None


@dataclass(frozen=True)
class Population:
    """Calibration cells of one unit × group: the values of each covariate, and the count."""

    covariates: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    count: Floats


@dataclass(frozen=True)
class Dataset:
    """A data set that has passed every check.

    `unit`, `group`, `person` and `weight` have one entry a rating (a row of respondents.csv).
    `answers` is (questions, rows): 0 is not answered, k is the question's option k - 1. `modes` is
    the frame once more, by unit, group and mode. `response_classes` is a table that is not in the
    folder, of a data set that came from memory.
    """

    folder: Path
    units: tuple[str, ...]
    groups: tuple[str, ...]
    questions: tuple[Question, ...]
    criteria: tuple[Criterion, ...]
    unit: Ints
    group: Ints
    person: Ints
    weight: Floats
    answers: Codes
    design: Design
    covariates: Mapping[str, Column]
    frame: Mapping[tuple[int, int], FrameRow]
    population: Mapping[tuple[int, int], Population]
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    modes: Mapping[tuple[int, int, str], FrameRow] = field(default_factory=dict)
    response_classes: Table | None = None

    @property
    def rows(self) -> int:
        """How many ratings there are."""
        return len(self.weight)

    @property
    def cells(self) -> int:
        """How many unit × group cells there are, empty ones included."""
        return len(self.units) * len(self.groups)

    @cached_property
    def cell(self) -> Ints:
        """The unit × group cell of each row: unit * groups + group."""
        return self.unit * len(self.groups) + self.group

    @cached_property
    def coefs(self) -> Floats:
        """(questions, codes): the coefficient of each answer code; NaN for none and for blank."""
        widest = max((len(q.options) for q in self.questions), default=0) + 1
        table = np.full((len(self.questions), widest), np.nan)
        for row, question in zip(table, self.questions, strict=True):
            row[1 : len(question.coefs) + 1] = question.coefs
        return table

    def question_number(self, name: str) -> int:
        """The position of a question."""
        return [question.name for question in self.questions].index(name)
