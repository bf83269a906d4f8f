"""Last year's answers about units that were merged since, as answers about the merged unit.

The merged unit's mean is what its predecessors' populations would say together: within each
respondent group the weights of a predecessor's rows are scaled so that they add up to its
population in frame.csv (N), and the samples of the predecessors become strata of one sample. The
standard error follows, as that of any stratified sample.

Somebody who rated several of the predecessors has one row for the merged unit: the weights of the
rows added up, and of each question the weighted mean of the coefficients given. Sums of weights and
of weighted coefficients stay what they were, and one person stays one person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from analysis.comparison.common_units import UnitMatch
from analysis.dataset.model import Dataset, Question
from analysis.numeric import Codes, Floats, Ints, counts, group_ids, sums


def with_merged_units(data: Dataset, matches: Sequence[UnitMatch]) -> tuple[Dataset, Ints]:
    """The data set in which merged units that are compared stand in their predecessors' place.

    Parameters
    ----------
    data : Dataset
        Last year.
    matches : sequence of UnitMatch
        Units of this year.

    Returns
    -------
    Dataset
        The same data set where nothing is merged; else with fewer units, and fewer rows where a
        person rated several predecessors of one. It has no frame and no calibration counts left:
        merged units are scored with base weights.
    rows : (ratings,) array of int
        The row of `data` that each of its rows was, or was the first of.
    """
    merged = {
        match.name: match.predecessors
        for match in matches
        if match.basis == "merged" and not match.reason
    }
    if not merged:
        return data, np.arange(data.rows)
    units, number = _renumbered(data, merged)
    weight = _scaled(data, merged)
    unit = number[data.unit]
    rating, rows = _ratings(unit * len(data.groups) + data.group, data.design.person)
    questions, answers = _together(data, weight, rating, rows)
    design = replace(
        data.design,
        **{
            name: getattr(data.design, name)[rows]
            for name in ("sample", "stratum", "psu", "person")
        },
    )
    pooled = replace(
        data,
        units=units,
        questions=questions,
        unit=unit[rows],
        group=data.group[rows],
        person=data.person[rows],
        weight=sums(rating, weight, len(rows)),
        answers=answers,
        design=design,
        covariates={},
        frame={},
        population={},
        modes={},
    )
    return pooled, rows


def _ratings(cell: Ints, person: Ints) -> tuple[Ints, Ints]:
    """By row the rating it belongs to, one for each person and cell; the first row of each.

    Ratings are numbered in the order of their first rows.
    """
    ids, _ = group_ids(cell, person)
    numbers, first = np.unique(ids, return_index=True)
    order = np.argsort(first)
    place = np.empty(len(numbers), dtype=np.int64)
    place[order] = np.arange(len(order))
    return place[ids], first[order]


def _renumbered(data: Dataset, merged: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], Ints]:
    """Units with the merged ones, and the new number of each old one."""
    gone = {code: name for name, codes in merged.items() for code in codes}
    units = tuple(dict.fromkeys(gone.get(unit, unit) for unit in data.units))
    number = np.array([units.index(gone.get(unit, unit)) for unit in data.units])
    return units, number


def _scaled(data: Dataset, merged: Mapping[str, Sequence[str]]) -> Floats:
    """Weights; those of predecessors add up to their population, by respondent group."""
    factor = np.ones(data.cells)
    total = sums(data.cell, data.weight, data.cells)
    for code in (code for codes in merged.values() for code in codes):
        unit = data.units.index(code)
        for group in range(len(data.groups)):
            cell, line = unit * len(data.groups) + group, data.frame.get((unit, group))
            if line is not None and line.population and total[cell] > 0:
                factor[cell] = line.population / total[cell]
    return np.asarray(data.weight * factor[data.cell])


def _together(
    data: Dataset, weight: Floats, rating: Ints, rows: Ints
) -> tuple[tuple[Question, ...], Codes]:
    """Questions with an option for each mean of several answers, and one answer a rating."""
    several = counts(rating, len(rows)) > 1
    if not several.any():
        return data.questions, data.answers[:, rows]
    coefs, questions, columns = data.coefs, [], []
    for number, question in enumerate(data.questions):
        codes = data.answers[number]
        worth = coefs[number, codes]
        given = np.where(np.isnan(worth), 0.0, weight)
        total = sums(rating, given, len(rows))
        mean = sums(rating, given * np.nan_to_num(worth), len(rows))
        mean = np.divide(mean, total, out=np.full(len(rows), np.nan), where=total > 0)
        new = several & ~np.isnan(mean)
        values, place = np.unique(mean[new], return_inverse=True)
        column = codes[rows].astype(np.int64)
        column[new] = len(question.options) + 1 + place
        columns.append(column)
        questions.append(
            Question(
                name=question.name,
                options=(*question.options, *(f"mean {value!r}" for value in values.tolist())),
                coefs=(*question.coefs, *values.tolist()),
            )
        )
    answers = np.array(columns)
    kind = np.uint8 if answers.max(initial=0) < 255 else np.uint16
    return tuple(questions), answers.astype(kind)
