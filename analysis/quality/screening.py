"""Forms to call back about: flags, never deletions.

- `straight_items`: the same option on every question with the same options; `straight_units`: one
  person gave several units the same answers throughout; `fast`: the release says so (`pace`).
- `near_identical`: two forms of a cell that agree beyond expectation. The chance of agreeing on an
  answer is the larger of two: what the group's answers make it (sum of squared shares, question by
  question), and what the habits of the two people make it (as in Cohen's kappa), so that two people
  who are content with everything are not suspected. Binomial tail, Benjamini-Hochberg (1995).
- `enumerator`: the forms of a cell differ by interviewer: one-way analysis of variance of the
  forms' mean coefficients, ICC(1) (Shrout and Fleiss 1979), Benjamini-Hochberg over cells; the
  flag marks the forms of the interviewer farthest from the others. `mode` is tested likewise and
  flags no form. An interviewer often works in a single village: the test cannot separate the
  interviewer from the village; calling back can.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.dataset.model import Dataset
from analysis.numeric import Bools, Floats, Ints, group_ids, sums
from analysis.quality.interviewers import Effect, benjamini_hochberg, effects

LEAST_CHANCE = 1e-9
"""Chances are taken to be no nearer to 0 and 1 than this."""

BLOCK = 1024
FINE = 2.0**40  # chances are cut to multiples of 1/FINE, whose sums are exact in any order
ANY = "any"
"""In place of a flag: at least one of them."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """From where on a form is flagged.

    Attributes
    ----------
    items : int
        Answered questions with the same options, for `straight_items`.
    units, answers_over_units : int
        Units rated by a person, and answers given to them all, for `straight_units`.
    common : int
        Questions that both forms answered, for `near_identical`.
    share : float
        Share of the common questions with the same answer, for `near_identical`.
    false_discovery : float
        Largest adjusted p value.
    """

    items: int = 5
    units: int = 3
    answers_over_units: int = 10
    common: int = 10
    share: float = 0.9
    false_discovery: float = 0.05


@dataclass(frozen=True, kw_only=True)
class FormPairs:
    """Pairs of forms that agree beyond expectation, one entry a pair.

    Attributes
    ----------
    first, second : array of int, (pairs,)
        The rows of either form.
    common, equal : array of int, (pairs,)
        Questions that both answered, and those that both answered alike.
    expected : array of float, (pairs,)
        Chance of agreeing on an answer.
    p, p_adjusted : array of float, (pairs,)
        Binomial tail, and the same adjusted over all pairs compared.
    compared : int
        How many pairs were compared.
    """

    first: Ints
    second: Ints
    common: Ints
    equal: Ints
    expected: Floats
    p: Floats
    p_adjusted: Floats
    compared: int


@dataclass(frozen=True, kw_only=True)
class FlagCount:
    """How many forms of a group carry a flag (`any`: at least one flag)."""

    flag: str
    group: str
    forms: int
    flagged: int

    @property
    def share(self) -> float | None:
        """Flagged forms as a share of the group's; None without forms."""
        return self.flagged / self.forms if self.forms else None


@dataclass(frozen=True, kw_only=True)
class Screening:
    """Flags of the forms, and the tests behind them.

    Attributes
    ----------
    data : Dataset
        The forms.
    limits : Limits
        From where on a form was flagged.
    flags : dict of str to array of bool, (rows,)
        By flag: the rows that carry it.
    pairs : FormPairs
        Pairs of forms behind `near_identical`.
    effects : tuple of Effect
        Analyses of variance behind `enumerator`, and those by mode.
    """

    data: Dataset
    limits: Limits
    flags: dict[str, Bools]
    pairs: FormPairs
    effects: tuple[Effect, ...]

    @property
    def any(self) -> Bools:
        """Rows with at least one flag."""
        return np.asarray(np.any(list(self.flags.values()), axis=0))

    @property
    def flags_and_any(self) -> dict[str, Bools]:
        """The rows with at least one flag under `any`, then those of each flag."""
        return {ANY: self.any} | self.flags

    def counts(self) -> list[FlagCount]:
        """How many forms each flag marks, by group."""
        groups = self.data.groups
        return [
            FlagCount(
                flag=flag,
                group=name,
                forms=int((self.data.group == group).sum()),
                flagged=int((flagged & (self.data.group == group)).sum()),
            )
            for flag, flagged in self.flags_and_any.items()
            for group, name in enumerate(groups)
        ]


