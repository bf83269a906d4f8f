"""What an office writes on its letters and in its messages, for one wave and one language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from analysis import yaml_texts
from analysis.problems import Problem, ProblemsFound
from survey_app.i18n import LANGUAGES
from survey_app.letters import placeholders

_HERE = Path(__file__).parent

LONGEST: Mapping[str, int] = {
    "superior": 120,
    "agency": 120,
    "number": 60,
    "place": 60,
    "title": 160,
    "body": 3000,
    "signer_title": 200,
    "signer": 80,
    "message": 1000,
    "reminder": 1000,
    "email_subject": 160,
    "email": 4000,
}
"""Field -> most letters of it."""

LINES: Mapping[str, int] = {"body": 30, "signer_title": 4, "email": 200}
"""Fields of several lines -> most lines of them."""

FILLED = ("title", "body", "message", "reminder", "email_subject", "email")
"""Fields in which placeholders stand."""

WITHOUT_LINK = ("reminder",)
"""Nobody has the links any more when a reminder goes out: the store keeps their digests."""

NEED_LINK = ("message", "email")

Texts = Mapping[str, str]


@cache
def defaults(language: str) -> Texts:
    """What is said where the office has not written its own."""
    read = yaml_texts.read(_HERE / "texts.yaml")
    assert read.keys() == LONGEST.keys(), "texts.yaml has other fields"
    return {field: read[field][language] for field in LONGEST}


def complete(written: Texts, language: str) -> Texts:
    """The texts of an office, with the house's own for what it has not written."""
    assert language in LANGUAGES, language
    return {**defaults(language), **{f: text for f, text in written.items() if f in LONGEST}}


def tidied(text: str) -> str:
    """A text as it is kept: without control characters, and without blanks at its ends."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(each for each in plain if each == "\n" or each.isprintable())
    return "\n".join(line.rstrip() for line in kept.split("\n")).strip()


def checked(texts: Texts) -> Texts:
    """Texts that can be printed.

    Raises
    ------
    ProblemsFound
        Every placeholder that there is not, each with its place, and what is too long.
    """
    tidy = {field: tidied(texts.get(field, "")) for field in LONGEST}
    problems = [problem for field, text in tidy.items() for problem in _faults(field, text)]
    if problems:
        raise ProblemsFound(problems)
    return tidy


def _faults(field: str, text: str) -> Iterator[Problem]:
    most, lines = LONGEST[field], LINES.get(field, 1)
    if len(text) > most:
        message, counted = f"more than {most} letters", {"most": str(most)}
        yield Problem("letter-text-long", message, field, help="shorten it", values=counted)
    if text.count("\n") >= lines:
        message, counted = f"more than {lines} lines", {"most": str(lines)}
        yield Problem("letter-text-lines", message, field, help="join lines", values=counted)
    if field in FILLED:
        yield from placeholders.faults(text, field)
        yield from _about_the_link(field, has_link="duong_dan" in placeholders.used(text))


def _about_the_link(field: str, *, has_link: bool) -> Iterator[Problem]:
    if field in NEED_LINK and not has_link:
        message = "nobody could answer: the text has no {duong_dan}"
        yield Problem("letter-no-link", message, field, help="put {duong_dan} into it")
    if field in WITHOUT_LINK and has_link:
        message = "the store has no links any more when a reminder goes out"
        yield Problem("letter-link-gone", message, field, help="take {duong_dan} out of it")
