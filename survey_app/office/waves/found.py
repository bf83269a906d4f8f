"""The wave that an address names, and the paths that lead to its pages."""

from __future__ import annotations

from collections.abc import Mapping

from flask import abort, url_for

from survey_app.office.guard.access import may_see
from survey_app.store import scorecards
from survey_app.store import waves as kept
from survey_app.store.engine.database import Connection
from survey_app.store.waves import NoSuchWave, Wave
from survey_app.web import house


def wave_named(name: str) -> Wave:
    """The wave of an address; a page that there is not where nothing is called so."""
    with house().database.reading() as connection:
        try:
            return kept.find(connection, name)
        except NoSuchWave:
            abort(404)


def address(page: str, wave: Wave) -> str:
    """Where a page of a wave is: of a task, or of the remedy of what stands in its way."""
    if page in _OF_A_CARD:
        with house().database.reading() as connection:
            return _results(connection, wave, _OF_A_CARD[page])
    return url_for(_ENDPOINTS[page], name=wave.name)


def may_go(page: str) -> bool:
    """Whether the account at hand may see that page."""
    return may_see(_ENDPOINTS.get(page) or _OF_A_CARD[page], {})


def _results(connection: Connection, wave: Wave, endpoint: str) -> str:
    card = scorecards.latest(connection, wave.id)
    if card is None:
        return url_for("office.wave", name=wave.name) + "#h-scorecards"
    return url_for(endpoint, name=wave.name, number=card.id)


_OF_A_CARD: Mapping[str, str] = {
    "results": "office.card",
    "report": "office.card",
    "sensitivity": "office.card_sensitivity",
}
"""Pages of the newest scorecard."""


_ENDPOINTS: Mapping[str, str] = {
    "wave": "office.wave",
    "forms": "office.wave_forms",
    "units": "office.wave_units",
    "frame": "office.wave_frame",
    "sample": "office.wave_sample",
    "letters": "office.wave_letters",
    "change": "office.change_wave",
    "delete": "office.delete_wave",
    "watch": "office.board",
    "progress": "office.board",
    "open": "office.open_wave",
    "close": "office.close_wave",
    "score": "office.merge_wave",
    "merge": "office.merge_wave",
    "publish": "office.publish_wave",
    "quality": "office.wave_quality",
    "calls": "office.call_backs_page",
    "points": "office.assessment",
}
