"""Writes standard errors from replicate weights beside the linearised ones: `replicates`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from analysis.io import writing
from analysis.replication.standard_errors import ReplicateErrors


def write(errors: ReplicateErrors, out: Path) -> None:
    """Write replicates.json, its tables and manifest.json."""
    out.mkdir(parents=True, exist_ok=True)
    content = results(errors)
    writing.write_json(out / "replicates.json", content)
    for name in ("units", "criteria", "estimates"):
        writing.write_csv(out / f"replicates_{name}.csv", content[name])
    writing.write_manifest(out, errors.card.data.fingerprints, content["settings"])


def results(errors: ReplicateErrors) -> dict[str, Any]:
    """The content of replicates.json: each standard error twice, linearised and by replicates."""
    card, replicates, data = errors.card, errors.replicates, errors.card.data
    criteria = [criterion.name for criterion in data.criteria]
    questions = [question.name for question in data.questions]
    cells = [{"unit": u, "group": g} for u in data.units for g in data.groups]
    return {
        "settings": {
            "method": replicates.kind,
            "replicates": replicates.number if replicates.kind == "bootstrap" else None,
            "seed": replicates.seed if replicates.kind == "bootstrap" else None,
            "weights": card.settings.weights,
            "missing": card.settings.missing,
        },
        "units": [
            {"unit": name, "score": writing.number(card.units.score[unit])}
            | _both(card.units.se[unit], errors.units[unit])
            for unit, name in enumerate(data.units)
        ],
        "criteria": [
            {"unit": unit, "criterion": name} | _both(card.criteria.se[u, c], errors.criteria[u, c])
            for u, unit in enumerate(data.units)
            for c, name in enumerate(criteria)
        ],
        "estimates": [
            cell | {"question": name} | _both(card.estimates.se[c, q], errors.means[c, q])
            for c, cell in enumerate(cells)
            for q, name in enumerate(questions)
        ],
        "covariance": {
            "units": list(data.units),
            "matrix": [[writing.number(value) for value in row] for row in errors.covariance],
        },
    }


def _both(linearised: float, by_replicates: float) -> dict[str, Any]:
    return {"se_taylor": writing.number(linearised), "se": writing.number(by_replicates)}
