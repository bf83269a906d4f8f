"""Another scoring key: group weights and coefficients given as arguments.

They stand in place of what criteria.csv and options.csv say, and whatever is not named keeps what
the files say. Both are mappings of one shape, so that they can be written as JSON and read back:

    {"council": 2, "leaders": 1}             weights of groups, in every criterion that asks them
    {"council": 2, "C1": {"council": 3}}     the same, but 3 in C1
    {"A": 1, "B": 0.5, "KB": None}           coefficients of options; None carries no opinion
    {"q1": {"A": 1, "B": 0.7}}               the same, of one question
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from numbers import Integral, Real
from typing import Any

from analysis.dataset.checks import LARGEST
from analysis.dataset.model import Criterion, Dataset, Question
from analysis.problems import closest

Value = float | None
Changes = Mapping[str, Value | Mapping[str, Value]]


@dataclass(frozen=True, kw_only=True)
class KeyChanges:
    """Group weights and coefficients that differ from those of the files.

    Parameters
    ----------
    group_weights : mapping, default empty
        By group, or by criterion and group: ``{group: weight}``, ``{criterion: {group: weight}}``
        or ``{(criterion, group): weight}``, mixed at will; what names a criterion goes before what
        does not. The weight of a group is shared among its questions in a criterion in the
        proportions of criteria.csv; a group of weight 0 is left out. In a criterion that pools its
        answers, weights only say who is in.
    coefficients : mapping, default empty
        By option, or by question and option, in the same shapes: numbers from 0 to 1, or None for
        an option that carries no opinion.

    Raises
    ------
    ValueError
        When a value is none of those allowed.
    """

    group_weights: Changes = field(default_factory=dict)
    coefficients: Changes = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, check in (("group_weights", _weight), ("coefficients", _coefficient)):
            object.__setattr__(self, name, _canonical(name, getattr(self, name), check))

    def written(self) -> dict[str, Any]:
        """What there is to write beside the other settings; empty when nothing is changed."""
        parts = {"group_weights": self.group_weights, "coefficients": self.coefficients}
        return {name: part for name, part in parts.items() if part}

    def applied(self, data: Dataset) -> Dataset:
        """The data set under this scoring key.

        Raises
        ------
        ValueError
            When a group, criterion, question or option is not in the data set, or every group of a
            criterion has weight 0.
        """
        if not self.written():
            return data
        self._check_groups(data)
        self._check_options(data)
        criteria = tuple(self._criterion(criterion, data.groups) for criterion in data.criteria)
        questions = tuple(self._question(question) for question in data.questions)
        return replace(data, criteria=criteria, questions=questions)

    def _check_groups(self, data: Dataset) -> None:
        asked = {
            criterion.name: list(dict.fromkeys(data.groups[link.group] for link in criterion.links))
            for criterion in data.criteria
        }
        _check_names("group_weights", self.group_weights, asked, ("group", "criterion"))

    def _check_options(self, data: Dataset) -> None:
        options = {question.name: question.options for question in data.questions}
        _check_names("coefficients", self.coefficients, options, ("option", "question"))

    def _criterion(self, criterion: Criterion, groups: tuple[str, ...]) -> Criterion:
        total: dict[int, float] = {}
        for link in criterion.links:
            total[link.group] = total.get(link.group, 0.0) + link.weight
        links = []
        for link in criterion.links:
            given = _given(self.group_weights, criterion.name, groups[link.group], math.nan)
            weight = given * (link.weight / total[link.group])
            links.append(link if math.isnan(given) else replace(link, weight=weight))
        kept = tuple(link for link in links if link.weight > 0)
        if not kept:
            raise ValueError(f"group_weights: every group of {criterion.name!r} has weight 0")
        return replace(criterion, links=kept)

    def _question(self, question: Question) -> Question:
        pairs = zip(question.options, question.coefs, strict=True)
        coefs = tuple(
            math.nan if value is None else value
            for value in (
                _given(self.coefficients, question.name, option, coef) for option, coef in pairs
            )
        )
        return replace(question, coefs=coefs)


def _given(changes: Changes, whole: str, part: str, usual: float) -> Any:
    """The value for a part (a group, an option) of a whole (a criterion, a question)."""
    special = changes.get(whole)
    if isinstance(special, Mapping) and part in special:
        return special[part]
    general = changes.get(part, usual)
    return usual if isinstance(general, Mapping) else general


def _canonical(name: str, given: Any, check: Callable[[str, Any], Value]) -> Changes:
    """One form for all that may be given: names as text in order, numbers as floats."""
    if not isinstance(given, Mapping):
        message = f"{name}={given!r}: a mapping, such as {{name: number}}"
        raise ValueError(message)  # noqa: TRY004 - as every other value that is not allowed
    plain: dict[str, Value] = {}
    special: dict[str, dict[str, Value]] = {}
    for key, value in given.items():
        if isinstance(key, tuple) and len(key) == 2:
            whole, part = _text(name, key[0]), _text(name, key[1])
            special.setdefault(whole, {})[part] = check(name, value)
        elif isinstance(value, Mapping):
            inner = {_text(name, part): check(name, one) for part, one in value.items()}
            special.setdefault(_text(name, key), {}).update(inner)
        else:
            plain[_text(name, key)] = check(name, value)
    both = sorted(plain.keys() & special.keys())
    if both:
        raise ValueError(f"{name}: {both[0]!r} has a number and a mapping")
    ordered = {whole: dict(sorted(special[whole].items())) for whole in sorted(special)}
    return dict(sorted(plain.items())) | ordered


def _text(name: str, key: Any) -> str:
    if isinstance(key, str):
        return key
    if not isinstance(key, bool) and isinstance(key, Integral):
        return str(key)
    raise ValueError(f"{name}: {key!r} is no name: write it as text")


def _weight(name: str, value: Any) -> float:
    number = _number(value)
    if number == 0 or 1 / LARGEST <= number <= LARGEST:
        return number
    raise ValueError(f"{name}: {value!r} is no weight: a number from 0 on, such as 2")


def _coefficient(name: str, value: Any) -> Value:
    if value is None or (isinstance(value, float) and math.isnan(value)):  # as a DataFrame has it
        return None
    if 0 <= _number(value) <= 1:
        return _number(value)
    raise ValueError(f"{name}: {value!r} is no coefficient: a number from 0 to 1, or None")


def _number(value: Any) -> float:
    """A number as a float; NaN for what is none."""
    if not isinstance(value, bool) and isinstance(value, Real):
        return float(value)
    return math.nan


def _check_names(
    name: str, changes: Changes, known: Mapping[str, Collection[str]], kinds: tuple[str, str]
) -> None:
    """Every part and every whole that is named is one of the data set."""
    parts = list(dict.fromkeys(part for own in known.values() for part in own))
    for key, value in changes.items():
        if not isinstance(value, Mapping):
            _require(name, key, parts, kinds[0])
            continue
        _require(name, key, known, kinds[1])
        for part in value:
            _require(f"{name}[{key!r}]", part, known[key], kinds[0])


def _require(where: str, name: str, known: Iterable[str], kind: str) -> None:
    names = list(known)
    if name not in names:
        listed = ", ".join(map(repr, names))
        near = closest(name, names, limit=0)
        hint = f"; {near}" if near else ""
        raise ValueError(f"{where}: there is no {kind} {name!r}: one of {listed}{hint}")
