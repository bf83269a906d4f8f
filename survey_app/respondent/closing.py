"""How the respondent's last pages look: the review, the receipt, and pages that say one thing."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from survey_app.questionnaire import orders
from survey_app.questionnaire.journey import ABOUT, Journey, Page
from survey_app.questionnaire.model import Item
from survey_app.respondent import pages
from survey_app.respondent.drawn import Drawn, drawn
from survey_app.respondent.visit import Visit


def review(visit: Visit, *, failed: bool = False, stale: bool = False, empty: bool = False) -> str:
    """Everything answered, with a way to change it, and the button that sends.

    `empty`: without the answers, which the phone's helper then fills in itself.
    """
    journey, w = visit.journey, pages.WORDS(visit.language)
    many = len(journey.units) > 1
    shown = [_reviewed(visit, journey, each, many=many) for each in journey.shown if not empty]
    errors = [
        (each.href, w["section_incomplete"].replace("{title}", each.title))
        for each in shown
        if failed and not each.done
    ]
    if stale:
        errors.insert(0, ("#", w["stale"]))
    return pages.render(
        "review",
        visit,
        pages=shown,
        errors=errors,
        action=pages.address(visit, None),
    )


def _reviewed(visit: Visit, journey: Journey, shown: Page, *, many: bool) -> Any:
    w, here = pages.WORDS(visit.language), journey.counted.get(shown.unit, {})
    items = journey.asked(shown)
    unit = (
        visit.house.units(visit.invited.wave_id)[shown.unit].name(visit.language)
        if shown.unit
        else ""
    )
    answered = sum(item.name in here for item in items)
    brief = many and shown.unit != ABOUT
    return SimpleNamespace(
        title=unit if brief else shown.sections[0].title[visit.language],
        href=pages.address(visit, shown),
        skipped=shown.unit in journey.skipped,
        done=journey.is_done(shown),
        count=w["answered_count"]
        .replace("{answered}", str(answered))
        .replace("{asked}", str(len(items))),
        answers=None
        if brief
        else [
            (pages.ask(visit, item, unit), _told(visit, item, here.get(item.name, "")))
            for item in items
        ],
    )


def _told(visit: Visit, item: Item, answer: str) -> str:
    """An answer in words; of several, in the order in which they were shown."""
    if item.scale is None:
        return pages.as_typed(item, answer, visit.language)
    chosen, options = answer.split(), orders.shown(item, visit.seed)
    return "; ".join(option.label[visit.language] for option in options if option.code in chosen)


def receipt(visit: Visit) -> Drawn:
    """What is shown once the ballot is stored, and at every later visit."""
    contact = visit.questionnaire.notice.contact[visit.language]
    return drawn(
        visit,
        "receipt",
        lambda: pages.render(
            "receipt", visit, receipt=visit.receipt, contact=contact, here=pages.link(visit)
        ),
        more={"receipt": visit.receipt},
    )


def told(
    visit: Visit | None, what: str, *, again: str = "", form: Sequence[tuple[str, str]] = ()
) -> str:
    """A page that says one thing: closed, unknown, refused, busy.

    `again` is where to try once more, with a `form` that was not kept.
    """
    language = visit.language if visit else "vi"
    w = pages.WORDS(language)
    lines, contact = [w[f"{what}_note"]], ""
    if visit is None:
        lines.append(pages.WORDS("en")[f"{what}_note"])
    elif what == "closed":
        contact = visit.questionnaire.notice.contact[language]
        lines.append(contact)
    here = pages.link(visit) if visit else ""
    return pages.render(
        "told",
        visit,
        title=w[f"{what}_title"],
        lines=lines,
        english=lines[1:] if visit is None else (),
        contact=contact,
        here=here,
        again=again,
        form=form,
    )
