"""The reference data sets and what R survey gives for them."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

from analysis.dataset import reader
from analysis.dataset.model import Dataset
from analysis.replication import scorecards
from analysis.scoring import score

HERE = Path(__file__).parent.parent / "reference"


@cache
def data(name: str) -> Dataset:
    return reader.read(HERE / name)


@cache
def expected(name: str) -> Any:
    return json.loads((HERE / name / "expected.json").read_text())


@cache
def misc(name: str) -> Any:
    return json.loads((HERE / "misc" / f"{name}.json").read_text())


@cache
def card(name: str, **settings: Any) -> score.Scorecard:
    return scorecards.scorecard(data(name), score.Settings(**settings))


def rows(table: Any) -> list[dict[str, Any]]:
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


def agrees(ours: float, theirs: float | None, tolerance: float = 1e-9) -> bool:
    if theirs is None or math.isnan(ours):
        return theirs is None and math.isnan(ours)
    return math.isclose(ours, theirs, rel_tol=tolerance, abs_tol=1e-12)


def cell(name: str, unit: str, group: str) -> int:
    found = data(name)
    return found.units.index(unit) * len(found.groups) + found.groups.index(group)
