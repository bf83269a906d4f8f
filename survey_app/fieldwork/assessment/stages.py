"""How far a unit is with its self-assessment and appraisal, and what that means for the result."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Stage = Literal["not_begun", "in_work", "submitted", "appraised", "questioned", "agreed"]

STAGES: tuple[Stage, ...] = (
    "not_begun",
    "in_work",
    "submitted",
    "appraised",
    "questioned",
    "agreed",
)


@dataclass(frozen=True, kw_only=True)
class Deadlines:
    """Until when units submit, and until when they answer questions; None where nobody has said."""

    submit_by: str | None = None
    answer_by: str | None = None

    def is_over(self, now: str) -> bool:
        """Whether the time to submit has passed."""
        return self.submit_by is not None and now > self.submit_by

    def takes_no_answers(self, now: str) -> bool:
        """Whether the time to answer questions has passed."""
        return self.answer_by is not None and now > self.answer_by


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What is there of a unit: of so many leaves, how many have points, and what was done."""

    leaves: int
    own: int = 0
    appraised: int = 0
    waiting: int = 0
    """Questions that the unit has not answered."""
    submitted_at: str | None = None
    agreed_at: str | None = None

    @property
    def is_appraised(self) -> bool:
        """Whether every leaf has appraised points: the unit then has an index and a rank."""
        return self.leaves > 0 and self.appraised >= self.leaves


def stage(it: Progress, deadlines: Deadlines, now: str) -> Stage:
    """Where a unit stands. A question that waits comes before all else while it can be answered."""
    if it.waiting and not deadlines.takes_no_answers(now):
        return "questioned"
    if it.is_appraised:
        return "agreed" if it.agreed_at else "appraised"
    if it.submitted_at:
        return "submitted"
    return "in_work" if it.own else "not_begun"


def is_late(it: Progress, deadlines: Deadlines, now: str) -> bool:
    """Whether a unit has not submitted in time, or not yet though the time is over."""
    if it.submitted_at is None:
        return deadlines.is_over(now) and not it.is_appraised
    return deadlines.submit_by is not None and it.submitted_at > deadlines.submit_by


def receipt(wave: str, unit: str, at: str, points: Iterable[tuple[str, str]]) -> str:
    """What a submission is known by: other points, or another moment, give another receipt."""
    said = "\n".join((wave, unit, at, *(f"{code}={value}" for code, value in points)))
    digest = hashlib.sha256(said.encode()).hexdigest()[:12].upper()
    return "-".join(digest[i : i + 4] for i in range(0, 12, 4))
