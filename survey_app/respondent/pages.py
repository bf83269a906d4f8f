"""How the respondent's pages look: texts, a session and what went wrong -> HTML.

A page is a frame around items. An item looks the same for everyone who gave the same answer, so
its HTML is made once and kept; only free words are written anew each time.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from flask import current_app
from markupsafe import Markup

from survey_app.i18n import LANGUAGES, Words, choose
from survey_app.questionnaire import orders
from survey_app.questionnaire.filling.answers import Refused
from survey_app.questionnaire.filling.journey import ABOUT, Journey, Page
from survey_app.questionnaire.model import Item, Questionnaire
from survey_app.questionnaire.text import words
from survey_app.respondent import sound
from survey_app.respondent.drawn import Drawn, drawn
from survey_app.respondent.session import RespondentSession
from survey_app.web import inline

_HERE = Path(__file__).parent


def _lines_joined(file: str) -> str:
    return "".join((_HERE / file).read_text(encoding="utf-8").splitlines())


def _digest(*files: str) -> str:
    return hashlib.sha256(b"".join((_HERE / file).read_bytes() for file in files)).hexdigest()[:8]


_BASE = _lines_joined("base.css")
STYLE = _BASE + _lines_joined("questions.css")
"""All that a page of questions needs: it stands in each, so that a page is one request."""
CLOSING_STYLE = _BASE + _lines_joined("closing.css")
"""All that the notice, the review and the receipt need."""
PLAIN = "/p/plain.js?" + _digest("plain.js", "words.yaml")
"""Where phones that can keep nothing find their script; another script has another address."""
SCRIPT, CLOSING_SCRIPT = (
    _lines_joined(file).replace("/p/plain.js", PLAIN) for file in ("page.js", "closing.js")
)
"""The script of a page of questions, and the shorter one of the others."""


def policy(styles: Sequence[str], scripts: Sequence[str], *, has_sound: bool = True) -> str:
    """What a page may load: itself, with exactly these styles and scripts in it."""
    sound = "media-src 'self';" if has_sound else ""
    return (
        f"default-src 'none';style-src {' '.join(map(inline, styles))};"
        f"script-src 'self' {' '.join(map(inline, scripts))};img-src data:;{sound}"
        "connect-src 'self';form-action 'self';base-uri 'none';frame-ancestors 'none'"
    )


WORDS = Words.load(_HERE / "words.yaml", _HERE / "extras.yaml")

REVIEW = "~"
"""The key of the review page: no section can be called so."""

_MOST_KEPT = 20_000
"""Pieces of HTML kept; a study of 75 units, 4 groups and 2 languages has about as many."""

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_NOTICE = ("asks", "why", "kept", "until", "voluntary")


def start(session: RespondentSession, *, stale: bool = False) -> Drawn:
    """The notice before the first question, and a visible button to begin."""
    if stale:
        return Drawn(_start(session, stale=True))
    what = ("start", session.draft is not None, _size(session), session.contact)
    return drawn(session, what, lambda: _start(session, stale=False))


def _start(session: RespondentSession, *, stale: bool) -> str:
    questionnaire, language = session.questionnaire, session.language
    w, year = WORDS(language), str(session.invited.year)
    return render(
        "start",
        session,
        title=questionnaire.title[language],
        begun=session.draft is not None,
        stale=stale,
        size=_size(session),
        notice=[
            (
                w[f"notice_{part}"],
                words(getattr(questionnaire.notice, part), language, year=year),
            )
            for part in _NOTICE
        ]
        + [(w["notice_contact"], words({language: session.contact}, language, year=year))],
        audio=sound.address(session, questionnaire.notice.audio),
        action=f"/p/{session.token}",
    )


def _size(session: RespondentSession) -> str:
    w, questionnaire = WORDS(session.language), session.questionnaire
    if session.invited.unit:
        return w["size_one"].replace("{questions}", str(len(questionnaire.items)))
    questions = str(len(questionnaire.unit_items))
    return (
        w["size_many"]
        .replace("{units}", str(session.how_many_units))
        .replace("{questions}", questions)
    )


def page(session: RespondentSession, shown: Page) -> Drawn:
    """One page of the questionnaire, with what was kept of it."""
    journey, here = session.journey, session.journey.given.get(shown.unit, {})
    asked = tuple(item.name for item in journey.asked(shown))
    if any(here.get(name) for name in asked):
        return Drawn(typed_page(session, shown))
    many, steps = _rates_many(journey, shown), _steps(journey, shown)
    order = tuple(orders.variant(item, session.seed) for item in journey.asked(shown))
    what = (shown.key, shown.unit, asked, many, steps, shown.unit in journey.skipped, order)
    is_rare = many or any(each is not None for each in order)
    return drawn(session, what, lambda: typed_page(session, shown), is_rare=is_rare)


def _rates_many(journey: Journey, shown: Page) -> bool:
    return shown.unit != ABOUT and len(journey.units) > 1


def _steps(journey: Journey, shown: Page) -> tuple[int, int]:
    """Which page this is, and of how many."""
    pages = journey.shown
    return pages.index(shown) + 1 if shown in pages else 1, len(pages)


def typed_page(
    session: RespondentSession,
    shown: Page,
    *,
    sent: Mapping[str, str] | None = None,
    refused: Mapping[str, Refused] | None = None,
    opened: AbstractSet[str] = frozenset(),
    stale: bool = False,
) -> str:
    """One page of the questionnaire, for this respondent alone.

    `sent` stands in for what was kept, after a refusal; `opened` are items that an answer on this
    very page has just brought up.
    """
    journey, language = session.journey, session.language
    w, refused = WORDS(language), refused or {}
    kept = journey.given.get(shown.unit, {})
    answers = kept if sent is None else {**kept, **sent}
    items = journey.asked(shown) if sent is None else journey.asked(shown, answers)
    unit = session.unit_name(shown.unit)
    many, (at, pages) = _rates_many(journey, shown), _steps(journey, shown)
    return render(
        "page",
        session,
        title=unit if many else shown.sections[0].title[language],
        part=shown.sections[0].title[language] if journey.is_part(shown) else "",
        note=w["rated_unit"].replace("{unit}", unit) if unit and not many else "",
        many=many,
        skipped=shown.unit in journey.skipped,
        errors=_errors(session, items, unit, refused, stale=stale),
        opened=[
            (item.name, _marked(session, ask(session, item, unit)))
            for item in items
            if item.name in opened
        ],
        step=w["step"].replace("{at}", str(at)).replace("{of}", str(pages)),
        starred=any(item.required for item in items),
        at=at,
        pages=pages,
        parts=_parts(
            session, shown, items, answers, refused, _pointed_at(items, opened, stale=stale)
        ),
        action=address(session, shown),
    )


def _pointed_at(
    items: tuple[Item, ...], opened: AbstractSet[str], *, stale: bool
) -> AbstractSet[str]:
    """The items that the summary leads to although nothing is wrong with them."""
    return opened | {item.name for item in items[:1] if stale}


def _errors(
    session: RespondentSession,
    items: tuple[Item, ...],
    unit: str,
    refused: Mapping[str, Refused],
    *,
    stale: bool,
) -> list[tuple[str, str, str]]:
    """What the summary lists: where to go, what is wrong, and what was asked there."""
    w = WORDS(session.language)
    errors = [
        (
            item.name,
            _refusal(session, item, refused[item.name]),
            _marked(session, ask(session, item, unit)),
        )
        for item in items
        if item.name in refused
    ]
    if stale:
        errors.insert(0, (items[0].name if items else "", w["stale"], ""))
    return errors


def _parts(
    session: RespondentSession,
    shown: Page,
    items: tuple[Item, ...],
    answers: Mapping[str, str],
    refused: Mapping[str, Refused],
    pointed_at: AbstractSet[str],
) -> list[tuple[str, Markup]]:
    """The sections of a page: a heading where there are several, and the items' HTML."""
    parts, asked = [], {item.name for item in items}
    is_headed = len(shown.sections) > 1 or session.journey.is_part(shown)
    for section in shown.sections:
        body = Markup("").join(
            _item(
                session,
                item,
                shown.unit,
                answers.get(item.name, ""),
                _refusal(session, item, refused[item.name]) if item.name in refused else "",
                pointed_at=item.name in pointed_at,
            )
            for item in section.items
            if item.name in asked
        )
        if body:
            heading = section.title[session.language] if is_headed else ""
            parts.append((heading, body))
    return parts


