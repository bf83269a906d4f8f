"""Faults of a list by column and kind: how many there are of each, and the first in full."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from analysis.problems import Problem

TIMES = "times"
"""Under this name a problem says how often its kind occurs."""

_PLACES = "found_at"
_MOST_PLACES = 6


@dataclass(frozen=True, kw_only=True)
class KindOfFault:
    """All faults of one kind in one column. `places` are the cells or rows of the first ones."""

    column: str
    count: int
    first: Problem
    places: str

    @property
    def name(self) -> str:
        """As messages name it: `phone: not-a-phone`, or the kind alone."""
        return f"{self.column}: {self.first.slug}" if self.column else self.first.slug


def by_kind(problems: Iterable[Problem]) -> tuple[KindOfFault, ...]:
    """Faults by column and kind, the most frequent kind first.

    Problems that say already how often they occur are taken at their word.
    """
    listed: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        listed.setdefault((problem.values.get("named", ""), problem.slug), []).append(problem)
    kinds = [
        KindOfFault(
            column=column,
            count=sum(int(each.values.get(TIMES, "1")) for each in alike),
            first=alike[0],
            places=alike[0].values.get(_PLACES) or _places(alike),
        )
        for (column, _), alike in listed.items()
    ]
    return tuple(sorted(kinds, key=lambda kind: -kind.count))


def firsts(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The first problem of each kind, which says how often the kind occurs and where."""
    return tuple(
        replace(
            kind.first,
            values={**kind.first.values, TIMES: str(kind.count), _PLACES: kind.places},
        )
        for kind in by_kind(problems)
    )


def are_firsts(problems: Sequence[Problem]) -> bool:
    """Whether problems stand for all of their kind."""
    return bool(problems) and all(TIMES in problem.values for problem in problems)


def _places(alike: Sequence[Problem]) -> str:
    shown = [_place(each) for each in alike[:_MOST_PLACES]]
    return ", ".join(filter(None, shown)) + (" ..." if alike[_MOST_PLACES:] else "")


def _place(problem: Problem) -> str:
    _, _, cell = problem.cell.rpartition("!")
    return cell or (str(problem.line) if problem.line else "")
