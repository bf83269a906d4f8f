"""The variance that choices cause in an index, by choice.

The choices are crossed in full, each level equally likely, so that the decomposition is exact and
not simulated: first order S = Var(E[Y|X_i])/Var(Y), total T = E[Var(Y|X_others)]/Var(Y) (Saisana,
Saltelli and Tarantola 2005, doi 10.1111/j.1467-985X.2005.00350.x), which Jansen (1999) estimates by
sampling.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from analysis.numeric import ZERO_CHOICE, Floats
from analysis.ranking.ranks import rank_min
from analysis.sensitivity.rescoring import Workbench
from analysis.sensitivity.scenarios import Scenario


@dataclass(frozen=True, kw_only=True)
class Decomposition:
    """Variance over all combinations of choices.

    Attributes
    ----------
    factors : mapping of str to tuple of str
        Factor to its levels, the reference first.
    variance : array of float, (units,)
        Variance of the index (in per cent) over the combinations.
    first, total : array of float, (factors, units)
        First-order and total share of each factor; NaN without any variance.
    shift_first, shift_total : array of float, (factors,)
        The same for the mean rank shift of all units.
    mean_shift : float
        Mean rank shift over the combinations, in ranks.
    """

    factors: Mapping[str, tuple[str, ...]]
    variance: Floats
    first: Floats
    total: Floats
    shift_first: Floats
    shift_total: Floats
    mean_shift: float

    @property
    def combinations(self) -> int:
        """How many combinations were scored."""
        return int(np.prod([len(levels) for levels in self.factors.values()], dtype=np.int64))

    def main_factor(self, unit: int) -> str:
        """The factor with the largest first-order share in the index of a unit."""
        return list(self.factors)[int(np.argmax(self.first[:, unit]))]


def decompose(bench: Workbench, levels: Mapping[str, Sequence[Scenario]]) -> Decomposition | None:
    """Score every combination of the levels, and divide the variance among the factors.

    Parameters
    ----------
    bench : Workbench
        Scores the combinations.
    levels : mapping of str to sequence of Scenario
        Factor to its levels, the reference first.

    Returns
    -------
    Decomposition or None
        None where there is nothing to combine.

    References
    ----------
    Saisana, M., Saltelli, A. and Tarantola, S. (2005). Uncertainty and sensitivity analysis
    techniques as tools for the quality assessment of composite indicators. Journal of the Royal
    Statistical Society A 168.
    """
    if not levels:
        return None
    shape = tuple(len(scenarios) for scenarios in levels.values())
    index = np.full((*shape, len(bench.data.units)), np.nan)
    for combination in product(*(range(size) for size in shape)):
        chosen = {
            factor: getattr(scenarios[level], factor)
            for (factor, scenarios), level in zip(levels.items(), combination, strict=True)
        }
        index[combination] = bench.outcome(Scenario(name="combination", **chosen)).index
    shift = _mean_rank_shift(index.reshape(-1, index.shape[-1]))
    variance, first, total = indices(index, len(shape))
    _, shift_first, shift_total = indices(shift.reshape((*shape, 1)), len(shape))
    return Decomposition(
        factors={name: tuple(s.name for s in scenarios) for name, scenarios in levels.items()},
        variance=variance,
        first=first,
        total=total,
        shift_first=shift_first[:, 0],
        shift_total=shift_total[:, 0],
        mean_shift=float(shift.mean()),
    )


def _mean_rank_shift(index: Floats) -> Floats:
    """(combinations,): mean shift from the first of the units that every combination ranks."""
    always_ranked = ~np.isnan(index).any(axis=0)
    if not always_ranked.any():
        return np.zeros(len(index))
    ranks = np.stack([rank_min(row) for row in index[:, always_ranked]])
    return np.asarray(np.abs(ranks - ranks[0]).mean(axis=1))


def indices(values: Floats, factors: int) -> tuple[Floats, Floats, Floats]:
    """First-order and total sensitivity indices over a full grid.

    Parameters
    ----------
    values : array of float, (levels of factor 1, ..., levels of the last factor, outputs)
        The outputs at every combination of the levels.
    factors : int
        How many factors there are.

    Returns
    -------
    variance : array of float, (outputs,)
        Variance over the grid.
    first, total : array of float, (factors, outputs)
        Shares of the variance; NaN where there is none.
    """
    axes = tuple(range(factors))
    variance = values.var(axis=axes)
    known = np.where(variance > ZERO_CHOICE, variance, np.nan)
    first, total = [], []
    for axis in axes:
        others = tuple(other for other in axes if other != axis)
        first.append(values.mean(axis=others).var(axis=0) / known)
        total.append(values.var(axis=axis).mean(axis=tuple(range(factors - 1))) / known)
    return variance, np.array(first), np.array(total)
