"""The scoring key, or how answers become points: options.csv and criteria.csv."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import get_args

import numpy as np

from analysis.dataset.checks import LARGEST
from analysis.dataset.model import Averaging, Criterion, Link, Question
from analysis.io.table import Table
from analysis.numeric import Floats
from analysis.problems import Problem, closest


@dataclass(frozen=True, kw_only=True)
class ScoringKey:
    """Questions, and criteria whose groups are still names; `groups` are all that are asked."""

    questions: tuple[Question, ...]
    criteria: tuple[NamedCriterion, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class NamedLink:
    """A line of criteria.csv: the group by its name, the question by its position."""

    row: int
    group: str
    question: int
    weight: float


@dataclass(frozen=True, kw_only=True)
class NamedCriterion:
    """A criterion whose groups are still names."""

    name: str
    max_points: float
    max_exact: Decimal
    average: Averaging
    links: tuple[NamedLink, ...]

    def numbered(self, groups: dict[str, int]) -> Criterion:
        """The criterion with groups by number; links of weight 0 are left out."""
        links = tuple(
            Link(group=groups[link.group], question=link.question, weight=link.weight)
            for link in self.links
            if link.weight > 0
        )
        return Criterion(
            name=self.name,
            max_points=self.max_points,
            links=links,
            average=self.average,
            max_exact=self.max_exact,
        )


def read_scoring_key(options: Table, criteria: Table, problems: list[Problem]) -> ScoringKey:
    """Options and criteria, each row checked."""
    questions = _questions(options, problems)
    named = _criteria(criteria, questions, problems)
    groups = tuple(dict.fromkeys(criteria["group"].texts()))
    return ScoringKey(questions=questions, criteria=named, groups=groups)


def _questions(table: Table, problems: list[Problem]) -> tuple[Question, ...]:
    coefs = table.numbers("coef", problems)
    coefs_by_question: dict[str, dict[str, float]] = {}
    for row, (name, option) in enumerate(
        zip(table["question"].texts(), table["option"].texts(), strict=True)
    ):
        coef_of = coefs_by_question.setdefault(name, {})
        _check_option(table, row, name, option, coef_of, problems)
        if coefs[row] < 0 or coefs[row] > 1:
            problems.append(
                table.problem(
                    "coefficient-out-of-range",
                    f"a coefficient lies between 0 and 1, not {coefs[row]:g}",
                    row,
                    "coef",
                    "leave it blank for an option that carries no opinion",
                )
            )
        coef_of[option] = float(coefs[row])
    if not coefs_by_question:
        problems.append(
            Problem(
                "no-questions",
                "there is no option in this file",
                table.file,
                help="write a line for each option of each question",
            )
        )
    return tuple(
        Question(name=name, options=tuple(coef_of), coefs=tuple(coef_of.values()))
        for name, coef_of in coefs_by_question.items()
    )


def _check_option(
    table: Table,
    row: int,
    name: str,
    option: str,
    earlier: Collection[str],
    problems: list[Problem],
) -> None:
    if name == "":
        problems.append(
            table.problem(
                "blank-question",
                "no question is named here",
                row,
                "question",
                "name the column of respondents.csv that holds its answers",
            )
        )
    if option == "":
        problems.append(
            table.problem(
                "blank-option",
                f"an option of `{name}` has no code",
                row,
                "option",
                "a blank cell means not answered: choose a code",
            )
        )
    if option in earlier:
        problems.append(
            table.problem(
                "duplicate-option",
                f"`{name}` has option `{option}` already",
                row,
                "option",
                "write each option once",
            )
        )


def _criteria(
    table: Table, questions: tuple[Question, ...], problems: list[Problem]
) -> tuple[NamedCriterion, ...]:
    points = table.numbers("max_points", problems)
    weights = table.numbers("group_weight", problems)
    _check_numbers(table, points, weights, problems)
    numbers = {question.name: position for position, question in enumerate(questions)}
    rows_of: dict[str, list[int]] = {}
    for row, name in enumerate(table["criterion"].texts()):
        if name == "":
            help = "write the criterion of this line"
            message = "`criterion` is blank"
            problems.append(table.problem("blank-label", message, row, "criterion", help))
        rows_of.setdefault(name, []).append(row)
    if not rows_of:
        problems.append(
            Problem(
                "no-criteria",
                "there is no criterion in this file",
                table.file,
                help="write a line for each criterion, group and question",
            )
        )
    return tuple(
        _criterion(table, name, rows, points, weights, numbers=numbers, problems=problems)
        for name, rows in rows_of.items()
    )


def _check_numbers(table: Table, points: Floats, weights: Floats, problems: list[Problem]) -> None:
    for name, values, may_be_0 in (("max_points", points, False), ("group_weight", weights, True)):
        texts = table[name].texts()
        for row in range(table.rows):
            if texts[row] == "":
                problems.append(
                    table.problem("blank-number", f"`{name}` is blank", row, name, "write a number")
                )
            elif values[row] < 0 or (values[row] == 0 and not may_be_0):
                lowest = "0 or more" if may_be_0 else "more than 0"
                problems.append(
                    table.problem(
                        "out-of-range",
                        f"`{name}` is {lowest}, not {values[row]:g}",
                        row,
                        name,
                        "mend the number",
                    )
                )
            elif values[row] > LARGEST or 0 < values[row] < 1 / LARGEST:
                message = f"`{name}` is {values[row]:g}, beyond what can be reckoned with"
                help = f"write a number between {1 / LARGEST:g} and {LARGEST:g}"
                problems.append(table.problem("out-of-range", message, row, name, help))


def _criterion(
    table: Table,
    name: str,
    rows: list[int],
    points: Floats,
    weights: Floats,
    *,
    numbers: dict[str, int],
    problems: list[Problem],
) -> NamedCriterion:
    first = rows[0]
    for row in rows:
        if points[row] != points[first] and not np.isnan(points[row] + points[first]):
            message = f"`{name}` is worth {points[first]:g} points on an earlier line"
            help = "give a criterion the same `max_points` on all its lines"
            problems.append(table.problem("points-differ", message, row, "max_points", help))
    links = tuple(_links(table, name, rows, weights, numbers, problems))
    if sum(weights[row] for row in rows) == 0:
        message, help = f"every group of `{name}` has weight 0", "give one group a weight"
        problems.append(table.problem("no-group-weight", message, first, "group_weight", help))
    exact = Decimal(table["max_points"].text(first).strip()) if points[first] > 0 else Decimal(0)
    return NamedCriterion(
        name=name,
        max_points=float(points[first]),
        max_exact=exact,
        average=_average(table, name, rows, problems),
        links=links,
    )


def _links(
    table: Table,
    name: str,
    rows: list[int],
    weights: Floats,
    numbers: dict[str, int],
    problems: list[Problem],
) -> Iterator[NamedLink]:
    """The lines of a criterion; a question that there is not, or a line twice, is a problem."""
    linked: set[tuple[str, str]] = set()
    for row in rows:
        group, question = table["group"].text(row), table["question"].text(row)
        if question not in numbers:
            message = f"options.csv has no `{question}`"
            help = closest(question, numbers) or "add its options there, or mend it"
            problems.append(table.problem("unknown-question", message, row, "question", help))
        elif (group, question) in linked:
            message = f"`{name}` asks `{group}` about `{question}` on an earlier line"
            help = "write each criterion, group and question once"
            problems.append(table.problem("duplicate-link", message, row, "question", help))
        linked.add((group, question))
        number, weight = numbers.get(question, 0), float(weights[row])
        yield NamedLink(row=row, group=group, question=number, weight=weight)


def _average(table: Table, name: str, rows: list[int], problems: list[Problem]) -> Averaging:
    if not table.has("average"):
        return "equal"
    column = table["average"]
    for row in rows:
        text = column.text(row)
        if text not in ("", *get_args(Averaging)) or text != column.text(rows[0]):
            problems.append(
                table.problem(
                    "unknown-average",
                    f"`average` of `{name}` is `{text}`",
                    row,
                    "average",
                    "write `equal` or `pooled`, the same on all lines of a criterion",
                )
            )
    return "pooled" if column.text(rows[0]) == "pooled" else "equal"
