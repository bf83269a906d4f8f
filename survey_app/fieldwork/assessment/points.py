"""Points that do not come from the survey: a unit's own, and what the appraisers find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Whose = Literal["own", "appraised"]
"""A unit's own points, or those of its appraisers: two inputs, and two permissions."""


@dataclass(frozen=True)
class Assessed:
    """The points of one self-assessed leaf of one unit: a decimal text, blank while not given.

    `words` are what a unit's evidence says, or why appraisers give what they give. `file` and
    `cell` are where the points stood, blank where they were typed into a page. `version` is the
    one that whoever typed them had seen; None where they take the place of whatever is there.
    """

    unit: str
    criterion: str
    points: str
    words: str = ""
    file: str = ""
    cell: str = ""
    version: int | None = None
    is_silent: bool = False
    """Its workbook has no room for words, so those that are kept stay."""


@dataclass(frozen=True)
class Adjustment:
    """A bonus (above zero) or a penalty (below), with its legal basis."""

    unit: str
    points: str
    basis: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """What is kept of one leaf of one unit: both points, each with its words and its version."""

    unit: str
    criterion: str
    own: str = ""
    evidence: str = ""
    own_version: int = 0
    appraised: str = ""
    reason: str = ""
    appraised_version: int = 0

    def points(self, whose: Whose) -> str:
        """The points of one side."""
        return self.own if whose == "own" else self.appraised

    def words(self, whose: Whose) -> str:
        """The words of one side."""
        return self.evidence if whose == "own" else self.reason

    def version(self, whose: Whose) -> int:
        """How often the side was changed."""
        return self.own_version if whose == "own" else self.appraised_version
