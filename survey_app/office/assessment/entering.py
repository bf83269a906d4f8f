"""A unit's own pages: its points and what its evidence says, checked, submitted, answered for."""

from __future__ import annotations

import io
from typing import Any

from flask import abort, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from analysis.problems import ProblemsFound
from survey_app.conduct.assessment import assessing
from survey_app.conduct.assessment.assessing import Deed
from survey_app.conduct.standing import study_of
from survey_app.fieldwork.assessment import self_template, stages
from survey_app.fieldwork.assessment.self_template import Filling, Form
from survey_app.fieldwork.assessment.stages import Progress
from survey_app.office.assessment import sheets, typed
from survey_app.office.assessment.sheets import FieldSheet, Sheet
from survey_app.office.assessment.typed import TypedPoints
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.office.guard.login import who
from survey_app.office.jobs import asking, shown
from survey_app.office.page import page, words
from survey_app.office.pieces import faults, handed_in
from survey_app.office.pieces.forms import Confirm, Upload
from survey_app.store import waves
from survey_app.store.assessment import submissions
from survey_app.store.assessment.points import Overtaken
from survey_app.store.waves import Refused
from survey_app.web import house

_HERE = "/dot/<name>/tu-danh-gia/nhap/<unit>"


@blueprint.get("/tu-danh-gia")
@needs("points.own")
def assessment_mine() -> ResponseReturnValue:
    """The waves in which the unit of the account at hand assesses itself."""
    unit = current_user.unit
    lines = []
    with house().database.reading() as connection:
        for wave in waves.list_(connection):
            units = {each.unit: each for each in waves.units(connection, wave.id)}
            if wave.state == "planned" or unit not in units:
                continue
            leaves = len(assessing.self_assessed(study_of(house(), wave)))
            reached = submissions.progress(connection, wave.id, leaves).get(unit)
            times = submissions.deadlines(connection, wave.id)
            it = reached or Progress(leaves=leaves)
            stage = stages.stage(it, times, house().stamp())
            late = stages.is_late(it, times, house().stamp())
            lines.append((wave, units[unit], it, stage, late, times))
    return page("assessment/mine", lines=lines, unit=unit)


@blueprint.get(_HERE)
@needs("points.enter")
def assessment_own(name: str, unit: str) -> ResponseReturnValue:
    """A unit's sheet by field: what it has, what it lacks, what was asked, and what comes next."""
    it = sheets.to_enter(name, unit)
    return _page("own", it, form=Confirm())


@blueprint.route(f"{_HERE}/linh-vuc/<field>", methods=["GET", "POST"])
@needs("points.enter")
def assessment_enter(name: str, unit: str, field: str) -> ResponseReturnValue:
    """The points of one field, and what the evidence for each says."""
    it = sheets.to_enter(name, unit)
    part = it.field(field)
    if not it.is_open:
        return redirect(url_for("office.assessment_own", name=name, unit=unit))
    if not Confirm().validate_on_submit():
        return _field_page(it, part, typed.none("own"))
    entries = typed.read(part.lines, "own")
    if entries.problems:
        return _field_page(it, part, entries), 422
    try:
        count = assessing.enter(house(), _deed(it), entries.rows, part.field.code)
    except Overtaken as overtaken:
        fresh = sheets.to_enter(name, unit)
        entries.overtaken = {line.criterion: line for line in overtaken.lines}
        return _field_page(fresh, fresh.field(field), entries), 409
    except Refused as refused:
        return _field_page(it, part, entries, **faults.shown(refused)), 409
    flash(words()["assessment_kept"].format(count=count))
    return redirect(_after_saving(it, field))


def _after_saving(it: Sheet, field: str) -> str:
    """The page of the same field, or where asked for the next one's; after the last the sheet."""
    name, unit = it.wave.name, it.unit.unit
    after = it.next_field(field) if request.form.get("next") else field
    if after is None:
        return url_for("office.assessment_own", name=name, unit=unit)
    return url_for("office.assessment_enter", name=name, unit=unit, field=after)


@blueprint.route(f"{_HERE}/nop", methods=["GET", "POST"])
@needs("points.enter")
def assessment_submit(name: str, unit: str) -> ResponseReturnValue:
    """What is missing, what stands there, and handing it in."""
    it = sheets.to_enter(name, unit)
    if not it.is_open:
        return redirect(url_for("office.assessment_own", name=name, unit=unit))
    if not Confirm().validate_on_submit():
        return _page("submit", it, form=Confirm())
    try:
        assessing.submit(house(), _deed(it), it.study)
    except Refused as refused:
        return _page("submit", it, form=Confirm(), **faults.shown(refused)), 409
    return redirect(url_for("office.assessment_receipt", name=name, unit=unit))


