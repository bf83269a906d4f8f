"""Columns of delete-one-PSU standard errors (JKn) for `score --variance jkn`.

`se_jkn` keeps the first stage's fpc, `se_jkn_nofpc` has none. Every replicate is calibrated again:
that is what linearisation leaves out where a calibrated sample is small. A jackknife has no value
in a census, with a lone PSU, or when a replicate cannot be calibrated or is left without an answer;
the reason is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from analysis.design.replicate_weights import Replicates
from analysis.numeric import Bools, Floats
from analysis.replication.variances import replicated
from analysis.scoring.score import Scorecard

Row = dict[str, Any]


@dataclass(frozen=True)
class JackknifeErrors:
    """Standard errors by jackknife: `means` are (cells, questions), NaN where there are none."""

    card: Scorecard
    means: Floats
    means_nofpc: Floats
    units: Floats
    units_nofpc: Floats

    @classmethod
    def of(cls, card: Scorecard) -> JackknifeErrors:
        """Of a scorecard by jackknife: its own, and once more without the fpc."""
        design, kept = card.data.design, card.jackknife
        if kept is None:
            raise ValueError("a scorecard of Settings(variance='jkn') is needed")
        plain = replace(design, psus_there=np.full_like(design.psus_there, np.inf))
        safe = replicated(card, Replicates(plain))
        whole = card.cells.census
        unsure = (_used(card).any(axis=1) & whole).reshape(card.group_variance.shape)
        return cls(
            card,
            np.where(whole[:, None], np.nan, _root(kept.means)),
            _root(safe.means),
            np.where(unsure.any(axis=1), np.nan, _root(kept.units)),
            _root(safe.covariance.diagonal()),
        )

    def unit(self, unit: int) -> Row:
        """The columns of a unit."""
        return {"se_jkn": _plain(self.units[unit]), "se_jkn_nofpc": _plain(self.units_nofpc[unit])}

    def estimate_columns(self) -> dict[str, Any]:
        """The columns of the estimates, with the reason where one has no `se_jkn`."""
        places = np.ndindex(self.means.shape)
        return {
            "se_jkn": self.means.ravel(),
            "se_jkn_nofpc": self.means_nofpc.ravel(),
            "jkn_reason": [self.reason(cell, question) for cell, question in places],
        }

    def reason(self, cell: int, question: int) -> str:
        """Why there is no jackknife where there is an estimate; empty where there is one."""
        card = self.card
        if not np.isnan(self.means[cell, question]) or np.isnan(
            card.estimates.mean[cell, question]
        ):
            return ""
        if card.cells.census[cell]:
            return "census"
        if card.estimates.is_status("lonely_psu")[cell].any():
            return "lonely_psu"
        if np.isnan(card.estimates.variance[cell, question]):
            return "single_answer"
        calibrated = any(p.cell == cell and p.weight is not None for p in card.weighted.parts)
        if calibrated and np.isnan(self.means_nofpc[cell]).all():
            return "replicate_not_calibrated"
        return "replicate_without_value"

    def flags(self, unit: int) -> list[str]:
        """`group:jkn:reason` for every part of a unit's score without a jackknife."""
        return list(dict.fromkeys(self._flags(unit)))

    def _flags(self, unit: int) -> Iterator[str]:
        groups = self.card.data.groups
        for group, name in enumerate(groups):
            cell = unit * len(groups) + group
            for question in np.flatnonzero(_used(self.card)[cell]).tolist():
                if reason := self.reason(cell, question):
                    yield f"{name}:jkn:{reason}"


def _used(card: Scorecard) -> Bools:
    return card.composition.used


def _root(variance: Floats) -> Floats:
    return np.sqrt(np.maximum(variance, 0.0))


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
