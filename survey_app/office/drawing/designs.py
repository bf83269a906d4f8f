"""The design of a draw as it is typed, and the sizes that a margin of error asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from analysis.problems import Problem, ProblemsFound
from survey_app.fieldwork import values
from survey_app.fieldwork.values import Unreadable
from survey_app.sampling.allocation import Rule
from survey_app.sampling.design import Design, Method, checked, new_seed, read_spread
from survey_app.sampling.population import Cell

FIRST: Mapping[str, str] = {
    "method": "stratified",
    "forms": "",
    "allocation": "proportional",
    "least": "2",
    "least_unit": "0",
    "per_psu": "20",
    "spread": "",
    "reserve": "20",
    "seed": "",
    "margin": "5",
    "sd": "0,3",
    "response": "",
    "deff": "1",
    "cost": "",
}
"""What the fields hold at first."""

Sizes = Sequence[tuple[Cell, str, int, int]]
"""Of a list: sample, stratum, people, PSUs."""


def typed(entries: Mapping[str, str], group: str) -> Design:
    """The design that was typed; a seed is drawn where none was.

    Raises
    ------
    ProblemsFound
    """
    number = {name: _whole(entries, name) for name in
              ("forms", "least", "least_unit", "per_psu", "reserve")}  # fmt: skip
    method = entries.get("method", "")
    return checked(
        Design(
            method=cast("Method", method),  # `checked` looks at it
            seed=entries.get("seed", "") or new_seed(),
            forms=number["forms"],
            each_unit=bool(entries.get("each_unit")),
            allocation=cast("Rule", entries.get("allocation", "")),  # as above
            least=number["least"] if method in {"stratified", "clusters"} else 0,
            least_unit=number["least_unit"],
            take=number["per_psu"] if method == "clusters" else 0,
            reserve=number["reserve"],
            spread=read_spread(entries.get("spread", "")),
            groups=(group,) if group else (),
        )
    )


def _whole(entries: Mapping[str, str], name: str) -> int:
    text = entries.get(name, "")
    try:
        return values.whole(text, least=0) if text else 0
    except Unreadable as fault:
        problem = Problem("no-forms", f"`{name}`: {fault}", "design", help=fault.help)
        raise ProblemsFound([problem]) from fault


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a margin of error asks of a sample: answers, invitations, cost.

    `ministry` is what the Ministry's formula gives; `is_reached` whether there are enough people.
    """

    cell: Cell
    population: int
    answers: int
    invitations: int
    is_reached: bool
    ministry: int
    cost: Decimal | None


def wanted(sizes: Sizes, entries: Mapping[str, str], expected: float) -> tuple[Wanted, ...]:
    """For each sample of a list, how many have to answer and to be asked.

    Raises
    ------
    ProblemsFound
    """
    from analysis.planning import sample_size  # SciPy: only who plans waits for it

    margin = _number(entries, "margin", Decimal(5), most=100) / 100
    sd, deff = _number(entries, "sd", Decimal("0.3")), _number(entries, "deff", Decimal(1))
    percent = _number(entries, "response", Decimal(str(expected)) * 100, most=100)
    cost = _number(entries, "cost", Decimal(0)) if entries.get("cost") else None
    people: Counter[Cell] = Counter()
    for cell, _, count, _ in sizes:
        people[cell] += count
    listed = []
    for cell, population in people.items():
        size = sample_size.size(
            float(sd), float(margin), deff=float(deff), response_rate=float(percent / 100),
            population=population,
        )  # fmt: skip
        listed.append(
            Wanted(
                cell=cell,
                population=population,
                answers=min(size.n, population),
                invitations=size.invite,
                is_reached=not size.invite_exceeds_population,
                ministry=sample_size.ministry(population, float(margin)) or 0,
                cost=None if cost is None else cost * size.invite,
            )
        )
    return tuple(listed)


def _number(
    entries: Mapping[str, str], name: str, usual: Decimal, most: int | None = None
) -> Decimal:
    text = entries.get(name, "")
    try:
        number = values.above_zero(text) if text else usual
    except Unreadable as fault:
        raise _no_number(name, text, str(fault), fault.help) from fault
    if most is not None and number > most:
        raise _no_number(name, text, f"`{text}` is above {most}", f"{most} at most")
    return number


def _no_number(name: str, text: str, message: str, help: str) -> ProblemsFound:
    said = {"typed": text}
    return ProblemsFound(
        [Problem("not-a-number", f"`{name}`: {message}", "design", help=help, values=said)]
    )
