"""The sample design: strata, PSUs and persons, and how many of them there are in the population."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from analysis.numeric import Bools, Floats, Ints, counts

LonelyRule = Literal["report", "remove", "adjust", "average"]


@dataclass(frozen=True, kw_only=True)
class Design:
    """Strata, PSUs and persons of every sample in a data set.

    Attributes
    ----------
    sample, stratum, psu, person : (rows,) arrays of int
        Of each rating, numbered from 0; a stratum is one of a sample, a PSU one of a stratum, a
        person one of a PSU.
    population_psus : (strata,) array
        PSUs in the population; infinite when not known.
    population_persons : (psus,) array
        Persons in the population; NaN where they are drawn in a single stage.
    lonely : {"report", "remove", "adjust", "average"}
        What a stratum with a single PSU in the file adds to a variance.
    """

    sample: Ints
    stratum: Ints
    psu: Ints
    person: Ints
    population_psus: Floats
    population_persons: Floats
    lonely: LonelyRule = "report"

    @cached_property
    def stratum_of_psu(self) -> Ints:
        """The stratum of each PSU."""
        return _of(self.psu, self.stratum, len(self.population_persons))

    @cached_property
    def sample_of_stratum(self) -> Ints:
        """The sample of each stratum."""
        return _of(self.stratum, self.sample, len(self.population_psus))

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
        return counts(self.stratum_of_psu, len(self.population_psus))

    @cached_property
    def persons_drawn(self) -> Ints:
        """n_hi: persons of each PSU in the file."""
        return counts(self.psu_of_person, len(self.population_persons))

    @cached_property
    def psu_fraction(self) -> Floats:
        """f_h: the share of each stratum's PSUs that is in the file."""
        return self.psus_drawn / self.population_psus

    @cached_property
    def person_fraction(self) -> Floats:
        """f_hi: the share of each PSU's persons that is in the file; 1 in a single stage."""
        share = self.persons_drawn / self.population_persons
        return np.where(np.isnan(self.population_persons), 1.0, share)

    @cached_property
    def is_lonely(self) -> Bools:
        """Strata with one PSU in the file and more in the population."""
        lonely: Bools = (self.psus_drawn == 1) & (self.population_psus > 1)
        return lonely

    @cached_property
    def is_lone_person(self) -> Bools:
        """PSUs with one person in the file and more in the population."""
        alone: Bools = (self.persons_drawn == 1) & (self.population_persons > 1)
        return alone

    @cached_property
    def is_census(self) -> Bools:
        """Samples that hold every PSU and every person of their population."""
        partly = np.zeros(self.samples, dtype=bool)
        partly[self.sample_of_stratum[self.psus_drawn < self.population_psus]] = True
        short = self.persons_drawn < self.population_persons
        partly[self.sample_of_stratum[self.stratum_of_psu[short]]] = True
        return ~partly

    @cached_property
    def between(self) -> tuple[Floats, Bools]:
        """What each stratum's squared deviations between PSUs count, and from zero or the mean.

        (1 - f) m/(m-1), with the rule for lonely PSUs: `adjust` 1 - f around zero, else 0;
        `average` takes the mean of other strata, which depends on the domain (`LonelyStrata`).
        """
        drawn = self.psus_drawn.astype(float)
        factor = np.where(drawn > 1, drawn / np.maximum(drawn - 1, 1), 0.0)
        around_zero = np.zeros(len(drawn), dtype=bool)
        if self.lonely == "adjust":
            factor = np.where(self.is_lonely, 1.0, factor)
            around_zero = self.is_lonely
        return factor * (1.0 - self.psu_fraction), around_zero

    @cached_property
    def within(self) -> Floats:
        """What each PSU's squared deviations between persons count: f (1 - f_i) n/(n-1)."""
        drawn = self.persons_drawn.astype(float)
        factor = np.where(drawn > 1, drawn / np.maximum(drawn - 1, 1), 0.0)
        return self.psu_fraction[self.stratum_of_psu] * (1.0 - self.person_fraction) * factor


def _of(ids: Ints, values: Ints, size: int) -> Ints:
    out = np.zeros(size, dtype=np.result_type(values))
    out[ids] = values
    return out
