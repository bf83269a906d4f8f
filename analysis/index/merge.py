"""Joins survey points with self-assessed and appraised points: totals, index, ranks, grades.

index = 100 × (appraised + survey + bonus − penalty) / (maxima that apply to the unit). Appraised
points have no sampling error, so the interval of the index is the survey's, scaled. Units are
ranked in full precision within their class; rounding is for print.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import numpy as np

from analysis.formatting import round_half_up
from analysis.index import grading, merge_files
from analysis.index.merge_files import Assessed, Inputs, Unappraised
from analysis.index.tree import Node
from analysis.io import writing
from analysis.numeric import Floats
from analysis.ranking import league_table, ranks

Ties = Literal["exact", "printed"]
Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Merged:
    """The index of every unit, joined from the survey and the assessments.

    Attributes
    ----------
    settings : mapping
        The rule for ties, and the settings of the scores.
    level : float
        Confidence level of the intervals.
    units, fields, grades : tuple of dict
        A row for each unit, for each unit × field, and for each grade.
    fingerprints : mapping of str to str
        SHA-256 of every file that was read.
    """

    settings: Mapping[str, Any]
    level: float
    units: tuple[Row, ...]
    fields: tuple[Row, ...]
    grades: tuple[Row, ...]
    fingerprints: Mapping[str, str]


def merge_folder(
    folder: Path, scores: Path, ties: Ties = "exact", unappraised: Unappraised = "refuse"
) -> Merged:
    """Read a merge folder and a scores folder, and join them.

    Parameters
    ----------
    folder : Path
        With units.csv, index.csv and self_assessment.csv, maybe adjustments.csv and grading.csv.
    scores : Path
        What `python -m analysis score` wrote.
    ties : {"exact", "printed"}
        As for `merge`.
    unappraised : {"refuse", "list"}
        Whether units without all their appraised points are a fault, or stand in the result
        without index and rank, flagged `not_appraised`.

    Returns
    -------
    Merged

    Raises
    ------
    ProblemsFound
        With every fault of the files.
    """
    inputs = merge_files.read(folder, scores, unappraised)
    prints = fingerprints(folder) | _fingerprints([scores / "scores.json"])
    merged = merge(inputs, ties, prints)
    if unappraised == "refuse":
        return merged
    return replace(merged, settings={**merged.settings, "unappraised": unappraised})


def fingerprints(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of a merge folder, by name."""
    return _fingerprints([folder / name for name in merge_files.NAMES])


def _fingerprints(files: Iterable[Path]) -> dict[str, str]:
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in files if f.is_file()}


