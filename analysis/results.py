"""Everything that one scoring found, computed once: what reports take, and the public face."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.dataset.frame_modes_file import OPEN
from analysis.dataset.model import Dataset
from analysis.nonresponse.response_rates import Rates, frame_rates, open_rates
from analysis.ranking.league_table import LeagueTable, Rules, rank_units
from analysis.replication.jackknife_errors import JackknifeErrors
from analysis.replication.scorecards import scorecard
from analysis.scoring.score import Scorecard
from analysis.scoring.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Results:
    """Scores, ranks, jackknife errors and response rates of one data set under one choice.

    Attributes
    ----------
    scorecard : Scorecard
        Means, criteria and scores with their errors, and the covariance of the scores.
    ranking : LeagueTable
        Ranks, their simultaneous intervals, bands and pairwise tests.
    jackknife : JackknifeErrors or None
        Standard errors by replicates; only with ``Settings(variance="jkn")``.
    rates : mapping from (unit, group) to rates by name
        Response rates of each line of the frame.
    rates_by_mode : mapping from (unit, group, mode) to rates by name
        The same by mode of answering, where the frame has it.
    """

    scorecard: Scorecard
    ranking: LeagueTable
    jackknife: JackknifeErrors | None
    rates: Mapping[tuple[int, int], Rates]
    rates_by_mode: Mapping[tuple[int, int, str], Rates]


def compute(data: Dataset, settings: Settings | None = None, rules: Rules | None = None) -> Results:
    """Score and rank a data set. Raises `ProblemsFound` when calibration lacks its counts."""
    return of(scorecard(data, settings), rules)


def of(card: Scorecard, rules: Rules | None = None) -> Results:
    """Rank a scorecard, and add what else is told with it."""
    by_jackknife = card.settings.variance == "jkn"
    return Results(
        scorecard=card,
        ranking=rank_units(card, rules),
        jackknife=JackknifeErrors.of(card) if by_jackknife else None,
        rates={cell: frame_rates(line) for cell, line in card.data.frame.items()},
        rates_by_mode={
            cell: open_rates(line) if cell[2] in OPEN else frame_rates(line)
            for cell, line in card.data.modes.items()
        },
    )
