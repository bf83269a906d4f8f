"""A new wave, in the browser: of a study of the library, or after last year's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from analysis.problems import ProblemsFound
from survey_app.conduct import wave_making
from survey_app.conduct.wave_making import NewWave
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.office.guard.login import who
from survey_app.office.page import language, page, say, words
from survey_app.office.pieces import faults
from survey_app.office.pieces.forms import is_offered
from survey_app.office.waves.forms import Entries, Typed
from survey_app.office.waves.found import wave_named
from survey_app.questionnaire import library
from survey_app.store.waves import Refused
from survey_app.waves import plan as plans
from survey_app.waves.plan import Plan
from survey_app.web import house

Choice = tuple[str, str, int | None]
"""A study: its name, its title, the year that it assesses."""

_YEAR = re.compile("[0-9]{4}")
_YEARS = range(2000, 2101)
"""What a year of an index may be."""


@blueprint.route("/dot/moi", methods=["GET", "POST"])
@needs("wave.create")
def new_wave() -> ResponseReturnValue:
    """Ask what the wave is to be; make it, and go on to its page."""
    after = request.args.get("sau", "")
    if not Typed().validate_on_submit():
        return _page(_at_first(after), after)
    entries = Entries.sent()
    wanted = _wanted(entries, after)
    if wanted is None:
        return _page(entries, after), 422
    try:
        wave = wave_making.create(house(), wanted, who())
    except ProblemsFound as refused:
        return _page(entries, after, **faults.shown(refused)), 422
    except Refused as refused:
        return _page(entries, after, **faults.shown(refused)), 409
    flash(words()["waves_made"].format(name=wave.name))
    return redirect(url_for("office.wave", name=wave.name))


def _at_first(after: str) -> Entries:
    if not after:
        return Entries.of(Plan())
    wave_named(after)
    wanted = wave_making.after(house(), after)
    more = {
        "study": wanted.study,
        "year": str(wanted.year),
        "name": wanted.name,
        "units_on": wanted.units_on.isoformat(),
    }
    return Entries.of(wanted.plan, **more)


def _wanted(entries: Entries, after: str) -> NewWave | None:
    """What was asked for; None where something of it cannot be read, which `entries` then says."""
    plan, study, year = entries.plan(), entries.get("study"), _year(entries)
    if not is_offered(study, library.studies(house().library)):
        entries.problems["study"] = words()["waves_choose_study"]
    if not (plan.title_vi or plan.title_en):
        entries.problems["title_vi"] = words()["waves_needs_title"]
    name = entries.get("name") or plans.suggested_name(plan.title_vi or plan.title_en)
    if not year:
        return None
    units_on = entries.day("units_on") if entries.get("units_on") else date(year, 12, 31)
    if entries.problems or units_on is None:
        return None
    frame_of = after if "frame" in request.form else ""
    return NewWave(
        name=name, study=study, year=year, units_on=units_on, plan=plan, frame_of=frame_of
    )


def _year(entries: Entries) -> int | None:
    """The year typed, or else the study's own."""
    typed = entries.get("year")
    if not typed:
        year_of_study = plans.own_year(entries.get("study"))
        if year_of_study is None:
            entries.problems["year"] = words()["waves_needs_year"]
        return year_of_study
    if not (_YEAR.fullmatch(typed) and int(typed) in _YEARS):
        entries.problems["year"] = words()["waves_not_a_year"]
        return None
    return int(typed)


def _page(entries: Entries, after: str, **more: object) -> str:
    return page("waves/new", entries=entries, form=Typed(), studies=_studies(), after=after, **more)


def _studies() -> Sequence[Choice]:
    """The sound studies of the library, the newest first."""
    choices: list[Choice] = []
    for name in library.studies(house().library):
        try:
            title = say(library.study(name, house().library).index.title, language())
        except ProblemsFound:
            continue
        choices.append((name, title, plans.own_year(name)))
    return sorted(choices, key=lambda each: (-(each[2] or 0), each[0]))
