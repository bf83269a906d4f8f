"""Whether the forms of a cell differ by who took them: one-way analysis of variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from analysis.dataset.model import Dataset
from analysis.numeric import Floats, Ints, sums


@dataclass(frozen=True)
class Effect:
    """Who took the forms of a cell, or how, and whether it shows; None where no test exists."""

    factor: str
    cell: int
    forms: int
    levels: int
    f: float | None
    p: float | None
    icc: float | None
    p_adjusted: float | None = None
    farthest: str = ""
    difference: float | None = None


def row_means(data: Dataset) -> Floats:
    """Mean coefficient of each row over what it answered; NaN where it answered nothing."""
    total, said = np.zeros(data.rows), np.zeros(data.rows)
    for coefs, codes in zip(data.coefs, data.answers, strict=True):
        value = coefs[codes]
        total += np.nan_to_num(value)
        said += ~np.isnan(value)
    return np.where(said > 0, total / np.maximum(said, 1), np.nan)


def effects(data: Dataset, factor: str) -> list[Effect]:
    """One analysis of variance a cell, over the levels of a column of respondents.csv."""
    column = data.covariates.get(factor)
    if column is None:
        return []
    means = row_means(data)
    known = np.array([label != "" for label in column.labels] or [False])[column.codes]
    order = np.argsort(data.cell, kind="stable")
    order = order[(known & ~np.isnan(means))[order]]
    ends = np.searchsorted(data.cell[order], np.arange(data.cells + 1))
    found = []
    for cell in np.flatnonzero(np.diff(ends) > 1).tolist():
        rows = order[ends[cell] : ends[cell + 1]]
        levels, ids = np.unique(column.codes[rows], return_inverse=True)
        if len(levels) > 1:
            names = [column.labels[code] for code in levels.tolist()]
            found.append(_effect(factor, cell, means[rows], ids, names))
    return _adjusted(found)


def _effect(factor: str, cell: int, values: Floats, ids: Ints, names: Sequence[str]) -> Effect:
    """F = MSB/MSW, ICC(1) = (MSB - MSW)/(MSB + (n0 - 1) MSW) (Shrout and Fleiss 1979)."""
    forms, levels = len(values), len(names)
    heads = np.bincount(ids, minlength=levels).astype(float)
    mean = sums(ids, values, levels) / heads
    left = float(((values - mean[ids]) ** 2).sum())
    between = float((heads * (mean - values.mean()) ** 2).sum()) / (levels - 1)
    plain = Effect(factor, cell, forms, levels, None, None, None)
    if forms <= levels or left <= 1e-20:
        return plain
    within = left / (forms - levels)
    size = (forms - float((heads**2).sum()) / forms) / (levels - 1)
    rest = (values.sum() - heads * mean) / (forms - heads)
    apart = (mean - rest) / np.sqrt(1 / heads + 1 / (forms - heads))
    far = int(np.argmax(np.abs(apart)))
    return replace(
        plain,
        f=between / within,
        p=float(special.fdtrc(levels - 1, forms - levels, between / within)),
        icc=(between - within) / (between + (size - 1) * within),
        farthest=names[far],
        difference=float(mean[far] - rest[far]),
    )


def _adjusted(found: list[Effect]) -> list[Effect]:
    tested = [each for each in found if each.p is not None]
    adjusted = benjamini_hochberg(np.array([each.p for each in tested]), len(tested)).tolist()
    by_cell = {each.cell: value for each, value in zip(tested, adjusted, strict=True)}
    return [replace(each, p_adjusted=by_cell.get(each.cell)) for each in found]


def benjamini_hochberg(p: Floats, tests: int) -> Floats:
    """Adjusted p values of the smallest of so many tests; the others could only lower them."""
    order = np.argsort(p, kind="stable")
    stepped = p[order] * tests / np.arange(1, len(p) + 1)
    out = np.empty(len(p))
    out[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    return out
