"""Who takes whose place in a sample: the next in reserve, one by one, with what was noted."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from analysis.problems import ProblemsFound
from survey_app.conduct import drawing
from survey_app.fieldwork import disposition
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.office.guard.login import who
from survey_app.office.page import page, words
from survey_app.office.pieces import faults
from survey_app.office.results.page import study_of
from survey_app.office.wave_titles import title_of
from survey_app.office.waves.forms import Entries, Typed
from survey_app.office.waves.found import wave_named
from survey_app.store import waves
from survey_app.store.sample import substitutions
from survey_app.store.waves import Refused, Wave
from survey_app.web import house


@blueprint.route("/dot/<name>/mau/thay-nguoi", methods=["GET", "POST"])
@needs("sample.replace")
def substitute_case(name: str) -> ResponseReturnValue:
    """Who is left in reserve, who took whose place, and letting the next one take one."""
    wave = wave_named(name)
    entries = Entries.sent() if request.method == "POST" else Entries(request.args.to_dict())
    if not Typed().validate_on_submit():
        return _page(wave, entries)
    try:
        with house().database.writing() as connection:
            now = waves.find(connection, name)
            swapped = drawing.substitute(
                house(), connection, now, entries.get("case"), entries.get("reason"), by=who()
            )
    except ProblemsFound as refused:
        return _page(wave, entries, **faults.shown(refused)), 422
    except Refused as refused:
        return _page(wave, entries, **faults.shown(refused)), 409
    flash(words()["drawing_stood_in"].format(label=swapped.label, by_label=swapped.by_label))
    return redirect(url_for("office.substitute_case", name=name), 303)


def _page(wave: Wave, entries: Entries, **shown: Any) -> str:
    with house().database.reading() as connection:
        reserve = substitutions.in_reserve(connection, wave.id)
        stood_in = substitutions.of_wave(connection, wave.id)
    return page(
        "drawing/places",
        wave=wave,
        title=title_of(wave),
        form=Typed(),
        entries=entries,
        reserve=sorted(reserve.items()),
        stood_in=stood_in,
        codes=disposition.codes(),
        index=study_of(wave).index,
        units=house().units(wave.id),
        **shown,
    )
