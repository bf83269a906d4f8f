"""What the variances of all questions need of the rows of a chunk, summed over its blocks.

Rows are looked at a question at a time in memory that is used again, and what is left by block
is worked out for all questions at once: a cell costs few steps and a row few bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from analysis.design.chunks import Chunk
from analysis.design.design import Design
from analysis.estimation.item_nonresponse import Responses
from analysis.numeric import Bools, Codes, Floats, Ints
from analysis.weighting.calibration import Calibrated


@dataclass(frozen=True, kw_only=True)
class BlockSums:
    """Sums over the rows of a chunk for some questions; a block is a stratum within a cell.

    Attributes
    ----------
    between, within : (questions, blocks) arrays
        Squared deviations between PSUs (`Domains.squared_deviations`) and within them
        (`Domains.within_psus`).
    answered_squares : (questions, blocks) array
        Squared influences times the sampled share of each PSU.
    answers, psus : (questions, blocks) arrays
        Answers that count, and PSUs with such an answer.
    squared_weight : (questions, cells) array
        Squared weights of the answers that count.
    """

    between: Floats
    within: Floats
    answered_squares: Floats
    answers: Floats
    psus: Floats
    squared_weight: Floats

    @classmethod
    def of(cls, questions: Ints, rows: Rows) -> Self:
        """Add up the rows of a chunk, for some questions."""
        by_question = [rows.summed(number) for number in questions.tolist()]
        names = [field.name for field in fields(cls)]
        return cls(**{name: np.stack([sums[name] for sums in by_question]) for name in names})

    def variances(
        self, chunk: Chunk, responses: Responses, with_replacement: Design
    ) -> dict[str, Floats]:
        """Variances and counts by name, each (questions, cells of the chunk).

        Parameters
        ----------
        chunk : Chunk
        responses : Responses
        with_replacement : Design
            The design as if PSUs were drawn with replacement.
        """
        first_stage = chunk.first_stage(self.between)
        return {
            "v": first_stage + chunk.by_domain(self.within),
            "v_first": first_stage,
            "v_wr": chunk.first_stage(self.between, with_replacement),
            "vr": responses.of_single_questions(chunk, self.answered_squares, self.answers),
            "psus": chunk.by_domain(self.psus),
            "strata": chunk.by_domain((self.psus > 0).astype(float)),
            "sum_w2": self.squared_weight,
        }


class Rows:
    """The rows of a chunk.

    Parameters
    ----------
    chunk : Chunk
    answers : (questions, rows of the chunk) array of codes
    weighted : Calibrated
        The weights of these rows.
    table : (cells of the chunk, questions, codes) array
        The influence of an answer before its weight.
    carries : (questions, codes) array of bool
        Which answers count.
    """

    def __init__(
        self, chunk: Chunk, answers: Codes, weighted: Calibrated, table: Floats, carries: Bools
    ) -> None:
        self.chunk, self.answers, self.weighted, self.table = chunk, answers, weighted, table
        self.carries, self.squared_weight = carries, weighted.weight**2
        self.base = chunk.domain * table.shape[2]
        self.cell_starts = chunk.row_ends - chunk.row_counts
        self.place = np.empty_like(self.base)
        self.effect, self.scratch = np.empty(len(self.base)), np.empty(len(self.base))
        # where it holds, whoever did not skip the question counts
        self.all_options_carry = np.asarray(carries[:, 1:].all(axis=1))

    def summed(self, question: int) -> dict[str, Floats]:
        """The fields of `BlockSums`, for one question."""
        chunk, weighted = self.chunk, self.weighted
        counted, effect = self._counted(question), self._effect(question)
        uncalibrated = None if weighted.is_plain else chunk.person_squares(weighted.weight * effect)
        influence = weighted.influence(effect, spent=True)
        totals, squares = chunk.totals(influence), chunk.person_squares(influence)
        answers_of_psu = chunk.by_cluster(counted)
        answers = chunk.by_block(answers_of_psu)
        squared_weight = np.multiply(self.squared_weight, counted, out=counted)
        return {
            "between": chunk.squared_deviations(totals),
            "within": chunk.within_psus(totals, squares),
            "answered_squares": chunk.by_block(
                chunk.fraction * (squares if uncalibrated is None else uncalibrated)
            ),
            "answers": answers,
            "psus": answers
            if chunk.each_alone
            else chunk.by_block((answers_of_psu > 0).astype(float)),
            "squared_weight": np.add.reduceat(squared_weight, self.cell_starts),
        }

    def _counted(self, question: int) -> Floats:
        """By row: 1 where the answer counts, else 0."""
        codes = self.answers[question]
        if self.all_options_carry[question]:
            np.minimum(codes, 1, out=self.scratch)
            return self.scratch
        return np.asarray(self.carries[question][codes], dtype=float)

    def _effect(self, question: int) -> Floats:
        """By row; in memory that the next question takes."""
        np.add(self.base, self.answers[question], out=self.place)
        table = np.ascontiguousarray(self.table[:, question]).ravel()
        return np.take(table, self.place, out=self.effect, mode="clip")
