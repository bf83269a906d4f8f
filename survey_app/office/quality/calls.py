"""Call-backs: drawing cases of a class by lot, and noting what came of it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from survey_app.conduct.quality import screening
from survey_app.conduct.quality.free_texts import only_closed
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.office.guard.login import who
from survey_app.office.page import words
from survey_app.office.pieces import faults
from survey_app.office.pieces.forms import is_offered
from survey_app.office.quality.shown import is_ready, of_key, show
from survey_app.office.waves.forms import Typed
from survey_app.office.waves.found import wave_named
from survey_app.quality import codes
from survey_app.quality.classes import ENOUGH
from survey_app.quality.classes import DesignClass as Class
from survey_app.store import waves
from survey_app.store.engine.database import Connection
from survey_app.store.log import audit
from survey_app.store.quality import call_backs
from survey_app.store.quality.refusals import QualityRefused
from survey_app.store.waves import Refused, Wave
from survey_app.web import house

MOST = 200
"""Cases that are drawn at a time."""

USUAL = 10


@blueprint.route("/dot/<name>/kiem-tra/phuc-tra", methods=["GET", "POST"])
@needs("callbacks.note")
def call_backs_page(name: str) -> ResponseReturnValue:
    """The queue of call-backs; outcomes are noted one by one, or several at once."""
    wave = wave_named(name)
    if not Typed().validate_on_submit():
        return _page(wave)
    chosen = {
        field.removeprefix("r-"): outcome
        for field, outcome in request.form.items()
        if field.startswith("r-") and is_offered(outcome, codes.outcomes())
    }
    try:
        count = _noted(wave, chosen)
    except Refused as refused:
        return _page(wave, **faults.shown(refused)), 409
    flash(words()["quality_calls_noted"].format(count=count))
    return redirect(url_for("office.call_backs_page", name=name), 303)


def _noted(wave: Wave, chosen: dict[str, str]) -> int:
    here, by = house(), who()
    with here.database.writing() as connection:
        now = waves.hold(connection, wave.name)
        known = {each.id: each.outcome for each in call_backs.listed(connection, now)}
        changed = {id_: it for id_, it in chosen.items() if known.get(id_) != it}
        for id_, outcome in changed.items():
            call_backs.note(connection, now, id_, outcome, day=here.today(), by=by)
        if changed:
            detail = f"{wave.name} {len(changed)}"
            audit.append(connection, by, "call-backs-note", detail, here.stamp())
    return len(changed)


@blueprint.route("/dot/<name>/kiem-tra/phuc-tra/chon", methods=["GET", "POST"])
@needs("callbacks.note")
def draw_call_backs(name: str) -> ResponseReturnValue:
    """Draw cases of a class by lot."""
    wave, of = wave_named(name), of_key(request.values.get("lop", ""))
    typed = request.form.get("so", "").strip()
    if not Typed().validate_on_submit():
        return _draw_page(wave, of)
    is_number = typed.isascii() and typed.isdecimal() and len(typed) <= len(str(MOST))
    count = int(typed) if is_number else 0
    if not ENOUGH <= count <= MOST:
        said = words()["quality_draw_between"].format(least=ENOUGH, most=MOST)
        return _draw_page(wave, of, problem=said, typed=typed), 422
    try:
        drawn = _drawn(wave, of, count)
    except Refused as refused:
        return _draw_page(wave, of, typed=typed, **faults.shown(refused)), 409
    flash(words()["quality_calls_drawn"].format(count=drawn))
    return redirect(url_for("office.call_backs_page", name=name), 303)


def _drawn(wave: Wave, of: Class | None, count: int) -> int:
    here, by = house(), who()
    with here.database.writing() as connection:
        now = waves.hold(connection, wave.name)
        only_closed(here, now)
        if of is None or of not in _classes(connection, now):
            raise QualityRefused("no-such-class", "choose one of the classes that are shown")
        drawn = call_backs.draw(connection, now, of, count, day=here.today(), by=by)
        detail = f"{wave.name} {drawn}"
        audit.append(connection, by, "call-backs-draw", detail, here.stamp())
    return drawn


def _classes(connection: Connection, wave: Wave) -> tuple[Class, ...]:
    return tuple(line.of for line in screening.lines(connection, wave))


def _page(wave: Wave, **more: Any) -> str:
    ready = is_ready(wave)
    with house().database.reading() as connection:
        listed = call_backs.listed(connection, wave) if ready else ()
        lines = screening.lines(connection, wave) if ready else ()
    return show(
        "calls",
        wave,
        listed=listed,
        lines=[line for line in lines if line.calls.drawn],
        may_see_cases=current_user.may("case.see"),
        **more,
    )


def _draw_page(wave: Wave, of: Class | None, **more: Any) -> str:
    with house().database.reading() as connection:
        lines = screening.lines(connection, wave) if is_ready(wave) else ()
    return show("draw", wave, of=of, lines=lines, most=MOST, least=ENOUGH,
                **{"problem": "", "typed": str(USUAL), **more})  # fmt: skip
