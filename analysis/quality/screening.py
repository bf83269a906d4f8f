"""Forms to call back about: flags, never deletions.

- `straight_items`: the same option on every question of a kind; `straight_units`: one person gave
  several units the same answers throughout; `fast`: the release says so (`pace`).
- `near_identical`: two forms of a cell that agree beyond expectation. The chance of agreeing on an
  answer is the larger of what the group's answers make it (sum of squared shares, question by
  question) and what the two people's own habits make it (as in Cohen's kappa), so that two people
  who are content with everything are no suspects. Binomial tail, Benjamini-Hochberg (1995).
- `enumerator`: where forms of one cell differ by who took them: one-way analysis of variance of
  the forms' mean coefficients, ICC(1) (Shrout and Fleiss 1979), Benjamini-Hochberg over cells;
  the flag is for the forms of the enumerator farthest from the others. `mode` is told likewise
  and flags nobody. An enumerator often worked in a village of his own: the test cannot tell them
  apart, a call can.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.dataset.model import Dataset
from analysis.numeric import Bools, Floats, Ints, group_ids, sums
from analysis.quality.interviewers import Effect, benjamini_hochberg, effects

BLOCK = 1024
FINE = 2.0**40  # chances are cut to multiples of 1/FINE, whose sums are exact in any order


@dataclass(frozen=True)
class Limits:
    """From where on a form is conspicuous."""

    items: int = 5
    units: int = 3
    answers_over_units: int = 10
    common: int = 10
    share: float = 0.9
    false_discovery: float = 0.05


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows that agree too well, one entry a pair; `compared` counts all pairs."""

    first: Ints
    second: Ints
    common: Ints
    equal: Ints
    expected: Floats
    p: Floats
    p_adjusted: Floats
    compared: int


@dataclass(frozen=True)
class Screening:
    """Flags by row, and what lies behind them."""

    data: Dataset
    limits: Limits
    flags: dict[str, Bools]
    pairs: Pairs
    effects: tuple[Effect, ...]

    @property
    def any(self) -> Bools:
        """Rows with a flag of any kind."""
        return np.asarray(np.any(list(self.flags.values()), axis=0))


def screen(data: Dataset, limits: Limits | None = None) -> Screening:
    """Look at every form of a data set."""
    limits = limits or Limits()
    pairs = near_identical(data, limits)
    found = [each for name in ("enumerator", "mode") for each in effects(data, name)]
    flags = {
        "straight_items": straight_items(data, limits),
        "straight_units": straight_units(data, limits),
        "fast": _fast(data),
        "near_identical": _marked(data.rows, np.concatenate([pairs.first, pairs.second])),
        "enumerator": _by_enumerator(data, found, limits),
    }
    return Screening(data, limits, flags, pairs, tuple(found))


def _marked(rows: int, where: Ints) -> Bools:
    found = np.zeros(rows, dtype=bool)
    found[where] = True
    return found


def _fast(data: Dataset) -> Bools:
    column = data.covariates.get("pace")
    if column is None:
        return np.zeros(data.rows, dtype=bool)
    fast = np.array([label == "fast" for label in column.labels] or [False])
    return np.asarray(fast[column.codes])


def straight_items(data: Dataset, limits: Limits) -> Bools:
    """Rows with one option throughout all they answered of the questions with the same options."""
    alike: dict[tuple[str, ...], list[int]] = {}
    for number, question in enumerate(data.questions):
        alike.setdefault(question.options, []).append(number)
    found = np.zeros(data.rows, dtype=bool)
    for numbers in alike.values():
        if len(numbers) < limits.items:
            continue
        answered = np.zeros(data.rows, dtype=np.int64)
        low, high = np.full(data.rows, 2**16), np.zeros(data.rows, dtype=np.int64)
        for number in numbers:
            codes = data.answers[number].astype(np.int64)
            answered += codes > 0
            low = np.where(codes > 0, np.minimum(low, codes), low)
            high = np.maximum(high, codes)
        found |= (answered >= limits.items) & (low == high)
    return found


def straight_units(data: Dataset, limits: Limits) -> Bools:
    """Rows of people who gave several units the same answers throughout."""
    keys = np.zeros(data.rows, dtype=np.int64)
    answered = np.zeros(data.rows)
    for codes in data.answers:
        keys, _ = group_ids(keys, codes.astype(np.int64))
        answered += codes > 0
    person, _ = group_ids(data.person, data.group)
    size = int(person.max(initial=-1)) + 1
    _, first = group_ids(person, keys)
    ways = np.bincount(person[first], minlength=size)
    units = np.bincount(person, minlength=size)
    said = sums(person, answered, size)
    odd = (ways == 1) & (units >= limits.units) & (said >= limits.answers_over_units)
    return np.asarray(odd[person])


