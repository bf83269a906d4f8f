"""Tables of the fieldwork in scores.json: rates, rates by mode, response classes, calibration."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from analysis.dataset import frame_modes_file
from analysis.dataset.model import Dataset
from analysis.io import writing
from analysis.nonresponse.response_rates import Rates
from analysis.results import Results
from analysis.scoring.score import Scorecard
from analysis.weighting.calibration_summary import CalibrationSummary

Row = dict[str, Any]


def rate_rows(scored: Results) -> list[Row]:
    """A row for each line of the frame."""
    card, data = scored.scorecard, scored.scorecard.data
    rows = []
    for (unit, group), line in sorted(data.frame.items()):
        row: Row = {
            "unit": data.units[unit],
            "group": data.groups[group],
            "N": line.population,
            "invited": line.invited,
            "responded": line.responded,
            "in_file": int(card.cells.rows[unit * len(data.groups) + group]),
        }
        rates = scored.rates[unit, group]
        row |= {name: rate.rate for name, rate in rates.items()}
        row["coverage"] = scored.coverage[unit, group].rate
        row |= _rate_parts(rates)
        row["flags"] = list(scored.frame_flags[unit, group])
        rows.append(row)
    return rows


def mode_rows(scored: Results) -> list[Row]:
    """A row for each line of the frame by mode; an open mode has no rate, and says why."""
    data = scored.scorecard.data
    rows = []
    for (unit, group, mode), line in sorted(data.modes.items()):
        is_open = mode in frame_modes_file.OPEN
        rates = scored.rates_by_mode[unit, group, mode]
        row: Row = {
            "unit": data.units[unit],
            "group": data.groups[group],
            "mode": mode,
            "invited": None if is_open else line.invited,
            "responded": line.responded,
        }
        rows.append(row | {name: rate.rate for name, rate in rates.items()} | _rate_parts(rates))
    return rows


def _rate_parts(rates: Rates) -> Row:
    """Numerators and denominators, and why a rate does not exist."""
    return {
        "reasons": {name: rate.reason for name, rate in rates.items() if rate.rate is None},
        "numerators": {name: rate.numerator for name, rate in rates.items()},
        "denominators": {name: rate.denominator for name, rate in rates.items()},
    }


def class_rows(card: Scorecard) -> list[Row]:
    """A row for each response class: what its weights were multiplied by."""
    data = card.data
    return [
        {
            "unit": data.units[response_class.cell // len(data.groups)],
            "group": data.groups[response_class.cell % len(data.groups)],
            "class": response_class.name,
            "invited": response_class.invited,
            "in_file": len(response_class.rows),
            "factor": response_class.factor,
        }
        for response_class in card.response_classes
    ]


def calibration_rows(scored: Results) -> list[Row]:
    """A row for each calibrated unit × group: how it went, and what it did to the weights."""
    return [_calibration_row(scored.scorecard.data, part) for part in scored.calibration]


def _calibration_row(data: Dataset, part: CalibrationSummary) -> Row:
    unit, group = divmod(part.cell, len(data.groups))
    row: Row = {
        "unit": data.units[unit],
        "group": data.groups[group],
        "status": part.status,
        "empty": list(part.empty),
        "deff_kish_base": part.deff_kish_base,
    }
    if part.change is None:
        return row
    row |= {
        "deff_kish_calibrated": writing.number(part.change.deff_kish),
        "ratio_min": writing.number(part.change.ratio_min),
        "ratio_max": writing.number(part.change.ratio_max),
    }
    return row if part.change.trimming is None else row | asdict(part.change.trimming)
