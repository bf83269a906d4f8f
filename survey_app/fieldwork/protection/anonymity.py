"""Whose ballot could be guessed, because too few share what a ballot shows of its case.

A ballot carries its case's design (stratum, PSU, weight, ...) because estimates need it. Where a
single case has that design, whoever holds the sample list knows whose ballot it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from survey_app.fieldwork.case import Case
from survey_app.fieldwork.lists.subset import ALL, how_many

ENOUGH = 5
"""The fewest cases that must look alike. The same as the default of `publish_from`."""

EXPECTED = 0.5
"""The share of invitations that is expected to be answered, where nothing better is known."""


@dataclass(frozen=True)
class SmallClass:
    """Cases of one sample that look alike, and are too few. Says how many, never who.

    `size` of them were drawn.
    """

    group: str
    sample: str
    unit: str
    stratum: str
    size: int


def smallest_classes(
    cases: Iterable[Case],
    units: Collection[str],
    enough: int = ENOUGH,
    expected: float = EXPECTED,
) -> tuple[SmallClass, ...]:
    """Every set of cases whose ballots will look alike and be too few, the smallest first.

    What counts is who answers: of a set, a share of `expected` is thought to. Fewer than `enough`
    of those are too few.
    """
    known = frozenset(units)
    alike = Counter(as_seen(case, known) for case in cases)
    small = [
        SmallClass(shown.group, shown.sample, shown.unit, shown.stratum, size)
        for shown, size in alike.items()
        if size * expected < enough
    ]
    return tuple(
        sorted(
            small, key=lambda each: (each.size, each.group, each.sample, each.unit, each.stratum)
        )
    )


def warning(small: Collection[SmallClass], enough: int = ENOUGH, expected: float = EXPECTED) -> str:
    """What to tell an officer; empty when there is nothing to fear."""
    if not small:
        return ""
    people = sum(each.size for each in small)
    alone = sum(each.size == 1 for each in small)
    return (
        f"if {expected:.0%} of the invited answer, {people} cases share their design with fewer "
        f"than {enough} who do, {alone} of them with nobody who was drawn: who holds the sample "
        "list could guess which form is theirs. Join strata, round weights, or leave out the home "
        "unit where it does not matter"
    )


def as_seen(case: Case, units: Collection[str]) -> Case:
    """What a ballot will show of its case: its design, and which units it rates."""
    return replace(case, label="", home_unit=_home_as_seen(case, units))


def _home_as_seen(case: Case, units: Collection[str]) -> str:
    """A home unit shows by its absence.

    Wholly where every other unit is rated, and by a different chance where a random subset is.
    """
    if case.home_unit not in units:
        return ""
    if how_many(case.asked) is not None:
        return ALL
    return case.home_unit if case.asked == ALL or case.home_unit in case.asked.split() else ""
