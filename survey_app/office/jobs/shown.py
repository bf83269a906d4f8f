"""A job as it is shown: what it is called, how far it is, where it leads when it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from survey_app import i18n
from survey_app.conduct import opening
from survey_app.jobs import folder, rules
from survey_app.jobs.kinds import IMPORTS
from survey_app.office.guard.login import who
from survey_app.office.page import language, page, words
from survey_app.office.pieces import faults
from survey_app.office.pieces.forms import Confirm
from survey_app.office.pieces.small_classes import warn_of
from survey_app.office.wave_titles import title_of
from survey_app.store import jobs, waves
from survey_app.store.jobs import Job
from survey_app.store.waves import NoSuchWave
from survey_app.web import house

_TAGS = {
    "waiting": "todo",
    "running": "doing",
    "done": "done",
    "failed": "bad",
    "cancelled": "idle",
}
_MINUTE = 60
_DRAWING = ("population", "draw", "take")
_FILES = ("report", "release", "letters", "open_data", "unit_reports")
"""The kinds that make a file to take away."""


@dataclass(frozen=True)
class Line:
    """A job as a line of the list."""

    job: Job
    name: str
    wave: str
    mark: str
    state_text: str
    href: str


def titles(of: Iterable[Job]) -> Mapping[str, str]:
    """What the waves of some jobs are called, by the names in their addresses."""
    named = {job.wave for job in of}
    with house().database.reading() as connection:
        listed = waves.list_(connection)
    return {wave.name: title_of(wave) for wave in listed if wave.name in named}


def line(job: Job, called: Mapping[str, str]) -> Line:
    """A job with its words, its wave by its title; one that is not there any more by its name."""
    w = words()
    stops = job.cancel_asked and job.is_unfinished
    state = w["jobs_stopping"] if stops else w[f"jobs_state_{job.state}"]
    href = url_for("office.job", number=job.id)
    name, wave = w.get(f"jobs_kind_{job.kind}", job.kind), called.get(job.wave, job.wave)
    return Line(job, name, wave, _TAGS[job.state], state, href)


def way_on(job: Job) -> ResponseReturnValue:
    """Where whoever asked goes: to what came of it, or to the page that tells how far it is."""
    if job.state != "done":
        return redirect(url_for("office.job", number=job.id), 303)
    return _ARRIVALS[job.kind](job)


def _at_wave(job: Job) -> ResponseReturnValue:
    flash(words()[f"done_{job.kind}"])
    return redirect(url_for("office.wave", name=job.wave))


def _at_results(job: Job) -> ResponseReturnValue:
    flash(words()[f"done_{job.kind}"])
    return redirect(url_for("office.card", name=job.wave, number=job.result["scorecard"]))


def _at_examined(job: Job) -> ResponseReturnValue:
    flash(words()[f"scorecard_done_{job.kind}"])
    number = job.result["scorecard"]
    return redirect(url_for(_EXAMINED[job.kind], name=job.wave, number=number))


_EXAMINED = {"sensitivity": "office.card_sensitivity", "compare": "office.card_years"}
"""The kinds that are about a scorecard -> the page of what came of them."""


def _at_publication(job: Job) -> ResponseReturnValue:
    flash(words()[f"done_{job.kind}"])
    return redirect(url_for("office.publish_wave", name=job.wave))


def _at_file(job: Job) -> ResponseReturnValue:
    return redirect(url_for("office.job", number=job.id))


def _after_import(job: Job) -> ResponseReturnValue:
    key = "waves_sample_replaced" if job.arguments.get("replace") else f"upload_{job.kind}_done"
    done = words()[key].format(count=_count(job.result["count"]))
    remarks = rules.problems_again(job.result["remarks"])
    with house().database.reading() as connection:
        wave = waves.find(connection, job.wave)
    small = opening.small_classes(house(), wave) if job.kind == "sample" else ()
    if any(remark.severity != "note" for remark in remarks):
        warn_of(small)
        shown = {"wave": wave, "kind": job.kind, **faults.remarked(remarks)}
        return page("uploaded", done=done, **shown)
    for told in (done, *faults.in_one_line(remarks)):
        flash(told)
    warn_of(small)
    return redirect(url_for("office.wave", name=job.wave))


def _at_understood(job: Job) -> ResponseReturnValue:
    """A list that was read is looked at before it is taken in."""
    kind = job.arguments["kind"]
    return redirect(url_for("office.understood_list", name=job.wave, kind=kind, number=job.id), 303)


def _at_changes(job: Job) -> ResponseReturnValue:
    """Points that were read wait until whoever handed them in has seen what they change."""
    for told in faults.in_one_line(rules.problems_again(job.result["remarks"])):
        flash(told)
    whose = "tham-dinh" if job.kind == "appraised" else "tu-danh-gia"
    number = job.result["import"]
    return redirect(url_for("office.assessment_import", name=job.wave, whose=whose, number=number))


def _after_list(job: Job) -> ResponseReturnValue:
    """A list of the population has nothing to do with a wave's forms: its page is the drawing's."""
    return _with_remarks(job, url_for("office.draw_sample", name=job.wave))


def _at_draw(job: Job) -> ResponseReturnValue:
    return redirect(url_for("office.drawn_sample", name=job.wave, number=job.result["draw"]))


def _after_taking(job: Job) -> ResponseReturnValue:
    with house().database.reading() as connection:
        wave = waves.find(connection, job.wave)
    warn_of(opening.small_classes(house(), wave))
    return _with_remarks(job, url_for("office.wave_sample", name=job.wave))


def _with_remarks(job: Job, back: str) -> ResponseReturnValue:
    """Say what was done; what is to be looked at stands on a page of its own."""
    done = words()[f"done_{job.kind}"].format(count=_count(job.result["count"]))
    remarks = rules.problems_again(job.result["remarks"])
    if any(remark.severity != "note" for remark in remarks):
        with house().database.reading() as connection:
            wave = waves.find(connection, job.wave)
        shown = {"wave": wave, "kind": job.kind, "back": back, **faults.remarked(remarks)}
        return page("uploaded", done=done, **shown)
    for told in (done, *faults.in_one_line(remarks)):
        flash(told)
    return redirect(back)


def _at_quality(job: Job) -> ResponseReturnValue:
    flash(words()["quality_screened"])
    return redirect(url_for("office.wave_quality", name=job.wave))


_ARRIVALS: Mapping[str, Callable[[Job], ResponseReturnValue]] = {
    **dict.fromkeys(IMPORTS, _after_import),
    **dict.fromkeys(("points", "appraised"), _at_changes),
    **dict.fromkeys(("score", "merge"), _at_results),
    "close": _at_wave,
    "list": _at_understood,
    "population": _after_list,
    "draw": _at_draw,
    "take": _after_taking,
    **dict.fromkeys(_FILES, _at_file),
    **dict.fromkeys(("prepare", "publish", "publish_open_data"), _at_publication),
    **dict.fromkeys(_EXAMINED, _at_examined),
    "screen": _at_quality,
}


def job_page(job: Job, *, may_fetch: bool, once: bool = False) -> str:
    """The page of a job."""
    error = rules.error_of(job) if may_see_faults(job) else None
    return page(
        "jobs/job",
        line=line(job, titles([job])),
        job=job,
        form=Confirm(),
        left=left(job),
        step=step(job),
        share=rules.share_done(job),
        how_far=how_far(job),
        hidden=job.state == "failed" and error is None,
        again=_again(job),
        may_fetch=may_fetch,
        once=once,
        leads_on=job.state == "done" and job.kind not in _FILES,
        is_mine_to_cancel=job.can_be_cancelled and may_cancel(job),
        annotated=annotated(job),
        **(faults.shown(error) if error else {}),
    )


def _again(job: Job) -> str | None:
    """Where a job that failed is asked for again."""
    try:
        with house().database.reading() as connection:
            waves.find(connection, job.wave)
    except NoSuchWave:
        return None
    return _PLACES.get(job.kind, _of_its_kind)(job)


def _of_its_kind(job: Job) -> str:
    return url_for(f"office.{job.kind}_wave", name=job.wave)


def _upload(job: Job) -> str:
    kind = job.arguments.get("kind", job.kind)
    if kind == "population":
        return _draws(job)
    if job.arguments.get("replace"):
        return url_for("office.replace_sample", name=job.wave)
    if kind == "points" and (unit := job.arguments.get("unit")):
        return url_for("office.assessment_upload", name=job.wave, unit=unit)
    return url_for("office.upload", name=job.wave, kind=kind)


def _draws(job: Job) -> str:
    return url_for("office.draw_sample", name=job.wave)


def _examined(job: Job) -> str:
    return url_for(_EXAMINED[job.kind], name=job.wave, number=job.arguments["card"])


_PLACES: Mapping[str, Callable[[Job], str]] = {
    **dict.fromkeys((*IMPORTS, "list"), _upload),
    **dict.fromkeys(_DRAWING, _draws),
    **dict.fromkeys(_EXAMINED, _examined),
    **dict.fromkeys(_FILES, lambda job: url_for("office.wave", name=job.wave)),
    "letters": lambda job: url_for("office.wave_letters", name=job.wave),
    "screen": lambda job: url_for("office.wave_quality", name=job.wave),
    **dict.fromkeys(
        ("prepare", "publish_open_data"), lambda job: url_for("office.publish_wave", name=job.wave)
    ),
}
"""Kind -> the page where a job of it is asked for."""


def step(job: Job) -> str:
    """What it does just now."""
    return words().get(f"jobs_step_{job.progress_label}", "") if job.progress_label else ""


def how_far(job: Job) -> str:
    """How far it is in numbers: rows of a list, or steps; empty where nothing is known."""
    if not job.progress_most:
        return ""
    key = "jobs_rows" if rules.counts_rows(job) else "jobs_steps"
    value, most = (_count(number) for number in (job.progress_value, job.progress_most))
    return words()[key].format(value=value, most=most)


def _count(number: int) -> str:
    return i18n.number(number, language(), 0)


def left(job: Job) -> str:
    """How long it will still take, as far as it can be told."""
    with house().database.reading() as connection:
        before = jobs.last_done(connection, job.kind, job.wave)
    seconds = rules.seconds_left(job, before, house().clock())
    w = words()
    if seconds is None:
        return w["jobs_left_unknown"]
    if seconds < _MINUTE:
        return w["jobs_left_soon"]
    return w["jobs_left_minutes"].format(count=-int(-seconds // _MINUTE))


def is_mine(job: Job) -> bool:
    """Whether whoever looks has asked for it."""
    return job.asked_by == who()


def may_see(job: Job) -> bool:
    """Whether whoever looks may know of it."""
    return is_mine(job) or bool(current_user.may("jobs.see"))


def may_cancel(job: Job) -> bool:
    """Whether whoever looks may stop it: one's own job always."""
    return is_mine(job) or bool(current_user.may("jobs.cancel"))


def may_see_faults(job: Job) -> bool:
    """A fault of a list may quote a phone number: it is shown to who handed the list in."""
    quotes = job.kind in IMPORTS or job.kind == "list"
    return is_mine(job) or not quotes or bool(current_user.may("contacts.see"))


def annotated(job: Job) -> str | None:
    """Where the copy of a list with its faults is, for who handed the list in."""
    is_there = folder.is_kept(house().settings, job.folder, folder.ANNOTATED)
    return url_for("office.list_faults", number=job.id) if is_mine(job) and is_there else None
