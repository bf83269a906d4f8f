"""What is said on several pages of accounts."""

from __future__ import annotations

from survey_app.identity import passwords
from survey_app.identity.passwords import WeakPassword
from survey_app.office.page import words


def too_many(wait: int) -> str:
    """Who has guessed too often waits; what was typed is not looked at, right or wrong."""
    minutes = -(-wait // 60)
    said = "too_many_guesses" if minutes == 1 else "too_many_guesses_minutes"
    return words()[said].format(minutes=minutes)


def weak(error: WeakPassword) -> str:
    """Why a password is not taken."""
    said = words()[f"accounts_password_{error.why.replace('-', '_')}"]
    return said.format(shortest=error.shortest, longest=passwords.LONGEST)
