"""Reads what is joined to the survey: units, the index tree, self-assessed and appraised points.

Points are exact decimals. Every fault is a problem with its place; a unit that one file has and
another has not is named, each of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from analysis.index.tree import Node, decimal, read_nodes, text
from analysis.io.table import Table, read_csv
from analysis.problems import Problem, ProblemsFound, closest

NAMES = ("units.csv", "self_assessment.csv", "adjustments.csv", "index.csv", "grading.csv")


@dataclass(frozen=True)
class Grade:
    """A grade from `least` (inclusive) on, where every field also reaches `floor` per cent."""

    code: str
    label_vi: str
    least: Decimal | None
    floor: Decimal | None = None


@dataclass(frozen=True)
class Assessed:
    """One unit's points for one self-assessed criterion."""

    criterion: str
    max_points: Decimal
    self_points: Decimal | None
    appraised: Decimal


@dataclass(frozen=True)
class Inputs:
    """Everything to be joined, checked."""

    units: Mapping[str, Mapping[str, str]]
    nodes: Mapping[str, Node]
    assessed: Mapping[str, tuple[Assessed, ...]]
    bonus: Mapping[str, Decimal] = field(default_factory=dict)
    penalty: Mapping[str, Decimal] = field(default_factory=dict)
    grades: tuple[Grade, ...] = ()
    scores: Mapping[str, Any] = field(default_factory=dict)

    def field_of(self, code: str) -> str:
        """The field above a node."""
        node = self.nodes[code]
        while node.parent:
            node = self.nodes[node.parent]
        return node.code


def read(folder: Path, scores: Path) -> Inputs:
    """Read a merge folder and a scores folder. Raises `ProblemsFound`."""
    problems: list[Problem] = []
    tables, file = _tables(folder, problems), scores / "scores.json"
    return _joined(folder, tables, _scores(file, problems), str(file), problems)


def read_for(found: Mapping[str, Any], file: str, folder: Path) -> Inputs:
    """Read a merge folder for scores that are at hand.

    Parameters
    ----------
    found : mapping
        The content of a scores.json.
    file : str
        What faults call those scores.
    folder : path
        The merge folder.

    Raises
    ------
    ProblemsFound
        When a file is not sound, or units or criteria are not those of the scores.
    """
    problems: list[Problem] = []
    return _joined(folder, _tables(folder, problems), found, file, problems)


def _joined(
    folder: Path,
    tables: Mapping[str, Table],
    found: Mapping[str, Any],
    file: str,
    problems: list[Problem],
) -> Inputs:
    if problems:
        raise ProblemsFound(problems)
    nodes = read_nodes(tables["index"], problems)
    units = _units(tables["units"], problems)
    assessed = _assessed(tables["self_assessment"], nodes, problems)
    bonus, penalty = _adjustments(tables.get("adjustments"), problems)
    grades = _grades(tables.get("grading"), problems)
    _same_units(
        tables["units"].file,
        units,
        {
            tables["self_assessment"].file: assessed,
            file: [row["unit"] for row in found["units"]],
        },
        problems,
    )
    for unit in sorted({*bonus, *penalty} - set(units)):
        problems.append(
            Problem(
                "unknown-unit",
                f"units.csv has no unit `{unit}`",
                str(folder / "adjustments.csv"),
                help=closest(unit, units) or "add it there, or drop its lines here",
            )
        )
    _same_criteria(found, nodes, tables["index"].file, problems)
    if problems:
        raise ProblemsFound(problems)
    return Inputs(units, nodes, assessed, bonus, penalty, grades, found)


def _tables(folder: Path, problems: list[Problem]) -> dict[str, Table]:
    required = {
        "units": ("unit", "class"),
        "self_assessment": ("unit", "criterion", "max_points", "self", "appraised"),
        "index": ("code", "parent", "level", "assessed", "max_points"),
    }
    optional = {"adjustments": ("unit", "points", "basis"), "grading": ("grade", "min")}
    tables = {}
    for name, columns in (required | optional).items():
        path = folder / f"{name}.csv"
        if name in required or path.exists():
            table = read_csv(path, columns, problems)
            if table is not None:
                tables[name] = table
    return tables


def _scores(path: Path, problems: list[Problem]) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict) and {"units", "criteria", "covariance", "level"} <= set(found):
            return found
        message = "these are not the scores of `python -m analysis score`"
    except OSError:
        message = "there is no such file"
    except ValueError as error:
        message = f"this is not JSON: {error}"
    problems.append(
        Problem(
            "no-scores",
            message,
            str(path),
            help="run `python -m analysis score FOLDER --out DIR` first",
        )
    )
    return {}


def _units(table: Table, problems: list[Problem]) -> dict[str, dict[str, str]]:
    units: dict[str, dict[str, str]] = {}
    for row in range(table.rows):
        unit = table["unit"].text(row)
        if unit in units:
            problems.append(
                table.problem(
                    "repeated-unit",
                    f"`{unit}` has a line already",
                    row,
                    "unit",
                    "write each unit once",
                )
            )
        units[unit] = {name: text(table, row, name) for name in ("name_vi", "name_en", "class")}
    return units


