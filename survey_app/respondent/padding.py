"""How long a sealed draft and a sealed ballot are made: as the longest of their form.

Both lengths follow from the questionnaire and from how many units are rated, which the case shows
anyway, and from nothing that was answered. They are those of a form that is filled to the brim.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import cast

from survey_app.questionnaire import orders
from survey_app.questionnaire.filling.draft import Draft
from survey_app.questionnaire.filling.journey import ABOUT, Given
from survey_app.questionnaire.filling.lengths import longest_answers
from survey_app.questionnaire.model import Questionnaire
from survey_app.store.answers.ballots import Ballot, Rating

_CHANCE = "9999/9999"
_SEED = orders.SEEDS - 1


def of_forms(questionnaire: Questionnaire, rated: int, units: Collection[str]) -> tuple[int, int]:
    """Bytes of the longest draft and of the longest ballot about so many of a wave's units."""
    longest_code = max((len(unit) for unit in units), default=1)
    key = ("bytes of forms", str(rated), str(longest_code))
    if key not in questionnaire.derived:
        codes = [str(place).rjust(longest_code, "x") for place in range(rated)]
        brimful = _draft(questionnaire, codes)
        ballot = _ballot(questionnaire, codes, brimful.given)
        questionnaire.derived[key] = len(brimful.dump()), len(ballot.dump())
    return cast(tuple[int, int], questionnaire.derived[key])


def _draft(questionnaire: Questionnaire, codes: list[str]) -> Draft:
    about = [item for section in questionnaire.sections if not section.each_unit
             for item in section.items]  # fmt: skip
    own = longest_answers(questionnaire.unit_items)
    given = {ABOUT: longest_answers(about), **dict.fromkeys(codes, own)}
    language = max(questionnaire.languages, key=len)
    units, begun = tuple((code, _CHANCE) for code in codes), datetime.now(UTC)
    draft = Draft(language, units, begun, given, frozenset(codes), seed=_SEED)
    pages = frozenset(page.key for page in draft.journey(questionnaire).pages)
    return Draft(language, units, begun, given, frozenset(codes), pages, _SEED)


def _ballot(questionnaire: Questionnaire, codes: list[str], given: Given) -> Ballot:
    return Ballot(
        id="",
        questionnaire=questionnaire.name,
        version=questionnaire.version,
        language=max(questionnaire.languages, key=len),
        pace="usual",
        about=json.dumps(given[ABOUT], separators=(",", ":")),
        order_seed=_SEED,
        ratings=tuple(
            Rating(
                unit=code,
                position=len(codes),
                chance=_CHANCE,
                skipped=False,
                answers=json.dumps(given[code], separators=(",", ":")),
            )
            for code in codes
        ),
    )
