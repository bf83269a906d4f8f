"""Units rated by the same people: how skipped questions make them covary, and the df of a pair.

Of a sample that serves several units (or groups), between question q of unit u and q' of unit v:

    VR = c_q c_q' sum_h sum_{k in h rated both} f_k z_kq z_kq' (1 - n_hq n_hq'/(n_h n_hqq'))

the formula of nonresponse.py with the two units' rows of one person. Who skips for one unit tends
to skip for the other: what the two then lack is lacking in both, and cancels in their difference.
Rows of one person in different groups are those of two_groups.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.dataset.model import Dataset
from analysis.design.design import Design
from analysis.numeric import Bools, Floats, Ints, group_ids
from analysis.old.products import Slices, square
from analysis.scoring.score import Scorecard
from analysis.scoring.two_groups import TwoGroups

AT_ONCE = 2_000_000  # entries of a table of persons by questions, so that large samples fit
BAND = 60  # questions of some units, held against all of them at a time: they stay in the cache
WIDE = 600  # the same where the table does not fit, and is made anew for each band

Singles = NDArray[np.float32]
_Rows = tuple[Floats, Slices, Singles]  # influence; the same times n, cut; whether they answered


@dataclass(frozen=True)
class Joint:
    """A sample that serves several cells: its units, and what it adds to their covariance.

    `design` and `skipped` are (units, units); `df` PSUs less strata of those who rate either.
    """

    units: Ints
    design: Floats
    skipped: Floats
    df: Floats


@dataclass(frozen=True)
class SharedRaters:
    """What the samples that serve several cells add to the covariance of the scores."""

    card: Scorecard
    joints: tuple[Joint, ...]

    @classmethod
    def of(cls, card: Scorecard) -> SharedRaters:
        """Find the joint samples of a scorecard, and work out their parts."""
        persons = TwoGroups(card.data, card.weighted.weight, card.count, card.responses)
        joint = np.flatnonzero(is_joint(card)).tolist()
        return cls(card, tuple(_joint(card, sample, persons) for sample in joint))

    @property
    def covariance(self) -> Floats:
        """(units, units): the design's covariance and that of skipped questions.

        The diagonal is `se_nr` squared. A covariance of two noisy estimates is held to what their
        variances allow, so that no difference becomes surer for questions that were skipped.
        """
        card = self.card
        out = card.covariance.copy()
        own = np.maximum(card.units.se_nr**2 - card.units.se**2, 0.0)
        most = np.sqrt(np.outer(own, own))
        added = np.zeros_like(out)
        for joint in self.joints:
            added[np.ix_(joint.units, joint.units)] += joint.skipped
        out += np.where(np.isnan(most), 0.0, np.clip(added, -most, most))
        known = ~np.isnan(card.covariance.diagonal())
        np.fill_diagonal(out, np.where(known, card.units.se_nr**2, np.nan))
        return out

    def df(self, spread: Floats) -> Floats:
        """Satterthwaite's df of every difference, (units, units); infinite without variance.

        `spread` is the variance of each difference. (sum v)^2 / sum v^2/df over its independent
        parts: a joint sample is one part of the difference itself, any other cell one of its unit.
        """
        own = self._own()
        below = own[:, None] + own[None, :]
        for joint in self.joints:
            at = np.ix_(joint.units, joint.units)
            matrix = joint.design + joint.skipped
            part = matrix.diagonal()[:, None] + matrix.diagonal() - 2 * matrix
            below[at] += np.nan_to_num(part) ** 2 / np.maximum(joint.df, 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(below > 0, spread**2 / below, np.inf)

    def _own(self) -> Floats:
        """By unit: sum v^2/df over the cells that have a sample of their own."""
        card = self.card
        alone = np.zeros(card.data.cells, dtype=bool)
        alone[card.data.cell[~is_joint(card)[card.data.design.sample]]] = True
        v = np.nan_to_num(card.group_variance + card.group_response).ravel()
        df = np.maximum(card.cells.df, 1)
        parts = np.where(alone, v**2 / df, 0.0).reshape(card.group_variance.shape)
        return np.asarray(parts.sum(axis=1))


def is_joint(card: Scorecard) -> Bools:
    """Samples with rows in several cells."""
    design = card.data.design
    _, first = group_ids(design.sample, card.data.cell)
    return np.asarray(np.bincount(design.sample[first], minlength=design.samples) > 1)


def _joint(card: Scorecard, sample: int, persons: TwoGroups) -> Joint:
    data, design = card.data, card.data.design
    rows = np.flatnonzero(design.sample == sample)
    units, at = np.unique(data.unit[rows], return_inverse=True)
    matrix = _design(card, sample, units)
    skipped = np.zeros((len(units), len(units)))
    for table in _tables(card, rows, at):
        skipped += table.covariance(len(units))
    if sample in persons.samples:
        between = persons.covariance(card.composition.tables, card.group_response, sample)
        skipped += between[np.ix_(units, units)]
    return Joint(units, matrix, skipped, _df(design, rows, at, len(units)))


def _design(card: Scorecard, sample: int, units: Ints) -> Floats:
    """What a sample adds to the covariance of its units' scores, by the scorecard's method."""
    if card.jackknife is not None:
        return card.jackknife.joint[sample]
    whole = covariance_of_sample(card.data, sample, card.influence)
    return np.asarray(whole[np.ix_(units, units)])


def covariance_of_sample(data: Dataset, sample: int, z: Floats) -> Floats:
    """(units, units): what one sample's influences covary; others count as rows of no unit."""
    mine, none = data.design.sample == sample, len(data.units)
    unit = np.where(mine, data.unit, none)
    whole = data.design.covariance(np.where(mine, z, 0.0), unit, none + 1)
    return np.asarray(whole[:none, :none])


