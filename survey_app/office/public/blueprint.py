"""The blueprint of what anybody may read, and the language that its links carry."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, g, request
from werkzeug.datastructures import ImmutableMultiDict

from survey_app import i18n
from survey_app.office.page import choose_language, language

blueprint = Blueprint("public", __name__, url_prefix="/ket-qua", template_folder="../templates")


READ: Mapping[str, frozenset[str]] = {
    "public.results": frozenset({"sap-xep", "loc", "muc", "trang"}),
    "public.criterion": frozenset({"sap-xep"}),
}
"""View -> what it reads of the words behind its address, beside the language."""

_LONGEST = 100


@blueprint.before_request
def _language() -> None:
    choose_language(keep=False)


@blueprint.before_request
def _only_what_is_read() -> None:
    """Of the words behind an address count those that its page reads, each once.

    What else stands there makes no other page: it can neither be put into a page that is kept for
    everybody, nor have a report made anew for each number that somebody thinks of.
    """
    read = READ.get(request.endpoint or "", frozenset())
    args = {name: value[:_LONGEST] for name, value in request.args.items() if name in read}
    if request.args.get("lang") == language():
        args["lang"] = language()
    request.args = ImmutableMultiDict(args)


@blueprint.url_defaults
def _keep_language(endpoint: str, values: dict[str, object]) -> None:
    """Links carry the language, because nobody gets a cookie here."""
    if endpoint.startswith("public.") and g.get("language", i18n.LANGUAGES[0]) != i18n.LANGUAGES[0]:
        values.setdefault("lang", g.language)
