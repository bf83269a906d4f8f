"""Writes a scorecard: scores.json, the same as CSV tables, and a manifest.

The same inputs and settings give the same bytes: no clock, no path, sorted keys, numbers in
full precision. What does not exist is null (an empty cell in CSV), never NaN.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from analysis.estimation.means import STATUSES
from analysis.io import writing
from analysis.io.long_tables import LongTable, SquareTable, plain
from analysis.nonresponse import response_rates
from analysis.numeric import Floats
from analysis.report.fieldwork_tables import class_rows, mode_rows, rate_parts, trimming
from analysis.results import Results
from analysis.scoring.points import Points
from analysis.scoring.score import Scorecard
from analysis.weighting import calibration

Row = dict[str, Any]
PARTS = (
    "settings",
    "level",
    "units",
    "criteria",
    "estimates",
    "covariance",
    "covariance_nr",
    "ranks",
    "bands",
    "rates",
    "rates_by_mode",
    "calibration",
    "notes",
    "response_classes",
    "difference_df",
)
SHORT = ("units", "ranks", "bands", "rates", "rates_by_mode", "calibration", "response_classes")


def results(scored: Results) -> dict[str, Any]:
    """The content of scores.json."""
    content = _short(scored)
    content |= {name: table.rows() for name, table in long_tables(scored)}
    units = list(scored.scorecard.data.units)
    for name, values in _matrices(scored).items():
        content[name] = {"units": units, "matrix": plain(values)}
    return {name: content[name] for name in PARTS if name in content}


def _short(scored: Results) -> dict[str, Any]:
    """The parts of scores.json that are not long."""
    card, ranking = scored.scorecard, scored.ranking
    content: dict[str, Any] = {
        "settings": scored.choices.written(),
        "level": card.settings.level,
        "units": unit_rows(scored),
        "ranks": ranking.rank_rows(),
        "bands": ranking.band_rows(),
        "rates": rate_rows(scored),
        "rates_by_mode": mode_rows(card.data, scored.rates_by_mode),
        "calibration": calibration_rows(card),
        "notes": ranking.notes,
    }
    if card.classes:
        content["response_classes"] = class_rows(card)
    return content


def long_tables(scored: Results) -> Iterator[tuple[str, LongTable]]:
    """The parts with a row for each criterion or question of each unit, a table at a time."""
    yield "criteria", criterion_table(scored.scorecard)
    estimates = estimate_table(scored.scorecard)
    if scored.jackknife is not None:
        estimates = LongTable(estimates.columns | scored.jackknife.estimate_columns())
    yield "estimates", estimates


def _matrices(scored: Results) -> dict[str, Floats]:
    """The parts with a number for each pair of units."""
    ranking = scored.ranking
    matrices = {
        "covariance": scored.scorecard.covariance,
        "covariance_nr": ranking.covariance_nr,
    }
    return matrices | ({"difference_df": ranking.df} if ranking.shared else {})


def write(scored: Results, out: Path) -> list[str]:
    """Write scores.json, its CSV tables and manifest.json into a folder; returns the notes."""
    out.mkdir(parents=True, exist_ok=True)
    content = _short(scored)
    texts = {name: writing.as_json(part) for name, part in content.items()}
    hashes = {}
    for name, table in _all_tables(scored):
        texts[name] = table.json()
        hashes[f"{name}.csv"] = writing.write_text(out / f"{name}.csv", table.csv())
    hashes["scores.json"] = writing.write_text(out / "scores.json", "{", *_joined(texts), "}\n")
    for name in (name for name in SHORT if name in content):
        hashes[f"{name}.csv"] = writing.write_csv(out / f"{name}.csv", content[name])
    pairs = LongTable(scored.ranking.pair_columns())
    hashes["pairs.csv"] = writing.write_text(out / "pairs.csv", pairs.csv())
    inputs = scored.scorecard.data.fingerprints
    writing.write_manifest(out, inputs, content["settings"], hashes)
    return scored.ranking.notes


def fingerprint(scored: Results) -> str:
    """SHA-256 of the scores.json that `write` writes."""
    texts = {name: writing.as_json(part) for name, part in _short(scored).items()}
    texts |= {name: table.json() for name, table in _all_tables(scored)}
    digest = hashlib.sha256()
    for text in ("{", *_joined(texts), "}\n"):
        digest.update(text.encode())
    return digest.hexdigest()


def _all_tables(scored: Results) -> Iterator[tuple[str, LongTable | SquareTable]]:
    yield from long_tables(scored)
    for name, values in _matrices(scored).items():
        yield name, SquareTable(scored.scorecard.data.units, values)


def _joined(texts: dict[str, str]) -> Iterator[str]:
    for name in (name for name in PARTS if name in texts):
        yield f'{"" if name == PARTS[0] else ","}"{name}":'
        yield texts.pop(name)


def _points(points: Points, at: Any) -> Row:
    return {name: writing.number(getattr(points, name)[at]) for name in POINTS}


def unit_rows(scored: Results) -> list[Row]:
    """A row for each unit."""
    card, jackknife = scored.scorecard, scored.jackknife
    rows = []
    for unit, name in enumerate(card.data.units):
        reason = scored.ranking.reason[unit]
        row: Row = {
            "unit": name,
            **_points(card.units, unit),
            "max_available": writing.number(card.composition.max_available[unit]),
            "status": _unit_status(card, unit),
            "df_design": writing.number(card.df_design[unit]),
            "flags": card.flags(unit),
        }
        if reason.startswith("error_"):
            row["flags"].append(f"not_ranked:{reason}")
        if jackknife is not None:
            row |= jackknife.unit(unit)
            row["flags"] += jackknife.flags(unit)
        rows.append(row)
    return rows


def _unit_status(card: Scorecard, unit: int) -> str:
    if np.isnan(card.units.score[unit]):
        return "no_score"
    if not card.composition.complete[unit]:
        return "incomplete"
    if np.isnan(card.units.se[unit]):
        return "no_se"
    return "ok"


def criterion_table(card: Scorecard) -> LongTable:
    """A row for each unit and criterion."""
    units, criteria = card.data.units, card.data.criteria
    columns: dict[str, Any] = {
        "unit": [unit for unit in units for _ in criteria],
        "criterion": [criterion.name for criterion in criteria] * len(units),
    }
    columns |= {name: getattr(card.criteria, name).ravel() for name in POINTS}
    columns["max_points"] = np.tile([criterion.max_points for criterion in criteria], len(units))
    return LongTable(columns)


POINTS = ("score", "se", "se_nr", "df", "lo", "hi")
WHOLE = ("n", "n_blank", "n_nocoef", "n_psu", "n_strata", "df")
BROKEN = (
    "sum_w",
    "mean",
    "se",
    "se_nr",
    "lo",
    "hi",
    "deff",
    "deff_kish",
    "deff_wr",
    "se_ultimate_cluster",
    "se_wr",
)


def estimate_table(card: Scorecard) -> LongTable:
    """A row for each unit, group and question."""
    found, data = card.estimates, card.data
    asked = len(data.questions)
    calibrated = _calibration_status(card)
    statuses = [STATUSES[number] for number in found.status.ravel().tolist()]
    for cell, status in calibrated.items():
        statuses[cell * asked : (cell + 1) * asked] = [status] * asked
    columns: dict[str, Any] = {
        "unit": [unit for unit in data.units for _ in range(len(data.groups) * asked)],
        "group": [group for group in data.groups for _ in range(asked)] * len(data.units),
        "question": [question.name for question in data.questions] * data.cells,
        "status": statuses,
        "n_respondents": np.repeat(found.n_respondents, asked),
    }
    columns |= {name: getattr(found, name).astype(int).ravel() for name in WHOLE}
    columns |= {name: getattr(found, name).ravel() for name in BROKEN}
    return LongTable(columns)


def _calibration_status(card: Scorecard) -> dict[int, str]:
    return {part.cell: part.status for part in card.weighted.parts if part.status != "ok"}


def rate_rows(scored: Results) -> list[Row]:
    """A row for each line of the frame."""
    card, data = scored.scorecard, scored.scorecard.data
    rows = []
    for (unit, group), line in sorted(data.frame.items()):
        here = int(card.cells.rows[unit * len(data.groups) + group])
        row: Row = {
            "unit": data.units[unit],
            "group": data.groups[group],
            "N": line.population,
            "invited": line.invited,
            "responded": line.responded,
            "in_file": here,
        }
        rates = scored.rates[unit, group]
        row |= {name: rate.rate for name, rate in rates.items()}
        row["coverage"] = response_rates.coverage(line).rate
        row |= rate_parts(rates)
        row["flags"] = _rate_flags(line.population, line.invited, line.responded, here)
        rows.append(row)
    return rows


def _rate_flags(
    there: float | None, invited: float | None, responded: float | None, here: int
) -> list[str]:
    checks = {
        "responded_differs_from_file": responded is not None and responded != here,
        "responded_exceeds_invited": None not in (responded, invited)
        and (responded or 0) > (invited or 0),
        "invited_exceeds_population": None not in (invited, there)
        and (invited or 0) > (there or 0),
    }
    return [name for name, holds in checks.items() if holds]


def calibration_rows(card: Scorecard) -> list[Row]:
    """A row for each calibrated unit × group: how it went, and what it did to the weights."""
    data = card.data
    rows = []
    for part in card.weighted.parts:
        unit, group = divmod(part.cell, len(data.groups))
        base = data.weight[part.rows]
        row: Row = {
            "unit": data.units[unit],
            "group": data.groups[group],
            "status": part.status,
            "empty": list(part.empty),
            "deff_kish_base": calibration.kish(base),
        }
        if part.weight is not None:
            ratio = part.weight / base
            row |= {
                "deff_kish_calibrated": writing.number(calibration.kish(part.weight)),
                "ratio_min": writing.number(ratio.min()),
                "ratio_max": writing.number(ratio.max()),
            }
        if part.weight is not None and part.untrimmed is not None and card.settings.trim:
            row |= trimming(part.weight, part.untrimmed, card.settings.trim)
        rows.append(row)
    return rows
