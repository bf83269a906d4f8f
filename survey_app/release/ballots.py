"""Ballots as rows of a data set: which count, and what each of them says about each unit."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from survey_app.fieldwork import disposition
from survey_app.fieldwork.disposition import Thresholds
from survey_app.questionnaire.model import Item, Study
from survey_app.store.answers import ballots
from survey_app.store.engine.database import Connection
from survey_app.store.waves import Wave

CellKey = tuple[str, str, str]
"""group, sample, unit: one independent sample. Either sample or unit is blank."""


@dataclass(frozen=True, slots=True)
class Rated:
    """What one respondent says about one unit: a row of respondents.csv."""

    resp_id: str
    unit: str
    group: str
    sample: str
    stratum: str
    psu: str
    base_weight: Decimal
    chance: Fraction
    fpc1: int | None
    fpc2: int | None
    mode: str
    language: str
    pace: str
    position: int
    order_seed: int | None
    answers: Mapping[str, str]

    @property
    def cell(self) -> CellKey:
        """The independent sample that the row belongs to."""
        return self.group, self.sample, "" if self.sample else self.unit


@dataclass
class Returned:
    """All that came back.

    `left_out` are forms that two people have agreed to leave out. `outcomes` counts returned
    forms by cell, and there by mode and AAPOR class; `valid` by cell and stratum, in persons.
    """

    ratings: list[Rated] = field(default_factory=list)
    ballots: int = 0
    invalid: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    outcomes: dict[CellKey, Counter[tuple[str, str]]] = field(default_factory=dict)
    valid: dict[tuple[CellKey, str], int] = field(default_factory=dict)
    variables: tuple[str, ...] = ()


_LEFT_OUT = "O"
"""The class of valid forms that results leave out, by a decision of two people."""


def returned(
    connection: Connection, wave: Wave, study: Study, left_out: frozenset[str] = frozenset()
) -> Returned:
    """Every returned form of a wave, judged by the study's own rule for a valid form.

    Those of `left_out` count as returned, and rate nothing.
    """
    made = Returned(variables=_variables(study))
    for ballot, ratings in ballots.of_wave(connection, wave.id):
        made.ballots += 1
        rows = [_rated(ballot, rating) for rating in ratings]
        cell = rows[0].cell
        outcome = _outcome(study, ballot["grp"], ratings)
        if outcome != "R" and ballot["id"] in left_out:
            outcome = _LEFT_OUT
            made.left_out.append(ballot["id"])
        made.outcomes.setdefault(cell, Counter())[ballot["mode"], outcome] += 1
        if outcome == "R":
            made.invalid.append(ballot["id"])
            continue
        if outcome == _LEFT_OUT:
            continue
        key = cell, rows[0].stratum
        made.valid[key] = made.valid.get(key, 0) + 1
        made.ratings += rows
    return made


def _variables(study: Study) -> tuple[str, ...]:
    """The columns of answers: every item with codes, a number or a day; never free words."""
    names: dict[str, None] = {}
    for questionnaire in study.questionnaires.values():
        for name, item in questionnaire.items.items():
            if item.kind not in {"text", "long_text"}:
                names[name] = None
    return tuple(names)


def _rated(ballot: Mapping[str, Any], rating: Mapping[str, Any]) -> Rated:
    return Rated(
        resp_id=ballot["id"],
        unit=rating["unit"],
        group=ballot["grp"],
        sample=ballot["sample"],
        stratum=ballot["stratum"],
        psu=ballot["psu"] or ballot["id"],
        base_weight=Decimal(ballot["weight"]),
        chance=Fraction(rating["chance"]),
        fpc1=ballot["fpc1"],
        fpc2=ballot["fpc2"],
        mode=ballot["mode"],
        language=ballot["language"],
        pace=ballot["pace"],
        position=rating["position"],
        order_seed=ballot["order_seed"],
        answers={**json.loads(ballot["about"]), **json.loads(rating["answers"])},
    )


def _outcome(study: Study, group: str, ratings: list[Mapping[str, Any]]) -> str:
    """I complete, P partial, R returned without enough opinions to be valid."""
    items = [
        item for item in study.questionnaires[group].unit_items if item.scale and item.scale.best
    ]
    asked = answered = opinions = 0
    for rating in ratings:
        if rating["skipped"]:
            continue
        given = json.loads(rating["answers"])
        here = [item for item in items if item.ask_if.holds({**given})]
        asked += len(here)
        answered += sum(item.name in given for item in here)
        opinions += sum(_is_opinion(item, given.get(item.name, "")) for item in here)
    share = Fraction(study.index.min_valid_share)
    if not asked or Fraction(opinions, asked) < share:
        return "R"
    return disposition.of_ballot(answered, asked, Thresholds(partial=share)).class_


def _is_opinion(item: Item, code: str) -> bool:
    assert item.scale is not None
    return any(
        option.code == code and option.coefficient is not None for option in item.scale.options
    )
