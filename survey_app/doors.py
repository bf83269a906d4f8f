"""How much each door takes: a form of anyone's, a page of the survey, a file of an analyst's.

The server asks before it takes the first byte, and Flask again for whoever comes another way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Flask, request, session
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_cookie

from survey_app.respondent import views as respondent

FORM_BYTES = 64 * 1024
"""The largest form of the office: a name and a password."""

STRANGER_BYTES = respondent.MOST_BYTES
"""The most that is taken from someone who has not signed in."""

_LONGEST = 24 * 60 * 60
"""Seconds after which a session is over, however long this installation lets it last."""

LONG_FORM_BYTES = 1024 * 1024
"""A form with what the evidence for a whole field says: nine bytes a letter, as it is sent."""

_UPLOADS = frozenset(
    {
        *("office.upload", "office.replace_sample", "office.keep_population"),
        *("office.assessment_upload", "office.assessment_attach"),
    }
)
_LONG_FORMS = frozenset({"office.assessment_enter", "office.assessment_appraise"})
_SIGNED = "_user_id"
"""What Flask-Login keeps in the session of someone who has signed in."""


def guard(app: Flask) -> None:
    """Let Flask take no more than each door does."""
    app.config["MAX_CONTENT_LENGTH"] = FORM_BYTES  # the respondent's pages say their own

    @app.before_request
    def _open_wider() -> None:
        if request.endpoint in _UPLOADS and _SIGNED in session:
            request.max_content_length = _largest(app, request.endpoint)
        if request.endpoint in _LONG_FORMS and _SIGNED in session:
            request.max_content_length = request.max_form_memory_size = LONG_FORM_BYTES


def largest_body(app: Flask) -> Callable[[str, str, Mapping[str, str]], int]:
    """The door of an application: method, path and headers in, the most bytes it takes out."""

    def most(method: str, path: str, headers: Mapping[str, str]) -> int:
        endpoint = _endpoint(app, method, path)
        if endpoint.startswith(f"{respondent.blueprint.name}."):
            return STRANGER_BYTES
        is_wide = endpoint in _UPLOADS | _LONG_FORMS
        if is_wide and _is_signed(app, headers.get("COOKIE", "")):
            return _largest(app, endpoint)
        return FORM_BYTES

    return most


def _largest(app: Flask, endpoint: str) -> int:
    """The most that a page of somebody who has signed in takes."""
    if endpoint in _LONG_FORMS:
        return LONG_FORM_BYTES
    if endpoint == "office.assessment_attach":
        megabytes = app.extensions["cchc"].settings.evidence.file_megabytes
        return int(megabytes) * 1024 * 1024 + FORM_BYTES
    return int(app.extensions["cchc"].settings.protection.upload_megabytes) * 1024 * 1024


def _endpoint(app: Flask, method: str, path: str) -> str:
    try:
        endpoint, _ = app.url_map.bind("").match(path, method)
    except HTTPException:
        return ""
    return str(endpoint)


def _is_signed(app: Flask, cookies: str) -> bool:
    """Whether the session is ours and somebody's. Whether it still holds, the page finds out."""
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    cookie = parse_cookie(cookies).get(app.config["SESSION_COOKIE_NAME"], "")
    if signer is None or not cookie:
        return False
    try:
        return _SIGNED in signer.loads(cookie, max_age=_LONGEST)
    except BadSignature:
        return False
