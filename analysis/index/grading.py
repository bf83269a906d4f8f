"""Grades from thresholds that are data: inclusive lower bounds, with optional floors on fields."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from scipy import special

from analysis.index.merge_files import Grade


def grade(index: float, lowest_field: float | None, grades: Sequence[Grade]) -> Grade | None:
    """The best grade whose threshold the index reaches, and whose floor every field reaches.

    Parameters
    ----------
    index : float
        Per cent of the points; compared to nine decimals, so that a sum of decimals that is 80
        reaches 80.
    lowest_field : float or None
        The lowest field in per cent; None where it is not known, and floors are not applied.
    grades : sequence of Grade
        From the best to the lowest.

    Returns
    -------
    Grade or None
        None where no grade is reached.
    """
    for candidate in grades:
        if _reaches(index, candidate.threshold) and _reaches(lowest_field, candidate.floor):
            return candidate
    return None


def probabilities(
    index: float, se: float | None, lowest_field: float | None, grades: Sequence[Grade]
) -> dict[str, float]:
    """The probability of each grade if the true index were Normal around this one; descriptive.

    Parameters
    ----------
    index, se : float
        The index in per cent and its standard error; without the latter there are no probabilities.
    lowest_field : float or None
        As for `grade`; where a floor is missed, the probability goes to the next grade whose floor
        is reached.
    grades : sequence of Grade
        From the best to the lowest.

    Returns
    -------
    dict of str to float
        By code of the grade.
    """
    if se is None or not grades:
        return {}
    probability = {candidate.code: 0.0 for candidate in grades}
    passed = 0.0
    carried = 0.0
    for candidate in grades:
        reached = _probability_above(index, se, candidate.threshold)
        carried += reached - passed
        passed = reached
        if _reaches(lowest_field, candidate.floor):
            probability[candidate.code], carried = carried, 0.0
    return probability


def _probability_above(index: float, se: float, threshold: Decimal | None) -> float:
    if threshold is None:
        return 1.0
    if se == 0:
        return float(_reaches(index, threshold))
    return float(special.ndtr((index - float(threshold)) / se))


def _reaches(value: float | None, threshold: Decimal | None) -> bool:
    return value is None or threshold is None or round(value, 9) >= float(threshold)
