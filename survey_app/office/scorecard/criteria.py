"""One criterion over all units: its points, and what each group said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from survey_app.conduct.scoring.kept_pages import Json
from survey_app.office.page import language, say
from survey_app.office.pieces.figures import Tick, placed
from survey_app.office.pieces.tables import Table
from survey_app.office.results.read import Results
from survey_app.office.results.standings import ticks_of_points
from survey_app.questionnaire.model import Leaf


@dataclass(frozen=True, kw_only=True)
class Line:
    """A unit's points of the criterion, with places for the figure in per cent of its width."""

    unit: str
    name: str
    points: float | None
    lo: float | None
    hi: float | None
    class_share: float | None
    at: float | None
    at_lo: float | None
    at_hi: float | None
    at_class: float | None
    groups: Mapping[str, Mapping[str, Any]]


TABLE: Table[Line] = Table(
    columns={
        "diem": lambda line: line.points,
        "don-vi": lambda line: line.name,
    },
    first="-diem",
    searched=lambda line: line.name,
)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """The scale of the figure: from nothing to the most that the criterion gives."""

    ticks: Sequence[Tick]


def lines(results: Results, leaf: Leaf, laid_out: Json) -> list[Line]:
    """Every unit, in the order of the ranks."""
    rows = {row["unit"]: row for row in laid_out["units"]}
    return [
        _line(unit.unit, say(unit.name, language()), rows[unit.unit], float(leaf.points))
        for unit in results.units
        if unit.unit in rows
    ]


def _line(unit: str, name: str, row: Json, most: float) -> Line:
    scale = (0.0, most)
    has_interval = row["lo"] is not None and row["hi"] is not None
    return Line(
        unit=unit,
        name=name,
        points=row["score"],
        lo=row["lo"],
        hi=row["hi"],
        class_share=row["class_share"],
        at=placed(row["score"], scale),
        at_lo=placed(row["lo"], scale) if has_interval else None,
        at_hi=placed(row["hi"], scale) if has_interval else None,
        at_class=placed(row["class_share"], (0.0, 1.0)),
        groups={group["group"]: group for group in row["groups"]},
    )


def figure(shown: Sequence[Line], leaf: Leaf) -> Figure | None:
    """The scale; None where there is no line to draw."""
    if not shown:
        return None
    return Figure(ticks=ticks_of_points(float(leaf.points), language()))
