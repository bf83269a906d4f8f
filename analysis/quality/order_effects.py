"""Whether answers follow the order in which options were shown, where that order was drawn.

A release with `option_orders.csv` says which seed showed a scale best first, and which worst first.
The seed was drawn, so the two halves of a group differ by chance and by the order alone: a
difference of their means is an effect of the order. One person is one value (the mean over the
units they rated), because the whole form had one order. Welch's test; Benjamini-Hochberg (1995)
over all groups and questions.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy import special

from analysis.dataset.model import Dataset, Question
from analysis.io.table import read_csv
from analysis.numeric import Bools, Floats, sums
from analysis.problems import Problem, ProblemsFound
from analysis.quality.interviewers import benjamini_hochberg

FILE = "option_orders.csv"
ALL = "all"
"""In place of a question: all whose order was drawn, together."""

_COLUMNS = ("seed", "question", "position", "option")


@dataclass(frozen=True)
class OrderEffect:
    """What a scale's direction did to the answers of a group; None where no test exists."""

    group: str
    question: str
    n_best_first: int
    n_worst_first: int
    mean_best_first: float | None
    mean_worst_first: float | None
    difference: float | None = None
    se: float | None = None
    df: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    reason: str = ""


def order_effects(data: Dataset) -> list[OrderEffect]:
    """For each group, all its questions together and each by itself."""
    seeds, path = data.covariates.get("order_seed"), data.folder / FILE
    if seeds is None or not path.is_file():
        return []
    best_first = _best_first(path, data.questions)
    shown = [number for number, each in enumerate(data.questions) if each.name in best_first]
    if not shown:
        return []
    values = np.array([data.coefs[number][data.answers[number]] for number in shown])
    first = np.array(
        [
            [best_first[data.questions[number].name].get(label, np.nan) for label in seeds.labels]
            for number in shown
        ]
    )[:, seeds.codes]
    names = [data.questions[number].name for number in shown]
    found = [
        each
        for group in range(len(data.groups))
        for each in _of_group(data, group, names, values, first)
    ]
    return _adjusted(found)


def _best_first(path: Path, questions: tuple[Question, ...]) -> Mapping[str, Mapping[str, float]]:
    """Question -> seed -> 1 where its best option stands before its worst, 0 where behind."""
    problems: list[Problem] = []
    table = read_csv(path, _COLUMNS, problems)
    if table is None or problems:
        raise ProblemsFound(problems)
    rows = zip(*(table[name].texts() for name in _COLUMNS), strict=True)
    places: dict[str, dict[str, dict[str, int]]] = {}
    for row, (seed, question, position, option) in enumerate(rows):
        if not position.isdecimal():
            problems.append(table.problem("not-a-number", "no place", row, "position", "1, 2, ..."))
            continue
        places.setdefault(question, {}).setdefault(seed, {})[option] = int(position)
    if problems:
        raise ProblemsFound(problems)
    return {
        each.name: {seed: _is_best_first(each, at) for seed, at in places[each.name].items()}
        for each in questions
        if each.name in places
    }


def _is_best_first(question: Question, at: Mapping[str, int]) -> float:
    worth = {
        option: coef
        for option, coef in zip(question.options, question.coefs, strict=True)
        if not np.isnan(coef) and option in at
    }
    if len(set(worth.values())) < 2:
        return np.nan
    return float(at[max(worth, key=worth.__getitem__)] < at[min(worth, key=worth.__getitem__)])


def _of_group(
    data: Dataset, group: int, names: list[str], values: Floats, first: Floats
) -> Iterator[OrderEffect]:
    here = data.group == group
    asked = [at for at in range(len(names)) if not np.isnan(values[at][here]).all()]
    if not asked:
        return
    yield _effect(data, group, ALL, here, values[asked], first[asked])
    for at in asked:
        yield _effect(data, group, names[at], here, values[[at]], first[[at]])


def _effect(
    data: Dataset, group: int, name: str, here: Bools, values: Floats, first: Floats
) -> OrderEffect:
    """Both halves of a group: (questions, rows) of coefficients, and of which came best first."""
    said = ~np.isnan(values) & ~np.isnan(first) & here
    people = np.broadcast_to(data.person, values.shape)[said]
    persons, ids = np.unique(people, return_inverse=True)
    heads = np.bincount(ids, minlength=len(persons))
    mean = sums(ids, values[said], len(persons)) / heads
    best = sums(ids, first[said], len(persons)) / heads > 0.5
    one, other = mean[best], mean[~best]
    plain = OrderEffect(data.groups[group], name, len(one), len(other), _mean(one), _mean(other))
    return _welch(plain, one, other)


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if len(values) else None


def _welch(plain: OrderEffect, one: Floats, other: Floats) -> OrderEffect:
    if min(len(one), len(other)) < 2:
        return replace(plain, reason="too_few")
    difference = float(one.mean() - other.mean())
    parts = [float(each.var(ddof=1)) / len(each) for each in (one, other)]
    if sum(parts) <= 1e-20:
        return replace(plain, difference=difference, reason="no_variance")
    spread = parts[0] * parts[0] / (len(one) - 1) + parts[1] * parts[1] / (len(other) - 1)
    total = sum(parts)
    se, df = math.sqrt(total), total * total / spread
    p = float(2 * special.stdtr(df, -abs(difference) / se))
    return replace(plain, difference=difference, se=se, df=df, p=p)


def _adjusted(found: list[OrderEffect]) -> list[OrderEffect]:
    """`all` is no further test: it is told as it is."""
    tested = [at for at, each in enumerate(found) if each.p is not None and each.question != ALL]
    p = np.array([found[at].p for at in tested], dtype=float)
    for at, adjusted in zip(tested, benjamini_hochberg(p, len(p)).tolist(), strict=True):
        found[at] = replace(found[at], p_adjusted=adjusted)
    return found
