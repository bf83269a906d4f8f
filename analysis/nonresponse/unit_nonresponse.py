"""Those who did not answer at all: what they could change, and how unlike the others they look.

Bounds assume nothing (Manski 1989): every silent person at one end of the scale. The tipping point
asks how far the mean coefficient of the silent would have to lie from that of those who answered,
the same in every group and question and never outside 0 to 1, to move a score by a given number of
points. Shares of the silent are 1 - responded/invited of frame.csv: who was not drawn is spoken for
by who was.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from analysis.nonresponse.response_rates import worst_case
from analysis.numeric import Floats
from analysis.scoring.score import Scorecard

Bounds = tuple[float, float]


@dataclass(frozen=True)
class Missing:
    """A number that is not there, and why."""

    reason: str


@dataclass(frozen=True)
class Silence:
    """The silent of one unit, part by part of its score.

    `points` a part (a question in a group) can earn, `mean` its ratio, `silent` the share of the
    invited who did not come, `answered` and `earned` the answers and sum of their coefficients,
    `there` the population; NaN for what frame.csv does not say.
    """

    points: Floats
    mean: Floats
    silent: Floats
    answered: Floats
    earned: Floats
    there: Floats
    groups: tuple[str, ...]

    @cached_property
    def unknown(self) -> tuple[str, ...]:
        """Groups whose invitations or respondents are not known."""
        lost = np.isnan(self.silent)
        return tuple(dict.fromkeys(g for g, gone in zip(self.groups, lost, strict=True) if gone))

    def worst(self) -> Bounds | Missing:
        """Bounds of the points if nothing is assumed of anyone who is not in the file."""
        lost = np.isnan(self.there) | (self.there < self.answered) | (self.there <= 0)
        if lost.any():
            names = dict.fromkeys(g for g, gone in zip(self.groups, lost, strict=True) if gone)
            return Missing("N not known, or less than the answers: " + ", ".join(names))
        ends = [
            worst_case(*part) for part in zip(self.earned, self.answered, self.there, strict=True)
        ]
        low, high = (np.array(end) for end in zip(*ends, strict=True))
        return float((self.points * low).sum()), float((self.points * high).sum())

    def silent_bounds(self) -> Bounds | Missing:
        """Bounds if the draw was fair and only the invited who kept silent are doubted."""
        if self.unknown:
            return Missing("invited or responded not known: " + ", ".join(self.unknown))
        low = (1 - self.silent) * self.mean
        return float((self.points * low).sum()), float((self.points * (low + self.silent)).sum())

    def shift(self, difference: float) -> float:
        """Points gained if the silent lie so far from the others, within 0 and 1."""
        moved = np.clip(self.mean + difference, 0.0, 1.0) - self.mean
        return float((self.points * self.silent * moved).sum())

    def tipping(self, gap: float) -> float | Missing:
        """The difference at which the score moves by `gap` points."""
        if self.unknown:
            return Missing("invited or responded not known: " + ", ".join(self.unknown))
        if gap == 0:
            return 0.0
        far = 1.0 if gap > 0 else -1.0
        most = self.shift(far)
        if abs(most) < abs(gap):
            return Missing("not even if all who kept silent were at the end of the scale")
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (
                (low, middle) if abs(self.shift(far * middle)) >= abs(gap) else (middle, high)
            )
        return far * high


def silence(card: Scorecard, unit: int) -> Silence:
    """The silent of one unit; parts of several criteria on the same question are one."""
    data, points = card.data, np.zeros((len(card.data.groups), len(card.data.questions)))
    for share in card.aggregation.contributions:
        for link, part in zip(share.criterion.links, share.link_points[unit], strict=True):
            points[link.group, link.question] += part
    group, question = np.nonzero(points)
    cell = unit * len(data.groups) + group
    frame = [data.frame.get((unit, int(g))) for g in group]
    answered = card.counts.n[cell, question]
    earned = (card.counts.by_code * card.counts.coefficients * card.counts.carries).sum(axis=2)
    asked = [np.nan if f is None or not f.invited else f.invited for f in frame]
    came = [np.nan if f is None or f.responded is None else f.responded for f in frame]
    there = [np.nan if f is None or f.population is None else f.population for f in frame]
    return Silence(
        points[group, question],
        card.estimates.mean[cell, question],
        np.clip(1 - np.array(came, dtype=float) / np.array(asked, dtype=float), 0.0, 1.0),
        answered,
        earned[cell, question],
        np.array(there, dtype=float),
        tuple(data.groups[g] for g in group),
    )


def plain(value: Any) -> Any:
    """The number, or None."""
    return None if isinstance(value, Missing) else value


def why(value: Any) -> str:
    """Why there is none; empty when there is one."""
    return value.reason if isinstance(value, Missing) else ""
