"""How unlike the respondents the nonrespondents would have to be for a rank or a grade to change.

To change a rank is to reach the score of the next ranked unit above, or to fall to that of the next
below; to change a grade is to reach the next threshold, or to fall below that of the present grade.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from analysis.nonresponse.unit_nonresponse import nonrespondents
from analysis.ranking.league_table import Rules, reasons
from analysis.scoring.score import Scorecard

Change = Literal["rank_up", "rank_down", "grade_up", "grade_down"]


@dataclass(frozen=True, kw_only=True)
class TippingPoint:
    """What it takes for one change.

    Attributes
    ----------
    unit : int
        Number of the unit.
    change : str
        Which change.
    to : str
        The unit to be reached, or the grade gained or lost.
    gap : float
        Points to be gained, or lost where negative.
    difference : float or None
        Mean coefficient of the nonrespondents less that of the respondents, -1 to 1.
    reason : str
        Why no difference is enough, or none is known; empty where there is one.
    """

    unit: int
    change: Change
    to: str
    gap: float
    difference: float | None
    reason: str


def tipping_points(
    card: Scorecard, merged: Mapping[str, Any] | None = None
) -> tuple[TippingPoint, ...]:
    """The tipping points of every ranked unit, then those of every graded one.

    Parameters
    ----------
    card : Scorecard
        Scores and response.
    merged : mapping, optional
        The content of merged.json, for grades; floors of fields are not considered.

    Returns
    -------
    tuple of TippingPoint
    """
    return tuple(
        _tipping_point(card, *change) for change in (*_of_ranks(card), *_of_grades(card, merged))
    )


def _tipping_point(card: Scorecard, unit: int, change: Change, to: str, gap: float) -> TippingPoint:
    tipping = nonrespondents(card, unit).tipping(gap)
    return TippingPoint(
        unit=unit,
        change=change,
        to=to,
        gap=gap,
        difference=tipping.difference,
        reason=tipping.reason,
    )


def _of_ranks(card: Scorecard) -> Iterator[tuple[int, Change, str, float]]:
    """By ranked unit: to reach the nearest unit above, and to fall to the nearest below."""
    ranked = [unit for unit, reason in enumerate(reasons(card, Rules())) if not reason]
    scores = card.units.score
    for unit in ranked:
        above = [other for other in ranked if scores[other] > scores[unit]]
        below = [other for other in ranked if scores[other] < scores[unit]]
        changes: tuple[tuple[Change, list[int]], ...] = ("rank_up", above), ("rank_down", below)
        for change, others in changes:
            if others:
                gaps = {other: float(scores[other] - scores[unit]) for other in others}
                nearest = min(others, key=lambda other: (abs(gaps[other]), other))
                yield unit, change, card.data.units[nearest], gaps[nearest]


def _of_grades(
    card: Scorecard, merged: Mapping[str, Any] | None
) -> Iterator[tuple[int, Change, str, float]]:
    """By graded unit: to reach the next grade, and to lose the present one."""
    if merged is None:
        return
    thresholds = [
        (grade["min"], grade["grade"])
        for grade in merged.get("grades", [])
        if grade["min"] is not None
    ]
    for row in merged.get("units", []):
        known = row["unit"] in card.data.units and row["index"] is not None and row["max"]
        if known and row["complete"]:
            yield from _of_grade(card.data.units.index(row["unit"]), row, thresholds)


def _of_grade(
    unit: int, row: Mapping[str, Any], thresholds: Sequence[tuple[float, str]]
) -> Iterator[tuple[int, Change, str, float]]:
    index = row["index"]
    above = min((step for step in thresholds if step[0] > index), default=None)
    reached = max((step for step in thresholds if step[0] <= index), default=None)
    changes: tuple[tuple[Change, tuple[float, str] | None], ...] = (
        ("grade_up", above),
        ("grade_down", reached),
    )
    for change, step in changes:
        if step is not None:
            threshold, grade = step
            yield unit, change, grade, (threshold - index) * row["max"] / 100
