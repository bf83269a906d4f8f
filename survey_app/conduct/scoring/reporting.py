"""What an analyst writes into reports: until the scorecard is before whoever approves it.

What is approved is the scorecard with its texts: afterwards nobody changes them.
"""

from __future__ import annotations

from collections.abc import Mapping

from survey_app.store import publications, report_texts, scorecards, waves
from survey_app.store.log import audit
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Refused, Wave
from survey_app.web import House

_TO_BE_WRITTEN = ("draft", "returned")


class ReportRefused(Refused):
    """A text that cannot be written now."""


def may_be_written(house: House, card: Scorecard) -> bool:
    """Whether its texts are still the analyst's to change."""
    with house.database.reading() as connection:
        taken = publications.steps(connection, card.wave_id)
    return publications.standing(card, taken).state in _TO_BE_WRITTEN


def write(
    house: House, wave: Wave, card: Scorecard, unit: str, texts: Mapping[str, str], by: str
) -> tuple[str, ...]:
    """Keep what was written for the province (no unit) or a unit. Returns what has changed.

    Raises
    ------
    ReportRefused
        When the scorecard waits for approval, or was published.
    """
    at = house.stamp()
    with house.database.writing() as connection:
        waves.hold(connection, wave.name)
        now = scorecards.find(connection, card.id)
        state = publications.standing(now, publications.steps(connection, now.wave_id)).state
        if state not in _TO_BE_WRITTEN:
            message = f"scorecard {card.id} is {state}: what was put before the approver stays"
            raise ReportRefused("report-fixed", message, scorecard=str(card.id))
        changed = report_texts.write(connection, card.id, unit, texts, by, at)
        if changed:
            detail = " ".join((wave.name, str(card.id), unit or "-", *changed))
            audit.append(connection, by, "report-write", detail[:200], at)
    return changed
