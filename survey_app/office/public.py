"""Published results, for everyone. What is not published does not exist here.

A wave's address shows what was published last; each version has an address of its own besides.
Of what was withdrawn the reason is shown, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, g, url_for
from flask.typing import ResponseReturnValue

from survey_app import i18n
from survey_app.office.documents import gathering
from survey_app.office.documents.chart import CHARTS, Format, chart
from survey_app.office.documents.downloads import MIME, file_of
from survey_app.office.page import WORDS, choose_language, language, page, words
from survey_app.office.results.page import (
    Links,
    Trail,
    index_of,
    results_of,
    results_page,
    study_of,
    unit_page,
)
from survey_app.office.results.read import Results
from survey_app.office.results.withholding import for_the_public
from survey_app.store import publications, scorecards, waves
from survey_app.store.publications import Version
from survey_app.store.waves import Wave
from survey_app.web import house

blueprint = Blueprint("public", __name__, url_prefix="/ket-qua", template_folder="templates")

_GONE = 410


@dataclass(frozen=True, kw_only=True)
class Published:
    """A version of a wave's results at its address, among all versions of the wave.

    `asked` is the number in the address; None where it is the wave's own address.
    """

    wave: Wave
    versions: tuple[Version, ...]
    version: Version
    asked: int | None

    def results(self) -> Results:
        """What of it is public."""
        before = [it.card for it in self.versions[: self.version.number - 1]]
        return for_the_public(results_of(self.wave, self.version.card), study_of(self.wave), before)


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
    shown = [_published(name) for name in names]
    listed = [(it, it.results() if it.version.withdrawn is None else None) for it in shown]
    return page("public_list", published=listed, index_of=index_of)


@blueprint.get("/<wave>")
@blueprint.get("/<wave>/lan/<int:version>")
def results(wave: str, version: int | None = None) -> ResponseReturnValue:
    """All units of a published wave."""
    shown = _published(wave, version)
    if shown.version.withdrawn:
        return _withdrawn(shown)
    links = Links(
        lambda unit: _url("unit", shown, unit=unit),
        _url("results_chart", shown, format_="svg"),
        tuple((words()[f"download_{kind}"], _url(_FILES[kind], shown)) for kind in MIME),
    )
    return results_page(shown.results(), "public_base", links, _trail(), **_versions(shown))


@blueprint.get("/<wave>/don-vi/<unit>")
@blueprint.get("/<wave>/lan/<int:version>/don-vi/<unit>")
def unit(wave: str, unit: str, version: int | None = None) -> ResponseReturnValue:
    """One unit of a published wave, small groups withheld."""
    published = _published(wave, version)
    if published.version.withdrawn:
        return _withdrawn(published)
    shown = published.results()
    line = shown.unit(unit) or abort(404)
    trail = (*_trail(), (words()["results"], _url("results", published)))
    return unit_page(shown, line, "public_base", trail, **_versions(published))


@blueprint.get("/<wave>/bieu-do.<any(svg, png):format_>")
@blueprint.get("/<wave>/lan/<int:version>/bieu-do.<any(svg, png):format_>")
def results_chart(wave: str, format_: Format, version: int | None = None) -> ResponseReturnValue:
    """The chart of the units, as SVG or PNG."""
    shown = _published(wave, version)
    if shown.version.withdrawn:
        return _withdrawn(shown)
    return Response(chart(shown.results(), WORDS, language(), format_), mimetype=CHARTS[format_])


def _file(kind: str, wave: str, version: int | None) -> ResponseReturnValue:
    shown = _published(wave, version)
    if shown.version.withdrawn:
        return _withdrawn(shown)
    results = shown.results()
    return file_of(results, WORDS, language(), kind, gathering.beside(house(), results))


@blueprint.get("/<wave>/ket-qua.csv")
@blueprint.get("/<wave>/lan/<int:version>/ket-qua.csv")
def download(wave: str, version: int | None = None) -> ResponseReturnValue:
    """The published numbers, small groups withheld."""
    return _file("csv", wave, version)


@blueprint.get("/<wave>/ket-qua-excel.csv")
@blueprint.get("/<wave>/lan/<int:version>/ket-qua-excel.csv")
def download_for_people(wave: str, version: int | None = None) -> ResponseReturnValue:
    """The same numbers for a spreadsheet on a Vietnamese machine."""
    return _file("csv-excel", wave, version)


@blueprint.get("/<wave>/ket-qua.xlsx")
@blueprint.get("/<wave>/lan/<int:version>/ket-qua.xlsx")
def download_workbook(wave: str, version: int | None = None) -> ResponseReturnValue:
    """The same numbers as a workbook, down to what each group said."""
    return _file("xlsx", wave, version)


@blueprint.get("/<wave>/bao-cao.docx")
@blueprint.get("/<wave>/lan/<int:version>/bao-cao.docx")
def download_report(wave: str, version: int | None = None) -> ResponseReturnValue:
    """The same numbers as a report."""
    return _file("docx", wave, version)


@blueprint.get("/<wave>/bao-cao.pdf")
@blueprint.get("/<wave>/lan/<int:version>/bao-cao.pdf")
def download_report_pdf(wave: str, version: int | None = None) -> ResponseReturnValue:
    """The report as it is printed."""
    return _file("pdf", wave, version)


@blueprint.get("/<wave>/tom-tat.docx")
@blueprint.get("/<wave>/lan/<int:version>/tom-tat.docx")
def download_summary(wave: str, version: int | None = None) -> ResponseReturnValue:
    """The same numbers on one page."""
    return _file("tom-tat.docx", wave, version)


@blueprint.get("/<wave>/tom-tat.pdf")
@blueprint.get("/<wave>/lan/<int:version>/tom-tat.pdf")
def download_summary_pdf(wave: str, version: int | None = None) -> ResponseReturnValue:
    """That page as it is printed."""
    return _file("tom-tat.pdf", wave, version)


_FILES = {
    "csv": "download",
    "csv-excel": "download_for_people",
    "xlsx": "download_workbook",
    "docx": "download_report",
    "pdf": "download_report_pdf",
    "tom-tat.docx": "download_summary",
    "tom-tat.pdf": "download_summary_pdf",
}
"""Kind of file -> its view; every kind of `MIME` is public."""


def _url(view: str, shown: Published, **parts: str) -> str:
    """Where a page is of the version at hand, by the address under which that was asked for."""
    values: dict[str, Any] = {"wave": shown.wave.name, "version": shown.asked, **parts}
    return url_for(f"public.{view}", **values)


def _versions(shown: Published) -> dict[str, object]:
    """What a page says of the other versions: newest first, and whether this one is the newest."""
    listed = [
        (it, url_for("public.results", wave=shown.wave.name, version=it.number))
        for it in reversed(shown.versions)
    ]
    return {
        "versions": listed if len(listed) > 1 else [],
        "version": shown.version,
        "newest": shown.versions[-1],
    }


def _withdrawn(shown: Published) -> ResponseReturnValue:
    """Why there is nothing here any more."""
    said = {"wave": shown.wave, "index": index_of(shown.wave), **_versions(shown)}
    return page("public_withdrawn", **said), _GONE


def _published(name: str, version: int | None = None) -> Published:
    with house().database.reading() as connection:
        try:
            wave = waves.find(connection, name)
        except waves.NoSuchWave:
            abort(404)
        known = publications.versions(connection, wave.id)
    if not known or (version is not None and not 1 <= version <= len(known)):
        abort(404)
    chosen = known[-1 if version is None else version - 1]
    return Published(wave=wave, versions=known, version=chosen, asked=version)


def _trail() -> Trail:
    return ((words()["public_results"], url_for("public.results_list")),)
