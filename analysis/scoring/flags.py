"""Flags: what a reader of each unit's score should know, in words that programs read too.

What most units have nothing of is looked up for all of them at once: asking each link of each of
300 units takes a sixth of the time in which all results are written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.dataset.model import Dataset
from analysis.estimation.means import STATUSES, Estimates
from analysis.numeric import Bools, Ints, group_ids, is_one_to_one
from analysis.scoring.aggregation import Aggregation
from analysis.weighting.calibration import Calibrated

ByUnit = dict[int, list[str]]


@dataclass(frozen=True, kw_only=True)
class Flags:
    """The flags of one scoring."""

    data: Dataset
    weighted: Calibrated
    estimates: Estimates
    aggregation: Aggregation

    def of(self, unit: int) -> list[str]:
        """Of one unit: `group:question:status`, then what is missing, then the rest."""
        flags = [*self._statuses.get(unit, ()), *self._missing(unit)]
        if not self.aggregation.complete[unit]:
            flags.append("incomplete")
        flags += self._calibration.get(unit, ())
        if unit in self._with_unlinked_raters:
            flags.append("raters_shared_without_sample")
        return flags

    @cached_property
    def _statuses(self) -> ByUnit:
        """Groups in the order of the criteria that count, questions in their own."""
        means, names = self.estimates, self.data.groups
        ok = means.is_status("ok")
        sound = (ok & ~means.one_weight) | means.is_status("census")
        cells, questions = np.nonzero(self.aggregation.used & ~sound)
        units, groups = np.divmod(cells, len(names))
        flags = []
        for at in np.lexsort((questions, self._place[units, groups], units)).tolist():
            cell, question = cells[at], questions[at]
            status = "one_weight" if ok[cell, question] else STATUSES[means.status[cell, question]]
            name = self.data.questions[question].name
            flags.append((int(units[at]), f"{names[groups[at]]}:{name}:{status}"))
        return _by_unit(flags)

    @cached_property
    def _place(self) -> Ints:
        """(units, groups): the first link of any criterion in which a group counts."""
        contributions = self.aggregation.contributions
        links = [link for one in contributions for link in one.criterion.links]
        counts = np.concatenate([one.link_points > 0 for one in contributions], axis=1)
        place = np.full((len(self.data.units), len(self.data.groups)), len(links))
        for at in reversed(range(len(links))):
            place[counts[:, at], links[at].group] = at
        return place

    def _missing(self, unit: int) -> list[str]:
        flags: list[str] = []
        if not self._lacks_answers[unit]:
            return flags
        for one in self.aggregation.contributions:
            for link, below in zip(one.criterion.links, one.below_minimum[unit], strict=True):
                if below:
                    question = self.data.questions[link.question].name
                    flags.append(f"{self.data.groups[link.group]}:{question}:below_min")
            left_out = one.unanswered[unit].any() or one.below_minimum[unit].any()
            if not one.counts[unit]:
                flags.append(f"{one.criterion.name}:missing")
            elif left_out:
                flags.append(f"{one.criterion.name}:renormalised")
        return flags

    @cached_property
    def _lacks_answers(self) -> Bools:
        """Units of which some criterion lacks answers, or does not count."""
        lacking = [
            (one.unanswered | one.below_minimum).any(axis=1) | ~one.counts
            for one in self.aggregation.contributions
        ]
        return np.asarray(np.any(lacking, axis=0))

    @cached_property
    def _calibration(self) -> ByUnit:
        failed = [part for part in self.weighted.parts if part.status != "ok"]
        places = [divmod(part.cell, len(self.data.groups)) for part in failed]
        return _by_unit(
            (unit, f"{self.data.groups[group]}:calibration:{part.status}")
            for part, (unit, group) in zip(failed, places, strict=True)
        )

    @cached_property
    def _with_unlinked_raters(self) -> frozenset[int]:
        """Units whose raters rate others too, although no `sample` says that they are shared."""
        data = self.data
        if is_one_to_one(data.person):
            return frozenset()
        _, first = group_ids(data.person, data.design.sample)
        samples = np.bincount(data.person[first])
        return frozenset(np.unique(data.unit[(samples > 1)[data.person]]).tolist())


def _by_unit(flags: Iterable[tuple[int, str]]) -> ByUnit:
    by_unit: ByUnit = {}
    for unit, flag in flags:
        by_unit.setdefault(unit, []).append(flag)
    return by_unit
