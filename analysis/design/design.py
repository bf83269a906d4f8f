"""The sample design, and the one formula that turns influences into variances.

An estimate carries the influence of each row on it; a design knows strata, PSUs and how many of
them there are in the population. Everything that has a standard error here has it from this
module: means, scores, differences, calibrated or not.

A domain is marked by a number for each row and never cut out: PSUs without a row in a domain
count in its strata with a total of 0 (Cochran 1977, chapters 10 and 11; Särndal, Swensson and
Wretman 1992, chapter 4).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from analysis.numeric import Bools, Floats, Ints, counts, group_ids, small, sums
from analysis.old.products import square

LonelyRule = Literal["report", "remove", "adjust", "average"]


@dataclass(frozen=True)
class Design:
    """Strata, PSUs and persons of every sample in a data set.

    For each row: its `sample`, `stratum`, `psu`, `person` (numbers; a person is one of a PSU).
    For each stratum: `psus_there`, the PSUs in the population (infinite when not known).
    For each PSU: `persons_there`, its persons in the population (NaN: drawn in a single stage).
    """

    sample: Ints
    stratum: Ints
    psu: Ints
    person: Ints
    psus_there: Floats
    persons_there: Floats
    lonely: LonelyRule = "report"

    @cached_property
    def stratum_of_psu(self) -> Ints:
        """The stratum of each PSU."""
        return _of(self.psu, self.stratum, len(self.persons_there))

    @cached_property
    def sample_of_stratum(self) -> Ints:
        """The sample of each stratum."""
        return _of(self.stratum, self.sample, len(self.psus_there))

    @cached_property
    def samples(self) -> int:
        """How many samples there are."""
        return int(self.sample.max(initial=-1)) + 1

    @cached_property
    def psu_of_person(self) -> Ints:
        """The PSU of each person."""
        return _of(self.person, self.psu, int(self.person.max(initial=-1)) + 1)

    @cached_property
    def psus_drawn(self) -> Ints:
        """m_h: PSUs of each stratum in the file."""
        return counts(self.stratum_of_psu, len(self.psus_there))

    @cached_property
    def persons_drawn(self) -> Ints:
        """n_hi: persons of each PSU in the file."""
        return counts(self.psu_of_person, len(self.persons_there))

    @cached_property
    def psu_fraction(self) -> Floats:
        """f_h: the share of each stratum's PSUs that is in the file."""
        return self.psus_drawn / self.psus_there

    @cached_property
    def person_fraction(self) -> Floats:
        """f_hi: the share of each PSU's persons that is in the file; 1 in a single stage."""
        share = self.persons_drawn / self.persons_there
        return np.where(np.isnan(self.persons_there), 1.0, share)

    @cached_property
    def is_lonely(self) -> Bools:
        """Strata with one PSU in the file and more in the population."""
        lonely: Bools = (self.psus_drawn == 1) & (self.psus_there > 1)
        return lonely

    @cached_property
    def lonely_strata(self) -> Ints:
        """How many lonely strata each sample has."""
        return counts(self.sample_of_stratum[self.is_lonely], self.samples)

    @cached_property
    def lonely_persons(self) -> Ints:
        """For each sample the PSUs with one person in the file and more in the population."""
        alone = (self.persons_drawn == 1) & (self.persons_there > 1)
        return counts(self.sample_of_stratum[self.stratum_of_psu[alone]], self.samples)

    @cached_property
    def unusable(self) -> Bools:
        """Samples whose variance the rule for lonely PSUs does not give."""
        lonely = self.lonely_strata > 0
        if self.lonely == "remove":
            return np.zeros(self.samples, dtype=bool)
        if self.lonely == "report":
            return lonely
        borrowed = lonely & (self.lonely_persons > 0)
        if self.lonely == "average":
            strata = counts(self.sample_of_stratum, self.samples)
            borrowed |= lonely & (strata == self.lonely_strata)
        return borrowed

    @cached_property
    def is_census(self) -> Bools:
        """Samples that hold every PSU and every person of their population."""
        partly = np.zeros(self.samples, dtype=bool)
        partly[self.sample_of_stratum[self.psus_drawn < self.psus_there]] = True
        short = self.persons_drawn < self.persons_there
        partly[self.sample_of_stratum[self.stratum_of_psu[short]]] = True
        return ~partly

    @cached_property
    def between(self) -> tuple[Floats, Bools]:
        """What each stratum's squared deviations between PSUs count, and from zero or the mean.

        (1 - f) m/(m-1), with the rule for lonely PSUs: `remove` 0, `adjust` 1 - f around zero,
        `average` the mean of the sample's other strata.
        """
        drawn = self.psus_drawn.astype(float)
        factor = np.where(drawn > 1, drawn / np.maximum(drawn - 1, 1), 0.0)
        around_zero = np.zeros(len(drawn), dtype=bool)
        if self.lonely == "adjust":
            factor = np.where(self.is_lonely, 1.0, factor)
            around_zero = self.is_lonely
        if self.lonely == "average":
            strata = counts(self.sample_of_stratum, self.samples)
            others = np.maximum(strata - self.lonely_strata, 1)
            factor = factor * (strata / others)[self.sample_of_stratum]
        return factor * (1.0 - self.psu_fraction), around_zero

    @cached_property
    def within(self) -> Floats:
        """What each PSU's squared deviations between persons count: f (1 - f_i) n/(n-1)."""
        drawn = self.persons_drawn.astype(float)
        factor = np.where(drawn > 1, drawn / np.maximum(drawn - 1, 1), 0.0)
        return self.psu_fraction[self.stratum_of_psu] * (1.0 - self.person_fraction) * factor

    def domains(self, domain: Ints, size: int) -> Domains:
        """Prepare variances of sums within domains (a number for each row, below `size`)."""
        return Domains(self, domain, size)

    def covariance(self, influence: Floats, domain: Ints, size: int) -> Floats:
        """Covariance matrix between the sums of influences over domains, (size, size).

        NaN rows and columns where the design gives no variance.
        """
        matrix = self.between_domains(influence, domain, size)
        np.fill_diagonal(matrix, self.domains(domain, size).variance(influence))
        bad = np.isnan(matrix.diagonal())
        matrix[bad, :] = np.nan
        matrix[:, bad] = np.nan
        return matrix

    def between_domains(self, influence: Floats, domain: Ints, size: int) -> Floats:
        """The same, of samples that serve several domains; others add to the diagonal only.

        The same person's rows in two domains make them covary.
        """
        joint = self._in_several_domains(domain)
        rows = np.flatnonzero(joint[self.sample])
        return self._joint(influence, domain, size, rows) if len(rows) else np.zeros((size, size))

    def _in_several_domains(self, domain: Ints) -> Bools:
        _, first = group_ids(self.sample, domain)
        return counts(self.sample[first], self.samples) > 1

    def _joint(self, influence: Floats, domain: Ints, size: int, rows: Ints) -> Floats:
        z, where = influence[rows], domain[rows]
        psus, psu_ids = np.unique(self.psu[rows], return_inverse=True)
        strata, stratum_ids = np.unique(self.stratum_of_psu[psus], return_inverse=True)
        totals = _dense(psu_ids, where, z, len(psus), size)
        factor, around_zero = self.between
        centre = np.stack([sums(stratum_ids, column, len(strata)) for column in totals.T], axis=1)
        centre /= self.psus_drawn[strata][:, None]
        centre[around_zero[strata]] = 0.0
        apart = (totals - centre[stratum_ids]) * np.sqrt(factor[strata])[stratum_ids, None]
        matrix = square(apart)
        if np.any(self.within[psus] > 0):
            persons, person_ids = np.unique(self.person[rows], return_inverse=True)
            owner = np.searchsorted(psus, self.psu_of_person[persons])
            each = _dense(person_ids, where, z, len(persons), size)
            mean = totals / self.persons_drawn[psus][:, None]
            apart = (each - mean[owner]) * np.sqrt(self.within[psus])[owner, None]
            matrix = matrix + square(apart)
        return (matrix + matrix.T) / 2


