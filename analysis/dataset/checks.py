"""Checks of respondents.csv: weights, answers, repeated ratings, and the design it describes."""

from __future__ import annotations

import numpy as np

from analysis.dataset.model import Question
from analysis.design.design import Design
from analysis.io.table import MAX_OF_A_KIND, Table
from analysis.numeric import Bools, Codes, Floats, Ints, first_rows, group_ids, rounded, small
from analysis.problems import Problem, closest

LARGEST = 1e100
"""Largest weight, and one over the least: squares and their sums stay numbers."""


def _reported(marked: Bools) -> list[int]:
    """The marked rows; a thousand problems of a kind are enough."""
    return [int(row) for row in np.flatnonzero(marked)[:MAX_OF_A_KIND]]


def blank_labels(table: Table, names: tuple[str, ...], problems: list[Problem]) -> None:
    """Every rating says who, about which unit, and where in the sample."""
    for name in names:
        column = table[name]
        if "" not in column.labels:
            continue
        blank = [position for position, label in enumerate(column.labels) if label == ""]
        for row in column.rows_of(blank):
            problems.append(
                table.problem(
                    "blank-label",
                    f"`{name}` is blank",
                    row,
                    name,
                    f"write the {name} of this rating",
                )
            )


def weights(table: Table, problems: list[Problem]) -> Floats:
    """The design weights: above 0, none of them blank, and none whose square no number can hold."""
    values = table.numbers("weight", problems, blank=-1.0)
    for row in _reported(values <= 0):
        text = table["weight"].text(row)
        problems.append(
            table.problem(
                "weight-not-positive",
                f"a weight is more than 0, not `{text}`",
                row,
                "weight",
                "weights are inverse inclusion chances; leave out who is not in the sample",
            )
        )
    for row in _reported((values > 0) & ((values > LARGEST) | (values < 1 / LARGEST))):
        problems.append(
            table.problem(
                "weight-out-of-range",
                f"no sample has a weight of {values[row]:g}",
                row,
                "weight",
                "weights are inverse inclusion chances: mend the number",
            )
        )
    return values


def answer_codes(table: Table, question: Question, problems: list[Problem]) -> Codes:
    """Answers as 0 (blank) or the number of the option from 1; unknown codes become problems."""
    kind = np.uint8 if len(question.options) < 255 else np.uint16
    if not table.has(question.name):
        problems.append(
            Problem(
                "missing-column",
                f"there is no column `{question.name}`",
                table.file,
                1,
                1,
                help="add the column, or drop the question from options.csv",
            )
        )
        return np.zeros(table.rows, dtype=kind)
    column = table[question.name]
    numbers = {"": 0} | {option: k for k, option in enumerate(question.options, start=1)}
    unknown = [position for position, label in enumerate(column.labels) if label not in numbers]
    for row in column.rows_of(unknown) if unknown else ():
        label = column.text(row)
        problems.append(
            table.problem(
                "unknown-option",
                f"`{question.name}` has no option `{label}`",
                row,
                question.name,
                closest(label, question.options) or "add it to options.csv, or mend the answer",
            )
        )
    by_label = np.array([numbers.get(label, 0) for label in column.labels] or [0], dtype=kind)
    return np.asarray(by_label.take(column.codes, mode="clip"), dtype=kind)


def repeated_ratings(table: Table, cell: Ints, problems: list[Problem]) -> None:
    """A person rates a unit once in a group."""
    ids, first = group_ids(cell, small(table["resp_id"].codes))
    if len(first) == len(ids):
        return
    repeated = np.ones(len(ids), dtype=bool)
    repeated[first] = False
    for row in _reported(repeated):
        line = int(table.lines[first[ids[row]]])
        person = table["resp_id"].text(row)
        problems.append(
            table.problem(
                "repeated-rating",
                f"`{person}` rates this unit in this group on line {line} already",
                row,
                "resp_id",
                "keep one of the two, or give another person another resp_id",
            )
        )


