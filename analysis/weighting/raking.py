"""Weights that meet counts of the population: raked, and capped where none may be too large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.numeric import ZERO, Floats, Ints, sums

SWEEPS = 5000
TRIMS = 100
MET = 1e-8  # a margin is met when it is off by no more than this share of it
STILL = 1e-13  # raking ends when no weight moves by more than this share


@dataclass(frozen=True, kw_only=True)
class Margin:
    """Counts to be met: `ids` by row (-1: not in the population), `names` and `count` by level."""

    ids: Ints
    names: tuple[str, ...]
    count: Floats

    def without_respondents(self) -> list[str]:
        """Levels that the population has and the file has not."""
        answered = set(self.ids.tolist())
        levels = enumerate(self.names)
        return [name for k, name in levels if self.count[k] > 0 and k not in answered]

    def counted_zero(self) -> list[str]:
        """Levels that the file has and of which the population counts nobody."""
        answered = set(self.ids.tolist())
        return [name for k, name in enumerate(self.names) if self.count[k] == 0 and k in answered]


def rake(weight: Floats, margins: Sequence[Margin], sweeps: int = SWEEPS) -> Floats | None:
    """Scale weights to each margin in turn until they stand still.

    Parameters
    ----------
    weight : (rows,) array
    margins : sequence of Margin
        With a single margin this is post-stratification, done in one sweep.
    sweeps : int
        How often at most.

    Returns
    -------
    (rows,) array or None
        None if the margins cannot be met.
    """
    raked = swept(weight, margins, sweeps)
    return None if missed_levels(raked, margins) else raked


def swept(weight: Floats, margins: Sequence[Margin], sweeps: int) -> Floats:
    """Weights after sweeps over the margins; those of the last whole sweep where one fails.

    Parameters
    ----------
    weight : (rows,) array
    margins : sequence of Margin
    sweeps : int
        How often at most.

    Returns
    -------
    (rows,) array
        Whether they meet the margins tells `missed_levels`.
    """
    raked = weight.astype(float)
    for _ in range(sweeps):
        before = raked
        for margin in margins:
            total = sums(margin.ids, raked, len(margin.names))
            if np.any((total <= 0) & (margin.count > 0)):
                return before
            raked = raked * (margin.count / np.where(total > 0, total, 1.0))[margin.ids]
        kept = before > 0
        if len(margins) == 1 or np.abs(raked[kept] / before[kept] - 1).max(initial=0) < STILL:
            break
    return raked


def missed_levels(weight: Floats, margins: Sequence[Margin]) -> tuple[str, ...]:
    """Levels whose weights do not add up to their count."""
    missed: list[str] = []
    for margin in margins:
        total = sums(margin.ids, weight, len(margin.names))
        counted = margin.count > 0
        off = np.abs(total[counted] / margin.count[counted] - 1) > MET
        missed += [margin.names[level] for level in np.flatnonzero(counted)[off]]
    return tuple(missed)


def trim(weight: Floats, medians: float) -> Floats:
    """Cap weights at so many medians, and share what was cut among the others."""
    cap = cap_of(weight, medians)
    trimmed = weight.astype(float)
    for _ in range(TRIMS):
        over = trimmed > cap
        if not over.any() or over.all():
            return trimmed
        cut = float((trimmed[over] - cap).sum())
        kept = np.where(over, 0.0, trimmed)
        trimmed = np.where(over, cap, trimmed * (1 + cut / kept.sum()))
        if not (trimmed > cap * (1 + ZERO)).any():
            return trimmed
    return trimmed


def cap_of(weight: Floats, medians: float) -> float:
    """So many times the median of the weights above 0 (a replicate leaves some out)."""
    return medians * float(np.median(weight[weight > 0])) if (weight > 0).any() else 0.0


def fitted(weight: Floats, margins: Sequence[Margin], medians: float | None) -> Floats | None:
    """Weights that meet the margins, none of them above the cap where both can be had.

    Without margins `trim`. With: cap and rake again until no weight is above; the cap is that of
    the first raked weights. When the margins need larger weights, the margins win.

    Parameters
    ----------
    weight : (n,) array
    margins : sequence of Margin
    medians : float or None
        The cap in medians of the weights; None for no cap.

    Returns
    -------
    (n,) array or None
        None where raking does not converge.
    """
    if not margins:
        return weight if medians is None else trim(weight, medians)
    raked = rake(weight, margins)
    if raked is None or medians is None:
        return raked
    cap = cap_of(raked, medians)
    for _ in range(TRIMS):
        if not (raked > cap * (1 + MET)).any():
            break
        again = rake(np.minimum(raked, cap), margins)
        if again is None:
            break
        raked = again
    return raked