def _df(design: Design, rows: Ints, unit: Ints, units: int) -> Floats:
    """PSUs less strata of those who rate one of two units or both, (units, units)."""
    psu, strata = design.psu[rows], design.stratum[rows]
    return _either(psu, unit, units) - _either(strata, unit, units)


def _either(place: Ints, unit: Ints, units: int) -> Floats:
    here, ids = np.unique(place, return_inverse=True)
    there = np.zeros((len(here), units))
    there[ids, unit] = 1.0
    both = there.T @ there
    return np.asarray(both.diagonal()[:, None] + both.diagonal() - both)


@dataclass(frozen=True)
class _Table:
    """One stratum and group of a joint sample: persons by (unit, question) with skipped answers.

    `rows` in the order of their `unit`, with the `person` (from 0) of each; by column its unit,
    question and answers.
    """

    card: Scorecard
    rows: Ints
    unit: Ints
    person: Ints
    persons: float
    unit_of: Ints
    question_of: Ints
    n: Floats

    def covariance(self, units: int) -> Floats:
        """VR between all units of the sample, a unit with itself included.

        sum_k z z' needs the units' totals only; what is subtracted, every pair of questions.
        """
        first = np.flatnonzero(np.diff(self.unit_of, prepend=-1))
        names = self.unit_of[first]
        found = np.zeros((len(names), len(names)))
        for z, _, _ in self._parts():
            found += square(np.add.reduceat(z, first, axis=1))
        band = BAND if self._fits else WIDE
        step = max(1, band * len(names) // len(self.n))
        for at in range(0, len(names), step):
            few, rest = first[at : at + step], first[at:]
            end = first[at + step] if at + step < len(names) else len(self.n)
            missed = self._missed(slice(few[0], end))
            part = np.add.reduceat(missed, rest - few[0], axis=1)
            part = np.add.reduceat(part, few - few[0], axis=0)
            found[at : at + step, at:] -= part
            found[at + len(few) :, at : at + step] -= part[:, len(few) :].T
        out = np.zeros((units, units))
        out[np.ix_(names, names)] = found
        return out

    def _missed(self, band: slice) -> Floats:
        """sum_k z z' n n'/(n_h n_both), of a band of columns with those from its first one on."""
        others = slice(band.start, None)
        product: Floats | float = 0.0
        both: Singles | float = 0.0
        for _, scaled, answered in self._parts():
            product = product + scaled.part(band).times(scaled.part(others))
            both = both + answered[:, band].T @ answered[:, others]
        return np.asarray(product / np.maximum(both, 1) / self.persons)

    def _parts(self) -> Sequence[_Rows] | Iterator[_Rows]:
        """The table, some persons at a time; kept where it is small."""
        if self._fits:
            return self._whole
        step = self._step
        return (self._dense(start, step) for start in range(0, self._people, step))

    @property
    def _people(self) -> int:
        return int(self.person.max(initial=-1)) + 1

    @property
    def _step(self) -> int:
        """Persons at a time."""
        return max(1, AT_ONCE // len(self.n))

    @property
    def _fits(self) -> bool:
        return self._people <= self._step

    @cached_property
    def _whole(self) -> list[_Rows]:
        return [self._dense(0, self._people)]

    def _dense(self, start: int, step: int) -> _Rows:
        """(persons, columns) of some persons."""
        card = self.card
        z = np.zeros((step, len(self.n)))
        answered = np.zeros(z.shape, dtype=np.float32)  # counts stay exact, in half the room
        here = (self.person >= start) & (self.person < start + step)
        rows, unit, person = self.rows[here], self.unit[here], self.person[here] - start
        scale = card.weighted.weight[rows] * np.sqrt(card.responses.fraction(rows))
        for number in np.unique(unit):
            own, columns = np.flatnonzero(unit == number), np.flatnonzero(self.unit_of == number)
            questions, cell = self.question_of[columns], card.data.cell[rows[own[0]]]
            codes = card.data.answers[questions[:, None], rows[own]].astype(np.int64)
            at = np.ix_(person[own], columns)
            table = card.composition.tables[cell, questions] * _small(card, cell, questions)
            z[at] = (np.take_along_axis(table, codes, axis=1) * scale[own]).T
            carries = card.count.carries[questions]
            answered[at] = np.take_along_axis(carries, codes, axis=1).T
        return z, Slices.of(z * self.n), answered


def _small(card: Scorecard, cell: int, questions: Ints) -> Floats:
    """c_q of the questions of a cell, as a column."""
    n = card.count.n[cell, questions]
    return np.where(n > 1, np.sqrt(n / np.maximum(n - 1, 1)), 1.0)[:, None]


def _tables(card: Scorecard, rows: Ints, unit: Ints) -> Iterator[_Table]:
    """The strata and groups of a joint sample in which somebody skipped something."""
    data, responses = card.data, card.responses
    place, _ = group_ids(data.group[rows].astype(np.int64), data.design.stratum[rows])
    block = responses.block[rows]
    for number in range(int(place.max(initial=-1)) + 1):
        here = np.flatnonzero(place == number)
        _, person = np.unique(data.design.person[rows[here]], return_inverse=True)
        persons = float(responses.persons[block[here[0]]])
        columns = _columns(card, rows[here], unit[here], persons)
        if columns is not None:
            yield _Table(card, rows[here], unit[here], person, persons, *columns)


def _columns(
    card: Scorecard, rows: Ints, unit: Ints, persons: float
) -> tuple[Ints, Ints, Floats] | None:
    """Unit, question and answers of each (unit, question) that counts and was not answered by all.

    What all answered has no part in VR: n_hqq' is then n_hq', and the bracket 0.
    """
    found: list[tuple[int, int, float]] = []
    used = (card.composition.tables != 0).any(axis=2)
    for number in np.unique(unit).tolist():
        own = rows[unit == number]
        for question in np.flatnonzero(used[card.data.cell[own[0]]]).tolist():
            n = float(card.count.carries[question][card.data.answers[question, own]].sum())
            if 0 < n < persons:
                found.append((number, question, n))
    if not found:
        return None
    units, questions, heads = zip(*found, strict=True)
    return np.array(units), np.array(questions), np.array(heads)
