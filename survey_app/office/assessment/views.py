"""All units of a wave: how far each is, who is late, deadlines, and what an import would change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from survey_app.conduct.assessment import assessing, waiting
from survey_app.conduct.standing import study_of
from survey_app.fieldwork.assessment import stages
from survey_app.fieldwork.assessment.points import Whose
from survey_app.fieldwork.assessment.scope import EVERY_UNIT
from survey_app.fieldwork.assessment.stages import STAGES, Deadlines, Progress, Stage
from survey_app.office import days
from survey_app.office.assessment import typed
from survey_app.office.blueprint import blueprint
from survey_app.office.guard import scope
from survey_app.office.guard.access import needs
from survey_app.office.guard.login import who
from survey_app.office.guard.turning_away import not_theirs
from survey_app.office.page import language, page, words
from survey_app.office.pieces import faults
from survey_app.office.pieces.forms import Confirm
from survey_app.office.pieces.tables import Table
from survey_app.office.waves.found import wave_named
from survey_app.store import waves
from survey_app.store.assessment import imports, points, submissions
from survey_app.store.assessment.imports import NoSuchImport, PointImport
from survey_app.store.engine.database import Connection
from survey_app.store.waves import Refused, Wave, WaveUnit
from survey_app.waves import plan as plans
from survey_app.web import house

_MOST_SHOWN = 400
"""Changes of an import that its page lists."""


@dataclass(frozen=True, kw_only=True)
class UnitLine:
    """A unit in the table: its stage, whether it is late, what is left for whoever looks."""

    unit: WaveUnit
    name: str
    progress: Progress
    stage: Stage
    is_late: bool
    left: int
    """Leaves of the reader's own fields that have no appraised points yet."""
    waits: tuple[str, ...] = ()
    """The reader's fields in which they are."""


_TABLE: Table[UnitLine] = Table(
    columns={
        "ten": lambda line: line.name,
        "tinh-trang": lambda line: STAGES.index(line.stage),
        "tu-danh-gia": lambda line: line.progress.own,
        "tham-dinh": lambda line: line.progress.appraised,
        "cua-toi": lambda line: line.left,
    },
    first="ten",
    searched=lambda line: f"{line.name} {line.unit.unit}",
    filters={
        "trang-thai": lambda line: line.stage,
        "muon": lambda line: "1" if line.is_late else "",
    },
)


@blueprint.get("/dot/<name>/tu-danh-gia")
@needs("points.see")
def assessment(name: str) -> ResponseReturnValue:
    """How far each unit of a wave is; nobody has to fail a merge to see it."""
    wave = wave_named(name)
    lines, times = _lines(wave)
    counts = {stage: sum(line.stage == stage for line in lines) for stage in STAGES}
    person = scope.person()
    return page(
        "assessment/units",
        wave=wave,
        shown=_TABLE.page(lines, request.args),
        counts=counts,
        late=sum(line.is_late for line in lines),
        whole=sum(line.progress.is_appraised for line in lines),
        all_units=len(lines),
        times=times,
        stages=STAGES,
        mine=person.fields_of(study_of(house(), wave).index),
        index=study_of(house(), wave).index,
        args=request.args,
        is_all=EVERY_UNIT in person.permissions,
    )


def _lines(wave: Wave) -> tuple[list[UnitLine], Deadlines]:
    index = study_of(house(), wave).index
    mine = scope.person().fields_of(index)
    own_leaves = {
        leaf.code: field.code
        for field in index.fields
        if field.code in mine
        for leaf in field.leaves
        if leaf.assessed == "self"
    }
    leaves = sum(leaf.assessed == "self" for leaf in index.leaves)
    with house().database.reading() as connection:
        units = waves.units(connection, wave.id)
        reached = submissions.progress(connection, wave.id, leaves)
        times = submissions.deadlines(connection, wave.id)
        kept = points.kept(connection, wave.id)
    now, lines = house().stamp(), []
    for unit in units:
        it = reached.get(unit.unit) or Progress(leaves=leaves)
        lacking = [
            field
            for code, field in own_leaves.items()
            if not ((line := kept.get((unit.unit, code))) and line.appraised)
        ]
        lines.append(UnitLine(
            unit=unit, name=unit.name(language()), progress=it,
            stage=stages.stage(it, times, now), is_late=stages.is_late(it, times, now),
            left=len(lacking) if it.submitted_at else 0,
            waits=tuple(dict.fromkeys(lacking)) if it.submitted_at else (),
        ))  # fmt: skip
    return lines, times


