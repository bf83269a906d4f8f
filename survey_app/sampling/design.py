"""A design: how a sample is to be drawn. All of it is recorded beside the seed."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, get_args

from analysis.problems import Problem, ProblemsFound
from survey_app.fieldwork import values
from survey_app.fieldwork.values import Unreadable
from survey_app.sampling.allocation import RULES, Rule
from survey_app.sampling.random_numbers import ALGORITHM, LONGEST_SEED

Method = Literal["all", "simple", "stratified", "systematic", "clusters"]
METHODS: tuple[Method, ...] = get_args(Method)

USES_STRATA = frozenset({"stratified", "clusters"})
"""The methods that draw in each stratum of the list; to the others a sample is one stratum."""

MOST_RESERVE = 500
FEWEST_PSUS = 2
"""Of one PSU of a stratum nobody can tell how much PSUs differ."""

_NUMBER_OF_SEED = 10**12


@dataclass(frozen=True, kw_only=True)
class Design:
    """What is wanted. `forms` is for the whole list or, with `each_unit`, for every sample of it.

    `take` is the persons of a PSU, `reserve` the reserve in per cent of the drawn, `spread` the
    standard deviation of a stratum's answers (for Neyman's allocation; the usual one under "*").
    """

    method: Method
    seed: str
    forms: int = 0
    each_unit: bool = False
    allocation: Rule = "proportional"
    least: int = 0
    least_unit: int = 0
    take: int = 0
    reserve: int = 0
    spread: Mapping[str, Fraction] = field(default_factory=dict)
    groups: tuple[str, ...] = ()

    @property
    def uses_strata(self) -> bool:
        """Whether it draws in each stratum of the list."""
        return self.method in USES_STRATA

    def spread_of(self, stratum: str) -> Fraction:
        """The standard deviation in a stratum."""
        return self.spread.get(stratum, self.spread.get("*", Fraction(1)))

    def kept(self) -> dict[str, Any]:
        """As it is recorded."""
        return {
            "algorithm": ALGORITHM,
            "method": self.method,
            "seed": self.seed,
            "forms": self.forms,
            "each_unit": self.each_unit,
            "allocation": self.allocation,
            "least": self.least,
            "least_unit": self.least_unit,
            "take": self.take,
            "reserve": self.reserve,
            "spread": {name: str(value) for name, value in sorted(self.spread.items())},
            "groups": list(self.groups),
        }

    @classmethod
    def again(cls, kept: Mapping[str, Any]) -> Design:
        """A design from its record.

        Raises
        ------
        ProblemsFound
            It was drawn by an algorithm that this program does not have.
        """
        if kept.get("algorithm") != ALGORITHM:
            message = f"drawn by `{kept.get('algorithm')}`, and this program draws by `{ALGORITHM}`"
            raise ProblemsFound([_fault("other-algorithm", message, "draw it with its version")])
        spread = {name: Fraction(value) for name, value in kept["spread"].items()}
        rest = {name: kept[name] for name in kept if name not in {"algorithm", "spread", "groups"}}
        return cls(**rest, spread=spread, groups=tuple(kept["groups"]))


def new_seed() -> str:
    """A seed that nobody chose: twelve digits, which can be read out and written down."""
    return f"{secrets.randbelow(_NUMBER_OF_SEED):012d}"


def checked(design: Design) -> Design:
    """The design, which must make sense by itself.

    Raises
    ------
    ProblemsFound
        With everything that is wrong with it.
    """
    problems = list(_faults(design))
    if problems:
        raise ProblemsFound(problems)
    return design


def _faults(it: Design) -> list[Problem]:
    faults = []
    if it.method not in METHODS or it.allocation not in RULES:
        known = ", ".join((*METHODS, *RULES))
        faults.append(_fault("no-such-design", f"no way of drawing is `{it.method}`", known))
    if not it.seed.strip() or len(it.seed) > LONGEST_SEED or not it.seed.isprintable():
        help = f"{LONGEST_SEED} characters at most, such as twelve digits"
        faults.append(_fault("no-seed", "the seed is blank or too long", help))
    if it.method != "all" and it.forms < 1:
        faults.append(_fault("no-forms", "it is not said how many are drawn", "1 or more"))
    if it.method == "clusters" and it.take < 1:
        help = "how many persons of each PSU are asked, such as 20"
        faults.append(_fault("no-take", "it is not said how many of a PSU are drawn", help))
    for name in ("least", "least_unit"):
        if getattr(it, name) < 0:
            faults.append(_fault("no-forms", f"`{name}` is below 0", "0 or more"))
    if not 0 <= it.reserve <= MOST_RESERVE:
        message = f"the reserve is {it.reserve} per cent"
        faults.append(_fault("reserve-out-of-range", message, f"from 0 to {MOST_RESERVE}"))
    if any(value <= 0 for value in it.spread.values()):
        help = "write a number such as `0,3`"
        faults.append(_fault("spread-out-of-range", "a standard deviation is not above 0", help))
    return faults


def _fault(slug: str, message: str, help: str) -> Problem:
    return Problem(slug, message, "design", help=help)


def read_spread(text: str) -> dict[str, Fraction]:
    """Standard deviations as they are typed: `0,3`, or `thành thị = 0,25; nông thôn = 0,35`.

    Raises
    ------
    ProblemsFound
    """
    spread: dict[str, Fraction] = {}
    problems = []
    for part in filter(None, map(str.strip, re.split(r"[;\n]", text))):
        name, _, number = part.rpartition("=")
        try:
            value: Decimal = values.above_zero(number.strip())
        except Unreadable as fault:
            problems.append(_fault("spread-out-of-range", f"`{part}`: {fault}", fault.help))
        else:
            spread[values.tidy(name) or "*"] = Fraction(value)
    if problems:
        raise ProblemsFound(problems)
    return spread
