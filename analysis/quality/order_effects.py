"""Whether answers follow the order in which options were shown, where that order was drawn.

A release with `option_orders.csv` says which seed showed a scale best first, and which worst first.
The seed was drawn, so the two halves of a group differ only by chance and by the order: a
difference of their means is an effect of the order. One person is one value (the mean over the
units they rated), because the whole form had one order. Welch's test (1947), adjusted over all
groups and questions (Benjamini and Hochberg 1995).
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
from analysis.numeric import ZERO_VARIANCE, Bools, Floats, sums
from analysis.problems import Problem, ProblemsFound
from analysis.quality.interviewers import benjamini_hochberg

FILE = "option_orders.csv"
ALL = "all"
"""In place of a question: all questions whose order was drawn, together."""

_COLUMNS = ("seed", "question", "position", "option")


@dataclass(frozen=True, kw_only=True)
class OrderEffect:
    """What the direction of a scale did to the answers of a group; None where no test exists.

    Attributes
    ----------
    group, question : str
        The group, and the question or `all`.
    n_best_first, n_worst_first : int
        Persons who saw the best option first, and the worst first.
    mean_best_first, mean_worst_first : float or None
        Mean coefficient (0 to 1) of the persons of either half.
    difference, se, df, p : float or None
        The first mean less the second, its standard error, Welch's degrees of freedom and p value.
    p_adjusted : float or None
        `p` adjusted over all groups and questions; none for `all`.
    reason : str
        Why there is no test: `too_few` or `no_variance`.
    """

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
    """Compare persons who saw scales best first with those who saw them worst first.

    Parameters
    ----------
    data : Dataset
        With a column `order_seed`, and option_orders.csv in its folder; without them there is
        nothing to compare.

    Returns
    -------
    list of OrderEffect
        For each group all its questions together, then each by itself.

    Raises
    ------
    ProblemsFound
        When option_orders.csv has a fault.

    References
    ----------
    Welch, B. L. (1947). The generalization of Student's problem when several different population
    variances are involved. Biometrika 34.

    Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the
    Royal Statistical Society B 57.
    """
    seeds, path = data.covariates.get("order_seed"), data.folder / FILE
    if seeds is None or not path.is_file():
        return []
    orders = _best_first(path, data.questions)
    drawn = [number for number, question in enumerate(data.questions) if question.name in orders]
    if not drawn:
        return []
    values = np.array([data.coefs[number][data.answers[number]] for number in drawn])
    best_first = np.array(
        [
            [orders[data.questions[number].name].get(label, np.nan) for label in seeds.labels]
            for number in drawn
        ]
    )[:, seeds.codes]
    names = [data.questions[number].name for number in drawn]
    return _adjusted(
        [
            effect
            for group in range(len(data.groups))
            for effect in _of_group(data, group, names, values, best_first)
        ]
    )


def _best_first(path: Path, questions: tuple[Question, ...]) -> Mapping[str, Mapping[str, float]]:
    """Question -> seed -> 1 where its best option stands before its worst, 0 where behind."""
    problems: list[Problem] = []
    table = read_csv(path, _COLUMNS, problems)
    if table is None or problems:
        raise ProblemsFound(problems)
    rows = zip(*(table[name].texts() for name in _COLUMNS), strict=True)
    positions: dict[str, dict[str, dict[str, int]]] = {}
    for row, (seed, question, position, option) in enumerate(rows):
        if not position.isdecimal():
            problems.append(table.problem("not-a-number", "no place", row, "position", "1, 2, ..."))
            continue
        positions.setdefault(question, {}).setdefault(seed, {})[option] = int(position)
    if problems:
        raise ProblemsFound(problems)
    return {
        question.name: {
            seed: _is_best_first(question, by_option)
            for seed, by_option in positions[question.name].items()
        }
        for question in questions
        if question.name in positions
    }


def _is_best_first(question: Question, positions: Mapping[str, int]) -> float:
    """1 or 0; NaN where the options shown have fewer than two different coefficients."""
    coefs = {
        option: coef
        for option, coef in zip(question.options, question.coefs, strict=True)
        if not np.isnan(coef) and option in positions
    }
    if len(set(coefs.values())) < 2:
        return np.nan
    best, worst = max(coefs, key=coefs.__getitem__), min(coefs, key=coefs.__getitem__)
    return float(positions[best] < positions[worst])


def _of_group(
    data: Dataset, group: int, names: list[str], values: Floats, best_first: Floats
) -> Iterator[OrderEffect]:
    in_group = data.group == group
    asked = [
        question for question in range(len(names)) if not np.isnan(values[question][in_group]).all()
    ]
    if not asked:
        return
    yield _effect(data, group, ALL, in_group, values[asked], best_first[asked])
    for question in asked:
        name, rows = names[question], [question]
        yield _effect(data, group, name, in_group, values[rows], best_first[rows])


def _effect(
    data: Dataset, group: int, name: str, in_group: Bools, values: Floats, best_first: Floats
) -> OrderEffect:
    """Both halves of a group: (questions, rows) of coefficients, and of which came best first."""
    answered = ~np.isnan(values) & ~np.isnan(best_first) & in_group
    person_of_answer = np.broadcast_to(data.person, values.shape)[answered]
    persons, ids = np.unique(person_of_answer, return_inverse=True)
    n_answers = np.bincount(ids, minlength=len(persons))
    mean = sums(ids, values[answered], len(persons)) / n_answers
    saw_best_first = sums(ids, best_first[answered], len(persons)) / n_answers > 0.5
    return _welch(data.groups[group], name, mean[saw_best_first], mean[~saw_best_first])


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if len(values) else None


def _welch(group: str, question: str, best_first: Floats, worst_first: Floats) -> OrderEffect:
    """Welch's test of the persons' means of either half."""
    halves = best_first, worst_first
    n, n_other = len(best_first), len(worst_first)
    untested = OrderEffect(
        group=group,
        question=question,
        n_best_first=n,
        n_worst_first=n_other,
        mean_best_first=_mean(best_first),
        mean_worst_first=_mean(worst_first),
    )
    if min(n, n_other) < 2:
        return replace(untested, reason="too_few")
    difference = float(best_first.mean() - worst_first.mean())
    variances = [float(half.var(ddof=1)) / len(half) for half in halves]
    total = sum(variances)
    if total <= ZERO_VARIANCE:
        return replace(untested, difference=difference, reason="no_variance")
    squares = variances[0] * variances[0] / (n - 1) + variances[1] * variances[1] / (n_other - 1)
    se, df = math.sqrt(total), total * total / squares
    p = float(2 * special.stdtr(df, -abs(difference) / se))
    return replace(untested, difference=difference, se=se, df=df, p=p)


def _adjusted(effects: list[OrderEffect]) -> list[OrderEffect]:
    """`all` is no further test, so its p value is not adjusted."""
    tested = [
        number
        for number, effect in enumerate(effects)
        if effect.p is not None and effect.question != ALL
    ]
    p = np.array([effects[number].p for number in tested], dtype=float)
    for number, adjusted in zip(tested, benjamini_hochberg(p, len(p)).tolist(), strict=True):
        effects[number] = replace(effects[number], p_adjusted=adjusted)
    return effects
