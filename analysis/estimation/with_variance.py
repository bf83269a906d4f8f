"""Estimates whose variances come from elsewhere than one influence a row under the design."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.estimation.means import Cells, Estimates, root, with_interval
from analysis.numeric import Floats


def revised(found: Estimates, variance: Floats, cells: Cells, level: float) -> Estimates:
    """The same estimates with other variances: standard errors, design effects and intervals.

    `variance` is (cells, questions); where an estimate has none it keeps none. What is by its name
    linearised (`se_ultimate_cluster`, `se_wr`) stays, and so does what skipped questions add.
    """
    variance = np.where(np.isnan(found.variance), np.nan, variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(found.variance > 0, variance / found.variance, 1.0)
    return with_interval(
        replace(
            found,
            variance=variance,
            se=root(variance),
            se_nr=np.sqrt(np.maximum(variance + found.response_variance, 0)),
            deff=found.deff * ratio,
            deff_wr=found.deff_wr * ratio,
        ),
        cells,
        level,
    )
