"""The variance where weights were adjusted in response classes: the factors are estimates too.

Invited over responding is known only once people have answered. Who comes is taken as a second
random draw within each class (Little 1986), so a sum of influences z has two phases (Särndal,
Swensson and Wretman 1992, chapter 9; R's `twophase(method = "full")` gives the same number):

    V = sum_h (1 - n_h/M_h) n_h/(n_h - 1) (sum y^2 - (sum y)^2/n_h)     who was invited
      + sum_c (1 - 1/a_c) r_c/(r_c - 1) sum_k (z_k - mean of c)^2       who of them came

a_c = n_c/r_c is invited over responding; y = z/a of all n_h invited of a stratum, whose sums are
estimated without bias from those who came: a pair of a class counts n_c(n_c - 1)/(r_c(r_c - 1))
times, a pair of two classes the product of their a.

This needs to know where the invited stood. It is done in cells that have a sample of their own in
which every person is a PSU, no PSU is alone, and of every class two came or all. Elsewhere
(persons in clusters, samples that serve several cells) the data do not say where those who kept
silent belong; the factors count as known, too large a variance where classes differ much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.dataset.model import Dataset
from analysis.estimation.means import Cells, Estimates, Tally
from analysis.estimation.with_variance import revised
from analysis.numeric import Bools, Floats, Ints, counts, group_ids, sums
from analysis.weighting.calibration import Calibrated
from analysis.weighting.nonresponse_adjustment import ResponseClass


@dataclass(frozen=True)
class ClassVariance:
    """Classes whose factors count as estimated.

    `rows` are theirs, `number` the class of each; by class `came` (r_c) and `factor` (a_c);
    `cells` marks their cells.
    """

    data: Dataset
    rows: Ints
    number: Ints
    came: Floats
    factor: Floats
    cells: Bools

    @classmethod
    def of(cls, data: Dataset, classes: Sequence[ResponseClass]) -> ClassVariance | None:
        """Of a data set with adjusted weights; None where no factor counts as estimated."""
        able = _able(data, classes)
        taken = [one for one in classes if able[one.cell]]
        if not taken:
            return None
        came = np.array([len(one.rows) for one in taken])
        cells = np.zeros(data.cells, dtype=bool)
        cells[[one.cell for one in taken]] = True
        return cls(
            data,
            np.concatenate([one.rows for one in taken]),
            np.repeat(np.arange(len(taken)), came),
            came.astype(float),
            np.array([one.factor for one in taken]),
            cells,
        )

    def variance(self, z: Floats, plain: Floats) -> Floats:
        """By cell: of the sum of influences; `plain` in cells whose factors count as known."""
        own = z[self.rows]
        return np.where(self.cells, self._invited(own) + self._came(own), plain)

    def _invited(self, z: Floats) -> Floats:
        """By cell: the first phase, of `z` by row of the classes."""
        design = self.data.design
        stratum, many = design.stratum[self.rows], self.factor[self.number]
        y, strata = z / many, len(design.psus_there)
        n, total, squares, own = (
            sums(stratum, many * each, strata) for each in (np.ones(len(y)), y, y**2, many * y**2)
        )
        pairs = total**2 - own + squares + sums(*self._same_class(y, stratum), strata)
        apart = np.maximum(squares - pairs / np.maximum(n, 1), 0.0)
        outside = np.maximum(1 - n / design.psus_there, 0.0)
        value = np.where(n > 1, outside * n / np.maximum(n - 1, 1) * apart, 0.0)
        at, first = np.unique(stratum, return_index=True)
        return sums(self.data.cell[self.rows[first]], value[at], self.data.cells)

    def _same_class(self, y: Floats, stratum: Ints) -> tuple[Ints, Floats]:
        """Stratum, and what pairs of a class there count more than pairs of two classes."""
        r, n = self.came, self.came * self.factor
        more = n * (n - 1) / np.maximum(r * (r - 1), 1) - self.factor**2
        more = np.where(r > 1, more, 0.0)
        place, first = group_ids(self.number, stratum)
        size = len(first)
        pairs = sums(place, y, size) ** 2 - sums(place, y**2, size)
        return stratum[first], more[self.number[first]] * pairs

    def _came(self, z: Floats) -> Floats:
        """By cell: the second phase."""
        r, size = self.came, len(self.came)
        apart = z - (sums(self.number, z, size) / r)[self.number]
        each = (1 - 1 / self.factor) * r / np.maximum(r - 1, 1) * sums(self.number, apart**2, size)
        _, first = np.unique(self.number, return_index=True)
        return sums(self.data.cell[self.rows[first]], each, self.data.cells)

    def estimates(
        self, found: Estimates, cells: Cells, weighted: Calibrated, count: Tally, level: float
    ) -> Estimates:
        """Every mean with this variance, where its cell has these classes."""
        tables = count.influence(count.mean, count.sum_w)
        variance = found.variance.copy()
        for question in np.flatnonzero(count.n[self.cells].any(axis=0)).tolist():
            effect = tables[self.data.cell, question, self.data.answers[question]]
            plain = variance[:, question]
            variance[:, question] = self.variance(weighted.influence(effect), plain)
        made = revised(found, variance, cells, level)
        first = np.where(self.cells[:, None], made.se, made.se_ultimate_cluster)
        return replace(made, se_ultimate_cluster=first)


def _able(data: Dataset, classes: Sequence[ResponseClass]) -> Bools:
    """Cells where it is known in which stratum the invited stood."""
    design = data.design
    _, first = group_ids(design.sample, data.cell)
    shared = counts(design.sample[first], design.samples) > 1
    crowd = counts(design.psu, len(design.persons_there)) > 1
    clustered = ~np.isnan(design.persons_there) | crowd
    bad = shared[design.sample] | clustered[design.psu] | design.is_lonely[design.stratum]
    able = np.ones(data.cells, dtype=bool)
    able[data.cell[bad]] = False
    able[[one.cell for one in classes if len(one.rows) == 1 and one.factor > 1]] = False
    return able
