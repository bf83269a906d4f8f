"""Whoever asks for what is not theirs is refused, and it is written down: of one account so often.

A line of the office's log is a transaction that respondents wait behind. Somebody who asks for a
closed page a thousand times a minute makes a few lines, and the log of security counts the rest.
"""

from __future__ import annotations

from typing import NoReturn

from flask import abort, current_app, request
from limits import parse
from limits.strategies import RateLimiter

from survey_app.office.guard.login import who
from survey_app.store.log import audit
from survey_app.watching import attempts
from survey_app.web import house

LINES_A_MINUTE = 20
"""Refusals of one account that stand in the log of the office, over all processes."""

_LONGEST = 200


def tell(what: str) -> None:
    """Write down what was refused to whoever asks."""
    attempts.note(what)
    limiter: RateLimiter = current_app.extensions["cchc.limiter"]
    share = max(1, LINES_A_MINUTE // house().settings.processes)
    if limiter.hit(parse(f"{share} per minute"), "refused", who()):
        with house().database.writing() as connection:
            audit.append(connection, who(), "refused", _asked(), house().stamp())


def _asked() -> str:
    """What was asked for, as it can be seen: nothing in it turns round the letters after it."""
    asked = f"{request.method} {request.path}"[:_LONGEST]
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in asked)


def not_theirs() -> NoReturn:
    """There is no such page to whoever asks: it is about another unit, or somebody else's."""
    tell(attempts.NOT_THEIRS)
    abort(404)
