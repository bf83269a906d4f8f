"""What decides whose points the account at hand may enter, appraise and see."""

from __future__ import annotations

from survey_app.fieldwork.assessment.scope import Person
from survey_app.office.guard.login import one


def person() -> Person:
    """The account at hand, as the rules of scope see it."""
    account = one().account
    return Person(permissions=account.permissions, unit=account.unit, fields=account.fields)
