"""The analysts' pages: every room registers its own; here is the log, and what is not found."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from survey_app.office import cards, uploads
from survey_app.office.access import needs
from survey_app.office.blueprint import blueprint
from survey_app.office.page import page, problem_page
from survey_app.office.waves import acting, changing, listing, making, one, parts_of
from survey_app.store import audit
from survey_app.web import house

__all__ = [
    "acting",
    "blueprint",
    "cards",
    "changing",
    "listing",
    "making",
    "one",
    "parts_of",
    "uploads",
]


@blueprint.get("/nhat-ky")
@needs("log.see")
def audit_log() -> ResponseReturnValue:
    """What was done here, by whom, and whether the log is whole."""
    with house().database.reading() as connection:
        said = {
            "lines": audit.last(connection, 200),
            "broken": audit.verify(connection),
            "newest": audit.head(connection),
        }
    return page("audit_log", **said)


@blueprint.errorhandler(404)
def _not_found(_: object) -> ResponseReturnValue:
    return problem_page("not_found"), 404


@blueprint.errorhandler(CSRFError)
def _stale(_: object) -> ResponseReturnValue:
    return problem_page("stale_form"), 400
