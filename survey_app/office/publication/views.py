"""The page of publishing: one prepares, another approves or sends back, and may withdraw."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from survey_app.conduct import standing
from survey_app.conduct.scoring import publication
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.office.guard.login import who
from survey_app.office.jobs import asking, shown
from survey_app.office.page import WORDS, language, page, words
from survey_app.office.pieces import faults
from survey_app.office.pieces.forms import Confirm
from survey_app.office.publication import shown as seen
from survey_app.office.results import remarks
from survey_app.office.wave_titles import title_of
from survey_app.office.waves import spoken
from survey_app.office.waves.found import wave_named
from survey_app.store import publications, scorecards
from survey_app.store.jobs import Json
from survey_app.store.publications import Standing, Step, Version
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Refused, Wave
from survey_app.waves import blocks
from survey_app.web import house


@blueprint.get("/dot/<name>/publish")
@needs("publication.see")
def publish_wave(name: str) -> ResponseReturnValue:
    """What becomes public, what not and why, what was checked, and who signs."""
    return _page(wave_named(name))


@blueprint.post("/dot/<name>/publish/prepare")
@needs("results.prepare")
def prepare_wave(name: str) -> ResponseReturnValue:
    """Put the scorecard that was looked at before whoever approves."""
    wave = wave_named(name)
    facts = standing.facts(house(), wave, deep=True)
    known = request.form.getlist("known")
    unread = [each for each in blocks.warnings("publish", facts) if each.key not in known]
    if blocks.blocks("publish", facts) or unread:
        return _page(wave, problem=words()["waves_tick_first"] if unread else ""), 409
    return _asked(wave, "prepare", {"known": known})


@blueprint.post("/dot/<name>/publish/approve")
@needs("results.publish")
def approve_wave(name: str) -> ResponseReturnValue:
    """Show to everyone what somebody else has prepared."""
    with_rows = {"open_data": True} if request.form.get("open_data") else {}
    return _asked(wave_named(name), "publish", with_rows)


@blueprint.post("/dot/<name>/publish/open-data")
@needs("results.publish")
def publish_open_data_wave(name: str) -> ResponseReturnValue:
    """Let everyone have the open data of what is public."""
    wave = wave_named(name)
    card = _of_form(wave)
    try:
        done = asking.ask("publish_open_data", wave.name, {"card": card.id})
    except Refused as refused:
        return _page(wave, **faults.shown(refused)), 409
    return shown.way_on(done)


def _asked(wave: Wave, kind: str, more: Json) -> ResponseReturnValue:
    card = _newest(wave)
    if card is None or request.form.get("card", "") != str(card.id):
        problem = words()["newer_scorecard"] if card else ""
        return _page(wave, problem=problem), 409
    try:
        done = asking.ask(kind, wave.name, {"card": card.id, **more})
    except Refused as refused:
        return _page(wave, **faults.shown(refused)), 409
    return shown.way_on(done)


@blueprint.post("/dot/<name>/publish/send-back")
@needs("results.publish")
def send_back_wave(name: str) -> ResponseReturnValue:
    """Give it back to whoever prepared it, with a reason."""
    return _with_reason(name, publication.send_back, "publication_sent_back")


@blueprint.post("/dot/<name>/publish/withdraw")
@needs("results.publish")
def withdraw_wave(name: str) -> ResponseReturnValue:
    """Take what is public from its pages, with a reason that stays."""
    return _with_reason(name, publication.withdraw, "publication_withdrew")


def _with_reason(name: str, step: Callable[..., None], told: str) -> ResponseReturnValue:
    wave, reason = wave_named(name), request.form.get("reason", "")
    card = _of_form(wave)
    try:
        with house().database.writing() as connection:
            step(connection, house(), wave, card, who(), reason)
    except Refused as refused:
        return _page(wave, reason=reason, **faults.shown(refused)), 409
    flash(words()[told])
    return redirect(url_for("office.publish_wave", name=name))


def _of_form(wave: Wave) -> Scorecard:
    """The scorecard of the wave that a form names."""
    with house().database.reading() as connection:
        cards = scorecards.history(connection, wave.id)
    asked = request.form.get("card", "")
    return next((card for card in cards if str(card.id) == asked), None) or abort(404)


def _newest(wave: Wave) -> Scorecard | None:
    with house().database.reading() as connection:
        return scorecards.latest(connection, wave.id)


def _page(wave: Wave, **more: object) -> str:
    facts = standing.facts(house(), wave, deep=True)
    with house().database.reading() as connection:
        card = scorecards.latest(connection, wave.id)
        steps = publications.steps(connection, wave.id)
        versions = publications.versions(connection, wave.id)
        before = publications.before(connection, card) if card else ()
    state = publications.standing(card, steps) if card else None
    in_the_way = blocks.blocks("publish", facts)
    is_shown = card is not None and card.merged is not None and wave.state == "closed"
    preview = seen.preview(wave, card, before) if card and is_shown else None
    told = None
    if preview:
        labels = remarks.grade_labels(preview.public, language())
        more["grade_label"] = lambda grade: labels.get(grade, grade)
        told = partial(remarks.remarks, results=preview.public, words=WORDS, language=language())
    public = versions[-1] if versions and not versions[-1].withdrawn else None
    return page(
        "publication/page",
        wave=wave,
        title=title_of(wave),
        facts=facts,
        card=card,
        state=state,
        steps=tuple(reversed(steps)),
        versions=versions,
        public=public,
        preview=preview,
        remarks=told,
        checks=seen.checks(facts),
        blocks=spoken.said_concerns(in_the_way, wave),
        warnings=spoken.said_concerns(blocks.warnings("publish", facts), wave),
        ticked=dict.fromkeys(request.form.getlist("known"), True),
        form=Confirm(),
        **{name: bool(current_user.may(permission)) for name, permission in _MAY.items()},
        is_mine=state is not None and _is_mine(state),
        **_of_public(public, steps),
        **more,
    )


_MAY = {
    "may_prepare": "results.prepare",
    "may_publish": "results.publish",
    "may_take": "release.download",
}


def _of_public(public: Version | None, steps: tuple[Step, ...]) -> dict[str, object]:
    """The open data that are public, and whether whoever looks has prepared the results."""
    if public is None:
        return {"archive": None, "was_mine": False}
    with house().database.reading() as connection:
        archive = publications.archive(connection, public.card)
    was_mine = _is_mine(publications.standing(public.card, steps))
    return {"archive": archive, "was_mine": was_mine}


def _is_mine(state: Standing) -> bool:
    """Whether whoever looks has prepared it."""
    prepared = state.prepared
    return prepared is not None and publication.are_one(prepared.done_by, who())
