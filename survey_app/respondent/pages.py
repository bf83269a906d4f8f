"""How the respondent's pages look: texts, a visit and what went wrong -> HTML.

A page is a frame around items. An item looks the same for everyone who gave the same answer, so
its HTML is made once and kept; only free words are written anew each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import current_app
from markupsafe import Markup

from survey_app.i18n import Words
from survey_app.questionnaire.answers import Refused
from survey_app.questionnaire.journey import ABOUT, Journey, Page
from survey_app.questionnaire.model import Item, Questionnaire
from survey_app.questionnaire.text import words
from survey_app.respondent.visit import Visit

_HERE = Path(__file__).parent

STYLE = "".join((_HERE / "style.css").read_text(encoding="utf-8").split("\n"))
SCRIPT = (_HERE / "page.js").read_text(encoding="utf-8").strip()
WORDS = Words.load(_HERE / "words.yaml")
LANGUAGE_NAMES = {"vi": "Tiếng Việt", "en": "English"}

REVIEW = "~"
"""The key of the review page: no section can be called so."""

_MOST_KEPT = 20_000

_NOTICE = ("asks", "why", "kept", "until", "voluntary", "contact")


def start(visit: Visit) -> str:
    """The notice before the first question, and a visible button to begin."""
    questionnaire, language = visit.questionnaire, visit.language
    w = WORDS(language)
    return _render(
        "start",
        visit,
        title=questionnaire.title[language],
        begun=visit.draft is not None,
        resume=_resume(visit),
        size=_size(visit),
        notice=[
            (w[f"notice_{part}"], words(getattr(questionnaire.notice, part), language, year=str(visit.invited.year)))
            for part in _NOTICE
        ],
        action=f"/p/{visit.token}",
    )


def _resume(visit: Visit) -> str:
    if visit.draft is None:
        return ""
    page = next_page(visit.journey)
    return address(visit, page)


def next_page(journey: Journey) -> Page | None:
    """Where someone who comes back goes on: the first page without its answers."""
    for page in journey.shown:
        if page.unit not in journey.skipped and not _touched(journey, page):
            return page
    return journey.next


def _touched(journey: Journey, page: Page) -> bool:
    here = journey.counted.get(page.unit, {})
    items = journey.asked(page)
    return any(item.name in here for item in items) or not any(item.required for item in items)


def _size(visit: Visit) -> str:
    w = WORDS(visit.language)
    asked = visit.invited.unit or visit.invited.asked
    unit_items = len(visit.questionnaire.unit_items)
    if visit.invited.unit:
        return w["size_one"].replace("{questions}", str(len(visit.questionnaire.items)))
    units = how_many_units(asked, len(visit.house.units(visit.invited.wave_id)), visit)
    return w["size_many"].replace("{units}", str(units)).replace("{questions}", str(unit_items))


def how_many_units(asked: str, of: int, visit: Visit) -> int:
    """How many units this case will rate."""
    eligible = of - (visit.invited.home_unit in visit.house.units(visit.invited.wave_id))
    if asked == "*":
        return eligible
    if asked.startswith("*"):
        return min(int(asked[1:]), eligible)
    return len(asked.split())


def page(
    visit: Visit,
    shown: Page,
    *,
    sent: Mapping[str, str] | None = None,
    refused: Mapping[str, Refused] | None = None,
    stale: bool = False,
) -> str:
    """One page of the questionnaire. `sent` stands in for what was kept, after a refusal."""
    journey, language = visit.journey, visit.language
    w, refused = WORDS(language), refused or {}
    kept = journey.given.get(shown.unit, {})
    answers = kept if sent is None else {**kept, **sent}
    items = journey.asked(shown, answers)
    unit = visit.house.units(visit.invited.wave_id)[shown.unit].name(language) if shown.unit else ""
    many = shown.unit != ABOUT and len(journey.units) > 1
    pages = journey.shown
    at = pages.index(shown) + 1 if shown in pages else 1
    errors = [
        (item.name, _refusal(w, item, refused[item.name]), _ask(visit, item, unit))
        for item in items
        if item.name in refused
    ]
    if stale:
        errors.insert(0, (items[0].name if items else "", w["stale"], ""))
    return _render(
        "page",
        visit,
        title=unit if many else shown.sections[0].title[language],
        note=w["rated_unit"].replace("{unit}", unit) if unit and not many else "",
        many=many,
        skipped=shown.unit in journey.skipped,
        errors=errors,
        step=w["step"].replace("{at}", str(at)).replace("{of}", str(len(pages))),
        at=at,
        pages=len(pages),
        parts=_parts(visit, shown, items, answers, refused),
        action=address(visit, shown),
        here=address(visit, shown),
    )


def _parts(
    visit: Visit,
    shown: Page,
    items: tuple[Item, ...],
    answers: Mapping[str, str],
    refused: Mapping[str, Refused],
) -> list[tuple[str, Markup]]:
    """The sections of a page: a heading where there are several, and the items' HTML."""
    parts = []
    for section in shown.sections:
        body = Markup("").join(
            _item(
                visit,
                item,
                shown.unit,
                answers.get(item.name, ""),
                _refusal(WORDS(visit.language), item, refused[item.name]) if item.name in refused else "",
            )
            for item in section.items
            if item in items
        )
        if body:
            parts.append((section.title[visit.language] if len(shown.sections) > 1 else "", body))
    return parts


