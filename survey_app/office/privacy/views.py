"""What is held about a case and its deletion, and the record of processing of this installation."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from analysis.problems import ProblemsFound
from survey_app.conduct import privacy
from survey_app.fieldwork import disposition
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.office.guard.login import who
from survey_app.office.page import WORDS, language, page, problem_page, words
from survey_app.office.pieces.forms import Confirm
from survey_app.office.privacy.record import record
from survey_app.office.results.page import index_of
from survey_app.office.wave_titles import title_of
from survey_app.office.waves.found import wave_named
from survey_app.store import waves
from survey_app.store.waves import Wave
from survey_app.web import house


@blueprint.route("/dot/<name>/du-lieu-ca-nhan/<path:label>", methods=["GET", "POST"])
@needs("privacy.answer")
def held_about_case(name: str, label: str) -> ResponseReturnValue:
    """What is held about the person of a case, and its deletion at their wish."""
    wave = wave_named(name)
    form = Confirm()
    if form.validate_on_submit():
        return _forgotten(wave, label)
    try:
        with house().database.writing() as connection:
            known = privacy.look(connection, house(), wave, label, who())
            units = {unit.unit: unit for unit in waves.units(connection, wave.id)}
    except ProblemsFound:
        return problem_page("not_found"), 404
    return page(
        "privacy/held",
        wave=wave,
        title=title_of(wave),
        index=index_of(wave),
        held=known,
        units=units,
        events=disposition.event_kinds(),
        form=form,
        typed_wrong="",
    )


def _forgotten(wave: Wave, label: str) -> ResponseReturnValue:
    back = url_for("office.held_about_case", name=wave.name, label=label)
    if request.form.get("typed", "").strip() != label:
        flash(words()["privacy_type_the_number"].format(number=label), "bad")
        return redirect(back, 303)
    try:
        with house().database.writing() as connection:
            now = waves.hold(connection, wave.name)
            gone = privacy.forget(connection, house(), now, label, who())
    except ProblemsFound:
        return problem_page("not_found"), 404
    flash(
        words()["privacy_forgotten"].format(
            contacts=gone.contacts, lines=gone.lines, remarks=gone.remarks, links=gone.links
        )
    )
    return redirect(back, 303)


@blueprint.get("/ho-so-xu-ly-du-lieu")
@needs("wave.see")
def record_of_processing() -> ResponseReturnValue:
    """What is processed, why, by whom, for how long and how it is kept safe: from the settings."""
    return page("privacy/record", record=record(house(), WORDS, language()))
