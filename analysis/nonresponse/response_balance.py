"""The R-indicators of a data set: over the cells of population.csv, and over the units.

Response propensities are population-based, because nothing is known of a nonrespondent but that
there is one. In a cell of population.csv it is responded/invited times the weighted share of the
respondents in the cell over its share of the population; in a unit it is responded/invited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from analysis.dataset.model import Population
from analysis.nonresponse.representativity import Balance, balance, conditional, unconditional
from analysis.numeric import Floats
from analysis.scoring.score import Scorecard
from analysis.weighting.calibration import cell_margins

Source = Literal["population.csv", "frame.csv"]


@dataclass(frozen=True, kw_only=True)
class ResponseBalance:
    """R-indicators of one group, in one unit or over the units.

    Attributes
    ----------
    unit : str or None
        The unit; None where the units are compared.
    group : str
        The group.
    by : str
        The file whose cells or units are compared.
    balance : Balance or None
        R and what belongs to it.
    reason : str
        Why there is no R; empty where there is.
    partial : mapping of str to float
        Partial indicators: P_u by `variable`, P_c by `variable|others`, by value
        `variable=label`; over the units by unit.
    """

    unit: str | None
    group: str
    by: Source
    balance: Balance | None = None
    reason: str = ""
    partial: Mapping[str, float] = field(default_factory=dict)


def response_balance(card: Scorecard) -> list[ResponseBalance]:
    """R-indicators by unit and group over population.csv, then by group over the units.

    Parameters
    ----------
    card : Scorecard
        The data set; respondents count with the weights of `card.data`.

    Returns
    -------
    list of ResponseBalance
        A reason in place of R where it cannot be computed.
    """
    by_cells = [_by_cells(card, *place) for place in card.data.population]
    return by_cells + [_by_units(card, group) for group in range(len(card.data.groups))]


def _by_cells(card: Scorecard, unit: int, group: int) -> ResponseBalance:
    """Over the cells of population.csv in one unit × group."""
    data, population = card.data, card.data.population[unit, group]
    unknown = ResponseBalance(unit=data.units[unit], group=data.groups[group], by="population.csv")
    rows = np.flatnonzero((data.unit == unit) & (data.group == group))
    line = data.frame.get((unit, group))
    if line is None or not line.invited or line.responded is None or not len(rows):
        return replace(unknown, reason="invited or responded not known, or nobody came")
    margin = cell_margins(data, rows, population, "poststratified")[0]
    if (margin.ids < 0).any() or population.count.sum() <= 0:
        return replace(unknown, reason="a respondent is in no cell of population.csv")
    share = population.count / population.count.sum()
    respondents = np.bincount(margin.ids, weights=data.weight[rows], minlength=len(share))
    safe = np.where(share > 0, share, 1.0)
    rate = line.responded / line.invited
    propensity = np.where(share > 0, rate * respondents / respondents.sum() / safe, 0.0)
    return replace(
        unknown,
        balance=balance(share, propensity, line.invited * share),
        partial=_partial(share, propensity, population),
    )


def _partial(share: Floats, propensity: Floats, population: Population) -> dict[str, float]:
    """Partial indicators of each variable of population.csv, and of its values."""
    variables = []
    for number in range(len(population.covariates)):
        labels = [cell[number] for cell in population.values]
        codes = {label: code for code, label in enumerate(dict.fromkeys(labels))}
        values = np.array([codes[label] for label in labels], dtype=np.int64)
        variables.append((list(codes), values))
    partial: dict[str, float] = {}
    for number, name in enumerate(population.covariates):
        labels, values = variables[number]
        total, by_value = unconditional(share, propensity, values)
        others = [column for other, (_, column) in enumerate(variables) if other != number]
        partial[name] = total
        partial[f"{name}|others"] = conditional(share, propensity, others)
        for label, indicator in zip(labels, by_value, strict=True):
            partial[f"{name}={label}"] = float(indicator)
    return partial


def _by_units(card: Scorecard, group: int) -> ResponseBalance:
    """Over the units of frame.csv that say how many were invited and responded."""
    data = card.data
    unknown = ResponseBalance(unit=None, group=data.groups[group], by="frame.csv")
    lines = [(u, line) for (u, g), line in data.frame.items() if g == group]
    known = [(u, line) for u, line in lines if line.invited and line.responded is not None]
    if len(known) < 2:
        return replace(unknown, reason="fewer than two units with invited and responded")
    invited = np.array([line.invited for _, line in known], dtype=float)
    population = np.array([line.population or np.nan for _, line in known], dtype=float)
    share = invited if np.isnan(population).any() else population
    propensity = np.array([line.responded for _, line in known], dtype=float) / invited
    _, by_unit = unconditional(share, propensity, np.arange(len(known)))
    return replace(
        unknown,
        balance=balance(share / share.sum(), propensity, invited),
        partial={data.units[u]: float(p) for (u, _), p in zip(known, by_unit, strict=True)},
    )