def _refusal(session: RespondentSession, item: Item, refused: Refused) -> str:
    w = WORDS(session.language)
    if refused.slug == "answer-missing" and item.scale is None:
        return w["answer-missing-words"]
    return w[refused.slug].replace("{answer}", told_answer(session, item, refused.kept))


def _item(
    session: RespondentSession, item: Item, unit: str, answer: str, error: str, *, pointed_at: bool
) -> Markup:
    if item.scale is None or error or pointed_at:  # what was typed, or crafted, is not kept
        return _item_html(session, item, unit, answer, error, pointed_at=pointed_at or bool(error))
    what = ("item", item.name, unit, answer, orders.variant(item, session.seed))
    return fragment(session, what, lambda: _item_html(session, item, unit, answer, error))


def fragment(
    session: RespondentSession, what: tuple[object, ...], make: Callable[[], Markup]
) -> Markup:
    """A piece of HTML that is the same for all of a group who read one language.

    `what` is all that it depends on besides these; nothing in it was typed.
    """
    kept = session.house.fragments
    key = (session.invited.wave_id, session.invited.grp, session.language, *what)
    markup = kept.get(key)
    if markup is None:
        markup = make()
        if len(kept) < _MOST_KEPT:
            kept[key] = markup
    return markup


def _item_html(
    session: RespondentSession,
    item: Item,
    unit: str,
    answer: str,
    error: str,
    *,
    pointed_at: bool = False,
) -> Markup:
    name = session.unit_name(unit)
    template = current_app.jinja_env.get_template("respondent/item.html")
    return Markup(  # noqa: S704 - the template escapes
        template.render(
            item=item,
            options=orders.shown(item, session.seed),
            ask=ask(session, item, name),
            hint=words(item.hint, session.language, unit=name, year=str(session.invited.year))
            if item.hint
            else "",
            chosen=answer.split() if item.scale else (),
            value=as_typed(item, answer, session.language),
            error=error,
            pointed_at=pointed_at,
            audio=sound.address(session, item.audio),
            w=WORDS(session.language),
            language=session.language,
            **tongue(session.language),
        )
    )


