"""Strata with a lone PSU, domain by domain: what the rule in use makes of them.

A domain is in some strata of a sample and not in others. A stratum without a row of the domain
adds nothing to the variance of an estimate for the domain, whatever is in it: its PSUs have totals
of 0. So a lone PSU in which nobody rates a unit takes nothing from the unit's standard error, and
`average` shares out among the strata that the domain is in. R's survey does the same by dropping
such strata when a design is subset to a domain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np

from analysis.design.design import Design
from analysis.numeric import Bools, Floats, Ints, counts, group_ids


class Blocks(Protocol):
    """What is asked of domains: a block is a stratum within a domain, a cluster a PSU within one.

    `Domains` has it, and stands above this module.
    """

    block: Ints
    domain_of_block: Ints
    stratum_of_block: Ints
    psu_of_cluster: Ints


@dataclass(frozen=True, kw_only=True)
class LonelyStrata:
    """The rule for lone PSUs in every part of a domain that lies in one sample.

    Attributes
    ----------
    domain, sample : (parts,) arrays of int
    part_of_block : (blocks,) array of int
        A block is a stratum within a domain.
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
    def of(cls, domains: Blocks, design: Design) -> Self:
        """Apply a design's rule to the domains of the design, or of one that differs in counts."""
        sample = design.sample_of_stratum[domains.stratum_of_block]
        part, first = group_ids(domains.domain_of_block, sample)
        size = len(first)
        is_lonely = design.is_lonely[domains.stratum_of_block]
        strata, lonely = counts(part, size), counts(part[is_lonely], size)
        has_lonely, others = lonely > 0, strata - lonely
        alone = domains.block[design.is_lone_person[domains.psu_of_cluster]]
        has_lone_person = counts(part[alone], size) > 0
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
            domain=domains.domain_of_block[first],
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
