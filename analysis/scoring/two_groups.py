"""Persons who answer for two groups: how skipped questions make the two groups covary.

In a sample that serves several groups a person (`resp_id`) may have rows in two of them. The
design's variance has both rows by their PSU; the variance of item nonresponse between question q
of cell a and q' of cell b, of different groups, is the formula of estimation/item_nonresponse.py

    VR = c_q c_q' sum_h sum_{k in h, of both groups} f_k z_kq z_kq' (1 - n_hq n_hq'/(n_h n_hqq'))

with n_h, n_hq, n_hq' and n_hqq' counted among the persons of the stratum who are in both groups at
all: others say nothing of who skips in both. Limited to what the two variances allow, so that no
variance falls below 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from analysis.dataset.model import Dataset
from analysis.estimation.answer_counts import AnswerCounts
from analysis.estimation.item_nonresponse import Responses, correction, share_lost
from analysis.numeric import Bools, Floats, Ints, group_ids


@dataclass(frozen=True, kw_only=True)
class TwoGroups:
    """What is needed to see who skipped what; `weight` by row."""

    data: Dataset
    weight: Floats
    counts: AnswerCounts
    responses: Responses

    @cached_property
    def samples(self) -> list[int]:
        """Samples in which somebody answers for more than one group."""
        design = self.data.design
        _, first = group_ids(self.data.group, design.person)
        in_several = np.bincount(design.person[first]) > 1
        samples: list[int] = np.unique(design.sample[in_several[design.person]]).tolist()
        return samples

    def covariance(self, tables: Floats, variance: Floats, sample: int) -> Floats:
        """VR between groups of one sample, summed over the pairs of groups.

        Parameters
        ----------
        tables : (cells, questions, codes) array
            What each answer adds to the points, before its weight.
        variance : (units, groups) array
            Each cell's own VR: the limit of the covariance.
        sample : int

        Returns
        -------
        (units, units) array
        """
        data, design = self.data, self.data.design
        total = np.zeros((len(data.units), len(data.units)))
        rows = np.flatnonzero(design.sample == sample)
        limit = np.sqrt(np.maximum(np.nan_to_num(variance), 0.0))
        for a, b in combinations(np.unique(data.group[rows]).tolist(), 2):
            of_pair = np.zeros_like(total)
            for stratum in np.unique(design.stratum[rows]).tolist():
                inside = rows[design.stratum[rows] == stratum]
                group = data.group[inside]
                of_pair += self._of_stratum(tables, inside[group == a], inside[group == b])
            largest = np.outer(limit[:, a], limit[:, b])
            of_pair = np.clip(of_pair, -largest, largest)
            total += of_pair + of_pair.T
        return total

    def _of_stratum(self, tables: Floats, rows: Ints, other_rows: Ints) -> Floats:
        """(units, units) of one stratum, the first group's units by the other's."""
        person, data = self.data.design.person, self.data
        covariance = np.zeros((len(data.units), len(data.units)))
        in_both = np.intersect1d(person[rows], person[other_rows])
        rows = rows[np.isin(person[rows], in_both)]
        other_rows = other_rows[np.isin(person[other_rows], in_both)]
        for unit in np.unique(data.unit[rows]).tolist():
            z, answered = self._of_cell(tables, rows[data.unit[rows] == unit], in_both)
            for other in np.unique(data.unit[other_rows]).tolist():
                cell_rows = other_rows[data.unit[other_rows] == other]
                other_z, other_answered = self._of_cell(tables, cell_rows, in_both)
                both = answered.T.astype(float) @ other_answered
                n, other_n = answered.sum(axis=0)[:, None], other_answered.sum(axis=0)
                lost = share_lost(n, other_n, both, len(in_both))
                covariance[unit, other] = ((z.T @ other_z) * lost).sum()
        return covariance

    def _of_cell(self, tables: Floats, rows: Ints, persons: Ints) -> tuple[Floats, Bools]:
        """(persons, questions) of one cell: √f c w times the influence, and who answered."""
        data, cell = self.data, int(self.data.cell[rows[0]])
        asked = np.flatnonzero((tables[cell] != 0).any(axis=1))
        codes = data.answers[np.ix_(asked, rows)].astype(np.int64)
        scale = self.weight[rows] * np.sqrt(self.responses.fraction(rows))
        at = np.searchsorted(persons, data.design.person[rows])
        z = np.zeros((len(persons), len(asked)))
        answered = np.zeros(z.shape, dtype=bool)
        table = tables[cell, asked] * correction(self.counts.n[cell, asked])[:, None]
        z[at] = (np.take_along_axis(table, codes, axis=1) * scale).T
        answered[at] = np.take_along_axis(self.counts.carries[asked], codes, axis=1).T
        return z, answered
