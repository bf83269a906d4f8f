"""The pages of a scorecard: all units, one unit, fields, criteria; and its files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Response, abort, request
from flask.typing import ResponseReturnValue

from survey_app.conduct.scoring import kept_pages
from survey_app.office.blueprint import blueprint
from survey_app.office.documents import gathering, turns
from survey_app.office.documents.chart import CHARTS, Format, chart
from survey_app.office.documents.downloads import MIME, file_of
from survey_app.office.guard.access import needs
from survey_app.office.jobs import asking, files
from survey_app.office.page import WORDS, language, page, words
from survey_app.office.results.page import Links, results_page, study_of, unit_parts
from survey_app.office.results.read import Results
from survey_app.office.scorecard import criteria, fields, found, options, profile
from survey_app.web import house


@blueprint.get("/dot/<name>/ket-qua/<int:number>")
@needs("results.see")
def card(name: str, number: int) -> ResponseReturnValue:
    """All units of a scorecard, the chart first."""
    shown = found.overview(name, number)
    found.log(shown)
    links = Links(
        unit=lambda code: found.address("card_unit", shown, unit=code),
        chart=found.address("card_chart", shown, format_="svg"),
        downloads=tuple(
            (words()[f"download_{kind}"], found.address("card_file", shown, kind=kind))
            for kind in MIME
        ),
        explained=lambda code: found.address("card_explained", shown, unit=code),
    )
    return results_page(
        shown, "wave_base", links, found.trail(shown, to_results=False), **common(shown)
    )


def common(shown: Results) -> dict[str, Any]:
    """What every page of a scorecard shows: its tabs, and where its other pages are."""
    has_sensitivity = kept_pages.read(house(), shown.card.id, "sensitivity") is not None
    return {
        "tabs": found.tabs(shown),
        "lead_to": partial(found.address, shown=shown),
        "unexamined": shown.is_draft and not has_sensitivity,
    }


def of_card(template: str, results: Results, /, **more: Any) -> str:
    """A page of a scorecard."""
    return page(
        f"scorecard/{template}",
        results=results,
        wave=results.wave,
        base="office/wave_base.html",
        trail=found.trail(results),
        **common(results),
        **more,
    )


@blueprint.get("/dot/<name>/ket-qua/<int:number>/don-vi/<unit>")
@needs("results.see")
def card_unit(name: str, number: int, unit: str) -> ResponseReturnValue:
    """One unit of a scorecard: its class and last year beside it, and what its points are."""
    shown = found.unit(name, number, unit)
    results = shown.results
    found.log(results, unit)
    last = kept_pages.unit(house(), number, "comparison", unit)
    laid_out = shown.laid_out
    return of_card(
        "unit",
        results,
        **unit_parts(results, shown.line),
        figure=profile.of(results, laid_out, last) if laid_out else None,
        answers=options.answers(results, study_of(results.wave), laid_out) if laid_out else (),
        last=last,
        explained=lambda code: found.address(
            "card_explained_criterion", results, unit=unit, criterion=code
        ),
    )


@blueprint.get("/dot/<name>/ket-qua/<int:number>/linh-vuc")
@needs("results.see")
def card_fields(name: str, number: int) -> ResponseReturnValue:
    """Units by fields, as a heat map."""
    shown = found.overview(name, number)
    found.log(shown, "fields")
    return of_card(
        "fields",
        shown,
        shown=fields.table(shown).page(fields.rows(shown), request.args.to_dict()),
        steps=fields.steps(language()),
    )


@blueprint.get("/dot/<name>/ket-qua/<int:number>/tieu-chi")
@needs("results.see")
def card_criteria(name: str, number: int) -> ResponseReturnValue:
    """The criteria of the survey, each with a page of its own."""
    shown = found.overview(name, number)
    found.log(shown, "criteria")
    return of_card("criteria", shown)


@blueprint.get("/dot/<name>/ket-qua/<int:number>/tieu-chi/<criterion>")
@needs("results.see")
def card_criterion(name: str, number: int, criterion: str) -> ResponseReturnValue:
    """One criterion: every unit."""
    shown = found.overview(name, number)
    leaves = {leaf.code: leaf for leaf in shown.index.leaves if leaf.assessed == "survey"}
    leaf = leaves.get(criterion) or abort(404)
    found.log(shown, criterion)
    laid_out = kept_pages.criterion(house(), number, criterion)
    lines = criteria.lines(shown, leaf, laid_out) if laid_out else ()
    codes = list(leaves)
    at = codes.index(criterion)
    return of_card(
        "criterion",
        shown,
        leaf=leaf,
        shown=criteria.TABLE.page(lines, request.args.to_dict()),
        figure=criteria.figure(lines, leaf),
        before=codes[at - 1] if at else None,
        after=codes[at + 1] if at + 1 < len(codes) else None,
        is_laid_out=laid_out is not None,
    )


@blueprint.get("/dot/<name>/ket-qua/<int:number>/bieu-do.<any(svg, png):format_>")
@needs("results.see")
def card_chart(name: str, number: int, format_: Format) -> ResponseReturnValue:
    """The chart of the units, to put into a document."""
    shown = found.overview(name, number)
    with turns.turn():
        drawn = chart(shown, WORDS, language(), format_)
    return Response(drawn, mimetype=CHARTS[format_])


@blueprint.get("/dot/<name>/ket-qua/<int:number>/tai-ve/<kind>")
@needs("results.see")
def card_file(name: str, number: int, kind: str) -> ResponseReturnValue:
    """The scorecard as a file: csv, xlsx or docx."""
    if kind not in MIME:
        abort(404)
    if request.method == "HEAD" or house().settings.workers is None:
        shown = found.whole(name, number)
        found.log_download(shown, kind)
        with turns.turn():
            return file_of(shown, WORDS, language(), kind, gathering.beside(house(), shown))
    found.named(name, number)
    wanted: Mapping[str, Any] = {"card": number, "kind": kind, "language": language()}
    return files.fetched(asking.ask("report", name, dict(wanted)))
