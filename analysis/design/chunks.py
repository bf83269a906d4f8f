"""Rows taken a few whole domains at a time, so that what is worked out for them stays small.

A chunk fits a processor's cache, and chunks do not touch each other: threads take them in any order
while every sum is made in the order of the file, so that a result does not depend on the number of
processors.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np

from analysis.design.domains import Domains
from analysis.numeric import Codes, Floats, Ints, counts, small

ROWS = 32_768
"""A chunk holds so many rows, or one domain that has more."""
THREADS = 4
FEW = 50_000
"""Rows for which it does not pay to start threads."""


class Stretches:
    """Stretches of something, put one behind the other.

    `shifts` is what the numbers of each stretch lose thereby; `positions` takes them out, and so
    do the `runs` where there are any.
    """

    def __init__(self, starts: Ints, lengths: Ints, order: Ints | None) -> None:
        self.lengths = lengths
        self.runs: list[slice] = []
        self.shifts = starts - (np.cumsum(lengths) - lengths)
        filled, total = self.shifts[lengths > 0], int(lengths.sum())
        if (filled == filled[:1]).all():
            first = int(filled[0]) if len(filled) else 0
            self.positions: Any = slice(first, first + total)
        else:
            self.positions = np.arange(total) + np.repeat(self.shifts, lengths)
            ends = (starts + lengths).tolist()
            self.runs = [slice(*run) for run in zip(starts.tolist(), ends, strict=True)]
        if order is not None:
            self.positions, self.runs = order[self.positions], []


class Spans:
    """For each domain the stretch that is its own, of something put in order by domain."""

    def __init__(self, lengths: Ints, order: Ints | None = None) -> None:
        self.lengths, self.order = lengths, order
        self.starts = np.cumsum(lengths) - lengths

    def of(self, domains: Ints) -> Stretches:
        """The stretches of some domains."""
        return Stretches(self.starts[domains], self.lengths[domains], self.order)


class Chunk(Domains):
    """Some whole domains of another `Domains`, numbered anew from 0.

    `numbers`, `at_blocks` and `rows` are its domains, blocks and rows in the whole; rows come
    cluster by cluster, so that those of a block and of a domain stand together too. A domain has
    `row_counts` rows and ends at `row_ends`.
    """

    def __init__(self, whole: Domains, spans: Sequence[Spans], numbers: Ints) -> None:
        rows, clusters, blocks = (kind.of(numbers) for kind in spans)
        self.design, self.size, self.numbers = whole.design, len(numbers), numbers
        self.rows, self.at_blocks, self._runs = rows.positions, blocks.positions, rows.runs
        self.row_counts, self.row_ends = rows.lengths, np.cumsum(rows.lengths)
        self.clusters, self.blocks = int(clusters.lengths.sum()), int(blocks.lengths.sum())
        self.domain = np.repeat(np.arange(self.size), rows.lengths)
        self.cluster = whole.cluster[self.rows] - clusters.shifts[self.domain]
        self._put_in_order()
        self.domain_of_cluster = np.repeat(np.arange(self.size), clusters.lengths)
        self.psu_of_cluster = whole.psu_of_cluster[clusters.positions]
        self.block = whole.block[clusters.positions] - blocks.shifts[self.domain_of_cluster]
        self.domain_of_block = np.repeat(np.arange(self.size), blocks.lengths)
        self.stratum_of_block = whole.stratum_of_block[self.at_blocks]
        self.clusters_in_block = counts(self.block, self.blocks)
        self.rows_in_cluster = counts(self.cluster, self.clusters)
        self.rows_in_block = np.add.reduceat(self.rows_in_cluster, self.block_starts)
        self.unusable = whole.unusable[numbers]
        self._person = whole.person_in(self.rows, self.cluster)

    def _put_in_order(self) -> None:
        """Rows cluster by cluster, where they do not come so."""
        if not (self.cluster[1:] >= self.cluster[:-1]).all():
            order = in_order(self.cluster, self.clusters)
            self.cluster, self.rows, self._runs = self.cluster[order], self.whole_rows[order], []

    @cached_property
    def each_alone(self) -> bool:
        """Whether every row is a cluster of its own."""
        return self.clusters == len(self.cluster)

    @cached_property
    def _cluster_starts(self) -> Ints:
        return np.asarray(np.cumsum(self.rows_in_cluster) - self.rows_in_cluster)

    def by_cluster(self, values: Floats) -> Floats:
        """Sum over the rows of each cluster."""
        return values if self.each_alone else np.add.reduceat(values, self._cluster_starts)

    def totals(self, influence: Floats) -> Floats:
        """t_hi: the sum of the influences in each cluster."""
        return self.by_cluster(influence)

    def person_squares(self, influence: Floats) -> Floats:
        """Sum over the persons of each cluster of their squared influence."""
        return (
            self.by_cluster(influence**2)
            if self._person is None
            else super().person_squares(influence)
        )

    def of(self, answers: Codes) -> Codes:
        """The chunk's rows of (questions, rows)."""
        if self._runs:
            return np.concatenate([answers[:, run] for run in self._runs], axis=1)
        if isinstance(self.rows, slice):
            return answers[:, self.rows]
        taken: Codes = answers.take(self.rows, axis=1)
        return taken

    @property
    def whole_rows(self) -> Ints:
        """The numbers of its rows in the whole."""
        rows = self.rows
        return np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows


