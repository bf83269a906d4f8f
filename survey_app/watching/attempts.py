"""What somebody tried, for the log of security: without names or addresses, and never a flood.

Of each kind of attempt a few lines a minute are written, and then how many more there were: whoever
sends a million forged forms fills no disk, and cannot hide one of another kind among them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from flask import Flask, current_app, request

from survey_app.watching.logs import SECURITY

RESPONDENT = "respondent"
AREAS = (RESPONDENT, "office", "public")
"""Blueprints whose requests are told apart; all others are `other`."""

FREE = 5
"""Lines of one kind that are written within SECONDS, by one process."""

SECONDS = 60.0

FORGED_FORM = "a form came without our token, or with another's"
NOT_OFFERED = "a form held a value that its page does not offer"
NOT_THEIRS = "something was asked for that is another's"
TURNED_AWAY = "a page was asked for that its reader may not see"
WRONG_SIGN_IN = "a wrong name or password"
WRONG_CODE = "a wrong code of the second factor"
GUESSING = "somebody guesses, and was told to wait"
TOO_MUCH = "more was sent than is taken"

_EXTENSION = "cchc.attempts"


@dataclass
class _Kind:
    """The lines of one kind since a moment, and how many more there were."""

    since: float
    written: int = 0
    untold: int = 0


class Attempts:
    """Writes down attempts, of each kind so many at most."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, Lock()
        self._kinds: dict[tuple[str, str], _Kind] = {}
        self._due = float("inf")

    def note(self, what: str, area: str, page: str = "") -> None:
        """Write an attempt down, or count it."""
        self.tell_rest()
        with self._lock:
            now = self._clock()
            kind = self._kinds.get((what, area))
            if kind is None or now - kind.since >= SECONDS:
                kind = self._kinds[what, area] = _Kind(now)
            if kind.written >= FREE:
                kind.untold += 1
                self._due = min(self._due, kind.since + SECONDS)
                return
            kind.written += 1
        SECURITY.warning("%s (%s)", what, ", ".join(filter(None, (area, page))))

    def tell_rest(self) -> None:
        """Say of every kind how many more there were, once its time is over."""
        if self._clock() < self._due:
            return
        with self._lock:
            now = self._clock()
            over = [key for key, kind in self._kinds.items() if now - kind.since >= SECONDS]
            rest = [(key, self._kinds.pop(key).untold) for key in over]
            waiting = [kind.since + SECONDS for kind in self._kinds.values() if kind.untold]
            self._due = min(waiting, default=float("inf"))
        for (what, area), untold in rest:
            if untold:
                SECURITY.warning("%s more times in a minute: %s (%s)", untold, what, area)


def init_app(app: Flask) -> None:
    """Let an application write down what is tried on it."""
    app.extensions[_EXTENSION] = Attempts()


def of_app() -> Attempts:
    """Those of the application at hand."""
    known: Attempts = current_app.extensions[_EXTENSION]
    return known


def area() -> str:
    """Whose pages the request at hand is for."""
    return request.blueprint if request.blueprint in AREAS else "other"


def note(what: str) -> None:
    """Write down what the request at hand attempts; of respondents' pages never which it was."""
    where = area()
    of_app().note(what, where, "" if where == RESPONDENT else request.endpoint or "no page")
