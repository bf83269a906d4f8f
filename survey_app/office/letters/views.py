"""Invitations of a wave: where they stand, what they say, issuing, revoking, giving an end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from analysis.problems import ProblemsFound
from survey_app.conduct import issuing, standing
from survey_app.i18n import LANGUAGES
from survey_app.letters import composing, placeholders, texts, typesetting
from survey_app.office import days
from survey_app.office.blueprint import blueprint
from survey_app.office.documents import turns
from survey_app.office.guard.access import needs
from survey_app.office.guard.login import who
from survey_app.office.jobs import asking, secrets, shown
from survey_app.office.letters import told
from survey_app.office.letters.choosing import Chosen
from survey_app.office.page import page, words
from survey_app.office.pieces import faults
from survey_app.office.pieces.forms import is_offered
from survey_app.office.results.page import study_of
from survey_app.office.wave_titles import title_of
from survey_app.office.waves import spoken
from survey_app.office.waves.forms import Typed
from survey_app.office.waves.found import wave_named
from survey_app.office.waves.one import by_group
from survey_app.store import board, jobs, waves
from survey_app.store.letters import letter_texts
from survey_app.store.log import audit
from survey_app.store.sample import links
from survey_app.store.waves import Refused, Wave
from survey_app.waves import blocks
from survey_app.web import house

_PREVIEWS = {
    "png": ("image/png", typesetting.picture),
    "pdf": ("application/pdf", lambda head, one, *more: typesetting.pdf(head, [one], *more)),
}
_ENDINGS = frozenset({"revoke", "expire"})
_RECENT = 50
"""So many of one's newest jobs are looked through for files that were not fetched."""


@blueprint.get("/dot/<name>/thu-moi")
@needs("wave.see")
def wave_letters(name: str) -> ResponseReturnValue:
    """How many have a link, and what can be done about links and letters."""
    wave = wave_named(name)
    with house().database.reading() as connection:
        cells = board.cells(connection, wave)
        mine = jobs.last(connection, who(), most=_RECENT)
    facts = standing.facts(house(), wave, deep=wave.state == "planned", cells=cells)
    said = blocks.concerns("open", facts) if wave.state == "planned" else ()
    waiting = [job for job in mine if job.wave == name and secrets.may_fetch(job)]
    return show(
        "letters",
        wave,
        groups=by_group(cells),
        total=board.total(cells),
        facts=facts,
        waiting=waiting,
        concerns=spoken.said_concerns([it for it in said if it.rule.task == "letters"], wave),
        may_issue=current_user.may("links.issue"),
        may_note=current_user.may("outcomes.note"),
        may_see_contacts=current_user.may("contacts.see"),
    )


@blueprint.route("/dot/<name>/thu-moi/noi-dung", methods=["GET", "POST"])
@needs("links.issue")
def letter_texts_page(name: str) -> ResponseReturnValue:
    """What letters and messages say: written here, and shown as it will be printed."""
    wave, spoken_in = wave_named(name), _language()
    form = Typed()
    if not form.validate_on_submit():
        with house().database.reading() as connection:
            written = letter_texts.read(connection, wave.id, spoken_in)
        return _texts_page(wave, spoken_in, texts.complete(written, spoken_in))
    typed = {field: request.form.get(field, "") for field in texts.LONGEST}
    try:
        checked = texts.checked(typed)
        _fits(wave, spoken_in, checked)
    except ProblemsFound as refused:
        wrong = told.by_field(refused)
        return _texts_page(wave, spoken_in, typed, wrong=wrong), 422
    with house().database.writing() as connection:
        changed = letter_texts.write(connection, wave.id, spoken_in, checked)
        detail = f"{wave.name} {spoken_in} {' '.join(changed)}"
        audit.append(connection, who(), "letters-write", detail[:200], house().stamp())
    flash(words()["letters_kept"])
    here = url_for("office.letter_texts_page", name=name, thu=spoken_in)
    return redirect(f"{here}#xem-truoc", 303)


@blueprint.get("/dot/<name>/thu-moi/xem-truoc.<kind>")
@needs("links.issue")
def letter_preview(name: str, kind: str) -> ResponseReturnValue:
    """A letter to nobody, as a picture or as the PDF that a printer gets."""
    wave, spoken_in = wave_named(name), _language()
    with house().database.reading() as connection:
        writing = issuing.writing(house(), connection, wave, spoken_in)
    drawn = issuing.sample(writing)
    head, one = composing.head(writing), composing.page(writing, drawn)
    if kind not in _PREVIEWS:
        abort(404)
    content_type, made_by = _PREVIEWS[kind]
    try:
        with turns.turn():
            letter = made_by(head, one, spoken_in, house().clock())
    except ProblemsFound:
        abort(404)
    return Response(letter, content_type=content_type)


