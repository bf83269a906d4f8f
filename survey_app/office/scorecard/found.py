"""The scorecard that an address names: as it was laid out for pages, or read whole.

A scorecard of 300 units is long. What a page shows of it is in files that were laid out when it
was made; a scorecard that was made before has none, and is read as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import abort, g, request, url_for
from flask_login import current_user

from survey_app.conduct.scoring import kept_pages
from survey_app.conduct.scoring.kept_pages import Json
from survey_app.office.guard.login import who
from survey_app.office.page import words
from survey_app.office.results.page import Trail, index_of, results_of
from survey_app.office.results.read import Results, UnitLine, read_results
from survey_app.office.wave_titles import title_of
from survey_app.office.waves.found import wave_named
from survey_app.store import scorecards
from survey_app.store.log import audit
from survey_app.store.scorecards import NoSuchScorecard, Scorecard
from survey_app.store.waves import Wave
from survey_app.web import house


@dataclass(frozen=True, kw_only=True)
class UnitShown:
    """A unit of a scorecard, and what was laid out of it; None where nothing was."""

    results: Results
    line: UnitLine
    laid_out: Json | None


def overview(name: str, number: int) -> Results:
    """Every unit of a scorecard, criteria left out where it was laid out."""
    wave, card = named(name, number)
    scores = kept_pages.read(house(), number, "detail")
    return results_of(wave, _whole(number)) if scores is None else _read(wave, card, scores)


def whole(name: str, number: int) -> Results:
    """Every number of a scorecard, as files need it."""
    wave, _ = named(name, number)
    return results_of(wave, _whole(number))


def unit(name: str, number: int, code: str) -> UnitShown:
    """One unit of a scorecard."""
    wave, card = named(name, number)
    scores = kept_pages.unit(house(), number, "detail", code)
    results = results_of(wave, _whole(number)) if scores is None else _read(wave, card, scores)
    line = results.unit(code) or abort(404)
    return UnitShown(results=results, line=line, laid_out=scores)


def named(name: str, number: int) -> tuple[Wave, Scorecard]:
    """The wave and the scorecard of an address, without its scores."""
    wave = wave_named(name)
    with house().database.reading() as connection:
        try:
            card = scorecards.without_scores(connection, number)
        except NoSuchScorecard:
            abort(404)
    if card.wave_id != wave.id:
        abort(404)
    return wave, card


def _whole(number: int) -> Scorecard:
    with house().database.reading() as connection:
        return scorecards.find(connection, number)


def _read(wave: Wave, card: Scorecard, scores: Json) -> Results:
    return read_results(wave, card, index_of(wave), house().units(wave.id), scores)


def log(shown: Results, what: str = "") -> None:
    """Looking is in the log too: nothing is withheld here, not even what a few people said."""
    _note("view", shown, what)


def log_download(shown: Results, kind: str) -> None:
    """So is taking a file away."""
    _note("download", shown, kind)


def _note(action: str, shown: Results, what: str) -> None:
    if request.method == "HEAD":
        return
    detail = f"{shown.wave.name} {shown.card.id} {what}".rstrip()
    with house().database.writing() as connection:
        audit.append(connection, who(), action, detail, house().stamp())


def trail(shown: Results, *, to_results: bool = True) -> Trail:
    """The pages above a page of results."""
    w, wave = words(), shown.wave
    above: Trail = ((w["waves_today"], url_for("office.waves")),)
    if current_user.may("wave.see"):
        above = (*above, (title_of(wave), url_for("office.wave", name=wave.name)))
    if to_results:
        above = (*above, (w["results"], address("card", shown)))
    return above


def address(page: str, shown: Results, **parts: Any) -> str:
    """The address of a page of a scorecard."""
    of_card: dict[str, Any] = {"name": shown.wave.name, "number": shown.card.id}
    if list(parts) != ["unit"]:
        return url_for(f"office.{page}", **of_card, **parts)
    known: dict[str, str] = g.setdefault("scorecard_addresses", {})
    if page not in known:  # a page of 300 units has thousands of them
        known[page] = url_for(f"office.{page}", **of_card, unit="-").removesuffix("-")
    return known[page] + quote(parts["unit"], safe="")


@dataclass(frozen=True, kw_only=True)
class Tab:
    """One of the pages of a scorecard."""

    name: str
    href: str
    is_current: bool


_TABS = {
    "card": frozenset({"card_unit", "card_explained", "card_explained_criterion"}),
    "card_fields": frozenset(),
    "card_criteria": frozenset({"card_criterion"}),
    "card_years": frozenset({"card_compare"}),
    "card_sensitivity": frozenset({"card_examine"}),
    "card_reports": frozenset({"card_report_texts", "card_unit_reports"}),
}
"""Page -> the pages that are found from it."""


def tabs(shown: Results) -> tuple[Tab, ...]:
    """The pages of a scorecard, the one at hand marked."""
    at = (request.endpoint or "").removeprefix("office.")
    return tuple(
        Tab(
            name=words()[f"scorecard_tab_{page}"],
            href=address(page, shown),
            is_current=at == page or at in also,
        )
        for page, also in _TABS.items()
    )