def near_identical(data: Dataset, limits: Limits) -> Pairs:
    """Pairs of forms of one cell that agree on too many answers."""
    order = np.argsort(data.cell, kind="stable")
    ends = np.searchsorted(data.cell[order], np.arange(data.cells + 1))
    chance = _chance_of_agreeing(data)
    parts, compared = [], 0
    for cell in np.flatnonzero(np.diff(ends) > 1).tolist():
        rows = order[ends[cell] : ends[cell + 1]]
        for block, seen in _cell_pairs(data, rows, chance[cell % len(data.groups)], limits):
            parts.append(block)
            compared += seen
    found = np.concatenate(parts, axis=1) if parts else np.zeros((5, 0))
    first, second, common, equal = found[:4].astype(np.int64)
    p = special.betainc(equal, np.maximum(common - equal + 1, 1), np.clip(found[4], 1e-9, 1 - 1e-9))
    adjusted = benjamini_hochberg(p, compared)
    kept = adjusted <= limits.false_discovery
    return Pairs(
        first[kept],
        second[kept],
        common[kept],
        equal[kept],
        found[4][kept],
        p[kept],
        adjusted[kept],
        compared,
    )


def _chance_of_agreeing(data: Dataset) -> Floats:
    """(groups, questions): the chance that two people of a group give the same answer."""
    chance = np.ones((len(data.groups), len(data.questions)))
    for number, (codes, question) in enumerate(zip(data.answers, data.questions, strict=True)):
        size = len(question.options) + 1
        flat = np.bincount(data.group * size + codes, minlength=len(data.groups) * size)
        heads = flat.reshape(len(data.groups), size)[:, 1:].astype(float)
        total = heads.sum(axis=1)
        share = heads / np.maximum(total, 1)[:, None]
        chance[:, number] = np.where(total > 0, (share**2).sum(axis=1), 1.0)
    return chance


def _cell_pairs(
    data: Dataset, rows: Ints, chance: Floats, limits: Limits
) -> Iterator[tuple[Floats, int]]:
    """Candidates of a cell by blocks: first, second, common, equal, expected; pairs compared."""
    codes = data.answers[:, rows]
    rows = rows[(codes > 0).sum(axis=0) >= limits.common]
    if len(rows) < 2:
        return
    given, habit = _one_hot(data, rows), _habits(data, rows)
    answered = (data.answers[:, rows] > 0).T.astype(np.float32)
    expected = answered * (np.rint(chance * FINE) / FINE)
    said = np.maximum(habit.sum(axis=1), 1)
    for begin in range(0, len(rows), BLOCK):
        here = slice(begin, begin + BLOCK)
        common = answered[here] @ answered.T
        later = np.arange(len(rows)) > np.arange(begin, begin + len(common))[:, None]
        enough = later & (common >= limits.common)
        equal = given[here] @ given.T
        by_group = (expected[here] @ answered.T.astype(float)) / np.maximum(common, 1)
        by_habit = (habit[here] @ habit.T) / said[here, None] / said
        likely = np.maximum(by_group, by_habit)
        share = equal / np.maximum(common, 1)
        i, j = np.nonzero(enough & (share >= limits.share) & (share > likely))
        block = np.stack([rows[begin + i], rows[j], common[i, j], equal[i, j], likely[i, j]])
        yield block.astype(float), int(enough.sum())


def _one_hot(data: Dataset, rows: Ints) -> Floats:
    """(rows, questions x options): 1 where a row gave an answer."""
    size = int(data.answers.max(initial=0))
    codes = data.answers[:, rows].astype(np.int64).T
    hot = codes[:, :, None] == np.arange(1, size + 1)
    return np.asarray(hot.reshape(len(rows), -1), dtype=np.float32)


def _habits(data: Dataset, rows: Ints) -> Floats:
    """(rows, option labels): how often a row gave each option."""
    labels: dict[str, int] = {}
    counted = np.zeros((len(rows), len({o for q in data.questions for o in q.options})))
    for number, question in enumerate(data.questions):
        place = [labels.setdefault(option, len(labels)) for option in question.options]
        codes = data.answers[number][rows].astype(np.int64)
        said = np.flatnonzero(codes > 0)
        counted[said, np.array(place)[codes[said] - 1]] += 1
    return counted


def _by_enumerator(data: Dataset, found: list[Effect], limits: Limits) -> Bools:
    marked = np.zeros(data.rows, dtype=bool)
    for each in found:
        if each.factor != "enumerator" or each.p_adjusted is None:
            continue
        if each.p_adjusted <= limits.false_discovery:
            column = data.covariates["enumerator"]
            code = [at for at, label in enumerate(column.labels) if label == each.farthest]
            marked |= (data.cell == each.cell) & np.isin(column.codes, code)
    return marked
