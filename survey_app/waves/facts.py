"""How a wave stands, in numbers: what its task list and its warnings are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

State = Literal["planned", "open", "closed"]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of a wave. Of an open one, only what may be shown of it.

    Counts of people who answer come from boards, which change by five or more at a time.
    """

    state: State
    now: str
    opens_at: str | None = None
    closes_at: str | None = None
    reopened: bool = False
    unfinished: bool = False
    """Closed, with ballots that are still sealed."""

    forms: int = 0
    groups: int = 0
    texts_changed: bool = False
    """What respondents of an earlier wave answered was reworded under the same version."""
    year_differs: bool = False

    units: int = 0
    frame_rows: int = 0
    samples_without_frame: int = 0
    over_drawn: int = 0
    """Samples of which more are planned or drawn than there are."""

    cases: int = 0
    groups_without_sample: int = 0
    units_without_sample: int = 0
    weights_off: int = 0
    """Strata whose weights do not add up to their population."""
    small_people: int = 0
    small_alone: int = 0

    issued: int = 0
    without_link: int = 0

    begun: int = 0
    returned: int = 0
    expected: float = 0.5
    minimum: int = 2
    units_below_minimum: int = 0
    closing_sizes: Mapping[int, int] = field(default_factory=dict)

    self_units: int = 0
    appraised_units: int = 0

    scorecards: int = 0
    merged: bool = False
    """Whether the newest scorecard has appraised points in it."""
    outdated: bool = False
    """Whether it was made before the wave was reopened or closed."""
    unranked: int = 0
    unexamined: bool = False
    """Whether nobody has worked out how far the newest scorecard depends on choices."""
    screened: bool = False
    """Whether every form was screened since the wave was closed."""
    calls_drawn: int = 0
    calls_noted: int = 0
    proposals: int = 0
    """To leave forms out, which nobody has decided about."""
    left_out: int = 0
    """Forms that results leave out."""
    published: bool = False
    """Whether anything of the wave was ever public."""
    waiting: bool = False
    """Whether the newest scorecard was prepared and waits for approval."""
    returned_to: bool = False
    """Whether it was sent back."""
    withdrawn: bool = False
    """Whether what was published last is withdrawn."""
    holds_answers: bool = False

    @property
    def rate(self) -> float:
        """Returned of issued; 0 where nothing was issued."""
        return self.returned / self.issued if self.issued else 0.0
