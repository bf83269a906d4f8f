"""What a phone has sent with a page: the request's own fields, read and doubted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl

from flask import request

from survey_app.fieldwork import tokens
from survey_app.questionnaire.filling import answers
from survey_app.questionnaire.filling.answers import Refused
from survey_app.questionnaire.filling.draft import Seen
from survey_app.questionnaire.filling.journey import Page
from survey_app.respondent.session import RespondentSession
from survey_app.watching import attempts

_DOUBTFUL = re.compile("\ufffd|%[89A-F][0-9A-F]")
"""What werkzeug puts where the bytes sent were not UTF-8; people write it too: `90%CBCC`."""

_BYTES = re.compile("[\udc80-\udcff]")
"""Bytes that are no UTF-8, as `surrogateescape` leaves them."""


def read(session: RespondentSession, page: Page) -> tuple[dict[str, str], dict[str, Refused]]:
    """What was sent for the items of a page: those asked, given what was sent with them."""
    items = page.items
    sent, refused = answers.read(items, request.form)
    if any(why.slug == "not-an-option" for why in refused.values()):
        attempts.note(attempts.NOT_OFFERED)
    for item in items:
        text = sent.get(item.name, "") if item.scale is None else ""
        if _DOUBTFUL.search(text) and not _came_as_utf8(item.name):
            refused[item.name] = Refused("unreadable")
            del sent[item.name]
    if not refused:
        return sent, refused
    own = {**session.journey.given.get(page.unit, {}), **sent}
    asked = {item.name for item in session.journey.asked(page, own)}
    return sent, {name: why for name, why in refused.items() if name in asked}


def _came_as_utf8(name: str) -> bool:
    """Whether the bytes sent for a field were text: told from the body as it came."""
    body = request.get_data().decode(errors="surrogateescape")
    if request.mimetype == "application/x-www-form-urlencoded":
        fields = parse_qsl(body, keep_blank_values=True, errors="surrogateescape")
        body = "".join(value for field, value in fields if field == name)
    return not _BYTES.search(body)


def cleared(page: Page) -> set[str]:
    """The items whose answer was taken away: fields sent blank, and boxes with no tick left.

    A box without a tick is not sent at all, so its item says by a hidden field that it was shown.
    A circle cannot be unchosen: where none is sent, this tab just knows of none.
    """
    return {item.name for item in page.items if item.kind != "choice" and item.name in request.form}


def typed(names: Iterable[str]) -> dict[str, str]:
    """What was typed for items, as it came."""
    return {name: request.form.get(name, "")[:2000] for name in names}


def seen() -> Seen:
    """Which state of the form was on the page that was sent."""
    return Seen.read(tokens.seen(request.form.get("csrf_token", "")))
