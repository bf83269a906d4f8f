"""Units by fields: how much of what each field gives a unit has earned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from survey_app import i18n
from survey_app.office.page import language, say
from survey_app.office.pieces.tables import Table
from survey_app.office.results.read import Results, UnitLine

_STEPS = (0.5, 0.6, 0.7, 0.8, 0.9)
"""Where the next step of the heat map begins, as shares: those of the grades."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A field of a unit."""

    field: str
    share: float | None
    step: int | None


@dataclass(frozen=True, kw_only=True)
class Row:
    """A unit of the heat map."""

    unit: UnitLine
    name: str
    cells: Sequence[Cell]


def rows(results: Results) -> list[Row]:
    """Every unit with its fields."""
    return [
        Row(
            unit=unit,
            name=say(unit.name, language()),
            cells=[
                Cell(field=field.code, share=field.share, step=_step(field.share))
                for field in unit.fields
            ],
        )
        for unit in results.units
    ]


def table(results: Results) -> Table[Row]:
    """How the heat map is sorted: by rank, name, index, or one of the fields."""
    return Table(
        columns={
            "hang": lambda row: row.unit.rank,
            "don-vi": lambda row: row.name,
            "chi-so": lambda row: row.unit.index,
            **{
                f"linh-vuc-{field.code}": partial(_share, at=at)
                for at, field in enumerate(results.index.fields)
            },
        },
        first="hang",
        searched=lambda row: row.name,
    )


def _share(row: Row, at: int) -> float | None:
    return row.cells[at].share


def steps(spoken: str) -> list[str]:
    """What each step of the heat map stands for."""
    said = [i18n.percent(step, spoken, 0) for step in _STEPS]
    between = [f"{low} – {high}" for low, high in pairwise(said)]
    return [f"< {said[0]}", *between, f"≥ {said[-1]}"]


def _step(share: float | None) -> int | None:
    return None if share is None else sum(share >= step for step in _STEPS)
