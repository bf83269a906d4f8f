"""A scorecard as the numbers somebody might publish, for `analysis.disclosure` to judge.

Ratios are linear in each other: a criterion's points are the sum over its groups of what a ratio
of 1 would earn times the ratio; fields, units and averages over units are sums of those. Counts
of respondents have margins over groups and over units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from analysis.disclosure.suppression import Cell, Name
from analysis.io.table import read_csv
from analysis.numeric import Bools
from analysis.problems import Problem, ProblemsFound, closest
from analysis.scoring.score import Scorecard

ALL = "*"
NO_LIMIT = 1e7


@dataclass(frozen=True)
class Rule:
    """What counts as few, and how little an attacker may learn.

    `room` is the least range, of a scale from 0 to 1, that must remain possible for a hidden
    ratio. `alike` says what becomes of a cell where everyone answered the same.
    """

    fewest: int = 5
    room: float = 0.1
    alike: Literal["flag", "withhold"] = "flag"
    insiders: bool = True


def fields_of(folder: Path, card: Scorecard) -> dict[str, str]:
    """Criterion to field, from index.csv where the folder has one; else no fields."""
    path = folder / "index.csv"
    if not path.is_file():
        return {}
    problems: list[Problem] = []
    table = read_csv(path, ("code", "parent"), problems)
    if table is None or problems:
        raise ProblemsFound(problems)
    above = dict(zip(table["code"].texts(), table["parent"].texts(), strict=True))
    fields = {}
    for criterion in card.data.criteria:
        code = criterion.name
        if code not in above:
            help = closest(code, above) or "add its line"
            raise ProblemsFound(
                [Problem("unknown-criterion", f"index.csv has no `{code}`", str(path), help=help)]
            )
        seen = {code}
        while above.get(code) and above[code] not in seen:
            code = above[code]
            seen.add(code)
        fields[criterion.name] = code
    return fields


def point_cells(card: Scorecard, rule: Rule, fields: Mapping[str, str]) -> list[Cell]:
    """Ratios by group and question, points by criterion, field and unit, averages over units."""
    cells = _mean_cells(card, rule)
    cost = {cell.name: cell.cost for cell in cells}
    over: dict[str, dict[Name, float]] = {}
    for unit, name in enumerate(card.data.units):
        parts = _criterion_cells(card, unit, cost)
        cells += parts
        weight = sum(cell.cost for cell in parts)
        for field in dict.fromkeys(fields.values()):
            own = {cell.name: 1.0 for cell in parts if fields.get(cell.name[2]) == field}
            whole = len(own) == sum(each == field for each in fields.values())
            if own and whole:
                cells.append(Cell(("field", name, field), own, cost=2 * weight))
        if parts and not np.isnan(card.units.score[unit]):
            own = {cell.name: 1.0 for cell in parts}
            cells.append(Cell(("unit", name), own, cost=1e6 * weight))
        for cell in parts:
            over.setdefault(cell.name[2], {})[cell.name] = 1.0
    known = {cell.name: cell.cost for cell in cells}
    for criterion, of in over.items():
        share = dict.fromkeys(of, 1 / len(of))
        price = 2 * sum(known[name] for name in of) / len(of)
        cells.append(Cell(("average", criterion), share, cost=price, brittle=True))
    return cells


def _mean_cells(card: Scorecard, rule: Rule) -> list[Cell]:
    cells = []
    alike = everyone_alike(card)
    for cell, question in np.argwhere(card.counts.n > 0).tolist():
        unit, group = _place(card, cell)
        mean, n = card.estimates.mean[cell, question], float(card.counts.n[cell, question])
        if np.isnan(mean):
            continue
        few = n < rule.fewest or (rule.alike == "withhold" and bool(alike[cell, question]))
        worth = card.counts.coefficients[question][card.counts.carries[question]]
        cells.append(
            Cell(
                ("mean", unit, group, card.data.questions[question].name),
                cost=n,
                sensitive=few,
                value=float(mean),
                low=float(worth.min()),
                high=float(worth.max()),
                room=rule.room,
                owner=(unit, group),
            )
        )
    return cells


def _criterion_cells(card: Scorecard, unit: int, cost: Mapping[Name, float]) -> list[Cell]:
    cells = []
    for share in card.aggregation.contributions:
        of: dict[Name, float] = {}
        for link, part in enumerate(share.link_points[unit].tolist()):
            where, group = _place(card, int(share.cells[unit, link]))
            name = ("mean", where, group, card.data.questions[share.questions[link]].name)
            if part > 0:
                of[name] = of.get(name, 0.0) + part
        if of:
            total = sum(cost[name] for name in of)
            own = ("criterion", card.data.units[unit], share.criterion.name)
            cells.append(Cell(own, of, cost=total))
    return cells


def count_cells(card: Scorecard, rule: Rule) -> list[Cell]:
    """Respondents by unit and group, with all margins."""
    cells: list[Cell] = []
    margins: dict[Name, dict[Name, float]] = {}
    for cell in np.flatnonzero(card.cells.rows > 0).tolist():
        made = _count_cell(card, rule, cell)
        cells.append(made)
        unit, group = made.owner
        for margin in (("count", unit, ALL), ("count", ALL, group), ("count", ALL, ALL)):
            margins.setdefault(margin, {})[made.name] = 1.0
    cost = {cell.name: cell.cost for cell in cells}
    for over, of in margins.items():
        total = sum(cost[name] for name in of)
        cells.append(Cell(over, of, cost=total, brittle=over[1] != ALL))
    return cells


def _count_cell(card: Scorecard, rule: Rule, cell: int) -> Cell:
    unit, group = _place(card, cell)
    rows = float(card.cells.rows[cell])
    line = card.data.frame.get(divmod(cell, len(card.data.groups)))
    told = [] if line is None else [line.population, line.invited]
    most = min([value for value in told if value is not None], default=NO_LIMIT)
    responded = rows if line is None or line.responded is None else line.responded
    return Cell(
        ("count", unit, group),
        cost=rows,
        sensitive=rows < rule.fewest or 0 < responded < rule.fewest,
        value=rows,
        low=1.0,
        high=max(most, rows),
        room=max(rule.fewest - 2.0, 1.0),
        owner=(unit, group),
    )


def everyone_alike(card: Scorecard) -> Bools:
    """(cells, questions): all answers of the cell are the same option."""
    options = ((card.counts.by_code > 0) & card.counts.carries).sum(axis=2)
    return np.asarray(options == 1)


def _place(card: Scorecard, cell: int) -> tuple[str, str]:
    unit, group = divmod(cell, len(card.data.groups))
    return card.data.units[unit], card.data.groups[group]
