"""AAPOR's outcome rates of a wave, while it is open and after.

Nobody can say of an open wave whose form came. What the office noted of a case counts there
although its form may have come since; of a closed wave a case that sent its form counts as that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from survey_app.fieldwork import disposition
from survey_app.fieldwork.disposition import CLASSES
from survey_app.store.board import Cell, Outcome

RATES = ("RR2", "COOP2", "REF1", "CON1")
"""Rates in which a partial form counts as one: how much was answered is judged with the scores."""

NOT_SENT, NO_REPLY = disposition.NOT_SENT, disposition.NO_REPLY


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """Cases by AAPOR's class, and the rates made of them; None where there is none."""

    classes: Mapping[str, int]
    rates: Mapping[str, float | None]


def outcomes(total: Cell, counted: Iterable[Outcome], *, is_closed: bool) -> Outcomes:
    """The outcomes of some samples together."""
    codes = Counter[str]()
    for each in counted:
        codes[each.code] += each.unsent if is_closed else each.noted + each.own
    classes: dict[str, int] = dict.fromkeys(CLASSES, 0)
    for code, number in codes.items():
        classes[disposition.codes()[code].class_] += number
    invalid = total.mixed - total.valid
    classes["I"] += total.returned - invalid
    classes["R"] += invalid
    if is_closed:
        lost = max(total.returned - total.mixed, 0)  # sent, and nobody can open them any more
        classes["I"] -= lost
        classes["O"] += lost
    else:
        rest = max(total.cases - total.returned - codes.total(), 0)
        classes[disposition.codes()[NO_REPLY].class_] += rest
    return Outcomes(classes=classes, rates=_rates(classes))


def _rates(classes: Mapping[str, int]) -> Mapping[str, float | None]:
    from analysis.nonresponse.response_rates import outcome_rates  # NumPy: not for a phone's server

    rates = outcome_rates(classes)
    return {name: rates[name].rate for name in RATES}
