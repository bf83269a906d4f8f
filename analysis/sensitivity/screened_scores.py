"""Scores without the forms that a screening flagged, compared with the scores of all forms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from analysis.numeric import Bools, Floats, Ints
from analysis.quality.order_effects import OrderEffect, order_effects
from analysis.quality.screening import Limits, Screening, screen
from analysis.scoring.score import Scorecard, score
from analysis.sensitivity.rescoring import rank_within


@dataclass(frozen=True, kw_only=True)
class ScoresWithout:
    """The scores of all units without the answers of the forms that carry a flag.

    Attributes
    ----------
    flag : str
        The flag, or `any` for forms with at least one.
    flagged : array of int, (units,)
        Forms left out.
    score, se_nr, difference : array of float, (units,)
        Points without them, their standard error, and the points less those of all forms.
    ranks : list of int or None
        Rank of each unit without them; None for units that are not ranked.
    """

    flag: str
    flagged: Ints
    score: Floats
    se_nr: Floats
    difference: Floats
    ranks: list[int | None]


@dataclass(frozen=True, kw_only=True)
class ScreenedScores:
    """A screening of the forms, and what the flagged forms change.

    Attributes
    ----------
    card : Scorecard
        The scores of all forms.
    ranks : list of int or None
        Rank of each unit by them.
    screening : Screening
        Flags, pairs of forms and analyses of variance.
    orders : tuple of OrderEffect
        Effects of the order in which options were shown.
    without : tuple of ScoresWithout
        One for each flag that some form carries.
    """

    card: Scorecard
    ranks: list[int | None]
    screening: Screening
    orders: tuple[OrderEffect, ...]
    without: tuple[ScoresWithout, ...]


def screened_scores(card: Scorecard, limits: Limits | None = None) -> ScreenedScores:
    """Screen the forms of a scorecard, and score its units without the flagged ones.

    Parameters
    ----------
    card : Scorecard
        The scores of all forms.
    limits : Limits, optional
        From where on a form is flagged.

    Returns
    -------
    ScreenedScores

    Raises
    ------
    ProblemsFound
        When option_orders.csv has a fault.
    """
    screening = screen(card.data, limits)
    return ScreenedScores(
        card=card,
        ranks=_ranks(card),
        screening=screening,
        orders=tuple(order_effects(card.data)),
        without=tuple(_without_flagged(card, screening)),
    )


def _without_flagged(card: Scorecard, screening: Screening) -> Iterator[ScoresWithout]:
    for flag, flagged in screening.flags_and_any.items():
        if flagged.any():
            yield _without(card, flag, flagged)


def _without(card: Scorecard, flag: str, flagged: Bools) -> ScoresWithout:
    as_weighted = replace(card.settings, adjust="none")  # the card's weights are adjusted already
    answers = card.data.answers.copy()
    answers[:, flagged] = 0
    rescored = score(replace(card.data, answers=answers), as_weighted)
    return ScoresWithout(
        flag=flag,
        flagged=np.bincount(card.data.unit[flagged], minlength=len(card.data.units)),
        score=rescored.units.score,
        se_nr=rescored.units.se_nr,
        difference=rescored.units.score - card.units.score,
        ranks=_ranks(rescored),
    )


def _ranks(card: Scorecard) -> list[int | None]:
    return rank_within(np.where(card.aggregation.complete, card.units.score, np.nan))
