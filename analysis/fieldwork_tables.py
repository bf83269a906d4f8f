"""Tables of the fieldwork in scores.json: rates by mode, response classes, what trimming took."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from analysis import modesfile, response_rates, weights
from analysis.arrays import Floats
from analysis.score import Scorecard

Row = dict[str, Any]


def mode_rows(card: Scorecard) -> list[Row]:
    """A row for each line of the frame by mode; an open mode has no rate, and says why."""
    data = card.data
    rows = []
    for (unit, group, mode), line in sorted(data.modes.items()):
        is_open = mode in modesfile.OPEN
        found = response_rates.open_rates(line) if is_open else response_rates.frame_rates(line)
        row: Row = {
            "unit": data.units[unit],
            "group": data.groups[group],
            "mode": mode,
            "invited": None if is_open else line.invited,
            "responded": line.responded,
        }
        rows.append(row | {name: each.rate for name, each in found.items()} | rate_parts(found))
    return rows


def rate_parts(found: Mapping[str, response_rates.Rate]) -> Row:
    """Of what each rate is made, and why one is not there."""
    return {
        "reasons": {name: each.reason for name, each in found.items() if each.rate is None},
        "numerators": {name: each.numerator for name, each in found.items()},
        "denominators": {name: each.denominator for name, each in found.items()},
    }


def trimming(weight: Floats, before: Floats, most: float) -> Row:
    """What trimming took: `over_cap` weights stay above it, because the margins need them."""
    cap = weights.cap_of(before, most)
    return {
        "cap": float(cap),
        "trimmed": int((before > cap).sum()),
        "trimmed_share": float(np.maximum(before - cap, 0).sum() / before.sum()),
        "over_cap": int((weight > cap * (1 + weights.MET)).sum()),
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
        for one in card.classes
    ]