@blueprint.get(f"{_HERE}/bien-nhan")
@needs("points.enter")
def assessment_receipt(name: str, unit: str) -> ResponseReturnValue:
    """What was handed in, when, by whom, and the number by which it is known."""
    it = sheets.to_enter(name, unit)
    if it.submission.submitted_at is None:
        return redirect(url_for("office.assessment_own", name=name, unit=unit))
    return _page("receipt", it)


@blueprint.route(f"{_HERE}/giai-trinh/<int:number>", methods=["GET", "POST"])
@needs("points.enter")
def assessment_answer(name: str, unit: str, number: int) -> ResponseReturnValue:
    """A question of the appraisers, and the unit's answer."""
    it = sheets.to_enter(name, unit)
    asked = next((each for each in it.questions if each.id == number), None) or abort(404)
    shown_ = {"asked": asked, "line": it.leaf(asked.criterion), "form": Confirm()}
    if asked.answered_at or not it.takes_answers or not Confirm().validate_on_submit():
        return _page("answer", it, answer="", problem="", **shown_)
    answer, problem = typed.one_text("answer")
    if problem:
        return _page("answer", it, answer=request.form["answer"], problem=problem, **shown_), 422
    try:
        assessing.answer(house(), _deed(it), number, answer)
    except Refused as refused:
        told = faults.shown(refused)
        return _page("answer", it, answer=answer, problem="", **shown_, **told), 409
    flash(words()["assessment_answered"])
    return redirect(url_for("office.assessment_own", name=name, unit=unit))


@blueprint.post(f"{_HERE}/thong-nhat")
@needs("points.enter")
def assessment_agree(name: str, unit: str) -> ResponseReturnValue:
    """The unit agrees with what was appraised."""
    it = sheets.to_enter(name, unit)
    if Confirm().validate_on_submit():
        try:
            assessing.agree(house(), _deed(it), it.study)
        except Refused as refused:
            return _page("own", it, form=Confirm(), **faults.shown(refused)), 409
        flash(words()["assessment_agreed_now"])
    return redirect(url_for("office.assessment_own", name=name, unit=unit))


@blueprint.get(f"{_HERE}/bieu")
@needs("points.enter")
def assessment_workbook(name: str, unit: str) -> ResponseReturnValue:
    """The unit's workbook, with what it has entered so far."""
    it = sheets.to_enter(name, unit)
    points = {line.leaf.code: line.line for line in it.lines}
    return workbook_of(it, Filling(points=points))


def workbook_of(it: Sheet, filling: Filling) -> ResponseReturnValue:
    """A workbook of a unit, as a file to take away."""
    form = Form(it.wave.name, it.wave.year, it.study)
    content = self_template.workbook(form, it.unit.unit, it.unit.name_vi, filling)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    what = "tu-danh-gia" if filling.whose == "own" else "tham-dinh"
    named = f"{what}-{it.unit.unit}.xlsx"
    return send_file(io.BytesIO(content), kind, as_attachment=True, download_name=named)


@blueprint.route(f"{_HERE}/nop-bieu", methods=["GET", "POST"])
@needs("points.enter")
def assessment_upload(name: str, unit: str) -> ResponseReturnValue:
    """The unit's workbook that was filled in; what it changes is shown before it is stored."""
    it = sheets.to_enter(name, unit)
    form = Upload()
    if not it.is_open:
        return redirect(url_for("office.assessment_own", name=name, unit=unit))
    if not form.validate_on_submit():
        return _page("upload", it, form=form)
    files = handed_in.files()
    try:
        return shown.way_on(asking.ask("points", name, {"unit": unit}, files=files[:1]))
    except ProblemsFound as refused:
        return _page("upload", it, form=form, **faults.shown(refused)), 422
    except Refused as refused:
        return _page("upload", it, form=form, **faults.shown(refused)), 409


def _deed(it: Sheet) -> Deed:
    return Deed(wave=it.wave.name, unit=it.unit.unit, by=who())


def _field_page(it: Sheet, part: FieldSheet, entries: TypedPoints, **more: Any) -> str:
    return _page("enter", it, part=part, typed=entries, form=Confirm(), **more)


def _page(what: str, it: Sheet, **more: Any) -> str:
    shown_ = {"it": it, "wave": it.wave, "pts": typed.spoken_points, "most": typed.LONGEST}
    return page(f"assessment/{what}", **shown_, **more)
