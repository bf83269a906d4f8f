"""Everything about unit nonresponse in one object: what `python -m analysis nonresponse` tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis.nonresponse.bounds import MeanBounds, mean_bounds
from analysis.nonresponse.response_balance import ResponseBalance, response_balance
from analysis.nonresponse.unit_nonresponse import ScoreBounds, score_bounds
from analysis.scoring.score import Scorecard
from analysis.sensitivity.tipping import TippingPoint, tipping_points


@dataclass(frozen=True, kw_only=True)
class NonresponseAnalysis:
    """What the nonrespondents could change, and how well the respondents represent them.

    Attributes
    ----------
    card : Scorecard
        The scores.
    scores : tuple of ScoreBounds
        Bounds of the points, by unit.
    means : tuple of MeanBounds
        Bounds of the means, by unit, group and question.
    tipping : tuple of TippingPoint
        What it takes to change a rank or a grade.
    balance : tuple of ResponseBalance
        R-indicators.
    """

    card: Scorecard
    scores: tuple[ScoreBounds, ...]
    means: tuple[MeanBounds, ...]
    tipping: tuple[TippingPoint, ...]
    balance: tuple[ResponseBalance, ...]


def nonresponse_analysis(
    card: Scorecard, merged: Mapping[str, Any] | None = None
) -> NonresponseAnalysis:
    """Bounds, tipping points and R-indicators of a scorecard.

    Parameters
    ----------
    card : Scorecard
        Scores, and the counts of frame.csv and population.csv.
    merged : mapping, optional
        The content of merged.json: with it grades have tipping points too.

    Returns
    -------
    NonresponseAnalysis
    """
    return NonresponseAnalysis(
        card=card,
        scores=tuple(score_bounds(card)),
        means=tuple(mean_bounds(card)),
        tipping=tipping_points(card, merged),
        balance=tuple(response_balance(card)),
    )
