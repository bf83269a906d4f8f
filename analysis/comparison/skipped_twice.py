"""Persons of both years who skip questions in both: what that adds to the years' covariance.

By unit, group and stratum, over the persons who answer for the group in both years,

    CR = c_q c'_q' Σ_k F_k z_kq z'_kq' (1 - n_hq n'_hq' / (n_h n_hqq')),

the formula of skipped questions (estimation/item_nonresponse.py) with a row of each year in the
place of two questions of one; F_k is the sampled share of covariance.py. Who skips this year tends
to be who skipped last year: what the two scores then lack is lacking in both, and cancels in the
change. It is held to what the two years' own variances of skipped questions allow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from analysis.comparison.covariance import IntPair, YearsCovariance, in_both
from analysis.comparison.panel import Panel
from analysis.numeric import Bools, Floats, Ints, counts, group_ids
from analysis.scoring.score import Scorecard


@dataclass(frozen=True, kw_only=True)
class Block:
    """The persons of both years of one unit, group and stratum.

    `rows` and `person` (from 0 to `persons`) are by year; persons of the stratum without a row
    about this unit did not answer about it. `sampled` is F by person.
    """

    unit: int
    group: int
    persons: int
    rows: IntPair
    person: IntPair
    sampled: Floats


@dataclass(frozen=True, kw_only=True)
class SkippedTwice:
    """Every block of a panel of persons; (units, groups) is the shape of what it gives."""

    blocks: tuple[Block, ...]
    shape: tuple[int, int]

    @classmethod
    def of(
        cls,
        panel: Panel,
        unit: IntPair,
        group: IntPair,
        design: YearsCovariance,
        shape: tuple[int, int],
    ) -> Self:
        """Prepare from a panel; `unit` and `group` number each year's ratings, -1 for none."""
        return cls(blocks=tuple(_blocks(panel, unit, group, design)), shape=shape)

    def by_group(self, cards: tuple[Scorecard, Scorecard], most: Floats) -> Floats:
        """(units, groups): CR of two scorings of the same criteria; `most` is what it may be."""
        added = np.zeros(self.shape)
        for block in self.blocks:
            added[block.unit, block.group] += _covariance(block, cards)
        limit = np.nan_to_num(most)
        return np.clip(added, -limit, limit)


def _blocks(
    panel: Panel, unit: IntPair, group: IntPair, design: YearsCovariance
) -> Iterator[Block]:
    panelists = _panelists(panel, group)
    sampled, places = design.sampled(0, panel), len(panelists.size)
    of_block = []
    for year in (0, 1):
        about = unit[year][panelists.rows[year]]
        at = np.flatnonzero(about >= 0)
        of_block.append(_by_number(about[at] * places + panelists.place[year][at], at))
    for number in sorted(of_block[0].keys() & of_block[1].keys()):
        rows = [panelists.rows[year][of_block[year][number]] for year in (0, 1)]
        person = [panelists.number[year][of_block[year][number]] for year in (0, 1)]
        persons = int(panelists.size[number % places])
        fraction = np.zeros(persons)
        fraction[person[0]] = sampled[rows[0]]
        yield Block(
            unit=number // places,
            group=int(group[0][rows[0][0]]),
            persons=persons,
            rows=(rows[0], rows[1]),
            person=(person[0], person[1]),
            sampled=fraction,
        )


def _by_number(numbers: Ints, values: Ints) -> dict[int, Ints]:
    """The values under each number, in their order."""
    order = np.argsort(numbers, kind="stable")
    names, first = np.unique(numbers[order], return_index=True)
    parts = np.split(values[order], first[1:]) if len(names) else []
    return dict(zip(names.tolist(), parts, strict=True))


@dataclass(frozen=True, kw_only=True)
class _Panelists:
    """Ratings of persons who answer for their group in both years.

    By year: `rows`, and of each its `place` (a group within a stratum) and the `number` of its
    person there. `size` is how many persons a place has.
    """

    rows: IntPair
    place: IntPair
    number: IntPair
    size: Ints


def _panelists(panel: Panel, group: IntPair) -> _Panelists:
    links = panel.last, panel.this
    member = _persons_in_groups(group, (links[0].person, links[1].person))
    shared = in_both(member)
    rows = np.flatnonzero(shared[0]), np.flatnonzero(shared[1])

    def stacked(values: IntPair) -> Ints:
        return np.concatenate([values[year][rows[year]] for year in (0, 1)])

    place, _ = group_ids(stacked(group), stacked((links[0].stratum, links[1].stratum)))
    members, of_row = np.unique(stacked(member), return_inverse=True)
    place_of = np.zeros(len(members), dtype=np.int64)
    place_of[of_row] = place
    order = np.argsort(place_of, kind="stable")
    size = counts(place_of, int(place.max(initial=-1)) + 1)
    number = np.empty(len(members), dtype=np.int64)
    number[order] = np.arange(len(members)) - (np.cumsum(size) - size)[place_of[order]]
    split, numbers = len(rows[0]), number[of_row]
    return _Panelists(
        rows=rows,
        place=(place[:split], place[split:]),
        number=(numbers[:split], numbers[split:]),
        size=size,
    )


def _persons_in_groups(group: IntPair, person: IntPair) -> IntPair:
    """By year and row: a number for each person of each group, the same in both years; or -1."""
    split = len(person[0])
    groups, persons = np.concatenate(group), np.concatenate(person)
    known = np.flatnonzero((persons >= 0) & (groups >= 0))
    numbers = np.full(len(persons), -1, dtype=np.int64)
    numbers[known], _ = group_ids(groups[known], persons[known])
    return numbers[:split], numbers[split:]


def _covariance(block: Block, cards: tuple[Scorecard, Scorecard]) -> float:
    (z_last, in_last), (z_this, in_this) = (_answers(block, year, cards[year]) for year in (0, 1))
    if in_last.all() and in_this.all():
        return 0.0
    together = in_last.T.astype(float) @ in_this
    expected = np.outer(in_last.sum(axis=0), in_this.sum(axis=0))
    missed = 1 - expected / (block.persons * np.maximum(together, 1))
    products = (z_last * block.sampled[:, None]).T @ z_this
    return float((products * missed * (together > 0)).sum())


def _answers(block: Block, year: int, card: Scorecard) -> tuple[Floats, Bools]:
    """(persons, questions) of one year: c w times the influence, and who answered."""
    data, rows = card.data, block.rows[year]
    cell = int(data.cell[rows[0]])
    asked = np.flatnonzero((card.aggregation.tables[cell] != 0).any(axis=1))
    n, codes = card.counts.n[cell, asked], data.answers[np.ix_(asked, rows)].astype(np.int64)
    small = np.where(n > 1, np.sqrt(n / np.maximum(n - 1, 1)), 1.0)
    z = np.zeros((block.persons, len(asked)))
    answered = np.zeros(z.shape, dtype=bool)
    effect = np.take_along_axis(card.aggregation.tables[cell, asked], codes, axis=1)
    z[block.person[year]] = (effect * small[:, None]).T * card.weighted.weight[rows][:, None]
    answered[block.person[year]] = np.take_along_axis(card.counts.carries[asked], codes, axis=1).T
    return z, answered
