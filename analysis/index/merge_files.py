"""Reads what is joined to the survey: units, the index tree, self-assessed and appraised points.

Points are exact decimals. Every fault is a problem with its place; every unit that is in one file
and not in another is named.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from analysis.index import agreement
from analysis.index.tree import Node, decimal, read_nodes, text
from analysis.io.table import Table, read_csv
from analysis.problems import Problem, ProblemsFound, closest

Unappraised = Literal["refuse", "list"]
"""What becomes of units without all appraised points: a fault, or listed without index and rank."""

NAMES = ("units.csv", "self_assessment.csv", "adjustments.csv", "index.csv", "grading.csv")


@dataclass(frozen=True, kw_only=True)
class Grade:
    """A grade from `threshold` (inclusive) on, where every field also reaches `floor` per cent."""

    code: str
    label_vi: str
    threshold: Decimal | None
    floor: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Assessed:
    """One unit's points for one self-assessed criterion."""

    criterion: str
    max_points: Decimal
    self_points: Decimal | None
    appraised: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Everything to be joined, checked.

    Attributes
    ----------
    units : mapping of str to mapping
        By code: names and class of the unit.
    nodes : mapping of str to Node
        The index tree, by code.
    assessed : mapping of str to tuple of Assessed
        By unit: its self-assessed and appraised points.
    bonus, penalty : mapping of str to Decimal
        By unit: points added and taken, both positive.
    grades : tuple of Grade
        From the best to the lowest.
    scores : mapping
        The content of scores.json.
    """

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


def read(folder: Path, scores: Path, unappraised: Unappraised = "refuse") -> Inputs:
    """Read a merge folder and a scores folder.

    Parameters
    ----------
    folder : Path
        With the files of `NAMES`.
    scores : Path
        With scores.json.
    unappraised : {"refuse", "list"}
        As for `merge`.

    Returns
    -------
    Inputs

    Raises
    ------
    ProblemsFound
        With every fault of the files.
    """
    problems: list[Problem] = []
    tables, file = _tables(folder, problems), scores / "scores.json"
    return _joined(folder, tables, (_scores(file, problems), str(file)), problems, unappraised)


def read_for(content: Mapping[str, Any], file: str, folder: Path) -> Inputs:
    """Read a merge folder for scores that are at hand.

    Parameters
    ----------
    content : mapping
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
    return _joined(folder, _tables(folder, problems), (content, file), problems, "refuse")


def _joined(
    folder: Path,
    tables: Mapping[str, Table],
    scores: tuple[Mapping[str, Any], str],
    problems: list[Problem],
    unappraised: Unappraised,
) -> Inputs:
    if problems:
        raise ProblemsFound(problems)
    content, file = scores
    nodes = read_nodes(tables["index"], problems)
    units = _units(tables["units"], problems)
    may_lack = unappraised == "list"
    assessed = _assessed(tables["self_assessment"], nodes, problems, may_lack=may_lack)
    if may_lack:
        assessed = dict.fromkeys(units, ()) | assessed
    bonus, penalty = _adjustments(tables.get("adjustments"), problems)
    grades = _grades(tables.get("grading"), problems)
    agreement.same_units(
        tables["units"].file,
        units,
        {
            tables["self_assessment"].file: assessed,
            file: [row["unit"] for row in content["units"]],
        },
        problems,
    )
    agreement.known_units({*bonus, *penalty}, units, folder / "adjustments.csv", problems)
    agreement.same_criteria(content, nodes, tables["index"].file, problems)
    if problems:
        raise ProblemsFound(problems)
    return Inputs(
        units=units,
        nodes=nodes,
        assessed=assessed,
        bonus=bonus,
        penalty=penalty,
        grades=grades,
        scores=content,
    )


def read_merged(folder: Path) -> Mapping[str, Any] | None:
    """The content of merged.json in a folder.

    Parameters
    ----------
    folder : Path
        What `python -m analysis merge` wrote, or another folder.

    Returns
    -------
    mapping or None
        None where the folder has no merged.json.

    Raises
    ------
    ProblemsFound
        When the file is not JSON.
    """
    path = folder / "merged.json"
    if not path.exists():
        return None
    try:
        content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        help = "make it again with `python -m analysis merge`"
        problem = Problem("no-scores", f"this is not JSON: {error}", str(path), help=help)
        raise ProblemsFound([problem]) from error
    return content


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
        content = json.loads(path.read_text(encoding="utf-8"))
        parts = {"units", "criteria", "covariance", "level"}
        if isinstance(content, dict) and parts <= set(content):
            return content
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
    table: Table, nodes: Mapping[str, Node], problems: list[Problem], *, may_lack: bool
) -> dict[str, tuple[Assessed, ...]]:
    rows: dict[str, list[Assessed]] = {}
    for row in range(table.rows):
        unit, code = table["unit"].text(row), table["criterion"].text(row)
        lines = rows.setdefault(unit, [])
        if code in [line.criterion for line in lines]:
            problems.append(
                table.problem(
                    "repeated-criterion",
                    f"`{unit}` has `{code}` already",
                    row,
                    "criterion",
                    "write each criterion once a unit",
                )
            )
        line = _assessed_line(table, row, nodes, problems, may_lack=may_lack)
        if line is not None:
            lines.append(line)
    return {unit: tuple(lines) for unit, lines in rows.items()}


def _assessed_line(
    table: Table, row: int, nodes: Mapping[str, Node], problems: list[Problem], *, may_lack: bool
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
    maximum = decimal(table, row, "max_points", problems)
    self_points = decimal(table, row, "self", problems, blank=True)
    appraised = decimal(table, row, "appraised", problems, blank=may_lack)
    if maximum is None or (appraised is None and not may_lack):
        return None
    if maximum != node.max_points:
        message = f"index.csv gives `{code}` {node.max_points} points"
        complain("points-differ", message, "max_points", "use the maximum of the index")
    for name, points in (("self", self_points), ("appraised", appraised)):
        if points is not None and not 0 <= points <= maximum:
            message = f"`{name}` is {points}, of at most {maximum}"
            complain("points-out-of-range", message, name, "mend the points")
    return Assessed(
        criterion=code, max_points=maximum, self_points=self_points, appraised=appraised
    )


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
        totals = bonus if (points or 0) >= 0 else penalty
        totals[unit] = totals.get(unit, Decimal(0)) + abs(points or Decimal(0))
    return bonus, penalty


def _grades(table: Table | None, problems: list[Problem]) -> tuple[Grade, ...]:
    grades = []
    for row in range(table.rows) if table is not None else ():
        assert table is not None
        grades.append(
            Grade(
                code=table["grade"].text(row),
                label_vi=text(table, row, "label_vi"),
                threshold=decimal(table, row, "min", problems, blank=True),
                floor=decimal(table, row, "component_floor", problems, blank=True),
            )
        )
    return tuple(sorted(grades, key=_threshold, reverse=True))


def _threshold(grade: Grade) -> Decimal:
    return Decimal("-Infinity") if grade.threshold is None else grade.threshold
