"""Whether the files of a merge speak of the same units and criteria."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from analysis.index.tree import Node
from analysis.problems import Problem, closest


def same_units(
    file: str, units: Iterable[str], others: Mapping[str, Iterable[str]], problems: list[Problem]
) -> None:
    """Every file has the units of the first; each that is missing is named."""
    known = list(units)
    for other, units_of_other in others.items():
        listed = list(units_of_other)
        for unit in known:
            if unit not in listed:
                problems.append(
                    Problem(
                        "unit-missing",
                        f"there is no unit `{unit}` here",
                        other,
                        help=closest(unit, listed) or f"{file} has it",
                    )
                )
        for unit in listed:
            if unit not in known:
                problems.append(
                    Problem(
                        "unit-missing",
                        f"there is no unit `{unit}` here",
                        file,
                        help=closest(unit, known) or f"{other} has it",
                    )
                )


def known_units(
    adjusted: set[str], units: Mapping[str, Any], file: Path, problems: list[Problem]
) -> None:
    """Every unit with a bonus or a penalty is a unit of units.csv."""
    for unit in sorted(adjusted - set(units)):
        problems.append(
            Problem(
                "unknown-unit",
                f"units.csv has no unit `{unit}`",
                str(file),
                help=closest(unit, units) or "add it there, or drop its lines here",
            )
        )


def same_criteria(
    scores: Mapping[str, Any], nodes: Mapping[str, Node], file: str, problems: list[Problem]
) -> None:
    """The criteria that are scored are those that the index surveys, with the same points."""
    surveyed = {code: node for code, node in nodes.items() if node.assessed == "survey"}
    scored = {row["criterion"]: row["max_points"] for row in scores["criteria"]}
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
