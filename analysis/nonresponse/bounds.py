"""Bounds of means that assume nothing about the nonrespondents (Manski 1989)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.numeric import Floats
from analysis.scoring.score import Scorecard


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """The lowest and the highest possible value; None with a reason where they are not known."""

    lo: float | None = None
    hi: float | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class MeanBounds:
    """Bounds of the mean coefficient of one question in one unit × group.

    Attributes
    ----------
    unit, group, question : int
        Their numbers.
    population : float or None
        Persons of the unit × group; None where frame.csv does not say.
    n : int
        Answers with a coefficient.
    bounds : Bounds
        Between 0 and 1.
    """

    unit: int
    group: int
    question: int
    population: float | None
    n: int
    bounds: Bounds


def worst_case(coefficient_sum: float, answers: float, population: float) -> tuple[float, float]:
    """Bounds of a mean over a population of which only some answered.

    Parameters
    ----------
    coefficient_sum : float
        Sum of the coefficients (0 to 1) of the answers.
    answers, population : float
        How many answered, and how many persons there are.

    Returns
    -------
    tuple of float
        The mean if everyone else were at 0, and if everyone else were at 1.

    References
    ----------
    Manski, C. F. (1989). Anatomy of the selection problem. Journal of Human Resources 24.
    """
    return coefficient_sum / population, (coefficient_sum + population - answers) / population


def coefficient_sums(card: Scorecard) -> Floats:
    """(cells, questions): the sum of the coefficients of the answers."""
    return np.asarray(
        (card.counts.by_code * card.counts.coefficients * card.counts.carries).sum(axis=2)
    )


def mean_bounds(card: Scorecard) -> list[MeanBounds]:
    """Bounds of every mean if nothing is assumed of those who are not in the file.

    Parameters
    ----------
    card : Scorecard
        Counts of answers; the populations are those of frame.csv.

    Returns
    -------
    list of MeanBounds
        One for each unit, group and question.
    """
    data, totals = card.data, coefficient_sums(card)
    rows = []
    for cell in range(data.cells):
        unit, group = divmod(cell, len(data.groups))
        line = data.frame.get((unit, group))
        population = None if line is None else line.population
        for question in range(len(data.questions)):
            n = float(card.counts.n[cell, question])
            rows.append(
                MeanBounds(
                    unit=unit,
                    group=group,
                    question=question,
                    population=population,
                    n=int(n),
                    bounds=_bounds(float(totals[cell, question]), n, population),
                )
            )
    return rows


def _bounds(total: float, n: float, population: float | None) -> Bounds:
    if population is None or population <= 0 or n > population:
        return Bounds(reason="N not known, or less than the answers")
    lo, hi = worst_case(total, n, population)
    return Bounds(lo=lo, hi=hi)
