"""A field of the index with what the line of every unit needs: summed up once, not once a unit."""

from __future__ import annotations

from dataclasses import dataclass

from survey_app.questionnaire.model import Field, Leaf


@dataclass(frozen=True)
class Outline:
    """A field with what every unit's line of it needs."""

    field: Field
    surveyed: tuple[Leaf, ...]
    self_maximum: float
    survey_maximum: float

    @classmethod
    def of(cls, field: Field) -> Outline:
        """The outline of a field."""
        leaves = tuple(field.leaves)
        surveyed = tuple(leaf for leaf in leaves if leaf.assessed == "survey")
        self_maximum = sum(leaf.points for leaf in leaves if leaf.assessed == "self")
        survey_maximum = sum(leaf.points for leaf in surveyed)
        return cls(field, surveyed, float(self_maximum), float(survey_maximum))
