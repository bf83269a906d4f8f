"""Two years side by side: which rows are about which unit, and what the two share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from analysis.comparison.common_units import UnitMatch
from analysis.comparison.covariance import TwoInts, YearsCovariance
from analysis.comparison.merged_units import with_merged_units
from analysis.comparison.panel import Panel, Wave, find_panel, groups_by_sample
from analysis.comparison.skipped_twice import SkippedTwice
from analysis.dataset.model import Dataset
from analysis.numeric import Floats, Ints, group_ids, sums


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
    panel : Panel or None
        What the years share; None where their samples count as independent.
    """

    waves: tuple[Wave, Wave]
    units: tuple[UnitMatch, ...]
    position: TwoInts
    groups: tuple[str, ...]
    cluster: Ints
    panel: Panel | None
    design: YearsCovariance | None
    skipped: SkippedTwice | None
    df: Floats
    linked: Floats

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
        panel = find_panel(*waves, declared)
        groups = tuple(dict.fromkeys((*this.groups, *last.groups)))
        position = _positions(waves, units)
        cluster = _clusters(waves, groups)
        unit, group = _row_numbers(waves, position, groups)
        kinds = int(cluster.max(initial=-1)) + 1
        size = len(units) * kinds
        domain = tuple(
            np.where(own >= 0, own * kinds + cluster[of], -1)
            for own, of in zip(unit, group, strict=True)
        )
        design, skipped = None, None
        df, linked = np.zeros(size), np.zeros(size)
        if panel is not None:
            design = YearsCovariance.of(panel, waves, (domain[0], domain[1]), size)
            shape = len(units), len(groups)
            skipped = SkippedTwice.of(panel, unit, group, design, shape)
            df, linked = _together(waves, (domain[0], domain[1]), design, size)
        return cls(
            waves=waves,
            units=tuple(units),
            position=position,
            groups=groups,
            cluster=cluster,
            panel=panel,
            design=design,
            skipped=skipped,
            df=df.reshape(len(units), kinds),
            linked=linked.reshape(len(units), kinds),
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


def _positions(waves: tuple[Wave, Wave], units: Sequence[UnitMatch]) -> TwoInts:
    found = []
    for year, wave in enumerate(waves):
        place = {unit: at for at, unit in enumerate(wave.data.units)}
        codes = [
            match.predecessors[0]
            if not year and match.basis != "merged" and match.predecessors
            else match.name
            for match in units
        ]
        found.append(
            np.array(
                [
                    -1 if match.reason else place[code]
                    for match, code in zip(units, codes, strict=True)
                ],
                dtype=np.int64,
            )
        )
    return found[0], found[1]


def _clusters(waves: tuple[Wave, Wave], groups: Sequence[str]) -> Ints:
    """By group the number of its cluster: groups that share a sample, directly or by others."""
    cluster = list(range(len(groups)))
    for wave in waves:
        for together in groups_by_sample(wave.data):
            numbers = {cluster[groups.index(wave.data.groups[group])] for group in together}
            cluster = [min(numbers) if own in numbers else own for own in cluster]
    return np.unique(cluster, return_inverse=True)[1].astype(np.int64)


def _row_numbers(
    waves: tuple[Wave, Wave], position: TwoInts, groups: Sequence[str]
) -> tuple[TwoInts, TwoInts]:
    """By year and rating: its unit among those compared (-1 for none), and its group."""
    units, kinds = [], []
    for wave, at in zip(waves, position, strict=True):
        number = np.full(len(wave.data.units), -1, dtype=np.int64)
        compared = np.flatnonzero(at >= 0)
        number[at[compared]] = compared
        units.append(number[wave.data.unit])
        kinds.append(np.array([groups.index(group) for group in wave.data.groups])[wave.data.group])
    return (units[0], units[1]), (kinds[0], kinds[1])


def _together(
    waves: tuple[Wave, Wave], domain: TwoInts, design: YearsCovariance, size: int
) -> tuple[Floats, Floats]:
    """By domain: PSUs less strata with ratings in either year, and PSUs with ratings in both."""
    df = np.zeros(size)
    for wave, own in zip(waves, domain, strict=True):
        rows = np.flatnonzero(own >= 0)
        for sign, numbers in ((1.0, wave.data.design.psu), (-1.0, wave.data.design.stratum)):
            _, first = group_ids(own[rows], numbers[rows])
            df += sign * sums(own[rows][first], np.ones(len(first)), size)
    products = design.between
    psus = np.intersect1d(products.inner[0], products.inner[1])
    shared = sums(products.domain[products.cell_of_inner[psus]], np.ones(len(psus)), size)
    strata = np.intersect1d(products.cell[0], products.cell[1])
    df += sums(products.domain[strata], np.ones(len(strata)), size) - shared
    return df, shared
