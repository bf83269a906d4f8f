"""The variance where weights were adjusted in response classes: the factors are estimates too.

Invited over responding is known only once people have answered. Responding is taken as a second
random draw within each class (Little 1986), so a sum of influences z has two phases (Särndal,
Swensson and Wretman 1992, chapter 9; R's `twophase(method = "full")` gives the same number):

    V = sum_h (1 - n_h/M_h) n_h/(n_h - 1) (sum y^2 - (sum y)^2/n_h)     who was invited
      + sum_c (1 - 1/a_c) r_c/(r_c - 1) sum_k (z_k - mean of c)^2       who of them responded

a_c = n_c/r_c is invited over responding; y = z/a of all n_h invited of a stratum, whose sums are
estimated without bias from the respondents: a pair of a class counts n_c(n_c - 1)/(r_c(r_c - 1))
times, a pair of two classes the product of their a.

This needs to know in which stratum the invited were. It is done in cells that have a sample of
their own in which every person is a PSU, no PSU is lone, and of every class two responded or all
did. Elsewhere (persons in clusters, samples that serve several cells) the data do not say where the
nonrespondents belong; the factors count as known, too large a variance where classes differ much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.dataset.model import Dataset
from analysis.estimation.answer_counts import AnswerCounts
from analysis.estimation.cells import Cells
from analysis.estimation.means import Estimates, with_variance
from analysis.numeric import Bools, Floats, Ints, group_ids, sums
from analysis.numeric import counts as count_ids
from analysis.weighting.calibration import Calibrated
from analysis.weighting.nonresponse_adjustment import ResponseClass


@dataclass(frozen=True, kw_only=True)
class TwoPhase:
    """Response classes whose factors count as estimated.

    Attributes
    ----------
    data : Dataset
        With adjusted weights.
    rows : (class rows,) array of int
        The rows of the classes.
    class_of_row : (class rows,) array of int
    respondents : (classes,) array
        r_c.
    factor : (classes,) array
        a_c, invited over responding.
    cells : (cells,) array of bool
        Cells with such classes.
    """

    data: Dataset
    rows: Ints
    class_of_row: Ints
    respondents: Floats
    factor: Floats
    cells: Bools

    @classmethod
    def of(cls, data: Dataset, classes: Sequence[ResponseClass]) -> TwoPhase | None:
        """The classes of a data set with adjusted weights; None where no factor is estimated."""
        estimable = _estimable_cells(data, classes)
        estimated = [one for one in classes if estimable[one.cell]]
        if not estimated:
            return None
        respondents = np.array([len(one.rows) for one in estimated])
        cells = np.zeros(data.cells, dtype=bool)
        cells[[one.cell for one in estimated]] = True
        return cls(
            data=data,
            rows=np.concatenate([one.rows for one in estimated]),
            class_of_row=np.repeat(np.arange(len(estimated)), respondents),
            respondents=respondents.astype(float),
            factor=np.array([one.factor for one in estimated]),
            cells=cells,
        )

    def variance(self, influence: Floats, one_phase: Floats) -> Floats:
        """Variance of the sum of influences in each cell.

        Parameters
        ----------
        influence : (rows,) array
        one_phase : (cells,) array
            The variance in cells whose factors count as known.
        """
        z = influence[self.rows]
        return np.where(self.cells, self._first_phase(z) + self._second_phase(z), one_phase)

    def _first_phase(self, z: Floats) -> Floats:
        """By cell: who was invited, of `z` by row of the classes."""
        design = self.data.design
        stratum, factor = design.stratum[self.rows], self.factor[self.class_of_row]
        y, strata = z / factor, len(design.population_psus)
        n, total, squares, scaled_squares = (
            sums(stratum, factor * values, strata)
            for values in (np.ones(len(y)), y, y**2, factor * y**2)
        )
        more = sums(*self._same_class_pairs(y, stratum), strata)
        squared_total = total**2 - scaled_squares + squares + more
        deviations = np.maximum(squares - squared_total / np.maximum(n, 1), 0.0)
        not_drawn = np.maximum(1 - n / design.population_psus, 0.0)
        by_stratum = np.where(n > 1, not_drawn * n / np.maximum(n - 1, 1) * deviations, 0.0)
        present, first = np.unique(stratum, return_index=True)
        return sums(self.data.cell[self.rows[first]], by_stratum[present], self.data.cells)

    def _same_class_pairs(self, y: Floats, stratum: Ints) -> tuple[Ints, Floats]:
        """Stratum, and what pairs of a class there count more than pairs of two classes."""
        r, n = self.respondents, self.respondents * self.factor
        more = n * (n - 1) / np.maximum(r * (r - 1), 1) - self.factor**2
        more = np.where(r > 1, more, 0.0)
        place, first = group_ids(self.class_of_row, stratum)
        size = len(first)
        pairs = sums(place, y, size) ** 2 - sums(place, y**2, size)
        return stratum[first], more[self.class_of_row[first]] * pairs

    def _second_phase(self, z: Floats) -> Floats:
        """By cell: who of the invited responded."""
        r, size = self.respondents, len(self.respondents)
        deviations = z - (sums(self.class_of_row, z, size) / r)[self.class_of_row]
        squares = sums(self.class_of_row, deviations**2, size)
        by_class = (1 - 1 / self.factor) * r / np.maximum(r - 1, 1) * squares
        _, first = np.unique(self.class_of_row, return_index=True)
        return sums(self.data.cell[self.rows[first]], by_class, self.data.cells)

    def estimates(
        self,
        means: Estimates,
        cells: Cells,
        weighted: Calibrated,
        counts: AnswerCounts,
        level: float,
    ) -> Estimates:
        """Every mean with this variance, where its cell has these classes."""
        tables = counts.influence(counts.mean, counts.sum_w)
        variance = means.variance.copy()
        for question in np.flatnonzero(counts.n[self.cells].any(axis=0)).tolist():
            effect = tables[self.data.cell, question, self.data.answers[question]]
            influence = weighted.influence(effect)
            variance[:, question] = self.variance(influence, variance[:, question])
        estimates = with_variance(means, variance, cells, level)
        first_stage = np.where(self.cells[:, None], estimates.se, estimates.se_ultimate_cluster)
        return replace(estimates, se_ultimate_cluster=first_stage)


def _estimable_cells(data: Dataset, classes: Sequence[ResponseClass]) -> Bools:
    """Cells where it is known in which stratum the invited were."""
    design = data.design
    _, first = group_ids(design.sample, data.cell)
    shared = count_ids(design.sample[first], design.samples) > 1
    several_rows = count_ids(design.psu, len(design.population_persons)) > 1
    clustered = ~np.isnan(design.population_persons) | several_rows
    bad = shared[design.sample] | clustered[design.psu] | design.is_lonely[design.stratum]
    estimable = np.ones(data.cells, dtype=bool)
    estimable[data.cell[bad]] = False
    estimable[[one.cell for one in classes if len(one.rows) == 1 and one.factor > 1]] = False
    return estimable
