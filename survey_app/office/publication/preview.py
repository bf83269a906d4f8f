"""A scorecard as the public would see it: every page and every file, before anybody approves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Response, abort, url_for
from flask.typing import ResponseReturnValue

from survey_app.office.blueprint import blueprint
from survey_app.office.documents import gathering, turns
from survey_app.office.documents.chart import chart
from survey_app.office.documents.downloads import MIME, file_of
from survey_app.office.guard.access import needs
from survey_app.office.page import WORDS, language, page, say, words
from survey_app.office.public import criteria, reading, said
from survey_app.office.results.page import Links, Trail, results_of, results_page, study_of
from survey_app.office.results.page import unit_page as page_of_unit
from survey_app.office.results.read import Results
from survey_app.office.results.withholding import for_the_public
from survey_app.office.wave_titles import title_of
from survey_app.store import publications, scorecards, waves
from survey_app.web import house

_BASE = "wave_base"


@dataclass(frozen=True)
class Preview:
    """A scorecard of this number, as it would be public."""

    number: int

    @cached_property
    def results(self) -> Results:
        """What of it is public, with what was public before."""
        with house().database.reading() as connection:
            try:
                card = scorecards.find(connection, self.number)
            except scorecards.NoSuchScorecard:
                abort(404)
            listed = waves.list_(connection)
            before = publications.before(connection, card)
        wave = next(each for each in listed if each.id == card.wave_id)
        if wave.state != "closed":
            abort(404)
        return for_the_public(results_of(wave, card), study_of(wave), before)

    def address(self, view: str = "", **parts: Any) -> str:
        """Where a page of the preview is."""
        name = f"office.public_preview_{view}" if view else "office.public_preview"
        return url_for(name, number=self.number, **parts)

    def of_criterion(self, code: str) -> str:
        """Where the page of a criterion is."""
        return self.address("criterion", criterion=code)

    def of_unit(self, code: str) -> str:
        """Where the page of a unit is."""
        return self.address("unit", unit=code)

    def trail(self, *, is_front: bool = False) -> Trail:
        """How one came here."""
        wave = self.results.wave
        above = (
            (words()["waves_today"], url_for("office.waves")),
            (title_of(wave), url_for("office.wave", name=wave.name)),
            (words()["waves_task_publish"], url_for("office.publish_wave", name=wave.name)),
        )
        return above if is_front else (*above, (words()["results"], self.address()))

    def page(self, template: str, title: str, /, **more: Any) -> str:
        """A page beside that of all units."""
        results = self.results
        shown = {"results": results, "wave": results.wave, "trail": self.trail(), **more}
        return page(f"public/{template}", title=title, base=_BASE, as_public=True, **shown)


@blueprint.get("/bang-diem/<int:number>/cong-chung")
@needs("publication.see")
def public_preview(number: int) -> ResponseReturnValue:
    """A scorecard as the public would see it."""
    it, w = Preview(number), words()
    downloads = tuple((w[f"download_{kind}"], it.address("file", kind=kind)) for kind in MIME)
    return results_page(
        it.results,
        _BASE,
        Links(it.of_unit, it.address("chart"), downloads),
        it.trail(is_front=True),
        as_public=True,
        pages=[
            (w["public_by_criterion"], it.address("criteria")),
            (w["public_explained"], it.address("explained")),
        ],
        reading=reading.questions(it.results),
        in_short=said.in_short(it.results),
    )


@blueprint.get("/bang-diem/<int:number>/cong-chung/don-vi/<unit>")
@needs("publication.see")
def public_preview_unit(number: int, unit: str) -> ResponseReturnValue:
    """One unit of it."""
    it = Preview(number)
    line = it.results.unit(unit) or abort(404)
    return page_of_unit(
        it.results,
        line,
        _BASE,
        it.trail(),
        as_public=True,
        in_words=said.of_unit(it.results, line),
        peers=[(peer, it.of_unit(peer.unit)) for peer in said.peers(it.results, line)],
        of_criterion=it.of_criterion,
    )


@blueprint.get("/bang-diem/<int:number>/cong-chung/tieu-chi")
@needs("publication.see")
def public_preview_criteria(number: int) -> ResponseReturnValue:
    """Its list of criteria."""
    it = Preview(number)
    more = {"index": it.results.index, "address": it.of_criterion}
    return it.page("criteria", words()["public_by_criterion"], **more)


@blueprint.get("/bang-diem/<int:number>/cong-chung/tieu-chi/<criterion>")
@needs("publication.see")
def public_preview_criterion(number: int, criterion: str) -> ResponseReturnValue:
    """One criterion of it."""
    it = Preview(number)
    leaf = criteria.leaf_of(it.results.index, criterion) or abort(404)
    told = criteria.told(it.results, leaf, it.of_criterion)
    more = {**told, "up": it.address("criteria"), "of_unit": it.of_unit}
    return it.page("criterion", f"{leaf.code}. {say(leaf.name, language())}", **more)


@blueprint.get("/bang-diem/<int:number>/cong-chung/giai-thich")
@needs("publication.see")
def public_preview_explained(number: int) -> ResponseReturnValue:
    """What the numbers are, and how they were made."""
    it = Preview(number)
    return it.page("explained", words()["public_explained"], **reading.told(it.results))


@blueprint.get("/bang-diem/<int:number>/cong-chung/bieu-do.svg")
@needs("publication.see")
def public_preview_chart(number: int) -> ResponseReturnValue:
    """Its chart."""
    with turns.turn():
        drawn = chart(Preview(number).results, WORDS, language(), "svg")
    return Response(drawn, mimetype="image/svg+xml")


@blueprint.get("/bang-diem/<int:number>/cong-chung/tai-ve/<kind>")
@needs("publication.see")
def public_preview_file(number: int, kind: str) -> ResponseReturnValue:
    """A file of it, as everyone will download it."""
    if kind not in MIME:
        abort(404)
    results = Preview(number).results
    with turns.turn():
        return file_of(results, WORDS, language(), kind, gathering.beside(house(), results))
