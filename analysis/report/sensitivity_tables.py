"""Writes a sensitivity analysis: sensitivity.json, the same as CSV tables, and a manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from analysis.io import writing
from analysis.scoring.score import Scorecard
from analysis.sensitivity.decomposition import Decomposition
from analysis.sensitivity.sensitivity import Comparison, Sensitivity, Summary
from analysis.sensitivity.units import Range, UnitSensitivity

Row = dict[str, Any]
ERROR = "an error, shown for its size: no opinion says nothing against a unit"
EFFECTS = (
    "units_compared",
    "units_lost",
    "mean_change",
    "mean_abs_change",
    "max_abs_change",
    "mean_rank_shift",
    "max_rank_shift",
    "pairs_reversed",
)


def results(analysis: Sensitivity) -> dict[str, Any]:
    """The content of sensitivity.json."""
    return {
        "settings": asdict(analysis.card.settings),
        "summary": summary(analysis.summary),
        "scenarios": [scenario_row(comparison) for comparison in analysis.comparisons],
        "units": unit_rows(analysis),
        "scores": list(score_rows(analysis)),
        "decomposition": decomposition_rows(analysis.card, analysis.decomposition),
    }


def write(analysis: Sensitivity, out: Path, declared: Path | None = None) -> None:
    """Write it all into a folder; `declared` is the file that declared the scenarios."""
    out.mkdir(parents=True, exist_ok=True)
    content = results(analysis)
    writing.write_json(out / "sensitivity.json", content)
    for name in ("scenarios", "units", "scores", "decomposition"):
        writing.write_csv(out / f"{name}.csv", content[name])
    prints = dict(analysis.card.data.fingerprints)
    if declared is not None:
        prints[declared.name] = hashlib.sha256(declared.read_bytes()).hexdigest()
    writing.write_manifest(out, prints, content["settings"])


def summary(numbers: Summary) -> Row:
    """The whole in a few numbers: what the choices move, compared with sampling."""
    return asdict(numbers) | {
        "factors": {factor: list(levels) for factor, levels in numbers.factors.items()}
    }


def scenario_row(comparison: Comparison) -> Row:
    """What a scenario does to the whole table."""
    scenario = comparison.scenario
    row: Row = {
        "scenario": scenario.name,
        "kind": scenario.kind,
        "status": comparison.status,
        "reason": comparison.refused,
        "note": ERROR if scenario.kind == "error" else "",
    }
    return row | {name: getattr(comparison.effect, name, None) for name in EFFECTS}


def score_rows(analysis: Sensitivity) -> Iterator[Row]:
    """A row for each unit and applied scenario, the reference first."""
    for comparison in (analysis.reference, *analysis.comparisons):
        outcome, effect = comparison.outcome, comparison.effect
        if outcome is None or effect is None:
            continue
        for unit, name in enumerate(analysis.card.data.units):
            yield {
                "unit": name,
                "scenario": comparison.scenario.name,
                "kind": comparison.scenario.kind,
                "score": writing.number(outcome.score[unit]),
                "max_available": writing.number(outcome.maximum[unit]),
                "index": writing.number(outcome.index[unit]),
                "rank": outcome.ranks[unit],
                "change": writing.number(effect.change[unit]),
                "rank_shift": effect.rank_shift[unit],
            }


def unit_rows(analysis: Sensitivity) -> list[Row]:
    """A row for each unit: its range of index and rank, and the sources of their variance."""
    return [_unit_row(analysis.card, unit) for unit in analysis.units]


def _unit_row(card: Scorecard, unit: UnitSensitivity) -> Row:
    row: Row = {
        "unit": card.data.units[unit.unit],
        "index": writing.number(unit.index),
        "rank": unit.rank,
    }
    row |= _range(unit.choices, "") | _range(unit.with_leaving_out, "_with_leaving_out")
    row |= {
        "sampling_rank_lo": unit.sampling_rank_lo,
        "sampling_rank_hi": unit.sampling_rank_hi,
    }
    sources = unit.sources
    return row | {
        "sampling_variance": writing.number(sources.sampling),
        "choice_variance": writing.number(sources.choice),
        "share_of_choices": sources.share_of_choices,
        "main_choice": sources.main_choice,
        "reason": sources.reason,
    }


def _range(values: Range, suffix: str) -> Row:
    return {f"{name}{suffix}": value for name, value in asdict(values).items()}


def decomposition_rows(card: Scorecard, decomposition: Decomposition | None) -> list[Row]:
    """First-order and total share of each factor, for each unit and for the mean rank shift."""
    if decomposition is None:
        return []
    rows = []
    for factor, (name, levels) in enumerate(decomposition.factors.items()):
        shift = decomposition.shift_first[factor], decomposition.shift_total[factor]
        by_unit = zip(decomposition.first[factor], decomposition.total[factor], strict=True)
        for of, unit, (first, total) in (
            ("mean rank shift", "", shift),
            *(
                ("index", unit, shares)
                for unit, shares in zip(card.data.units, by_unit, strict=True)
            ),
        ):
            row = {"of": of, "unit": unit, "factor": name, "levels": len(levels)}
            row |= {"first_order": writing.number(first), "total": writing.number(total)}
            rows.append(row)
    return rows
