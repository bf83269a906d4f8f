"""What is known of the population: frame.csv, population.csv, and the labels of codebook.csv."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from analysis.dataset.checks import LARGEST
from analysis.dataset.model import FrameRow, Population
from analysis.io.table import Table
from analysis.numeric import Floats
from analysis.problems import Problem, closest

OUTCOMES = ("I", "P", "R", "NC", "O", "UH", "UO", "NE")


def read_frame(
    table: Table, units: tuple[str, ...], groups: tuple[str, ...], problems: list[Problem]
) -> dict[tuple[int, int], FrameRow]:
    """The frame by (unit, group)."""
    population, invited, responded = (
        _optional(counted(table, name, problems)) for name in ("N", "n_invited", "n_responded")
    )
    by_class = {name: counts.tolist() for name, counts in outcomes(table, problems).items()}
    share = eligible_shares(table, problems)
    eligible_share = _optional(share)
    _check(table, share, problems)
    cells = zip(_positions(table, "unit", units), _positions(table, "group", groups), strict=True)
    frame: dict[tuple[int, int], FrameRow] = {}
    for row, cell in enumerate(cells):
        if cell in frame:
            problems.append(
                table.problem(
                    "repeated-cell",
                    "this unit and group have a line already",
                    row,
                    "unit",
                    "write each unit and group once",
                )
            )
        frame[cell] = FrameRow(
            population=population[row],
            invited=invited[row],
            responded=responded[row],
            outcomes={name: counts[row] for name, counts in by_class.items()} or None,
            eligible_share=eligible_share[row],
        )
    return frame


def _check(table: Table, share: Floats, problems: list[Problem]) -> None:
    """Every line names its unit and group, and a share of eligible cases is a share."""
    for name in ("unit", "group"):
        for row, label in enumerate(table[name].texts()):
            if label == "":
                help = f"write the {name} of this line, or drop it"
                problems.append(table.problem("blank-label", f"`{name}` is blank", row, name, help))
    for row in np.flatnonzero(share > 1).tolist():
        message = f"`e` is a share of cases, not {share[row]:g}"
        help = "write a number from 0 to 1, or leave it blank"
        problems.append(table.problem("out-of-range", message, row, "e", help))


def _positions(table: Table, name: str, known: tuple[str, ...]) -> list[int]:
    """For each line the position of its unit (or group)."""
    position = {label: number for number, label in enumerate(known)}
    by_label = [position[label] for label in table[name].labels]
    return [by_label[code] for code in table[name].codes.tolist()]


def _optional(values: Floats) -> list[float | None]:
    """The number of each line; None where it is blank."""
    return [None if math.isnan(number) else number for number in values.tolist()]


def key_of(
    table: Table, row: int, units: tuple[str, ...], groups: tuple[str, ...]
) -> tuple[int, int]:
    """The unit and the group of a line."""
    return units.index(table["unit"].text(row)), groups.index(table["group"].text(row))


def value(values: Floats, row: int) -> float | None:
    """The number of a line; None where it is blank."""
    return None if np.isnan(values[row]) else float(values[row])


def counted(table: Table, name: str, problems: list[Problem]) -> Floats:
    """A column of counts: none below 0, NaN where blank."""
    values = table.numbers(name, problems)
    for row in np.flatnonzero(values < 0).tolist():
        problems.append(
            table.problem(
                "negative-count",
                f"`{name}` is {values[row]:g}",
                row,
                name,
                "a count is 0 or more; leave it blank if not known",
            )
        )
    for row in np.flatnonzero(values > LARGEST).tolist():
        message = f"`{name}` is {values[row]:g}, more than any count"
        problems.append(table.problem("out-of-range", message, row, name, "mend the number"))
    return values


def eligible_shares(table: Table, problems: list[Problem]) -> Floats:
    """AAPOR's e of each line; NaN where it is blank or the file has none."""
    return counted(table, "e", problems) if table.has("e") else np.full(table.rows, np.nan)


