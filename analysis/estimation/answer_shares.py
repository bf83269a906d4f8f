"""How the answers of a group to a question are distributed over its options."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.dataset.model import Dataset
from analysis.numeric import Floats, sums


@dataclass(frozen=True, kw_only=True)
class AnswerShares:
    """Answers of one group to one question, by option from the best to the worst.

    Attributes
    ----------
    options : tuple of int
        Numbers of the options that carry a coefficient, the highest coefficient first.
    n : int
        Answers to these options.
    shares : array of float, (options,)
        Weighted share of each; empty without any weight.
    """

    options: tuple[int, ...]
    n: int
    shares: Floats


def answer_shares(data: Dataset, group: int, question: int) -> AnswerShares:
    """Weighted shares of the options, over all units.

    Parameters
    ----------
    data : Dataset
        Answers, with the weights of respondents.csv.
    group, question : int
        Their numbers.

    Returns
    -------
    AnswerShares
        Answers without a coefficient do not count.
    """
    coefs = data.questions[question].coefs
    known = [(-coef, option) for option, coef in enumerate(coefs) if not np.isnan(coef)]
    options = [option for _, option in sorted(known)]
    rows = data.group == group
    codes = data.answers[question][rows].astype(np.int64)
    width = len(data.questions[question].options) + 1
    weight = sums(codes, data.weight[rows], width)[1:][options]
    counts = np.bincount(codes, minlength=width)[1:][options]
    total = float(weight.sum())
    return AnswerShares(
        options=tuple(options),
        n=int(counts.sum()),
        shares=weight / total if total > 0 else np.zeros(0),
    )
