"""What everybody may know of an index: which groups and questions make each criterion's points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Link = tuple[str, str, float]
"""A group, the question that it is asked, and the weight of the group in the criterion."""


@dataclass(frozen=True, kw_only=True)
class ScoredCriterion:
    """A criterion that is scored by a survey; `field` is blank where the index has no fields."""

    name: str
    field: str
    max_points: float
    links: tuple[Link, ...]
    average: Literal["equal", "pooled"] = "equal"


@dataclass(frozen=True, kw_only=True)
class Definition:
    """Every scored criterion, and the least and the greatest coefficient of each question."""

    criteria: tuple[ScoredCriterion, ...]
    coefficients: tuple[tuple[str, float, float], ...] = ()

    @cached_property
    def fields(self) -> Mapping[str, tuple[ScoredCriterion, ...]]:
        """The criteria of each field."""
        fields: dict[str, tuple[ScoredCriterion, ...]] = {}
        for criterion in self.criteria:
            if criterion.field:
                fields[criterion.field] = (*fields.get(criterion.field, ()), criterion)
        return fields

    @cached_property
    def _limits(self) -> Mapping[str, tuple[float, float]]:
        return {question: (lower, upper) for question, lower, upper in self.coefficients}

    def limits(self, question: str) -> tuple[float, float]:
        """Between which values a ratio lies: 0 and 1 where nothing else is known."""
        return self._limits.get(question, (0.0, 1.0))
