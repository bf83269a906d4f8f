"""Unit × group cells: what is true of them whatever the question."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.dataset.model import Dataset
from analysis.design.chunks import Chunks
from analysis.design.domains import Domains
from analysis.numeric import Bools, Floats, Ints, counts, group_ids, sums


@dataclass(frozen=True, kw_only=True)
class Cells:
    """What is true of a unit × group cell whatever the question.

    Attributes
    ----------
    domains : Domains
        The cells as domains of the design.
    chunks : Chunks
        Their rows, some whole cells at a time.
    rows : (cells,) array of int
        Ratings in the file.
    persons : (cells,) array of int
        Who could have answered: all persons of the cell's samples who answer for this group
        anywhere. It equals `rows` unless a sample serves several units.
    census : (cells,) array of bool
        Whether the file holds the whole population.
    clustered : (cells,) array of bool
        Whether some PSU has several ratings.
    population : (cells,) array
        PSUs in the population; infinite when not known.
    df : (cells,) array of int
        PSUs less strata.
    """

    domains: Domains
    chunks: Chunks
    rows: Ints
    persons: Ints
    census: Bools
    clustered: Bools
    population: Floats
    df: Ints

    @classmethod
    def of(cls, data: Dataset) -> Cells:
        """Work out the cells of a data set."""
        design, size = data.design, data.cells
        domains = Domains(design, data.cell, size)
        rows = counts(data.cell, size)
        _, first = group_ids(data.cell, design.sample)
        cell, sample = data.cell[first], design.sample[first]
        census = np.zeros(size, dtype=bool)
        census[cell] = True
        np.logical_and.at(census, cell, design.is_census[sample])
        psus = counts(domains.domain_of_cluster, size)
        strata = counts(domains.domain_of_block, size)
        persons = sums(cell, _persons(data)[data.group[first], sample], size).astype(np.int64)
        population = design.population_psus[domains.stratum_of_block]
        return cls(
            domains=domains,
            chunks=Chunks(domains, len(data.groups)),
            rows=rows,
            persons=persons,
            census=census,
            clustered=psus < rows,
            population=sums(domains.domain_of_block, population, size),
            df=psus - strata,
        )

    @property
    def usable(self) -> Bools:
        """Cells for which the design gives a variance."""
        return ~self.domains.unusable

    @property
    def has_lonely_psu(self) -> Bools:
        """Cells in a stratum with a lone PSU."""
        domains = self.domains
        lonely = np.zeros(domains.size, dtype=bool)
        is_lonely = domains.design.is_lonely[domains.stratum_of_block]
        lonely[domains.domain_of_block[is_lonely]] = True
        return lonely


def _persons(data: Dataset) -> Floats:
    """(groups, samples): persons of each sample who answer for each group."""
    design = data.design
    _, first = group_ids(data.group, design.person)
    flat = data.group[first] * design.samples + design.sample[first]
    size = len(data.groups) * design.samples
    return counts(flat, size).astype(float).reshape(len(data.groups), design.samples)
