"""Weights compared with what they stand for: in each stratum they add up to its population.

A weight is how many people somebody stands for, so those of a stratum add up to all of them:
exactly where persons are drawn, about where PSUs are. Who worked them out by hand divided by the
wrong number where they do not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from analysis.problems import Problem
from survey_app.fieldwork import values
from survey_app.fieldwork.case import Case, Stratum

ROUNDED = Decimal("0.005")
"""Of persons drawn directly, the sum may differ by this share: weights are typed short."""

OF_CLUSTERS = Decimal("0.5")
"""Of drawn PSUs it may by this share, because PSUs are larger and smaller."""

_MOST_TOLD = 20

Place = tuple[str, str, str, str]
"""Group, sample, unit, stratum."""


@dataclass(frozen=True, kw_only=True)
class Off:
    """A stratum whose weights do not add up; `one` is what all are where they are equal."""

    place: Place
    cases: int
    total: Decimal
    one: Decimal | None
    population: int

    @property
    def name(self) -> str:
        """The stratum in words: unit or sample, group, stratum."""
        group, sample, unit, stratum = self.place
        return f"{unit or sample}, {group}, {stratum}"

    @property
    def sum(self) -> str:
        """How the sum comes about: `12 × 2.3333 = 28`, where all weights are one."""
        total = _short(self.total)
        return total if self.one is None else f"{self.cases} × {values.plain(self.one)} = {total}"


def off(
    cases: Iterable[Case], frame: Iterable[Stratum], passed_over: Collection[str] = ()
) -> tuple[Off, ...]:
    """Every stratum whose weights do not add up to its population.

    That is the frame's; where the frame does not know it, `fpc1` of persons drawn directly.
    `passed_over` are cases whose place somebody else has taken.
    """
    by_place: dict[Place, list[Case]] = {}
    for case in cases:
        if case.label not in passed_over:
            by_place.setdefault((*case.cell, case.stratum), []).append(case)
    known = {(*each.cell, each.stratum): each.population for each in frame}
    looked_at = (_off(place, listed, known.get(place)) for place, listed in by_place.items())
    return tuple(sorted((each for each in looked_at if each), key=lambda each: each.place))


def _off(place: Place, listed: Sequence[Case], framed: int | None) -> Off | None:
    by_persons = not listed[0].psu
    population = framed if framed is not None else listed[0].fpc1 if by_persons else None
    if not population:
        return None
    weights = Counter(case.weight for case in listed)
    total = sum((Decimal(weight) * n for weight, n in weights.items()), Decimal(0))
    if abs(total - population) <= (ROUNDED if by_persons else OF_CLUSTERS) * population:
        return None
    one = Decimal(listed[0].weight) if len(weights) == 1 else None
    return Off(place=place, cases=len(listed), total=total, one=one, population=population)


def _short(number: Decimal) -> str:
    """A number in few digits: 27.9996 is 28."""
    return values.plain(number.quantize(Decimal("0.01")))


def remarks(file: str, sums: Sequence[Off]) -> tuple[Problem, ...]:
    """A warning for every such stratum, with both numbers."""
    told = [_told(file, each) for each in sums[:_MOST_TOLD]]
    left = len(sums) - _MOST_TOLD
    if left > 0:
        message = f"there are {left} more strata whose weights do not add up to the population"
        told.append(Problem("weights-off", message, file, help=_HELP, severity="warning"))
    return tuple(told)


_HELP = "a weight is the population of the stratum divided by the cases drawn of it"


def _told(file: str, each: Off) -> Problem:
    message = (
        f"the weights of stratum {each.name} add up to {each.sum}, and its population is "
        f"{each.population}"
    )
    said = {
        "stratum": each.name,
        "weights": each.sum,
        "population": str(each.population),
        "wanted": _short(Decimal(each.population) / each.cases) if each.one else "",
    }
    return Problem("weights-off", message, file, help=_HELP, values=said, severity="warning")
