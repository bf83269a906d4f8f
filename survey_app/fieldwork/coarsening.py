"""Sealed ballots of too few people, when a wave closes: what they show is made coarser.

Ballots that were mixed before are left as they are: whoever kept an older copy of the store can
tell those of the last batches from them. So the last ones must be alike among themselves. Ballots
of one sample and stratum are put together, the finest first, until at least `enough` show the same:

1. the mode of answering is dropped;
2. PSUs of the stratum are joined into one of theirs, the one with the most people;
3. weights that differ by no more than a quarter become their mean.

What is left after that, of a stratum or of a list of units that fewer than `enough` share, cannot
be made coarser without touching what was rated: it is told by its size, for an officer to accept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from survey_app.fieldwork.anonymity import as_seen
from survey_app.fieldwork.case import Case

CLOSE = Decimal("1.25")
"""Weights are joined when the largest is at most so many times the smallest."""

Member = tuple[str, Case]
"""The key of a sealed ballot, and its design."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Ballots that are written together: their keys, and the design that each shows."""

    members: tuple[Member, ...]
    shown: Case

    @property
    def size(self) -> int:
        """How many ballots."""
        return len(self.members)


@dataclass(frozen=True, kw_only=True)
class Coarsened:
    """All sealed ballots in batches, and those batches that stay too small."""

    batches: tuple[Batch, ...]
    small: tuple[Batch, ...]


def coarsened(members: Iterable[Member], units: Collection[str], enough: int) -> Coarsened:
    """Put sealed ballots together until at least `enough` show the same, where that can be."""
    strata: dict[Case, dict[Case, list[Member]]] = {}
    for key, case in members:
        shown = as_seen(case, units)
        stratum = replace(shown, psu="", weight="", fpc2=None, mode="")
        strata.setdefault(stratum, {}).setdefault(shown, []).append((key, shown))
    batches: list[Batch] = []
    small: list[Batch] = []
    for classes in strata.values():
        alike = [Batch(members=tuple(own), shown=shown) for shown, own in classes.items()]
        for join in (_without_mode, _with_one_psu, _with_one_weight):
            alike = _joined(alike, join, enough)
        for batch in alike:
            (batches if batch.size >= enough else small).append(batch)
    return Coarsened(batches=tuple(batches), small=tuple(small))


def _joined(
    batches: Sequence[Batch], join: Callable[[Batch, Batch], Batch | None], enough: int
) -> list[Batch]:
    """Join each batch that is too small with the smallest one that it may be joined with."""
    waiting, settled = sorted(batches, key=_size), list[Batch]()
    while waiting:
        batch = waiting.pop(0)
        partners = [*waiting, *sorted(settled, key=_size)] if batch.size < enough else []
        partner = next((other for other in partners if join(batch, other)), None)
        if partner is None:
            settled.append(batch)
            continue
        (waiting if partner in waiting else settled).remove(partner)
        joined = join(batch, partner)
        assert joined is not None
        waiting = sorted([*waiting, joined], key=_size)
    return settled


def _size(batch: Batch) -> int:
    return batch.size


def _without_mode(one: Batch, other: Batch) -> Batch | None:
    if replace(one.shown, mode="") != replace(other.shown, mode=""):
        return None
    return _together(one, other, replace(one.shown, mode=_shared_mode(one, other)))


def _with_one_psu(one: Batch, other: Batch) -> Batch | None:
    here, there = one.shown, other.shown
    if replace(here, psu="", fpc2=None, mode="") != replace(there, psu="", fpc2=None, mode=""):
        return None
    largest = max((here, there), key=lambda case: (case.fpc2 or 0, case.psu))
    shown = replace(here, psu=largest.psu, fpc2=largest.fpc2, mode=_shared_mode(one, other))
    return _together(one, other, shown)


def _with_one_weight(one: Batch, other: Batch) -> Batch | None:
    weights = [Decimal(case.weight) for batch in (one, other) for _, case in batch.members]
    if max(weights) > CLOSE * min(weights):
        return None
    mean = _text(sum(weights, Decimal(0)) / len(weights))
    one, other = (replace(b, shown=replace(b.shown, weight=mean)) for b in (one, other))
    return _with_one_psu(one, other)


def _together(one: Batch, other: Batch, shown: Case) -> Batch:
    return Batch(members=one.members + other.members, shown=shown)


def _shared_mode(one: Batch, other: Batch) -> str:
    return one.shown.mode if one.shown.mode == other.shown.mode else ""


def _text(weight: Decimal) -> str:
    """A weight as text that fits its column: sixteen digits are more than any sample knows."""
    return f"{weight:.16g}"
