"""The whole form of one respondent, for the phone's helper: what it needs to ask without a network.

Every page as the server draws it, with the items that are asked on some condition drawn too and
their conditions beside them: the phone (way.js) leaves out what is not asked. So there is one
renderer, and the phone only ever takes pieces away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

from survey_app.questionnaire.filling.journey import ABOUT, Page
from survey_app.questionnaire.model import ALWAYS, Item, Questionnaire
from survey_app.respondent import closing, pages
from survey_app.respondent.session import RespondentSession

_PIECE = re.compile(
    r'(<h2[^>]*>[^<]*</h2>)?(<fieldset.*?</fieldset>|<div[^>]* class="q.*?</div>)', re.DOTALL
)
"""An item of a page, with its section's heading where it is the first of several sections."""

_WORDS = {
    "opened": "opened_heading",
    "lacking": "errors_heading",
    "missing": "answer-missing",
    "step": "step",
    "skipped": "unit_is_skipped",
    "skipped_here": "unit_is_skipped_here",
    "count": "answered_count",
    "none": "not_answered",
    "change": "change",
}
"""What the phone says itself -> its key in words.yaml."""


class Everything(RespondentSession):
    """The same session of a questionnaire without conditions."""

    @cached_property
    def questionnaire(self) -> Questionnaire:
        """What this respondent's group is asked, all of it."""
        fielded = self.study.questionnaires[self.invited.grp]
        sections = (
            replace(each, items=tuple(replace(item, ask_if=ALWAYS) for item in each.items))
            for each in fielded.sections
        )
        return replace(fielded, sections=tuple(sections))


def form(session: RespondentSession) -> dict[str, Any]:
    """Pages, conditions, the words around them, and what was answered so far.

    Nothing in it says who the respondent is: it holds what the pages hold.

    Raises
    ------
    NotBegun
    """
    journey, draft = session.journey, session.draft
    assert draft is not None
    empty = replace(draft, given={}, skipped=frozenset())
    every = Everything(session.house, session.token, session.invited, empty, session.language)
    w, (before, after) = pages.WORDS(session.language), _review(session)
    return {
        "words": {name: w[key] for name, key in _WORDS.items()},
        "said": pages.tongue(session.language)["said"],
        "by_house": pages.tongue(session.language)["by_house"],
        "pages": [_page(session, every, page) for page in every.journey.pages],
        "review": {"before": before, "after": after},
        "given": {page.key: dict(_typed(session, page)) for page in journey.pages},
        "skipped": sorted(draft.skipped),
        "left": sorted(draft.left),
    }


def _page(session: RespondentSession, every: RespondentSession, page: Page) -> dict[str, Any]:
    """One page in pieces: what stands before its items, the items, and what stands after them."""
    html = pages.typed_page(every, page)
    pieces, heading, items = list(_PIECE.finditer(html)), "", []
    for piece, item in zip(pieces, page.items, strict=True):
        heading = piece[1] or heading
        items.append(_item(session.questionnaire.items[item.name], heading, piece[2]))
    many = page.unit != ABOUT and len(every.journey.units) > 1
    return {
        "key": page.key,
        "unit": page.unit,
        "title": session.unit_name(page.unit) if many else page.sections[0].title[session.language],
        "brief": many,
        "before": html[: pieces[0].start()],
        "items": items,
        "after": html[pieces[-1].end() :],
    }


def _item(item: Item, heading: str, html: str) -> dict[str, Any]:
    """An item as drawn, and when it is asked: item -> codes, of each of which one was given."""
    codes = {other: sorted(wanted) for other, wanted in item.ask_if.codes.items()}
    return {
        "name": item.name,
        "heading": heading,
        "html": html,
        **({"required": 1} if item.required else {}),
        **({"if": codes} if codes else {}),
    }


def _typed(session: RespondentSession, page: Page) -> Iterator[tuple[str, list[str]]]:
    """What was answered on a page, as a phone would send it."""
    given = session.journey.given.get(page.unit, {})
    for item in page.items:
        if answer := given.get(item.name):
            typed = pages.as_typed(item, answer, session.language)
            yield item.name, answer.split() if item.scale else [typed]


def _review(session: RespondentSession) -> tuple[str, str]:
    """The review without its answers: what stands before them, and after."""
    before, heading, after = closing.review(session, empty=True).partition("<h2>")
    return before, heading + after
