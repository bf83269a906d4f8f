"""A wave's questionnaires in the office, drawn by the respondents' own pages: to look at only.

Nothing is stored and nothing can be sent: the pages belong to no invitation, hold no script, and
their policy lets no form be submitted. Every question is shown, those too that are asked on some
condition.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response, abort, make_response, request, url_for
from markupsafe import Markup, escape

from survey_app.conduct.standing import study_of
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.office.page import language, words
from survey_app.office.waves.found import wave_named
from survey_app.questionnaire import orders
from survey_app.questionnaire.filling.draft import Draft
from survey_app.respondent import closing, pages
from survey_app.respondent.session import RespondentSession
from survey_app.respondent.whole import Everything
from survey_app.store.answers.responses import Invited
from survey_app.store.waves import Wave
from survey_app.web import House, house, inline

_NOBODY = "0" * 26
"""A token that opens nothing: no invitation has it."""

_MANY = 3
"""Units of a form about several: enough to see how it goes on."""

_SCRIPT = re.compile(r"<(no)?script\b.*?</(no)?script>", re.DOTALL)
_BUTTON = re.compile(r"<button\b")
_AUDIO = re.compile(r"<audio\b.*?</audio>", re.DOTALL)
_POLICY = (
    f"default-src 'none';style-src {inline(pages.STYLE)} {inline(pages.CLOSING_STYLE)};"
    "img-src data:;form-action 'none';base-uri 'none';frame-ancestors 'none'"
)


@blueprint.get("/dot/<name>/phieu/<group>")
@needs("wave.see")
def show_form(name: str, group: str) -> Response:
    """One page of a questionnaire, as its respondents see it."""
    wave = wave_named(name)
    study = study_of(house(), wave)
    if group not in study.questionnaires:
        abort(404)
    spoken = request.args.get("phieu", "")
    known = study.questionnaires[group].languages
    here = spoken if spoken in known else next(iter(x for x in known if x == language()), known[0])
    is_many = "nhieu" in request.args
    session = _session(wave, group, here, is_many=is_many)
    drawn = _drawn(session)
    typed = request.args.get("trang", "1")
    at = min(max(int(typed) if typed.isdecimal() else 1, 1), len(drawn))
    bar = _bar(wave, group, here, at, len(drawn), is_many=is_many)
    reply = make_response(_inert(drawn[at - 1](), bar))
    reply.headers["Content-Security-Policy"] = _POLICY
    return reply


def _session(wave: Wave, group: str, language: str, *, is_many: bool) -> RespondentSession:
    """The session of nobody, whose form has just begun."""
    aside = _aside(house())
    units = list(aside.units(wave.id))
    rated = units[:_MANY] if is_many else units[:1]
    seed = 0 if orders.has_drawn(study_of(aside, wave).questionnaires[group]) else None
    draft = Draft(language, tuple((unit, "1") for unit in rated), aside.clock(), seed=seed)
    one = "" if is_many else units[0]
    invited = _nobody(wave, group, one)
    return Everything(aside, _NOBODY, invited, draft, language)


def _aside(real: House) -> House:
    """The same house with shelves of its own: what is drawn here is not handed to respondents."""
    fresh: Mapping[str, Any] = {
        "fragments": {},
        "patterns": {},
        "asked_once": set(),
        "_studies": {},
        "_units": {},
    }
    return replace(real, **fresh)


def _nobody(wave: Wave, group: str, unit: str) -> Invited:
    return Invited(
        case_id=0,
        wave_id=wave.id,
        grp=group,
        sample="" if unit else "preview",
        unit=unit,
        asked="" if unit else "*",
        home_unit="",
        stratum="",
        psu="",
        weight="1",
        fpc1=None,
        fpc2=None,
        mode="web",
        wave=wave.name,
        study=wave.study,
        year=wave.year,
        salt="",
        opened_at=wave.opened_at,
        closed_at=wave.closed_at,
        **vars(wave.plan),
        spent=False,
    )


def _drawn(session: RespondentSession) -> list[Any]:
    """How to draw the notice, every page, and the review."""
    notice = replace(session, draft=None)
    shown = [lambda page=page: pages.typed_page(session, page) for page in session.journey.pages]
    return [
        lambda: pages.start(notice).html,
        *shown,
        lambda: closing.review(session),
    ]


def _bar(wave: Wave, group: str, spoken: str, at: int, last: int, *, is_many: bool) -> Markup:
    """What stands above the page: that it is a preview, and where to go."""
    w = words()

    def link(label: str, number: int, *, many: bool) -> Markup:
        asked: dict[str, Any] = {"phieu": spoken, "trang": number}
        if many:
            asked["nhieu"] = 1
        to = url_for("office.show_form", name=wave.name, group=group, **asked)
        return _linked(to, label)

    links = [_linked(url_for("office.wave_forms", name=wave.name), w["waves_preview_leave"])]
    if at > 1:
        links.append(link(w["waves_preview_back"], at - 1, many=is_many))
    if at < last:
        links.append(link(w["waves_preview_next"], at + 1, many=is_many))
    other = w["waves_preview_one" if is_many else "waves_preview_many"]
    links.append(link(other, 1, many=not is_many))
    return Markup(
        '<nav lang="{}" aria-label="{}"><p class="i">{} {}/{}</p><ul>{}</ul></nav>'
    ).format(
        language(),
        w["waves_preview"],
        w["waves_preview_note"],
        at,
        last,
        Markup("").join(links),
    )


def _linked(to: str, label: str) -> Markup:
    return Markup('<li><a href="{}">{}</a></li>').format(to, label)


def _inert(html: str, bar: Markup) -> str:
    """A page without its scripts and recordings, whose buttons do nothing."""
    still = _BUTTON.sub("<button disabled", _AUDIO.sub("", _SCRIPT.sub("", html)))
    head, body, rest = still.partition("<body")
    attributes, end, content = rest.partition(">")
    return f"{head}{body}{attributes}{end}{escape(bar)}{content}"
