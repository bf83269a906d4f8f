"""Which units can be compared with last year, and with whom: the same, renamed, or merged.

units.csv of this year may have two columns of ours. `predecessors` names the units of last year
that a unit was made from (codes separated by `;`). `predecessor_rule` says what may be compared
where there are several: blank or `leave_out` nothing, `frame` the predecessors' answers together,
each predecessor with the population that frame.csv of last year gives it.

A unit that both years have is the same unit; predecessors that last year does not have then tell
of an older change. A predecessor that went into two units is compared with neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from analysis.dataset.model import Dataset
from analysis.io.table import Table, read_csv
from analysis.problems import Problem, ProblemsFound, closest, likely
from analysis.scoring.settings import Settings

FILE = "units.csv"
SEPARATOR = ";"
RULES = ("", "leave_out", "frame")
Basis = Literal["same", "renamed", "merged", "new"]


@dataclass(frozen=True, kw_only=True)
class UnitMatch:
    """A unit of this year, and what stands for it in last year's data.

    Attributes
    ----------
    name : str
        Its code this year.
    predecessors : tuple of str
        Codes of last year: its own, its former one, or those of the units merged into it.
    basis : {"same", "renamed", "merged", "new"}
        What it is compared with.
    reason : str
        Why it is not compared; blank where it is.
    detail : str
        What the reason is about.
    """

    name: str
    predecessors: tuple[str, ...]
    basis: Basis
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What units.csv says: by unit its predecessors, and the rule for several."""

    predecessors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rule: Mapping[str, str] = field(default_factory=dict)


def read_predecessors(data: Dataset) -> Declared:
    """What units.csv of a data set says of predecessors. Raises `ProblemsFound`."""
    path = data.folder / FILE
    if not path.is_file():
        return Declared()
    problems: list[Problem] = []
    table = read_csv(path, ("unit",), problems)
    if table is None:
        raise ProblemsFound(problems)
    before: dict[str, tuple[str, ...]] = {}
    rule: dict[str, str] = {}
    for row, unit in enumerate(table["unit"].texts()):
        if unit in before:
            help = "write each unit once"
            message = f"`{unit}` has a line already"
            problems.append(table.problem("repeated-unit", message, row, "unit", help))
        before[unit] = _codes(table, row, problems)
        rule[unit] = _rule(table, row, problems)
    if problems:
        raise ProblemsFound(problems)
    return Declared(predecessors=before, rule=rule)


def _codes(table: Table, row: int, problems: list[Problem]) -> tuple[str, ...]:
    if not table.has("predecessors") or not (text := table["predecessors"].text(row).strip()):
        return ()
    codes = [code.strip() for code in text.split(SEPARATOR)]
    if "" in codes or len(set(codes)) < len(codes):
        message = f"`predecessors` is `{text}`: a code is blank, or stands there twice"
        help = f"write each code once, separated by `{SEPARATOR}`"
        problems.append(table.problem("unclear-predecessors", message, row, "predecessors", help))
    return tuple(codes)


def _rule(table: Table, row: int, problems: list[Problem]) -> str:
    name = "predecessor_rule"
    text = table[name].text(row).strip() if table.has(name) else ""
    if text not in RULES:
        message = f"`{name}` is `{text}`"
        help = closest(text, RULES[1:]) + "; or leave it blank"
        problems.append(table.problem("unknown-predecessor-rule", message, row, name, help))
    return text


def match_units(
    last: Dataset, this: Dataset, declared: Declared, criteria: Sequence[str], settings: Settings
) -> tuple[UnitMatch, ...]:
    """Every unit of this year, in its order.

    Parameters
    ----------
    last, this : Dataset
        The two years.
    declared : Declared
        What units.csv of this year says.
    criteria : sequence of str
        Codes of the criteria that are compared; merged units need answers to all of them.
    settings : Settings
        The choices of the scoring; merged units need base weights.

    Returns
    -------
    tuple of UnitMatch
    """
    before = {unit: _before(last, unit, declared) for unit in this.units}
    claims = Counter(code for codes in before.values() for code in codes)
    return tuple(
        _match(last, unit, before[unit], claims, declared, criteria=criteria, settings=settings)
        for unit in this.units
    )


def _before(last: Dataset, unit: str, declared: Declared) -> tuple[str, ...]:
    """The codes of last year that a unit comes from."""
    codes = declared.predecessors.get(unit, ())
    if unit not in last.units:
        return codes
    return tuple(dict.fromkeys((unit, *(code for code in codes if code in last.units))))


def _match(
    last: Dataset,
    unit: str,
    before: tuple[str, ...],
    claims: Mapping[str, int],
    declared: Declared,
    *,
    criteria: Sequence[str],
    settings: Settings,
) -> UnitMatch:
    basis: Basis = "merged" if len(before) > 1 else "same" if before == (unit,) else "renamed"
    if not before:
        return UnitMatch(name=unit, predecessors=(), basis="new", reason="only_this")
    shared = [code for code in before if claims[code] > 1]
    unknown = [code for code in before if code not in last.units]
    reason, detail = "", ""
    if unknown:
        reason, detail = "predecessor_not_in_last", ", ".join(_near(c, last) for c in unknown)
    elif shared:
        reason, detail = "predecessor_shared", ", ".join(shared)
    elif basis == "merged":
        rule = declared.rule.get(unit, "")
        reason, detail = _why_not_merged(last, before, rule, criteria, settings)
    return UnitMatch(name=unit, predecessors=before, basis=basis, reason=reason, detail=detail)


def _near(code: str, last: Dataset) -> str:
    near = likely(code, last.units).get("near")
    return f"{code} (did you mean {near}?)" if near else code


def _why_not_merged(
    last: Dataset,
    before: Sequence[str],
    rule: str,
    criteria: Sequence[str],
    settings: Settings,
) -> tuple[str, str]:
    """Why the predecessors' answers cannot be taken together; blank where they can."""
    if rule != "frame":
        return "merged_without_rule", "predecessor_rule is not `frame`"
    if settings.weights != "base" or settings.adjust != "none":
        return "merged_needs_base_weights", f"weights {settings.weights}, adjust {settings.adjust}"
    asked = dict.fromkeys(
        (link.group, link.question)
        for criterion in last.criteria
        if criterion.name in criteria
        for link in criterion.links
    )
    for code in before:
        unit = last.units.index(code)
        for group, question in asked:
            line = last.frame.get((unit, group))
            if line is None or not line.population:
                return "predecessor_without_population", f"{code}, {last.groups[group]}"
            if not _answered(last, unit, group, question):
                name = last.questions[question].name
                return "predecessor_without_answers", f"{code}, {last.groups[group]}, {name}"
    return "", ""


def _answered(data: Dataset, unit: int, group: int, question: int) -> bool:
    """Whether anybody gave an answer with a coefficient."""
    rows = np.flatnonzero((data.unit == unit) & (data.group == group))
    return bool((~np.isnan(data.coefs[question, data.answers[question, rows]])).any())
