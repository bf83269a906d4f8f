"""The accessibility statement, for everyone: what is aimed at, tested, and not yet good."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from survey_app.i18n import Words
from survey_app.office.page import HERE, choose_language, language, page

blueprint = Blueprint(
    "accessible", __name__, url_prefix="/kha-nang-tiep-can", template_folder="templates"
)

STATEMENT = Words.load(HERE / "accessibility.yaml")


@blueprint.before_request
def _language() -> None:
    choose_language(keep=False)


@blueprint.record_once
def _keep_the_old_address(state: BlueprintSetupState) -> None:
    """Links to the address of versions before this one still lead here."""

    def moved() -> ResponseReturnValue:
        return redirect(url_for("accessible.statement", lang=request.args.get("lang")), 301)

    state.app.add_url_rule("/tro-nang", "statement_before", moved)


@blueprint.get("")
def statement() -> str:
    """The statement."""
    return page("accessibility", statement=STATEMENT(language()))
