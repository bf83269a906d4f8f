"""Checking a closed wave: where it stands, its screening by class, and the way to the rest."""

from __future__ import annotations

from flask import abort
from flask.typing import ResponseReturnValue
from flask_login import current_user

from analysis.problems import ProblemsFound
from survey_app.conduct import standing
from survey_app.conduct.quality import screening
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.office.jobs import asking
from survey_app.office.jobs.shown import way_on
from survey_app.office.pieces import faults
from survey_app.office.quality.shown import is_ready, namer, show, unit_name
from survey_app.office.quality.twin import left_out_of
from survey_app.office.waves.forms import Typed
from survey_app.office.waves.found import wave_named
from survey_app.quality import codes
from survey_app.quality.codes import ANY, FLAGS
from survey_app.store.quality import screenings
from survey_app.store.waves import Refused, Wave
from survey_app.web import house


@blueprint.get("/dot/<name>/kiem-tra")
@needs("quality.see")
def wave_quality(name: str) -> ResponseReturnValue:
    """How checking a wave stands, and its forms by class of the design."""
    return _page(wave_named(name))


@blueprint.post("/dot/<name>/kiem-tra/ra-soat")
@needs("quality.screen")
def screen_wave(name: str) -> ResponseReturnValue:
    """Have every form of a wave screened."""
    wave = wave_named(name)
    if not Typed().validate_on_submit():
        abort(400)
    try:
        return way_on(asking.ask("screen", name))
    except (ProblemsFound, Refused) as refused:
        return _page(wave, **faults.shown(refused)), 409


def _page(wave: Wave, **more: object) -> str:
    ready = is_ready(wave)
    with house().database.reading() as connection:
        known = screenings.find(connection, wave) if ready else None
        lines = screening.lines(connection, wave) if known else ()
    facts = standing.facts(house(), wave, deep=False)
    return show(
        "quality",
        wave,
        facts=facts,
        screening=known,
        lines=lines,
        flags=(ANY, *FLAGS),
        units=house().units(wave.id),
        unit_name=unit_name,
        may_screen=current_user.may("quality.screen"),
        **more,
    )


@blueprint.app_context_processor
def _twins() -> dict[str, object]:
    """What a page of results shows beside its own numbers."""
    return {
        "left_out_of": lambda results: left_out_of(house(), results),
        "left_out_class": lambda wave, of: namer(wave)(of),
        "quality_reasons": codes.reasons(),
        "quality_outcomes": codes.outcomes(),
    }
