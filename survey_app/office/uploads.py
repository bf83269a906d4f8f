"""Files that come in: the frame, the sample, the points that do not come from the survey.

A file is taken whole or not at all; every fault is shown with its cell. It is read in a process of
its own: phones answer meanwhile, whatever is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from analysis.problems import Problem, ProblemsFound
from survey_app import opening, quarantine
from survey_app.fieldwork import frame_file, sample_file, self_workbook
from survey_app.fieldwork.anonymity import SmallClass
from survey_app.fieldwork.self_template import Form
from survey_app.fieldwork.sheets.cells import Source
from survey_app.i18n import percent
from survey_app.office import faults
from survey_app.office.access import needs
from survey_app.office.blueprint import blueprint
from survey_app.office.forms import Upload
from survey_app.office.login import who
from survey_app.office.page import language, page, words
from survey_app.office.results.page import study_of
from survey_app.store import audit, cases, self_assessments, spellings, waves
from survey_app.store.database import Connection
from survey_app.store.waves import NoSuchWave, Refused, Wave
from survey_app.web import house

MOST_BYTES = 32 * 1024 * 1024
"""The largest upload: ten times the sample of a large province."""


@dataclass(frozen=True)
class Came:
    """What came in for a wave, and what it is checked against."""

    wave: Wave
    files: Sequence[Source]
    groups: Sequence[str]
    units: Sequence[str]


@dataclass(frozen=True)
class Taken:
    """How many came in, and what whoever handed them in should look at."""

    count: int
    remarks: Sequence[Problem]


def offered(wave: Wave) -> tuple[str, ...]:
    """What may come in now: points even after the wave is closed."""
    return ("points",) if wave.state == "closed" else ("frame", "sample", "points")


@blueprint.route("/dot/<name>/nhap/<any(frame, sample, points):kind>", methods=["GET", "POST"])
@needs({"frame": "frame.import", "sample": "sample.import", "points": "points.import"}, by="kind")
def upload(name: str, kind: str) -> ResponseReturnValue:
    """Ask for files; take them, or show everything that is wrong with them."""
    with house().database.reading() as connection:
        try:
            wave = waves.find(connection, name)
        except NoSuchWave:
            abort(404)
        units = [unit.unit for unit in waves.units(connection, wave.id)]
    form = Upload()
    shown = {"wave": wave, "kind": kind, "form": form}
    if not form.validate_on_submit():
        return page("upload", **shown)
    files = [Source(file.filename or "", file.read()) for file in request.files.getlist("files")]
    try:
        taken = _KINDS[kind](Came(wave, files, tuple(study_of(wave).index.groups), units))
    except ProblemsFound as refused:
        return page("upload", **faults.shown(refused), **shown), 422
    except Refused as refused:
        return page("upload", **faults.shown(refused), **shown), 409
    done = words()[f"upload_{kind}_done"].format(count=taken.count)
    if any(remark.severity != "note" for remark in taken.remarks):
        return page("uploaded", done=done, **faults.remarked(taken.remarks), **shown)
    for told in (done, *faults.in_one_line(taken.remarks)):
        flash(told)
    if kind == "sample":
        warn_of(opening.small_classes(house(), wave))
    return redirect(url_for("office.wave", name=name))


def warn_of(small: Sequence[SmallClass]) -> None:
    """Say, on the next page, of how many cases the forms could be guessed."""
    if small:
        told = words()["small_classes"].format(
            share=percent(house().settings.expected_returns, language(), 0),
            people=sum(each.size for each in small),
            alone=sum(each.size == 1 for each in small),
        )
        flash(told, "warn")


def _frame(came: Came) -> Taken:
    read = quarantine.read(frame_file.read, came.files[0], came.groups, came.units)
    with house().database.writing() as connection:
        count = cases.import_frame(connection, came.wave, read.rows)
        _log(connection, "frame-import", came.wave, count)
        spelled = spellings.remarks(connection, came.wave, came.files[0].name)
    return Taken(count, (*read.remarks, *spelled))


def _sample(came: Came) -> Taken:
    read = quarantine.read(sample_file.read, came.files[0], came.groups, came.units)
    with house().database.writing() as connection:
        count = cases.import_sample(connection, came.wave, read.rows, read.contacts)
        _log(connection, "sample-import", came.wave, count)
        spelled = spellings.remarks(connection, came.wave, came.files[0].name)
    return Taken(count, (*read.remarks, *spelled))


def _points(came: Came) -> Taken:
    form = Form(came.wave.name, came.wave.year, study_of(came.wave))
    read = quarantine.read(self_workbook.read, came.files, form, came.units)
    with house().database.writing() as connection:
        count = self_assessments.save(
            connection, came.wave, read.points, read.adjustments, who(), house().stamp()
        )
        _log(connection, "self-import", came.wave, count)
    return Taken(count, read.remarks)


def _log(connection: Connection, action: str, wave: Wave, count: int) -> None:
    audit.append(connection, who(), action, f"{wave.name} {count}", house().stamp())


_KINDS: Mapping[str, Callable[[Came], Taken]] = {
    "frame": _frame,
    "sample": _sample,
    "points": _points,
}
