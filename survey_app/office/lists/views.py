"""A list that was handed in: how it was understood, and whether it is taken in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Response, abort, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from analysis.problems import ProblemsFound
from survey_app.conduct import wave_making
from survey_app.fieldwork import table_template
from survey_app.jobs import folder, lists, rules
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.office.guard.login import who
from survey_app.office.guard.turning_away import not_theirs
from survey_app.office.jobs import asking, shown
from survey_app.office.lists import spoken
from survey_app.office.page import language, page, words
from survey_app.office.pieces import faults
from survey_app.office.pieces.forms import Confirm, is_offered
from survey_app.office.results.page import study_of
from survey_app.office.waves.found import wave_named
from survey_app.store import jobs, waves
from survey_app.store.jobs import Job, NoSuchJob
from survey_app.store.log import audit
from survey_app.store.waves import Refused, Wave
from survey_app.web import house

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NEEDS = {"frame": "frame.import", "sample": "sample.import", "population": "sample.draw"}
_PLACE = re.compile("[0-9]{1,5}")
_COLUMN = "column-"
"""Before the place of a column in the names of fields."""

_ADDRESS = "/dot/<name>/nhap/<any(frame, sample, population):kind>"


@blueprint.get(f"{_ADDRESS}/<int:number>")
@needs(_NEEDS, by="kind")
def understood_list(name: str, kind: str, number: int) -> ResponseReturnValue:
    """How a list was understood; or which of its sheets is meant."""
    wave, job = wave_named(name), _mine(name, kind, number)
    return _page(wave, job)


@blueprint.post(f"{_ADDRESS}/<int:number>")
@needs(_NEEDS, by="kind")
def take_list(name: str, kind: str, number: int) -> ResponseReturnValue:
    """Take in a list that was looked at."""
    wave, job = wave_named(name), _mine(name, kind, number)
    is_ready = job.result.get("pending") == "list" and _waits(job)
    if not is_ready or not Confirm().validate_on_submit():
        return _page(wave, job)
    if _are_changed(job):  # whoever chose other columns wants the list to be read by them
        return _read_by_columns(wave, job)
    asked = {"list": number, **({"replace": name} if _replaces(job) else {})}
    try:
        return shown.way_on(asking.ask(kind, name, asked, in_folder=job.folder))
    except ProblemsFound as refused:
        return _page(wave, job, **faults.shown(refused)), 422
    except Refused as refused:
        return _page(wave, job, **faults.shown(refused)), 409


@blueprint.post(f"{_ADDRESS}/<int:number>/cot")
@needs(_NEEDS, by="kind")
def choose_columns(name: str, kind: str, number: int) -> ResponseReturnValue:
    """Read the list once more, by what somebody says that its columns are."""
    wave, job = wave_named(name), _mine(name, kind, number)
    is_there = job.result.get("pending") in {"list", "columns"} and _waits(job)
    if not is_there or not Confirm().validate_on_submit():
        return _page(wave, job)
    return _read_by_columns(wave, job)


@blueprint.post(f"{_ADDRESS}/<int:number>/bo")
@needs(_NEEDS, by="kind")
def drop_list(name: str, kind: str, number: int) -> ResponseReturnValue:
    """Delete a list that was looked at; nothing of it is taken in."""
    wave, job = wave_named(name), _mine(name, kind, number)
    if not Confirm().validate_on_submit():
        return _page(wave, job)
    _settle(job, dropped=True)
    flash(words()["lists_dropped"])
    return redirect(_back(wave, job), 303)


@blueprint.post(f"{_ADDRESS}/<int:number>/trang-tinh")
@needs(_NEEDS, by="kind")
def choose_sheet(name: str, kind: str, number: int) -> ResponseReturnValue:
    """Read the sheet that is meant, where a workbook has several lists."""
    wave, job = wave_named(name), _mine(name, kind, number)
    sheet = request.form.get("sheet", "")
    if not Confirm().validate_on_submit() or sheet not in job.result.get("sheets", ()):
        return _page(wave, job), 422
    try:
        file = lists.waiting_file(house().settings, job)
    except Refused:
        return _page(wave, job)
    _settle(job)
    read = asking.tried("list", name, {**job.arguments, "sheet": sheet}, [file])
    if error := rules.error_of(read):
        more = {"annotated": shown.annotated(read), **faults.shown(error)}
        return _page(wave, read, **more), 422
    return shown.way_on(read)


@blueprint.get("/cong-viec/<int:number>/ban-danh-dau")
@needs("account.own")
def list_faults(number: int) -> ResponseReturnValue:
    """A copy of a list with its faults, for who handed it in."""
    job = _job(number)
    if not shown.is_mine(job):
        not_theirs()
    if shown.annotated(job) is None:
        abort(404)
    if request.method != "HEAD":
        with house().database.writing() as connection:
            detail = f"{job.wave} {job.id}"
            audit.append(connection, who(), "list-faults-fetch", detail, house().stamp())
    file = folder.path(house().settings, job.folder) / folder.ANNOTATED
    reply = send_file(file.resolve(), _XLSX, as_attachment=True, download_name="loi.xlsx")
    reply.headers["Content-Disposition"] = f'attachment; filename="loi-{job.wave}-{job.id}.xlsx"'
    reply.headers["Cache-Control"] = "no-store"
    return reply


@blueprint.get(f"{_ADDRESS}/mau-trong")
@needs(_NEEDS, by="kind")
def list_template(name: str, kind: str) -> ResponseReturnValue:
    """An empty list to fill in, with the units and groups of the wave to choose from."""
    wave = wave_named(name)
    with house().database.reading() as connection:
        units = {unit.unit: unit.name_vi for unit in waves.units(connection, wave.id)}
    groups = {code: text["vi"] for code, text in study_of(wave).index.groups.items()}
    reply = Response(table_template.MAKE[kind](groups, units), mimetype=_XLSX)
    title = {"frame": "dan-mau", "sample": "mau", "population": "tong-the"}[kind]
    reply.headers["Content-Disposition"] = f'attachment; filename="{title}-{name}.xlsx"'
    reply.headers["Cache-Control"] = "no-store"
    return reply


def _chosen(job: Job) -> dict[str, str]:
    """What was said of columns, by their places."""
    known = {"", *lists.COLUMNS[job.arguments["kind"]]}
    said = {
        name.removeprefix(_COLUMN): means
        for name, means in request.form.items()
        if name.startswith(_COLUMN) and is_offered(means, known)
    }
    return {place: means for place, means in said.items() if _PLACE.fullmatch(place)}


def _are_changed(job: Job) -> bool:
    """Whether columns were chosen otherwise than they were understood."""
    understanding, _ = lists.told(house().settings, job)
    means = {str(column.place): column.means for column in understanding.columns}
    return any(means.get(place) != said for place, said in _chosen(job).items())


def _read_by_columns(wave: Wave, job: Job) -> ResponseReturnValue:
    try:
        file = lists.waiting_file(house().settings, job)
    except Refused:
        return _page(wave, job)
    asked = {**job.arguments, "columns": _chosen(job)}
    read = asking.tried("list", wave.name, asked, [file])
    if error := rules.error_of(read):
        more = {"annotated": shown.annotated(read), **faults.shown(error)}
        return _page(wave, job, **more), 422
    _settle(job)
    return shown.way_on(read)


def _settle(job: Job, *, dropped: bool = False) -> None:
    """Let a list wait no longer; its files go."""
    with house().database.writing() as connection:
        if jobs.settle(connection, job.id) and dropped:
            detail = f"{job.wave} {job.id}"
            audit.append(connection, who(), "list-drop", detail, house().stamp())
    folder.forget_list(house().settings, job.folder)


def _page(wave: Wave, job: Job, **more: Any) -> str:
    kind = job.arguments["kind"]
    shown_: dict[str, Any] = {"wave": wave, "kind": kind, "job": job, "form": Confirm(), **more}
    shown_["back"] = _back(wave, job)
    if _replaces(job):
        shown_["stake"] = wave_making.at_stake(house(), wave.name)
    if not _waits(job):
        return page("lists/gone", **shown_)
    if job.result["pending"] == "sheet":
        return page("lists/sheet", **shown_)
    understanding, remarks = lists.told(house().settings, job)
    is_read = job.result["pending"] == "list"
    if more:
        spoken_of: Mapping[str, object] = {}
    elif is_read:
        spoken_of = faults.remarked(remarks) if remarks else {}
    else:
        spoken_of = faults.shown(ProblemsFound(remarks))
    said = job.arguments.get("columns", {}).items()
    units = {code: unit.name(language()) for code, unit in house().units(wave.id).items()}
    index = study_of(wave).index
    return page(
        "lists/understood",
        understanding=understanding,
        told=spoken.told(
            understanding, index.groups, units, [int(place) for place, means in said if not means]
        ),
        choices=[(each, faults.column_name(each, language())) for each in lists.COLUMNS[kind]],
        is_read=is_read,
        are_faults=bool(more) or not is_read,
        **spoken_of,
        **shown_,
    )


def _waits(job: Job) -> bool:
    """Whether there is something to be decided still."""
    files = {"list": folder.LIST, "sheet": folder.LIST_FILE, "columns": folder.LIST_FILE}
    pending = str(job.result.get("pending", ""))
    return bool(pending) and folder.is_kept(house().settings, job.folder, files[pending])


def _replaces(job: Job) -> bool:
    """Whether the list comes in the place of the sample that is there."""
    return bool(job.arguments.get("replace"))


def _back(wave: Wave, job: Job) -> str:
    """Where the file was handed in."""
    kind = job.arguments["kind"]
    if _replaces(job):
        return url_for("office.replace_sample", name=wave.name)
    if kind == "population":
        return url_for("office.draw_sample", name=wave.name)
    return url_for("office.upload", name=wave.name, kind=kind)


def _mine(name: str, kind: str, number: int) -> Job:
    """A list that whoever looks has handed in; to all others there is none."""
    job = _job(number)
    is_it = job.kind == "list" and job.wave == name and job.arguments["kind"] == kind
    if not is_it or job.is_unfinished:
        abort(404)
    if not shown.is_mine(job):
        not_theirs()
    if _replaces(job) and not current_user.may("sample.replace"):
        not_theirs()
    return job


def _job(number: int) -> Job:
    try:
        with house().database.reading() as connection:
            return jobs.find(connection, number)
    except NoSuchJob:
        abort(404)