def merge(
    inputs: Inputs, ties: Ties = "exact", fingerprints: Mapping[str, str] | None = None
) -> Merged:
    """Join checked inputs: totals, index, ranks and grades.

    Parameters
    ----------
    inputs : Inputs
        What was read from both folders.
    ties : {"exact", "printed"}
        Whether units tie that are equal to nine decimals, or those that are equal as printed.
    fingerprints : mapping of str to str, optional
        SHA-256 of the files, for the manifest.

    Returns
    -------
    Merged
        Points are in points; the index, its standard errors and its intervals in per cent of the
        maximum that applies to the unit.
    """
    scored = {row["unit"]: row for row in inputs.scores["units"]}
    by_criterion = {(r["unit"], r["criterion"]): r["score"] for r in inputs.scores["criteria"]}
    fields = [row for unit in inputs.units for row in _fields(inputs, unit, by_criterion)]
    rows = {True: _unit, False: _unappraised}
    units = [
        rows[_is_whole(inputs, unit)](inputs, unit, scored[unit], fields) for unit in inputs.units
    ]
    _rank(units, inputs, ties)
    grades = tuple(
        {
            "grade": g.code,
            "label_vi": g.label_vi,
            "min": _number(g.threshold),
            "component_floor": _number(g.floor),
        }
        for g in inputs.grades
    )
    settings = {"ties": ties, "scores": inputs.scores["settings"]}
    return Merged(
        settings=settings,
        level=inputs.scores["level"],
        units=tuple(units),
        fields=tuple(fields),
        grades=grades,
        fingerprints=fingerprints or {},
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
    writing.write_manifest(out, merged.fingerprints, merged.settings, command="merge")


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
        has_lines = bool(inputs.assessed[unit]) or _is_whole(inputs, unit)
        appraised = _sum([a.appraised for a in lines]) if has_lines else None
        assessed: Sequence[Assessed | Node] = (
            lines if has_lines else _self_assessed(inputs, node.code)
        )
        maximum = sum((a.max_points for a in assessed), Decimal(0))
        maximum += sum((n.max_points for n in surveyed), Decimal(0))
        total = None if survey is None or appraised is None else float(appraised) + survey
        percent = None if total is None or not maximum else 100 * total / float(maximum)
        rows.append(
            {
                "unit": unit,
                "field": node.code,
                "name_vi": node.name_vi,
                "self": _number(_sum([a.self_points for a in lines])),
                "appraised": _number(appraised),
                "survey": survey,
                "total": total,
                "max": float(maximum),
                "percent": percent,
            }
        )
    return rows


def _unit(inputs: Inputs, unit: str, scored: Mapping[str, Any], fields: list[Row]) -> Row:
    lines = inputs.assessed[unit]
    self_points = _sum([line.self_points for line in lines])
    appraised = _sum([line.appraised for line in lines]) or Decimal(0)
    bonus, penalty = inputs.bonus.get(unit, Decimal(0)), inputs.penalty.get(unit, Decimal(0))
    survey_max = Decimal(repr(float(scored["max_available"] or 0)))
    maximum = sum((line.max_points for line in lines), Decimal(0)) + survey_max
    fixed = float(appraised + bonus - penalty)
    scale = 100 / float(maximum) if maximum else float("nan")
    index = {
        name: None if scored[name] is None or not maximum else scale * (fixed + scored[name])
        for name in ("score", "lo", "hi")
    }
    errors = {
        name: None if scored[name] is None or not maximum else scale * scored[name]
        for name in ("se", "se_nr")
    }
    complete = scored["score"] is not None and scored.get("status") != "incomplete"
    row: Row = {
        "unit": unit,
        **inputs.units[unit],
        "self": _number(self_points),
        "appraised": float(appraised),
        "survey": scored["score"],
        "bonus": float(bonus),
        "penalty": float(penalty),
        "total": None if scored["score"] is None else fixed + scored["score"],
        "max": float(maximum),
        "index": index["score"],
        "se": errors["se"],
        "se_nr": errors["se_nr"],
        "lo": index["lo"],
        "hi": index["hi"],
        "survey_lo": scored["lo"],
        "survey_hi": scored["hi"],
        "complete": complete,
        "flags": scored["flags"],
    }
    return row | _graded(row, [f for f in fields if f["unit"] == unit], inputs)


def _is_whole(inputs: Inputs, unit: str) -> bool:
    """Whether a unit has appraised points of all that it assesses; where none does, none has to."""
    lines = inputs.assessed[unit]
    if any(line.appraised is None for line in lines):
        return False
    return bool(lines) or not any(inputs.assessed.values())


def _unappraised(inputs: Inputs, unit: str, scored: Mapping[str, Any], fields: list[Row]) -> Row:
    """The row of a unit that waits for its appraised points: survey points, no index, no rank."""
    lines = inputs.assessed[unit]
    self_points = _sum([line.self_points for line in lines]) if lines else None
    nothing = dict.fromkeys(("index", "se", "se_nr", "lo", "hi"))
    row: Row = {
        "unit": unit,
        **inputs.units[unit],
        "self": _number(self_points),
        "appraised": None,
        "survey": scored["score"],
        "bonus": float(inputs.bonus.get(unit, Decimal(0))),
        "penalty": float(inputs.penalty.get(unit, Decimal(0))),
        "total": None,
        "max": float(_whole_maximum(inputs, scored)),
        **nothing,
        "survey_lo": scored["lo"],
        "survey_hi": scored["hi"],
        "complete": False,
        "flags": [*scored["flags"], "not_appraised"],
    }
    return row | _graded(row, [f for f in fields if f["unit"] == unit], inputs)


def _whole_maximum(inputs: Inputs, scored: Mapping[str, Any]) -> Decimal:
    """What a unit could have, of the survey and of all that units assess themselves."""
    assessed = (node.max_points for node in _self_assessed(inputs))
    return sum(assessed, Decimal(repr(float(scored["max_available"] or 0))))


def _self_assessed(inputs: Inputs, field: str | None = None) -> list[Node]:
    """The leaves that units assess themselves, of one field or of all."""
    return [
        node
        for node in inputs.nodes.values()
        if node.assessed == "self" and field in {None, inputs.field_of(node.code)}
    ]


def _graded(row: Row, fields: list[Row], inputs: Inputs) -> Row:
    percents = [f["percent"] for f in fields if f["percent"] is not None]
    lowest = min(percents, default=None)
    grades: Row = {}
    for name, key in (("grade", "index"), ("grade_lo", "lo"), ("grade_hi", "hi")):
        known = row["complete"] and row[key] is not None and inputs.grades
        grade = grading.grade(row[key], lowest, inputs.grades) if known else None
        grades[name] = grade.code if grade else None
    grades["crosses"] = grades["grade_lo"] != grades["grade_hi"]
    grades["grade_probability"] = (
        grading.probabilities(row["index"], row["se_nr"], lowest, inputs.grades)
        if row["complete"]
        else {}
    )
    return grades


def _rank(units: list[Row], inputs: Inputs, ties: Ties) -> None:
    """Add rank, its interval and band to every row, in each class of units separately."""
    names = inputs.scores["covariance"]["units"]
    matrix = _matrix(inputs.scores.get("covariance_nr") or inputs.scores["covariance"])
    degrees = _degrees(inputs.scores)
    level, rule = inputs.scores["level"], _rule(inputs.scores.get("settings", {}))
    for unit_class in dict.fromkeys(row["class"] for row in units):
        rows = [row for row in units if row["class"] == unit_class]
        numbers = [names.index(row["unit"]) for row in rows]
        scale = np.array([100 / row["max"] if row["max"] else np.nan for row in rows])
        scaled = matrix[np.ix_(numbers, numbers)] * np.outer(scale, scale)
        covariance = _for_ranking(scaled, rows, level)
        values = np.array([_compared(row["index"], ties) for row in rows])
        ranked = np.array([row["complete"] and not _held_back(row) for row in rows], dtype=bool)
        df = degrees[np.ix_(numbers, numbers)] if degrees.ndim == 2 else degrees[numbers]
        ranking = ranks.ranking(values, covariance, level, ranked, rule, df)
        columns = ranking.rank, ranking.lo, ranking.hi, ranking.band
        for row, *place in zip(rows, *columns, strict=True):
            row |= dict(zip(("rank", "rank_lo", "rank_hi", "band"), place, strict=True))


def _matrix(content: Mapping[str, Any]) -> Floats:
    return np.array(content["matrix"], dtype=float)


def _degrees(scores: Mapping[str, Any]) -> Floats:
    """Degrees of freedom of the differences where raters are shared, else of the units."""
    if "difference_df" in scores:
        return _matrix(scores["difference_df"])
    by_unit = {row["unit"]: row.get("df") for row in scores["units"]}
    return np.array([by_unit.get(unit) for unit in scores["covariance"]["units"]], dtype=float)


def _rule(settings: Mapping[str, Any]) -> ranks.Rule:
    """The rule by which the scores compared units."""
    usual = ranks.Rule()
    return ranks.Rule(
        method=settings.get("rank_method", usual.method),
        seed=settings.get("seed", usual.seed),
        draws=settings.get("draws", usual.draws),
    )


def _held_back(row: Row) -> bool:
    """Whether the scores gave the unit no rank because of its error."""
    return any(flag.startswith("not_ranked:") for flag in row["flags"])


def _for_ranking(covariance: Floats, rows: list[Row], level: float) -> Floats:
    """The covariance of the indices that ranks rest on."""
    se_nr, lo, hi = (
        np.array([row[name] for row in rows], dtype=float) for name in ("se_nr", "lo", "hi")
    )
    return league_table.ranking_covariance(covariance, se_nr, lo, hi, level)


def _compared(index: float | None, ties: Ties) -> float:
    """The index as it is compared: to nine decimals, or as printed where that is the rule."""
    if index is None:
        return float("nan")
    return float(round_half_up(index, 2 if ties == "printed" else 9))
