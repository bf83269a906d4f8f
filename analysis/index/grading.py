"""Grades from thresholds that are data: inclusive lower bounds, with optional floors on fields."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from scipy import special

from analysis.index.merge_files import Grade


def grade(index: float, lowest_field: float | None, grades: Sequence[Grade]) -> Grade | None:
    """The best grade whose threshold the index and whose floor every field reaches.

    `lowest_field` is the lowest field in per cent (None: not known, floors are not applied).
    Compared to nine decimals, so that 80 reached by sums of decimals is 80.
    """
    for candidate in grades:
        if _reaches(index, candidate.least) and _reaches(lowest_field, candidate.floor):
            return candidate
    return None


def probabilities(
    index: float, se: float | None, lowest_field: float | None, grades: Sequence[Grade]
) -> dict[str, float]:
    """The chance of each grade if the true index were Normal around this one. Descriptive.

    A grade whose floor is missed hands its chance to the next one whose floor is reached.
    """
    if se is None or not grades:
        return {}
    chance = {candidate.code: 0.0 for candidate in grades}
    passed = 0.0
    carried = 0.0
    for candidate in grades:
        reached = _chance_above(index, se, candidate.least)
        carried += reached - passed
        passed = reached
        if _reaches(lowest_field, candidate.floor):
            chance[candidate.code], carried = carried, 0.0
    return chance


def _chance_above(index: float, se: float, least: Decimal | None) -> float:
    if least is None:
        return 1.0
    if se == 0:
        return float(_reaches(index, least))
    return float(special.ndtr((index - float(least)) / se))


def _reaches(value: float | None, least: Decimal | None) -> bool:
    return value is None or least is None or round(value, 9) >= float(least)
