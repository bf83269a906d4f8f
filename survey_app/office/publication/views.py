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
from survey_app.office.documents import gathering, turns
from survey_app.office.documents.downloads import MIME, file_of
from survey_app.office.guard.access import needs
from survey_app.office.guard.login import who
from survey_app.office.jobs import asking, shown
from survey_app.office.page import WORDS, language, page, words
from survey_app.office.pieces import faults
from survey_app.office.pieces.forms import Confirm
from survey_app.office.public import reading, said
from survey_app.office.publication import shown as seen
from survey_app.office.results import remarks
from survey_app.office.results.page import Links, results_of, results_page, study_of, unit_page
from survey_app.office.results.read import Results
from survey_app.office.results.withholding import for_the_public
from survey_app.office.wave_titles import title_of
from survey_app.office.waves import spoken
from survey_app.office.waves.found import wave_named
from survey_app.store import publications, scorecards
from survey_app.store.engine.database import Connection
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
    return _asked(wave, "prepare", known)


@blueprint.post("/dot/<name>/publish/approve")
@needs("results.publish")
def approve_wave(name: str) -> ResponseReturnValue:
    """Show to everyone what somebody else has prepared."""
    return _asked(wave_named(name), "publish", [])


def _asked(wave: Wave, kind: str, known: list[str]) -> ResponseReturnValue:
    card = _newest(wave)
    if card is None or request.form.get("card", "") != str(card.id):
        problem = words()["newer_scorecard"] if card else ""
        return _page(wave, problem=problem), 409
    arguments = {"card": card.id, "known": known} if kind == "prepare" else {"card": card.id}
    try:
        done = asking.ask(kind, wave.name, arguments)
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


@blueprint.get("/bang-diem/<int:number>/cong-chung")
@needs("publication.see")
def public_preview(number: int) -> ResponseReturnValue:
    """A scorecard as the public would see it."""
    results = _public(number)
    links = Links(
        lambda unit: url_for("office.public_preview_unit", number=number, unit=unit),
        url_for("office.public_preview_chart", number=number),
        tuple(
            (
                words()[f"download_{kind}"],
                url_for("office.public_preview_file", number=number, kind=kind),
            )
            for kind in MIME
        ),
    )
    told = {"reading": reading.questions(results), "in_short": said.in_short(results)}
    return results_page(results, "wave_base", links, _trail(results), as_public=True, **told)


@blueprint.get("/bang-diem/<int:number>/cong-chung/don-vi/<unit>")
@needs("publication.see")
def public_preview_unit(number: int, unit: str) -> ResponseReturnValue:
    """One unit of it."""
    results = _public(number)
    line = results.unit(unit) or abort(404)
    return unit_page(results, line, "wave_base", _trail(results), as_public=True)


@blueprint.get("/bang-diem/<int:number>/cong-chung/bieu-do.svg")
@needs("publication.see")
def public_preview_chart(number: int) -> ResponseReturnValue:
    """Its chart."""
    from flask import Response

    from survey_app.office.documents.chart import chart

    with turns.turn():
        drawn = chart(_public(number), WORDS, language(), "svg")
    return Response(drawn, mimetype="image/svg+xml")


@blueprint.get("/bang-diem/<int:number>/cong-chung/tai-ve/<kind>")
@needs("publication.see")
def public_preview_file(number: int, kind: str) -> ResponseReturnValue:
    """A file of it, as everyone will download it."""
    if kind not in MIME:
        abort(404)
    results = _public(number)
    with turns.turn():
        return file_of(results, WORDS, language(), kind, gathering.beside(house(), results))


def _public(number: int) -> Results:
    with house().database.reading() as connection:
        try:
            card = scorecards.find(connection, number)
        except scorecards.NoSuchScorecard:
            abort(404)
        wave = _wave_of(connection, card)
        before = publications.before(connection, card)
    if wave.state != "closed":
        abort(404)
    return for_the_public(results_of(wave, card), study_of(wave), before)


def _wave_of(connection: Connection, card: Scorecard) -> Wave:
    from survey_app.store import waves

    return next(each for each in waves.list_(connection) if each.id == card.wave_id)


def _trail(results: Results) -> tuple[tuple[str, str], ...]:
    wave = results.wave
    return (
        (words()["waves_today"], url_for("office.waves")),
        (title_of(wave), url_for("office.wave", name=wave.name)),
        (words()["waves_task_publish"], url_for("office.publish_wave", name=wave.name)),
    )


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
    may = current_user.may
    is_mine = bool(state and state.prepared and publication.are_one(state.prepared.done_by, who()))
    return page(
        "publication/page",
        wave=wave,
        title=title_of(wave),
        facts=facts,
        card=card,
        state=state,
        steps=tuple(reversed(steps)),
        versions=versions,
        public=versions[-1] if versions and not versions[-1].withdrawn else None,
        preview=preview,
        remarks=told,
        checks=seen.checks(facts),
        blocks=spoken.said_concerns(in_the_way, wave),
        warnings=spoken.said_concerns(blocks.warnings("publish", facts), wave),
        ticked=dict.fromkeys(request.form.getlist("known"), True),
        form=Confirm(),
        may_prepare=may("results.prepare"),
        may_publish=may("results.publish"),
        is_mine=is_mine,
        **more,
    )
