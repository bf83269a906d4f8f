"""Files that come in: the frame, the sample, the points that do not come from the survey.

A file is taken whole or not at all; every fault is shown with its cell. It is read in a process of
its own: phones answer meanwhile, whatever is in it.
"""

from __future__ import annotations

from flask import abort
from flask.typing import ResponseReturnValue

from analysis.problems import ProblemsFound
from survey_app.conduct.standing import study_of
from survey_app.fieldwork.assessment.scope import EVERY_UNIT
from survey_app.jobs import rules
from survey_app.office.blueprint import blueprint
from survey_app.office.guard import scope
from survey_app.office.guard.access import needs
from survey_app.office.jobs import asking, shown
from survey_app.office.page import language, page
from survey_app.office.pieces import faults, handed_in
from survey_app.office.pieces.forms import Upload
from survey_app.store import waves
from survey_app.store.jobs import Json
from survey_app.store.waves import NoSuchWave, Refused, Wave
from survey_app.web import house

MOST_BYTES = 32 * 1024 * 1024
"""The largest upload: ten times the sample of a large province."""


def offered(wave: Wave) -> tuple[str, ...]:
    """What may come in now: points even after the wave is closed."""
    always = ("points", "appraised")
    return always if wave.state == "closed" else ("frame", "sample", *always)


@blueprint.route(
    "/dot/<name>/nhap/<any(frame, sample, points, appraised):kind>", methods=["GET", "POST"]
)
@needs(
    {
        "frame": "frame.import",
        "sample": "sample.import",
        "points": "points.import",
        "appraised": "points.appraise",
    },
    by="kind",
)
def upload(name: str, kind: str) -> ResponseReturnValue:
    """Ask for files; show how they were understood, or everything that is wrong with them."""
    with house().database.reading() as connection:
        try:
            wave = waves.find(connection, name)
        except NoSuchWave:
            abort(404)
    form = Upload()
    context = {"wave": wave, "kind": kind, "form": form}
    if not form.validate_on_submit():
        return page("upload", **context)
    files = handed_in.files()
    if kind in {"frame", "sample"}:
        job = asking.tried("list", name, {"kind": kind, "language": language()}, files[:1])
        if error := rules.error_of(job):
            more = {"annotated": shown.annotated(job), **faults.shown(error)}
            return page("upload", **more, **context), 422
        return shown.way_on(job)
    try:
        return shown.way_on(asking.ask(kind, name, _limits(kind, wave), files=files))
    except ProblemsFound as refused:
        return page("upload", **faults.shown(refused), **context), 422
    except Refused as refused:
        return page("upload", **faults.shown(refused), **context), 409


def _limits(kind: str, wave: Wave) -> Json:
    """What of the files is read: of appraised points, those of the reader's own fields."""
    person = scope.person()
    if kind != "appraised" or EVERY_UNIT in person.permissions:
        return {}
    return {"fields": sorted(person.fields_of(study_of(house(), wave).index))}
