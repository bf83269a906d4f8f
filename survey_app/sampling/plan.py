"""How many are drawn where, before anybody is: unit by group by stratum."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from analysis.problems import Problem, ProblemsFound
from survey_app.sampling import allocation
from survey_app.sampling.allocation import Bounded
from survey_app.sampling.design import FEWEST_PSUS, Design
from survey_app.sampling.population import ONE_STRATUM, Cell, Person


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A line of the plan: a stratum, how many there are, and how many are drawn of them.

    `psus` there are, and `drawn_psus` are drawn, where PSUs are drawn; else both are 0.
    """

    cell: Cell
    stratum: str
    population: int
    forms: int
    psus: int = 0
    drawn_psus: int = 0


@dataclass(frozen=True)
class _Stratum:
    name: str
    people: int
    psus: Mapping[str, int]


def stratum_of(person: Person, design: Design) -> str:
    """The stratum in which somebody is drawn."""
    return person.case.stratum if design.uses_strata else ONE_STRATUM


def planned(people: Sequence[Person], design: Design) -> tuple[Planned, ...]:
    """The whole plan, in the order of samples and strata.

    Raises
    ------
    ProblemsFound
        More are to be drawn than there are, or fewer than the minimums come to.
    """
    strata = _strata(people, design)
    if not strata:
        message = "nobody of the list can be drawn"
        raise ProblemsFound([_fault("nobody-listed", message, "see the groups of the list")])
    cells = sorted(strata)
    if design.method == "all":
        totals: Mapping[Cell, int] = {cell: _people(strata[cell]) for cell in cells}
    else:
        totals = _totals(strata, cells, design)
    return tuple(line for cell in cells for line in _lines(cell, strata[cell], totals, design))


def _strata(people: Sequence[Person], design: Design) -> Mapping[Cell, tuple[_Stratum, ...]]:
    psus: dict[Cell, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for each in people:
        counted = psus[each.case.cell][stratum_of(each, design)]
        counted[each.case.psu] = counted.get(each.case.psu, 0) + 1
    return {
        cell: tuple(_Stratum(name, sum(by.values()), by) for name, by in sorted(strata.items()))
        for cell, strata in psus.items()
    }


def _people(strata: Sequence[_Stratum]) -> int:
    return sum(each.people for each in strata)


def _totals(
    strata: Mapping[Cell, tuple[_Stratum, ...]], cells: Sequence[Cell], design: Design
) -> Mapping[Cell, int]:
    """How many each sample gets: the same for each, or by the rule within its bounds."""
    if design.each_unit:
        return {cell: min(design.forms, _people(strata[cell])) for cell in cells}
    bounded = []
    for cell in cells:
        bases = [_bounded(each, design) for each in strata[cell]]
        most = _people(strata[cell])
        least = max(sum(each.least for each in bases), min(most, design.least_unit))
        base = Fraction(1) if design.allocation == "equal" else sum(
            (each.base for each in bases), Fraction(0)
        )  # fmt: skip
        bounded.append(Bounded(base=base, least=least, most=most))
    return dict(zip(cells, _allocated(design.forms, bounded), strict=True))


def _bounded(stratum: _Stratum, design: Design) -> Bounded:
    spread = design.spread_of(stratum.name)
    return Bounded(
        base=allocation.base(design.allocation, stratum.people, spread),
        least=allocation.least(stratum.people, design.least),
        most=stratum.people,
    )


def _allocated(forms: int, bounded: Sequence[Bounded]) -> tuple[int, ...]:
    low, high = sum(each.least for each in bounded), sum(each.most for each in bounded)
    if forms > high:
        message = f"{forms} are to be drawn, and the list has {high}"
        raise ProblemsFound([_fault("forms-too-many", message, "draw fewer", most=str(high))])
    if forms < low:
        message = f"{forms} are to be drawn, and the minimums alone come to {low}"
        help = "draw more, or lower the minimum"
        raise ProblemsFound([_fault("forms-below-minimum", message, help, least=str(low))])
    return allocation.allocate(forms, bounded)


def _lines(
    cell: Cell, strata: Sequence[_Stratum], totals: Mapping[Cell, int], design: Design
) -> list[Planned]:
    if design.method == "clusters":
        return _cluster_lines(cell, strata, totals[cell], design)
    if design.method == "all":
        forms: Sequence[int] = [each.people for each in strata]
    else:
        forms = _allocated(totals[cell], [_bounded(each, design) for each in strata])
    return [
        Planned(cell=cell, stratum=each.name, population=each.people, forms=n)
        for each, n in zip(strata, forms, strict=True)
    ]


def _cluster_lines(
    cell: Cell, strata: Sequence[_Stratum], forms: int, design: Design
) -> list[Planned]:
    """PSUs are shared out as forms are: so many that their persons come to the forms."""
    bounded = [
        Bounded(
            base=allocation.base(design.allocation, each.people, design.spread_of(each.name)),
            least=min(len(each.psus), max(FEWEST_PSUS, ceil(Fraction(design.least, design.take)))),
            most=len(each.psus),
        )
        for each in strata
    ]
    low, high = sum(each.least for each in bounded), sum(each.most for each in bounded)
    psus = allocation.allocate(min(max(ceil(Fraction(forms, design.take)), low), high), bounded)
    return [
        Planned(
            cell=cell,
            stratum=each.name,
            population=each.people,
            forms=_expected(each, n, design.take),
            psus=len(each.psus),
            drawn_psus=n,
        )
        for each, n in zip(strata, psus, strict=True)
    ]


def _expected(stratum: _Stratum, psus: int, take: int) -> int:
    """How many persons are drawn, where no PSU has fewer than are taken of it."""
    return min(psus * take, stratum.people)


def _fault(slug: str, message: str, help: str, **values: str) -> Problem:
    return Problem(slug, message, "design", help=help, values=values)
