"""Leaving forms out: proposed by one, agreed or declined by another; results keep both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from survey_app.conduct.quality import leaving_out, screening
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.office.guard.login import who
from survey_app.office.page import words
from survey_app.office.pieces import faults
from survey_app.office.quality.shown import is_ready, of_key, show
from survey_app.office.waves.forms import Entries, Typed
from survey_app.office.waves.found import wave_named
from survey_app.quality.classes import DesignClass
from survey_app.store.quality import exclusions
from survey_app.store.quality.refusals import QualityRefused
from survey_app.store.waves import Refused, Wave
from survey_app.web import house

TAGS = {
    "proposed": "review",
    "agreed": "done",
    "refused": "idle",
    "withdrawn": "idle",
    "ended": "idle",
}
_DECISIONS: Mapping[str, tuple[str, Callable[[Wave, int, str], None]]] = {
    "dong-y": (
        "exclusions.agree",
        lambda wave, number, note: leaving_out.agree(house(), wave, number, who(), note),
    ),
    "khong-dong-y": (
        "exclusions.agree",
        lambda wave, number, note: leaving_out.refuse(house(), wave, number, who(), note),
    ),
    "tinh-lai": (
        "exclusions.agree",
        lambda wave, number, note: leaving_out.end(house(), wave, number, who(), note),
    ),
    "rut": (
        "exclusions.propose",
        lambda wave, number, _: leaving_out.withdraw(house(), wave, number, who()),
    ),
}
"""What is done to a proposal, by the last word of its address."""


@blueprint.get("/dot/<name>/kiem-tra/loai-phieu")
@needs("quality.see")
def exclusions_page(name: str) -> ResponseReturnValue:
    """What is left out, what is proposed, and what became of earlier proposals."""
    return _page(wave_named(name))


@blueprint.route("/dot/<name>/kiem-tra/loai-phieu/de-nghi", methods=["GET", "POST"])
@needs("exclusions.propose")
def propose_exclusion(name: str) -> ResponseReturnValue:
    """Propose to leave the forms of a class out, for a reason."""
    wave, entries = wave_named(name), Entries.sent()
    of = of_key(request.values.get("lop", ""))
    if not Typed().validate_on_submit():
        return _propose_page(wave, of, entries)
    try:
        leaving_out.propose(
            house(), wave, _shown(wave, of), entries.get("reason"), entries.get("basis"), who()
        )
    except Refused as refused:
        return _propose_page(wave, of, entries, **faults.shown(refused)), 409
    flash(words()["quality_proposed"])
    return redirect(url_for("office.exclusions_page", name=name), 303)


def _shown(wave: Wave, of: DesignClass | None) -> DesignClass:
    with house().database.reading() as connection:
        if of is None or of not in {line.of for line in screening.lines(connection, wave)}:
            raise QualityRefused("no-such-class", "choose one of the classes that are shown")
    return of


@blueprint.post(
    "/dot/<name>/kiem-tra/loai-phieu/<int:number>/<any("
    + ", ".join(f'"{each}"' for each in _DECISIONS)
    + "):what>"
)
@needs({what: permission for what, (permission, _) in _DECISIONS.items()}, by="what")
def decide_exclusion(name: str, number: int, what: str) -> ResponseReturnValue:
    """Agree to a proposal, decline it, take it back, or count the forms again."""
    wave = wave_named(name)
    if Typed().validate_on_submit():
        note = request.form.get("note", "")
        try:
            _DECISIONS[what][1](wave, number, note)
        except Refused as refused:
            return _page(wave, typed={number: note}, **faults.shown(refused)), 409
        flash(words()[f"quality_done_{what}"])
    return redirect(url_for("office.exclusions_page", name=name), 303)


def _page(wave: Wave, **more: Any) -> str:
    with house().database.reading() as connection:
        listed = exclusions.listed(connection, wave) if is_ready(wave) else ()
    return show(
        "exclusions",
        wave,
        listed=listed,
        tags=TAGS,
        me=who(),
        may_propose=current_user.may("exclusions.propose"),
        may_agree=current_user.may("exclusions.agree"),
        **{"typed": {}, **more},
    )


def _propose_page(wave: Wave, of: object, entries: Entries, **more: Any) -> str:
    with house().database.reading() as connection:
        lines = screening.lines(connection, wave) if is_ready(wave) else ()
    return show(
        "propose", wave, of=of, lines=lines, entries=entries, longest=leaving_out.LONGEST, **more
    )
