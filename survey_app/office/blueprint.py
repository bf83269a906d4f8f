"""The office blueprint, with which the other modules of this room register their pages."""

from __future__ import annotations

from flask import request

from survey_app.office.page import choose_language
from survey_app.office.static_files import BlueprintWithFiles

blueprint = BlueprintWithFiles(
    "office",
    __name__,
    url_prefix="/quan-tri",
    template_folder="templates",
    static_folder="static",
    static_url_path="/tinh",
)
blueprint.mark_addresses()


@blueprint.before_request
def _language() -> None:
    if request.endpoint != f"{blueprint.name}.static":  # which is the same for everybody
        choose_language(keep=True)
