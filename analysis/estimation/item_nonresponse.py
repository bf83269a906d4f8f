"""The variance that skipped questions add to a standard error.

Reverse framework of Shao and Steel (1999), answering independent of the coefficient within a
stratum. Between questions q and q':

    VR_qq' = c_q c_q' sum_h sum_{k in h answered both} f_k z_kq z_kq' (1 - n_hq n_hq'/(n_h n_hqq'))

f_k is the sampled share of k's stratum (and PSU), n_h respondents, n_hq answers, n_hqq' both
answers, c_q = sqrt(n_q/(n_q - 1)). `share_lost` and `correction` are the only places of this
formula: for the questions of one cell (here), for units rated by the same people
(scoring/shared_raters.py) and for persons in two groups (scoring/two_groups.py).

In a sample that serves several units n_h counts every person of the sample and stratum who answers
for the group at all: who was not asked about a unit, or did not rate it, is a nonrespondent to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.dataset.model import Dataset
from analysis.design.chunks import Chunk, Chunks
from analysis.design.domains import Domains
from analysis.estimation.block_products import block_products
from analysis.numeric import Bools, Codes, Floats, Ints, counts, group_ids, small, sums


def share_lost(n: Any, other_n: Any, both: Any, persons: Any) -> Floats:
    """1 - n n'/(n_h n_both): what a product of two questions adds to the variance.

    Parameters
    ----------
    n, other_n : arrays
        Answers to the one and to the other question in a stratum.
    both : array
        Persons who answered both.
    persons : array or float
        Respondents of the stratum, whether they answered the questions or not.

    Returns
    -------
    array
        Of the arguments' common shape; 0 where everybody answered one of the two. For a question
        with itself it is 1 - n/n_h.

    References
    ----------
    Shao and Steel (1999), Journal of the American Statistical Association 94, 254-265.
    """
    return np.asarray(1 - n * other_n / (persons * np.maximum(both, 1)))


def correction(n: Floats) -> Floats:
    """c_q = sqrt(n/(n - 1)), of any shape; 1 where there is a single answer."""
    return np.where(n > 1, np.sqrt(n / np.maximum(n - 1, 1)), 1.0)


@dataclass(frozen=True, kw_only=True)
class Responses:
    """Who answered what in each stratum of each cell; a block is a stratum within a cell.

    Attributes
    ----------
    data : Dataset
    persons : (blocks,) array
        n_h, the respondents of each block.
    cell_of_block : (blocks,) array of int
    domains : Domains
        The cells as domains of the design.
    n : (cells, questions) array
        Answers with a coefficient.
    """

    data: Dataset
    persons: Floats
    cell_of_block: Ints
    domains: Domains
    n: Floats

    @classmethod
    def of(cls, data: Dataset, domains: Domains, n: Floats) -> Responses:
        """Count the respondents of every block.

        Parameters
        ----------
        data : Dataset
        domains : Domains
            The cells as domains of the design.
        n : (cells, questions) array
            Answers with a coefficient.
        """
        design = data.design
        _, first = group_ids(data.group, design.person)
        strata = len(design.population_psus)
        key = data.group[first] * strata + design.stratum[first]
        respondents = counts(key, len(data.groups) * strata)
        group = domains.domain_of_block % len(data.groups)
        persons = respondents[group * strata + domains.stratum_of_block].astype(float)
        return cls(
            data=data,
            persons=persons,
            cell_of_block=domains.domain_of_block,
            domains=domains,
            n=n,
        )

    def fraction(self, rows: Any) -> Floats:
        """f_k: the share of each row's stratum and PSU that was drawn."""
        return np.asarray(self.domains.fraction[self.domains.cluster[rows]])

    @property
    def block(self) -> Ints:
        """The block of each row."""
        return small(self.domains.block)[self.domains.cluster]

    def of_single_questions(self, chunk: Chunk, squares: Floats, answers: Floats) -> Floats:
        """VR of each question's mean, (questions, cells of the chunk).

        Parameters
        ----------
        chunk : Chunk
            Some whole cells.
        squares : (questions, blocks of the chunk) array
            sum f_k z_k^2 over the block's rows.
        answers : (questions, blocks of the chunk) array
            n_hq.
        """
        lost = share_lost(answers, answers, answers, self.persons[chunk.at_blocks])
        return chunk.by_domain(squares * lost) * correction(chunk.by_domain(answers)) ** 2

    def of_sums(self, tables: Floats, weight: Floats, carries: Bools, chunks: Chunks) -> Floats:
        """VR of a sum over questions, by cell.

        Parameters
        ----------
        tables : (cells, questions, codes) array
            What each answer adds to the sum, before its weight.
        weight : (rows,) array
        carries : (questions, codes) array of bool
            Which answers count.
        chunks : Chunks
            The rows, some whole cells at a time.

        Returns
        -------
        (cells,) array
        """
        variance = np.zeros(len(tables))
        tables, used = tables * correction(self.n)[..., None], (tables != 0).any(axis=2)

        def add(chunk: Chunk) -> None:
            questions = np.flatnonzero(used[chunk.numbers].any(axis=0))
            if len(questions):
                answers = ChunkAnswers(chunk, self.data.answers, tables, questions, carries)
                variance[chunk.numbers] = self._of_chunk(chunk, answers, weight)

        chunks.each(add)
        return variance

    def _of_chunk(self, chunk: Chunk, answers: ChunkAnswers, weight: Floats) -> Floats:
        scale = weight[chunk.rows] * np.sqrt(chunk.fraction[chunk.cluster])

        def look(rows: Any) -> tuple[Floats, Bools]:
            influence, answered = answers.at(rows)
            return influence * scale[rows], answered

        persons = self.persons[chunk.at_blocks]
        by_block = np.zeros(chunk.blocks)
        for numbers, products, both in block_products(np.cumsum(chunk.rows_in_block), look):
            n = np.diagonal(both, axis1=1, axis2=2)
            lost = share_lost(n[:, :, None], n[:, None, :], both, persons[numbers, None, None])
            by_block[numbers] = (products * lost).sum(axis=(1, 2))
        return sums(chunk.domain_of_block, by_block, chunk.size)


class ChunkAnswers:
    """The answers to some questions in some whole cells, as influences before their weight."""

    def __init__(
        self, chunk: Chunk, answers: Codes, tables: Floats, questions: Ints, carries: Bools
    ) -> None:
        self.answers, self.base = chunk.of(answers), chunk.domain * tables.shape[2]
        self.questions, self.carries = questions, carries
        self.tables = [
            np.ascontiguousarray(tables[chunk.numbers, question]).ravel() for question in questions
        ]
        # where it holds, whoever did not skip the question counts
        self.all_options_carry = np.asarray(carries[questions][:, 1:].all(axis=1))

    def at(self, rows: Any) -> tuple[Floats, Bools]:
        """(questions, rows): the influence of each answer, and whether it counts."""
        base, answers = self.base[rows], self._columns(rows)
        influence = np.empty((len(self.questions), len(base)))
        answered, place = np.empty(influence.shape, dtype=bool), np.empty_like(base)
        for at, question in enumerate(self.questions):
            codes = answers[question]
            np.add(base, codes, out=place)
            np.take(self.tables[at], place, out=influence[at], mode="clip")
            if self.all_options_carry[at]:
                np.greater(codes, 0, out=answered[at])
            else:
                answered[at] = self.carries[question, codes]
        return influence, answered

    def _columns(self, rows: Any) -> Codes:
        if isinstance(rows, slice):
            return self.answers[:, rows]
        taken: Codes = self.answers.take(rows, axis=1, mode="clip")
        return taken
