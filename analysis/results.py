"""Everything that one scoring found, computed once: what reports take, and the public face."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from analysis.dataset.frame_modes_file import OPEN
from analysis.dataset.key_changes import KeyChanges
from analysis.dataset.model import Dataset
from analysis.nonresponse.response_rates import (
    Rate,
    Rates,
    coverage,
    frame_flags,
    frame_rates,
    open_rates,
)
from analysis.problems import closest
from analysis.ranking.league_table import LeagueTable, Rules, rank_units
from analysis.replication.jackknife_errors import JackknifeErrors
from analysis.replication.scorecards import scorecard
from analysis.scoring.score import Scorecard
from analysis.scoring.settings import Settings
from analysis.weighting.calibration_summary import CalibrationSummary, calibration_summaries


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Every choice of one scoring and ranking: what makes its results from a data set.

    Attributes
    ----------
    settings : Settings
        The choices of the scoring.
    rules : Rules
        The choices of the ranking.
    key : KeyChanges
        Group weights and coefficients in place of those of the files.
    """

    settings: Settings = field(default_factory=Settings)
    rules: Rules = field(default_factory=Rules)
    key: KeyChanges = field(default_factory=KeyChanges)

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        """The choices that options by name ask for, such as the settings of a scores.json.

        Parameters
        ----------
        options : mapping from name to value
            Any of the fields of `Settings`, `Rules` and `KeyChanges`; a list will do for a tuple.

        Raises
        ------
        TypeError
            When a name is no option; the message lists them.
        ValueError
            When a value is none of those allowed; the message lists them.
        """
        settings, rules, key = of_kinds(options, Settings, Rules, KeyChanges)
        return cls(settings=Settings(**settings), rules=Rules(**rules), key=KeyChanges(**key))

    @classmethod
    def names(cls) -> list[str]:
        """The name of every option."""
        return names_of(Settings, Rules, KeyChanges)

    def written(self) -> dict[str, Any]:
        """The settings as results are written with them; `of` makes the same choices of them."""
        return asdict(self.settings) | asdict(self.rules) | self.key.written()


def names_of(*kinds: type) -> list[str]:
    """The options that dataclasses have, each once."""
    return list(dict.fromkeys(one.name for kind in kinds for one in fields(kind)))


def of_kinds(options: Mapping[str, Any], *kinds: type) -> list[dict[str, Any]]:
    """Options by name, sorted to the dataclasses that have them; a list will do for a tuple.

    Raises
    ------
    TypeError
        When a name is no option of any; the message lists them.
    """
    known = names_of(*kinds)
    for name in options:
        if name not in known:
            guess = closest(name, known, limit=0)
            hint = f"; {guess}" if guess else ""
            raise TypeError(f"there is no option {name!r}: one of {', '.join(known)}{hint}")
    given = {name: tuple(v) if isinstance(v, list) else v for name, v in options.items()}
    return [{name: given[name] for name in names_of(kind) if name in given} for kind in kinds]


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
    key : KeyChanges
        Group weights and coefficients in place of those of the files.
    """

    scorecard: Scorecard
    ranking: LeagueTable
    jackknife: JackknifeErrors | None
    rates: Mapping[tuple[int, int], Rates]
    rates_by_mode: Mapping[tuple[int, int, str], Rates]
    coverage: Mapping[tuple[int, int], Rate]
    frame_flags: Mapping[tuple[int, int], tuple[str, ...]]
    calibration: tuple[CalibrationSummary, ...]
    key: KeyChanges = field(default_factory=KeyChanges)

    @property
    def choices(self) -> Choices:
        """The choices that made these results."""
        return Choices(settings=self.scorecard.settings, rules=self.ranking.rules, key=self.key)


def compute(
    data: Dataset,
    settings: Settings | None = None,
    rules: Rules | None = None,
    key: KeyChanges | None = None,
) -> Results:
    """Score and rank a data set.

    Parameters
    ----------
    data : Dataset
    settings : Settings, optional
        The choices of the scoring.
    rules : Rules, optional
        The choices of the ranking.
    key : KeyChanges, optional
        Group weights and coefficients in place of those of the files.

    Returns
    -------
    Results

    Raises
    ------
    ProblemsFound
        When calibration lacks its counts.
    ValueError
        When `key` names what the data set has not.
    """
    key = key or KeyChanges()
    return of(scorecard(key.applied(data), settings), rules, key)


def of(card: Scorecard, rules: Rules | None = None, key: KeyChanges | None = None) -> Results:
    """Rank a scorecard, and add what else is told with it.

    Parameters
    ----------
    card : Scorecard
    rules : Rules, optional
        The choices of the ranking.
    key : KeyChanges, optional
        What the scorecard was scored by in place of the files.

    Returns
    -------
    Results
    """
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
        key=key or KeyChanges(),
    )
