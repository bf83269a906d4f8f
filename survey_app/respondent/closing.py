"""How the respondent's last pages look: the review, the receipt, and pages that say one thing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from types import SimpleNamespace
from typing import Any

from flask import current_app
from markupsafe import Markup

from survey_app.i18n import moment
from survey_app.questionnaire import orders
from survey_app.questionnaire.filling.journey import ABOUT, Journey, Page
from survey_app.questionnaire.model import Item
from survey_app.respondent import pages
from survey_app.respondent.drawn import Drawn, drawn
from survey_app.respondent.session import RespondentSession


def review(
    session: RespondentSession, *, failed: bool = False, stale: bool = False, empty: bool = False
) -> str:
    """Everything answered, with a way to change it, and the button that sends.

    `empty`: without the answers, which the phone's helper then fills in itself.
    """
    w = pages.WORDS(session.language)
    parts = [] if empty else _parts(session.journey)
    shown = [_reviewed(session, part) for part in parts]
    errors = [
        (each.href, w["section_incomplete"].replace("{title}", each.title))
        for each in shown
        if failed and not each.done
    ]
    if stale:
        errors.insert(0, ("#", w["stale"]))
    return pages.render(
        "review",
        session,
        pages=shown,
        errors=errors,
        action=pages.address(session, None),
    )


def _parts(journey: Journey) -> list[list[Page]]:
    """The pages, those about one of many units together."""
    if len(journey.units) == 1:
        return [[page] for page in journey.shown]
    parts = groupby(journey.shown, lambda page: page.unit or page.key)
    return [list(part) for _, part in parts]


def _reviewed(session: RespondentSession, part: list[Page]) -> Any:
    w, journey, unit = pages.WORDS(session.language), session.journey, part[0].unit
    here = journey.counted.get(unit, {})
    items = [item for page in part for item in journey.asked(page)]
    lacking = [page for page in part if not journey.is_done(page)]
    name = session.unit_name(unit)
    brief = len(journey.units) > 1 and unit != ABOUT
    return SimpleNamespace(
        title=name if brief else part[0].sections[0].title[session.language],
        href=pages.address(session, (lacking or part)[0]),
        skipped=unit in journey.skipped,
        done=not lacking,
        count=w["answered_count"]
        .replace("{answered}", str(sum(item.name in here for item in items)))
        .replace("{asked}", str(len(items))),
        answers=None
        if brief
        else Markup("").join(
            [_row(session, item, unit, here.get(item.name, "")) for item in items]
        ),
    )


def _row(session: RespondentSession, item: Item, unit: str, answer: str) -> Markup:
    """What was asked, and what was answered."""
    if item.scale is None:  # what was typed is not kept
        return _row_html(session, item, unit, answer)
    what = ("row", item.name, unit, answer, orders.variant(item, session.seed))
    return pages.fragment(session, what, lambda: _row_html(session, item, unit, answer))


def _row_html(session: RespondentSession, item: Item, unit: str, answer: str) -> Markup:
    name = session.unit_name(unit)
    template = current_app.jinja_env.get_template("respondent/row.html")
    return Markup(  # noqa: S704 - the template escapes
        template.render(
            ask=pages.ask(session, item, name),
            answer=pages.told_answer(session, item, answer),
            w=pages.WORDS(session.language),
            **pages.tongue(session.language),
        )
    )


def receipt(session: RespondentSession) -> Drawn:
    """What is shown once the ballot is stored, and whenever the link is opened again."""
    contact = session.contact
    return drawn(
        session,
        ("receipt", contact),
        lambda: pages.render(
            "receipt", session, receipt=session.receipt, contact=contact, here=pages.link(session)
        ),
        more={"receipt": session.receipt},
    )


def _not_yet(session: RespondentSession) -> str:
    """What the survey is called and when it begins."""
    w, plan = pages.WORDS(session.language), session.invited.plan
    title = plan.title(session.language) or session.questionnaire.title[session.language]
    words = w["planned_until" if plan.closes_at else "planned_from"].replace("{title}", title)
    for name, at in (("opens", plan.opens_at), ("closes", plan.closes_at)):
        words = words.replace(f"{{{name}}}", moment(at, session.language))
    return words


def told(
    session: RespondentSession | None,
    what: str,
    *,
    again: str = "",
    form: Sequence[tuple[str, str]] = (),
) -> str:
    """A page that says one thing: closed, unknown, refused, busy.

    `again` is where to try once more, with a `form` that was not kept.
    """
    language = session.language if session else "vi"
    w = pages.WORDS(language)
    lines, contact = [w[f"{what}_note"]], ""
    if session is None:
        lines.append(pages.WORDS("en")[f"{what}_note"])
    elif what == "closed":
        contact = session.contact
        lines.append(contact)
    elif what == "planned" and session.invited.opens_at:
        lines = [_not_yet(session), w["planned_again"]]
        contact = session.contact
        lines.append(contact)
    here = pages.link(session) if session else ""
    return pages.render(
        "told",
        session,
        title=w[f"{what}_title"],
        lines=lines,
        english=lines[1:] if session is None else (),
        contact=contact,
        here=here,
        again=again,
        form=form,
    )
