"""Scores under another scenario, from counts that never change.

Every scenario is scored from the counts of each cell: the number and the weight of each answer
(OECD and JRC 2008, "Handbook on Constructing Composite Indicators"). Scores are compared as per
cent of what a unit could earn, because leaving something out changes the maximum.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from analysis.dataset.model import Dataset
from analysis.estimation.answer_counts import AnswerCounts, count_answers
from analysis.estimation.cells import Cells
from analysis.numeric import Bools, Floats
from analysis.ranking.ranks import rank_min
from analysis.scoring.aggregation import contributions_of, totals
from analysis.scoring.score import Scorecard
from analysis.sensitivity import scenarios
from analysis.sensitivity.scenarios import Refused, Scenario
from analysis.weighting.calibration import WeightKind, calibrate


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the units score under one scenario.

    Attributes
    ----------
    score, maximum : array of float, (units,)
        Points, and the maximum of the criteria that count; NaN without a score.
    ranked : array of bool, (units,)
        Units with a score in which every criterion counts.
    """

    score: Floats
    maximum: Floats
    ranked: Bools

    @cached_property
    def index(self) -> Floats:
        """Per cent, to nine decimals as ranks compare it; NaN for units that are not ranked."""
        with np.errstate(invalid="ignore", divide="ignore"):
            value = np.round(100 * self.score / self.maximum, 9)
        return np.where(self.ranked, value, np.nan)

    @cached_property
    def ranks(self) -> list[int | None]:
        """Rank of each unit by its index; None for units that are not ranked."""
        return rank_within(self.index)


def rank_within(values: Floats) -> list[int | None]:
    """Rank of each unit among those that have a value.

    Parameters
    ----------
    values : array of float, (units,)
        The higher the better; NaN for units that are not ranked.

    Returns
    -------
    list of int or None
        1 is the best; ties share the better rank.
    """
    ranks: list[int | None] = [None] * len(values)
    units = np.flatnonzero(~np.isnan(values))
    for unit, rank in zip(units.tolist(), rank_min(values[units]).tolist(), strict=True):
        ranks[unit] = rank
    return ranks


class Workbench:
    """Scores scenarios from the counts of a scorecard.

    Parameters
    ----------
    card : Scorecard
        The reference, whose data set and settings hold where a scenario changes nothing.
    """

    def __init__(self, card: Scorecard) -> None:
        self.card, self.data, self.settings = card, card.data, card.settings
        self._counts: dict[WeightKind, tuple[AnswerCounts, Bools]] = {
            card.settings.weights: (card.counts, card.weighted.usable_cells)
        }

    def outcome(self, scenario: Scenario) -> Outcome:
        """The scores under a scenario.

        Parameters
        ----------
        scenario : Scenario
            What is changed.

        Returns
        -------
        Outcome

        Raises
        ------
        Refused
            When the data do not allow the scenario, or no unit has a score under it.
        """
        count, usable = self._count(scenario.weight_kind(self.settings.weights))
        count = replace(count, coefs=scenarios.coefficients(self.data, scenario))
        data = replace(self.data, criteria=scenarios.criteria(self.data, scenario))
        mean = np.where(usable[:, None], count.mean, np.nan)
        missing = scenario.missing_rule(self.settings.missing)
        contributions = contributions_of(data, count, mean, missing, self.settings.min_group)
        score, maximum = totals(contributions, missing)
        complete = np.all([criterion.counts for criterion in contributions], axis=0)
        ranked = complete & ~np.isnan(score)
        if not ranked.any():
            raise Refused("no unit has a score")
        return Outcome(score=score, maximum=maximum, ranked=np.asarray(ranked))

    def _count(self, kind: WeightKind) -> tuple[AnswerCounts, Bools]:
        if kind not in self._counts:
            self._counts[kind] = self._weighted(self.data, kind)
        return self._counts[kind]

    def _weighted(self, data: Dataset, kind: WeightKind) -> tuple[AnswerCounts, Bools]:
        if kind != "base" and not data.population:
            raise Refused("there are no population counts (population.csv)")
        calibrated = calibrate(data, kind, ~Cells.of(data).usable, self.settings.trim)
        failed = [part for part in calibrated.parts if part.status != "ok"]
        if failed:
            unit, group = divmod(failed[0].cell, len(data.groups))
            where = f"{data.units[unit]} × {data.groups[group]}"
            status = failed[0].status
            raise Refused(f"{len(failed)} cells cannot be calibrated, as {where}: {status}")
        return count_answers(data, calibrated.weight), calibrated.usable_cells
