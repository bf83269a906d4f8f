"""From points back to counted answers, as rows: the way that `explain` tells in words.

Nothing is counted here that is counted for few: a cell that is withheld from the public has no
numbers, and options are joined with their neighbours until no count that is shown is small.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from analysis.disclosure.pattern import SuppressionPattern
from analysis.estimation.means import STATUSES
from analysis.io import writing
from analysis.scoring.aggregation import Contribution
from analysis.scoring.score import Scorecard

Row = dict[str, Any]


def criterion_rows(
    card: Scorecard, unit: int, pattern: SuppressionPattern, fewest: int
) -> list[Row]:
    """How each criterion of a unit comes from what its groups answered.

    Parameters
    ----------
    card : Scorecard
        The scores.
    unit : int
        Position of the unit.
    pattern : SuppressionPattern
        What is withheld from the public.
    fewest : int
        The least count that is shown.

    Returns
    -------
    list of dict
        A row for each criterion: points, ratio, and `links`, a row for each group that is asked.
        A link that is `withheld` says nothing of how many answered, or what.
    """
    return [
        {
            "criterion": share.criterion.name,
            "average": share.criterion.average,
            "max_points": share.criterion.max_points,
            "ratio": writing.number(share.ratio[unit]),
            "points": writing.number(share.score[unit]),
            "links": [
                _link(card, unit, share, number, pattern, fewest)
                for number in range(len(share.criterion.links))
            ],
        }
        for share in card.aggregation.contributions
    ]


def _link(
    card: Scorecard,
    unit: int,
    share: Contribution,
    number: int,
    pattern: SuppressionPattern,
    fewest: int,
) -> Row:
    data, counts = card.data, card.counts
    cell, asked = int(share.cells[unit, number]), int(share.questions[number])
    group = data.groups[share.criterion.links[number].group]
    question = data.questions[asked]
    row: Row = {"group": group, "question": question.name}
    if pattern.is_withheld("mean", data.units[unit], group, question.name):
        return row | {"withheld": True}
    return row | {
        "withheld": False,
        "share": float(share.link_points[unit, number]) / share.criterion.max_points,
        "status": STATUSES[card.estimates.status[cell, asked]],
        "is_set_aside": bool(share.below_minimum[unit, number]),
        "n": int(counts.n[cell, asked]),
        "blank": int(counts.by_code[cell, asked, 0]),
        "sum_w": float(counts.sum_w[cell, asked]),
        "sum_wx": float(counts.sum_wx[cell, asked]),
        "mean": writing.number(card.estimates.mean[cell, asked]),
        "answers": list(_answers(card, cell, asked, fewest)),
    }


def _answers(card: Scorecard, cell: int, asked: int, fewest: int) -> Iterator[Row]:
    """Options with their counts, in the order of the question; those without a coefficient last."""
    question = card.data.questions[asked]
    counts = card.counts.by_code[cell, asked, 1 : len(question.options) + 1]
    weights = card.counts.weights[cell, asked, 1 : len(question.options) + 1]
    judged = [at for at, coef in enumerate(question.coefs) if not np.isnan(coef)]
    for joined in joined_options([int(counts[at]) for at in judged], fewest):
        positions = [judged[at] for at in joined]
        row = {
            "options": [question.options[at] for at in positions],
            "n": sum(int(counts[at]) for at in positions),
        }
        if len(positions) == 1:
            at = positions[0]
            row |= {"weight": float(weights[at]), "coefficient": float(question.coefs[at])}
        yield row
    for at, coef in enumerate(question.coefs):
        if np.isnan(coef):
            yield {"options": [question.options[at]], "n": int(counts[at]), "declined": True}


def joined_options(counts: Sequence[int], fewest: int) -> list[list[int]]:
    """Neighbouring options put together until no count is small: none, or at least `fewest`.

    Parameters
    ----------
    counts : sequence of int
        Answers by option, in the order of the scale.
    fewest : int
        The least count that is shown.

    Returns
    -------
    list of list of int
        Positions; all together where there are not enough answers at all.
    """
    joined: list[list[int]] = []
    waiting: list[int] = []
    for at, count in enumerate(counts):
        if not waiting and not count:
            joined.append([at])
            continue
        waiting.append(at)
        if sum(counts[each] for each in waiting) >= fewest:
            joined.append(waiting)
            waiting = []
    while waiting and joined and 0 < sum(counts[each] for each in waiting) < fewest:
        waiting = [*joined.pop(), *waiting]
    return [*joined, waiting] if waiting else joined
