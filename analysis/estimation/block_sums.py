"""What the variances of all questions need of the rows of a part, summed over its blocks.

Rows are looked at a question at a time in memory that is used again, and what is left by block
is worked out for all questions at once: a cell costs few steps and a row few bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from analysis.design.chunks import Part
from analysis.estimation.item_nonresponse import Responses
from analysis.numeric import Bools, Codes, Floats, Ints
from analysis.weighting.calibration import Calibrated


@dataclass(frozen=True)
class BlockSums:
    """By (question, block), a block being a stratum within a cell, but for the last.

    `apart` and `within` are squared deviations between and within PSUs (`Domains.apart`,
    `Domains.spread`), `seen` the squared influences times the sampled share of each PSU, `heads`
    answers, `psus` PSUs with an answer. `squared_weight` is by (question, cell).
    """

    apart: Floats
    within: Floats
    seen: Floats
    heads: Floats
    psus: Floats
    squared_weight: Floats

    @classmethod
    def of(cls, questions: Ints, rows: Rows) -> Self:
        """Add up the rows of a part, for some questions."""
        by_question = [rows.summed(number) for number in questions.tolist()]
        return cls(*(np.stack(each) for each in zip(*by_question, strict=True)))

    def variances(self, part: Part, responses: Responses, rows_wr: Floats) -> dict[str, Floats]:
        """By (question, cell); `rows_wr` are the factors of drawing with replacement."""
        first, spread = part.weighted(self.apart), part.by_domain(self.within)
        return {
            "v": first + spread,
            "v_first": first,
            "v_wr": part.weighted(self.apart, rows_wr),
            "vr": responses.single(part, self.seen, self.heads),
            "psus": part.by_domain(self.psus),
            "strata": part.by_domain((self.psus > 0).astype(float)),
            "sum_w2": self.squared_weight,
        }


class Rows:
    """The rows of a part.

    `table` is (cells of the part, questions, codes), the influence of an answer before its weight.
    `carries` (questions, codes) says which answers count.
    """

    def __init__(
        self, part: Part, answers: Codes, weighted: Calibrated, table: Floats, carries: Bools
    ) -> None:
        self.part, self.answers, self.weighted, self.table = part, answers, weighted, table
        self.carries, self.square = carries, weighted.weight**2
        self.base = part.domain * table.shape[2]
        self.cells = part.row_ends - part.heads
        self.at = np.empty_like(self.base)
        self.effect, self.room = np.empty(len(self.base)), np.empty(len(self.base))
        # where it holds, whoever did not skip the question counts
        self.plain = np.asarray(carries[:, 1:].all(axis=1))

    def summed(self, number: int) -> tuple[Floats, ...]:
        """The fields of `BlockSums`, for one question."""
        part, mine = self.part, self.weighted
        counted, effect = self._counted(number), self._effect(number)
        plain = None if mine.is_plain else part.squares(mine.weight * effect)
        z = mine.influence(effect, spent=True)
        totals, squares, heads = part.totals(z), part.squares(z), part.by_cluster(counted)
        answers = part.by_block(heads)
        squared_weight = np.add.reduceat(np.multiply(self.square, counted, out=counted), self.cells)
        return (
            part.apart(totals),
            part.spread(totals, squares),
            part.by_block(part.fraction * (squares if plain is None else plain)),
            answers,
            answers if part.each_alone else part.by_block((heads > 0).astype(float)),
            squared_weight,
        )

    def _counted(self, number: int) -> Floats:
        """By row: 1 where the answer counts, else 0."""
        given = self.answers[number]
        if self.plain[number]:
            np.minimum(given, 1, out=self.room)
            return self.room
        return np.asarray(self.carries[number][given], dtype=float)

    def _effect(self, number: int) -> Floats:
        """By row; in memory that the next question takes."""
        np.add(self.base, self.answers[number], out=self.at)
        own = np.ascontiguousarray(self.table[:, number]).ravel()
        return np.take(own, self.at, out=self.effect, mode="clip")
