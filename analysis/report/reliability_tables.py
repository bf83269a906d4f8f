"""Writes Cronbach's alpha of each field's questions, and each question beside the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from analysis.io import writing
from analysis.quality.reliability import FEWEST, tables
from analysis.scoring.score import Scorecard


def write(card: Scorecard, fields: Mapping[str, str], out: Path) -> None:
    """Write reliability.json, scales.csv, items.csv and a manifest."""
    out.mkdir(parents=True, exist_ok=True)
    settings = {"level": card.settings.level, "weights": card.settings.weights, "fewest": FEWEST}
    scales, items = tables(card, fields)
    content = {"settings": settings, "scales": scales, "items": items}
    writing.write_json(out / "reliability.json", content)
    writing.write_csv(out / "scales.csv", scales)
    writing.write_csv(out / "items.csv", items)
    writing.write_manifest(
        out,
        {**card.data.fingerprints, **writing.fingerprints(card.data.folder / "index.csv")},
        settings,
        command="reliability",
        arguments={"scoring": asdict(card.settings)},
    )