@blueprint.route("/dot/<name>/tu-danh-gia/thoi-han", methods=["GET", "POST"])
@needs("wave.change")
def assessment_deadlines(name: str) -> ResponseReturnValue:
    """Until when units submit, and until when they answer."""
    wave = wave_named(name)
    with house().database.reading() as connection:
        times = submissions.deadlines(connection, wave.id)
    kept = {"submit_by": times.submit_by, "answer_by": times.answer_by}
    filled = {key: plans.typed_time(value) for key, value in kept.items()}
    if not Confirm().validate_on_submit():
        return page("assessment/deadlines", wave=wave, form=Confirm(), typed=filled, problems={})
    sent = {key: days.typed(request.form, key) for key in kept}
    problems, wanted = {}, dict[str, str | None]()
    for key, text in sent.items():
        try:
            wanted[key] = plans.kept_time(text)
        except (ValueError, OverflowError):
            problems[key] = words()["assessment_not_a_time"]
    if problems:
        shown = {"typed": sent, "problems": problems}
        return page("assessment/deadlines", wave=wave, form=Confirm(), **shown), 422
    assessing.set_deadlines(house(), name, Deadlines(**wanted), who())
    flash(words()["assessment_deadlines_kept"])
    return redirect(url_for("office.assessment", name=name))


_WHOSE: Mapping[str, Whose] = {"tu-danh-gia": "own", "tham-dinh": "appraised"}


def address_of_import(name: str, whose: Whose, number: int) -> str:
    """The page that shows what an import would change."""
    said = next(word for word, side in _WHOSE.items() if side == whose)
    return url_for("office.assessment_import", name=name, whose=said, number=number)


@blueprint.route(
    "/dot/<name>/tu-danh-gia/thay-doi/<any('tu-danh-gia', 'tham-dinh'):whose>/<int:number>",
    methods=["GET", "POST"],
)
@needs({"tu-danh-gia": "points.enter", "tham-dinh": "points.appraise"}, by="whose")
def assessment_import(name: str, whose: str, number: int) -> ResponseReturnValue:
    """What workbooks would change of what is kept; stored when it was confirmed."""
    wave, side = wave_named(name), _WHOSE[whose]
    try:
        if not Confirm().validate_on_submit():
            return _import_page(wave, side, number)
        if request.form.get("give-up"):
            with house().database.writing() as connection:
                _waiting(connection, wave, side, number)
                imports.forget(connection, number)
            flash(words()["assessment_import_given_up"])
            return redirect(_home(wave, ()))
        return _confirmed(wave, side, number)
    except NoSuchImport:
        abort(404)


def _waiting(connection: Connection, wave: Wave, side: Whose, number: int) -> PointImport:
    return imports.find(connection, wave, side, number, who(), since=waiting.since(house()))


def _confirmed(wave: Wave, side: Whose, number: int) -> ResponseReturnValue:
    with house().database.reading() as connection:
        units = _waiting(connection, wave, side, number).proposal.units
    if side == "own" and not all(scope.person().may_enter(unit) for unit in units):
        not_theirs()
    seen, hands_in = request.form.get("seen", ""), bool(current_user.may(EVERY_UNIT))
    try:
        count = assessing.confirm(
            house(), wave.name, side, number, who(), seen=seen, hands_in=hands_in
        )
    except Refused as refused:
        return _import_page(wave, side, number, **faults.shown(refused)), 409
    flash(words()[f"assessment_import_done_{side}"].format(count=count))
    return redirect(_home(wave, units))


def _home(wave: Wave, units: tuple[str, ...]) -> str:
    """Where whoever imported sees what came of it."""
    if current_user.may("points.see"):
        return url_for("office.assessment", name=wave.name)
    if units:
        return url_for("office.assessment_own", name=wave.name, unit=units[0])
    return url_for("office.assessment_mine")


def _import_page(wave: Wave, side: Whose, number: int, **more: object) -> str:
    with house().database.reading() as connection:
        asked = _waiting(connection, wave, side, number)
        changed = assessing.difference_of(connection, wave, asked.proposal)
        names = {unit.unit: unit.name(language()) for unit in waves.units(connection, wave.id)}
        held = {unit: submissions.find(connection, wave.id, unit) for unit in asked.proposal.units}
    new = {
        unit: sum(change.unit == unit and change.is_new for change in changed.changes)
        for unit in asked.proposal.units
    }
    return page(
        "assessment/import",
        wave=wave,
        whose=side,
        until=waiting.until(asked.asked_at),
        changed=changed,
        replaced=changed.replaced[:_MOST_SHOWN],
        new=new,
        names=names,
        submitted=[unit for unit, it in held.items() if it.submitted_at],
        hands_in=side == "own" and bool(current_user.may(EVERY_UNIT)),
        form=Confirm(),
        pts=typed.spoken_points,
        **more,
    )
