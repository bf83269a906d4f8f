"""The accessibility statement, for everyone: what is aimed at, tested, and not yet good."""

from __future__ import annotations

from flask import Blueprint

from survey_app.i18n import Words
from survey_app.office.page import HERE, choose_language, language, page

blueprint = Blueprint("accessible", __name__, url_prefix="/tro-nang", template_folder="templates")

STATEMENT = Words.load(HERE / "accessibility.yaml")


@blueprint.before_request
def _language() -> None:
    choose_language(keep=False)


@blueprint.get("")
def statement() -> str:
    """The statement."""
    return page("accessibility", statement=STATEMENT(language()))
