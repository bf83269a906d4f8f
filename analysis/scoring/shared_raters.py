"""Units rated by the same people: how skipped questions make them covary, and the df of a pair.

Of a sample that serves several units (or groups), between question q of unit u and q' of unit v
the formula of estimation/item_nonresponse.py with the two units' rows of one person:

    VR = c_q c_q' sum_h sum_{k in h rated both} f_k z_kq z_kq' (1 - n_hq n_hq'/(n_h n_hqq'))

Who skips for one unit tends to skip for the other: what the two then lack is lacking in both, and
cancels in their difference. Rows of one person in different groups are those of two_groups.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.dataset.model import Dataset
from analysis.design.design import Design
from analysis.design.domains import Domains
from analysis.estimation.item_nonresponse import correction, share_lost
from analysis.numeric import Bools, Floats, Ints, group_ids
from analysis.scoring.score import Scorecard
from analysis.scoring.two_groups import TwoGroups

AT_ONCE = 2_000_000  # entries of a table of persons by questions, so that large samples fit
BAND = 400  # questions of some units that are multiplied with all others at a time

Singles = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class JointSample:
    """A sample that serves several cells, and what it adds to its units' covariance.

    Attributes
    ----------
    units : (sample units,) array of int
    design, response : (sample units, sample units) arrays
        The design's covariance, and that of skipped questions.
    df : (sample units, sample units) array
        PSUs less strata of those who rate either of two units.
    """

    units: Ints
    design: Floats
    response: Floats
    df: Floats


@dataclass(frozen=True, kw_only=True)
class SharedRaters:
    """What the samples that serve several cells add to the covariance of the scores."""

    card: Scorecard
    joint_samples: tuple[JointSample, ...]

    @classmethod
    def of(cls, card: Scorecard) -> SharedRaters:
        """The joint samples of a scorecard, with what each adds."""
        persons = TwoGroups(
            data=card.data,
            weight=card.weighted.weight,
            counts=card.counts,
            responses=card.responses,
        )
        samples = np.flatnonzero(is_joint(card)).tolist()
        return cls(
            card=card,
            joint_samples=tuple(_joint_sample(card, sample, persons) for sample in samples),
        )

    @property
    def covariance(self) -> Floats:
        """(units, units): the design's covariance and that of skipped questions.

        The diagonal is `se_nr` squared. A covariance of two noisy estimates is limited to what
        their variances allow, so that no difference becomes surer for questions that were skipped.
        """
        units = self.card.units
        matrix = self.card.covariance.copy()
        response = np.maximum(units.se_nr**2 - units.se**2, 0.0)
        limit = np.sqrt(np.outer(response, response))
        added = np.zeros_like(matrix)
        for joint in self.joint_samples:
            added[np.ix_(joint.units, joint.units)] += joint.response
        matrix += np.where(np.isnan(limit), 0.0, np.clip(added, -limit, limit))
        known = ~np.isnan(self.card.covariance.diagonal())
        np.fill_diagonal(matrix, np.where(known, units.se_nr**2, np.nan))
        return matrix

    def df(self, variance_of_differences: Floats) -> Floats:
        """Satterthwaite's df of every difference; infinite without variance.

        (sum v)^2 / sum v^2/df over its independent parts: a joint sample is one part of the
        difference itself, any other cell one of its unit.

        Parameters
        ----------
        variance_of_differences : (units, units) array

        Returns
        -------
        (units, units) array
        """
        by_unit = self._squares_over_df()
        denominator = by_unit[:, None] + by_unit[None, :]
        for joint in self.joint_samples:
            at = np.ix_(joint.units, joint.units)
            matrix = joint.design + joint.response
            part = matrix.diagonal()[:, None] + matrix.diagonal() - 2 * matrix
            denominator[at] += np.nan_to_num(part) ** 2 / np.maximum(joint.df, 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            df = variance_of_differences**2 / denominator
        return np.where(denominator > 0, df, np.inf)

    def _squares_over_df(self) -> Floats:
        """By unit: sum v^2/df over the cells that have a sample of their own."""
        card = self.card
        separate = np.zeros(card.data.cells, dtype=bool)
        separate[card.data.cell[~is_joint(card)[card.data.design.sample]]] = True
        v = np.nan_to_num(card.group_variance + card.group_response_variance).ravel()
        by_cell = np.where(separate, v**2 / np.maximum(card.cells.df, 1), 0.0)
        return np.asarray(by_cell.reshape(card.group_variance.shape).sum(axis=1))


def is_joint(card: Scorecard) -> Bools:
    """(samples,): samples with rows in several cells."""
    design = card.data.design
    _, first = group_ids(design.sample, card.data.cell)
    return np.asarray(np.bincount(design.sample[first], minlength=design.samples) > 1)


def _joint_sample(card: Scorecard, sample: int, persons: TwoGroups) -> JointSample:
    data, design = card.data, card.data.design
    rows = np.flatnonzero(design.sample == sample)
    units, unit = np.unique(data.unit[rows], return_inverse=True)
    response = np.zeros((len(units), len(units)))
    for table in _stratum_tables(card, rows, unit):
        response += table.covariance(len(units))
    if sample in persons.samples:
        tables = card.aggregation.tables
        between = persons.covariance(tables, card.group_response_variance, sample)
        response += between[np.ix_(units, units)]
    return JointSample(
        units=units,
        design=_design_covariance(card, sample, units),
        response=response,
        df=_df(design, rows, unit, len(units)),
    )


def _design_covariance(card: Scorecard, sample: int, units: Ints) -> Floats:
    """What a sample adds to the covariance of its units' scores, by the scorecard's method."""
    if card.jackknife is not None:
        return card.jackknife.joint[sample]
    whole = covariance_of_sample(card.data, sample, card.influence)
    return np.asarray(whole[np.ix_(units, units)])


def covariance_of_sample(data: Dataset, sample: int, influence: Floats) -> Floats:
    """What one sample adds to the covariance of the sums of influences by unit, (units, units).

    NaN for units of the sample for which the design gives no variance.

    Parameters
    ----------
    data : Dataset
    sample : int
        The number of the sample, from 0.
    influence : (rows,) array
        What each row adds to its unit's score, in points.

    Returns
    -------
    (units, units) array
        In squared points.
    """
    units, chosen = len(data.units), np.arange(data.design.samples) == sample
    domains = Domains(data.design, data.unit, units)
    matrix = domains.covariance(influence, chosen)
    unknown = domains.lonely_strata.unusable_domains(units, sample)
    matrix[unknown, :] = np.nan
    matrix[:, unknown] = np.nan
    return matrix


def _df(design: Design, rows: Ints, unit: Ints, units: int) -> Floats:
    """PSUs less strata of those who rate one of two units or both, (units, units)."""
    psu, strata = design.psu[rows], design.stratum[rows]
    return _in_either(psu, unit, units) - _in_either(strata, unit, units)


def _in_either(place: Ints, unit: Ints, units: int) -> Floats:
    """(units, units): PSUs or strata with rows of one unit or the other."""
    distinct, ids = np.unique(place, return_inverse=True)
    present = np.zeros((len(distinct), units))
    present[ids, unit] = 1.0
    in_both = present.T @ present
    return np.asarray(in_both.diagonal()[:, None] + in_both.diagonal() - in_both)


@dataclass(frozen=True, kw_only=True)
class _StratumTable:
    """One stratum and group of a joint sample: persons by (unit, question) with skipped answers.

    `rows` with the `unit` and the `person` (from 0) of each; `persons` counts the respondents. A
    column is a question about a unit: its unit, its question and n, its answers.
    """

    card: Scorecard
    rows: Ints
    unit: Ints
    person: Ints
    persons: float
    unit_of_column: Ints
    question_of_column: Ints
    n: Floats

    def covariance(self, units: int) -> Floats:
        """VR between all units of the sample, a unit with itself included, (units, units)."""
        first = np.flatnonzero(np.diff(self.unit_of_column, prepend=-1))
        present = self.unit_of_column[first]
        by_unit = np.zeros((len(present), len(present)))
        step = max(1, BAND * len(present) // len(self.n))
        for at in range(0, len(present), step):
            band, others = first[at : at + step], first[at:]
            end = first[at + step] if at + step < len(present) else len(self.n)
            pairs = self._of_columns(slice(int(band[0]), int(end)))
            part = np.add.reduceat(pairs, others - band[0], axis=1)
            part = np.add.reduceat(part, band - band[0], axis=0)
            by_unit[at : at + step, at:] = part
            by_unit[at:, at : at + step] = part.T
        matrix = np.zeros((units, units))
        matrix[np.ix_(present, present)] = by_unit
        return matrix

    def _of_columns(self, band: slice) -> Floats:
        """VR of a band of columns with all columns from its first one on."""
        others = slice(band.start, None)
        products: Floats | float = 0.0
        both: Singles | float = 0.0
        for z, answered in self._batches():
            products = products + z[:, band].T @ z[:, others]
            both = both + answered[:, band].T @ answered[:, others]
        lost = share_lost(self.n[band, None], self.n[others], both, self.persons)
        return np.asarray(products * lost)

    def _batches(self) -> Iterable[tuple[Floats, Singles]]:
        """The influences, and whether they were answered, some persons at a time."""
        if self._people <= self._step:
            return [self._whole]
        step = self._step
        return (self._dense(start, step) for start in range(0, self._people, step))

    @property
    def _people(self) -> int:
        return int(self.person.max(initial=-1)) + 1

    @property
    def _step(self) -> int:
        """Persons at a time."""
        return max(1, AT_ONCE // len(self.n))

    @cached_property
    def _whole(self) -> tuple[Floats, Singles]:
        return self._dense(0, self._people)

    def _dense(self, start: int, step: int) -> tuple[Floats, Singles]:
        """(persons, columns) of some persons."""
        card = self.card
        z = np.zeros((step, len(self.n)))
        answered = np.zeros(z.shape, dtype=np.float32)  # counts stay exact, in half the room
        inside = (self.person >= start) & (self.person < start + step)
        rows, unit, person = self.rows[inside], self.unit[inside], self.person[inside] - start
        scale = card.weighted.weight[rows] * np.sqrt(card.responses.fraction(rows))
        for number in np.unique(unit):
            of_unit, columns = unit == number, np.flatnonzero(self.unit_of_column == number)
            questions, cell = self.question_of_column[columns], card.data.cell[rows[of_unit][0]]
            codes = card.data.answers[questions[:, None], rows[of_unit]].astype(np.int64)
            at = np.ix_(person[of_unit], columns)
            table = card.aggregation.tables[cell, questions]
            table = table * correction(card.counts.n[cell, questions])[:, None]
            z[at] = (np.take_along_axis(table, codes, axis=1) * scale[of_unit]).T
            carries = card.counts.carries[questions]
            answered[at] = np.take_along_axis(carries, codes, axis=1).T
        return z, answered


def _stratum_tables(card: Scorecard, rows: Ints, unit: Ints) -> Iterator[_StratumTable]:
    """The strata and groups of a joint sample in which somebody skipped something."""
    data, responses = card.data, card.responses
    place, _ = group_ids(data.group[rows].astype(np.int64), data.design.stratum[rows])
    block = responses.block[rows]
    for number in range(int(place.max(initial=-1)) + 1):
        inside = np.flatnonzero(place == number)
        _, person = np.unique(data.design.person[rows[inside]], return_inverse=True)
        persons = float(responses.persons[block[inside[0]]])
        columns = _columns(card, rows[inside], unit[inside], persons)
        if columns is not None:
            units, questions, n = columns
            yield _StratumTable(
                card=card,
                rows=rows[inside],
                unit=unit[inside],
                person=person,
                persons=persons,
                unit_of_column=units,
                question_of_column=questions,
                n=n,
            )


def _columns(
    card: Scorecard, rows: Ints, unit: Ints, persons: float
) -> tuple[Ints, Ints, Floats] | None:
    """Unit, question and answers of each (unit, question) that counts and was not answered by all.

    What all answered has no part in VR: n_hqq' is then n_hq', and the bracket 0.
    """
    columns: list[tuple[int, int, float]] = []
    used = (card.aggregation.tables != 0).any(axis=2)
    for number in np.unique(unit).tolist():
        of_unit = rows[unit == number]
        for question in np.flatnonzero(used[card.data.cell[of_unit[0]]]).tolist():
            codes = card.data.answers[question, of_unit]
            n = float(card.counts.carries[question][codes].sum())
            if 0 < n < persons:
                columns.append((number, question, n))
    if not columns:
        return None
    units, questions, n_of_column = zip(*columns, strict=True)
    return np.array(units), np.array(questions), np.array(n_of_column)
