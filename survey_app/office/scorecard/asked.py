"""What is worked out about a scorecard at somebody's wish, by a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from flask.typing import ResponseReturnValue

from analysis.problems import ProblemsFound
from survey_app.office.jobs import asking, shown
from survey_app.office.pieces import faults
from survey_app.office.pieces.forms import Confirm
from survey_app.office.results.read import Results
from survey_app.store.waves import Refused


class _Page(Protocol):
    def __call__(self, card: Results, **more: Any) -> str: ...


def worked_out(
    kind: str, card: Results, page: _Page, more: Mapping[str, Any] | None = None
) -> ResponseReturnValue:
    """Ask for a job about a scorecard and go where it leads; where it is refused, to its page."""
    if not Confirm().validate_on_submit():
        return page(card), 400
    try:
        arguments = {"card": card.card.id, **(more or {})}
        return shown.way_on(asking.ask(kind, card.wave.name, arguments))
    except ProblemsFound as problems:
        return page(card, **faults.shown(problems)), 422
    except Refused as refused:
        return page(card, **faults.shown(refused)), 409
