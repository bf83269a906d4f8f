"""What respondents wrote in their own words: which texts are shown, and beside which unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from survey_app.quality.classes import ENOUGH

OTHERS = "*"
"""In place of a unit: several units of a group whose texts are too few each to name the unit."""


@dataclass(frozen=True, kw_only=True)
class Remark:
    """A text, masked, with the name under which themes are kept. `unit`: "" where it is of none."""

    name: str
    group: str
    unit: str
    question: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The texts to show, in the order of their names, and whether there are others."""

    remarks: tuple[Remark, ...]
    are_some_withheld: bool


def shown(remarks: Iterable[Remark]) -> Shown:
    """Texts of units and groups with five or more; the others of a group without their unit.

    Where those are fewer than five as well, they are not shown. A text comes from one form, so
    five texts of a question are of five people.
    """
    by_cell: defaultdict[tuple[str, str, str], list[Remark]] = defaultdict(list)
    for remark in remarks:
        by_cell[remark.question, remark.group, remark.unit].append(remark)
    seen: list[Remark] = []
    pooled: defaultdict[tuple[str, str], list[Remark]] = defaultdict(list)
    for (question, group, unit), of_cell in by_cell.items():
        if len(of_cell) >= ENOUGH:
            seen += of_cell
        elif unit:
            pooled[question, group] += [replace(remark, unit=OTHERS) for remark in of_cell]
    enough = [pool for pool in pooled.values() if len(pool) >= ENOUGH]
    seen += [remark for pool in enough for remark in pool]
    total = sum(map(len, by_cell.values()))
    return Shown(
        remarks=tuple(sorted(seen, key=lambda remark: remark.name)),
        are_some_withheld=len(seen) < total,
    )
