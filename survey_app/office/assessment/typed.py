"""Points that were typed into a page: read, checked, and kept there until they can be taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from flask import request

from survey_app.conduct.assessment.assessing import Asked
from survey_app.fieldwork import values
from survey_app.fieldwork.assessment.points import Adjustment, Assessed, Line, Whose
from survey_app.fieldwork.values import Unreadable
from survey_app.i18n import LANGUAGES, MINUS
from survey_app.office.assessment.sheets import LeafLine
from survey_app.office.page import language, words

LONGEST = 4000
"""Letters of evidence, of a reason, of a question."""

_LONGEST_NUMBER = 12
_LONGEST_BASIS = 400
LINES = 30
"""Bonus and penalty lines that a unit may have: as many as its workbook has room for."""

BLANK_LINES = 4
"""Lines for more that a page shows below those that are there."""


def spoken_points(points: str | Decimal | None) -> str:
    """Points as the reader's language writes them; a dash where there are none."""
    if points is None or points == "":
        return "–"
    text = values.plain(points) if isinstance(points, Decimal) else points
    spoken = text.replace(".", ",") if language() == LANGUAGES[0] else text
    return spoken.replace("-", MINUS)


@dataclass
class TypedPoints:
    """What was typed about the leaves of a field, by one side."""

    whose: Whose
    sent: Mapping[str, str]
    rows: list[Assessed] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    """Name of an input -> what is wrong with it."""
    overtaken: dict[str, Line] = field(default_factory=dict)
    """Criterion -> what somebody else has made of it meanwhile."""

    def value(self, name: str, code: str, kept: str) -> str:
        """What stands in an input: what was typed, or else what is kept."""
        return self.sent.get(f"{name}-{code}", kept)

    def version(self, code: str, kept: int) -> int:
        """The version that is on the page: after a conflict the one that was shown with it."""
        typed = self.sent.get(f"version-{code}", "")
        if code in self.overtaken or not typed.isascii() or not typed.isdigit():
            return kept
        return int(typed[:9])


def none(whose: Whose) -> TypedPoints:
    """A page that nothing was typed into yet."""
    return TypedPoints(whose, {})


def read(lines: Sequence[LeafLine], whose: Whose) -> TypedPoints:
    """What the request at hand says of the leaves of a field."""
    typed = TypedPoints(whose, request.form)
    takes_own = whose == "appraised" and bool(request.form.get("take-own"))
    for each in lines:
        code = each.leaf.code
        if whose == "appraised":
            _ask(typed, code)
        if f"points-{code}" not in request.form:
            continue
        points = _points(typed, each)
        if not points and takes_own:
            points = each.line.own
        said = _words(typed, f"words-{code}")
        if whose == "appraised" and not said and _are_other(points, each.line.own):
            lacks = words()["assessment_needs_reason"].format(code=code)
            typed.problems[f"words-{code}"] = lacks
        version = typed.version(code, each.line.version(whose))
        typed.rows.append(Assessed(each.line.unit, code, points, said, version=version))
    return typed


def _are_other(points: str, own: str) -> bool:
    """Whether appraisers give other points than the unit gave itself."""
    return bool(points and own) and Decimal(points) != Decimal(own)


def _points(typed: TypedPoints, each: LeafLine) -> str:
    name = f"points-{each.leaf.code}"
    text = values.tidy(typed.sent.get(name, ""))
    if not text:
        return ""
    w = words()
    try:
        number = values.decimal(text[: _LONGEST_NUMBER + 1])
    except Unreadable:
        typed.problems[name] = w["assessment_not_a_number"].format(code=each.leaf.code)
        return ""
    if len(text) > _LONGEST_NUMBER or not 0 <= number <= each.leaf.points:
        most = spoken_points(each.leaf.points)
        said = w["assessment_out_of_range"].format(code=each.leaf.code, most=most)
        typed.problems[name] = said
        return ""
    return values.plain(number)


def _words(typed: TypedPoints, name: str) -> str:
    """Lines of words, without what cannot be seen."""
    text = values.tidy(typed.sent.get(name, "").replace("\r\n", "\n"))
    if len(text) > LONGEST:
        typed.problems[name] = words()["assessment_too_long"].format(most=LONGEST)
    return "".join(letter for letter in text if letter.isprintable() or letter == "\n")


def _ask(typed: TypedPoints, code: str) -> None:
    question = _words(typed, f"question-{code}")
    if question:
        typed.asked.append(Asked(criterion=code, question=question))


def one_text(name: str) -> tuple[str, str]:
    """A text that must be there, and what is wrong with it."""
    typed = TypedPoints("own", request.form)
    text = _words(typed, name)
    if not text:
        return "", words()["assessment_needs_words"]
    return text, typed.problems.get(name, "")


def adjustments(unit: str) -> tuple[list[Adjustment], list[str]]:
    """Bonus and penalty lines that were typed, and what is wrong with them."""
    w = words()
    lines, problems = [], []
    for number in range(LINES):
        text = values.tidy(request.form.get(f"points-{number}", "")).replace(MINUS, "-")
        basis = " ".join(values.tidy(request.form.get(f"basis-{number}", "")).split())
        if not text and not basis:
            continue
        try:
            points = values.decimal(text[: _LONGEST_NUMBER + 1])
        except Unreadable:
            points = Decimal(0)
        if not points or not basis or len(basis) > _LONGEST_BASIS or len(text) > _LONGEST_NUMBER:
            problems.append(w["assessment_adjustment_wrong"].format(line=number + 1))
        lines.append(
            Adjustment(unit, values.plain(points) if points else text[:12], basis[:_LONGEST_BASIS])
        )
    return lines, problems