@blueprint.route("/dot/<name>/thu-moi/cap", methods=["GET", "POST"])
@needs("links.issue")
def issue_links(name: str) -> ResponseReturnValue:
    """Issue links to those without one, or anew to a selection: counts are shown first."""
    wave = wave_named(name)
    chosen, again = Chosen.sent(request.form), bool(request.form.get("again"))
    more: dict[str, Any] = {"chosen": chosen, "again": again, "thu": _language()}
    if not Typed().validate_on_submit():
        return _choose(wave, "issue", **more)
    if problem := chosen.problem or _again_for_all(chosen, again=again):
        return _choose(wave, "issue", problem=problem, **more), 422
    try:
        everyone, live = _counted(wave, chosen)
        count = everyone if again else everyone - live
        if not count:
            return _choose(wave, "issue", problem=words()["letters_nobody"], **more), 422
        if not request.form.get("sure"):
            return _choose(wave, "issue", many=count, replaced=live if again else 0, **more)
        asked = {**chosen.as_arguments(), "language": _language(), "again": again}
        return shown.way_on(asking.ask("letters", name, asked))
    except (ProblemsFound, Refused) as refused:
        return _choose(wave, "issue", **more, **faults.shown(refused)), 409


@blueprint.route("/dot/<name>/thu-moi/thu-hoi", methods=["GET", "POST"])
@needs("links.issue")
def end_links(name: str) -> ResponseReturnValue:
    """Revoke the links of a selection, or let them open their forms up to a day."""
    wave, chosen = wave_named(name), Chosen.sent(request.form)
    how, until = request.form.get("how", "revoke"), days.typed(request.form, "until")
    more: dict[str, Any] = {"chosen": chosen, "how": how, "until": until}
    if not Typed().validate_on_submit():
        return _choose(wave, "end", **more)
    problem = chosen.problem
    if not is_offered(how, _ENDINGS):
        abort(400)
    if how == "revoke" and chosen.selection.is_everyone:
        problem = problem or words()["letters_choose_some"]
    if how == "expire" and until and not _is_day(until):
        problem = problem or words()["waves_not_a_day"]
    if problem:
        return _choose(wave, "end", problem=problem, **more), 422
    try:
        _, live = _counted(wave, chosen)
        if not request.form.get("sure"):
            return _choose(wave, "end", many=live, **more)
        count = _ended(wave, chosen, how, until)
    except ProblemsFound as refused:
        return _choose(wave, "end", **more, **faults.shown(refused)), 422
    flash(words()[f"letters_done_{how}"].format(count=count))
    return redirect(url_for("office.wave_letters", name=name), 303)


def _ended(wave: Wave, chosen: Chosen, how: str, until: str) -> int:
    here, by = house(), who()
    with here.database.writing() as connection:
        if how == "expire":
            count = links.expire(connection, wave, chosen.selection, until or None)
            detail = f"{wave.name} {count} {until or '-'}"
            audit.append(connection, by, "invitations-expire", detail, here.stamp())
        else:
            count = links.revoke(connection, wave, chosen.selection, here.today(), by)
            detail = f"{wave.name} {count}"
            audit.append(connection, by, "invitations-revoke", detail, here.stamp())
    return count


def _counted(wave: Wave, chosen: Chosen) -> tuple[int, int]:
    with house().database.reading() as connection:
        return links.count(connection, wave, chosen.selection, house().today())


def _again_for_all(chosen: Chosen, *, again: bool) -> str:
    return words()["letters_choose_some"] if again and chosen.selection.is_everyone else ""


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _fits(wave: Wave, language: str, written: Mapping[str, str]) -> None:
    """See whether a letter with these texts has room on its page.

    Raises
    ------
    ProblemsFound
    """
    with house().database.reading() as connection:
        writing = issuing.writing(house(), connection, wave, language, written=written)
    drawn = issuing.sample(writing)
    one = composing.page(writing, drawn)
    typesetting.pdf(composing.head(writing), [one], language, house().clock())


def _language() -> str:
    asked = request.values.get("thu", LANGUAGES[0])
    return asked if asked in LANGUAGES else LANGUAGES[0]


def _texts_page(wave: Wave, language: str, typed: Mapping[str, str], **more: Any) -> str:
    return show(
        "texts",
        wave,
        form=Typed(),
        typed=typed,
        longest=texts.LONGEST,
        of_lines=texts.LINES,
        thu=language,
        known=placeholders.ALIASES,
        **{"wrong": {}, **more},
    )


def _choose(wave: Wave, what: str, **more: Any) -> str:
    with house().database.reading() as connection:
        units = waves.units(connection, wave.id)
    return show(what, wave, form=Typed(), units=units, **{"problem": "", **more})


def show(template: str, wave: Wave, **more: Any) -> str:
    """A page of this room."""
    index = study_of(wave).index
    return page(f"letters/{template}", wave=wave, title=title_of(wave), index=index, **more)
