"""What the rows of one unit and group show of their design, made coarser until enough are alike.

Whoever holds the list of the sample knows everybody's stratum, PSU, weight and way of answering. So
in each unit × group the design is shown at the finest of five levels at which every row looks like
at least `fewest` - 1 others:

0. as it is;
1. without the mode of answering;
2. without PSUs and their sizes;
3. without strata and their sizes;
4. and near weights are made one: in their order, until enough rows share each.

Levels 0 to 3 change no estimate. What people say of themselves is taken in after that, question by
question, as long as rows that are alike in all of it stay enough; else the question is withheld
in that unit × group. A PSU of one row is that row (it was drawn by itself), and is not shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.numeric import Floats, Ints
from analysis.opendata.variables import WITHHELD

FEWEST = 5
"""Of open data; decision 14 has three where a release stays in the office."""


@dataclass(frozen=True, kw_only=True)
class Design:
    """The design of the rows of one unit and group, each an array over rows; `mode` may be 0."""

    stratum: Ints
    psu: Ints
    weight: Floats
    fpc1: Floats
    fpc2: Floats
    mode: Ints


@dataclass(frozen=True, kw_only=True)
class Coarsened:
    """The columns to show, (rows, 6), in the order of `Design`; and how coarse they are."""

    shown: Floats
    level: int
    classes: Ints


def coarsened(design: Design, fewest: int = FEWEST) -> Coarsened:
    """The finest level at which enough rows are alike."""
    stratum, psu, weight = _numbered(design.stratum), design.psu, design.weight
    whole = np.column_stack(
        [stratum, psu, weight, design.fpc1, design.fpc2, np.where(design.mode, design.mode, np.nan)]
    ).astype(float)
    whole[:, 1] = _psus(stratum, psu)
    for level, hidden in enumerate(((), (5,), (1, 4, 5), (0, 1, 3, 4, 5))):
        shown = whole.copy()
        shown[:, list(hidden)] = WITHHELD
        classes = alike(shown)
        if np.bincount(classes).min() >= fewest:
            return Coarsened(shown=shown, level=level, classes=classes)
    shown[:, 2] = _near(weight, fewest)
    return Coarsened(shown=shown, level=4, classes=alike(shown))


def shown_of_people(classes: Ints, told: Sequence[Floats], fewest: int = FEWEST) -> list[bool]:
    """Which questions about people may be shown beside the design.

    Parameters
    ----------
    classes : array of int, shape (rows,)
        Rows that are alike so far.
    told : sequence of arrays, shape (rows, columns)
        What each question says, in the order of asking.
    fewest : int
        The fewest rows that must be alike.
    """
    may = []
    for columns in told:
        finer = alike(np.column_stack([classes, columns]))
        may.append(bool(np.bincount(finer).min() >= fewest))
        if may[-1]:
            classes = finer
    return may


def alike(columns: Floats) -> Ints:
    """The number of each row's class: rows that are equal in all columns; blank equals blank."""
    known = np.where(np.isnan(columns), -np.inf, columns)
    _, classes = np.unique(known, axis=0, return_inverse=True)
    return np.asarray(classes).reshape(-1)


def _numbered(labels: Ints) -> Ints:
    """Numbers from 1 in the order of the labels."""
    return np.asarray(np.unique(labels, return_inverse=True)[1]).reshape(-1) + 1


def _psus(stratum: Ints, psu: Ints) -> Floats:
    """PSUs numbered within their stratum; NaN throughout where each row is a PSU of its own."""
    both = np.column_stack([stratum, psu])
    pairs, at = np.unique(both, axis=0, return_inverse=True)
    if len(pairs) == len(both):
        return np.full(len(both), np.nan)
    first = np.searchsorted(pairs[:, 0], pairs[:, 0])
    numbers = np.arange(len(pairs)) - first + 1
    return numbers[np.asarray(at).reshape(-1)].astype(float)


def _near(weight: Floats, fewest: int) -> Floats:
    """Weights in their order, put together until enough rows share one: their mean."""
    values, at, counts = np.unique(weight, return_inverse=True, return_counts=True)
    runs: list[list[int]] = []
    for number in range(len(values)):
        if runs and counts[runs[-1]].sum() < fewest:
            runs[-1].append(number)
        else:
            runs.append([number])
    if len(runs) > 1 and counts[runs[-1]].sum() < fewest:
        rest = runs.pop()
        runs[-1] += rest
    near = np.empty(len(values))
    for run in runs:
        near[run] = (values[run] * counts[run]).sum() / counts[run].sum()
    return np.asarray(near[np.asarray(at).reshape(-1)])
