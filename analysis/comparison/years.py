"""Two years side by side: which rows are about which unit, and what the two share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from analysis.comparison.common_units import UnitMatch
from analysis.comparison.covariance import IntPair, YearsCovariance
from analysis.comparison.merged_units import with_merged_units
from analysis.comparison.panel import Panel, Wave, find_panel, groups_by_sample
from analysis.comparison.skipped_twice import SkippedTwice
from analysis.dataset.model import Dataset
from analysis.numeric import Floats, Ints, group_ids, sums


@dataclass(frozen=True, kw_only=True)
class PanelParts:
    """What the covariance of a panel is made of; a domain is a unit within a cluster of groups.

    Attributes
    ----------
    panel : Panel
        Who is in both years.
    design : YearsCovariance
        The design's covariance by domain.
    skipped : SkippedTwice
        That of skipped questions, by unit and group.
    df : (units, clusters) array
        PSUs less strata of the ratings of either year.
    psus_both : (units, clusters) array
        PSUs with ratings in both years.
    """

    panel: Panel
    design: YearsCovariance
    skipped: SkippedTwice
    df: Floats
    psus_both: Floats


@dataclass(frozen=True, kw_only=True)
class Years:
    """Last year and this one, in the units of this year.

    Attributes
    ----------
    waves : pair of Wave
        The two years' data, merged units in their predecessors' place.
    units : tuple of UnitMatch
        Every unit of this year.
    position : pair of (units,) arrays of int
        Where each stands in its year's data; -1 where it is not compared.
    groups : tuple of str
        Respondent groups of either year.
    cluster : (groups,) array of int
        Groups that share a sample in some year have one number, and are one part of a change.
    parts : PanelParts or None
        What the years share; None where their samples count as independent.
    """

    waves: tuple[Wave, Wave]
    units: tuple[UnitMatch, ...]
    position: IntPair
    groups: tuple[str, ...]
    cluster: Ints
    parts: PanelParts | None

    @classmethod
    def of(
        cls,
        last: Dataset,
        this: Dataset,
        units: Sequence[UnitMatch],
        declared: str | Mapping[str, str],
    ) -> Self:
        """Lay two years side by side. Raises `ProblemsFound` where a panel does not hold."""
        waves = _waves(last, this, units)
        groups = tuple(dict.fromkeys((*this.groups, *last.groups)))
        position, cluster = _positions(waves, units), _clusters(waves, groups)
        panel = find_panel(*waves, declared)
        parts = None
        if panel is not None:
            unit, group = _row_numbers(waves, position, groups)
            parts = _panel_parts(panel, waves, unit, group, cluster=cluster, units=len(units))
        return cls(
            waves=waves,
            units=tuple(units),
            position=position,
            groups=groups,
            cluster=cluster,
            parts=parts,
        )

    @property
    def clusters(self) -> int:
        """How many clusters of groups there are."""
        return int(self.cluster.max(initial=-1)) + 1

    def group_columns(self, year: int) -> Ints:
        """Where the groups of a year stand among those of either."""
        return np.array([self.groups.index(group) for group in self.waves[year].data.groups])


def _waves(last: Dataset, this: Dataset, units: Sequence[UnitMatch]) -> tuple[Wave, Wave]:
    pooled, rows = with_merged_units(last, units)
    single = {
        match.predecessors[0]: match.name
        for match in units
        if not match.reason and match.basis in ("same", "renamed")
    }
    names = frozenset(single.values())
    return (
        Wave(data=pooled, rows=rows, names=tuple(single.get(unit, "") for unit in pooled.units)),
        Wave(
            data=this,
            rows=np.arange(this.rows),
            names=tuple(unit if unit in names else "" for unit in this.units),
        ),
    )


def _positions(waves: tuple[Wave, Wave], units: Sequence[UnitMatch]) -> IntPair:
    positions = []
    for year, wave in enumerate(waves):
        place = {unit: at for at, unit in enumerate(wave.data.units)}
        positions.append(
            np.array([-1 if m.reason else place[_code(m, year)] for m in units], dtype=np.int64)
        )
    return positions[0], positions[1]


def _code(match: UnitMatch, year: int) -> str:
    """What a unit is called in a year's data; a merged one has its new name in both."""
    return match.name if year or match.basis == "merged" else match.predecessors[0]


def _clusters(waves: tuple[Wave, Wave], groups: Sequence[str]) -> Ints:
    """By group the number of its cluster: groups that share a sample, directly or by others."""
    cluster = list(range(len(groups)))
    for wave in waves:
        for together in groups_by_sample(wave.data):
            numbers = {cluster[groups.index(wave.data.groups[group])] for group in together}
            cluster = [min(numbers) if number in numbers else number for number in cluster]
    return np.unique(cluster, return_inverse=True)[1].astype(np.int64)


def _row_numbers(
    waves: tuple[Wave, Wave], position: IntPair, groups: Sequence[str]
) -> tuple[IntPair, IntPair]:
    """By year and rating: its unit among those compared (-1 for none), and its group."""
    units, kinds = [], []
    for wave, at in zip(waves, position, strict=True):
        number = np.full(len(wave.data.units), -1, dtype=np.int64)
        compared = np.flatnonzero(at >= 0)
        number[at[compared]] = compared
        units.append(number[wave.data.unit])
        kinds.append(np.array([groups.index(group) for group in wave.data.groups])[wave.data.group])
    return (units[0], units[1]), (kinds[0], kinds[1])


def _panel_parts(
    panel: Panel,
    waves: tuple[Wave, Wave],
    unit: IntPair,
    group: IntPair,
    *,
    cluster: Ints,
    units: int,
) -> PanelParts:
    clusters = int(cluster.max(initial=-1)) + 1
    last, this = (
        np.where(unit[year] >= 0, unit[year] * clusters + cluster[group[year]], -1)
        for year in (0, 1)
    )
    size, shape = units * clusters, (units, clusters)
    design = YearsCovariance.of(panel, waves, (last, this), size)
    products = design.between
    psus = np.intersect1d(products.inner[0], products.inner[1])
    psus_both = _counted(products.domain[products.cell_of_inner[psus]], size)
    strata = np.intersect1d(products.cell[0], products.cell[1])
    strata_both = _counted(products.domain[strata], size)
    df = sum(_df(wave, domain, size) for wave, domain in zip(waves, (last, this), strict=True))
    return PanelParts(
        panel=panel,
        design=design,
        skipped=SkippedTwice.of(panel, unit, group, design, (units, len(cluster))),
        df=np.reshape(df - psus_both + strata_both, shape),
        psus_both=psus_both.reshape(shape),
    )


def _df(wave: Wave, domain: Ints, size: int) -> Floats:
    """By domain: PSUs less strata of a year's ratings."""
    rows, design = np.flatnonzero(domain >= 0), wave.data.design
    domains = domain[rows]
    _, psus = group_ids(domains, design.psu[rows])
    _, strata = group_ids(domains, design.stratum[rows])
    return _counted(domains[psus], size) - _counted(domains[strata], size)


def _counted(domain: Ints, size: int) -> Floats:
    return sums(domain, np.ones(len(domain)), size)