def screen(data: Dataset, limits: Limits | None = None) -> Screening:
    """Flag the forms of a data set that should be called back about.

    Parameters
    ----------
    data : Dataset
        The forms; columns `pace`, `enumerator` and `mode` are used where it has them.
    limits : Limits, optional
        From where on a form is flagged.

    Returns
    -------
    Screening
        Flags by row, with the pairs and the analyses of variance behind them.

    References
    ----------
    Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the
    Royal Statistical Society B 57.

    Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological
    Measurement 20.

    Shrout, P. E. and Fleiss, J. L. (1979). Intraclass correlations: uses in assessing rater
    reliability. Psychological Bulletin 86.
    """
    limits = limits or Limits()
    pairs = near_identical(data, limits)
    tests = [effect for factor in ("enumerator", "mode") for effect in effects(data, factor)]
    flags = {
        "straight_items": straight_items(data, limits),
        "straight_units": straight_units(data, limits),
        "fast": _fast(data),
        "near_identical": _mask(data.rows, np.concatenate([pairs.first, pairs.second])),
        "enumerator": _by_enumerator(data, tests, limits),
    }
    return Screening(data=data, limits=limits, flags=flags, pairs=pairs, effects=tuple(tests))


def _mask(size: int, rows: Ints) -> Bools:
    mask = np.zeros(size, dtype=bool)
    mask[rows] = True
    return mask


def _fast(data: Dataset) -> Bools:
    column = data.covariates.get("pace")
    if column is None:
        return np.zeros(data.rows, dtype=bool)
    fast = np.array([label == "fast" for label in column.labels] or [False])
    return np.asarray(fast[column.codes])


def straight_items(data: Dataset, limits: Limits) -> Bools:
    """Rows that chose one option throughout the answered questions with the same options.

    Parameters
    ----------
    data : Dataset
        The forms.
    limits : Limits
        `items`: how many of these questions must be answered.

    Returns
    -------
    array of bool, (rows,)
    """
    by_options: dict[tuple[str, ...], list[int]] = {}
    for number, question in enumerate(data.questions):
        by_options.setdefault(question.options, []).append(number)
    straight = np.zeros(data.rows, dtype=bool)
    for numbers in by_options.values():
        if len(numbers) < limits.items:
            continue
        answered = np.zeros(data.rows, dtype=np.int64)
        low, high = np.full(data.rows, 2**16), np.zeros(data.rows, dtype=np.int64)
        for number in numbers:
            codes = data.answers[number].astype(np.int64)
            answered += codes > 0
            low = np.where(codes > 0, np.minimum(low, codes), low)
            high = np.maximum(high, codes)
        straight |= (answered >= limits.items) & (low == high)
    return straight


def straight_units(data: Dataset, limits: Limits) -> Bools:
    """Rows of persons who gave several units the same answers throughout.

    Parameters
    ----------
    data : Dataset
        The forms; a person has a row for each unit rated.
    limits : Limits
        `units` and `answers_over_units`: how many units and answers it takes.

    Returns
    -------
    array of bool, (rows,)
    """
    keys = np.zeros(data.rows, dtype=np.int64)
    answered = np.zeros(data.rows)
    for codes in data.answers:
        keys, _ = group_ids(keys, codes.astype(np.int64))
        answered += codes > 0
    person, _ = group_ids(data.person, data.group)
    size = int(person.max(initial=-1)) + 1
    _, first = group_ids(person, keys)
    patterns = np.bincount(person[first], minlength=size)
    units = np.bincount(person, minlength=size)
    n_answers = sums(person, answered, size)
    enough = (units >= limits.units) & (n_answers >= limits.answers_over_units)
    return np.asarray(((patterns == 1) & enough)[person])


