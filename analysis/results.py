"""Everything that one scoring found, computed once: what reports take, and the public face."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.dataset.frame_modes_file import OPEN
from analysis.dataset.model import Dataset
from analysis.nonresponse.response_rates import (
    Rate,
    Rates,
    coverage,
    frame_flags,
    frame_rates,
    open_rates,
)
from analysis.ranking.league_table import LeagueTable, Rules, rank_units
from analysis.replication.jackknife_errors import JackknifeErrors
from analysis.replication.scorecards import scorecard
from analysis.scoring.score import Scorecard
from analysis.scoring.settings import Settings
from analysis.weighting.calibration_summary import CalibrationSummary, calibration_summaries


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
    coverage : mapping from (unit, group) to Rate
        Respondents as a share of the whole group, for each line of the frame.
    frame_flags : mapping from (unit, group) to tuple of str
        What does not agree in the counts of each line of the frame.
    calibration : tuple of CalibrationSummary
        What calibration and trimming did to the weights.
    """

    scorecard: Scorecard
    ranking: LeagueTable
    jackknife: JackknifeErrors | None
    rates: Mapping[tuple[int, int], Rates]
    rates_by_mode: Mapping[tuple[int, int, str], Rates]
    coverage: Mapping[tuple[int, int], Rate]
    frame_flags: Mapping[tuple[int, int], tuple[str, ...]]
    calibration: tuple[CalibrationSummary, ...]


def compute(data: Dataset, settings: Settings | None = None, rules: Rules | None = None) -> Results:
    """Score and rank a data set. Raises `ProblemsFound` when calibration lacks its counts."""
    return of(scorecard(data, settings), rules)


def of(card: Scorecard, rules: Rules | None = None) -> Results:
    """Rank a scorecard, and add what else is told with it."""
    by_jackknife = card.settings.variance == "jkn"
    rows, groups = card.cells.rows, len(card.data.groups)
    return Results(
        scorecard=card,
        ranking=rank_units(card, rules),
        jackknife=JackknifeErrors.of(card) if by_jackknife else None,
        rates={cell: frame_rates(line) for cell, line in card.data.frame.items()},
        rates_by_mode={
            cell: open_rates(line) if cell[2] in OPEN else frame_rates(line)
            for cell, line in card.data.modes.items()
        },
        coverage={cell: coverage(line) for cell, line in card.data.frame.items()},
        frame_flags={
            (unit, group): frame_flags(line, int(rows[unit * groups + group]))
            for (unit, group), line in card.data.frame.items()
        },
        calibration=calibration_summaries(
            card.data.weight, card.weighted.parts, card.settings.trim
        ),
    )
