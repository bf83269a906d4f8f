"""The addresses that the pages of a scorecard had before they stood below their wave."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from survey_app.office.blueprint import blueprint
from survey_app.office.guard.access import needs
from survey_app.store import scorecards, waves
from survey_app.store.scorecards import NoSuchScorecard
from survey_app.web import house


@blueprint.get("/bang-diem/<int:number>")
@needs("results.see")
def results(number: int) -> ResponseReturnValue:
    """All units of a scorecard."""
    return _moved("card", number)


@blueprint.get("/bang-diem/<int:number>/don-vi/<unit>")
@needs("results.see")
def unit(number: int, unit: str) -> ResponseReturnValue:
    """One unit of a scorecard."""
    return _moved("card_unit", number, unit=unit)


@blueprint.get("/bang-diem/<int:number>/bieu-do.svg")
@needs("results.see")
def results_chart(number: int) -> ResponseReturnValue:
    """The chart of the units."""
    return _moved("card_chart", number, format_="svg")


@blueprint.get("/bang-diem/<int:number>/tai-ve/<kind>")
@needs("results.see")
def download(number: int, kind: str) -> ResponseReturnValue:
    """The scorecard as a file."""
    return _moved("card_file", number, kind=kind)


def _moved(page: str, number: int, **parts: Any) -> ResponseReturnValue:
    with house().database.reading() as connection:
        try:
            card = scorecards.without_scores(connection, number)
        except NoSuchScorecard:
            abort(404)
        wave = next(each for each in waves.list_(connection) if each.id == card.wave_id)
    # never handed to `url_for`: `name` and `_scheme` are its own words
    asked = f"?{urlencode(list(request.args.items(multi=True)))}" if request.args else ""
    to = url_for(f"office.{page}", name=wave.name, number=number, **parts)
    return redirect(f"{to}{asked}", 308)
