"""Writes a scorecard: scores.json, the same as CSV tables, and a manifest.

The same inputs and settings give the same bytes: no clock, no path, sorted keys, numbers in
full precision. What does not exist is null (an empty cell in CSV), never NaN.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from analysis.estimation.means import STATUSES
from analysis.io import writing
from analysis.io.long_tables import LongTable, SquareTable, plain
from analysis.numeric import Floats
from analysis.report.fieldwork_tables import calibration_rows, class_rows, mode_rows, rate_rows
from analysis.results import Results
from analysis.scoring.points import Points
from analysis.scoring.score import Scorecard

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
        "settings": asdict(card.settings) | asdict(ranking.rules),
        "level": card.settings.level,
        "units": unit_rows(scored),
        "ranks": ranking.rank_rows(),
        "bands": ranking.band_rows(),
        "rates": rate_rows(scored),
        "rates_by_mode": mode_rows(scored),
        "calibration": calibration_rows(scored),
        "notes": ranking.notes,
    }
    if card.response_classes:
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
    return matrices | ({"difference_df": ranking.df} if ranking.shared_raters else {})


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


def _all_tables(scored: Results) -> Iterator[tuple[str, LongTable | SquareTable]]:
    yield from long_tables(scored)
    for name, values in _matrices(scored).items():
        yield name, SquareTable(scored.scorecard.data.units, values)


def _joined(texts: dict[str, str]) -> Iterator[str]:
    for name in (name for name in PARTS if name in texts):
        yield f'{"" if name == PARTS[0] else ","}"{name}":'
        yield texts.pop(name)


def _points(points: Points, unit: int) -> Row:
    return {name: writing.number(getattr(points, name)[unit]) for name in POINTS}


def unit_rows(scored: Results) -> list[Row]:
    """A row for each unit."""
    card, jackknife = scored.scorecard, scored.jackknife
    rows = []
    for unit, name in enumerate(card.data.units):
        reason = scored.ranking.reason[unit]
        row: Row = {
            "unit": name,
            **_points(card.units, unit),
            "max_available": writing.number(card.aggregation.max_available[unit]),
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
    if not card.aggregation.complete[unit]:
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
INTEGERS = ("n", "n_blank", "n_nocoef", "n_psu", "n_strata", "df")
FRACTIONS = (
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
    estimates, data = card.estimates, card.data
    questions = len(data.questions)
    statuses = [STATUSES[number] for number in estimates.status.ravel().tolist()]
    for cell, status in _calibration_status(card).items():
        statuses[cell * questions : (cell + 1) * questions] = [status] * questions
    columns: dict[str, Any] = {
        "unit": [unit for unit in data.units for _ in range(len(data.groups) * questions)],
        "group": [group for group in data.groups for _ in range(questions)] * len(data.units),
        "question": [question.name for question in data.questions] * data.cells,
        "status": statuses,
        "n_respondents": np.repeat(estimates.n_respondents, questions),
    }
    columns |= {name: getattr(estimates, name).astype(int).ravel() for name in INTEGERS}
    columns |= {name: getattr(estimates, name).ravel() for name in FRACTIONS}
    return LongTable(columns)


def _calibration_status(card: Scorecard) -> dict[int, str]:
    return {part.cell: part.status for part in card.weighted.parts if part.status != "ok"}
