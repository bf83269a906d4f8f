"""What a wave is made of: questionnaires, units, frame, sample, links."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from survey_app.conduct import standing, wave_making
from survey_app.jobs import rules
from survey_app.office import uploads
from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.office.jobs import asking, shown
from survey_app.office.page import language, page, words
from survey_app.office.pieces import faults, handed_in
from survey_app.office.results.page import study_of
from survey_app.office.wave_titles import title_of
from survey_app.office.waves import spoken
from survey_app.office.waves.forms import Entries, Typed
from survey_app.office.waves.found import wave_named
from survey_app.office.waves.one import by_group
from survey_app.questionnaire.model import Questionnaire
from survey_app.store import board, waves
from survey_app.store.waves import Wave
from survey_app.waves import blocks
from survey_app.web import house


@dataclass(frozen=True, kw_only=True)
class PinnedForm:
    """A questionnaire of a wave, and the digest of its text as pinned."""

    questionnaire: Questionnaire
    questions: int
    digest: str


@blueprint.get("/dot/<name>/phieu")
@needs("wave.see")
def wave_forms(name: str) -> ResponseReturnValue:
    """Every questionnaire of a wave: version, questions, the text that is pinned."""
    wave = wave_named(name)
    study = study_of(wave)
    pinned = [
        PinnedForm(
            questionnaire=each,
            questions=len(each.items),
            digest=hashlib.sha256(study.texts[each.file].encode()).hexdigest(),
        )
        for each in study.questionnaires.values()
    ]
    facts = standing.facts(house(), wave, deep=True)
    said = [each for each in blocks.concerns("open", facts) if each.rule.task == "forms"]
    concerns = spoken.said_concerns(said if wave.state == "planned" else (), wave)
    said_of = {"pinned": pinned, "index": study.index, "concerns": concerns}
    return _page("forms", wave, form=Typed(), **said_of)


@blueprint.get("/dot/<name>/don-vi")
@needs("wave.see")
def wave_units(name: str) -> ResponseReturnValue:
    """The units that are assessed, and what became of those of before."""
    wave = wave_named(name)
    study = study_of(wave)
    with house().database.reading() as connection:
        units = waves.units(connection, wave.id)
    listed = {unit.code: unit for unit in study.units}
    return _page("units", wave, units=units, listed=listed)


@blueprint.get("/dot/<name>/dan-mau")
@needs("wave.see")
def wave_frame(name: str) -> ResponseReturnValue:
    """How many there are to be asked, by group."""
    return _counts("frame", wave_named(name))


@blueprint.get("/dot/<name>/mau")
@needs("wave.see")
def wave_sample(name: str) -> ResponseReturnValue:
    """Who is asked, by group."""
    return _counts("sample", wave_named(name))


@blueprint.route("/dot/<name>/mau/thay", methods=["GET", "POST"])
@needs("sample.replace")
def replace_sample(name: str) -> ResponseReturnValue:
    """Another sample in the place of a planned wave's: what goes is shown, and how it is read."""
    wave = wave_named(name)
    entries = Entries.sent() if request.method == "POST" else Entries({})
    is_there = bool(request.files.get("files"))
    if not Typed().validate_on_submit():
        return _replace_page(wave, entries)
    if entries.get("typed") != wave.name:
        entries.problems["typed"] = words()["waves_type_the_name"].format(name=wave.name)
    if not is_there:
        entries.problems["files"] = words()["waves_choose_file"]
    if entries.problems:
        return _replace_page(wave, entries), 422
    asked = {"kind": "sample", "language": language(), "replace": wave.name}
    job = asking.tried("list", name, asked, handed_in.files()[:1])
    if error := rules.error_of(job):
        more = {"annotated": shown.annotated(job), **faults.shown(error)}
        return _replace_page(wave, entries, **more), 422
    return shown.way_on(job)


def _replace_page(wave: Wave, entries: Entries, **more: Any) -> str:
    facts = standing.facts(house(), wave, deep=False)
    return _page(
        "replace",
        wave,
        form=Typed(),
        entries=entries,
        blocks=spoken.said_concerns(blocks.blocks("replace", facts), wave),
        stake=wave_making.at_stake(house(), wave.name),
        **more,
    )


def _counts(what: str, wave: Wave) -> str:
    with house().database.reading() as connection:
        cells = board.cells(connection, wave)
    facts = standing.facts(house(), wave, deep=wave.state == "planned", cells=cells)
    said = (
        [each for each in blocks.concerns("open", facts) if each.rule.task == what]
        if wave.state == "planned"
        else ()
    )
    counted: Mapping[str, Any] = {
        "groups": by_group(cells),
        "total": board.total(cells),
        "index": study_of(wave).index,
        "facts": facts,
        "concerns": spoken.said_concerns(said, wave),
        "may_upload": what in uploads.offered(wave),
    }
    return _page(what, wave, **counted)


def _page(what: str, wave: Wave, **more: Any) -> str:
    return page(f"waves/{what}", wave=wave, title=title_of(wave), what=what, **more)