def population_sizes(table: Table, problems: list[Problem]) -> tuple[Floats, Floats]:
    """fpc1 and fpc2 of each row; blank means no limit to the population, or no second stage."""
    sizes = []
    for name, blank in (("fpc1", np.inf), ("fpc2", np.nan)):
        if not table.has(name):
            sizes.append(np.full(table.rows, blank))
            continue
        values = table.numbers(name, problems, blank=blank)
        for row in _reported(values <= 0):
            problems.append(
                table.problem(
                    "size-not-positive",
                    f"`{name}` is more than 0, not {values[row]:g}",
                    row,
                    name,
                    "write how many there are in the population",
                )
            )
        sizes.append(values)
    return sizes[0], sizes[1]


def design(
    table: Table, design: Design, fpc1: Floats, fpc2: Floats, problems: list[Problem]
) -> None:
    """Population sizes agree within strata and PSUs, and are not below what was drawn."""
    _differing(table, "fpc1", fpc1, design.population_psus[design.stratum], "stratum", problems)
    first = design.population_persons[design.psu]
    agree = not _unequal(fpc2, first).any() and not _has_mixed_samples(design)
    mixed = not agree and _mixed_stages(table, design, fpc2, problems)
    if not agree and not mixed:
        _differing(table, "fpc2", fpc2, first, "PSU", problems)
    _too_few(
        table,
        "fpc1",
        design.population_psus,
        design.psus_drawn,
        design.stratum,
        what="PSUs",
        problems=problems,
    )
    _too_few(
        table,
        "fpc2",
        design.population_persons,
        design.persons_drawn,
        design.psu,
        what="persons",
        problems=problems,
    )
    _in_two_places(table, design, problems)


def _differing(
    table: Table, name: str, values: Floats, first: Floats, where: str, problems: list[Problem]
) -> None:
    for row in _reported(_unequal(values, first)) if table.has(name) else ():
        text = table[name].text(row)
        problems.append(
            table.problem(
                f"{name}-differs",
                f"`{name}` is `{text}` here and `{first[row]:g}` earlier in this {where}",
                row,
                name,
                f"a {where} has one size in the population",
            )
        )


def _unequal(values: Floats, first: Floats) -> Bools:
    """Where two numbers differ; blank is like blank."""
    differs: Bools = values != first
    differs[differs] = ~(np.isnan(values[differs]) & np.isnan(first[differs]))
    return differs


def _has_mixed_samples(design: Design) -> bool:
    """Whether some PSUs of a sample have a second stage and others none."""
    sample, blank = (
        design.sample_of_stratum[design.stratum_of_psu],
        np.isnan(design.population_persons),
    )
    return bool(np.any(np.isin(sample[blank], sample[~blank])))


def _mixed_stages(table: Table, design: Design, fpc2: Floats, problems: list[Problem]) -> bool:
    blank = np.isnan(fpc2)
    filled = np.bincount(design.sample, weights=~blank, minlength=design.samples)
    missing = blank & (filled > 0)[design.sample]
    for row in _reported(missing):
        problems.append(
            table.problem(
                "mixed-stages",
                "`fpc2` is blank here and filled in elsewhere in this sample",
                row,
                "fpc2",
                "fill it in for every row of the unit and group, or for none",
            )
        )
    return bool(missing.any())


def _too_few(
    table: Table,
    name: str,
    population: Floats,
    drawn: Ints,
    where: Ints,
    *,
    what: str,
    problems: list[Problem],
) -> None:
    short = np.flatnonzero(rounded(population) < drawn)
    if not len(short):
        return
    first = first_rows(where)
    for number in short[:MAX_OF_A_KIND]:
        problems.append(
            table.problem(
                f"{name}-too-small",
                f"`{name}` is {population[number]:g}, but {drawn[number]} {what} are here",
                int(first[number]),
                name,
                "the population holds at least what was drawn from it",
            )
        )


def _in_two_places(table: Table, design: Design, problems: list[Problem]) -> None:
    """In a sample that serves several units a person stays in one PSU."""
    ids, first = group_ids(design.sample, small(table["resp_id"].codes))
    for row in _reported(design.psu != design.psu[first[ids]]):
        person, line = table["resp_id"].text(row), int(table.lines[first[ids[row]]])
        problems.append(
            table.problem(
                "person-in-two-places",
                f"`{person}` is in another stratum or PSU on line {line}",
                row,
                "psu",
                "within a sample a person belongs to one stratum and PSU",
            )
        )
