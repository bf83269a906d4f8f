"""How a publication is read, in plain words: for who has never met an interval."""

from __future__ import annotations

from survey_app import i18n
from survey_app.office.page import WORDS, language, say, words
from survey_app.office.results import method
from survey_app.office.results.read import Results

Said = tuple[str, str]

_TERMS = (
    *("index", "field", "survey", "appraised", "ratio", "rank", "interval", "rank_range", "band"),
    *("grade", "rate", "no_opinion", "withheld"),
)
_OF_MERGED = frozenset({"index", "appraised", "grade"})
"""Words that only speak of results with appraised points."""


def questions(results: Results) -> tuple[Said, ...]:
    """What the number is, who was asked, what an interval says, what is withheld and why."""
    w, spoken = words(), language()
    level = i18n.percent(results.level, spoken, 0)
    groups = ", ".join(say(text, spoken).lower() for text in results.groups.values())
    kind = "merged" if results.is_merged else "survey"
    return (
        (w["public_ask_number"], w[f"public_tell_number_{kind}"]),
        (w["public_ask_who"], w["public_tell_who"].format(groups=groups)),
        (w["public_ask_interval"], w["public_tell_interval"].format(level=level)),
        (w["public_ask_band"], w["public_tell_band"]),
        (
            w["public_ask_withheld"],
            w["public_tell_withheld"].format(fewest=results.index.publish_from),
        ),
    )


def terms(results: Results) -> tuple[Said, ...]:
    """A short list of words, each with what it means."""
    w = words()
    level = i18n.percent(results.level, language(), 0)
    kept = [name for name in _TERMS if results.is_merged or name not in _OF_MERGED]
    return tuple(
        (
            w[f"public_term_{name}"],
            w[f"public_means_{name}"].format(level=level, fewest=results.index.publish_from),
        )
        for name in kept
    )


def told(results: Results) -> dict[str, object]:
    """What the page of method and words says."""
    return {
        "results": results,
        "reading": questions(results),
        "terms": terms(results),
        "method": method.lines(results, WORDS, language()),
    }
