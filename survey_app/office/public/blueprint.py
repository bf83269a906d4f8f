"""The blueprint of what anybody may read, and the language that its links carry."""

from __future__ import annotations

from flask import Blueprint, g

from survey_app import i18n
from survey_app.office.page import choose_language

blueprint = Blueprint("public", __name__, url_prefix="/ket-qua", template_folder="../templates")


@blueprint.before_request
def _language() -> None:
    choose_language(keep=False)


@blueprint.url_defaults
def _keep_language(endpoint: str, values: dict[str, object]) -> None:
    """Links carry the language, because nobody gets a cookie here."""
    if endpoint.startswith("public.") and g.get("language", i18n.LANGUAGES[0]) != i18n.LANGUAGES[0]:
        values.setdefault("lang", g.language)
