"""What everybody may know of an index: which groups and questions make each criterion's points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement
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
    """Every scored criterion, and the coefficients that the answers of each question have."""

    criteria: tuple[ScoredCriterion, ...]
    coefficients: tuple[tuple[str, tuple[float, ...]], ...] = ()

    @cached_property
    def fields(self) -> Mapping[str, tuple[ScoredCriterion, ...]]:
        """The criteria of each field."""
        fields: dict[str, tuple[ScoredCriterion, ...]] = {}
        for criterion in self.criteria:
            if criterion.field:
                fields[criterion.field] = (*fields.get(criterion.field, ()), criterion)
        return fields

    @cached_property
    def _scales(self) -> Mapping[str, tuple[float, ...]]:
        return {question: tuple(sorted(set(known))) for question, known in self.coefficients}

    def limits(self, question: str) -> tuple[float, float]:
        """Between which values a ratio lies: 0 and 1 where nothing else is known."""
        known = self._scales.get(question)
        return (known[0], known[-1]) if known else (0.0, 1.0)

    def attainable(self, question: str, n: int) -> tuple[float, ...]:
        """The ratios that so many answers of equal weight can have; nothing where it is not known.

        Parameters
        ----------
        question : str
            The question.
        n : int
            How many answers carry a coefficient.
        """
        known = self._scales.get(question, ())
        sums = {round(sum(answers), 9) for answers in combinations_with_replacement(known, n)}
        return tuple(sorted(value / n for value in sums)) if n and known else ()
