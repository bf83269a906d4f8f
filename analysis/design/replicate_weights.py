"""Replicate weights: a second way to every standard error, without a derivative.

`jackknife`: JKn, one PSU left out, the others of its stratum times m/(m-1);
V = sum_h (1 - f_h)(m_h - 1)/m_h sum_i (theta_(hi) - theta)^2. It keeps only the first-stage fpc.

`bootstrap`: rescaled (Rao and Wu 1988; Rao, Wu and Yue 1992, Survey Methodology 18, 209-217): m - 1
of the m PSUs of a stratum drawn with replacement, r_i times each,

    factor = 1 + sqrt(1 - f) (m/(m-1) r_i - 1) + sqrt(f (1 - f_i)) (n/(n-1) s_k - 1)

the last term for two stages, s_k the times person k is drawn among n - 1 of the n persons of the
PSU. For a sum of influences its variance is exactly V1 + V2 of domains.py; theta is computed
anew from each replicate's weights, so that ratios, criteria and calibration are in it.

Samples are independent: each has replicates of its own, and variances add up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analysis.design.design import Design
from analysis.numeric import Bools, Floats, Ints

Kind = Literal["jackknife", "bootstrap"]
BLOCK = 2_000_000  # factors held at a time


@dataclass(frozen=True, kw_only=True)
class Block:
    """Some replicates of one sample.

    Attributes
    ----------
    rows : (sample rows,) array of int
    factors : (replicates, sample rows) array
        What base weights are multiplied by.
    count : (replicates,) array
        What each squared deviation counts; NaN for a replicate without a lone PSU.
    lonely : (sample rows,) array of bool
        Rows in strata with a lone PSU that no replicate of the bootstrap can vary: a cell that is
        in them has no variance.
    """

    rows: Ints
    factors: Floats
    count: Floats
    lonely: Bools


@dataclass(frozen=True, kw_only=True)
class Replicates:
    """The replicates of a design.

    Parameters
    ----------
    design : Design
    kind : {"jackknife", "bootstrap"}
    number, seed : int
        Of the bootstrap.

    References
    ----------
    Rust and Rao (1996), Statistical Methods in Medical Research 5, 283-310; Rao, Wu and Yue
    (1992), Survey Methodology 18, 209-217.
    """

    design: Design
    kind: Kind = "jackknife"
    number: int = 500
    seed: int = 1

    def blocks(self) -> Iterator[Block]:
        """Sample after sample; large ones in several blocks."""
        order = np.argsort(self.design.sample, kind="stable")
        ends = np.searchsorted(self.design.sample[order], np.arange(self.design.samples + 1))
        for sample in range(self.design.samples):
            rows = order[ends[sample] : ends[sample + 1]].astype(np.int64)
            if self.kind == "jackknife":
                yield from self._jackknife(rows)
            else:
                yield from self._bootstrap(rows, sample)

    def _jackknife(self, rows: Ints) -> Iterator[Block]:
        design = self.design
        psu, stratum = design.psu[rows], design.stratum[rows]
        psus = np.unique(psu)
        strata = design.stratum_of_psu[psus]
        certain = (
            design.psus_drawn[strata] >= design.population_psus[strata]
        )  # count nothing, even NaN
        psus, strata = psus[~certain], strata[~certain]
        step = max(1, BLOCK // len(rows))
        for start in range(0, len(psus), step):
            left_out, home = psus[start : start + step, None], strata[start : start + step, None]
            drawn = design.psus_drawn[home].astype(float)
            scaled = drawn / np.maximum(drawn - 1, 1)
            factors = np.where(stratum == home, np.where(psu == left_out, 0.0, scaled), 1.0)
            count = ((1 - design.psu_fraction[home]) * (drawn - 1) / drawn)[:, 0]
            yield Block(
                rows=rows,
                factors=factors,
                count=np.where(drawn[:, 0] > 1, count, np.nan),
                lonely=np.zeros(len(rows), dtype=bool),
            )

    def _bootstrap(self, rows: Ints, sample: int) -> Iterator[Block]:
        step = max(1, BLOCK // len(rows))
        rng = np.random.default_rng([self.seed, sample])
        lonely = self.design.is_lonely[self.design.stratum[rows]]
        for start in range(0, self.number, step):
            size = min(step, self.number - start)
            count = np.full(size, 1 / self.number)
            first_stage = self._first_stage(rows, size, rng)
            second_stage = self._second_stage(rows, size, rng)
            factors = 1 + first_stage + second_stage
            yield Block(rows=rows, factors=factors, count=count, lonely=lonely)

    def _first_stage(self, rows: Ints, size: int, rng: np.random.Generator) -> Floats:
        design, psu = self.design, self.design.psu[rows]
        factors = np.zeros((size, len(rows)))
        strata = design.stratum[rows]
        for h in np.unique(strata):
            m, share = int(design.psus_drawn[h]), 1 - float(design.psu_fraction[h])
            if m < 2 or share <= 0:
                continue
            inside = np.flatnonzero(strata == h)
            _, place = np.unique(psu[inside], return_inverse=True)
            times = rng.multinomial(m - 1, np.full(m, 1 / m), size=size)
            factors[:, inside] = np.sqrt(share) * (m / (m - 1) * times[:, place] - 1)
        return factors

    def _second_stage(self, rows: Ints, size: int, rng: np.random.Generator) -> Floats:
        design, person = self.design, self.design.person[rows]
        factors = np.zeros((size, len(rows)))
        psu = design.psu[rows]
        share = design.psu_fraction[design.stratum_of_psu] * (1 - design.person_fraction)
        for i in np.unique(psu[share[psu] > 0]):
            n = int(design.persons_drawn[i])
            if n < 2:
                continue
            inside = np.flatnonzero(psu == i)
            _, place = np.unique(person[inside], return_inverse=True)
            times = rng.multinomial(n - 1, np.full(n, 1 / n), size=size)
            factors[:, inside] = np.sqrt(share[i]) * (n / (n - 1) * times[:, place] - 1)
        return factors
