"""Points that do not come from the survey: a unit's own, and what the appraisers find."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Assessed:
    """The points of one self-assessed leaf of one unit: decimal texts, blank while not given."""

    unit: str
    criterion: str
    self_points: str
    appraised_points: str
    evidence: str = ""
    file: str = ""
    cell: str = ""


@dataclass(frozen=True)
class Adjustment:
    """A bonus (above zero) or a penalty (below), with its legal basis."""

    unit: str
    points: str
    basis: str
