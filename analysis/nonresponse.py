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
from itertools import pairwise
from typing import Any

import numpy as np

from analysis.arrays import Bools, Floats, Ints, counts, group_ids, small, sums
from analysis.design import Domains
from analysis.model import Dataset


@dataclass(frozen=True)
class Responses:
    """Who answered what in each stratum of each cell.

    A block is a stratum within a cell. By block: `persons` (n_h), and `cell_of_block`, its cell.
    """

    data: Dataset
    persons: Floats
    cell_of_block: Ints
    domains: Domains
    answered_in_cell: Floats

    @classmethod
    def of(cls, data: Dataset, domains: Domains, n: Floats) -> Responses:
        """Prepare from the cells' domains and the counts of answers (cells, questions)."""
        design = data.design
        _, first = group_ids(data.group, design.person)
        key = data.group[first] * len(design.psus_there) + design.stratum[first]
        heads = counts(key, len(data.groups) * len(design.psus_there))
        group = domains.domain_of_block % len(data.groups)
        persons = heads[group * len(design.psus_there) + domains.stratum_of_block].astype(float)
        return cls(data, persons, domains.domain_of_block, domains, n)

    def fraction(self, rows: Any) -> Floats:
        """f_k: the share of each row's stratum and PSU that was drawn."""
        return np.asarray(self.domains.fraction[self.domains.cluster[rows]])

    def single(self, domains: Domains, squares: Floats, heads: Floats) -> Floats:
        """VR_qq by cell for one question, from squared influences and answers by cluster."""
        n = sums(domains.block, heads, len(self.persons))
        missed = 1 - n / self.persons
        total = sums(domains.block, domains.fraction * squares, len(n)) * missed
        by_cell = sums(self.cell_of_block, total, domains.size)
        answers = sums(self.cell_of_block, n, domains.size)
        return by_cell * np.where(answers > 1, answers / np.maximum(answers - 1, 1), 1.0)

    @property
    def block(self) -> Ints:
        """The block of each row."""
        return small(self.domains.block)[self.domains.cluster]

    @cached_property
    def _rows_of_block(self) -> list[Any]:
        """The rows of each block: a slice where the file is in that order, else their numbers."""
        block, blocks = self.block, np.arange(len(self.persons) + 1)
        if bool((block[1:] >= block[:-1]).all()):
            ends = np.searchsorted(block, blocks).tolist()
            return [slice(*pair) for pair in pairwise(ends)]
        order = np.argsort(block, kind="stable")
        ends = np.searchsorted(block[order], blocks).tolist()
        return [order[slice(*pair)] for pair in pairwise(ends)]

    def composite(self, tables: Floats, weight: Floats, carries: Bools, cells: Bools) -> Floats:
        """VR by cell of a sum over questions.

        `tables` (cells, questions, codes) hold each answer's part of the composite before its
        weight; `carries` (questions, codes) says which answers count; `cells` which to compute.
        """
        out = np.zeros(len(cells))
        n = self.answered_in_cell
        correction = np.where(n > 1, np.sqrt(n / np.maximum(n - 1, 1)), 1.0)
        used = (tables != 0).any(axis=2)
        tables = tables * correction[..., None]
        codes = tables.shape[2]
        for block, rows in enumerate(self._rows_of_block):
            cell = self.cell_of_block[block]
            questions = np.flatnonzero(used[cell])
            if not cells[cell] or not len(questions):
                continue
            at = self._answers_in(rows, questions)
            at += np.arange(len(questions))[:, None] * codes
            answered = carries[questions].astype(float).ravel().take(at)
            if answered.sum(axis=1).min() == self.persons[block]:
                continue
            scale = weight[rows] * np.sqrt(self.fraction(rows))
            z = tables[cell, questions].ravel().take(at) * scale
            out[cell] += pairs_in_block(z, answered, float(self.persons[block])).sum()
        return out

    def _answers_in(self, rows: Any, questions: Ints) -> Any:
        answers = self.data.answers
        if len(questions) == len(answers):
            return answers[:, rows].astype(np.int64)
        if isinstance(rows, slice):
            return answers[questions, rows].astype(np.int64)
        return answers[questions[:, None], rows].astype(np.int64)


def pairs_in_block(z: Floats, answered: Floats, persons: float) -> Floats:
    """VR between the questions of one stratum: `z` and `answered` are (questions, rows)."""
    heads, both = answered.sum(axis=1), answered @ answered.T
    missed = 1 - heads[:, None] * heads / (persons * np.maximum(both, 1))
    value: Floats = (z @ z.T) * (missed * (both > 0))
    return value
