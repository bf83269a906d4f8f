"""Joins survey points with self-assessed and appraised points: totals, index, ranks, grades.

index = 100 × (appraised + survey + bonus − penalty) / (maxima that apply to the unit). Appraised
points carry no sampling error, so the interval of the index is the survey's, scaled. Ranked on
full precision within each class of units; rounding is for print.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import numpy as np

from analysis.formatting import round_half_up
from analysis.index import grading, merge_files
from analysis.index.merge_files import Inputs
from analysis.io import writing
from analysis.numeric import Floats
from analysis.ranking import league_table, ranks

Ties = Literal["exact", "printed"]
Row = dict[str, Any]


@dataclass(frozen=True)
class Merged:
    """The joined results: rows by unit and by unit × field, and the settings used."""

    settings: Mapping[str, Any]
    level: float
    units: tuple[Row, ...]
    fields: tuple[Row, ...]
    grades: tuple[Row, ...]
    fingerprints: Mapping[str, str]


def merge_folder(folder: Path, scores: Path, ties: Ties = "exact") -> Merged:
    """Read both sides and join them. Raises `ProblemsFound`."""
    inputs = merge_files.read(folder, scores)
    return merge(inputs, ties, fingerprints(folder) | _fingerprints([scores / "scores.json"]))


def fingerprints(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of a merge folder, by name."""
    return _fingerprints([folder / name for name in merge_files.NAMES])


def _fingerprints(files: Iterable[Path]) -> dict[str, str]:
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in files if f.is_file()}


def merge(
    inputs: Inputs, ties: Ties = "exact", fingerprints: Mapping[str, str] | None = None
) -> Merged:
    """Join checked inputs."""
    scored = {row["unit"]: row for row in inputs.scores["units"]}
    by_criterion = {(r["unit"], r["criterion"]): r["score"] for r in inputs.scores["criteria"]}
    fields = [row for unit in inputs.units for row in _fields(inputs, unit, by_criterion)]
    units = [_unit(inputs, unit, scored[unit], fields) for unit in inputs.units]
    _rank(units, inputs, ties)
    grades = tuple(
        {
            "grade": g.code,
            "label_vi": g.label_vi,
            "min": _number(g.least),
            "component_floor": _number(g.floor),
        }
        for g in inputs.grades
    )
    settings = {"ties": ties, "scores": inputs.scores["settings"]}
    return Merged(
        settings, inputs.scores["level"], tuple(units), tuple(fields), grades, fingerprints or {}
    )


def write(merged: Merged, out: Path) -> None:
    """Write merged.json, merged.csv, fields.csv and manifest.json."""
    out.mkdir(parents=True, exist_ok=True)
    writing.write_json(
        out / "merged.json",
        {
            "settings": dict(merged.settings),
            "level": merged.level,
            "units": list(merged.units),
            "fields": list(merged.fields),
            "grades": list(merged.grades),
        },
    )
    writing.write_csv(out / "merged.csv", merged.units)
    writing.write_csv(out / "fields.csv", merged.fields)
    writing.write_manifest(out, merged.fingerprints, merged.settings)


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _sum(values: list[Decimal | None]) -> Decimal | None:
    """The exact sum; None when one of them is not known."""
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if len(known) == len(values) else None


def _fields(inputs: Inputs, unit: str, points: Mapping[tuple[str, str], float | None]) -> list[Row]:
    rows = []
    for node in inputs.nodes.values():
        if node.level != "field":
            continue
        lines = [a for a in inputs.assessed[unit] if inputs.field_of(a.criterion) == node.code]
        surveyed = [
            n
            for n in inputs.nodes.values()
            if n.assessed == "survey" and inputs.field_of(n.code) == node.code
        ]
        scores = [points[unit, n.code] for n in surveyed]
        survey = None if None in scores else sum(s for s in scores if s is not None)
        appraised = sum((a.appraised for a in lines), Decimal(0))
        most = sum((a.max_points for a in lines), Decimal(0))
        most += sum((n.max_points for n in surveyed), Decimal(0))
        total = None if survey is None else float(appraised) + survey
        percent = None if total is None or not most else 100 * total / float(most)
        rows.append(
            {
                "unit": unit,
                "field": node.code,
                "name_vi": node.name_vi,
                "self": _number(_sum([a.self_points for a in lines])),
                "appraised": float(appraised),
                "survey": survey,
                "total": total,
                "max": float(most),
                "percent": percent,
            }
        )
    return rows


