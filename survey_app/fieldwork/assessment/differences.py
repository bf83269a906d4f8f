"""What an import would change of what is kept: shown before anything is stored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from survey_app.fieldwork.assessment.points import Adjustment, Assessed, Line, Whose

WAITS = timedelta(days=7)
"""How long whoever handed workbooks in may take to confirm what they change."""

Kept = Mapping[tuple[str, str], Line]
"""Unit and criterion -> what is kept."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One leaf of one unit: what is kept, and what would take its place."""

    unit: str
    criterion: str
    before: str
    after: str
    words_before: str = ""
    words_after: str = ""

    @property
    def is_new(self) -> bool:
        """Whether nothing is there yet."""
        return not self.before and not self.words_before


@dataclass(frozen=True, kw_only=True)
class AdjustedUnit:
    """The bonus and penalty lines of a unit, before and after."""

    unit: str
    before: tuple[Adjustment, ...]
    after: tuple[Adjustment, ...]


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What was read of workbooks and waits to be stored.

    A leaf whose points are blank is not touched, and neither are the adjustments of a unit that
    has no line of them.
    """

    whose: Whose
    units: tuple[str, ...]
    rows: tuple[Assessed, ...]
    adjustments: tuple[Adjustment, ...] = ()

    def as_text(self) -> str:
        """As it is kept."""
        rows = [
            [r.unit, r.criterion, r.points, r.words, r.file, r.cell, None, r.is_silent]
            for r in self.rows
        ]
        adjusted = [[a.unit, a.points, a.basis] for a in self.adjustments]
        kept = {"units": self.units, "rows": rows, "adjustments": adjusted}
        return json.dumps(kept, ensure_ascii=False)

    @classmethod
    def of_text(cls, whose: Whose, text: str) -> Proposal:
        """As it was kept."""
        kept: dict[str, Any] = json.loads(text)
        before = [None, whose == "appraised"]  # what waits since appraisers could give no reasons
        return cls(
            whose=whose,
            units=tuple(kept["units"]),
            rows=tuple(Assessed(*row, *before[: 8 - len(row)]) for row in kept["rows"]),
            adjustments=tuple(Adjustment(*line) for line in kept["adjustments"]),
        )


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What a proposal would change: points, and bonus or penalty lines."""

    changes: tuple[Change, ...]
    adjusted: tuple[AdjustedUnit, ...] = ()

    @property
    def replaced(self) -> tuple[Change, ...]:
        """The changes by which something goes that is kept now."""
        return tuple(change for change in self.changes if not change.is_new)

    @property
    def takes_something_away(self) -> bool:
        """Whether anything that is kept now would not be any more."""
        return bool(self.replaced) or any(each.before for each in self.adjusted)

    @property
    def is_empty(self) -> bool:
        """Whether everything is as the workbooks say already."""
        return not self.changes and not self.adjusted

    @property
    def fingerprint(self) -> str:
        """What it is known by: whoever confirms it has seen this and nothing else."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:32]


def difference(
    proposal: Proposal, kept: Kept, adjustments: Mapping[str, Sequence[Adjustment]]
) -> Difference:
    """What would change if a proposal were stored now."""
    changes = (_change(row, proposal.whose, kept) for row in proposal.rows if row.points)
    return Difference(
        changes=tuple(change for change in changes if change is not None),
        adjusted=tuple(_adjusted(proposal, adjustments)),
    )


def _change(row: Assessed, whose: Whose, kept: Kept) -> Change | None:
    line = kept.get((row.unit, row.criterion)) or Line(unit=row.unit, criterion=row.criterion)
    words = line.words(whose) if row.is_silent else row.words
    if (row.points, words) == (line.points(whose), line.words(whose)):
        return None
    return Change(
        unit=row.unit,
        criterion=row.criterion,
        before=line.points(whose),
        after=row.points,
        words_before=line.words(whose),
        words_after=words,
    )


def _adjusted(
    proposal: Proposal, adjustments: Mapping[str, Sequence[Adjustment]]
) -> Iterator[AdjustedUnit]:
    for unit in dict.fromkeys(each.unit for each in proposal.adjustments):
        after = tuple(each for each in proposal.adjustments if each.unit == unit)
        before = tuple(adjustments.get(unit, ()))
        if before != after:
            yield AdjustedUnit(unit=unit, before=before, after=after)


def left_alone(proposal: Proposal, fields: Collection[str]) -> Proposal:
    """The proposal without adjustments where whoever made it has some fields only."""
    if not fields:
        return proposal
    return Proposal(whose=proposal.whose, units=proposal.units, rows=proposal.rows)
