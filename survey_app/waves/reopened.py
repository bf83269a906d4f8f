"""Which forms that came after a wave was reopened are too few to be counted.

Scores of before and after are known. Where fewer than five people may have rated a unit since, the
difference would tell what they said: so each unit of each group gets nobody's new answers, or those
of five people at least.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import TypeVar

Class = TypeVar("Class")

ENOUGH = 5


def too_few(
    since: Mapping[Class, int], cells: Mapping[Class, Collection[str]], enough: int = ENOUGH
) -> frozenset[Class]:
    """The classes of new forms that would leave some cell with a few.

    `since` counts the new forms of each class, `cells` names all that a form of the class may say
    something about. Whoever is left out is missing elsewhere too, so it is looked at again.
    """
    kept = set(since)
    while True:
        people: Counter[str] = Counter()
        for each in kept:
            people.update(dict.fromkeys(cells[each], since[each]))
        short = {each for each in kept if any(people[cell] < enough for cell in cells[each])}
        if not short:
            return frozenset(since) - kept
        kept -= short
