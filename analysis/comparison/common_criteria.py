"""Which criteria both years ask and score alike, and why the others are left out.

A criterion is known by its code. It is compared when both years give it the same maximum, average
it in the same way, ask the same groups the same questions with the same group weights, and give
every option of those questions the same coefficient. Words may have been mended since: a question
or an option whose label differs is told, and left out only where the analyst says so.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from analysis.dataset.model import Criterion, Dataset, Question
from analysis.numeric import rounded

Rewording = Literal["compare", "leave-out"]
YEAR = re.compile(r"\b(19|20)\d\d\b")


@dataclass(frozen=True, kw_only=True)
class CriterionMatch:
    """A criterion of either year.

    Attributes
    ----------
    name : str
        Its code.
    reason : str
        Why it is left out; blank where it is compared.
    detail : str
        What differs, last year's value first.
    max_points : float
        The maximum, of this year where this year asks it.
    reworded : tuple of str
        Questions, and options as "question option", whose labels differ between the years.
    """

    name: str
    reason: str
    detail: str
    max_points: float
    reworded: tuple[str, ...] = ()


def match_criteria(
    last: Dataset, this: Dataset, reworded: Rewording = "compare"
) -> tuple[CriterionMatch, ...]:
    """Every criterion of either year, in this year's order, then those that only last year asked.

    Parameters
    ----------
    last, this : Dataset
        The two years.
    reworded : {"compare", "leave-out"}, default "compare"
        What becomes of a criterion whose questions or options were reworded.

    Returns
    -------
    tuple of CriterionMatch
    """
    before = {criterion.name: criterion for criterion in last.criteria}
    matches = [
        _match(last, this, before.pop(criterion.name, None), criterion, reworded)
        for criterion in this.criteria
    ]
    gone = [
        CriterionMatch(name=name, reason="only_last", detail="", max_points=criterion.max_points)
        for name, criterion in before.items()
    ]
    return (*matches, *gone)


def restricted(data: Dataset, names: tuple[str, ...]) -> Dataset:
    """The data set with these criteria, in this order, and their questions only.

    Links are sorted by the names of group and question, so that those of two years stand alike.
    """
    by_name = {criterion.name: criterion for criterion in data.criteria}
    criteria = [by_name[name] for name in names]
    asked = sorted({link.question for criterion in criteria for link in criterion.links})
    number = {question: position for position, question in enumerate(asked)}
    return replace(
        data,
        questions=tuple(data.questions[question] for question in asked),
        answers=data.answers[asked],
        criteria=tuple(_renumbered(data, criterion, number) for criterion in criteria),
    )


def _renumbered(data: Dataset, criterion: Criterion, number: Mapping[int, int]) -> Criterion:
    links = sorted(
        criterion.links,
        key=lambda link: (data.groups[link.group], data.questions[link.question].name),
    )
    numbered = tuple(replace(link, question=number[link.question]) for link in links)
    return replace(criterion, links=numbered)


def _match(
    last: Dataset, this: Dataset, old: Criterion | None, new: Criterion, reworded: Rewording
) -> CriterionMatch:
    if old is None:
        return CriterionMatch(
            name=new.name, reason="only_this", detail="", max_points=new.max_points
        )
    reason, detail = _difference(last, this, old, new)
    words: tuple[str, ...] = ()
    if not reason:
        words = _reworded(last, this, new)
        if words and reworded == "leave-out":
            reason, detail = "reworded", ", ".join(words)
    return CriterionMatch(
        name=new.name, reason=reason, detail=detail, max_points=new.max_points, reworded=words
    )


def _difference(last: Dataset, this: Dataset, old: Criterion, new: Criterion) -> tuple[str, str]:
    """Why the two are not scored alike, and what differs; both blank where they are."""
    if rounded(old.max_points) != rounded(new.max_points):
        return "max_points_differ", f"{old.max_points:g}, {new.max_points:g}"
    if old.average != new.average:
        return "average_differs", f"{old.average}, {new.average}"
    before, after = _weights(last, old), _weights(this, new)
    if before.keys() != after.keys():
        lost = [
            f"-{group}:{question}" for group, question in before if (group, question) not in after
        ]
        gained = [
            f"+{group}:{question}" for group, question in after if (group, question) not in before
        ]
        return "questions_differ", ", ".join([*lost, *gained])
    if new.average == "equal":  # a pooled criterion asks the weights only who is in
        for (group, question), weight in before.items():
            if rounded(weight) != rounded(after[group, question]):
                detail = f"{group}:{question} {weight:g}, {after[group, question]:g}"
                return "group_weights_differ", detail
    for name in dict.fromkeys(question for _, question in after):
        detail = _options_differ(_question(last, name), _question(this, name))
        if detail:
            return "options_differ", detail
    return "", ""


def _weights(data: Dataset, criterion: Criterion) -> dict[tuple[str, str], float]:
    """By group and question: the group's share of the criterion."""
    total = sum(link.weight for link in criterion.links)
    return {
        (data.groups[link.group], data.questions[link.question].name): link.weight / total
        for link in criterion.links
    }


def _question(data: Dataset, name: str) -> Question:
    return data.questions[data.question_number(name)]


def _options_differ(old: Question, new: Question) -> str:
    """The first option that is new, gone, or worth another coefficient."""
    before, after = (_coefficients(question) for question in (old, new))
    for option in dict.fromkeys((*before, *after)):
        one, other = before.get(option, "none"), after.get(option, "none")
        if one != other:
            return f"{new.name} {option}: {one}, {other}"
    return ""


def _coefficients(question: Question) -> dict[str, str]:
    """What each option is worth, in words: `blank` carries no opinion, `none` is no option."""
    return {
        option: "blank" if math.isnan(coef) else repr(float(rounded(coef)))
        for option, coef in zip(question.options, question.coefs, strict=True)
    }


def _reworded(last: Dataset, this: Dataset, criterion: Criterion) -> tuple[str, ...]:
    """Questions and options whose labels both years have, and that differ."""
    names = dict.fromkeys(this.questions[link.question].name for link in criterion.links)
    changed: list[str] = []
    for name in names:
        options = [f"{name} {option}" for option in _question(this, name).options]
        for kind, codes in (("questions", [name]), ("options", options)):
            old, new = last.labels.get(kind, {}), this.labels.get(kind, {})
            changed += [
                code
                for code in codes
                if code in old and code in new and _plain(old[code]) != _plain(new[code])
            ]
    return tuple(changed)


def _plain(label: str) -> str:
    """A label without what may differ by nature: spaces, forms of letters, and the year itself."""
    text = unicodedata.normalize("NFC", " ".join(label.split()))
    return YEAR.sub("{year}", text)
