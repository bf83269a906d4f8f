"""The appraisers' pages: a unit's sheet, their own fields, questions, bonus and penalty."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from survey_app.conduct.assessment import assessing
from survey_app.conduct.assessment.assessing import Deed
from survey_app.fieldwork.assessment.points import Adjustment
from survey_app.fieldwork.assessment.scope import EVERY_UNIT
from survey_app.fieldwork.assessment.self_template import Filling
from survey_app.office.assessment import sheets, typed
from survey_app.office.assessment.entering import workbook_of
from survey_app.office.assessment.sheets import FieldSheet, Sheet
from survey_app.office.assessment.typed import TypedPoints
from survey_app.office.blueprint import blueprint
from survey_app.office.guard import scope
from survey_app.office.guard.access import needs
from survey_app.office.guard.login import who
from survey_app.office.guard.turning_away import not_theirs
from survey_app.office.page import page, words
from survey_app.office.pieces import faults
from survey_app.office.pieces.forms import Confirm
from survey_app.store.assessment.points import Overtaken
from survey_app.store.waves import Refused
from survey_app.web import house

_HERE = "/dot/<name>/tu-danh-gia/don-vi/<unit>"


@blueprint.get(_HERE)
@needs("points.see")
def assessment_sheet(name: str, unit: str) -> ResponseReturnValue:
    """All that is kept of a unit: both points, evidence, questions, every version."""
    it = sheets.sheet(name, unit)
    return _page("sheet", it, form=Confirm(), mine=scope.person().fields_of(it.study.index))


@blueprint.route(f"{_HERE}/tham-dinh/<field>", methods=["GET", "POST"])
@needs("points.appraise")
def assessment_appraise(name: str, unit: str, field: str) -> ResponseReturnValue:
    """The appraised points of one field, reasons, and questions back."""
    it = sheets.sheet(name, unit)
    part = it.field(field)
    if not scope.person().may_appraise(part.field):
        not_theirs()
    if it.submission.submitted_at is None:
        return redirect(url_for("office.assessment", name=name))
    if not Confirm().validate_on_submit():
        return _field_page(it, part, typed.none("appraised"))
    entries = typed.read(part.lines, "appraised")
    if entries.problems:
        return _field_page(it, part, entries), 422
    try:
        about = (entries.rows, entries.asked, field, _answers_seen(part))
        count = assessing.appraise(house(), _deed(it), *about)
    except Overtaken as overtaken:
        fresh = sheets.sheet(name, unit)
        entries.overtaken = {line.criterion: line for line in overtaken.lines}
        return _field_page(fresh, fresh.field(field), entries), 409
    except Refused as refused:
        return _field_page(it, part, entries, **faults.shown(refused)), 409
    said = words()["assessment_appraised_now"]
    flash(said.format(count=count, asked=len(entries.asked)))
    return redirect(url_for("office.assessment_appraise", name=name, unit=unit, field=field))


@blueprint.get(f"{_HERE}/bieu-tham-dinh")
@needs("points.appraise")
def assessment_appraisal_workbook(name: str, unit: str) -> ResponseReturnValue:
    """The workbook of a unit for its appraisers: their fields are open."""
    it, person = sheets.sheet(name, unit), scope.person()
    is_in = it.submission.submitted_at is not None
    points = {line.leaf.code: line.line for line in it.lines} if is_in else {}
    is_all = EVERY_UNIT in person.permissions
    fields = None if is_all else person.fields_of(it.study.index)
    filling = Filling(whose="appraised", fields=fields, points=points, adjustments=it.adjustments)
    return workbook_of(it, filling)


@blueprint.route(f"{_HERE}/cong-tru", methods=["GET", "POST"])
@needs("points.adjust")
def assessment_adjust(name: str, unit: str) -> ResponseReturnValue:
    """Bonus and penalty points, each with its basis."""
    it = sheets.sheet(name, unit)
    if not Confirm().validate_on_submit():
        return _adjust_page(it, it.adjustments, [], it.submission.version)
    lines, problems = typed.adjustments(unit)
    text = request.form.get("version", "")
    seen = int(text[:9]) if text.isascii() and text.isdigit() else -1
    if problems:
        return _adjust_page(it, lines, problems, seen), 422
    try:
        assessing.adjust(house(), _deed(it), lines, seen)
    except Refused as refused:
        fresh = sheets.sheet(name, unit)
        told = faults.shown(refused)
        return _adjust_page(fresh, lines, [], fresh.submission.version, **told), 409
    flash(words()["assessment_adjusted"])
    return redirect(url_for("office.assessment_sheet", name=name, unit=unit))


@blueprint.route(f"{_HERE}/tra-lai", methods=["GET", "POST"])
@needs("points.import")
def assessment_send_back(name: str, unit: str) -> ResponseReturnValue:
    """Let a unit change its points once more, for a reason."""
    it = sheets.sheet(name, unit)
    if it.submission.submitted_at is None:
        return redirect(url_for("office.assessment_sheet", name=name, unit=unit))
    if not Confirm().validate_on_submit():
        return _page("send_back", it, form=Confirm(), problem="")
    reason, problem = typed.one_text("reason")
    if problem:
        return _page("send_back", it, form=Confirm(), problem=problem), 422
    try:
        assessing.send_back(house(), _deed(it), reason)
    except Refused as refused:
        return _page("send_back", it, form=Confirm(), problem="", **faults.shown(refused)), 409
    flash(words()["assessment_sent_back"])
    return redirect(url_for("office.assessment_sheet", name=name, unit=unit))


def _answers_seen(part: FieldSheet) -> set[int]:
    """The answers of a field that stood on the page from which a form comes."""
    sent = set(request.form.getlist("answer-seen"))
    return {asked.id for line in part.lines for asked in line.asked if str(asked.id) in sent}


def _deed(it: Sheet) -> Deed:
    return Deed(wave=it.wave.name, unit=it.unit.unit, by=who())


def _field_page(it: Sheet, part: FieldSheet, entries: TypedPoints, **more: Any) -> str:
    return _page("appraise", it, part=part, typed=entries, form=Confirm(), **more)


def _adjust_page(it: Sheet, lines: Any, problems: list[str], version: int, **more: Any) -> str:
    room = min(typed.BLANK_LINES, typed.LINES - len(lines))
    blank = [Adjustment(it.unit.unit, "", "")] * max(0, room)
    shown = {"lines": [*lines, *blank], "problems": problems, "version": version}
    return _page("adjust", it, form=Confirm(), **shown, **more)


def _page(what: str, it: Sheet, **more: Any) -> str:
    shown = {"it": it, "wave": it.wave, "pts": typed.spoken_points, "most": typed.LONGEST}
    return page(f"assessment/{what}", **shown, **more)
