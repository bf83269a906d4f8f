"""Persons who answer for two groups: how skipped questions make the two groups covary.

In a sample that serves several groups a person (`resp_id`) may have rows in two of them. The
design's variance has both rows by their PSU; VR (nonresponse.py) between question q of cell a and
q' of cell b, of different groups, is

    VR = c_q c_q' sum_h sum_{k in h, of both groups} f_k z_kq z_kq' (1 - n_hq n_hq'/(n_h n_hqq'))

with n_h, n_hq, n_hq' and n_hqq' counted among the persons of the stratum who are in both groups at
all: others say nothing of who skips in both. Held to what the two variances allow, so that no
variance falls below 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from analysis.dataset.model import Dataset
from analysis.estimation.item_nonresponse import Responses
from analysis.estimation.means import Tally
from analysis.numeric import Bools, Floats, Ints, group_ids
from analysis.old.products import product


@dataclass(frozen=True)
class TwoGroups:
    """What is needed to see who skipped what; `weight` by row."""

    data: Dataset
    weight: Floats
    count: Tally
    responses: Responses

    @cached_property
    def samples(self) -> list[int]:
        """Samples in which somebody answers for more than one group."""
        design = self.data.design
        _, first = group_ids(self.data.group, design.person)
        several = np.bincount(design.person[first]) > 1
        found: list[int] = np.unique(design.sample[several[design.person]]).tolist()
        return found

    def covariance(self, tables: Floats, most: Floats, sample: int) -> Floats:
        """(units, units): VR between groups of one sample, summed over the pairs of groups.

        `tables` (cells, questions, codes) hold each answer's part of the points before its weight;
        `most` (units, groups) is each cell's own VR.
        """
        data, design = self.data, self.data.design
        found = np.zeros((len(data.units), len(data.units)))
        rows = np.flatnonzero(design.sample == sample)
        for a, b in combinations(np.unique(data.group[rows]).tolist(), 2):
            value = np.zeros_like(found)
            for stratum in np.unique(design.stratum[rows]).tolist():
                here = rows[design.stratum[rows] == stratum]
                value += self._between(tables, here[data.group[here] == a],
                                       here[data.group[here] == b])  # fmt: skip
            own = np.sqrt(np.maximum(np.nan_to_num(most), 0.0))
            limit = np.outer(own[:, a], own[:, b])
            value = np.clip(value, -limit, limit)
            found += value + value.T
        return found

    def _between(self, tables: Floats, rows: Ints, others: Ints) -> Floats:
        """(units, units) of one stratum, the first group's units by the other's."""
        person, data = self.data.design.person, self.data
        found = np.zeros((len(data.units), len(data.units)))
        both = np.intersect1d(person[rows], person[others])
        rows, others = (own[np.isin(person[own], both)] for own in (rows, others))
        for unit in np.unique(data.unit[rows]).tolist():
            z, answered = self._of(tables, rows[data.unit[rows] == unit], both)
            for other in np.unique(data.unit[others]).tolist():
                y, said = self._of(tables, others[data.unit[others] == other], both)
                together = answered.T.astype(float) @ said
                expected = np.outer(answered.sum(axis=0), said.sum(axis=0))
                missed = 1 - expected / (len(both) * np.maximum(together, 1))
                found[unit, other] = (product(z, y) * missed * (together > 0)).sum()
        return found

    def _of(self, tables: Floats, rows: Ints, persons: Ints) -> tuple[Floats, Bools]:
        """(persons, questions) of one cell: √f c w times the influence, and who answered."""
        data, cell = self.data, int(self.data.cell[rows[0]])
        asked = np.flatnonzero((tables[cell] != 0).any(axis=1))
        n, codes = self.count.n[cell, asked], data.answers[np.ix_(asked, rows)].astype(np.int64)
        scale = self.weight[rows] * np.sqrt(self.responses.fraction(rows))
        small = np.where(n > 1, np.sqrt(n / np.maximum(n - 1, 1)), 1.0)
        at = np.searchsorted(persons, data.design.person[rows])
        z = np.zeros((len(persons), len(asked)))
        answered = np.zeros(z.shape, dtype=bool)
        z[at] = (np.take_along_axis(tables[cell, asked], codes, axis=1) * small[:, None]).T
        z[at] *= scale[:, None]
        answered[at] = np.take_along_axis(self.count.carries[asked], codes, axis=1).T
        return z, answered
