"""The variance that skipped questions add to a standard error.

Reverse framework of Shao and Steel (1999), answering independent of the coefficient within a
stratum:

    VR_qq' = c_q c_q' sum_h sum_{k in h answered both} f_k z_kq z_kq' (1 - n_hq n_hq'/(n_h n_hqq'))

f_k is the sampled share of k's stratum (and PSU), n_h respondents, n_hq answers, n_hqq' both
answers, c_q = sqrt(n_q/(n_q - 1)). In a sample that serves several units n_h counts every person
of the sample and stratum who answers for the group at all: who was not asked about a unit, or did
not rate it, is a nonrespondent to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.arrays import Bools, Floats, Ints, counts, group_ids, sums
from analysis.design import Domains
from analysis.model import Dataset


@dataclass(frozen=True)
class Responses:
    """Who answered what in each stratum of each cell.

    `block` (a stratum within a cell) and `fraction` (f_k) are by row; `persons` (n_h) by block;
    `cell_of_block` says which cell a block is in.
    """

    data: Dataset
    block: Ints
    persons: Floats
    cell_of_block: Ints
    fraction: Floats
    answered_in_cell: Floats

    @classmethod
    def of(cls, data: Dataset, domains: Domains, n: Floats) -> Responses:
        """Prepare from the cells' domains and the counts of answers (cells, questions)."""
        design = data.design
        fraction = design.psu_fraction[design.stratum] * design.person_fraction[design.psu]
        _, first = group_ids(data.group, design.person)
        key = data.group[first] * len(design.psus_there) + design.stratum[first]
        heads = counts(key, len(data.groups) * len(design.psus_there))
        group = domains.domain_of_block % len(data.groups)
        persons = heads[group * len(design.psus_there) + domains.stratum_of_block].astype(float)
        return cls(
            data, domains.block[domains.cluster], persons, domains.domain_of_block, fraction, n
        )

    def single(self, domains: Domains, squares: Floats, answered: Bools) -> Floats:
        """VR_qq by cell for one question, from the sums of squared influences by cluster."""
        blocks = len(self.persons)
        design = domains.design
        psu = domains.psu_of_cluster
        fraction = design.psu_fraction[design.stratum_of_psu[psu]] * design.person_fraction[psu]
        n = counts(self.block[answered], blocks)
        missed = 1 - n / self.persons
        total = sums(domains.block, fraction * squares, blocks) * missed
        by_cell = sums(self.cell_of_block, total, domains.size)
        heads = sums(self.cell_of_block, n.astype(float), domains.size)
        return by_cell * np.where(heads > 1, heads / np.maximum(heads - 1, 1), 1.0)

    @cached_property
    def _sorted(self) -> tuple[Ints, Ints]:
        order = np.argsort(self.block, kind="stable")
        ends = np.searchsorted(self.block[order], np.arange(len(self.persons) + 1))
        return order.astype(np.int64), ends.astype(np.int64)

    def composite(self, tables: Floats, weight: Floats, carries: Bools, cells: Bools) -> Floats:
        """VR by cell of a sum over questions.

        `tables` (cells, questions, codes) hold each answer's part of the composite before its
        weight; `carries` (questions, codes) says which answers count; `cells` which to compute.
        """
        order, ends = self._sorted
        out = np.zeros(len(cells))
        n = self.answered_in_cell
        small = np.where(n > 1, np.sqrt(n / np.maximum(n - 1, 1)), 1.0)
        used = (tables != 0).any(axis=2)
        tables = tables * small[..., None]
        scale = weight * np.sqrt(self.fraction)
        for block in range(len(self.persons)):
            cell = self.cell_of_block[block]
            questions = np.flatnonzero(used[cell])
            if not cells[cell] or not len(questions):
                continue
            rows = order[ends[block] : ends[block + 1]]
            codes = self.data.answers[questions[:, None], rows]
            answered = carries[questions[:, None], codes].astype(float)
            heads = answered.sum(axis=1)
            if heads.min() == self.persons[block]:
                continue
            z = tables[cell, questions[:, None], codes] * scale[rows]
            out[cell] += pairs_in_block(z, answered, float(self.persons[block])).sum()
        return out


def pairs_in_block(z: Floats, answered: Floats, persons: float) -> Floats:
    """VR between the questions of one stratum: `z` and `answered` are (questions, rows)."""
    heads, both = answered.sum(axis=1), answered @ answered.T
    missed = 1 - heads[:, None] * heads / (persons * np.maximum(both, 1))
    value: Floats = (z @ z.T) * (missed * (both > 0))
    return value
