"""A case by its number, and noting what became of cases, one by one or many at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from analysis.problems import ProblemsFound
from survey_app.fieldwork import disposition
from survey_app.fieldwork.disposition import EventKind
from survey_app.office.blueprint import blueprint
from survey_app.office.guard import turning_away
from survey_app.office.guard.access import needs
from survey_app.office.guard.login import who
from survey_app.office.letters.choosing import Chosen
from survey_app.office.letters.views import show
from survey_app.office.page import problem_page, words
from survey_app.office.pieces import faults
from survey_app.office.pieces.forms import is_offered
from survey_app.office.waves.forms import Typed
from survey_app.office.waves.found import wave_named
from survey_app.store import waves
from survey_app.store.log import audit
from survey_app.store.sample import one_case
from survey_app.store.waves import Wave
from survey_app.watching import attempts
from survey_app.web import house

_BY_ITSELF = {disposition.ISSUED, "revoked"}
"""What is noted when it is done, and by nobody's hand."""

_LONGEST = 400
MOST = 1000
"""Cases that one note may be about."""


def kinds() -> Mapping[str, EventKind]:
    """What an office can note."""
    known = disposition.event_kinds()
    return {name: kind for name, kind in known.items() if name not in _BY_ITSELF}


@blueprint.route("/dot/<name>/truong-hop/<path:label>", methods=["GET", "POST"])
@needs("case.see")
def one_case_page(name: str, label: str) -> ResponseReturnValue:
    """How a case stands: what was done and noted, never what was answered."""
    wave = wave_named(name)
    if Typed().validate_on_submit():
        return _noted_here(wave, label)
    try:
        with house().database.reading() as connection:
            case = one_case.find(connection, wave, label)
            units = {unit.unit: unit for unit in waves.units(connection, wave.id)}
    except ProblemsFound:
        return problem_page("not_found"), 404
    shows_contact = bool(request.args.get("lien-he")) and current_user.may("contacts.see")
    more: dict[str, Any] = {"contact": _contact(wave, label) if shows_contact else None}
    return show(
        "case",
        wave,
        case=case,
        units=units,
        form=Typed(),
        kinds=kinds(),
        known=disposition.event_kinds(),
        codes=disposition.codes(),
        may_note=current_user.may("outcomes.note") and not wave.contacts_purged_at,
        may_see_contact=current_user.may("contacts.see"),
        **more,
    )


def _contact(wave: Wave, label: str) -> object:
    with house().database.writing() as connection:
        contact = one_case.contact(connection, wave, label)
        audit.append(connection, who(), "contact-view", f"{wave.name} {label}", house().stamp())
    return contact


def _noted_here(wave: Wave, label: str) -> ResponseReturnValue:
    if not current_user.may("outcomes.note"):
        turning_away.tell(attempts.TURNED_AWAY)
        return problem_page("not_permitted"), 403
    kind = request.form.get("kind", "")
    if not is_offered(kind, kinds()):
        flash(words()["letters_choose_kind"], "bad")
    else:
        try:
            _note(wave, [label], kind, request.form.get("detail", ""))
        except ProblemsFound:
            return problem_page("not_found"), 404
        flash(words()["letters_noted"].format(count=1))
    return redirect(url_for("office.one_case_page", name=wave.name, label=label), 303)


@blueprint.route("/dot/<name>/thu-moi/ket-qua", methods=["GET", "POST"])
@needs("outcomes.note")
def outcomes(name: str) -> ResponseReturnValue:
    """Note the same of many cases, by their numbers."""
    wave, chosen = wave_named(name), Chosen.sent(request.form)
    kind = request.form.get("kind", "")
    more: dict[str, Any] = {"chosen": chosen, "kind": kind, "kinds": kinds()}
    if not Typed().validate_on_submit():
        return _outcomes_page(wave, **more)
    w, numbers = words(), chosen.numbers
    problem = "" if numbers else w["letters_no_numbers"]
    if len(numbers) > MOST:
        problem = w["letters_too_many_numbers"].format(most=MOST)
    if not is_offered(kind, kinds()):
        problem = problem or w["letters_choose_kind"]
    if problem:
        return _outcomes_page(wave, problem=problem, **more), 422
    try:
        count = _note(wave, numbers, kind, request.form.get("detail", ""))
    except ProblemsFound as refused:
        return _outcomes_page(wave, **more, **faults.shown(refused)), 422
    flash(w["letters_noted"].format(count=count))
    return redirect(url_for("office.outcomes", name=name), 303)


def _note(wave: Wave, labels: list[str] | tuple[str, ...], kind: str, detail: str) -> int:
    here, by = house(), who()
    told = " ".join(detail.split())[:_LONGEST]
    with here.database.writing() as connection:
        now = waves.find(connection, wave.name)
        count = one_case.note(connection, now, labels, kind, day=here.today(), by=by, detail=told)
        audit.append(connection, by, "outcomes-note", f"{wave.name} {count} {kind}", here.stamp())
    return count


def _outcomes_page(wave: Wave, **more: Any) -> str:
    return show(
        "outcomes", wave, form=Typed(), codes=disposition.codes(), **{"problem": "", **more}
    )
