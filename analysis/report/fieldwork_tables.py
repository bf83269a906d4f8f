"""Tables of the fieldwork in scores.json: rates by mode, response classes, what trimming took."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from analysis.dataset import frame_modes_file
from analysis.dataset.model import Dataset
from analysis.nonresponse import response_rates
from analysis.numeric import Floats
from analysis.scoring.score import Scorecard
from analysis.weighting import calibration

Row = dict[str, Any]


def mode_rows(
    data: Dataset, by_mode: Mapping[tuple[int, int, str], response_rates.Rates]
) -> list[Row]:
    """A row for each line of the frame by mode; an open mode has no rate, and says why."""
    rows = []
    for (unit, group, mode), line in sorted(data.modes.items()):
        is_open = mode in frame_modes_file.OPEN
        rates = by_mode[unit, group, mode]
        row: Row = {
            "unit": data.units[unit],
            "group": data.groups[group],
            "mode": mode,
            "invited": None if is_open else line.invited,
            "responded": line.responded,
        }
        rows.append(row | {name: rate.rate for name, rate in rates.items()} | rate_parts(rates))
    return rows


def rate_parts(rates: response_rates.Rates) -> Row:
    """Of what each rate is made, and why one is not there."""
    return {
        "reasons": {name: rate.reason for name, rate in rates.items() if rate.rate is None},
        "numerators": {name: rate.numerator for name, rate in rates.items()},
        "denominators": {name: rate.denominator for name, rate in rates.items()},
    }


def trimming(weight: Floats, before: Floats, most: float) -> Row:
    """What trimming took: `over_cap` weights stay above it, because the margins need them."""
    cap = calibration.cap_of(before, most)
    return {
        "cap": float(cap),
        "trimmed": int((before > cap).sum()),
        "trimmed_share": float(np.maximum(before - cap, 0).sum() / before.sum()),
        "over_cap": int((weight > cap * (1 + calibration.MET)).sum()),
    }


def class_rows(card: Scorecard) -> list[Row]:
    """A row for each response class: what its weights were multiplied by."""
    data = card.data
    return [
        {
            "unit": data.units[one.cell // len(data.groups)],
            "group": data.groups[one.cell % len(data.groups)],
            "class": one.name,
            "invited": one.invited,
            "in_file": len(one.rows),
            "factor": one.factor,
        }
        for one in card.response_classes
    ]
