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
from analysis.problems import Problem

Averaging = Literal["equal", "pooled"]


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question and the coefficients of its options.

    Attributes
    ----------
    name : str
        The column of respondents.csv that holds its answers.
    options : tuple of str
        Codes of the options.
    coefs : tuple of float, one an option
        From 0 to 1; NaN for an option that carries no opinion.
    """

    name: str
    options: tuple[str, ...]
    coefs: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Link:
    """A criterion asks a group a question.

    Attributes
    ----------
    group, question : int
        Positions among the data set's groups and questions.
    weight : float
        Of the group, above 0, as written: the weights of a criterion need not add up to 1.
    """

    group: int
    question: int
    weight: float


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """A criterion.

    Attributes
    ----------
    name : str
    max_points : float
        The most points that it gives.
    max_exact : Decimal
        The same as it was written, for explanations.
    links : tuple of Link
        Whom it asks what.
    average : {"equal", "pooled"}
        The weighted mean of the groups' ratios, or one ratio over all answers of its groups.
    """

    name: str
    max_points: float
    links: tuple[Link, ...]
    average: Averaging = "equal"
    max_exact: Decimal = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class FrameRow:
    """A unit × group cell of the frame (or one mode of answering in it); None for not known.

    Attributes
    ----------
    population, invited, responded : float or None
        Persons.
    outcomes : mapping from AAPOR class (I, P, R, NC, O, UH, UO, NE) to persons, or None
        Final dispositions.
    eligible_share : float or None
        Share of the cases of unknown eligibility that are eligible (AAPOR's e), from 0 to 1.
    """

    population: float | None
    invited: float | None
    responded: float | None
    outcomes: Mapping[str, float] | None = None
    eligible_share: float | None = None


@dataclass(frozen=True, kw_only=True)
class Population:
    """Calibration cells of one unit × group.

    Attributes
    ----------
    covariates : tuple of str
        Names of the variables that define the cells.
    values : tuple of tuple of str, (cells, covariates)
        Labels.
    count : ndarray of float, shape (cells,)
        Persons in the population.
    """

    covariates: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    count: Floats


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A data set that has passed every check.

    A row is a rating: one person about one unit, in one group (a row of respondents.csv).

    Attributes
    ----------
    folder : Path
        Where it was read from.
    units, groups : tuple of str
        Names, in the order of every axis of units or groups.
    questions : tuple of Question
    criteria : tuple of Criterion
    unit, group : ndarray of int, shape (rows,)
        Positions among `units` and `groups`.
    person : ndarray of int, shape (rows,)
        Number of the respondent; one who rates several units has several rows.
    weight : ndarray of float, shape (rows,)
        Design weight: persons of the population for whom the respondent stands.
    answers : ndarray of unsigned int, shape (questions, rows)
        0 for no answer, k for the question's option k - 1.
    design : Design
        Strata, PSUs and population sizes of the rows.
    covariates : mapping from name to Column of (rows,) labels
        Every other column of respondents.csv.
    frame : mapping from (unit, group) to FrameRow
        Lines of frame.csv, by position.
    population : mapping from (unit, group) to Population
        Calibration cells of population.csv, by position.
    labels : mapping from kind ("questions", "options", "units", "classes") to words by code
        Of codebook.csv and units.csv.
    fingerprints : mapping from file name to SHA-256
    modes : mapping from (unit, group, mode) to FrameRow
        Lines of frame_modes.csv: the frame by mode of answering.
    response_classes : Table or None
        Classes that are not in the folder, of a data set that came from memory.
    label_problems : mapping from kind of weight to problems
        Why weights cannot be calibrated: labels that do not meet those of population.csv.
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
    label_problems: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)

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
        """Coefficients by answer code, (questions, codes); NaN for none and for no answer."""
        widest = max((len(q.options) for q in self.questions), default=0) + 1
        table = np.full((len(self.questions), widest), np.nan)
        for row, question in zip(table, self.questions, strict=True):
            row[1 : len(question.coefs) + 1] = question.coefs
        return table

    def question_number(self, name: str) -> int:
        """The position of a question."""
        return [question.name for question in self.questions].index(name)