class Domains:
    """Variances of sums within domains, prepared once for many influences.

    A *cluster* is a PSU within a domain, a *block* a stratum within a domain; both are numbered
    domain by domain, so that the clusters of a block stand together.
    """

    def __init__(self, design: Design, domain: Ints, size: int) -> None:
        self.design, self.size = design, size
        self.cluster, first = _stratum_by_stratum(domain, design)
        self.domain_of_cluster, self.psu_of_cluster = domain[first], design.psu[first]
        stratum = design.stratum_of_psu[self.psu_of_cluster]
        begins = np.ones(len(first), dtype=bool)
        begins[1:] = np.diff(self.domain_of_cluster) | np.diff(stratum)
        at, self.block = np.flatnonzero(begins), small(np.cumsum(begins) - 1)
        self.domain_of_block, self.stratum_of_block = self.domain_of_cluster[at], stratum[at]
        self.clusters, self.blocks = len(first), len(at)
        self.clusters_in_block = counts(self.block, self.blocks)
        self.unusable = np.zeros(size, dtype=bool)
        sample = design.sample_of_stratum[self.stratum_of_block]
        self.unusable[self.domain_of_block[design.unusable[sample]]] = True
        self._person = self._several_rows_a_person(domain)

    def _several_rows_a_person(self, domain: Ints) -> tuple[Ints, Ints] | None:
        """Row -> person in domain, and person -> cluster, where a person has several rows."""
        if not np.any(self.design.within > 0):
            return None
        ids, first = group_ids(domain, self.design.person)
        return None if len(first) == len(ids) else (ids, self.cluster[first])

    def person_in(self, rows: Any, cluster: Ints) -> tuple[Ints, Ints] | None:
        """The same for some rows, whose clusters are numbered anew."""
        if self._person is None:
            return None
        _, first, ids = np.unique(self._person[0][rows], return_index=True, return_inverse=True)
        return ids, cluster[first]

    @cached_property
    def each_alone(self) -> bool:
        """Whether every row is a cluster of its own, and they come in that order."""
        alone = self.clusters == len(self.cluster)
        return alone and bool((self.cluster[1:] > self.cluster[:-1]).all())

    @cached_property
    def drawn(self) -> Floats:
        """m_h: PSUs in the file of each block's stratum."""
        return self.design.psus_drawn[self.stratum_of_block].astype(float)

    @cached_property
    def second_stage(self) -> tuple[Floats, Ints] | None:
        """By cluster: what squared deviations between persons count, and n_hi; None: one stage."""
        factor = self.design.within[self.psu_of_cluster]
        if not np.any(factor > 0):
            return None
        return factor, self.design.persons_drawn[self.psu_of_cluster]

    @cached_property
    def fraction(self) -> Floats:
        """f_hi f_h: the sampled share of each cluster's persons."""
        design, psu = self.design, self.psu_of_cluster
        between = design.psu_fraction[design.stratum_of_psu[psu]]
        return np.asarray(between * design.person_fraction[psu])

    def totals(self, influence: Floats) -> Floats:
        """t_hi: the sum of the influences in each cluster."""
        return influence if self.each_alone else sums(self.cluster, influence, self.clusters)

    @cached_property
    def block_starts(self) -> Ints:
        """The first cluster of each block."""
        return np.asarray(np.cumsum(self.clusters_in_block) - self.clusters_in_block)

    def by_block(self, values: Floats) -> Floats:
        """Sum over the clusters of each block."""
        return np.add.reduceat(values, self.block_starts) if self.blocks else np.empty(0)

    def by_domain(self, values: Floats) -> Floats:
        """Sum over the blocks of each domain, the last axis; there may be one before it."""
        several = np.atleast_2d(values)
        ids = np.arange(len(several))[:, None] * self.size + self.domain_of_block
        found = sums(ids.ravel(), several.ravel(), len(several) * self.size)
        return found.reshape(*values.shape[:-1], self.size)

    def apart(self, totals: Floats) -> Floats:
        """By block: squared deviations between the totals of its stratum's PSUs."""
        _, around_zero = self.design.between
        mean = self.by_block(totals) / self.drawn
        mean = np.where(around_zero[self.stratum_of_block], 0.0, mean)
        apart = np.repeat(mean, self.clusters_in_block)
        np.subtract(totals, apart, out=apart)
        np.square(apart, out=apart)
        return np.asarray(self.by_block(apart) + (self.drawn - self.clusters_in_block) * mean**2)

    def between(self, totals: Floats, factor: Floats | None = None) -> Floats:
        """V1 by domain from cluster totals; `factor` by stratum replaces the design's own."""
        return self.weighted(self.apart(totals), factor)

    def weighted(self, apart: Floats, factor: Floats | None = None) -> Floats:
        """V1 by domain from squared deviations by block, the last axis."""
        factor = self.design.between[0] if factor is None else factor
        return self.by_domain(factor[self.stratum_of_block] * apart)

    def within(self, influence: Floats, totals: Floats) -> Floats:
        """V2 by domain: the second stage."""
        if self.second_stage is None:
            return np.zeros(self.size)
        return self.by_domain(self.spread(totals, self.squares(influence)))

    def spread(self, totals: Floats, squares: Floats) -> Floats:
        """By block: squared deviations between the persons of its PSUs, with their factor."""
        if self.second_stage is None:
            return np.zeros(self.blocks)
        factor, drawn = self.second_stage
        return self.by_block(factor * np.maximum(squares - totals**2 / drawn, 0.0))

    def squares(self, influence: Floats) -> Floats:
        """Sum over the persons of each cluster of their squared influence."""
        if self._person is None:
            if self.each_alone:
                return np.asarray(influence**2)
            return sums(self.cluster, influence, self.clusters, squared=True)
        ids, owner = self._person
        each = sums(ids, influence, len(owner))
        return sums(owner, each**2, self.clusters)

    def variance(self, influence: Floats) -> Floats:
        """Variance of the sum of influences in each domain; NaN where the design gives none."""
        totals = self.totals(influence)
        value = self.between(totals) + self.within(influence, totals)
        return np.where(self.unusable, np.nan, value)

    def answered(self, counted: Bools) -> Floats:
        """Rows of each cluster that count."""
        if self.each_alone:
            return counted.astype(float)
        left_out = self.cluster[np.flatnonzero(~counted)]
        return self._rows_in_cluster - np.bincount(left_out, minlength=self.clusters)

    @cached_property
    def _rows_in_cluster(self) -> Floats:
        return counts(self.cluster, self.clusters).astype(float)


def _stratum_by_stratum(domain: Ints, design: Design) -> tuple[Ints, Ints]:
    """Number the PSUs of each domain, domain by domain and stratum by stratum; first rows too."""
    ids, first = group_ids(domain, design.psu)
    own, psu = domain[first].astype(np.int64), design.psu[first]
    place = own * len(design.psus_there) + design.stratum_of_psu[psu]
    if (place[1:] >= place[:-1]).all():
        return ids, first
    order = np.argsort(place, kind="stable")
    number = np.empty_like(order)
    number[order] = np.arange(len(order))
    return small(number)[ids], first[order]


def _of(ids: Ints, values: Ints, size: int) -> Ints:
    out = np.zeros(size, dtype=np.result_type(values))
    out[ids] = values
    return out


def _dense(rows: Ints, columns: Ints, values: Floats, height: int, width: int) -> Floats:
    flat = sums(rows * width + columns, values, height * width)
    return flat.reshape(height, width)