def as_typed(item: Item, answer: str, language: str) -> str:
    """An answer as people type it: 25/11/2025, 2,5."""
    if item.kind == "date":
        return _DAY.sub(r"\3/\2/\1", answer)
    if item.kind == "number" and choose(language) == "vi":
        return answer.replace(".", ",")
    return answer


def told_answer(session: RespondentSession, item: Item, answer: str) -> str:
    """An answer in words; of several, in the order in which they were shown."""
    if item.scale is None:
        return as_typed(item, answer, session.language)
    chosen, options = answer.split(), orders.shown(item, session.seed)
    return "; ".join(option.label[session.language] for option in options if option.code in chosen)


def ask(session: RespondentSession, item: Item, unit: str) -> str:
    """What an item asks, with its unit's name."""
    return words(item.ask, session.language, unit=unit, year=str(session.invited.year))


def tongue(language: str) -> dict[str, Any]:
    """How a page is marked whose questionnaire speaks a language that the house does not.

    The page is then in Vietnamese, and `said` stands on whatever is the questionnaire's; `by_house`
    on the house's own words within that. Both are nothing elsewhere.
    """
    house = choose(language)
    mark = Markup(' lang="{}"').format
    apart = language not in LANGUAGES
    return {
        "house_language": house,
        "said": mark(language) if apart else Markup(),
        "by_house": mark(house) if apart else Markup(),
    }


def _marked(session: RespondentSession, words_said: str) -> str:
    """The questionnaire's words for a place among the house's own."""
    said = tongue(session.language)["said"]
    return Markup("<span{}>{}</span>").format(said, words_said) if said else words_said


def link(session: RespondentSession) -> str:
    """The invitation's own address, in the language at hand where it is not the first."""
    is_first = session.language == session.questionnaire.languages[0]
    return f"/p/{session.token}" + ("" if is_first else f"?lang={session.language}")


def address(session: RespondentSession, shown: Page | None) -> str:
    """Where a page is; None: the review page."""
    return f"/p/{session.token}/{shown.key if shown else REVIEW}"


def render(template: str, session: RespondentSession | None, **more: Any) -> str:
    """A page in its frame. `session` is None where nobody knows whose form it would be."""
    language = session.language if session else "vi"
    questionnaire: Questionnaire | None = session.questionnaire if session else None
    heading = questionnaire.title[language] if questionnaire else "Khảo sát cải cách hành chính"
    others = [code for code in questionnaire.languages if code != language] if questionnaire else []
    page = current_app.jinja_env.get_template(f"respondent/{template}.html")
    return page.render(
        {
            "w": WORDS(language),
            "language": language,
            "heading": heading,
            "style": STYLE if template == "page" else CLOSING_STYLE,
            "script": SCRIPT if template == "page" else CLOSING_SCRIPT,
            "csrf": session.csrf if session else "",
            "other_languages": others,
            "language_names": questionnaire.language_names if questionnaire else {},
            **tongue(language),
            **more,
        }
    )
