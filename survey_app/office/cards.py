"""The office's pages and files of one scorecard, draft or published."""

from __future__ import annotations

from flask import Response, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from survey_app.office.access import needs
from survey_app.office.blueprint import blueprint
from survey_app.office.documents.chart import chart
from survey_app.office.documents.downloads import MIME, file_of
from survey_app.office.jobs import asking, files
from survey_app.office.login import who
from survey_app.office.page import WORDS, language, words
from survey_app.office.results.page import Links, Trail, results_of, results_page, unit_page
from survey_app.office.results.read import Results
from survey_app.office.waves.listing import title_of
from survey_app.store import scorecards, waves
from survey_app.store.log import audit
from survey_app.web import house


@blueprint.get("/bang-diem/<int:number>")
@needs("results.see")
def results(number: int) -> ResponseReturnValue:
    """All units of a scorecard."""
    shown = _results(number)
    _log("view", shown)
    links = Links(
        lambda unit: url_for("office.unit", number=number, unit=unit),
        url_for("office.results_chart", number=number),
        tuple(
            (words()[f"download_{kind}"], url_for("office.download", number=number, kind=kind))
            for kind in MIME
        ),
    )
    return results_page(shown, "wave_base", links, _trail(shown))


@blueprint.get("/bang-diem/<int:number>/don-vi/<unit>")
@needs("results.see")
def unit(number: int, unit: str) -> ResponseReturnValue:
    """One unit of a scorecard, nothing withheld."""
    shown = _results(number)
    line = shown.unit(unit) or abort(404)
    _log("view", shown, unit)
    trail = (*_trail(shown), (words()["results"], url_for("office.results", number=number)))
    return unit_page(shown, line, "wave_base", trail)


@blueprint.get("/bang-diem/<int:number>/bieu-do.svg")
@needs("results.see")
def results_chart(number: int) -> ResponseReturnValue:
    """The chart of the units."""
    return Response(chart(_results(number), WORDS, language(), "svg"), mimetype="image/svg+xml")


@blueprint.get("/bang-diem/<int:number>/tai-ve/<kind>")
@needs("results.see")
def download(number: int, kind: str) -> ResponseReturnValue:
    """The scorecard as a file: csv, xlsx or docx."""
    if kind not in MIME:
        abort(404)
    shown = _results(number)
    if request.method == "HEAD" or house().settings.workers is None:
        _log("download", shown, kind)
        return file_of(shown, WORDS, language(), kind)
    wanted = {"card": number, "kind": kind, "language": language()}
    return files.fetched(asking.ask("report", shown.wave.name, wanted))


def _log(action: str, shown: Results, what: str = "") -> None:
    """Looking is in the log too: nothing is withheld here, not even what a few people said."""
    if request.method == "HEAD":
        return
    detail = f"{shown.wave.name} {shown.card.id} {what}".rstrip()
    with house().database.writing() as connection:
        audit.append(connection, who(), action, detail, house().stamp())


def _results(number: int) -> Results:
    with house().database.reading() as connection:
        try:
            card = scorecards.find(connection, number)
        except scorecards.NoSuchScorecard:
            abort(404)
        wave = next(each for each in waves.list_(connection) if each.id == card.wave_id)
    return results_of(wave, card)


def _trail(shown: Results) -> Trail:
    home = (words()["waves"], url_for("office.waves"))
    if not current_user.may("wave.see"):
        return (home,)
    return home, (title_of(shown.wave), url_for("office.wave", name=shown.wave.name))