def outcomes(table: Table, problems: list[Problem]) -> dict[str, Floats]:
    """Counts by AAPOR class, where the file has them; a blank count is 0."""
    upper = {name.upper(): name for name in table.names if name != "N"}
    present = [name for name in OUTCOMES if name in upper]
    for name in OUTCOMES if present else ():
        if name not in upper:
            problems.append(
                Problem(
                    "missing-column",
                    f"there is no outcome column `{name}`",
                    table.file,
                    1,
                    1,
                    help="give all of " + ", ".join(OUTCOMES),
                )
            )
    return {name: np.nan_to_num(counted(table, upper[name], problems)) for name in present}


def read_population(
    table: Table,
    units: tuple[str, ...],
    groups: tuple[str, ...],
    respondent_columns: Iterable[str],
    problems: list[Problem],
) -> dict[tuple[int, int], Population]:
    """Calibration cells by (unit, group)."""
    covariates = tuple(n for n in table.names if n not in ("unit", "group", "count"))
    known = set(respondent_columns)
    for name in covariates:
        if name not in known:
            problems.append(
                Problem(
                    "missing-column",
                    f"respondents have no column `{name}`",
                    table.file,
                    1,
                    1,
                    help=closest(name, known) or "add it",
                )
            )
    count = counted(table, "count", problems)
    rows: dict[tuple[int, int], list[int]] = {}
    for row in range(table.rows):
        if is_known(table, row, "unit", units, problems) and is_known(
            table, row, "group", groups, problems
        ):
            rows.setdefault(key_of(table, row, units, groups), []).append(row)
    return {
        cell: _cells(table, covariates, rows_of_cell, count, problems)
        for cell, rows_of_cell in rows.items()
    }


def is_known(
    table: Table, row: int, name: str, known: tuple[str, ...], problems: list[Problem]
) -> bool:
    """Whether a line names a unit (or group) that there is; if not, that is a problem."""
    label = table[name].text(row)
    if label not in known:
        problems.append(
            table.problem(
                f"unknown-{name}",
                f"there is no {name} `{label}`",
                row,
                name,
                closest(label, known) or "mend it, or drop the line",
            )
        )
    return label in known


def _cells(
    table: Table,
    covariates: tuple[str, ...],
    rows: list[int],
    count: Floats,
    problems: list[Problem],
) -> Population:
    values = [tuple(table[name].text(row) for name in covariates) for row in rows]
    for position, row in enumerate(rows):
        if np.isnan(count[row]):
            problems.append(
                table.problem(
                    "blank-number",
                    "`count` is blank",
                    row,
                    "count",
                    "write how many people there are; 0 if none",
                )
            )
        if values[position] in values[:position]:
            problems.append(
                table.problem(
                    "repeated-cell",
                    "this cell has a line already",
                    row,
                    "count",
                    "write each cell once",
                )
            )
    return Population(covariates=covariates, values=tuple(values), count=count[rows])


def labels(codebook: Table | None, units: Table | None) -> Mapping[str, Mapping[str, str]]:
    """Words for people: `questions`, `options` ("question code"), `units`, `classes`; by code."""
    words: dict[str, dict[str, str]] = {"questions": {}, "options": {}, "units": {}, "classes": {}}
    if codebook is not None and codebook.has("variable"):
        for row in range(codebook.rows):
            name = codebook["variable"].text(row)
            if codebook.has("label_vi"):
                words["questions"].setdefault(name, codebook["label_vi"].text(row))
            if codebook.has("code") and codebook.has("code_label_vi"):
                key = f"{name} {codebook['code'].text(row)}"
                words["options"][key] = codebook["code_label_vi"].text(row)
    for kind, column in (("units", "name_vi"), ("classes", "class")):
        if units is not None and units.has(column):
            words[kind] = dict(zip(units["unit"].texts(), units[column].texts(), strict=True))
    return words