class Chunks:
    """All rows in chunks; domains whose numbers leave the same rest by `kinds` come together."""

    def __init__(self, whole: Domains, kinds: int) -> None:
        self.whole = whole
        block = small(whole.block)[whole.cluster]
        rows_in_block = counts(block, whole.blocks)
        order = None if (block[1:] >= block[:-1]).all() else in_order(block, whole.blocks)
        rows = np.zeros(whole.size, dtype=np.int64)
        np.add.at(rows, whole.domain_of_block, rows_in_block)
        clusters = counts(whole.domain_of_cluster, whole.size)
        blocks = counts(whole.domain_of_block, whole.size)
        self._spans = (Spans(rows, order), Spans(clusters), Spans(blocks))
        self._numbers, self._few = packed(rows, kinds), len(block) < FEW

    def each(self, work: Callable[[Chunk], None]) -> None:
        """Do some work on every chunk; where its results belong is for the work to know."""

        def one(numbers: Ints) -> None:
            work(Chunk(self.whole, self._spans, numbers))

        in_threads(one, self._numbers, few=self._few)


def packed(rows: Ints, kinds: int) -> list[Ints]:
    """Domains that have rows, as many together as make a chunk."""
    chunks: list[Ints] = []
    for kind in range(kinds):
        numbers = np.arange(kind, len(rows), kinds)
        numbers = numbers[rows[numbers] > 0]
        chunk = (np.cumsum(rows[numbers]) - 1) // ROWS
        chunks += np.split(numbers, np.flatnonzero(np.diff(chunk)) + 1) if len(numbers) else []
    return chunks


def in_order(ids: Ints, size: int) -> Ints:
    """The rows by their id (below `size`), those of one id as they come."""
    kind: Any = np.uint16 if size <= 2**16 else ids.dtype  # NumPy counts where two bytes do
    return small(np.argsort(ids.astype(kind), kind="stable"))


def in_threads(work: Callable[[Any], None], items: Sequence[Any], *, few: bool) -> None:
    """Do some work on every item, by as many threads as there are processors.

    Parameters
    ----------
    work : callable
        Takes one item; what it raises is raised here.
    items : sequence
    few : bool
        Whether there is too little to do for threads to pay.
    """
    workers = min(THREADS, len(items), processors())
    if few or workers < 2:
        for item in items:
            work(item)
        return
    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(work, item) for item in items]:
            done.result()


def processors() -> int:
    """How many processors this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1
