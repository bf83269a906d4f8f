"""What stands in a report beside the numbers of its scorecard. No web, no store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from survey_app.questionnaire.model import Text

HEAD = ("superior", "agency", "number", "place", "signer_title", "signer", "recipients")
"""What is written at the head and the end of every report."""

WRITTEN = ("strengths", "shortcomings", "proposals")
"""What an analyst writes of the province and may write of a unit."""

SUMMARY = "summary"

LONGEST: Mapping[str, int] = {
    **dict.fromkeys(HEAD, 200),
    "recipients": 600,
    "signer_title": 120,
    SUMMARY: 400,
    **dict.fromkeys(WRITTEN, 6000),
}
"""Field -> the most characters of its text."""


@dataclass(frozen=True, kw_only=True)
class LastLine:
    """A unit in another year. `verdict` is blank where nothing was tested."""

    last: float | None
    this: float | None
    change: float | None
    lo: float | None = None
    hi: float | None = None
    rank_last: int | None = None
    verdict: str = ""


@dataclass(frozen=True, kw_only=True)
class LastYear:
    """Another year beside this one: as `analysis compare` tested it, or as both were published."""

    year: int
    is_tested: bool
    level: float
    units: Mapping[str, LastLine]

    def has(self, unit: str) -> bool:
        """Whether a unit has figures of both years."""
        line = self.units.get(unit)
        return line is not None and line.last is not None and line.this is not None

    def count(self, verdict: str) -> int:
        """How many units have a verdict."""
        return sum(line.verdict == verdict for line in self.units.values())


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Forms that results leave out: how many, of how many classes, and why (reason, forms)."""

    forms: int
    classes: int
    reasons: tuple[tuple[Text, int], ...]


@dataclass(frozen=True, kw_only=True)
class Beside:
    """All of it. `texts`: (unit, field) -> what was written; the province's unit is blank."""

    texts: Mapping[tuple[str, str], str] = field(default_factory=dict)
    last: LastYear | None = None
    has_earlier: bool = False
    """Whether there is an earlier year to compare with, though nobody has done so."""
    left_out: LeftOut | None = None

    def text(self, name: str, unit: str = "") -> str:
        """What was written; blank where nothing was."""
        return self.texts.get((unit, name), "").strip()


NOTHING = Beside()
