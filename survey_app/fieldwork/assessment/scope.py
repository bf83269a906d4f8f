"""Whose points an account may enter, and which fields it may appraise: by its unit and fields."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from survey_app.questionnaire.model import Field, Index

EVERY_UNIT = "points.import"
"""The permission whose holders take in the points of every unit and every field."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """What decides: permissions, the unit whose clerk an account is, the fields it was given."""

    permissions: Collection[str]
    unit: str = ""
    fields: Collection[str] = ()

    def may_enter(self, unit: str) -> bool:
        """Whether the own points of a unit are theirs to enter: an office's, or one's own unit."""
        if EVERY_UNIT in self.permissions:
            return True
        return "points.enter" in self.permissions and bool(unit) and self.unit == unit

    def may_appraise(self, field: Field) -> bool:
        """Whether a field is theirs: given to the account, or its agency's by the index."""
        if "points.appraise" not in self.permissions:
            return False
        is_given = field.code in self.fields or (
            bool(self.unit) and self.unit in field.appraised_by
        )
        return is_given or EVERY_UNIT in self.permissions

    def fields_of(self, index: Index) -> frozenset[str]:
        """The codes of the fields that they may appraise."""
        return frozenset(field.code for field in index.fields if self.may_appraise(field))

    def may_see(self, unit: str) -> bool:
        """Whether what a unit handed in is theirs to see: one's own, or of all who appraise."""
        return "points.see" in self.permissions or self.may_enter(unit)
