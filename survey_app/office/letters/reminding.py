"""Rounds of reminders: their days, and the list of those to be reminded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from survey_app.conduct import issuing
from survey_app.fieldwork.case import Invitation
from survey_app.letters import composing
from survey_app.office import days
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.office.guard.login import who
from survey_app.office.letters.views import show
from survey_app.office.page import language, say, words
from survey_app.office.pieces import faults, tables
from survey_app.office.results.page import study_of
from survey_app.office.waves.forms import Typed
from survey_app.office.waves.found import wave_named
from survey_app.store import waves
from survey_app.store.letters import reminders
from survey_app.store.letters.reminders import Reminded, RemindersRefused
from survey_app.store.log import audit
from survey_app.store.waves import Wave
from survey_app.web import house

PAGE_LENGTH = 100
GROUP, UNIT, WHOLE = "nhom", "don-vi", "ca-nhom"


@blueprint.get("/dot/<name>/thu-moi/nhac")
@needs("contacts.see")
def reminders_page(name: str) -> ResponseReturnValue:
    """The rounds, and whom to remind: filtered, paged, and as a file."""
    wave = wave_named(name)
    with house().database.reading() as connection:
        planned = reminders.rounds(connection, wave.id)
        lists = reminders.lists(connection, wave)
        units = {u.unit: u.name(language()) for u in waves.units(connection, wave.id)}
    asked = request.args.to_dict()
    is_whole = bool(asked.get(WHOLE))
    people = [it for of in lists.whole.values() for it in of] if is_whole else lists.told
    table = tables.Table[Reminded](
        columns={"ten": lambda one: one.name, "so": lambda one: one.label},
        first="so",
        searched=lambda one: f"{one.name} {one.label} {one.phone}",
        filters={GROUP: lambda one: one.grp, UNIT: lambda one: one.unit or one.home_unit},
        length=PAGE_LENGTH,
    )
    listed = table.page(people, asked)
    if people:
        _log(wave, "reminders-view" if not asked.get(tables.DOWNLOAD) else "reminders-fetch")
    if asked.get(tables.DOWNLOAD):
        return _file(wave, [one for one in listed.rows if not one.code], units)
    return show(
        "reminders",
        wave,
        form=Typed(),
        rounds={it.number: it for it in planned},
        numbers=range(1, reminders.MOST_ROUNDS + 1),
        listed=listed,
        is_whole=is_whole,
        whole={cell: len(of) for cell, of in lists.whole.items()},
        units=units,
        group_choices=[
            (code, say(said, language())) for code, said in study_of(wave).index.groups.items()
        ],
        unit_choices=list(units.items()),
        asked=asked,
        next=_next(wave),
        faults=(),
    )


@blueprint.post("/dot/<name>/thu-moi/nhac/ngay")
@needs("contacts.see")
def plan_reminders(name: str) -> ResponseReturnValue:
    """Keep the days of the rounds."""
    wave = wave_named(name)
    rounds = range(1, reminders.MOST_ROUNDS + 1)
    typed = [days.typed(request.form, f"day{n}") for n in rounds]
    if Typed().validate_on_submit():
        try:
            for day in filter(None, typed):
                date.fromisoformat(day)
            with house().database.writing() as connection:
                reminders.plan(connection, wave, typed)
                detail = f"{name} {' '.join(filter(None, typed))}"
                audit.append(connection, who(), "reminders-plan", detail, house().stamp())
            flash(words()["letters_days_kept"])
        except ValueError:
            flash(words()["waves_not_a_day"], "bad")
        except RemindersRefused as refused:
            flash(faults.of_refusal(refused, language()).what, "bad")
    return redirect(url_for("office.reminders_page", name=name), 303)


@blueprint.post("/dot/<name>/thu-moi/nhac/lap")
@needs("contacts.see")
def draw_up_reminders(name: str) -> ResponseReturnValue:
    """Draw up the list of the next round; it stays as it is until the round after."""
    wave = wave_named(name)
    if Typed().validate_on_submit():
        try:
            with house().database.writing() as connection:
                now = reminders.draw_up(connection, waves.hold(connection, name), house().today())
                detail = f"{name} {now.number}"
                audit.append(connection, who(), "reminders-draw-up", detail, house().stamp())
            flash(words()["letters_drawn_up"].format(number=now.number))
        except RemindersRefused as refused:
            flash(faults.of_refusal(refused, language()).what, "bad")
    return redirect(url_for("office.reminders_page", name=wave.name), 303)


@blueprint.post("/dot/<name>/thu-moi/nhac/da-nhac")
@needs("outcomes.note")
def note_reminded(name: str) -> ResponseReturnValue:
    """Note of everyone on the list that they were reminded."""
    wave = wave_named(name)
    if Typed().validate_on_submit():
        with house().database.writing() as connection:
            told = reminders.lists(connection, wave).told
            count = reminders.note(connection, wave, told, day=house().today(), by=who())
            detail = f"{name} {count} reminded"
            audit.append(connection, who(), "outcomes-note", detail, house().stamp())
        flash(words()["letters_noted"].format(count=count))
    return redirect(url_for("office.reminders_page", name=name), 303)


def _next(wave: Wave) -> Mapping[str, Any]:
    """The round whose list may be drawn up now, or why none may."""
    with house().database.reading() as connection:
        try:
            return {"round": reminders.next_round(connection, wave, house().today())}
        except RemindersRefused as refused:
            return {"why": faults.of_refusal(refused, language())}


def _log(wave: Wave, action: str) -> None:
    with house().database.writing() as connection:
        if action == "reminders-view":
            audit.append(connection, who(), "reminders-view", wave.name, house().stamp())
        else:
            audit.append(connection, who(), "reminders-fetch", wave.name, house().stamp())


def _file(wave: Wave, people: Sequence[Reminded], units: Mapping[str, str]) -> ResponseReturnValue:
    w, groups = words(), study_of(wave).index.groups
    with house().database.reading() as connection:
        writing = issuing.writing(house(), connection, wave, language())
    heading = [
        w[f"letters_column_{it}"]
        for it in ("case", "group", "unit", "name", "phone", "email", "message")
    ]
    rows = [
        (
            one.label,
            say(groups.get(one.grp, one.grp), language()),
            units.get(one.unit or one.home_unit, ""),
            one.name,
            one.phone,
            one.email,
            composing.message(writing, _as_invited(one), "reminder"),
        )
        for one in people
    ]
    asked = request.args.get(tables.DOWNLOAD, "")
    return tables.as_csv(f"nhac-{wave.name}", heading, rows, asked)


def _as_invited(one: Reminded) -> Invitation:
    """As messages take it; a reminder never has a link, because nobody has it any more."""
    return Invitation(one.label, one.grp, one.unit, one.name, one.phone, one.email, token="")
