"""A page as it is sent: drawn for one respondent, or put together from what all are sent."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from survey_app.respondent.pattern import Letters, Pattern
from survey_app.respondent.session import RespondentSession
from survey_app.web import House

_MOST_KEPT = 1_500
"""Patterns kept, of about 12 kB each."""

_MOST_NOTED = 20_000


@dataclass(frozen=True)
class Drawn:
    """A page for one respondent; from a `pattern` where others are sent the same."""

    own: str = ""
    pattern: Pattern | None = None
    letters: Letters | None = None

    @property
    def html(self) -> str:
        """The page."""
        if self.pattern is None or self.letters is None:
            return self.own
        return self.pattern.filled(self.letters)

    @property
    def packed(self) -> bytes | None:
        """The page compressed by brotli, where that is to be had for nothing."""
        if self.pattern is None or self.letters is None:
            return None
        return self.pattern.packed(self.letters)


def drawn(
    session: RespondentSession,
    what: Hashable,
    draw: Callable[[], str],
    *,
    is_rare: bool = False,
    more: Letters | None = None,
) -> Drawn:
    """The page that `draw` makes. `what` is all that it depends on besides its letters.

    These are the session's, and `more`. Making a pattern costs a hundred pages: where there are as
    many pages as respondents (`is_rare`) it is made when one is asked for the second time.
    """
    house = session.house
    letters: Letters = {**session.letters, **(more or {})}
    key = (session.invited.wave_id, session.invited.grp, session.language, what)
    pattern: Pattern | None = house.patterns.get(key)
    if pattern is None:
        own = draw()
        if (is_rare and _is_new(house, key)) or len(house.patterns) >= _MOST_KEPT:
            return Drawn(own)
        pattern = house.patterns[key] = Pattern.of(own, letters)
    return Drawn(pattern=pattern, letters=letters)


def _is_new(house: House, key: Hashable) -> bool:
    is_new = key not in house.asked_once
    if is_new and len(house.asked_once) < _MOST_NOTED:
        house.asked_once.add(key)
    return is_new
