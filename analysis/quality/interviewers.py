"""Whether the forms of a cell differ by interviewer or by mode: one-way analysis of variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from analysis.dataset.model import Dataset
from analysis.numeric import ZERO_VARIANCE, Floats, Ints, sums


@dataclass(frozen=True, kw_only=True)
class Effect:
    """Analysis of variance of one cell by one factor; None where no test exists.

    Attributes
    ----------
    factor : str
        Column of respondents.csv, `enumerator` or `mode`.
    cell : int
        Number of the unit × group.
    forms, levels : int
        Forms with a mean coefficient, and levels of the factor among them.
    f, p, icc : float or None
        F statistic, its p value, and the intraclass correlation ICC(1).
    p_adjusted : float or None
        `p` adjusted over the cells (Benjamini and Hochberg).
    farthest : str
        The level that differs most from the others, in standard errors.
    difference : float or None
        Its mean coefficient less that of the other forms.
    """

    factor: str
    cell: int
    forms: int
    levels: int
    f: float | None = None
    p: float | None = None
    icc: float | None = None
    p_adjusted: float | None = None
    farthest: str = ""
    difference: float | None = None

    @property
    def reason(self) -> str:
        """Why there is no test; empty where there is one."""
        return "" if self.p is not None else "no_variance_within_or_too_few"


def row_means(data: Dataset) -> Floats:
    """Mean coefficient of each row over the questions that it answered.

    Parameters
    ----------
    data : Dataset
        Answers and the coefficient of each option.

    Returns
    -------
    array of float, (rows,)
        Coefficients from 0 to 1; NaN where a row answered nothing.
    """
    total, n_answered = np.zeros(data.rows), np.zeros(data.rows)
    for coefs, codes in zip(data.coefs, data.answers, strict=True):
        value = coefs[codes]
        total += np.nan_to_num(value)
        n_answered += ~np.isnan(value)
    return np.where(n_answered > 0, total / np.maximum(n_answered, 1), np.nan)


def effects(data: Dataset, factor: str) -> list[Effect]:
    """One-way analysis of variance of the rows' mean coefficients, cell by cell.

    Parameters
    ----------
    data : Dataset
        The forms; without a column `factor` nothing is tested.
    factor : str
        Column of respondents.csv whose levels are compared.

    Returns
    -------
    list of Effect
        One for each cell with two or more levels, in the order of cells.

    References
    ----------
    Shrout, P. E. and Fleiss, J. L. (1979). Intraclass correlations: uses in assessing rater
    reliability. Psychological Bulletin 86.
    """
    column = data.covariates.get(factor)
    if column is None:
        return []
    means = row_means(data)
    known = np.array([label != "" for label in column.labels] or [False])[column.codes]
    order = np.argsort(data.cell, kind="stable")
    order = order[(known & ~np.isnan(means))[order]]
    ends = np.searchsorted(data.cell[order], np.arange(data.cells + 1))
    tests = []
    for cell in np.flatnonzero(np.diff(ends) > 1).tolist():
        rows = order[ends[cell] : ends[cell + 1]]
        levels, ids = np.unique(column.codes[rows], return_inverse=True)
        if len(levels) > 1:
            names = [column.labels[code] for code in levels.tolist()]
            tests.append(_effect(factor, cell, means[rows], ids, names))
    return _adjusted(tests)


def _effect(factor: str, cell: int, values: Floats, ids: Ints, names: Sequence[str]) -> Effect:
    """F = MSB/MSW, ICC(1) = (MSB - MSW)/(MSB + (n0 - 1) MSW) (Shrout and Fleiss 1979)."""
    forms, levels = len(values), len(names)
    n = np.bincount(ids, minlength=levels).astype(float)
    mean = sums(ids, values, levels) / n
    squares_within = float(((values - mean[ids]) ** 2).sum())
    between = float((n * (mean - values.mean()) ** 2).sum()) / (levels - 1)
    untested = Effect(factor=factor, cell=cell, forms=forms, levels=levels)
    if forms <= levels or squares_within <= ZERO_VARIANCE:
        return untested
    within = squares_within / (forms - levels)
    n0 = (forms - float((n**2).sum()) / forms) / (levels - 1)
    mean_of_others = (values.sum() - n * mean) / (forms - n)
    deviation = (mean - mean_of_others) / np.sqrt(1 / n + 1 / (forms - n))
    farthest = int(np.argmax(np.abs(deviation)))
    return replace(
        untested,
        f=between / within,
        p=float(special.fdtrc(levels - 1, forms - levels, between / within)),
        icc=(between - within) / (between + (n0 - 1) * within),
        farthest=names[farthest],
        difference=float(mean[farthest] - mean_of_others[farthest]),
    )


def _adjusted(tests: list[Effect]) -> list[Effect]:
    tested = [test for test in tests if test.p is not None]
    adjusted = benjamini_hochberg(np.array([test.p for test in tested]), len(tested)).tolist()
    by_cell = {test.cell: value for test, value in zip(tested, adjusted, strict=True)}
    return [replace(test, p_adjusted=by_cell.get(test.cell)) for test in tests]


def benjamini_hochberg(p: Floats, tests: int) -> Floats:
    """Adjusted p values that control the false discovery rate.

    Parameters
    ----------
    p : array of float, (m,)
        The m smallest p values; those left out could only lower the adjusted ones.
    tests : int
        How many tests were made, m or more.

    Returns
    -------
    array of float, (m,)
        Adjusted p values, in the order of `p`.

    References
    ----------
    Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the
    Royal Statistical Society B 57.
    """
    order = np.argsort(p, kind="stable")
    stepped = p[order] * tests / np.arange(1, len(p) + 1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    return adjusted
