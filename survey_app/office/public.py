"""Published results, for everyone. What is not published does not exist here."""

from __future__ import annotations

from flask import Blueprint, Response, abort, g, url_for
from flask.typing import ResponseReturnValue

from survey_app import i18n
from survey_app.office.documents.chart import chart
from survey_app.office.documents.downloads import FOR_SPREADSHEETS, file_of
from survey_app.office.page import WORDS, choose_language, language, page, words
from survey_app.office.results.page import (
    Links,
    Trail,
    results_of,
    results_page,
    study_of,
    unit_page,
)
from survey_app.office.results.read import Results
from survey_app.office.results.withholding import for_the_public
from survey_app.store import scorecards, waves
from survey_app.web import house

blueprint = Blueprint("public", __name__, url_prefix="/ket-qua", template_folder="templates")


@blueprint.before_request
def _language() -> None:
    choose_language(keep=False)


@blueprint.url_defaults
def _keep_language(endpoint: str, values: dict[str, object]) -> None:
    """Links carry the language, because nobody gets a cookie here."""
    if endpoint.startswith("public.") and g.get("language", i18n.LANGUAGES[0]) != i18n.LANGUAGES[0]:
        values.setdefault("lang", g.language)


@blueprint.get("")
def results_list() -> ResponseReturnValue:
    """Every wave with published results."""
    with house().database.reading() as connection:
        names = scorecards.published_waves(connection)
    return page("public_list", published=[_published(name) for name in names])


@blueprint.get("/<wave>")
def results(wave: str) -> ResponseReturnValue:
    """All units of a published wave."""
    shown = _published(wave)
    links = Links(
        lambda unit: url_for("public.unit", wave=wave, unit=unit),
        url_for("public.results_chart", wave=wave),
        tuple(
            (words()[f"download_{kind}"], url_for(f"public.{address}", wave=wave))
            for kind, address in (("csv", "download"), (FOR_SPREADSHEETS, "download_for_people"))
        ),
    )
    return results_page(shown, "public_base", links, _trail())


@blueprint.get("/<wave>/don-vi/<unit>")
def unit(wave: str, unit: str) -> ResponseReturnValue:
    """One unit of a published wave, small groups withheld."""
    shown = _published(wave)
    line = shown.unit(unit) or abort(404)
    trail = (*_trail(), (words()["results"], url_for("public.results", wave=wave)))
    return unit_page(shown, line, "public_base", trail)


@blueprint.get("/<wave>/bieu-do.svg")
def results_chart(wave: str) -> ResponseReturnValue:
    """The chart of the units."""
    return Response(chart(_published(wave), WORDS, language(), "svg"), mimetype="image/svg+xml")


@blueprint.get("/<wave>/ket-qua.csv")
def download(wave: str) -> ResponseReturnValue:
    """The published numbers, small groups withheld."""
    return file_of(_published(wave), WORDS, language(), "csv")


@blueprint.get("/<wave>/ket-qua-excel.csv")
def download_for_people(wave: str) -> ResponseReturnValue:
    """The same numbers for a spreadsheet on a Vietnamese machine."""
    return file_of(_published(wave), WORDS, language(), FOR_SPREADSHEETS)


def _published(name: str) -> Results:
    with house().database.reading() as connection:
        try:
            wave = waves.find(connection, name)
        except waves.NoSuchWave:
            abort(404)
        card = scorecards.current(connection, wave.id)
    if card is None:
        abort(404)
    return for_the_public(results_of(wave, card), study_of(wave))


def _trail() -> Trail:
    return ((words()["public_results"], url_for("public.results_list")),)
