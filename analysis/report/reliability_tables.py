"""Writes Cronbach's alpha of each field's questions, and each question compared with the rest."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from analysis.io import writing
from analysis.quality.reliability import FEWEST, Reliability


def write(reliability: Reliability, out: Path) -> None:
    """Write reliability.json, scales.csv, items.csv and a manifest."""
    out.mkdir(parents=True, exist_ok=True)
    card = reliability.card
    settings = {"level": card.settings.level, "weights": card.settings.weights, "fewest": FEWEST}
    scales = [asdict(scale) for scale in reliability.scales]
    items = [asdict(item) for item in reliability.items]
    content = {"settings": settings, "scales": scales, "items": items}
    writing.write_json(out / "reliability.json", content)
    writing.write_csv(out / "scales.csv", scales)
    writing.write_csv(out / "items.csv", items)
    writing.write_manifest(out, card.data.fingerprints, settings)