def _assessed(
    table: Table, nodes: Mapping[str, Node], problems: list[Problem]
) -> dict[str, tuple[Assessed, ...]]:
    rows: dict[str, list[Assessed]] = {}
    for row in range(table.rows):
        unit, code = table["unit"].text(row), table["criterion"].text(row)
        own = rows.setdefault(unit, [])
        if code in [line.criterion for line in own]:
            problems.append(
                table.problem(
                    "repeated-criterion",
                    f"`{unit}` has `{code}` already",
                    row,
                    "criterion",
                    "write each criterion once a unit",
                )
            )
        line = _assessed_line(table, row, nodes, problems)
        if line is not None:
            own.append(line)
    return {unit: tuple(lines) for unit, lines in rows.items()}


def _assessed_line(
    table: Table, row: int, nodes: Mapping[str, Node], problems: list[Problem]
) -> Assessed | None:
    def complain(slug: str, message: str, column: str, help_: str) -> None:
        problems.append(table.problem(slug, message, row, column, help_))

    code = table["criterion"].text(row)
    node = nodes.get(code)
    if node is None or node.assessed != "self":
        known = [n.code for n in nodes.values() if n.assessed == "self"]
        message = f"`{code}` is not self-assessed in index.csv"
        help_ = closest(code, known) or "mend the line, or drop it"
        complain("unknown-criterion", message, "criterion", help_)
        return None
    most = decimal(table, row, "max_points", problems)
    own = decimal(table, row, "self", problems, blank=True)
    appraised = decimal(table, row, "appraised", problems)
    if most is None or appraised is None:
        return None
    if most != node.max_points:
        message = f"index.csv gives `{code}` {node.max_points} points"
        complain("points-differ", message, "max_points", "use the maximum of the index")
    for name, points in (("self", own), ("appraised", appraised)):
        if points is not None and not 0 <= points <= most:
            message = f"`{name}` is {points}, of at most {most}"
            complain("points-out-of-range", message, name, "mend the points")
    return Assessed(code, most, own, appraised)


def _adjustments(
    table: Table | None, problems: list[Problem]
) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    bonus: dict[str, Decimal] = {}
    penalty: dict[str, Decimal] = {}
    for row in range(table.rows) if table is not None else ():
        assert table is not None
        unit, points = table["unit"].text(row), decimal(table, row, "points", problems)
        if not table["basis"].text(row).strip():
            problems.append(
                table.problem(
                    "no-basis",
                    "points are added or taken without a basis",
                    row,
                    "basis",
                    "name the document",
                )
            )
        into = bonus if (points or 0) >= 0 else penalty
        into[unit] = into.get(unit, Decimal(0)) + abs(points or Decimal(0))
    return bonus, penalty


def _grades(table: Table | None, problems: list[Problem]) -> tuple[Grade, ...]:
    grades = []
    for row in range(table.rows) if table is not None else ():
        assert table is not None
        least = decimal(table, row, "min", problems, blank=True)
        floor = decimal(table, row, "component_floor", problems, blank=True)
        grades.append(Grade(table["grade"].text(row), text(table, row, "label_vi"), least, floor))
    low = Decimal("-Infinity")
    return tuple(sorted(grades, key=lambda g: low if g.least is None else g.least, reverse=True))


def _same_units(
    file: str, units: Iterable[str], others: Mapping[str, Iterable[str]], problems: list[Problem]
) -> None:
    known = list(units)
    for other, theirs in others.items():
        there = list(theirs)
        for unit in known:
            if unit not in there:
                problems.append(
                    Problem(
                        "unit-missing",
                        f"there is no unit `{unit}` here",
                        other,
                        help=closest(unit, there) or f"{file} has it",
                    )
                )
        for unit in there:
            if unit not in known:
                problems.append(
                    Problem(
                        "unit-missing",
                        f"there is no unit `{unit}` here",
                        file,
                        help=closest(unit, known) or f"{other} has it",
                    )
                )


def _same_criteria(
    found: Mapping[str, Any], nodes: Mapping[str, Node], file: str, problems: list[Problem]
) -> None:
    surveyed = {code: node for code, node in nodes.items() if node.assessed == "survey"}
    scored = {row["criterion"]: row["max_points"] for row in found["criteria"]}
    for code, points in scored.items():
        if code not in surveyed:
            problems.append(
                Problem(
                    "unknown-criterion",
                    f"`{code}` is scored, but not surveyed in the index",
                    file,
                    help=closest(code, surveyed) or "add its line, `assessed` by `survey`",
                )
            )
        elif float(surveyed[code].max_points) != points:
            problems.append(
                Problem(
                    "points-differ",
                    f"`{code}` is scored out of {points:g}, the "
                    f"index says {surveyed[code].max_points}",
                    file,
                    help="use the same definition for both",
                )
            )
    for code in surveyed:
        if code not in scored:
            problems.append(
                Problem(
                    "criterion-missing",
                    f"`{code}` is surveyed, but not scored",
                    file,
                    help="score it, or mark it as not surveyed",
                )
            )
