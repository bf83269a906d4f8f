"""From a list of the population to the sample: plan, draw, look at it, make it the sample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from analysis.problems import ProblemsFound
from survey_app.conduct import drawing
from survey_app.jobs import rules
from survey_app.office.blueprint import blueprint
from survey_app.office.drawing import designs
from survey_app.office.guard.access import needs
from survey_app.office.guard.login import who
from survey_app.office.jobs import asking, shown
from survey_app.office.page import language, page, say, words
from survey_app.office.pieces import faults, handed_in
from survey_app.office.pieces.forms import Confirm, Upload
from survey_app.office.results.page import study_of
from survey_app.office.wave_titles import title_of
from survey_app.office.waves.found import wave_named
from survey_app.sampling import plan
from survey_app.sampling.allocation import RULES
from survey_app.sampling.design import METHODS, Design
from survey_app.sampling.drawn_file import xlsx_of
from survey_app.sampling.plan import Planned
from survey_app.store.log import audit
from survey_app.store.sample import draws, population_lists
from survey_app.store.sample.draws import NoSuchDraw
from survey_app.store.waves import Refused, Wave
from survey_app.web import house

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/dot/<name>/mau/chon")
@needs("sample.draw")
def draw_sample(name: str) -> ResponseReturnValue:
    """The list that is kept, the plan that is typed into the address, and every draw."""
    wave = wave_named(name)
    try:
        return _page(wave, **_planned(wave))
    except ProblemsFound as refused:
        return _page(wave, **faults.shown(refused)), 422


@blueprint.post("/dot/<name>/mau/tong-the")
@needs("sample.draw")
def keep_population(name: str) -> ResponseReturnValue:
    """Take in a list of the population, in the place of the one before."""
    wave = wave_named(name)
    form = Upload()
    if not form.validate_on_submit():
        return _page(wave), 422
    files = handed_in.files()
    asked = {"kind": "population", "language": language()}
    job = asking.tried("list", name, asked, files[:1])
    if error := rules.error_of(job):
        return _page(wave, annotated=shown.annotated(job), **faults.shown(error)), 422
    return shown.way_on(job)


@blueprint.post("/dot/<name>/mau/tong-the/xoa")
@needs("sample.draw")
def forget_population(name: str) -> ResponseReturnValue:
    """Delete the people of the list; how many they were is kept."""
    wave = wave_named(name)
    if Confirm().validate_on_submit():
        with house().database.writing() as connection:
            gone = population_lists.forget_list(connection, wave.id)
            audit.append(connection, who(), "population-delete", f"{name} {gone}", house().stamp())
        flash(words()["drawing_list_deleted"].format(count=gone))
    return redirect(url_for("office.draw_sample", name=name), 303)


@blueprint.post("/dot/<name>/mau/chon/rut")
@needs("sample.draw")
def draw_now(name: str) -> ResponseReturnValue:
    """Draw by the design that was looked at; nobody is asked yet."""
    wave = wave_named(name)
    if not Confirm().validate_on_submit():
        return redirect(url_for("office.draw_sample", name=name), 303)
    try:
        design = designs.typed(request.form, request.form.get("group", ""))
        return shown.way_on(asking.ask("draw", name, {"design": design.kept()}))
    except ProblemsFound as refused:
        return _page(wave, **faults.shown(refused)), 422


@blueprint.get("/dot/<name>/mau/chon/<int:number>")
@needs("sample.draw")
def drawn_sample(name: str, number: int) -> ResponseReturnValue:
    """How many were drawn where, by which seed; and making it the sample."""
    wave = wave_named(name)
    return _drawn_page(wave, _draw(wave, number))


@blueprint.post("/dot/<name>/mau/chon/<int:number>/lay")
@needs("sample.import")
def take_drawn(name: str, number: int) -> ResponseReturnValue:
    """Make a draw the sample of the wave."""
    wave = wave_named(name)
    kept = _draw(wave, number)
    if not Confirm().validate_on_submit():
        return redirect(url_for("office.drawn_sample", name=name, number=number), 303)
    try:
        job = asking.ask("take", name, {"draw": number})
    except ProblemsFound as refused:
        return _drawn_page(wave, kept, **faults.shown(refused)), 422
    except Refused as refused:
        return _drawn_page(wave, kept, **faults.shown(refused)), 409
    return shown.way_on(job)


@blueprint.post("/dot/<name>/mau/chon/<int:number>/lai")
@needs("sample.draw")
def draw_again(name: str, number: int) -> ResponseReturnValue:
    """Draw by the same seed again, and say whether the same people come out."""
    wave = wave_named(name)
    kept = _draw(wave, number)
    if not Confirm().validate_on_submit():
        return redirect(url_for("office.drawn_sample", name=name, number=number), 303)
    try:
        _, drawn = drawing.again(house(), wave, number)
    except ProblemsFound as refused:
        return _drawn_page(wave, kept, **faults.shown(refused)), 422
    is_same = drawn.digest == kept.digest
    flash(words()["drawing_same" if is_same else "drawing_other"], "done" if is_same else "warn")
    with house().database.writing() as connection:
        detail = f"{name} {number} {'same' if is_same else 'other'}"
        audit.append(connection, who(), "sample-redraw", detail, house().stamp())
    return redirect(url_for("office.drawn_sample", name=name, number=number), 303)


@blueprint.get("/dot/<name>/mau/chon/<int:number>/tep/<any(mau, du_bi):what>")
@needs("contacts.see")
def drawn_file(name: str, number: int, what: str) -> ResponseReturnValue:
    """The drawn, or the reserve in its order, with how they are reached."""
    wave = wave_named(name)
    kept = _draw(wave, number)
    try:
        _, drawn = drawing.again(house(), wave, number)
    except ProblemsFound as refused:
        return _drawn_page(wave, kept, **faults.shown(refused)), 422
    if drawn.digest != kept.digest:
        flash(words()["drawing_other"], "warn")
        return redirect(url_for("office.drawn_sample", name=name, number=number), 303)
    with house().database.writing() as connection:
        detail = f"{name} draw {number} {what}"
        audit.append(connection, who(), "download", detail, house().stamp())
    content = xlsx_of(drawn, reserve=what == "du_bi")
    return _file(content, f"{what.replace('_', '-')}-{name}-{number}.xlsx")


def _file(content: bytes, name: str) -> Response:
    reply = Response(content, mimetype=_XLSX)
    reply.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    reply.headers["Cache-Control"] = "no-store"
    return reply


def _draw(wave: Wave, number: int) -> draws.Kept:
    with house().database.reading() as connection:
        try:
            return draws.find_draw(connection, wave.id, number)
        except NoSuchDraw:
            abort(404)


def _planned(wave: Wave) -> Mapping[str, Any]:
    """What the address asks to be planned: nothing at first."""
    if "method" not in request.args:
        return {}
    group = request.args.get("group", "")
    with house().database.reading() as connection:
        sizes = population_lists.sizes(connection, wave.id)
    mine = [each for each in sizes if not group or each[0][0] == group]
    wanted = designs.wanted(mine, request.args, house().settings.expected_returns)
    suggested = sum(each.invitations for each in wanted)
    if not request.args.get("forms") and request.args["method"] != "all":
        return {"wanted": wanted, "suggested": suggested}
    design = designs.typed(request.args, group)
    listed = drawing.kept_list(house(), wave)
    lines = plan.planned(listed.population.of_groups(design.groups), design)
    return {"wanted": wanted, "suggested": suggested, **_allocated(design, lines)}


def _allocated(design: Design, lines: tuple[Planned, ...]) -> Mapping[str, Any]:
    return {"design": design, "lines": lines, "total": sum(line.forms for line in lines)}


def _page(wave: Wave, **shown_: Any) -> str:
    with house().database.reading() as connection:
        listed = population_lists.kept_list(connection, wave.id)
        sizes = population_lists.sizes(connection, wave.id)
        known = draws.draws(connection, wave.id)
    groups, index = sorted({cell[0] for cell, *_ in sizes}), study_of(wave).index
    at_first = {**designs.FIRST, "group": groups[0] if groups else ""}
    return page(
        "drawing/draw",
        wave=wave,
        title=title_of(wave),
        form=Confirm(),
        listed=listed,
        named_groups=[(each, say(index.groups[each], language())) for each in groups],
        named_methods=[(each, words()[f"drawing_method_{each}"]) for each in METHODS],
        named_rules=[(each, words()[f"drawing_rule_{each}"]) for each in RULES],
        index=index,
        typed={**at_first, **request.values.to_dict()},
        draws=known,
        units=house().units(wave.id),
        **shown_,
    )


def _drawn_page(wave: Wave, kept: draws.Kept, **shown_: Any) -> str:
    with house().database.reading() as connection:
        listed = population_lists.kept_list(connection, wave.id)
    return page(
        "drawing/drawn",
        wave=wave,
        title=title_of(wave),
        form=Confirm(),
        draw=kept,
        listed=listed,
        index=study_of(wave).index,
        units=house().units(wave.id),
        may_take=wave.state != "closed" and current_user.may("sample.import"),
        **shown_,
    )
