"""Response rates by group and mode, over all units: shown where people answered in several ways."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ModeLine:
    """How many of one group were asked in one way, and how many answered.

    `invited` and `rate` are None where nobody knows of how many: an open link, a kiosk.
    """

    group: str
    mode: str
    invited: int | None
    responded: int | None
    rate: float | None


def mode_lines(rows: Iterable[Mapping[str, Any]]) -> tuple[ModeLine, ...]:
    """The lines of every group and mode with anybody in it; none where there is one mode only."""
    cells: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        cells.setdefault((row["group"], row["mode"]), []).append(row)
    every_line = [_line(*key, own) for key, own in sorted(cells.items())]
    lines = [line for line in every_line if line.invited or line.responded]
    return tuple(lines) if len({line.mode for line in lines}) > 1 else ()


def _line(group: str, mode: str, rows: list[Mapping[str, Any]]) -> ModeLine:
    top = _sum(row["numerators"].get("RR1") for row in rows)
    base = _sum(row["denominators"].get("RR1") for row in rows)
    rate = top / base if top is not None and base else None
    invited, responded = (_sum(row[name] for row in rows) for name in ("invited", "responded"))
    return ModeLine(group, mode, _whole(invited), _whole(responded), rate)


def _sum(values: Iterable[float | None]) -> float | None:
    known = list(values)
    return None if None in known else sum(value for value in known if value is not None)


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
