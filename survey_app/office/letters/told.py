"""Faults of letters, each at the field that it stands in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.problems import ProblemsFound
from survey_app.office.page import language, words
from survey_app.office.pieces import faults
from survey_app.office.pieces.faults import Fault


@dataclass(frozen=True)
class Wrong:
    """A fault, and its place in a text."""

    place: str
    fault: Fault


def by_field(refused: ProblemsFound) -> Mapping[str, tuple[Wrong, ...]]:
    """Field -> what is wrong with it; a letter that is too long is the fault of its text."""
    by_name: dict[str, tuple[Wrong, ...]] = {}
    for problem in refused.problems:
        place = ""
        if problem.line:
            place = words()["letters_place"].format(line=problem.line, letter=problem.column)
        field = "body" if problem.slug == "letter-too-long" else problem.file
        told = Wrong(place, faults.of_file(problem, language()))
        by_name[field] = (*by_name.get(field, ()), told)
    return by_name
