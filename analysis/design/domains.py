"""Variances of sums within domains: the one formula that turns influences into variances.

An estimate carries the influence of each row on it. With t_hi the total of the influences of PSU i
of stratum h in a domain, m_h PSUs drawn, n_hi persons of a PSU drawn, f the sampled shares:

    V1 = sum_h (1 - f_h) m_h/(m_h - 1) sum_i (t_hi - mean of h)^2
    V2 = sum_h f_h sum_i (1 - f_hi) n_hi/(n_hi - 1) sum_k (z_k - t_hi/n_hi)^2

Everything that has a standard error by linearisation has it from here: means, scores, differences,
calibrated or not. Between two domains the squares become products of the deviations of the same
PSU and person.

A domain is marked by a number for each row and never cut out: PSUs without a row in a domain
count in its strata with a total of 0 (Cochran 1977, chapters 10 and 11; Särndal, Swensson and
Wretman 1992, chapter 4).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from analysis.design.design import Design
from analysis.design.lonely_strata import Blocks, LonelyStrata
from analysis.numeric import Bools, Floats, Ints, counts, group_ids, small, sums

PSUS_AT_ONCE = 4_096
"""PSUs whose totals are brought to their means in one step."""


class Domains:
    """Domains of a design, prepared once for many influences.

    A *cluster* is a PSU within a domain, a *block* a stratum within a domain; both are numbered
    domain by domain, so that the clusters of a block stand together.

    Parameters
    ----------
    design : Design
    domain : (rows,) array of int
        The domain of each row, below `size`.
    size : int
        How many domains there are, empty ones included.
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
        self.unusable = self.lonely_strata.unusable_domains(size)
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
    def lonely_strata(self) -> LonelyStrata:
        """What the design's rule makes of strata with a lone PSU."""
        return self._lonely_strata_of(self.design)

    def _lonely_strata_of(self, design: Design) -> LonelyStrata:
        blocks = Blocks(
            domain=self.domain_of_block,
            stratum=self.stratum_of_block,
            block_of_cluster=self.block,
            psu_of_cluster=self.psu_of_cluster,
        )
        return LonelyStrata.of(design, blocks)

    @cached_property
    def each_alone(self) -> bool:
        """Whether every row is a cluster of its own, and they come in that order."""
        alone = self.clusters == len(self.cluster)
        return alone and bool((self.cluster[1:] > self.cluster[:-1]).all())

    @cached_property
    def psus_drawn(self) -> Floats:
        """m_h: PSUs in the file of each block's stratum, (blocks,)."""
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
        """f_hi f_h: the sampled share of each cluster's persons, (clusters,)."""
        design, psu = self.design, self.psu_of_cluster
        between = design.psu_fraction[design.stratum_of_psu[psu]]
        return np.asarray(between * design.person_fraction[psu])

    def totals(self, influence: Floats) -> Floats:
        """t_hi: the sum of the influences in each cluster, (clusters,)."""
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
        table = np.atleast_2d(values)
        ids = np.arange(len(table))[:, None] * self.size + self.domain_of_block
        totals = sums(ids.ravel(), table.ravel(), len(table) * self.size)
        return totals.reshape(*values.shape[:-1], self.size)

    def centres(self, totals: Floats) -> Floats:
        """By block: the mean of its stratum's PSU totals; 0 where a lone PSU counts around zero."""
        _, around_zero = self.design.between
        return np.where(
            around_zero[self.stratum_of_block], 0.0, self.by_block(totals) / self.psus_drawn
        )

    def squared_deviations(self, totals: Floats) -> Floats:
        """By block: squared deviations between the totals of its stratum's PSUs, summed.

        PSUs of the stratum without a row in the domain have a total of 0.
        """
        centres = self.centres(totals)
        deviations = np.repeat(centres, self.clusters_in_block)
        np.subtract(totals, deviations, out=deviations)
        np.square(deviations, out=deviations)
        absent = self.psus_drawn - self.clusters_in_block
        return np.asarray(self.by_block(deviations) + absent * centres**2)

    def between(self, totals: Floats) -> Floats:
        """V1 by domain from cluster totals."""
        return self.first_stage(self.squared_deviations(totals))

    def first_stage(self, squared_deviations: Floats, design: Design | None = None) -> Floats:
        """V1 by domain from squared deviations by block, the last axis.

        `design` has other counts of the population, and so another (1 - f_h) m_h/(m_h - 1).
        """
        lonely = self.lonely_strata if design is None else self._lonely_strata_of(design)
        factor, _ = (design or self.design).between
        scaled = factor[self.stratum_of_block] * lonely.scale_of_block
        return self.by_domain(scaled * squared_deviations)

    def within(self, influence: Floats, totals: Floats) -> Floats:
        """V2 by domain: the second stage."""
        if self.second_stage is None:
            return np.zeros(self.size)
        return self.by_domain(self.within_psus(totals, self.person_squares(influence)))

    def within_psus(self, totals: Floats, person_squares: Floats) -> Floats:
        """By block: squared deviations between the persons of its PSUs, with their factor."""
        if self.second_stage is None:
            return np.zeros(self.blocks)
        factor, drawn = self.second_stage
        return self.by_block(factor * np.maximum(person_squares - totals**2 / drawn, 0.0))

    def person_squares(self, influence: Floats) -> Floats:
        """Sum over the persons of each cluster of their squared influence."""
        if self._person is None:
            if self.each_alone:
                return np.asarray(influence**2)
            return sums(self.cluster, influence, self.clusters, squared=True)
        ids, cluster = self._person
        by_person = sums(ids, influence, len(cluster))
        return sums(cluster, by_person**2, self.clusters)

    def variance(self, influence: Floats) -> Floats:
        """Variance of the sum of influences in each domain.

        Parameters
        ----------
        influence : (rows,) array

        Returns
        -------
        (domains,) array
            NaN where the design gives no variance: a stratum of the domain with a lone PSU, by the
            rule in use.
        """
        totals = self.totals(influence)
        return np.where(
            self.unusable, np.nan, self.between(totals) + self.within(influence, totals)
        )

    def covariance(self, influence: Floats, samples: Bools | None = None) -> Floats:
        """Covariance between the sums of influences of domains that share a sample.

        Parameters
        ----------
        influence : (rows,) array
        samples : (samples,) array of bool, optional
            The samples that count; by default those that serve several domains, so that the
            diagonal lacks what the others add.

        Returns
        -------
        (domains, domains) array
        """
        chosen = self._serve_several_domains if samples is None else samples
        sample = self.design.sample_of_stratum[self.stratum_of_block[self.block]]
        clusters = np.flatnonzero(chosen[sample])
        if not len(clusters):
            return np.zeros((self.size, self.size))
        totals = self.totals(influence)
        psus, row = np.unique(self.psu_of_cluster[clusters], return_inverse=True)
        deviations = np.zeros((len(psus), self.size))
        deviations[row, self.domain_of_cluster[clusters]] = totals[clusters]
        self._standardise(deviations, psus, totals)
        matrix = deviations.T @ deviations
        if np.any(self.design.within[psus] > 0):
            scaled = self._person_deviations(influence, psus)
            matrix = matrix + scaled.T @ scaled
        return np.asarray((matrix + matrix.T) / 2)

    def _standardise(self, table: Floats, psus: Ints, totals: Floats) -> None:
        """Totals by PSU and domain, in place: less their stratum's mean, times its factor's root.

        Some PSUs at a time: the table is the largest thing that a ranking holds.
        """
        strata, stratum = np.unique(self.design.stratum_of_psu[psus], return_inverse=True)
        centres, factors = self._dense(self.centres(totals), strata), self.design.between[0][strata]
        scales = [np.sqrt(factors)[:, None]]
        if self.design.lonely == "average":
            scales.append(np.sqrt(self._dense(self.lonely_strata.scale_of_block, strata)))
        for start in range(0, len(psus), PSUS_AT_ONCE):
            some, place = table[start : start + PSUS_AT_ONCE], stratum[start : start + PSUS_AT_ONCE]
            some -= centres[place]
            for scale in scales:
                some *= scale[place]

    @cached_property
    def _serve_several_domains(self) -> Bools:
        sample = self.design.sample_of_stratum[self.stratum_of_block]
        _, first = group_ids(sample, self.domain_of_block)
        return counts(sample[first], self.design.samples) > 1

    def _dense(self, by_block: Floats, strata: Ints) -> Floats:
        """Values of blocks as (strata, domains); 0 where a domain is not in a stratum."""
        dense = np.zeros((len(strata), self.size))
        row = np.minimum(np.searchsorted(strata, self.stratum_of_block), len(strata) - 1)
        inside = strata[row] == self.stratum_of_block
        dense[row[inside], self.domain_of_block[inside]] = by_block[inside]
        return dense

    def _person_deviations(self, influence: Floats, psus: Ints) -> Floats:
        """(persons, domains): deviations from their PSU's mean, times the root of their factor."""
        design = self.design
        rows = np.flatnonzero(np.isin(design.psu, psus))
        persons, person = np.unique(design.person[rows], return_inverse=True)
        domain = self.domain_of_cluster[self.cluster[rows]]
        cells = person * self.size + domain
        deviations = sums(cells, influence[rows], len(persons) * self.size)
        deviations = deviations.reshape(len(persons), self.size)
        psu = np.searchsorted(psus, design.psu_of_person[persons])
        totals = np.zeros((len(psus), self.size))
        np.add.at(totals, psu, deviations)
        deviations -= (totals / design.persons_drawn[psus][:, None])[psu]
        return np.asarray(deviations * np.sqrt(design.within[psus])[psu, None])


def _stratum_by_stratum(domain: Ints, design: Design) -> tuple[Ints, Ints]:
    """Number the PSUs of each domain, domain by domain and stratum by stratum; first rows too."""
    ids, first = group_ids(domain, design.psu)
    number_of_domain, psu = domain[first].astype(np.int64), design.psu[first]
    place = number_of_domain * len(design.population_psus) + design.stratum_of_psu[psu]
    if (place[1:] >= place[:-1]).all():
        return ids, first
    order = np.argsort(place, kind="stable")
    number = np.empty_like(order)
    number[order] = np.arange(len(order))
    return small(number)[ids], first[order]
