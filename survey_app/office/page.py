"""What every page of the office and of the public results shares: words, numbers, the language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import g, render_template, request, session, url_for

from survey_app import i18n
from survey_app.i18n import Words
from survey_app.office import days
from survey_app.questionnaire.model import Text

HERE = Path(__file__).parent

WORDS = Words.load(HERE / "words.yaml", HERE / "report.yaml", *sorted(HERE.glob("*/words.yaml")))
"""The words of every page: each room of the office brings its own file."""

LANGUAGE_NAMES = {"vi": "Tiếng Việt", "en": "English"}


def language() -> str:
    """The language of the request at hand."""
    return str(g.get("language", i18n.LANGUAGES[0]))


def choose_language(*, keep: bool) -> None:
    """Take the language asked for; the office keeps it in its session, the public in links."""
    wished = request.args.get("lang")
    g.language = i18n.choose(wished, session.get("language") if keep else None)
    if keep and wished == g.language and session.get("language") != wished:
        session["language"] = wished


def words() -> Mapping[str, str]:
    """The house's words in the language of the request."""
    return WORDS(language())


def page(template: str, **context: Any) -> str:
    """A page with everything that templates may use: loops, names, and these."""
    spoken = language()
    return render_template(
        f"office/{template}.html",
        w=WORDS(spoken),
        lang=spoken,
        other=next(each for each in i18n.LANGUAGES if each != spoken),
        language_names=LANGUAGE_NAMES,
        in_language=_in_language,
        n=partial(_number, spoken),
        pct=lambda value, places=1: i18n.percent(value, spoken, places),
        count=lambda value: i18n.number(value, spoken, 0),
        day=lambda value: i18n.day(value, spoken),
        moment=lambda value: i18n.moment(value, spoken),
        day_parts=days.parts,
        said=lambda text: say(text, spoken),
        **context,
    )


def problem_page(key: str) -> str:
    """A page that says what is wrong and leads home: words under `key` and `key_help`."""
    w = words()
    home = url_for("office.waves")
    return page("problem", base="office/base.html", home=home, title=w[key], help=w[f"{key}_help"])


def say(text: Text | str, spoken: str) -> str:
    """A text of a questionnaire in a language, or in the first it has."""
    if isinstance(text, str):
        return text
    return text.get(spoken) or next(iter(text.values()), "")


def _in_language(spoken: str) -> str:
    """The address at hand in another language, with all that it asks for."""
    return "?" + urlencode({**request.args.to_dict(flat=False), "lang": spoken}, doseq=True)


def _number(spoken: str, value: float | str | None, places: int = 2) -> str:
    return i18n.number(value, spoken, places)
