"""Names in the lists of a wave that differ only in spelling: told, and never joined.

Two spellings of one village are two PSUs, and standard errors follow the spelling. Who made the
list knows whether they are one; the next import may have the spelling of the last.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence

from analysis.problems import Problem
from analysis.spelling import alike, differences, skeleton
from survey_app.fieldwork.case import Case, Stratum

_MOST_SETS = 50
_MOST_OF_A_SET = 12
_HELP = (
    "write one name in one way, and import into a new wave; different names may stay as they are"
)


def remarks(
    file: str, cases: Sequence[Case], frame: Sequence[Stratum], units: Mapping[str, str]
) -> tuple[Problem, ...]:
    """A warning for every set of names of a wave that differ only in spelling.

    Parameters
    ----------
    file : str
        What was imported.
    cases : sequence of Case
        All that the wave has, those of earlier lists too.
    frame : sequence of Stratum
    units : mapping from code to name
        Of the wave.
    """
    listed = [
        *_of_column(file, "case", Counter(case.label for case in cases)),
        *_of_column(file, "unit", Counter(units.values())),
        *_of_column(file, "sample", Counter(_samples(cases, frame))),
        *_within(file, "stratum", _strata(cases, frame)),
        *_within(file, "psu", _psus(cases)),
        *_of_homes(file, cases, units),
    ]
    left = len(listed) - _MOST_SETS
    if left > 0:
        message = f"there are {left} more sets of names that differ only in spelling"
        more = Problem("alike-labels", message, file, help=_HELP, severity="warning")
        return (*listed[:_MOST_SETS], more)
    return tuple(listed)


def _samples(cases: Iterable[Case], frame: Iterable[Stratum]) -> Iterable[str]:
    yield from (case.sample for case in cases)
    yield from (stratum.sample for stratum in frame)


def _strata(cases: Iterable[Case], frame: Iterable[Stratum]) -> Iterable[tuple[Hashable, str]]:
    """Each case's stratum, and each of the frame, with the sample of which it is one."""
    yield from ((case.cell, case.stratum) for case in cases)
    yield from ((stratum.cell, stratum.stratum) for stratum in frame)


def _psus(cases: Iterable[Case]) -> Iterable[tuple[Hashable, str]]:
    """Each case's PSU, with its stratum however that is spelled."""
    strata = {stratum: skeleton(stratum) for stratum in {case.stratum for case in cases}}
    yield from ((( *case.cell, strata[case.stratum]), case.psu) for case in cases)  # fmt: skip


def _within(file: str, column: str, placed: Iterable[tuple[Hashable, str]]) -> Iterable[Problem]:
    """Names that are alike within the place in which each must be one."""
    by_place: dict[Hashable, Counter[str]] = defaultdict(Counter)
    for place, label in placed:
        by_place[place][label] += 1
    told: set[tuple[str, ...]] = set()
    for counts in by_place.values():
        for several in _alike(counts):
            if tuple(sorted(several)) not in told:
                told.add(tuple(sorted(several)))
                yield _problem(file, column, several, counts)


def _of_column(file: str, column: str, counts: Counter[str]) -> Iterable[Problem]:
    for several in _alike(counts):
        yield _problem(file, column, several, counts)


def _of_homes(file: str, cases: Iterable[Case], units: Collection[str]) -> Iterable[Problem]:
    """Home units that are spelled otherwise than a unit of the wave would be rated by their own."""
    counts = Counter(case.home_unit for case in cases)
    known = {skeleton(unit): unit for unit in units}
    for label in list(counts):
        unit = known.get(skeleton(label))
        if unit is not None:
            counts.setdefault(unit, 0)
    yield from _of_column(file, "home_unit", counts)


def _alike(counts: Counter[str]) -> list[tuple[str, ...]]:
    return alike(label for label in counts if label) if len(counts) > 1 else []


def _problem(file: str, column: str, several: tuple[str, ...], counts: Counter[str]) -> Problem:
    shown = [
        f"`{label}`" + (f" ({counts[label]})" if counts[label] else "")
        for label in several[:_MOST_OF_A_SET]
    ]
    listed = ", ".join(shown) + (" ..." if len(several) > len(shown) else "")
    ways = ", ".join(
        dict.fromkeys(
            way for label in several[1:] for way in differences(several[0], label).split(", ")
        )
    )
    message = f"{len(several)} names in `{column}` differ only in spelling ({ways}): {listed}"
    values = {"named": column, "labels": listed}
    return Problem("alike-labels", message, file, help=_HELP, values=values, severity="warning")
