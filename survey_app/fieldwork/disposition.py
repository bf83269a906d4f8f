"""What became of each case, in AAPOR's outcome codes.

The rates made of these counts are `analysis.response_rates`'s affair.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from analysis import yaml_texts

Class = Literal["I", "P", "R", "NC", "O", "UH", "UO", "NE"]
CLASSES: tuple[Class, ...] = get_args(Class)

_OUTCOMES = Path(__file__).with_name("outcomes.yaml")

COMPLETE, PARTIAL = "1.1", "1.2"
NOTHING_ANSWERED, BROKEN_OFF = "2.1121", "2.12"
NOT_SENT, NO_REPLY = "3.11", "3.19"

ISSUED = "issued"


@dataclass(frozen=True)
class Disposition:
    """One outcome code, the class in which it is counted, and its name."""

    code: str
    class_: Class
    label: Mapping[str, str]


@dataclass(frozen=True)
class EventKind:
    """Something that an office can note about a case. `code` is the outcome it means, if any."""

    kind: str
    code: str
    label: Mapping[str, str]


@dataclass(frozen=True)
class History:
    """What is known of a case. `events` are kinds, in the order in which they were noted.

    `stage` is how far a form has gone that was begun and not sent: 0 opened, 1 begun, 2 half, 3
    almost done. What was answered on the way is not known.
    """

    issued: bool = False
    spent: bool = False
    begun: bool = False
    stage: int = 0
    events: tuple[str, ...] = ()


@dataclass(frozen=True)
class Thresholds:
    """Shares of the items asked from which a returned form is complete, or at least partial.

    To be declared before fieldwork. The defaults are the example of the Standard Definitions.
    """

    complete: Fraction = Fraction(8, 10)
    partial: Fraction = Fraction(5, 10)


DEFAULT = Thresholds()


def of(history: History) -> Disposition:
    """The outcome of one case, now.

    A case whose form was sent counts as complete here: how much it answered stands in a ballot
    that does not lead back to it (`of_ballot` judges those). A form begun and never sent is a
    break-off however much it holds, because nobody but its respondent can read it.
    """
    if history.spent:
        return codes()[COMPLETE]
    known = noted(history.events)
    if known:
        return codes()[known]
    if history.begun:
        return codes()[BROKEN_OFF if history.stage else NOTHING_ANSWERED]
    return codes()[NO_REPLY if history.issued else NOT_SENT]


def of_ballot(answered: int, asked: int, thresholds: Thresholds = DEFAULT) -> Disposition:
    """The outcome that a returned form stands for, by how much of it was answered."""
    share = Fraction(answered, asked) if asked else Fraction(0)
    if share >= thresholds.complete:
        return codes()[COMPLETE]
    return codes()[PARTIAL if share >= thresholds.partial else BROKEN_OFF]


def counts(dispositions: Iterable[Disposition]) -> dict[Class, int]:
    """How many there are of each class; every class is there."""
    counted: dict[Class, int] = dict.fromkeys(CLASSES, 0)
    for each in dispositions:
        counted[each.class_] += 1
    return counted


def noted(events: Iterable[str]) -> str:
    """The code of the newest outcome that was noted; "" where there is none.

    An invitation issued anew undoes what was noted of the one before: it goes to another address.
    """
    code = ""
    for event in events:
        known = event_kinds().get(event)
        if event == ISSUED:
            code = ""
        elif known and known.code:
            code = known.code
    return code


@cache
def codes() -> Mapping[str, Disposition]:
    """Every outcome code."""
    read = [
        Disposition(each["code"], _class(each["class"]), {"vi": each["vi"], "en": each["en"]})
        for each in _table()["codes"]
    ]
    by_code = {each.code: each for each in read}
    assert len(by_code) == len(read), "an outcome code stands twice in outcomes.yaml"
    return by_code


def _class(name: str) -> Class:
    return next(each for each in CLASSES if each == name)


@cache
def event_kinds() -> Mapping[str, EventKind]:
    """Everything that can be noted about a case."""
    read = [
        EventKind(each["event"], each.get("code", ""), {"vi": each["vi"], "en": each["en"]})
        for each in _table()["events"]
    ]
    assert all(not each.code or each.code in codes() for each in read), "an event means no code"
    return {each.kind: each for each in read}


@cache
def _table() -> Mapping[str, list[dict[str, str]]]:
    loaded: Mapping[str, list[dict[str, str]]] = yaml_texts.read(_OUTCOMES)
    return loaded
