"""Today: what waits for whoever has signed in, and the waves with one line each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from survey_app.conduct import standing
from survey_app.office.blueprint import blueprint
from survey_app.office.health import backups
from survey_app.office.page import page
from survey_app.office.wave_titles import title_of
from survey_app.office.waves.found import address
from survey_app.store import board
from survey_app.store import waves as kept
from survey_app.store.board import Cell
from survey_app.store.waves import Wave
from survey_app.waves.facts import Facts
from survey_app.waves.tasks import next_task
from survey_app.web import house

PERMISSIONS: Mapping[str, str] = {
    "forms": "wave.change",
    "units": "wave.change",
    "frame": "frame.import",
    "sample": "sample.import",
    "letters": "links.issue",
    "open": "wave.open",
    "watch": "board.see",
    "close": "wave.close",
    "points": "points.appraise",
    "quality": "quality.screen",
    "score": "results.compute",
    "report": "results.see",
    "publish": "results.prepare",
}
"""Task -> what whoever does it must be allowed to do."""


def is_for(task: str, facts: Facts) -> bool:
    """Whether whoever looks may do what comes next: what was prepared is for whoever approves."""
    if task == "publish" and facts.waiting:
        return bool(current_user.may("results.publish"))
    if task == "quality" and facts.proposals:
        return bool(current_user.may("exclusions.agree"))
    return bool(current_user.may(PERMISSIONS[task]))


@dataclass(frozen=True, kw_only=True)
class Line:
    """One wave of the list; `is_mine` where whoever looks may do what comes next."""

    wave: Wave
    title: str
    total: Cell
    task: str
    href: str
    is_mine: bool
    is_done: bool


@blueprint.get("/")
def waves() -> ResponseReturnValue:
    """What waits, the waves in work, and those that are over."""
    if not current_user.may("wave.see") and current_user.may("points.own"):
        return redirect(url_for("office.assessment_mine"))
    if not current_user.may("wave.see"):
        return page("accounts/welcome", person=current_user)
    lines = _lines()
    return page(
        "waves/list",
        waiting=[line for line in lines if line.is_mine and not line.is_done],
        lines=lines,
        backup=backups.shown(house()),
    )


def _lines() -> tuple[Line, ...]:
    with house().database.reading() as connection:
        known, totals = kept.list_(connection), board.totals(connection)
    return tuple(_line(wave, totals.get(wave.id, _NOBODY)) for wave in known)


_NOBODY = Cell("", "", "")


def _line(wave: Wave, total: Cell) -> Line:
    facts = standing.outline(house(), wave, total)
    task = next_task(facts)
    return Line(
        wave=wave,
        title=title_of(wave),
        total=total,
        task=task,
        href=address(task, wave),
        is_mine=is_for(task, facts),
        is_done=(facts.published and not facts.waiting) or task == "watch",
    )
