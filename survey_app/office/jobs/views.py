"""The pages of work that runs by itself: all of it, one job, its file, and stopping it."""

from __future__ import annotations

from flask import abort, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from survey_app.jobs import folder, rules
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.office.guard.login import who
from survey_app.office.guard.turning_away import not_theirs
from survey_app.office.jobs import asking, files, secrets, shown
from survey_app.office.page import page, words
from survey_app.office.pieces import faults
from survey_app.office.pieces.forms import Confirm
from survey_app.store import jobs, scorecards, waves
from survey_app.store.jobs import Job, NoSuchJob
from survey_app.store.log import audit
from survey_app.store.waves import NoSuchWave, Refused
from survey_app.web import house


@blueprint.get("/cong-viec")
@needs("account.own")
def jobs_list() -> ResponseReturnValue:
    """What runs, what is done, what failed; one's own, or everybody's."""
    whose = None if current_user.may("jobs.see") else who()
    with house().database.reading() as connection:
        newest = jobs.last(connection, whose)
    called = shown.titles(newest)
    lines = [shown.line(job, called) for job in newest]
    unfinished = [line for line in lines if line.job.is_unfinished]
    ended = [line for line in lines if not line.job.is_unfinished]
    return page(
        "jobs/list", unfinished=unfinished, ended=ended,
        may_fetch=files.may_fetch, how_far=shown.how_far,
    )  # fmt: skip


@blueprint.get("/cong-viec/<int:number>")
@needs("account.own")
def job(number: int) -> ResponseReturnValue:
    """How far a job is, and what came of it; who waited for it is led on."""
    known = _known(number)
    if "cho" in request.args and known.state == "done":
        return shown.way_on(known)
    may_fetch = files.may_fetch(known) or secrets.may_fetch(known)
    return shown.job_page(known, may_fetch=may_fetch, once=known.kind in secrets.KINDS)


@blueprint.get("/cong-viec/<int:number>/tien-do")
@needs("account.own")
def job_progress(number: int) -> ResponseReturnValue:
    """How far a job is, for the script of its page."""
    known = _known(number)
    return jsonify(
        ended=not known.is_unfinished,
        share=rules.share_done(known),
        how_far=shown.how_far(known),
        step=shown.step(known),
        left=shown.left(known),
        state=shown.line(known, {}).state_text,
        can_cancel=known.can_be_cancelled,
    )


@blueprint.route("/cong-viec/<int:number>/huy", methods=["GET", "POST"])
@needs("account.own")
def job_cancel(number: int) -> ResponseReturnValue:
    """Stop a job; nothing of it is kept."""
    known = _known(number)
    if not shown.may_cancel(known):
        not_theirs()
    if Confirm().validate_on_submit():
        with house().database.writing() as connection:
            before = jobs.find(connection, number)
            after = jobs.ask_to_cancel(connection, number, house().stamp())
            stopped = after.cancel_asked and not before.cancel_asked
            if stopped:
                detail = f"{number} {known.kind} {known.wave}".rstrip()
                audit.append(connection, who(), "job-cancel", detail, house().stamp())
        if not after.is_unfinished:
            folder.forget_uploads(house().settings, known.folder)
        if not stopped:
            flash(words()["jobs_too_late"], "warn")
    return redirect(url_for("office.job", number=number), 303)


@blueprint.get("/cong-viec/<int:number>/tep")
@needs("account.own")
def job_file(number: int) -> ResponseReturnValue:
    """The file that a job has made, while it is kept."""
    known = _known(number)
    if known.is_unfinished:
        abort(404)
    return files.fetched(known)


@blueprint.post("/cong-viec/<int:number>/duong-dan")
@needs("links.issue")
def job_links(number: int) -> ResponseReturnValue:
    """The file of links that a job has made: handed over once, and deleted."""
    known = _known(number)
    if not Confirm().validate_on_submit():
        abort(404)
    return secrets.handed_over(known)


@blueprint.route("/dot/<name>/bo-du-lieu", methods=["GET", "POST"])
@needs("release.download")
def release(name: str) -> ResponseReturnValue:
    """Ask for the answers of a closed wave as one file."""
    try:
        with house().database.reading() as connection:
            wave = waves.find(connection, name)
    except NoSuchWave:
        abort(404)
    form = Confirm()
    if not form.validate_on_submit():
        return page("jobs/release", wave=wave, form=form)
    try:
        return shown.way_on(asking.ask("release", name))
    except Refused as refused:
        return page("jobs/release", wave=wave, form=form, **faults.shown(refused)), 409


@blueprint.route("/dot/<name>/du-lieu-mo", methods=["GET", "POST"])
@needs("release.download")
def open_data(name: str) -> ResponseReturnValue:
    """Ask for the open data of a closed wave as one file."""
    try:
        with house().database.reading() as connection:
            wave = waves.find(connection, name)
            card = scorecards.latest(connection, wave.id)
    except NoSuchWave:
        abort(404)
    form = Confirm()
    if not form.validate_on_submit():
        return page("jobs/open_data", wave=wave, card=card, form=form)
    try:
        return shown.way_on(asking.ask("open_data", name))
    except Refused as refused:
        return page("jobs/open_data", wave=wave, card=card, form=form, **faults.shown(refused)), 409


def _known(number: int) -> Job:
    try:
        with house().database.reading() as connection:
            known = jobs.find(connection, number)
    except NoSuchJob:
        abort(404)
    if not shown.may_see(known):
        not_theirs()
    return known
