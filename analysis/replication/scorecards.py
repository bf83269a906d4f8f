"""A scorecard by the variance that its settings ask for: linearised, or by the jackknife."""

from __future__ import annotations

from analysis.dataset.model import Dataset
from analysis.replication.jackknife_scorecard import jackknifed
from analysis.scoring.score import Scorecard, scoring_of
from analysis.scoring.settings import Settings


def scorecard(data: Dataset, settings: Settings | None = None) -> Scorecard:
    """Score every unit. Raises `ProblemsFound` when calibration lacks its counts."""
    scoring = scoring_of(data, settings)
    card = scoring.scorecard()
    return jackknifed(scoring, card) if scoring.settings.variance == "jkn" else card
