"""What is said to whoever sends what cannot be taken: both languages, for we know of no reader."""

from __future__ import annotations

from html import escape
from pathlib import Path

from survey_app.i18n import LANGUAGES, Words

WORDS = Words.load(Path(__file__).with_name("words.yaml"))

HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    (
        "Content-Security-Policy",
        "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)

_PAGE = """<!doctype html>
<html lang="vi">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
{parts}
"""
_PART = '<section lang="{language}"><h1>{title}</h1><p>{note}</p></section>'

_SAID = {413: "too_large", 431: "malformed", 400: "malformed", 501: "malformed"}


def page(status: int) -> bytes:
    """The page for a status of HTTP."""
    key = _SAID.get(status, "broken")
    parts = "\n".join(
        _PART.format(
            language=language,
            title=escape(WORDS(language)[f"{key}_title"]),
            note=escape(WORDS(language)[f"{key}_note"]),
        )
        for language in LANGUAGES
    )
    return _PAGE.format(title=escape(WORDS("vi")[f"{key}_title"]), parts=parts).encode()