def near_identical(data: Dataset, limits: Limits) -> FormPairs:
    """Pairs of forms of one cell that agree on more answers than chance explains.

    Parameters
    ----------
    data : Dataset
        The forms.
    limits : Limits
        `common`, `share` and `false_discovery`.

    Returns
    -------
    FormPairs
        The pairs whose adjusted p value is at most `limits.false_discovery`.

    References
    ----------
    Cohen (1960), Educational and Psychological Measurement 20; Benjamini and Hochberg (1995).
    """
    order = np.argsort(data.cell, kind="stable")
    ends = np.searchsorted(data.cell[order], np.arange(data.cells + 1))
    chance = _chance_of_agreeing(data)
    blocks, compared = [], 0
    for cell in np.flatnonzero(np.diff(ends) > 1).tolist():
        rows = order[ends[cell] : ends[cell + 1]]
        for block, n_pairs in _cell_pairs(data, rows, chance[cell % len(data.groups)], limits):
            blocks.append(block)
            compared += n_pairs
    candidates = np.concatenate(blocks, axis=1) if blocks else np.zeros((5, 0))
    first, second, common, equal = candidates[:4].astype(np.int64)
    expected = candidates[4]
    p = special.betainc(
        equal, np.maximum(common - equal + 1, 1), np.clip(expected, LEAST_CHANCE, 1 - LEAST_CHANCE)
    )
    adjusted = benjamini_hochberg(p, compared)
    significant = adjusted <= limits.false_discovery
    return FormPairs(
        first=first[significant],
        second=second[significant],
        common=common[significant],
        equal=equal[significant],
        expected=expected[significant],
        p=p[significant],
        p_adjusted=adjusted[significant],
        compared=compared,
    )


def _chance_of_agreeing(data: Dataset) -> Floats:
    """(groups, questions): the chance that two people of a group give the same answer."""
    chance = np.ones((len(data.groups), len(data.questions)))
    for number, (codes, question) in enumerate(zip(data.answers, data.questions, strict=True)):
        size = len(question.options) + 1
        flat = np.bincount(data.group * size + codes, minlength=len(data.groups) * size)
        counts = flat.reshape(len(data.groups), size)[:, 1:].astype(float)
        total = counts.sum(axis=1)
        share = counts / np.maximum(total, 1)[:, None]
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
    hot, habit = _one_hot(data, rows), _habits(data, rows)
    answered = (data.answers[:, rows] > 0).T.astype(np.float32)
    expected = answered * (np.rint(chance * FINE) / FINE)
    n_answers = np.maximum(habit.sum(axis=1), 1)
    for begin in range(0, len(rows), BLOCK):
        block = slice(begin, begin + BLOCK)
        common = answered[block] @ answered.T
        later = np.arange(len(rows)) > np.arange(begin, begin + len(common))[:, None]
        enough = later & (common >= limits.common)
        equal = hot[block] @ hot.T
        by_group = (expected[block] @ answered.T.astype(float)) / np.maximum(common, 1)
        by_habit = (habit[block] @ habit.T) / n_answers[block, None] / n_answers
        likely = np.maximum(by_group, by_habit)
        share = equal / np.maximum(common, 1)
        i, j = np.nonzero(enough & (share >= limits.share) & (share > likely))
        columns = [rows[begin + i], rows[j], common[i, j], equal[i, j], likely[i, j]]
        yield np.stack(columns).astype(float), int(enough.sum())


def _one_hot(data: Dataset, rows: Ints) -> Floats:
    """(rows, questions x options): 1 where a row gave an answer."""
    size = int(data.answers.max(initial=0))
    codes = data.answers[:, rows].astype(np.int64).T
    hot = codes[:, :, None] == np.arange(1, size + 1)
    return np.asarray(hot.reshape(len(rows), -1), dtype=np.float32)


def _habits(data: Dataset, rows: Ints) -> Floats:
    """(rows, option labels): how often a row gave each option."""
    labels: dict[str, int] = {}
    counts = np.zeros((len(rows), len({o for q in data.questions for o in q.options})))
    for number, question in enumerate(data.questions):
        column = [labels.setdefault(option, len(labels)) for option in question.options]
        codes = data.answers[number][rows].astype(np.int64)
        answered = np.flatnonzero(codes > 0)
        counts[answered, np.array(column)[codes[answered] - 1]] += 1
    return counts


def _by_enumerator(data: Dataset, tests: list[Effect], limits: Limits) -> Bools:
    flagged = np.zeros(data.rows, dtype=bool)
    for test in tests:
        if test.factor != "enumerator" or test.p_adjusted is None:
            continue
        if test.p_adjusted <= limits.false_discovery:
            column = data.covariates["enumerator"]
            codes = [code for code, label in enumerate(column.labels) if label == test.farthest]
            flagged |= (data.cell == test.cell) & np.isin(column.codes, codes)
    return flagged
