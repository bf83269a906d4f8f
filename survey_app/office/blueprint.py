"""The office blueprint, with which the other modules of this room register their pages."""

from __future__ import annotations

from flask import Blueprint

from survey_app.office.page import choose_language

blueprint = Blueprint(
    "office",
    __name__,
    url_prefix="/quan-tri",
    template_folder="templates",
    static_folder="static",
    static_url_path="/tinh",
)


@blueprint.before_request
def _language() -> None:
    choose_language(keep=True)
