"""What is done to a wave: asked about with its counts, then done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from analysis.problems import ProblemsFound
from survey_app.conduct import closing, opening, standing
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.office.guard.login import who
from survey_app.office.jobs import asking, shown
from survey_app.office.page import page, words
from survey_app.office.pieces import faults
from survey_app.office.pieces.forms import Confirm
from survey_app.office.pieces.small_classes import warn_of
from survey_app.office.wave_titles import title_of
from survey_app.office.waves import spoken
from survey_app.office.waves.found import wave_named
from survey_app.store.jobs import Job
from survey_app.store.waves import Refused, Wave
from survey_app.waves import blocks
from survey_app.waves.blocks import Action as Ruled
from survey_app.waves.facts import Facts
from survey_app.web import house

Known = tuple[str, ...]
Did = Job | None
"""The job that does it, where it may take long."""


@dataclass(frozen=True, kw_only=True)
class Action:
    """Something done to a wave: its name on pages, the rules that it is held against, the deed."""

    name: str
    ruled: Ruled
    do: Callable[[Wave, Known], Did]


@blueprint.route("/dot/<name>/open", methods=["GET", "POST"])
@needs("wave.open")
def open_wave(name: str) -> ResponseReturnValue:
    """Let respondents in."""
    return _act(name, Action(name="open", ruled="open", do=_open))


@blueprint.route("/dot/<name>/close", methods=["GET", "POST"])
@needs("wave.close")
def close_wave(name: str) -> ResponseReturnValue:
    """Let no more answers in, and open what is sealed."""
    wave = wave_named(name)
    more = {
        "outlook": closing.outlook(house(), wave),
        "begun": closing.outlook(house(), wave).begun,
        "asks_to_leave_out": wave.reopened_at is not None,
    }
    return _act(name, Action(name="close", ruled="close", do=_close), **more)


@blueprint.route("/dot/<name>/score", methods=["GET", "POST"])
@needs("results.compute")
def score_wave(name: str) -> ResponseReturnValue:
    """Score the survey alone."""
    return _act(name, Action(name="score", ruled="score", do=_score))


@blueprint.route("/dot/<name>/merge", methods=["GET", "POST"])
@needs("results.compute")
def merge_wave(name: str) -> ResponseReturnValue:
    """Score, and merge with appraised points."""
    return _act(name, Action(name="merge", ruled="score", do=_merge))


def _act(name: str, action: Action, **more: Any) -> ResponseReturnValue:
    """Ask whether it is meant, with what must be known; on the answer, do it."""
    wave = wave_named(name)
    facts = standing.facts(house(), wave, deep=True)
    if not Confirm().validate_on_submit():
        return _page(wave, action, facts, **more)
    known = _ticked(action, facts)
    unread = [each for each in blocks.warnings(action.ruled, facts) if each.key not in known]
    if blocks.blocks(action.ruled, facts) or unread:
        problem = words()["waves_tick_first"] if unread else ""
        return _page(wave, action, facts, problem=problem, **more), 409
    try:
        done = action.do(wave, known)
    except ProblemsFound as refused:
        return _page(wave, action, facts, **faults.shown(refused), **more), 422
    except Refused as refused:
        told = {**more, **faults.shown(refused), "may_go_on": refused.slug in _ACCEPTED}
        return _page(wave, action, facts, **told), 409
    if done is not None:
        return shown.way_on(done)
    flash(words()[f"done_{action.name}"])
    return redirect(url_for("office.wave", name=name))


_LAST_FEW = "closing-alike-with-few"
"""The warning whose own box on the page of closing says more than that it is known."""


def _ticked(action: Action, facts: Facts) -> Known:
    """The warnings that are known: by their boxes, and by the one that accepts the last few."""
    accepted = [
        each.key
        for each in blocks.warnings(action.ruled, facts)
        if each.rule.code == _LAST_FEW and "accept" in request.form
    ]
    return (*request.form.getlist("known"), *accepted)


_ACCEPTED = frozenset({"small-classes", "few-since-reopening"})
"""Refusals that a tick on the same page answers."""


def _page(wave: Wave, action: Action, facts: Facts | None = None, **more: Any) -> str:
    facts = facts or standing.facts(house(), wave, deep=True)
    ticked: Mapping[str, bool] = dict.fromkeys(request.form.getlist("known"), True)
    warnings = [
        each for each in blocks.warnings(action.ruled, facts) if each.rule.code != _LAST_FEW
    ]
    return page(
        "waves/confirm",
        wave=wave,
        title=title_of(wave),
        action=action.name,
        facts=facts,
        form=Confirm(),
        blocks=spoken.said_concerns(blocks.blocks(action.ruled, facts), wave),
        warnings=spoken.said_concerns(warnings, wave),
        ticked=ticked,
        **more,
    )


def _open(wave: Wave, known: Known) -> Did:
    warn_of(opening.open_(house(), wave.name, who(), known=known))
    return None


def _close(wave: Wave, known: Known) -> Did:
    ticked = {"accepted": "accept" in request.form, "leave_out": "leave_out" in request.form}
    return asking.ask("close", wave.name, {**ticked, "known": list(known)})


def _score(wave: Wave, _: Known) -> Did:
    return asking.ask("score", wave.name)


def _merge(wave: Wave, _: Known) -> Did:
    return asking.ask("merge", wave.name)