def _refusal(w: Mapping[str, str], item: Item, refused: Refused) -> str:
    if refused.slug == "answer-missing" and item.scale is None:
        return w["answer-missing-words"]
    return w[refused.slug]


def _item(visit: Visit, item: Item, unit: str, answer: str, error: str) -> Markup:
    if item.scale is None:
        return _item_html(visit, item, unit, answer, error)
    kept = visit.house.fragments
    key = (visit.invited.wave_id, visit.invited.grp, item.name, visit.language, unit, answer, error)
    markup = kept.get(key)
    if markup is None:
        markup = _item_html(visit, item, unit, answer, error)
        if len(kept) < _MOST_KEPT:
            kept[key] = markup
    return markup


def _item_html(visit: Visit, item: Item, unit: str, answer: str, error: str) -> Markup:
    name = visit.house.units(visit.invited.wave_id)[unit].name(visit.language) if unit else ""
    template = current_app.jinja_env.get_template("respondent/item.html")
    return Markup(  # noqa: S704 - the template escapes
        template.render(
            item=item,
            ask=_ask(visit, item, name),
            hint=words(item.hint, visit.language, unit=name, year=str(visit.invited.year))
            if item.hint
            else "",
            chosen=answer.split() if item.scale else (),
            value=_typed(item, answer, visit.language),
            error=error,
            language=visit.language,
        )
    )


def _typed(item: Item, answer: str, language: str) -> str:
    """An answer as people type it: 25/11/2025, 2,5."""
    if item.kind == "date" and len(answer) == len("2025-11-25"):
        year, month, day = answer.split("-")
        return f"{day}/{month}/{year}"
    if item.kind == "number" and language == "vi":
        return answer.replace(".", ",")
    return answer


def _ask(visit: Visit, item: Item, unit: str) -> str:
    return words(item.ask, visit.language, unit=unit, year=str(visit.invited.year))


def review(visit: Visit, *, failed: bool = False, stale: bool = False) -> str:
    """Everything answered, with a way to change it, and the button that sends."""
    journey, w = visit.journey, WORDS(visit.language)
    many = len(journey.units) > 1
    pages = [_reviewed(visit, journey, each, many=many) for each in journey.shown]
    errors = [
        (each.href, w["section_incomplete"].replace("{title}", each.title))
        for each in pages
        if failed and not each.done
    ]
    if stale:
        errors.insert(0, ("#", w["stale"]))
    return _render(
        "review", visit, pages=pages, errors=errors, action=address(visit, None), here=address(visit, None)
    )


def _reviewed(visit: Visit, journey: Journey, shown: Page, *, many: bool) -> Any:
    w, here = WORDS(visit.language), journey.counted.get(shown.unit, {})
    items = journey.asked(shown)
    unit = visit.house.units(visit.invited.wave_id)[shown.unit].name(visit.language) if shown.unit else ""
    answered = sum(item.name in here for item in items)
    brief = many and shown.unit != ABOUT
    return SimpleNamespace(
        title=unit if brief else shown.sections[0].title[visit.language],
        href=address(visit, shown),
        skipped=shown.unit in journey.skipped,
        done=journey.is_done(shown),
        count=w["answered_count"].replace("{answered}", str(answered)).replace("{asked}", str(len(items))),
        answers=None
        if brief
        else [
            (_ask(visit, item, unit), _told(item, here.get(item.name, ""), visit.language))
            for item in items
        ],
    )


def _told(item: Item, answer: str, language: str) -> str:
    """An answer in words."""
    if item.scale is None:
        return _typed(item, answer, language)
    chosen = answer.split()
    return "; ".join(option.label[language] for option in item.scale.options if option.code in chosen)


def receipt(visit: Visit) -> str:
    """What is shown once the ballot is stored, and at every later visit."""
    contact = visit.questionnaire.notice.contact[visit.language]
    return _render("receipt", visit, receipt=visit.receipt, contact=contact, here=f"/p/{visit.token}")


def told(visit: Visit | None, what: str, *, href: str = "", link: str = "") -> str:
    """A page that says one thing: closed, unknown, refused, busy."""
    language = visit.language if visit else "vi"
    w = WORDS(language)
    lines = [w[f"{what}_note"]]
    if visit is None:
        lines.append(WORDS("en")[f"{what}_note"])
    elif what == "closed":
        lines.append(visit.questionnaire.notice.contact[language])
    return _render("told", visit, title=w[f"{what}_title"], lines=lines, href=href, link=link)


def address(visit: Visit, shown: Page | None) -> str:
    """Where a page is; None: the review page."""
    return f"/p/{visit.token}/{shown.key if shown else REVIEW}"


def _render(template: str, visit: Visit | None, **more: Any) -> str:
    language = visit.language if visit else "vi"
    questionnaire: Questionnaire | None = visit.questionnaire if visit else None
    heading = questionnaire.title[language] if questionnaire else "Khảo sát cải cách hành chính"
    others = [code for code in questionnaire.languages if code != language] if questionnaire else []
    page = current_app.jinja_env.get_template(f"respondent/{template}.html")
    return page.render(
        {
            "w": WORDS(language),
            "language": language,
            "heading": heading,
            "style": STYLE,
            "script": SCRIPT,
            "csrf": visit.csrf() if visit else "",
            "other_languages": others,
            "language_names": LANGUAGE_NAMES,
            **more,
        }
    )
