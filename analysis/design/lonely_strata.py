"""Strata with a lone PSU, domain by domain: what the rule in use makes of them.

A domain is in some strata of a sample and not in others. A stratum without a row of the domain
adds nothing to the variance of an estimate for the domain, whatever is in it: its PSUs have totals
of 0. So a lone PSU in which nobody rates a unit takes nothing from the unit's standard error, and
`average` shares out among the strata that the domain is in. R's survey does the same by dropping
such strata when a design is subset to a domain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from analysis.design.design import Design
from analysis.numeric import Bools, Floats, Ints, counts, group_ids


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """Strata within domains, and the PSUs within these.

    Attributes
    ----------
    domain, stratum : (blocks,) arrays of int
    block_of_cluster, psu_of_cluster : (clusters,) arrays of int
        A cluster is a PSU within a domain.
    """

    domain: Ints
    stratum: Ints
    block_of_cluster: Ints
    psu_of_cluster: Ints


@dataclass(frozen=True, kw_only=True)
class LonelyStrata:
    """The rule for lone PSUs in every part of a domain that lies in one sample.

    Attributes
    ----------
    domain, sample : (parts,) arrays of int
    part_of_block : (blocks,) array of int
    unusable : (parts,) array of bool
        Parts whose variance the rule does not give.
    scale : (parts,) array
        What the first stage's variance is multiplied by: under `average` the part's strata over
        those of them without a lone PSU, else 1.
    """

    domain: Ints
    sample: Ints
    part_of_block: Ints
    unusable: Bools
    scale: Floats

    @classmethod
    def of(cls, design: Design, blocks: Blocks) -> Self:
        """Apply a design's rule to its domains."""
        sample = design.sample_of_stratum[blocks.stratum]
        part, first = group_ids(blocks.domain, sample)
        size = len(first)
        is_lonely = design.is_lonely[blocks.stratum]
        strata, lonely = counts(part, size), counts(part[is_lonely], size)
        has_lonely, others = lonely > 0, strata - lonely
        has_lone_person = np.zeros(size, dtype=bool)
        if has_lonely.any():
            alone = blocks.block_of_cluster[design.is_lone_person[blocks.psu_of_cluster]]
            has_lone_person[part[alone]] = True
        match design.lonely:
            case "report":
                unusable = has_lonely
            case "remove":
                unusable = np.zeros(size, dtype=bool)
            case "adjust":
                unusable = has_lonely & has_lone_person
            case "average":
                unusable = has_lonely & (has_lone_person | (others == 0))
        is_shared_out = design.lonely == "average"
        return cls(
            domain=blocks.domain[first],
            sample=sample[first],
            part_of_block=part,
            unusable=unusable,
            scale=strata / np.maximum(others, 1) if is_shared_out else np.ones(size),
        )

    def unusable_domains(self, size: int, sample: int | None = None) -> Bools:
        """Domains with a part whose variance is not given, in any sample or in one, (size,)."""
        chosen = self.unusable if sample is None else self.unusable & (self.sample == sample)
        unusable = np.zeros(size, dtype=bool)
        unusable[self.domain[chosen]] = True
        return unusable

    @property
    def scale_of_block(self) -> Floats:
        """(blocks,)."""
        return np.asarray(self.scale[self.part_of_block])
