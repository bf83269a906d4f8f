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
from typing import Any

import numpy as np

from analysis.dataset.model import Dataset
from analysis.design.chunks import Part, Parts
from analysis.design.design import Domains
from analysis.estimation.question_pairs import PairSums
from analysis.numeric import Bools, Codes, Floats, Ints, counts, group_ids, small, sums
from analysis.old.products import square


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

    def single(self, part: Part, seen: Floats, answers: Floats) -> Floats:
        """VR_qq of each question by cell; `seen` is f_k z_k^2 and `answers` n_hq, both by block."""
        total = part.by_domain(seen * (1 - answers / self.persons[part.at_blocks]))
        n = part.by_domain(answers)
        return total * np.where(n > 1, n / np.maximum(n - 1, 1), 1.0)

    @property
    def block(self) -> Ints:
        """The block of each row."""
        return small(self.domains.block)[self.domains.cluster]

    def composite(self, tables: Floats, weight: Floats, carries: Bools, parts: Parts) -> Floats:
        """VR by cell of a sum over questions.

        `tables` (cells, questions, codes) hold each answer's part of the composite before its
        weight; `carries` (questions, codes) says which answers count.
        """
        out = np.zeros(len(tables))
        n = self.answered_in_cell
        correction = np.where(n > 1, np.sqrt(n / np.maximum(n - 1, 1)), 1.0)
        tables, used = tables * correction[..., None], (tables != 0).any(axis=2)

        def add(part: Part) -> None:
            questions = np.flatnonzero(used[part.numbers].any(axis=0))
            if len(questions):
                out[part.numbers] = self._part(part, questions, tables, weight, carries)

        parts.each(add)
        return out

    def _part(
        self, part: Part, questions: Ints, tables: Floats, weight: Floats, carries: Bools
    ) -> Floats:
        answers, base = part.of(self.data.answers), part.domain * tables.shape[2]
        scale = weight[part.rows] * np.sqrt(part.fraction[part.cluster])
        worth = [np.ascontiguousarray(tables[part.numbers, each]).ravel() for each in questions]
        plain = np.asarray(
            carries[questions][:, 1:].all(axis=1)
        )  # whoever did not skip the question counts

        def look(rows: Any) -> tuple[Floats, Bools]:
            cell, factor, own = base[rows], scale[rows], _columns(answers, rows)
            z = np.empty((len(questions), len(cell)))
            answered, place = np.empty(z.shape, dtype=bool), np.empty_like(cell)
            for at, number in enumerate(questions):
                given = own[number]
                np.add(cell, given, out=place)
                np.take(worth[at], place, out=z[at], mode="clip")
                if plain[at]:
                    np.greater(given, 0, out=answered[at])
                else:
                    answered[at] = carries[number, given]
            z *= factor
            return z, answered

        ends = np.cumsum(part.rows_in_block)
        return self._added(part, PairSums(len(questions), ends, look))

    def _added(self, part: Part, found: PairSums) -> Floats:
        same = found.first == found.second
        heads, both = found.both[same], found.both
        expected = heads[found.first] * heads[found.second]
        missed = 1 - expected / (self.persons[part.at_blocks] * np.maximum(both, 1))
        value = found.products * missed * (both > 0) * np.where(same, 1.0, 2.0)[:, None]
        return sums(part.domain_of_block, value.sum(axis=0), part.size)


def _columns(answers: Codes, rows: Any) -> Codes:
    return answers[:, rows] if isinstance(rows, slice) else answers.take(rows, axis=1, mode="clip")


def pairs_in_block(z: Floats, answered: Floats, persons: float) -> Floats:
    """VR between the questions of one stratum: `z` and `answered` are (questions, rows)."""
    heads, both = answered.sum(axis=1), answered @ answered.T
    missed = 1 - heads[:, None] * heads / (persons * np.maximum(both, 1))
    value: Floats = square(z.T) * (missed * (both > 0))
    return value
