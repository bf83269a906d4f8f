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

from analysis.comparison.covariance import TwoInts, YearsCovariance, in_both
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
    rows: TwoInts
    person: TwoInts
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
        unit: TwoInts,
        group: TwoInts,
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
    panel: Panel, unit: TwoInts, group: TwoInts, design: YearsCovariance
) -> Iterator[Block]:
    links = panel.last, panel.this
    who = _persons_in_groups(group, (links[0].person, links[1].person))
    shared = in_both(who)
    rows = [np.flatnonzero(own) for own in shared]
    stratum = [link.stratum[at] for link, at in zip(links, rows, strict=True)]
    place, number, size = _within_strata(
        [own[at] for own, at in zip(group, rows, strict=True)],
        stratum,
        [own[at] for own, at in zip(who, rows, strict=True)],
    )
    sampled = [design.sampled(year, panel)[rows[year]] for year in (0, 1)]
    asked = [np.flatnonzero(unit[year][rows[year]] >= 0) for year in (0, 1)]
    key = [
        unit[year][rows[year][asked[year]]] * len(size) + place[year][asked[year]]
        for year in (0, 1)
    ]
    for one in np.intersect1d(key[0], key[1]).tolist():
        own = [asked[year][key[year] == one] for year in (0, 1)]
        at = int(place[0][own[0][0]])
        share = np.zeros(size[at])
        share[number[0][own[0]]] = sampled[0][own[0]]
        yield Block(
            unit=one // len(size),
            group=int(group[0][rows[0][own[0][0]]]),
            persons=int(size[at]),
            rows=(rows[0][own[0]], rows[1][own[1]]),
            person=(number[0][own[0]], number[1][own[1]]),
            sampled=share,
        )


def _persons_in_groups(group: TwoInts, person: TwoInts) -> TwoInts:
    """By year and row: a number for each person of each group, the same in both years; or -1."""
    split = len(person[0])
    groups, persons = np.concatenate(group), np.concatenate(person)
    known = np.flatnonzero((persons >= 0) & (groups >= 0))
    numbers = np.full(len(persons), -1, dtype=np.int64)
    numbers[known], _ = group_ids(groups[known], persons[known])
    return numbers[:split], numbers[split:]


def _within_strata(
    group: list[Ints], stratum: list[Ints], who: list[Ints]
) -> tuple[list[Ints], list[Ints], Ints]:
    """By row the place (a group within a stratum) and the person's number there; sizes by place."""
    split = len(who[0])
    places, _ = group_ids(np.concatenate(group), np.concatenate(stratum))
    persons, own = np.unique(np.concatenate(who), return_inverse=True)
    place_of = np.zeros(len(persons), dtype=np.int64)
    place_of[own] = places
    order = np.argsort(place_of, kind="stable")
    size = counts(place_of, int(places.max(initial=-1)) + 1)
    begins = np.cumsum(size) - size
    number = np.empty(len(persons), dtype=np.int64)
    number[order] = np.arange(len(persons)) - begins[place_of[order]]
    return [places[:split], places[split:]], [number[own][:split], number[own][split:]], size


def _covariance(block: Block, cards: tuple[Scorecard, Scorecard]) -> float:
    (z, answered), (other, said) = (_answers(block, year, cards[year]) for year in (0, 1))
    if answered.all() and said.all():
        return 0.0
    together = answered.T.astype(float) @ said
    expected = np.outer(answered.sum(axis=0), said.sum(axis=0))
    missed = 1 - expected / (block.persons * np.maximum(together, 1))
    products = (z * block.sampled[:, None]).T @ other
    return float((products * missed * (together > 0)).sum())


def _answers(block: Block, year: int, card: Scorecard) -> tuple[Floats, Bools]:
    """(persons, questions) of one year: c w times the influence, and who answered."""
    data, rows = card.data, block.rows[year]
    cell = int(data.cell[rows[0]])
    asked = np.flatnonzero((card.composition.tables[cell] != 0).any(axis=1))
    n, codes = card.count.n[cell, asked], data.answers[np.ix_(asked, rows)].astype(np.int64)
    small = np.where(n > 1, np.sqrt(n / np.maximum(n - 1, 1)), 1.0)
    z = np.zeros((block.persons, len(asked)))
    answered = np.zeros(z.shape, dtype=bool)
    effect = np.take_along_axis(card.composition.tables[cell, asked], codes, axis=1)
    z[block.person[year]] = (effect * small[:, None]).T * card.weighted.weight[rows][:, None]
    answered[block.person[year]] = np.take_along_axis(card.count.carries[asked], codes, axis=1).T
    return z, answered
