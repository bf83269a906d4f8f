"""Classes of the design: what is screened, called back about and left out, never a form by itself.

A class is all forms of a group and a sample that were asked in one way, in one place where an
interviewer worked through a place. Cases and ballots both show it, and nothing else of each other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from math import comb
from typing import NamedTuple

ENOUGH = 5
"""The fewest forms of which anything is said, or that are left out."""

SUSPECT_SHARE = 0.2
"""From this share of flagged forms on a class is marked as one to call back about: a convention
that says where to begin, and no test."""


class DesignClass(NamedTuple):
    """Mode and PSU are blank where the class is not divided by them."""

    group: str
    sample: str
    unit: str
    mode: str = ""
    psu: str = ""

    def holds(self, other: DesignClass) -> bool:
        """Whether a form or a case of the design `other` belongs to it."""
        return (
            self[:3] == other[:3] and self.mode in ("", other.mode) and self.psu in ("", other.psu)
        )


def divided(forms: Mapping[DesignClass, int]) -> dict[DesignClass, DesignClass]:
    """The class in which each design is shown; a design that is not in it is shown in none.

    A sample is divided by mode, and by place within a mode, only where no part would be small:
    the sum of the others would tell of a small part.
    """
    by_mode: defaultdict[DesignClass, list[DesignClass]] = defaultdict(list)
    for each in forms:
        by_mode[each._replace(psu="")].append(each)
    by_sample: defaultdict[DesignClass, list[DesignClass]] = defaultdict(list)
    for each in by_mode:
        by_sample[each._replace(mode="")].append(each)
    shown: dict[DesignClass, DesignClass] = {}
    for sample, modes in by_sample.items():
        sizes = {mode: sum(forms[each] for each in by_mode[mode]) for mode in modes}
        if sum(sizes.values()) < ENOUGH:
            continue
        is_divided = min(sizes.values()) >= ENOUGH and all(mode.mode for mode in modes)
        for mode in modes:
            for each in by_mode[mode]:
                shown[each] = _place(each, by_mode[mode], forms) if is_divided else sample
    return shown


def _place(
    each: DesignClass, of_mode: list[DesignClass], forms: Mapping[DesignClass, int]
) -> DesignClass:
    is_divided = all(it.psu and forms[it] >= ENOUGH for it in of_mode)
    return each if is_divided else each._replace(psu="")


def shown_flagged(flagged: int, forms: int) -> int:
    """How many flagged forms are told of: by fives, rounded down, and never nearly all.

    0 stands for "none that is told". That every form of a class says one thing throughout is not
    told, nor that one more does than yesterday.
    """
    return max(min(flagged, forms - ENOUGH), 0) // ENOUGH * ENOUGH


def chance_of_so_few(cases: int, returned: int, reached: int, took_part: int) -> float:
    """The chance that of people called back so few, or fewer, took part.

    Drawn by lot from `cases`, of whom `returned` sent a form: hypergeometric. A small chance says
    that forms are there which nobody of those asked has filled in.
    """
    cases = max(cases, returned)  # who was noted as gone may have answered all the same
    reached = min(reached, cases)
    total = comb(cases, reached)
    ways = sum(
        comb(returned, count) * comb(cases - returned, reached - count)
        for count in range(min(took_part, reached) + 1)
        if reached - count <= cases - returned
    )
    return ways / total


def small_part(
    cells: Mapping[str, frozenset[str]], sets: tuple[frozenset[str], ...]
) -> tuple[str, int] | None:
    """A cell of which two results would differ by fewer than five forms, and by how many.

    `cells` gives the forms that count in each unit and group, `sets` the forms that are left out
    by each exclusion that was ever agreed, and by the one proposed. Results are shown with and
    without; whoever adds and subtracts them gets at nothing finer than the parts into which the
    sets cut a cell. So each part has five forms or none.
    """
    for cell, forms in cells.items():
        parts = Counter(tuple(form in each for each in sets) for form in forms)
        smallest = min(parts.values(), default=ENOUGH)
        if smallest < ENOUGH and len(parts) > 1:
            return cell, smallest
    return None
