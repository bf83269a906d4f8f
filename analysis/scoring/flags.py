"""Flags: what a reader of each unit's score should know, in words that programs read too.

What most units have nothing of is found for all of them at once: to ask each part of each of 300
units took a sixth of the time in which their results are now written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.dataset.model import Dataset
from analysis.estimation.means import STATUSES, Estimates
from analysis.numeric import Bools, Ints, group_ids, is_one_to_one
from analysis.scoring.aggregation import Composition
from analysis.weighting.calibration import Calibrated

ByUnit = dict[int, list[str]]


@dataclass(frozen=True)
class Flags:
    """The flags of one scoring."""

    data: Dataset
    weighted: Calibrated
    estimates: Estimates
    made: Composition

    def of(self, unit: int) -> list[str]:
        """Of one unit: `group:question:status`, then what is missing, then the rest."""
        found = [*self._statuses.get(unit, ()), *self._missing(unit)]
        if not self.made.complete[unit]:
            found.append("incomplete")
        found += self._calibration.get(unit, ())
        if unit in self._with_unlinked_raters:
            found.append("raters_shared_without_sample")
        return found

    @cached_property
    def _statuses(self) -> ByUnit:
        """Groups in the order of the criteria that count, questions in their own."""
        found, names = self.estimates, self.data.groups
        ok = found.is_status("ok")
        sound = (ok & ~found.one_weight) | found.is_status("census")
        cells, questions = np.nonzero(self.made.used & ~sound)
        units, groups = np.divmod(cells, len(names))
        flags = []
        for at in np.lexsort((questions, self._place[units, groups], units)).tolist():
            cell, question = cells[at], questions[at]
            status = "one_weight" if ok[cell, question] else STATUSES[found.status[cell, question]]
            name = self.data.questions[question].name
            flags.append((int(units[at]), f"{names[groups[at]]}:{name}:{status}"))
        return _by_unit(flags)

    @cached_property
    def _place(self) -> Ints:
        """(units, groups): the first link of any criterion in which a group counts."""
        shares = self.made.shares
        links = [link for share in shares for link in share.criterion.links]
        counts = np.concatenate([share.parts > 0 for share in shares], axis=1)
        place = np.full((len(self.data.units), len(self.data.groups)), len(links))
        for at in reversed(range(len(links))):
            place[counts[:, at], links[at].group] = at
        return place

    def _missing(self, unit: int) -> list[str]:
        found: list[str] = []
        if not self._lacks[unit]:
            return found
        for share in self.made.shares:
            links = share.criterion.links
            for link, below in zip(links, share.below[unit], strict=True):
                if below:
                    question = self.data.questions[link.question].name
                    found.append(f"{self.data.groups[link.group]}:{question}:below_min")
            left_out = share.silent[unit].any() or share.below[unit].any()
            if not share.counts[unit]:
                found.append(f"{share.criterion.name}:missing")
            elif left_out:
                found.append(f"{share.criterion.name}:renormalised")
        return found

    @cached_property
    def _lacks(self) -> Bools:
        """Units of which some criterion lacks answers, or does not count."""
        return np.asarray(
            np.any([(s.silent | s.below).any(axis=1) | ~s.counts for s in self.made.shares], axis=0)
        )

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
    found: ByUnit = {}
    for unit, flag in flags:
        found.setdefault(unit, []).append(flag)
    return found
