"""What is typed about a wave: checked, and kept on the page until it can be taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from flask import request

from survey_app.office import days
from survey_app.office.page import words
from survey_app.office.pieces.forms import Form
from survey_app.waves import plan as plans
from survey_app.waves.plan import Plan

_LONGEST = {"title_vi": 200, "title_en": 200, "contact_vi": 300, "contact_en": 300}
_TIMES = ("opens_at", "closes_at")
_DAYS = (*_TIMES, "units_on")


class Typed(Form):
    """The token that shows that a form was sent from our own page; its fields are read by hand."""


@dataclass
class Entries:
    """What was typed, field by field, and what is wrong with it: field -> words."""

    typed: Mapping[str, str]
    problems: dict[str, str] = field(default_factory=dict)

    @classmethod
    def sent(cls) -> Entries:
        """What the request at hand holds."""
        sent = {name: value.strip() for name, value in request.form.items()}
        return cls({**sent, **{name: days.typed(request.form, name) for name in _DAYS}})

    @classmethod
    def of(cls, plan: Plan, **more: str) -> Entries:
        """What a page is filled in with at first."""
        words_ = {name: getattr(plan, name) for name in _LONGEST}
        times = {name: plans.typed_time(getattr(plan, name)) for name in _TIMES}
        return cls({**words_, **times, **more})

    def get(self, name: str) -> str:
        """What was typed into a field."""
        return self.typed.get(name, "")

    def plan(self) -> Plan:
        """Title, contact line and dates; what cannot be read is noted as a problem."""
        return Plan(
            title_vi=self._words("title_vi"),
            title_en=self._words("title_en"),
            contact_vi=self._words("contact_vi"),
            contact_en=self._words("contact_en"),
            opens_at=self._time("opens_at"),
            closes_at=self._time("closes_at"),
        )

    def day(self, name: str) -> date | None:
        """A day; a problem where it is none."""
        try:
            return date.fromisoformat(self.get(name))
        except ValueError:
            self.problems[name] = words()["waves_not_a_day"]
            return None

    def _words(self, name: str) -> str:
        said, most = " ".join(self.get(name).split()), _LONGEST[name]
        if len(said) > most:
            self.problems[name] = words()["waves_too_long"].format(most=most)
        return said

    def _time(self, name: str) -> str | None:
        try:
            return plans.kept_time(self.get(name))
        except (ValueError, OverflowError):
            self.problems[name] = words()["waves_not_a_time"]
            return None
