"""A warning of cases whose forms could be guessed, on the next page."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash

from survey_app.fieldwork.protection.anonymity import SmallClass
from survey_app.i18n import percent
from survey_app.office.page import language, words
from survey_app.web import house


def warn_of(small: Sequence[SmallClass]) -> None:
    """Say, on the next page, of how many cases the forms could be guessed."""
    if small:
        told = words()["small_classes"].format(
            share=percent(house().settings.expected_returns, language(), 0),
            people=sum(each.size for each in small),
            alone=sum(each.size == 1 for each in small),
        )
        flash(told, "warn")
