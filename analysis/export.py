"""Writes a scorecard: scores.json, the same as CSV tables, and a manifest.

The same inputs and settings give the same bytes: no clock, no path, sorted keys, numbers in
full precision. What does not exist is null (an empty cell in CSV), never NaN.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from analysis import response_rates, weights
from analysis.arrays import Floats
from analysis.estimate import STATUSES
from analysis.fieldwork_tables import class_rows, mode_rows, rate_parts, trimming
from analysis.jkn import Jkn
from analysis.league import League, Rules, league
from analysis.long_tables import LongTable, SquareTable, plain
from analysis.points import Points
from analysis.score import Scorecard

Row = dict[str, Any]
VERSION = "0.1.0"
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
PLAIN = frozenset({float, int, str, type(None)})  # what csv writes as we would


def results(card: Scorecard, table: League | None = None) -> dict[str, Any]:
    """The content of scores.json."""
    table = table or league(card)
    again = _jackknife(card)
    found = _short(card, table, again)
    found |= {name: part.rows() for name, part in _long(card, again)}
    units = list(card.data.units)
    for name, values in _matrices(card, table).items():
        found[name] = {"units": units, "matrix": plain(values)}
    return {name: found[name] for name in PARTS if name in found}


def _jackknife(card: Scorecard) -> Jkn | None:
    if card.settings.variance != "jkn":
        return None
    return Jkn.of(card)


def _short(card: Scorecard, table: League, again: Jkn | None) -> dict[str, Any]:
    """The parts of scores.json that are not long."""
    found: dict[str, Any] = {
        "settings": asdict(card.settings) | asdict(table.rules),
        "level": card.settings.level,
        "units": unit_rows(card, table),
        "ranks": table.rank_rows(),
        "bands": table.band_rows(),
        "rates": rate_rows(card),
        "rates_by_mode": mode_rows(card),
        "calibration": calibration_rows(card),
        "notes": table.notes,
    }
    if card.classes:
        found["response_classes"] = class_rows(card)
    if again is not None:
        for unit, row in enumerate(found["units"]):
            row.update(again.unit(unit), flags=[*row["flags"], *again.flags(unit)])
    return found


def _long(card: Scorecard, again: Jkn | None) -> Iterator[tuple[str, LongTable]]:
    """The parts with a row for each criterion or question of each unit, a table at a time."""
    yield "criteria", criterion_table(card)
    estimates = estimate_table(card)
    if again is not None:
        estimates = LongTable(estimates.columns | again.estimate_columns())
    yield "estimates", estimates


def _matrices(card: Scorecard, table: League) -> dict[str, Floats]:
    """The parts with a number for each pair of units."""
    found = {"covariance": card.covariance, "covariance_nr": table.covariance_nr}
    return found | ({"difference_df": table.df} if table.shared else {})


def write(card: Scorecard, out: Path, rules: Rules | None = None) -> list[str]:
    """Write scores.json, its CSV tables and manifest.json into a folder; returns the notes."""
    out.mkdir(parents=True, exist_ok=True)
    table, again = league(card, rules), _jackknife(card)
    found = _short(card, table, again)
    texts = {name: as_json(part) for name, part in found.items()}
    prints = {}
    for name, part in _all_tables(card, table, again):
        texts[name] = part.json()
        prints[f"{name}.csv"] = _write(out / f"{name}.csv", part.csv())
    prints["scores.json"] = _write(out / "scores.json", "{", *_joined(texts), "}\n")
    for name in (name for name in SHORT if name in found):
        prints[f"{name}.csv"] = write_csv(out / f"{name}.csv", found[name])
    prints["pairs.csv"] = _write(out / "pairs.csv", LongTable(table.pair_columns()).csv())
    write_manifest(out, card.data.fingerprints, found["settings"], prints)
    return table.notes


def _all_tables(
    card: Scorecard, table: League, again: Jkn | None
) -> Iterator[tuple[str, LongTable | SquareTable]]:
    yield from _long(card, again)
    for name, values in _matrices(card, table).items():
        yield name, SquareTable(card.data.units, values)


def _joined(texts: dict[str, str]) -> Iterator[str]:
    for name in (name for name in PARTS if name in texts):
        yield f'{"" if name == PARTS[0] else ","}"{name}":'
        yield texts.pop(name)


def write_manifest(
    out: Path,
    inputs: Mapping[str, str],
    settings: Mapping[str, Any],
    known: Mapping[str, str] | None = None,
) -> None:
    """manifest.json: hashes of what was read and what was written, settings, version.

    `known` are the hashes of files just written; what else lies in the folder is read again.
    """
    known = known or {}
    written = sorted(
        p for p in out.iterdir() if p.suffix in (".json", ".csv") and p.name != "manifest.json"
    )
    write_json(
        out / "manifest.json",
        {
            "package": "analysis",
            "version": VERSION,
            "settings": dict(settings),
            "inputs": dict(sorted(inputs.items())),
            "outputs": {p.name: known.get(p.name) or _fingerprint(p) for p in written},
        },
    )


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def as_json(content: Any) -> str:
    """JSON that refuses NaN."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def write_json(path: Path, content: Any) -> None:
    """Write JSON."""
    _write(path, as_json(content) + "\n")


