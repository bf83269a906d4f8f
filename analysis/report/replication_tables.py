"""Writes standard errors from replicate weights beside the linearised ones: `replicates`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from analysis.design.replicate_weights import Replicates
from analysis.io import writing
from analysis.replication.variances import replicated
from analysis.scoring.score import Scorecard


def write(card: Scorecard, replicates: Replicates, out: Path) -> None:
    """Write replicates.json, its tables and manifest.json."""
    out.mkdir(parents=True, exist_ok=True)
    found = results(card, replicates)
    writing.write_json(out / "replicates.json", found)
    for name in ("units", "criteria", "estimates"):
        writing.write_csv(out / f"replicates_{name}.csv", found[name])
    writing.write_manifest(
        out,
        card.data.fingerprints,
        found["settings"],
        command="replicates",
        arguments={"scoring": asdict(card.settings)},
    )


def results(card: Scorecard, replicates: Replicates) -> dict[str, Any]:
    """The content of replicates.json: each standard error twice, linearised and by replicates."""
    data, found = card.data, replicated(card, replicates)
    names = [criterion.name for criterion in data.criteria]
    asked = [question.name for question in data.questions]
    cells = [{"unit": u, "group": g} for u in data.units for g in data.groups]
    variance = found.covariance.diagonal()
    return {
        "settings": {
            "method": replicates.kind,
            "replicates": replicates.number if replicates.kind == "bootstrap" else None,
            "seed": replicates.seed if replicates.kind == "bootstrap" else None,
            "weights": card.settings.weights,
            "missing": card.settings.missing,
        },
        "units": [
            {"unit": unit, "score": writing.number(card.units.score[at])}
            | _twice(card.units.se[at], variance[at])
            for at, unit in enumerate(data.units)
        ],
        "criteria": [
            {"unit": unit, "criterion": name} | _twice(card.criteria.se[u, c], found.criteria[u, c])
            for u, unit in enumerate(data.units)
            for c, name in enumerate(names)
        ],
        "estimates": [
            own | {"question": name} | _twice(card.estimates.se[c, q], found.means[c, q])
            for c, own in enumerate(cells)
            for q, name in enumerate(asked)
        ],
        "covariance": {
            "units": list(data.units),
            "matrix": [[writing.number(value) for value in row] for row in found.covariance],
        },
    }


def _twice(linearised: float, variance: float) -> dict[str, Any]:
    se = writing.number(np.sqrt(variance)) if variance >= 0 else None
    return {"se_taylor": writing.number(linearised), "se": se}
