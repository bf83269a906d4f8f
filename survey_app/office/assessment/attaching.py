"""Files as evidence: handed in by a unit, taken away by those who may see them, never opened."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from analysis.problems import ProblemsFound
from survey_app.conduct.assessment import evidence as deeds
from survey_app.conduct.assessment.assessing import Deed
from survey_app.fieldwork.assessment.evidence_file import MIME
from survey_app.office.assessment import sheets, typed
from survey_app.office.assessment.sheets import LeafLine, Sheet
from survey_app.office.blueprint import blueprint
from survey_app.office.guard import scope
from survey_app.office.guard.access import needs
from survey_app.office.guard.login import who
from survey_app.office.guard.turning_away import not_theirs
from survey_app.office.page import page, words
from survey_app.office.pieces import faults, handed_in
from survey_app.office.pieces.forms import Confirm, Upload
from survey_app.office.waves.found import wave_named
from survey_app.store.assessment import evidence, submissions
from survey_app.store.assessment.evidence import NoSuchFile
from survey_app.store.log import audit
from survey_app.store.waves import Refused
from survey_app.web import house

_HERE = "/dot/<name>/tu-danh-gia/nhap/<unit>/kiem-chung"
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"
"""The policy of a file that somebody handed in: a browser that shows it runs nothing of it."""


@blueprint.route(f"{_HERE}/<criterion>", methods=["GET", "POST"])
@needs("points.enter")
def assessment_attach(name: str, unit: str, criterion: str) -> ResponseReturnValue:
    """The files of one criterion; another one is taken in."""
    it = sheets.to_enter(name, unit)
    line, form = it.leaf(criterion), Upload()
    if not may_attach(it, line) or not form.validate_on_submit():
        return _page(it, line)
    sent = handed_in.files()
    try:
        deeds.refuse_many(sent)
        for source in sent:
            deeds.add(house(), _deed(it), criterion, source)
    except ProblemsFound as refused:
        return _page(sheets.to_enter(name, unit), line, **faults.shown(refused)), 422
    except Refused as refused:
        return _page(sheets.to_enter(name, unit), line, **faults.shown(refused)), 409
    flash(words()["assessment_attached"].format(count=len(sent)))
    return redirect(url_for("office.assessment_attach", name=name, unit=unit, criterion=criterion))


@blueprint.post(f"{_HERE}/bo/<int:number>")
@needs("points.enter")
def assessment_detach(name: str, unit: str, number: int) -> ResponseReturnValue:
    """Take a file out again, before the unit submits."""
    it = sheets.to_enter(name, unit)
    if not Confirm().validate_on_submit():
        return redirect(url_for("office.assessment_own", name=name, unit=unit))
    try:
        file = deeds.remove(house(), _deed(it), number)
    except NoSuchFile:
        abort(404)
    except Refused as refused:
        told = faults.shown(refused)
        return page("assessment/refused", it=it, wave=it.wave, **told), 409
    flash(words()["assessment_detached"])
    return redirect(
        url_for("office.assessment_attach", name=name, unit=unit, criterion=file.criterion)
    )


@blueprint.get("/dot/<name>/tu-danh-gia/tep/<int:number>")
@needs("evidence.see")
def assessment_file(name: str, number: int) -> ResponseReturnValue:
    """A file, to be taken away; who took it is in the log."""
    wave = wave_named(name)
    with house().database.reading() as connection:
        try:
            file = evidence.find(connection, wave.id, number)
        except NoSuchFile:
            abort(404)
        submission = submissions.find(connection, wave.id, file.unit)
    place = deeds.path(house().settings, file.sha256)
    is_in, person = submission.submitted_at is not None, scope.person()
    may_see = person.may_see(file.unit) if is_in else person.may_enter(file.unit)
    if not may_see:
        not_theirs()
    if not place.is_file():
        abort(404)
    if request.method != "HEAD":
        with house().database.writing() as connection:
            told = f"{name} {file.unit} {file.criterion} {file.sha256[:16]}"
            audit.append(connection, who(), "evidence-fetch", told, house().stamp())
    reply = send_file(
        place.resolve(), MIME[file.kind], as_attachment=True, download_name=file.name, etag=False
    )
    return _locked(reply)


def _locked(reply: Response) -> Response:
    """Whatever is in a file, no browser opens it as a page of ours."""
    reply.headers["Content-Security-Policy"] = SANDBOX
    reply.headers["X-Content-Type-Options"] = "nosniff"
    reply.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return reply


def may_attach(it: Sheet, line: LeafLine) -> bool:
    """Whether a file may be handed in for a leaf: before submitting, or with an answer."""
    waits = any(each.answered_at is None for each in line.asked)
    return it.is_open or (waits and it.takes_answers)


def _deed(it: Sheet) -> Deed:
    return Deed(wave=it.wave.name, unit=it.unit.unit, by=who())


def _page(it: Sheet, line: LeafLine, **more: object) -> str:
    fresh = it.leaf(line.leaf.code)
    return page(
        "assessment/attach",
        it=it,
        wave=it.wave,
        line=fresh,
        form=Upload(formdata=None),
        may_attach=may_attach(it, fresh),
        limits=house().settings.evidence,
        kinds=sorted(MIME),
        pts=typed.spoken_points,
        **more,
    )
