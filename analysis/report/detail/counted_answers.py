"""From points back to counted answers, as rows: the way that `explain` tells in words.

Nothing is counted here that is counted for few: a cell that is withheld from the public has no
numbers, and options are joined with their neighbours until no small count is shown, or follows
from what is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from math import gcd, lcm
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
    joinable = [int(counts[at]) for at in judged], [question.coefs[at] for at in judged]
    for joined in joined_options(*joinable, fewest):
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


def joined_options(counts: Sequence[int], coefs: Sequence[float], fewest: int) -> list[list[int]]:
    """Neighbouring options put together until no small count can be told.

    Whoever knows the ratio, the counts that are shown and their sum can solve for two options that
    were joined. Three leave a range: the ratio stays when some answers move from the middle one to
    both others.

    Parameters
    ----------
    counts : sequence of int
        Answers by option, in the order of the scale.
    coefs : sequence of float
        What each option is worth.
    fewest : int
        The least count that is shown; a smaller one is left with a range of at least `fewest` - 2.

    Returns
    -------
    list of list of int
        Positions, in as many parts as can be; all together where nothing else protects them.
    """
    for blocks in _partitions(len(counts)):
        if all(_is_safe(counts, coefs, block, fewest) for block in blocks):
            return blocks
    return [list(range(len(counts)))]


def _partitions(options: int) -> Iterator[list[list[int]]]:
    """Every way to cut a row of options into neighbours, the finest first."""
    cuts = range(1, options)
    for number in range(options - 1, -1, -1):
        for chosen in combinations(cuts, number):
            ends = (0, *chosen, options)
            yield [list(range(*pair)) for pair in pairwise(ends)]


def _is_safe(counts: Sequence[int], coefs: Sequence[float], block: list[int], fewest: int) -> bool:
    total = sum(counts[at] for at in block)
    if 0 < total < fewest:
        return False
    small = [at for at in block if 0 < counts[at] < fewest]
    return all(_spread(counts, coefs, block, at) >= max(fewest - 2, 1) for at in small)


def _spread(counts: Sequence[int], coefs: Sequence[float], block: list[int], at: int) -> int:
    """How far a count may differ with the same sum and the same ratio: moving among three."""
    others = [each for each in block if each != at]
    return max((_moves(counts, coefs, (at, *pair)) for pair in combinations(others, 2)), default=0)


def _moves(counts: Sequence[int], coefs: Sequence[float], three: tuple[int, ...]) -> int:
    one, other, third = (Fraction(repr(float(coefs[at]))) for at in three)
    steps = (other - third, third - one, one - other)  # of sum 0, and worth nothing together
    scale = lcm(*(step.denominator for step in steps))
    whole = [int(step * scale) for step in steps]
    common = gcd(*whole)
    if not common:
        return sum(counts[at] for at in three)
    whole = [step // common for step in whole]
    reach = sum(
        min(counts[at] // -step for at, step in zip(three, way, strict=True) if step < 0)
        for way in (whole, [-step for step in whole])
    )
    return reach * abs(whole[0])
