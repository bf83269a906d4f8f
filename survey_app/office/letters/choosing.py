"""Which cases are meant: typed by number, or chosen by group and unit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from survey_app.office.page import words
from survey_app.store.sample.links import MOST_LABELS, Selection

_BETWEEN = re.compile(r"[\s,;]+")


@dataclass(frozen=True)
class Chosen:
    """What was typed, and what is wrong with it."""

    labels: str = ""
    group: str = ""
    unit: str = ""

    @classmethod
    def sent(cls, form: Mapping[str, str]) -> Chosen:
        """From a form."""
        return cls(*(form.get(name, "").strip() for name in ("labels", "group", "unit")))

    @property
    def numbers(self) -> tuple[str, ...]:
        """The case numbers that were typed, each once."""
        return tuple(dict.fromkeys(each for each in _BETWEEN.split(self.labels) if each))

    @property
    def selection(self) -> Selection:
        """As the store takes it."""
        return Selection(
            labels=self.numbers,
            groups=(self.group,) if self.group else (),
            units=(self.unit,) if self.unit else (),
        )

    @property
    def problem(self) -> str:
        """Why it cannot be taken; blank where it can."""
        if len(self.numbers) > MOST_LABELS:
            return words()["letters_too_many_numbers"].format(most=MOST_LABELS)
        return ""

    def as_arguments(self) -> dict[str, Any]:
        """As a job keeps it."""
        chosen = self.selection
        return {
            "labels": list(chosen.labels),
            "groups": list(chosen.groups),
            "units": list(chosen.units),
        }
