"""The content of scores.json, looked up by name: all that suppression needs to know of a scoring.

Whoever has it withholds the same numbers: the command `publishable`, and the public pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from analysis.disclosure.definition import Definition

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Scores:
    """The content of scores.json, looked up by name.

    Attributes
    ----------
    content : mapping
        The parts of scores.json, each a list of rows.
    definition : Definition
        How criteria are made of groups and questions.
    """

    content: Mapping[str, Any]
    definition: Definition

    @cached_property
    def units(self) -> tuple[str, ...]:
        """Every unit, in the order of the scores."""
        return tuple(row["unit"] for row in self.content["units"])

    @cached_property
    def unit_scores(self) -> Mapping[str, float | None]:
        """Points by unit; None where there are none."""
        return {row["unit"]: row["score"] for row in self.content["units"]}

    @cached_property
    def points(self) -> Mapping[tuple[str, str], float | None]:
        """Points by unit and criterion; None where there are none."""
        rows = self.content["criteria"]
        return {(row["unit"], row["criterion"]): row["score"] for row in rows}

    @cached_property
    def estimates(self) -> Mapping[str, Mapping[tuple[str, str], Row]]:
        """The estimates of a unit by group and question."""
        by_unit: dict[str, dict[tuple[str, str], Row]] = {unit: {} for unit in self.units}
        for row in self.content["estimates"]:
            by_unit[row["unit"]][row["group"], row["question"]] = row
        return by_unit

    @cached_property
    def respondents(self) -> Mapping[tuple[str, str], int]:
        """Rows of the data set by unit and group."""
        return {
            (unit, group): int(row["n_respondents"])
            for unit, rows in self.estimates.items()
            for (group, _), row in rows.items()
        }

    @cached_property
    def rates(self) -> Mapping[tuple[str, str], Row]:
        """The frame's counts by unit and group."""
        return {(row["unit"], row["group"]): row for row in self.content.get("rates", ())}

    @property
    def min_group(self) -> int:
        """Answers that a group needs to count in a criterion."""
        return int(self.content.get("settings", {}).get("min_group", 1))

    @property
    def is_strict(self) -> bool:
        """Whether a group without an answer leaves its criterion without points."""
        return bool(self.content.get("settings", {}).get("missing", "strict") == "strict")

    def estimate(self, unit: str, group: str, question: str) -> Row:
        """What a group said to a question; nothing where it was not asked."""
        return self.estimates[unit].get((group, question)) or NOT_ASKED

    def counts(self, row: Row) -> bool:
        """Whether an estimate counts in the points of its criterion."""
        return row["mean"] is not None and row["n"] >= self.min_group


NOT_ASKED: Row = {"n": 0, "mean": None, "sum_w": 0.0}
