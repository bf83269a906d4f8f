"""Which units a case is asked to rate, and with what chance each was drawn.

One delegate cannot rate 75 communes, so each gets some of them at random; the chance goes with
every rating, because an estimate must undo it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

ALL = "*"
_SOME = re.compile(r"\*([1-9][0-9]{0,3})")


@dataclass(frozen=True)
class Assignment:
    """A unit to rate, and the chance that this case was asked about it."""

    unit: str
    chance: Fraction


def how_many(asked: str) -> int | None:
    """12 for `*12`; None when `asked` says anything else."""
    some = _SOME.fullmatch(asked)
    return int(some.group(1)) if some else None


def drawn(
    asked: str, units: Sequence[str], home: str, rng: random.Random
) -> tuple[Assignment, ...]:
    """The units of a case, in the order in which they are shown to it.

    `asked` is `*` (every unit of the wave), `*12` (a simple random subset of twelve), or unit
    codes with spaces between. The home unit is never rated by its holder. Many units come in
    random order, so that no unit always suffers from being last.
    """
    eligible = [unit for unit in units if unit != home]
    wanted = how_many(asked)
    if wanted is None:
        if asked != ALL:
            listed = asked.split()
            eligible = [unit for unit in eligible if unit in listed]
        wanted = len(eligible)
    size = min(wanted, len(eligible))
    return tuple(
        Assignment(unit, Fraction(size, len(eligible))) for unit in rng.sample(eligible, size)
    )
