"""What two years of a panel covary: the formula of one year's variance, with the PSUs both have.

With t_hi the sum of the influences in PSU i of stratum h and t̄_h their mean over that year's m_h
PSUs, over the PSUs that are in both years' samples:

    C1 = Σ_h (1 - F_h) √(k_h k'_h) Σ_i (t_hi - t̄_h)(t'_hi - t̄'_h),   k_h = m_h/(m_h - 1)
    C2 = Σ_h F_h Σ_i (1 - F_hi) √(k_hi k'_hi) Σ_k (z_k - z̄_hi)(z'_k - z̄'_hi)

F_h = m_h m'_h / (M_h m''_h) with m''_h PSUs in both years, F_hi likewise of persons. When all PSUs
are in both years, F is the sampled share f, and C is what R's survey gives for the two years
stacked as domains of one design. When the overlap is partial, (1 - F_h) m''/(m m') is the
m''/(m m') - 1/M of samples drawn without replacement (Kish 1965, section 12.4; Tam 1984), and each
year keeps the variance that it has alone. R's stacked design would take the m + m' - m'' PSUs of
both years for the sample of each, with a sampled share too large. Where the years count the
population differently, M is the smaller of the two: less covariance, a larger error. C is held to
what the two variances allow.

What persons of both years skip in both is skipped_twice.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np

from analysis.comparison.panel import Linked, Panel, Wave
from analysis.design.design import Design
from analysis.numeric import Bools, Floats, Ints, group_ids, sums

FloatPair = tuple[Floats, Floats]
IntPair = tuple[Ints, Ints]


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """One level of the sample, strata or PSUs, as the two years share it.

    Attributes
    ----------
    drawn : pair of (numbers,) arrays
        PSUs of each stratum (persons of each PSU) in each year's sample.
    both : (numbers,) array
        Those in both.
    fraction : (numbers,) array
        F, what stands for the sampled share.
    factor : (numbers,) array
        (1 - F) √(k k').
    from_zero : pair of (numbers,) arrays of bool
        Whether deviations are from zero and not from the mean (lone PSUs under `adjust`).
    """

    drawn: FloatPair
    both: Floats
    fraction: Floats
    factor: Floats
    from_zero: tuple[Bools, Bools]


def _overlap(
    drawn: FloatPair,
    population: FloatPair,
    both: Floats,
    ratio: FloatPair,
    from_zero: tuple[Bools, Bools],
) -> Overlap:
    """F and its factor. `ratio` are k of both years; an infinite population has F = 0."""
    least = np.minimum(*population)
    with np.errstate(divide="ignore", invalid="ignore"):
        fraction = np.where(both > 0, drawn[0] * drawn[1] / (least * both), 0.0)
    last, this = (np.maximum(1 - drawn[year] / population[year], 0.0) for year in (0, 1))
    limit = np.sqrt(last * this)
    return Overlap(
        drawn=drawn,
        both=both,
        fraction=fraction,
        factor=np.clip(1 - fraction, -limit, limit) * np.sqrt(ratio[0] * ratio[1]),
        from_zero=from_zero,
    )


@dataclass(frozen=True, kw_only=True)
class Products:
    """Sums of products of deviations over what both years have, within domains.

    A cell is a domain within a stratum (or within a PSU); `inner` numbers PSUs (or persons) of both
    years within cells. Rows that count: `rows` of each year, with their `cell`; of those the ones
    whose PSU (or person) both years have are `common`, with their `inner`.
    """

    rows: IntPair
    cell: IntPair
    common: IntPair
    inner: IntPair
    cell_of_inner: Ints
    outer: Ints
    domain: Ints

    @classmethod
    def of(cls, domain: IntPair, outer: IntPair, inner: IntPair) -> Self:
        """Number cells and what is in them.

        Of each year and by row: its domain, its stratum (or PSU) and its PSU (or person) in the
        numbers of both years; -1 where it takes no part.
        """
        rows = [np.flatnonzero((domain[year] >= 0) & (outer[year] >= 0)) for year in (0, 1)]
        split = len(rows[0])

        def stacked(values: Sequence[Ints | Bools]) -> Ints:
            return np.concatenate([values[year][rows[year]] for year in (0, 1)])

        domains, outers, inners = stacked(domain), stacked(outer), stacked(inner)
        cell, first = group_ids(domains, outers)
        shared = np.flatnonzero(stacked(in_both(inner)))
        number, first_shared = group_ids(cell[shared], inners[shared])
        is_last = shared < split
        common = np.concatenate(rows)[shared]
        return cls(
            rows=(rows[0], rows[1]),
            cell=(cell[:split], cell[split:]),
            common=(common[is_last], common[~is_last]),
            inner=(number[is_last], number[~is_last]),
            cell_of_inner=cell[shared][first_shared],
            outer=outers[first],
            domain=domains[first],
        )

    def sums(self, level: Overlap, z: FloatPair) -> Floats:
        """By cell: Σ (t - t̄)(t' - t̄') over what both years have; without rows here t is 0."""
        cells, inners = len(self.outer), len(self.cell_of_inner)
        means, totals = [], []
        for year in (0, 1):
            total = sums(self.cell[year], z[year][self.rows[year]], cells)
            mean = total / level.drawn[year][self.outer]
            means.append(np.where(level.from_zero[year][self.outer], 0.0, mean))
            totals.append(sums(self.inner[year], z[year][self.common[year]], inners))
        products, last, this = (
            sums(self.cell_of_inner, values, cells)
            for values in (totals[0] * totals[1], totals[0], totals[1])
        )
        centre = level.both[self.outer] * means[0] * means[1]
        return np.asarray(products - means[1] * last - means[0] * this + centre)


def in_both(numbers: IntPair) -> tuple[Bools, Bools]:
    """By year and row: whether the other year has the number too; -1 is none."""
    common = np.intersect1d(numbers[0], numbers[1])
    common = common[common >= 0]
    return np.isin(numbers[0], common), np.isin(numbers[1], common)


@dataclass(frozen=True, kw_only=True)
class YearsCovariance:
    """The design's covariance between the two years' sums of influences, by domain."""

    strata: Overlap
    psus: Overlap
    stratum_of_psu: Ints
    between: Products
    within: Products
    domains: int

    @classmethod
    def of(cls, panel: Panel, waves: tuple[Wave, Wave], domain: IntPair, domains: int) -> Self:
        """Prepare from a panel; `domain` numbers each year's ratings, -1 for none."""
        links = panel.last, panel.this
        stratum, psu, person = (
            (getattr(links[0], name), getattr(links[1], name))
            for name in ("stratum", "psu", "person")
        )
        designs = waves[0].data.design, waves[1].data.design
        strata, psus = _strata(designs, links), _psus(designs, links)
        last, this = in_both(psu)
        shared = np.where(last, psu[0], -1), np.where(this, psu[1], -1)
        size = _size(psu)
        of_psu = np.zeros(size, dtype=np.int64)
        for year in (0, 1):
            known = psu[year] >= 0
            of_psu[psu[year][known]] = stratum[year][known]
        return cls(
            strata=strata,
            psus=psus,
            stratum_of_psu=of_psu,
            between=Products.of(domain, stratum, psu),
            within=Products.of(domain, shared, person),
            domains=domains,
        )

    def by_domain(self, z: FloatPair) -> Floats:
        """(domains,): C1 + C2 of the influences of each year's ratings."""
        first, second = self.between, self.within
        c1 = self.strata.factor[first.outer] * first.sums(self.strata, z)
        sampled = self.strata.fraction[self.stratum_of_psu[second.outer]]
        c2 = sampled * self.psus.factor[second.outer] * second.sums(self.psus, z)
        return sums(first.domain, c1, self.domains) + sums(second.domain, c2, self.domains)

    def sampled(self, year: int, panel: Panel) -> Floats:
        """By rating of a year: F of its stratum times F of its PSU; 0 for ratings of no panel."""
        link = (panel.last, panel.this)[year]
        fraction = self.strata.fraction[link.stratum] * self.psus.fraction[link.psu]
        return np.where(link.psu >= 0, fraction, 0.0)


def _size(numbers: IntPair) -> int:
    return 1 + max(int(numbers[year].max(initial=-1)) for year in (0, 1))


@dataclass(frozen=True, kw_only=True)
class _Level:
    """Strata or PSUs of both designs, in the numbers that the years share."""

    designs: tuple[Design, Design]
    name: Literal["stratum", "psu"]
    numbers: IntPair

    def both(self, value: Callable[[Design], Floats], absent: float) -> FloatPair:
        """By year and number, of a value of each stratum or PSU; `absent` where a year lacks it."""
        years = []
        for design, number in zip(self.designs, self.numbers, strict=True):
            known = number >= 0
            values = np.full(_size(self.numbers), absent)
            values[number[known]] = value(design)[getattr(design, self.name)[known]]
            years.append(values)
        return years[0], years[1]

    def common(self, inner: IntPair) -> Floats:
        """By number: how many PSUs (or persons) of it both years have."""
        shared = in_both(inner)[0]
        outers, inners = self.numbers[0][shared], inner[0][shared]
        _, first = np.unique(inners, return_index=True)
        return sums(outers[first], np.ones(len(first)), _size(self.numbers))


def _strata(designs: tuple[Design, Design], links: tuple[Linked, Linked]) -> Overlap:
    numbers = links[0].stratum, links[1].stratum
    level = _Level(designs=designs, name="stratum", numbers=numbers)
    last, this = level.both(lambda design: design.between[1].astype(float), 0.0)
    return _overlap(
        level.both(lambda design: design.psus_drawn.astype(float), 1.0),
        level.both(lambda design: design.population_psus, np.inf),
        level.common((links[0].psu, links[1].psu)),
        level.both(_between_ratio, 0.0),
        (last > 0, this > 0),
    )


def _between_ratio(design: Design) -> Floats:
    """k_h = m_h/(m_h - 1), with the rule for lone PSUs in it."""
    unsampled, plain = 1 - design.psu_fraction, _ratio(design.psus_drawn)
    return np.divide(design.between[0], unsampled, out=plain, where=unsampled > 0)


def _ratio(drawn: Ints) -> Floats:
    return np.where(drawn > 1, drawn / np.maximum(drawn - 1, 1), 0.0)


def _psus(designs: tuple[Design, Design], links: tuple[Linked, Linked]) -> Overlap:
    """Of PSUs whose persons are drawn in both years; of others F is 1, and no factor."""
    numbers = links[0].psu, links[1].psu
    level = _Level(designs=designs, name="psu", numbers=numbers)
    last, this = level.both(lambda design: design.population_persons, np.nan)
    one_stage = np.isnan(last) | np.isnan(this)
    none = np.zeros(len(one_stage), dtype=bool)
    overlap = _overlap(
        level.both(lambda design: design.persons_drawn.astype(float), 1.0),
        (np.where(one_stage, np.inf, last), np.where(one_stage, np.inf, this)),
        level.common((links[0].person, links[1].person)),
        level.both(lambda design: _ratio(design.persons_drawn), 0.0),
        (none, none),
    )
    return replace(
        overlap,
        fraction=np.where(one_stage, 1.0, overlap.fraction),
        factor=np.where(one_stage, 0.0, overlap.factor),
    )
