"""Writes a sensitivity analysis: sensitivity.json, the same as CSV tables, and a manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from analysis.io import writing
from analysis.numeric import Floats
from analysis.ranking.league_table import league
from analysis.sensitivity.scenarios import Scenario
from analysis.sensitivity.sensitivity import (
    Comparison,
    Outcome,
    Sensitivity,
    rank_within,
    reference_variance,
    shifts,
)

Row = dict[str, Any]
ERROR = "an error, shown for its size: no opinion says nothing against a unit"


def results(found: Sensitivity) -> dict[str, Any]:
    """The content of sensitivity.json."""
    return {
        "settings": asdict(found.card.settings),
        "summary": summary(found),
        "scenarios": [scenario_row(found, each) for each in found.comparisons],
        "units": unit_rows(found),
        "scores": list(score_rows(found)),
        "decomposition": decomposition_rows(found),
    }


def write(found: Sensitivity, out: Path, declared: Path | None = None) -> None:
    """Write it all into a folder; `declared` is the file that declared the scenarios."""
    out.mkdir(parents=True, exist_ok=True)
    content = results(found)
    writing.write_json(out / "sensitivity.json", content)
    for name in ("scenarios", "units", "scores", "decomposition"):
        writing.write_csv(out / f"{name}.csv", content[name])
    prints = dict(found.card.data.fingerprints)
    arguments: Row = {"scenarios": None}
    if declared is not None:
        prints |= writing.fingerprints(declared)
        arguments["scenarios"] = declared.name
    settings = content["settings"]
    writing.write_manifest(out, prints, settings, command="sensitivity", arguments=arguments)


def summary(found: Sensitivity) -> Row:
    """The whole in a few numbers: what the choices move, beside what the sample moves."""
    sampling, choice = _variances(found)
    both = ~np.isnan(sampling) & ~np.isnan(choice)
    total = float((sampling + choice)[both].sum())
    parts = found.decomposition
    return {
        "units": len(found.card.data.units),
        "units_ranked": int(found.reference.ranked.sum()),
        "scenarios_applied": sum(each.outcome is not None for each in found.comparisons),
        "scenarios_refused": sum(each.outcome is None for each in found.comparisons),
        "combinations": _combinations(found),
        "mean_rank_shift_over_combinations": None if parts is None else parts.mean_shift,
        "share_of_choices": float(choice[both].sum()) / total if total > 0 else None,
        "factors": {} if parts is None else {n: list(own) for n, own in parts.factors.items()},
    }


def _combinations(found: Sensitivity) -> int:
    if found.decomposition is None:
        return found.too_many
    return int(np.prod([len(own) for own in found.decomposition.factors.values()], dtype=np.int64))


def _variances(found: Sensitivity) -> tuple[Floats, Floats]:
    sampling = reference_variance(found.card)
    if found.decomposition is not None:
        return sampling, found.decomposition.variance
    size = len(sampling)
    return sampling, np.full(size, np.nan if found.too_many else 0.0)


def scenario_row(found: Sensitivity, each: Comparison) -> Row:
    """What a scenario does to the whole table."""
    row: Row = {
        "scenario": each.scenario.name,
        "kind": each.scenario.kind,
        "status": "refused",
        "reason": each.refused,
        "note": ERROR if each.scenario.kind == "error" else "",
    }
    names = (
        "units_compared",
        "units_lost",
        "mean_change",
        "mean_abs_change",
        "max_abs_change",
        "mean_rank_shift",
        "max_rank_shift",
        "pairs_reversed",
    )
    if each.outcome is None:
        return row | dict.fromkeys(names)
    before, after = found.reference.index, each.outcome.index
    change = (after - before)[~np.isnan(after - before)]
    moved, share = shifts(before, after)
    row["status"] = "applied" if change.any() or len(change) < len(after) else "unchanged"
    if not len(change):
        return row | dict.fromkeys(names) | {"units_compared": 0}
    values = (
        len(change),
        int((~np.isnan(before) & np.isnan(after)).sum()),
        float(change.mean()),
        float(np.abs(change).mean()),
        float(np.abs(change).max()),
        float(np.abs(moved).mean()),
        int(np.abs(moved).max()),
        writing.number(share),
    )
    return row | dict(zip(names, values, strict=True))


def score_rows(found: Sensitivity) -> Iterator[Row]:
    """A row for each unit and applied scenario, the reference first."""
    base = found.reference
    ranks = rank_within(base.index)
    every = [Comparison(Scenario("reference"), base), *found.comparisons]
    for each in every:
        if each.outcome is None:
            continue
        here = rank_within(each.outcome.index)
        for unit, name in enumerate(found.card.data.units):
            old, new = ranks[unit], here[unit]
            yield {
                "unit": name,
                "scenario": each.scenario.name,
                "kind": each.scenario.kind,
                "score": writing.number(each.outcome.score[unit]),
                "max_available": writing.number(each.outcome.maximum[unit]),
                "index": writing.number(each.outcome.index[unit]),
                "rank": new,
                "change": writing.number(each.outcome.index[unit] - base.index[unit]),
                "rank_shift": None if old is None or new is None else new - old,
            }


def unit_rows(found: Sensitivity) -> list[Row]:
    """A row for each unit: its range of index and rank, and where the movement comes from."""
    choices = [found.reference, *_outcomes(found, "choice")]
    everything = [*choices, *_outcomes(found, "leave_out")]
    place = {row["unit"]: row for row in league(found.card).rank_rows()}
    sampling, choice = _variances(found)
    ranks = rank_within(found.reference.index)
    rows = []
    for unit, name in enumerate(found.card.data.units):
        row: Row = {
            "unit": name,
            "index": writing.number(found.reference.index[unit]),
            "rank": ranks[unit],
        }
        row |= _ranges(choices, unit, "") | _ranges(everything, unit, "_with_leaving_out")
        row |= {"sampling_rank_lo": place[name]["lo"], "sampling_rank_hi": place[name]["hi"]}
        rows.append(row | _sources(found, unit, float(sampling[unit]), float(choice[unit])))
    return rows


def _outcomes(found: Sensitivity, kind: str) -> list[Outcome]:
    return [e.outcome for e in found.comparisons if e.outcome and e.scenario.kind == kind]


def _ranges(outcomes: list[Outcome], unit: int, suffix: str) -> Row:
    index = [float(each.index[unit]) for each in outcomes if each.ranked[unit]]
    ranks = [rank_within(each.index)[unit] for each in outcomes if each.ranked[unit]]
    known = [rank for rank in ranks if rank is not None]
    return {
        f"index_lo{suffix}": min(index, default=None),
        f"index_hi{suffix}": max(index, default=None),
        f"rank_lo{suffix}": min(known, default=None),
        f"rank_hi{suffix}": max(known, default=None),
    }


def _sources(found: Sensitivity, unit: int, sampling: float, choice: float) -> Row:
    """Variance of the index by source; null where a source is not known, with the reason."""
    reason = ""
    if np.isnan(sampling):
        reason = "no_se"
    elif np.isnan(choice):
        reason = "too_many_combinations" if found.too_many else "not_ranked_in_every_combination"
    total = sampling + choice
    main = ""
    if found.decomposition is not None and not np.isnan(choice) and choice > 1e-18:
        names = list(found.decomposition.factors)
        main = names[int(np.argmax(found.decomposition.first[:, unit]))]
    return {
        "sampling_variance": writing.number(sampling),
        "choice_variance": writing.number(choice),
        "share_of_choices": choice / total if not reason and total > 0 else None,
        "main_choice": main,
        "reason": reason,
    }


def decomposition_rows(found: Sensitivity) -> list[Row]:
    """First-order and total share of each factor, for each unit and for the mean rank shift."""
    parts = found.decomposition
    if parts is None:
        return []
    rows = []
    names = found.card.data.units
    for at, (factor, levels) in enumerate(parts.factors.items()):
        shares: Mapping[str, tuple[Any, Any]] = {
            name: (parts.first[at, unit], parts.total[at, unit]) for unit, name in enumerate(names)
        }
        both = (parts.shift_first[at], parts.shift_total[at])
        for of, unit, (first, total) in (
            ("mean rank shift", "", both),
            *(("index", name, pair) for name, pair in shares.items()),
        ):
            row = {"of": of, "unit": unit, "factor": factor, "levels": len(levels)}
            row |= {"first_order": writing.number(first), "total": writing.number(total)}
            rows.append(row)
    return rows