def _unit(inputs: Inputs, unit: str, scored: Mapping[str, Any], fields: list[Row]) -> Row:
    lines = inputs.assessed[unit]
    own = _sum([line.self_points for line in lines])
    appraised = sum((line.appraised for line in lines), Decimal(0))
    bonus, penalty = inputs.bonus.get(unit, Decimal(0)), inputs.penalty.get(unit, Decimal(0))
    survey_max = Decimal(repr(float(scored["max_available"] or 0)))
    most = sum((line.max_points for line in lines), Decimal(0)) + survey_max
    fixed = float(appraised + bonus - penalty)
    scale = 100 / float(most) if most else float("nan")
    ends = {
        name: None if scored[name] is None or not most else scale * (fixed + scored[name])
        for name in ("score", "lo", "hi")
    }
    errors = {
        name: None if scored[name] is None or not most else scale * scored[name]
        for name in ("se", "se_nr")
    }
    complete = scored["score"] is not None and scored.get("status") != "incomplete"
    row: Row = {
        "unit": unit,
        **inputs.units[unit],
        "self": _number(own),
        "appraised": float(appraised),
        "survey": scored["score"],
        "bonus": float(bonus),
        "penalty": float(penalty),
        "total": None if scored["score"] is None else fixed + scored["score"],
        "max": float(most),
        "index": ends["score"],
        "se": errors["se"],
        "se_nr": errors["se_nr"],
        "lo": ends["lo"],
        "hi": ends["hi"],
        "survey_lo": scored["lo"],
        "survey_hi": scored["hi"],
        "complete": complete,
        "flags": scored["flags"],
    }
    return row | _graded(row, [f for f in fields if f["unit"] == unit], inputs)


def _graded(row: Row, fields: list[Row], inputs: Inputs) -> Row:
    shares = [f["percent"] for f in fields if f["percent"] is not None]
    lowest = min(shares, default=None)
    found: Row = {}
    for name, key in (("grade", "index"), ("grade_lo", "lo"), ("grade_hi", "hi")):
        known = row["complete"] and row[key] is not None and inputs.grades
        given = grading.grade(row[key], lowest, inputs.grades) if known else None
        found[name] = given.code if given else None
    found["crosses"] = found["grade_lo"] != found["grade_hi"]
    chances = (
        grading.probabilities(row["index"], row["se_nr"], lowest, inputs.grades)
        if row["complete"]
        else {}
    )
    found["grade_probability"] = chances
    return found


def _rank(units: list[Row], inputs: Inputs, ties: Ties) -> None:
    """Add rank, its interval and band to every row, each class on its own."""
    names = inputs.scores["covariance"]["units"]
    matrix = _matrix(inputs.scores.get("covariance_nr") or inputs.scores["covariance"])
    degrees = _degrees(inputs.scores)
    level, rule = inputs.scores["level"], _rule(inputs.scores.get("settings", {}))
    for kind in dict.fromkeys(row["class"] for row in units):
        own = [row for row in units if row["class"] == kind]
        at = [names.index(row["unit"]) for row in own]
        scale = np.array([100 / row["max"] if row["max"] else np.nan for row in own])
        covariance = _joint(matrix[np.ix_(at, at)] * np.outer(scale, scale), own, level)
        values = np.array([_tied(row["index"], ties) for row in own])
        ranked = np.array([row["complete"] and not _held_back(row) for row in own], dtype=bool)
        df = degrees[np.ix_(at, at)] if degrees.ndim == 2 else degrees[at]
        found = ranks.ranking(values, covariance, level, ranked, rule, df)
        for row, *place in zip(own, found.rank, found.lo, found.hi, found.band, strict=True):
            row |= dict(zip(("rank", "rank_lo", "rank_hi", "band"), place, strict=True))


def _matrix(found: Mapping[str, Any]) -> Floats:
    return np.array(found["matrix"], dtype=float)


def _degrees(scores: Mapping[str, Any]) -> Floats:
    """Degrees of freedom of the differences where raters are shared, else of the units."""
    if "difference_df" in scores:
        return _matrix(scores["difference_df"])
    of = {row["unit"]: row.get("df") for row in scores["units"]}
    return np.array([of.get(unit) for unit in scores["covariance"]["units"]], dtype=float)


def _rule(settings: Mapping[str, Any]) -> ranks.Rule:
    """How the scores told units apart."""
    usual = ranks.Rule()
    return ranks.Rule(
        settings.get("rank_method", usual.method),
        settings.get("seed", usual.seed),
        settings.get("draws", usual.draws),
    )


def _held_back(row: Row) -> bool:
    """Whether the scores gave the unit no rank because of its error."""
    return any(flag.startswith("not_ranked:") for flag in row["flags"])


def _joint(covariance: Floats, own: list[Row], level: float) -> Floats:
    """The covariance of the indices that ranks rest on."""
    se_nr, lo, hi = (
        np.array([row[name] for row in own], dtype=float) for name in ("se_nr", "lo", "hi")
    )
    return league_table.for_ranking(covariance, se_nr, lo, hi, level)


def _tied(index: float | None, ties: Ties) -> float:
    """What is compared: the index to nine decimals, or as printed where that is the rule."""
    if index is None:
        return float("nan")
    return float(round_half_up(index, 2 if ties == "printed" else 9))
