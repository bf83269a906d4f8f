"""Sealed ballots of too few people, when a wave closes: what they show is made coarser.

Ballots that were mixed before are left as they are: whoever kept an older copy of the store can
tell those of the last batches from them. So the last ones must be alike among themselves. Ballots
of one sample and stratum are put together until at least `enough` show the same, in three steps,
each only as far as the one before has left too few:

1. the mode of answering is dropped;
2. PSUs with one weight are joined into one of theirs, the one with the most people: into as many
   as can be, so that variances rest on as many;
3. weights that differ by no more than a quarter become their mean: which ones, is chosen so that
   the fewest ballots stay too few, then that weights change least, and then that the fewest batches
   are joined (microaggregation).

A PSU that would then show more people than it has (two villages of three, two of each answered) is
shown as a PSU of its own, with as many people as those that were joined.

What is left after that, of a stratum or of a list of units that fewer than `enough` share, cannot
be made coarser without touching what was rated: it is told by its size, for an officer to accept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count
from types import MappingProxyType
from typing import NamedTuple

from survey_app.fieldwork.case import Case
from survey_app.fieldwork.protection.anonymity import as_seen

CLOSE = Decimal("1.25")
"""Weights are joined when the largest is at most so many times the smallest."""

Member = tuple[str, Case]
"""The key of a sealed ballot, and its design."""

Place = tuple[str, str, str, str, str]
"""Group, sample, unit, stratum and PSU."""

_LONGEST_NAME = 56
"""Letters of a PSU's name that are kept before a number: the store's column has 64."""


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


def coarsened(
    members: Iterable[Member],
    units: Collection[str],
    enough: int,
    opened: Mapping[Place, int] = MappingProxyType({}),
) -> Coarsened:
    """Put sealed ballots together until at least `enough` show the same, where that can be.

    `opened` counts the ballots that show a PSU already.
    """
    alike: dict[Case, list[Member]] = {}
    for key, case in members:
        alike.setdefault(as_seen(case, units), []).append((key, case))
    strata: dict[Case, list[Batch]] = {}
    for shown, own in alike.items():
        stratum = replace(shown, psu="", weight="", fpc2=None, mode="")
        strata.setdefault(stratum, []).append(Batch(members=tuple(own), shown=shown))
    batches: list[Batch] = []
    small: list[Batch] = []
    for of_stratum in strata.values():
        by_psu = _joined(of_stratum, lambda shown: replace(shown, mode=""), enough)
        by_weight = _joined(by_psu, lambda shown: shown.weight, enough)
        for batch in _with_room(_with_near_weights(by_weight, enough), opened):
            (batches if batch.size >= enough else small).append(batch)
    return Coarsened(batches=tuple(batches), small=tuple(small))


def _joined(batches: Sequence[Batch], same: Callable[[Case], Hashable], enough: int) -> list[Batch]:
    """Join batches that are too small with others that are the `same`, where there are any."""
    groups: dict[Hashable, list[Batch]] = {}
    for batch in sorted(batches, key=_order):
        groups.setdefault(same(batch.shown), []).append(batch)
    return [batch for group in groups.values() for batch in _packed(group, enough)]


def _packed(batches: Sequence[Batch], enough: int) -> list[Batch]:
    """Put small batches together into as many as can be, each of at least `enough`.

    The largest of them is filled up with the smallest. What does not fill one any more joins the
    smallest that is large enough.
    """
    large = [batch for batch in batches if batch.size >= enough]
    small = sorted((batch for batch in batches if batch.size < enough), key=_size)
    packs: list[list[Batch]] = []
    while small:
        pack = [small.pop()]
        while small and _total(pack) < enough:
            pack.append(small.pop(0))
        packs.append(pack)
    if packs and _total(packs[-1]) < enough and (len(packs) > 1 or large):
        rest, filled = packs.pop(), [*packs, *([batch] for batch in large)]
        smallest = min(filled, key=_total)
        packs, large = [pack for pack in filled if pack is not smallest], []
        packs.append([*smallest, *rest])
    return [*large, *map(_together, packs)]


def _with_near_weights(batches: Sequence[Batch], enough: int) -> list[Batch]:
    """Join batches whose weights are near each other, where some are too small.

    In the order of their weights, so that what is joined is neighbours: the best of all such ways
    follows from the best of its first part (Hansen and Mukherjee 2003).
    """
    if all(batch.size >= enough for batch in batches):
        return list(batches)
    ordered = sorted(batches, key=lambda batch: (Decimal(batch.shown.weight), *_order(batch)))
    best = [_Way(0, Decimal(0), 0, 0)]
    for end in range(1, len(ordered) + 1):
        ways = (
            _with_run(best[start], start, ordered[start:end], enough)
            for start in _starts(ordered, end, enough)
        )
        best.append(min(ways))
    runs, end = [], len(ordered)
    while end:
        start = best[end].start
        runs.append(ordered[start:end])
        end = start
    return [_together(run) for run in runs]


class _Way(NamedTuple):
    """A way to part the first batches into runs: the least is the best."""

    too_few: int
    """Ballots that stay among too few."""
    moved: Decimal
    """How far weights move: squares of shares of them, over ballots."""
    joined: int
    start: int
    """Where its last run begins."""


def _with_run(before: _Way, start: int, run: Sequence[Batch], enough: int) -> _Way:
    size, mean = _total(run), _mean_weight(run)
    return _Way(
        before.too_few + (size if size < enough else 0),
        before.moved + sum(b.size * (Decimal(b.shown.weight) / mean - 1) ** 2 for b in run),
        before.joined + len(run) - 1,
        start,
    )


def _starts(ordered: Sequence[Batch], end: int, enough: int) -> Iterable[int]:
    """Where a run of near weights that ends here may begin; a longer one is better parted."""
    heaviest, last, before_it = Decimal(ordered[end - 1].shown.weight), 0, 0
    for start in range(end - 1, -1, -1):
        if heaviest > CLOSE * Decimal(ordered[start].shown.weight):
            return
        if last < enough:
            last += ordered[start].size
        else:
            before_it += ordered[start].size
            if before_it >= enough:
                return
        yield start


def _mean_weight(run: Sequence[Batch]) -> Decimal:
    if len(run) == 1:
        return Decimal(run[0].shown.weight)
    weights = (batch.size * Decimal(batch.shown.weight) for batch in run)
    return sum(weights, Decimal(0)) / _total(run)


def _together(run: Sequence[Batch]) -> Batch:
    """Batches as one: the PSU with the most people, the mean weight, the mode that all share."""
    first = run[0].shown
    if len(run) == 1:
        return run[0]
    largest = max((batch.shown for batch in run), key=lambda case: (case.fpc2 or 0, case.psu))
    modes = {batch.shown.mode for batch in run}
    weights = {batch.shown.weight for batch in run}
    shown = replace(
        first,
        psu=largest.psu,
        fpc2=largest.fpc2,
        mode=modes.pop() if len(modes) == 1 else "",
        weight=weights.pop() if len(weights) == 1 else _text(_mean_weight(run)),
    )
    return Batch(members=tuple(one for batch in run for one in batch.members), shown=shown)


def _with_room(batches: Sequence[Batch], opened: Mapping[Place, int]) -> list[Batch]:
    """Give joined batches a PSU of their own where theirs has fewer people than would show it."""
    people = Counter(opened)
    for batch in batches:
        people[place(batch.shown)] += batch.size
    names = {psu for *_, psu in people} | {
        case.psu for batch in batches for _, case in batch.members
    }
    fitting: list[Batch] = []
    for batch in batches:
        shown, sizes = batch.shown, {case.psu: case.fpc2 or 0 for _, case in batch.members}
        if shown.fpc2 is not None and people[place(shown)] > shown.fpc2 and len(sizes) > 1:
            name = _free_name(shown.psu, names)
            names.add(name)
            shown = replace(shown, psu=name, fpc2=sum(sizes.values()))
        fitting.append(replace(batch, shown=shown))
    return fitting


def place(case: Case) -> Place:
    """Where a case was drawn: its sample, stratum and PSU."""
    return (*case.cell, case.stratum, case.psu)


def _free_name(psu: str, taken: Collection[str]) -> str:
    numbered = (f"{psu[:_LONGEST_NAME]} +{number}" for number in count(1))
    return next(name for name in numbered if name not in taken)


def _size(batch: Batch) -> int:
    return batch.size


def _total(run: Iterable[Batch]) -> int:
    return sum(batch.size for batch in run)


def _order(batch: Batch) -> tuple[str, str, str]:
    """An order that does not hang on the keys of the ballots."""
    return batch.shown.psu, batch.shown.weight, batch.shown.mode


def _text(weight: Decimal) -> str:
    """A weight as text that fits its column: sixteen digits are more than any sample knows."""
    return f"{weight:.16g}"
