"""Unit nonresponse: how far the nonrespondents could move a score.

Bounds assume nothing (Manski 1989): every nonrespondent at one end of the scale. The tipping point
is how far the mean coefficient of the nonrespondents would have to lie from that of the respondents
(the same distance in every group and question, and never outside 0 to 1) to move a score by a given
number of points. The share of nonrespondents is 1 - responded/invited of frame.csv: persons who
were not drawn are represented by those who were.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.nonresponse.bounds import Bounds, coefficient_sums, worst_case
from analysis.numeric import Bools, Floats
from analysis.scoring.score import Scorecard

OUT_OF_REACH = "not even if all who kept silent were at the end of the scale"


@dataclass(frozen=True, kw_only=True)
class TippingDifference:
    """How far nonrespondents would have to differ; None with a reason where no distance is enough.

    `difference` is the mean coefficient of the nonrespondents less that of the respondents.
    """

    difference: float | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ScoreBounds:
    """Bounds of the points of one unit.

    Attributes
    ----------
    unit : int
        Its number.
    score : float or None
        Its points.
    worst : Bounds
        If nothing is assumed of anyone who is not in the file.
    nonrespondents : Bounds
        If the draw was fair, and nothing is assumed of the invited who did not respond.
    """

    unit: int
    score: float | None
    worst: Bounds
    nonrespondents: Bounds


@dataclass(frozen=True, kw_only=True)
class Nonrespondents:
    """The nonrespondents of one unit, by question put to a group; NaN where frame.csv is silent.

    Attributes
    ----------
    points : array of float, (questions of groups,)
        What a mean of 1 earns.
    mean : array of float, (questions of groups,)
        Mean coefficient of the respondents.
    nonresponse : array of float, (questions of groups,)
        Share of the invited who did not respond.
    answers, coefficient_sum : array of float, (questions of groups,)
        Number of answers, and the sum of their coefficients.
    population : array of float, (questions of groups,)
        Persons of the group.
    groups : tuple of str
        The group of each question.
    """

    points: Floats
    mean: Floats
    nonresponse: Floats
    answers: Floats
    coefficient_sum: Floats
    population: Floats
    groups: tuple[str, ...]

    @cached_property
    def unknown(self) -> tuple[str, ...]:
        """Groups whose invitations or respondents are not known."""
        return self._groups_where(np.isnan(self.nonresponse))

    def _groups_where(self, mask: Bools) -> tuple[str, ...]:
        marked = zip(self.groups, mask, strict=True)
        return tuple(dict.fromkeys(group for group, holds in marked if holds))

    def worst_case_bounds(self) -> Bounds:
        """Bounds of the points if nothing is assumed of anyone who is not in the file."""
        unusable = np.isnan(self.population) | (self.population < self.answers)
        groups = self._groups_where(unusable | (self.population <= 0))
        if groups:
            return Bounds(reason="N not known, or less than the answers: " + ", ".join(groups))
        columns = zip(self.coefficient_sum, self.answers, self.population, strict=True)
        low, high = (np.array(end) for end in zip(*(worst_case(*c) for c in columns), strict=True))
        return Bounds(lo=float((self.points * low).sum()), hi=float((self.points * high).sum()))

    def nonresponse_bounds(self) -> Bounds:
        """Bounds of the points if nothing is assumed of the invited who did not respond."""
        if self.unknown:
            return Bounds(reason=self._not_known())
        low = (1 - self.nonresponse) * self.mean
        high = low + self.nonresponse
        return Bounds(lo=float((self.points * low).sum()), hi=float((self.points * high).sum()))

    def _not_known(self) -> str:
        return "invited or responded not known: " + ", ".join(self.unknown)

    def shift(self, difference: float) -> float:
        """Points gained if the nonrespondents differ by so much from the respondents.

        Parameters
        ----------
        difference : float
            Mean coefficient of the nonrespondents less that of the respondents; the mean of the
            nonrespondents is kept within 0 and 1.

        Returns
        -------
        float
            In points of the score.
        """
        change = np.clip(self.mean + difference, 0.0, 1.0) - self.mean
        return float((self.points * self.nonresponse * change).sum())

    def tipping(self, gap: float) -> TippingDifference:
        """The difference at which the score moves by `gap` points.

        Parameters
        ----------
        gap : float
            Points to be gained, or lost where negative.

        Returns
        -------
        TippingDifference
            To 60 halvings of the interval from 0 to 1.
        """
        if self.unknown:
            return TippingDifference(reason=self._not_known())
        if gap == 0:
            return TippingDifference(difference=0.0)
        sign = 1.0 if gap > 0 else -1.0
        if abs(self.shift(sign)) < abs(gap):
            return TippingDifference(reason=OUT_OF_REACH)
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            enough = abs(self.shift(sign * middle)) >= abs(gap)
            low, high = (low, middle) if enough else (middle, high)
        return TippingDifference(difference=sign * high)


def nonrespondents(card: Scorecard, unit: int) -> Nonrespondents:
    """The nonrespondents of one unit; several criteria on the same question are taken together.

    Parameters
    ----------
    card : Scorecard
        Means and what they earn; invitations and populations are those of frame.csv.
    unit : int
        Number of the unit.

    Returns
    -------
    Nonrespondents
    """
    data, points = card.data, np.zeros((len(card.data.groups), len(card.data.questions)))
    for share in card.aggregation.contributions:
        for link, part in zip(share.criterion.links, share.link_points[unit], strict=True):
            points[link.group, link.question] += part
    group, question = np.nonzero(points)
    cell = unit * len(data.groups) + group
    frame = [data.frame.get((unit, int(g))) for g in group]
    invited = [np.nan if f is None or not f.invited else f.invited for f in frame]
    responded = [np.nan if f is None or f.responded is None else f.responded for f in frame]
    population = [np.nan if f is None or f.population is None else f.population for f in frame]
    response = np.array(responded, dtype=float) / np.array(invited, dtype=float)
    return Nonrespondents(
        points=points[group, question],
        mean=card.estimates.mean[cell, question],
        nonresponse=np.clip(1 - response, 0.0, 1.0),
        answers=card.counts.n[cell, question],
        coefficient_sum=coefficient_sums(card)[cell, question],
        population=np.array(population, dtype=float),
        groups=tuple(data.groups[g] for g in group),
    )


def score_bounds(card: Scorecard) -> list[ScoreBounds]:
    """Bounds of the points of every unit.

    Parameters
    ----------
    card : Scorecard
        As for `nonrespondents`.

    Returns
    -------
    list of ScoreBounds
        One for each unit; one without a score has no bounds.
    """
    return [_score_bounds(card, unit) for unit in range(len(card.data.units))]


def _score_bounds(card: Scorecard, unit: int) -> ScoreBounds:
    score = float(card.units.score[unit])
    if np.isnan(score):
        no_score = Bounds(reason="no score")
        return ScoreBounds(unit=unit, score=None, worst=no_score, nonrespondents=no_score)
    absent = nonrespondents(card, unit)
    return ScoreBounds(
        unit=unit,
        score=score,
        worst=absent.worst_case_bounds(),
        nonrespondents=absent.nonresponse_bounds(),
    )
