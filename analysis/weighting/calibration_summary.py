"""What calibration and trimming did to the weights of each unit × group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.numeric import Floats
from analysis.weighting.calibration import CellCalibration, kish
from analysis.weighting.raking import MET, cap_of


@dataclass(frozen=True, kw_only=True)
class Trimming:
    """What trimming did to the weights of one unit × group.

    Attributes
    ----------
    cap : float
        The largest weight that is wanted.
    trimmed : int
        Weights that were above it.
    trimmed_share : float
        What they had above it, as a share of the sum of the weights.
    over_cap : int
        Weights that stay above it, because the margins need them.
    """

    cap: float
    trimmed: int
    trimmed_share: float
    over_cap: int


@dataclass(frozen=True, kw_only=True)
class WeightChange:
    """What calibration did to the weights of one unit × group.

    Attributes
    ----------
    deff_kish : float
        Kish's design effect of the weights in use.
    ratio_min, ratio_max : float
        Smallest and largest ratio of a weight to its base weight.
    trimming : Trimming or None
        None where nothing was to be trimmed.
    """

    deff_kish: float
    ratio_min: float
    ratio_max: float
    trimming: Trimming | None


@dataclass(frozen=True, kw_only=True)
class CalibrationSummary:
    """How the calibration of one unit × group went.

    Attributes
    ----------
    cell : int
        Number of the unit × group.
    status : str
        `ok`, or why it was not calibrated.
    empty : tuple of str
        Cells or margins of the population without a respondent.
    deff_kish_base : float
        Kish's design effect of the base weights.
    change : WeightChange or None
        What became of the weights; None where they were not calibrated.
    """

    cell: int
    status: str
    empty: tuple[str, ...]
    deff_kish_base: float
    change: WeightChange | None


def calibration_summaries(
    base: Floats, parts: Sequence[CellCalibration], trim: float | None
) -> tuple[CalibrationSummary, ...]:
    """Compare the weights in use with the base weights, in each calibrated unit × group.

    Parameters
    ----------
    base : array of float, (rows,)
        Base weights of the whole data set.
    parts : sequence of CellCalibration
        How the calibration of each unit × group went.
    trim : float or None
        The cap on weights in medians of the unit × group; None where they are not trimmed.

    Returns
    -------
    tuple of CalibrationSummary

    References
    ----------
    Kish, L. (1965). Survey Sampling. Wiley.
    """
    return tuple(
        CalibrationSummary(
            cell=part.cell,
            status=part.status,
            empty=part.empty,
            deff_kish_base=kish(base[part.rows]),
            change=_change(base[part.rows], part, trim),
        )
        for part in parts
    )


def _change(base: Floats, part: CellCalibration, trim: float | None) -> WeightChange | None:
    if part.weight is None:
        return None
    ratio = part.weight / base
    trimming = None
    if trim is not None and part.untrimmed is not None:
        trimming = _trimming(part.weight, part.untrimmed, trim)
    return WeightChange(
        deff_kish=kish(part.weight),
        ratio_min=float(ratio.min()),
        ratio_max=float(ratio.max()),
        trimming=trimming,
    )


def _trimming(weight: Floats, untrimmed: Floats, trim: float) -> Trimming:
    cap = cap_of(untrimmed, trim)
    return Trimming(
        cap=float(cap),
        trimmed=int((untrimmed > cap).sum()),
        trimmed_share=float(np.maximum(untrimmed - cap, 0).sum() / untrimmed.sum()),
        over_cap=int((weight > cap * (1 + MET)).sum()),
    )
