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
from analysis.numeric import Floats
from analysis.replication.variances import replicate_variances
from analysis.scoring.score import Scorecard

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class JackknifeErrors:
    """Standard errors by jackknife: `means` are (cells, questions), NaN where there are none."""

    card: Scorecard
    means: Floats
    means_nofpc: Floats
    units: Floats
    units_nofpc: Floats

    @classmethod
    def of(cls, card: Scorecard) -> JackknifeErrors:
        """The jackknife of a scorecard, and the same once more without the fpc.

        Raises
        ------
        ValueError
            Unless the scorecard's variances are by the jackknife.
        """
        design, variances = card.data.design, card.jackknife
        if variances is None:
            raise ValueError("a scorecard of Settings(variance='jkn') is needed")
        population = np.full_like(design.population_psus, np.inf)
        unlimited = Replicates(design=replace(design, population_psus=population))
        without_fpc = replicate_variances(card, unlimited)
        census = card.cells.census
        in_census = (card.aggregation.used.any(axis=1) & census).reshape(card.group_variance.shape)
        return cls(
            card=card,
            means=np.where(census[:, None], np.nan, _root(variances.means)),
            means_nofpc=_root(without_fpc.means),
            units=np.where(in_census.any(axis=1), np.nan, _root(variances.units)),
            units_nofpc=_root(without_fpc.covariance.diagonal()),
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
            for question in np.flatnonzero(self.card.aggregation.used[cell]).tolist():
                if reason := self.reason(cell, question):
                    yield f"{name}:jkn:{reason}"


def _root(variance: Floats) -> Floats:
    return np.sqrt(np.maximum(variance, 0.0))


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
