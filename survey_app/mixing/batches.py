"""Which sealed ballots are opened together, while a wave is open."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence

from survey_app.fieldwork.case import Case
from survey_app.fieldwork.protection.anonymity import ENOUGH, as_seen
from survey_app.fieldwork.protection.coarsening import Batch, Member
from survey_app.store.answers.ballot_box import SealedBallot

_CHANCE = random.SystemRandom()

MOST_AT_ONCE = 150
"""Ballots that are mixed in one transaction: a respondent waits no longer than it lasts."""


def of_classes(
    sealed: Iterable[SealedBallot], units: frozenset[str], held_back: int
) -> list[Batch]:
    """Of the classes with enough ballots, all but some that are drawn by chance.

    Those stay sealed: when the wave closes, the last ballots of a class are then not one or two,
    whose answers would be what has been added to the scores of the day before.
    """
    alike: dict[Case, list[Member]] = {}
    shown: dict[Case, Case] = {}
    for one in sealed:
        seen = shown.get(one.case) or shown.setdefault(one.case, as_seen(one.case, units))
        alike.setdefault(seen, []).append((one.id, seen))
    batches: list[Batch] = []
    for seen, members in alike.items():
        if len(members) >= ENOUGH + held_back:
            _CHANCE.shuffle(members)
            batches.append(Batch(members=tuple(members[held_back:]), shown=seen))
    return batches


def together(batches: Iterable[Batch]) -> Iterator[list[Batch]]:
    """Batches that are opened in one transaction.

    A large one is taken in parts drawn by chance, none of them smaller than it must be.
    """
    group: list[Batch] = []
    for batch in batches:
        members = list(batch.members)
        _CHANCE.shuffle(members)
        count = max(1, len(members) // MOST_AT_ONCE)
        for at in range(count):
            group.append(Batch(members=tuple(members[at::count]), shown=batch.shown))
            if sum(part.size for part in group) >= MOST_AT_ONCE:
                yield group
                group = []
    if group:
        yield group


def parts(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    """Ballots that need not be alike, as many as one transaction takes."""
    for at in range(0, len(keys), MOST_AT_ONCE):
        yield keys[at : at + MOST_AT_ONCE]
