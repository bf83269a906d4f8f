"""Words for people, and the two places in them that are filled in: `{unit}` and `{year}`.

Filled in by plain replacement, in one pass and never by `str.format`: the name of a unit is data
and must not be able to reach anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from survey_app.questionnaire.model import Text

PLACEHOLDERS = ("unit", "year")
_FILLED = re.compile(r"\{(unit|year)\}")
_BRACED = re.compile(r"\{[^{}]*\}")


def words(text: Text, language: str, **pipes: str) -> str:
    """The text in a language, with `{unit}` and `{year}` filled in where they are given."""
    return _FILLED.sub(lambda matched: pipes.get(matched[1], matched[0]), text[language])


def placeholders(text: str) -> Iterator[str]:
    """Every `{...}` in a text, braces included."""
    return (matched[0] for matched in _BRACED.finditer(text))


def loose_brace(text: str) -> str:
    """A brace that belongs to no pair; empty when there is none."""
    brace = re.search(r"[{}]", _BRACED.sub("", text))
    return brace[0] if brace else ""
