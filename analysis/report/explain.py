"""The way back from a score to counted answers, in numbers that can be checked by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from analysis.estimation.means import STATUSES
from analysis.problems import Problem, ProblemsFound, closest
from analysis.scoring.aggregation import Contribution
from analysis.scoring.score import Scorecard


def explain(card: Scorecard, unit: str, criterion: str | None = None) -> str:
    """The path from counted answers to a unit's score, or to one criterion of it.

    Parameters
    ----------
    card : Scorecard
        The scores.
    unit : str
        The unit.
    criterion : str, optional
        One criterion; without it all of them.

    Returns
    -------
    str
        Lines of text: points, then ratio, share and counts of each question.

    Raises
    ------
    ProblemsFound
        When there is no such unit or criterion.
    """
    data = card.data
    known = [c.name for c in data.criteria]
    _require(unit, data.units, "unit", str(data.folder))
    if criterion is not None:
        _require(criterion, known, "criterion", str(data.folder))
    number = data.units.index(unit)
    lines = [_title(card, number)]
    for share in card.aggregation.contributions:
        if criterion in (None, share.criterion.name):
            lines += ["", *_criterion(card, number, share)]
    return "\n".join(lines)


def _require(name: str, known: Iterable[str], what: str, place: str) -> None:
    names = list(known)
    if name not in names:
        raise ProblemsFound(
            [
                Problem(
                    f"unknown-{what}",
                    f"there is no {what} `{name}`",
                    place,
                    help=closest(name, names) or f"name a {what} of this data set",
                )
            ]
        )


def _title(card: Scorecard, unit: int) -> str:
    name = card.data.units[unit]
    words = card.data.labels.get("units", {}).get(name, "")
    score, maximum = card.units.score[unit], card.units.maximum[unit]
    flags = "; ".join(card.flags(unit))
    head = f"{name} {words}".strip()
    total = "no score" if np.isnan(score) else f"{float(score)!r} of {maximum:g} points"
    interval = (
        ""
        if np.isnan(card.units.lo[unit])
        else (
            f", {100 * card.settings.level:g} % interval {card.units.lo[unit]:.4f}"
            f" to {card.units.hi[unit]:.4f}"
        )
    )
    return f"{head}: {total}{interval}" + (f"\nflags: {flags}" if flags else "")


def _criterion(card: Scorecard, unit: int, share: Contribution) -> Iterator[str]:
    score = share.score[unit]
    points = (
        "no value"
        if np.isnan(score)
        else f"{share.criterion.max_points:g} × {share.ratio[unit]:.6f} = {score:.6f} points"
    )
    yield f"{share.criterion.name} ({share.criterion.average}): {points}"
    for number, link in enumerate(share.criterion.links):
        yield from _link(card, unit, share, number, link.group)


def _link(card: Scorecard, unit: int, share: Contribution, link: int, group: int) -> Iterator[str]:
    data, count = card.data, card.counts
    cell, number = int(share.cells[unit, link]), int(share.questions[link])
    question = data.questions[number]
    weight = share.link_points[unit, link] / share.criterion.max_points
    status = STATUSES[card.estimates.status[cell, number]]
    mean = card.estimates.mean[cell, number]
    ratio = (
        "no ratio"
        if np.isnan(mean)
        else f"ratio {count.sum_wx[cell, number]:.6g}/{count.sum_w[cell, number]:.6g} = {mean:.6f}"
    )
    words = data.labels.get("questions", {}).get(question.name, "")
    yield (
        f"  {data.groups[group]}, {question.name} {words}".rstrip()
        + f": {ratio}, share {weight:.4f}, {status}"
    )
    options = data.labels.get("options", {})
    for code, (option, coef) in enumerate(zip(question.options, question.coefs, strict=True), 1):
        coefficient = "no coefficient" if np.isnan(coef) else f"coefficient {coef:g}"
        label = options.get(f"{question.name} {option}", "")
        yield (
            f"    {option} {label}".rstrip() + f": {int(count.by_code[cell, number, code])} "
            f"answers, weight {count.weights[cell, number, code]:.6g}, {coefficient}"
        )
    yield f"    not answered: {int(count.by_code[cell, number, 0])}"
