"""What a reader of a unit's numbers should know, in words.

`analysis` writes flags such as `council:leadership:zero_variance` or `1.2.1:missing`; a sentence
is said once for each kind, with the groups and criteria that it is about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from survey_app.i18n import Words
from survey_app.office.results.read import Results, UnitLine
from survey_app.questionnaire.model import Text

_QUIET = frozenset({"ok", "census"})

Kinds = Mapping[str, list[str]]


def remarks(unit: UnitLine, results: Results, words: Words, language: str) -> tuple[str, ...]:
    """Every sentence about a unit, the gravest first."""
    w = words(language)
    said = [
        w[f"flag_{kind}"].format(about=", ".join(dict.fromkeys(_names(about, results, language))))
        if f"flag_{kind}" in w
        else kind
        for kind, about in _by_kind(unit.flags).items()
    ]
    if unit.crosses_grade:
        labels = grade_labels(results, language)
        ends = " – ".join(labels.get(end, end) for end in (unit.grade_lo, unit.grade_hi))
        said.append(w["flag_grade_crosses"].format(grades=ends))
    doubtful = [
        criterion.code
        for each in unit.fields
        for criterion in each.criteria
        if any(
            not group.withheld and (group.no_opinion_share or 0) > _HALF
            for group in criterion.groups
        )
    ]
    if doubtful:
        said.append(w["flag_no_opinion"].format(about=", ".join(doubtful)))
    return tuple(said)


_HALF = 0.5


def grade_labels(results: Results, language: str) -> Mapping[str, str]:
    """What each grade is called."""
    return {grade.code: _say(grade.label, language) for grade in results.index.grades}


def _by_kind(flags: tuple[str, ...]) -> Kinds:
    kinds: dict[str, list[str]] = {}
    for flag in sorted(flags, key=lambda flag: (flag != "incomplete", flag)):
        *about, kind = flag.split(":")
        kind = "calibration" if "calibration" in about else kind
        if kind not in _QUIET:
            kinds.setdefault(kind, []).extend(about[:1])
    return kinds


def _names(about: list[str], results: Results, language: str) -> Iterator[str]:
    for each in about:
        text = results.groups.get(each)
        yield each if text is None else _say(text, language)


def _say(text: Text, language: str) -> str:
    return text.get(language) or next(iter(text.values()), "")
