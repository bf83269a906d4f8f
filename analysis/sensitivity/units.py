"""How far each unit's index and rank depend on choices, compared with sampling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.numeric import ZERO_CHOICE, Floats
from analysis.ranking.league_table import rank_units
from analysis.scoring.score import Scorecard
from analysis.sensitivity.decomposition import Decomposition
from analysis.sensitivity.rescoring import Outcome


@dataclass(frozen=True, kw_only=True)
class Range:
    """Lowest and highest index (per cent) and rank of a unit over several outcomes."""

    index_lo: float | None
    index_hi: float | None
    rank_lo: int | None
    rank_hi: int | None


@dataclass(frozen=True, kw_only=True)
class VarianceSources:
    """The variance of a unit's index, in per cent squared, by source.

    Attributes
    ----------
    sampling, choice : float
        From the sample and skipped questions, and from the choices; NaN where not known.
    share_of_choices : float or None
        choice / (sampling + choice).
    main_choice : str
        The factor with the largest first-order share; empty without any variance.
    reason : str
        Why there is no share; empty where there is.
    """

    sampling: float
    choice: float
    share_of_choices: float | None
    main_choice: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class UnitSensitivity:
    """How far the index and the rank of one unit depend on choices.

    Attributes
    ----------
    unit : int
        Its number.
    index : float
        Of the reference, in per cent; NaN where the unit is not ranked.
    rank : int or None
        Of the reference.
    choices, with_leaving_out : Range
        Over the scenarios of kind `choice`, and over these and those of kind `leave_out`.
    sampling_rank_lo, sampling_rank_hi : int or None
        The simultaneous interval of the rank from sampling.
    sources : VarianceSources
        Where the variance of the index comes from.
    """

    unit: int
    index: float
    rank: int | None
    choices: Range
    with_leaving_out: Range
    sampling_rank_lo: int | None
    sampling_rank_hi: int | None
    sources: VarianceSources


def reference_variance(card: Scorecard) -> Floats:
    """Variance of the index from the sample and from skipped questions.

    Parameters
    ----------
    card : Scorecard
        With `units.se_nr` in points.

    Returns
    -------
    array of float, (units,)
        In per cent squared; NaN without a standard error or a maximum.
    """
    maximum = np.where(card.units.maximum > 0, card.units.maximum, np.nan)
    return np.asarray((100 * card.units.se_nr / maximum) ** 2)


def unit_sensitivities(
    card: Scorecard,
    choices: Sequence[Outcome],
    left_out: Sequence[Outcome],
    decomposition: Decomposition | None,
    variances: tuple[Floats, Floats],
) -> tuple[UnitSensitivity, ...]:
    """How far every unit depends on the choices.

    Parameters
    ----------
    card : Scorecard
        The reference.
    choices, left_out : sequence of Outcome
        Outcomes of the reference and of the choices, and of leaving something out.
    decomposition : Decomposition or None
        None where nothing was combined.
    variances : tuple of array of float, (units,)
        From sampling and from choices, in per cent squared.

    Returns
    -------
    tuple of UnitSensitivity
    """
    reference, ranking = choices[0], rank_units(card).ranking
    sampling, choice = variances
    return tuple(
        UnitSensitivity(
            unit=unit,
            index=float(reference.index[unit]),
            rank=reference.ranks[unit],
            choices=_range(choices, unit),
            with_leaving_out=_range([*choices, *left_out], unit),
            sampling_rank_lo=ranking.lo[unit],
            sampling_rank_hi=ranking.hi[unit],
            sources=_sources(decomposition, unit, float(sampling[unit]), float(choice[unit])),
        )
        for unit in range(len(card.data.units))
    )


def _range(outcomes: Sequence[Outcome], unit: int) -> Range:
    index = [float(outcome.index[unit]) for outcome in outcomes if outcome.ranked[unit]]
    ranks = [outcome.ranks[unit] for outcome in outcomes if outcome.ranked[unit]]
    known = [rank for rank in ranks if rank is not None]
    return Range(
        index_lo=min(index, default=None),
        index_hi=max(index, default=None),
        rank_lo=min(known, default=None),
        rank_hi=max(known, default=None),
    )


def _sources(
    decomposition: Decomposition | None, unit: int, sampling: float, choice: float
) -> VarianceSources:
    reason = ""
    if np.isnan(sampling):
        reason = "no_se"
    elif np.isnan(choice):
        combined = decomposition is not None
        reason = "not_ranked_in_every_combination" if combined else "too_many_combinations"
    total = sampling + choice
    varies = decomposition is not None and not np.isnan(choice) and choice > ZERO_CHOICE
    return VarianceSources(
        sampling=sampling,
        choice=choice,
        share_of_choices=choice / total if not reason and total > 0 else None,
        main_choice=decomposition.main_factor(unit) if decomposition and varies else "",
        reason=reason,
    )
