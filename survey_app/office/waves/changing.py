"""A wave is changed, reopened, taken away: what cannot be undone wants its name typed."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from analysis.problems import ProblemsFound
from survey_app.conduct import reopening, standing, wave_making
from survey_app.conduct.scoring import publish
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.office.guard.login import who
from survey_app.office.page import page, words
from survey_app.office.pieces import faults
from survey_app.office.wave_titles import title_of
from survey_app.office.waves import spoken
from survey_app.office.waves.forms import Entries, Typed
from survey_app.office.waves.found import wave_named
from survey_app.store import scorecards
from survey_app.store.waves import Refused, Wave
from survey_app.waves import blocks
from survey_app.waves import plan as plans
from survey_app.waves.blocks import Action
from survey_app.waves.plan import Plan
from survey_app.web import house


@blueprint.route("/dot/<name>/thiet-lap", methods=["GET", "POST"])
@needs("wave.change")
def change_wave(name: str) -> ResponseReturnValue:
    """Title, dates and contact line."""
    wave = wave_named(name)
    shown = {"wave": wave, "title": title_of(wave), "form": Typed()}
    if not Typed().validate_on_submit():
        return page("waves/change", entries=Entries.of(wave.plan), **shown)
    entries = Entries.sent()
    plan = entries.plan()
    if entries.problems:
        return page("waves/change", entries=entries, **shown), 422
    try:
        wave_making.change(house(), name, _with_what_passed(plan, wave), who())
    except Refused as refused:
        return page("waves/change", entries=entries, **faults.shown(refused), **shown), 409
    flash(words()["waves_changed"])
    return redirect(url_for("office.wave", name=name))


def _with_what_passed(plan: Plan, wave: Wave) -> Plan:
    """The plan that was typed, with the dates that cannot be changed any more and are not asked."""
    kept = vars(plan) | ({"opens_at": wave.opens_at} if wave.state != "planned" else {})
    return Plan(**kept | ({"closes_at": wave.closes_at} if wave.state == "closed" else {}))


@blueprint.post("/dot/<name>/phieu/lay-lai")
@needs("wave.change")
def repin_wave(name: str) -> ResponseReturnValue:
    """Take the study's texts and units anew, while the wave is not open."""
    wave = wave_named(name)
    if Typed().validate_on_submit():
        try:
            wave_making.repin(house(), wave.name, who())
        except (ProblemsFound, Refused) as refused:
            told = faults.shown(refused)
            return page("waves/refused", wave=wave, title=title_of(wave), **told), 409
        flash(words()["waves_repinned"])
    return redirect(url_for("office.wave_forms", name=name))


@blueprint.route("/dot/<name>/mo-lai", methods=["GET", "POST"])
@needs("wave.reopen")
def reopen_wave(name: str) -> ResponseReturnValue:
    """Let respondents in once more, for a reason."""
    wave = wave_named(name)
    if not Typed().validate_on_submit():
        return _page(wave, "reopen", Entries({}))
    entries = Entries.sent()
    reason = " ".join(entries.get("reason").split())
    closes_at = entries.plan().closes_at
    if not reason:
        entries.problems["reason"] = words()["waves_needs_reason"]
    if plans.has_ended(closes_at, house().clock()):
        entries.problems["closes_at"] = words()["waves_in_the_past"]
    if entries.problems:
        return _page(wave, "reopen", entries), 422
    try:
        reopening.reopen(house(), wave.name, who(), reason, closes_at)
    except Refused as refused:
        return _page(wave, "reopen", entries, **faults.shown(refused)), 409
    flash(words()["waves_reopened"])
    return redirect(url_for("office.wave", name=name))


@blueprint.route("/dot/<name>/xoa", methods=["GET", "POST"])
@needs("wave.delete")
def delete_wave(name: str) -> ResponseReturnValue:
    """Take away a wave made by mistake."""
    wave = wave_named(name)
    if not Typed().validate_on_submit():
        return _page(wave, "delete", Entries({}))
    entries = Entries.sent()
    if entries.get("typed") != wave.name:
        entries.problems["typed"] = words()["waves_type_the_name"].format(name=wave.name)
        return _page(wave, "delete", entries), 422
    try:
        wave_making.delete(house(), wave.name, entries.get("typed"), who())
    except Refused as refused:
        return _page(wave, "delete", entries, **faults.shown(refused)), 409
    flash(words()["waves_deleted"].format(name=name))
    return redirect(url_for("office.waves"))


def _page(wave: Wave, action: Action, entries: Entries, **more: object) -> str:
    facts = standing.facts(house(), wave, deep=True)
    with house().database.reading() as connection:
        cards = scorecards.history(connection, wave.id)
    return page(
        f"waves/{action}",
        wave=wave,
        title=title_of(wave),
        facts=facts,
        form=Typed(),
        entries=entries,
        blocks=spoken.said_concerns(blocks.blocks(action, facts), wave),
        stake=wave_making.at_stake(house(), wave.name),
        current_cards=[card for card in cards if not publish.is_outdated(card, wave)],
        posted=request.method == "POST",
        **more,
    )