def _write(path: Path, *texts: str) -> str:
    """Write a file; returns its SHA-256."""
    made = hashlib.sha256()
    with path.open("wb") as file:
        for text in texts:
            content = text.encode()
            made.update(content)
            file.write(content)
    return made.hexdigest()


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> str:
    """Write rows under the union of their keys, in order of appearance; returns the SHA-256."""
    seen: Row = {}
    for row in rows:
        if row.keys() != seen.keys():
            seen |= dict.fromkeys(row)
    names = list(seen)
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        cells = map(row.get, names)
        writer.writerow([c if type(c) in PLAIN else _cell(c) for c in cells])
    return _write(path, file.getvalue())


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, dict):
        return ";".join(f"{key}={part}" for key, part in value.items())
    if isinstance(value, list | tuple):
        return ";".join(str(part) for part in value)
    return repr(value) if isinstance(value, float) else value


def number(value: Any) -> float | None:
    """A plain float, or None for what does not exist."""
    plain = float(value)
    return plain if math.isfinite(plain) else None


def _points(points: Points, at: Any) -> Row:
    return {name: number(getattr(points, name)[at]) for name in POINTS}


def unit_rows(card: Scorecard, table: League | None = None) -> list[Row]:
    """A row for each unit; `table` says which were kept from the ranking."""
    held = table.reason if table else ("",) * len(card.data.units)
    rows = []
    for unit, name in enumerate(card.data.units):
        made = card.composition
        flags = card.flags(unit)
        if held[unit].startswith("error_"):
            flags.append(f"not_ranked:{held[unit]}")
        rows.append(
            {
                "unit": name,
                **_points(card.units, unit),
                "max_available": number(made.max_available[unit]),
                "status": _unit_status(card, unit),
                "df_design": number(card.df_design[unit]),
                "flags": flags,
            }
        )
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


def rank_rows(card: Scorecard) -> list[Row]:
    """A row for each unit: its rank, simultaneous interval, band and chances."""
    return league(card).rank_rows()


def rate_rows(card: Scorecard) -> list[Row]:
    """A row for each line of the frame."""
    data = card.data
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
        found = response_rates.frame_rates(line)
        row |= {name: each.rate for name, each in found.items()}
        row["coverage"] = response_rates.coverage(line).rate
        row |= rate_parts(found)
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
            "deff_kish_base": weights.kish(base),
        }
        if part.weight is not None:
            ratio = part.weight / base
            row |= {
                "deff_kish_calibrated": number(weights.kish(part.weight)),
                "ratio_min": number(ratio.min()),
                "ratio_max": number(ratio.max()),
            }
        if part.weight is not None and part.untrimmed is not None and card.settings.trim:
            row |= trimming(part.weight, part.untrimmed, card.settings.trim)
        rows.append(row)
    return rows
