"""Other ways to build the index: what each scenario changes, and what it needs to be applied.

A scenario that the data do not allow is refused with a reason (`Refused`); nothing else is put in
its place. Kinds: a `choice` that somebody could defend; a `leave_out`, which shows what depends on
one group or criterion; an `error`, included only to show its size.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from analysis.dataset.model import Averaging, Criterion, Dataset
from analysis.numeric import Floats
from analysis.problems import Problem, ProblemsFound, closest
from analysis.scoring.settings import MissingRule
from analysis.weighting.calibration import WeightKind

Kind = Literal["choice", "leave_out", "error"]
FIELDED = "as fielded"
DECLARED = "as declared"
FACTORS = ("coefficients", "average", "weights", "missing", "points")
KNOWN: Mapping[str, tuple[str, ...]] = {
    "coefficients": (FIELDED, "100/60/20/0", "equal steps", "top two", "+10 %", "-10 %"),
    "average": (DECLARED, "equal", "pooled"),
    "weights": (DECLARED, "base", "poststratified", "raked"),
    "missing": (DECLARED, "strict", "renormalise"),
    "no_opinion": ("missing", "zero"),
    "points": (DECLARED, "equal"),
}


class Refused(Exception):
    """A scenario cannot be applied to these data; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One way to build the index; what is not named stays as it is.

    Attributes
    ----------
    name : str
        As it is reported.
    coefficients : str or mapping of str to float
        One of `KNOWN["coefficients"]`, or option to coefficient (0 to 1).
    average, weights, missing, no_opinion, points : str
        One of the values in `KNOWN`.
    without_group, without_criterion : str
        What is left out; empty for nothing.
    """

    name: str
    coefficients: str | Mapping[str, float] = FIELDED
    average: str = DECLARED
    weights: str = DECLARED
    missing: str = DECLARED
    no_opinion: str = "missing"
    points: str = DECLARED
    without_group: str = ""
    without_criterion: str = ""

    @property
    def kind(self) -> Kind:
        """Choice, leaving out, or error."""
        if self.no_opinion == "zero":
            return "error"
        return "leave_out" if self.without_group or self.without_criterion else "choice"

    @property
    def changes(self) -> tuple[str, ...]:
        """The factors in which it differs from the reference."""
        reference = Scenario(name="")
        return tuple(name for name in FACTORS if getattr(self, name) != getattr(reference, name))

    def weight_kind(self, given: WeightKind) -> WeightKind:
        """The weights it uses."""
        return given if self.weights == DECLARED else self.weights  # type: ignore[return-value]  # KNOWN

    def missing_rule(self, given: MissingRule) -> MissingRule:
        """What it does about a group without answers."""
        return given if self.missing == DECLARED else self.missing  # type: ignore[return-value]  # KNOWN


def built_in(data: Dataset) -> list[Scenario]:
    """Every scenario of the package for a data set, applicable or not.

    Parameters
    ----------
    data : Dataset
        Its groups and criteria are left out one at a time.

    Returns
    -------
    list of Scenario
    """
    scenarios = [Scenario(name=name, coefficients=name) for name in KNOWN["coefficients"][1:]]
    scenarios += [
        Scenario(name="groups equal", average="equal"),
        Scenario(name="groups pooled", average="pooled"),
        Scenario(name="weights base", weights="base"),
        Scenario(name="weights poststratified", weights="poststratified"),
        Scenario(name="weights raked", weights="raked"),
        Scenario(name="missing strict", missing="strict"),
        Scenario(name="missing renormalise", missing="renormalise"),
        Scenario(name="criterion points equal", points="equal"),
        Scenario(name="no opinion as zero", no_opinion="zero"),
    ]
    scenarios += [
        Scenario(name=f"without group {group}", without_group=group) for group in data.groups
    ]
    scenarios += [
        Scenario(name=f"without criterion {criterion.name}", without_criterion=criterion.name)
        for criterion in data.criteria
    ]
    return scenarios


def coefficients(data: Dataset, scenario: Scenario) -> Floats:
    """The coefficient of every answer under a scenario.

    Parameters
    ----------
    data : Dataset
        The coefficients as declared.
    scenario : Scenario
        `coefficients` and `no_opinion` count.

    Returns
    -------
    array of float, (questions, codes)
        NaN for answers without a coefficient.

    Raises
    ------
    Refused
        When a question does not have the options that the scenario needs.
    """
    table = data.coefs.copy()
    asked = {link.question for criterion in data.criteria for link in criterion.links}
    for number in sorted(asked):
        row, question = table[number], data.questions[number]
        try:
            row[1 : len(question.options) + 1] = _recoded(
                question.options, question.coefs, scenario
            )
        except Refused as why:
            raise Refused(f"{question.name}: {why}") from None
        if scenario.no_opinion == "zero":
            coefs = row[1 : len(question.options) + 1]
            coefs[np.isnan(coefs)] = 0.0
    return table


def _recoded(options: tuple[str, ...], coefs: tuple[float, ...], scenario: Scenario) -> Floats:
    declared, rule = np.array(coefs), scenario.coefficients
    if isinstance(rule, Mapping):
        return _named(options, declared, rule)
    known = ~np.isnan(declared)
    if not known.any():
        return declared
    steps = np.unique(declared[known])
    step = np.searchsorted(steps, np.where(known, declared, 0.0))
    values = _steps(steps, rule)
    return np.where(known, values[np.minimum(step, len(values) - 1)], np.nan)


def _named(options: tuple[str, ...], declared: Floats, coefs: Mapping[str, float]) -> Floats:
    wanted = [name for name, coef in zip(options, declared, strict=True) if not np.isnan(coef)]
    lacking = [name for name in wanted if name not in coefs]
    if lacking:
        raise Refused(f"no coefficient is given for option {lacking[0]}")
    return np.array([coefs[name] if name in wanted else np.nan for name in options])


def _steps(steps: Floats, rule: str) -> Floats:
    """New values for the distinct coefficients, the lowest first."""
    size = len(steps)
    if rule == FIELDED:
        return steps
    if rule == "100/60/20/0":
        if size != 4:
            raise Refused(f"it has {size} distinct coefficients, not 4")
        return np.array([0.0, 0.2, 0.6, 1.0])
    if rule == "equal steps":
        if size < 2:
            raise Refused("all its options are worth the same")
        return np.arange(size) / (size - 1)
    if rule == "top two":
        if size < 3:
            raise Refused(f"it has {size} distinct coefficients, fewer than 3")
        return (np.arange(size) >= size - 2).astype(float)
    between = (steps > 0) & (steps < 1)
    if not between.any():
        raise Refused("no coefficient lies between 0 and 1")
    factor = 1.1 if rule == "+10 %" else 0.9
    return np.where(between, np.minimum(steps * factor, 1.0), steps)


def criteria(data: Dataset, scenario: Scenario) -> tuple[Criterion, ...]:
    """The criteria under a scenario.

    Parameters
    ----------
    data : Dataset
        The criteria as declared.
    scenario : Scenario
        `average`, `points`, `without_group` and `without_criterion` count.

    Returns
    -------
    tuple of Criterion

    Raises
    ------
    Refused
        When what is to be left out does not exist, or nothing is left.
    """
    kept = data.criteria
    if scenario.average != DECLARED:
        average: Averaging = "pooled" if scenario.average == "pooled" else "equal"
        kept = tuple(replace(criterion, average=average) for criterion in kept)
    if scenario.points == "equal":
        share = sum(criterion.max_points for criterion in kept) / len(kept)
        kept = tuple(replace(criterion, max_points=share) for criterion in kept)
    if scenario.without_criterion:
        if scenario.without_criterion not in {criterion.name for criterion in kept}:
            raise Refused(f"there is no criterion {scenario.without_criterion}")
        kept = tuple(c for c in kept if c.name != scenario.without_criterion)
    if scenario.without_group:
        kept = _without_group(data, kept, scenario.without_group)
    if not kept:
        raise Refused("no criterion is left")
    return kept


def _without_group(
    data: Dataset, declared: tuple[Criterion, ...], name: str
) -> tuple[Criterion, ...]:
    """Criteria that are asked of no other group are left out with the group."""
    if name not in data.groups:
        raise Refused(f"there is no group {name}")
    group = data.groups.index(name)
    kept = []
    for criterion in declared:
        links = tuple(link for link in criterion.links if link.group != group)
        if links:
            kept.append(replace(criterion, links=links))
    return tuple(kept)


def read(path: Path) -> list[Scenario]:
    """Scenarios declared in a YAML file.

    Parameters
    ----------
    path : Path
        With a list `scenarios`.

    Returns
    -------
    list of Scenario

    Raises
    ------
    ProblemsFound
        With every fault of the file.
    """
    import yaml

    problems: list[Problem] = []
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError:
        raise _refusal("missing-file", "there is no such file", path, "name a YAML file") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _refusal("not-yaml", str(error), path, "mend the indents and quotes") from None
    entries = content.get("scenarios") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not entries:
        message = "the file holds no list named `scenarios`"
        raise _refusal("no-scenarios", message, path, "write `scenarios:` and a list under it")
    declared = [_scenario(entry, n, str(path), problems) for n, entry in enumerate(entries, 1)]
    names = [scenario.name for scenario in declared]
    for name in sorted({name for name in names if names.count(name) > 1}):
        message = f"two scenarios are named `{name}`"
        problems.append(Problem("duplicate-scenario", message, str(path), help="rename one"))
    if problems:
        raise ProblemsFound(problems)
    return declared


def _refusal(slug: str, message: str, path: Path, help: str) -> ProblemsFound:
    return ProblemsFound([Problem(slug, message, str(path), help=help)])


def _scenario(entry: Any, number: int, file: str, problems: list[Problem]) -> Scenario:
    def wrong(message: str, help: str = "") -> None:
        message = f"scenario {number}: {message}"
        problems.append(Problem("unsound-scenario", message, file, help=help))

    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        wrong("it has no name", "write `name:` and what it changes")
        return Scenario(name=f"scenario {number}")
    known = {field.name for field in fields(Scenario)}
    values: dict[str, Any] = {}
    for key, value in entry.items():
        if key not in known:
            wrong(f"`{key}` is not known", closest(str(key), known) or _names(known))
        elif isinstance(value, dict) and key == "coefficients":
            values[key] = _coefficients_of(value, wrong)
        elif not isinstance(value, str):
            wrong(f"`{key}` is not a text", "put it in quotes")
        elif key in KNOWN and value not in KNOWN[key]:
            wrong(f"`{key}` is `{value}`", closest(value, KNOWN[key]) or _names(KNOWN[key]))
        else:
            values[key] = value
    return Scenario(**values)


def _names(known: Iterable[str]) -> str:
    return "known here: " + ", ".join(f"`{name}`" for name in sorted(known))


def _coefficients_of(options: Mapping[Any, Any], wrong: Any) -> dict[str, float]:
    coefs = {}
    for option, coef in options.items():
        number = not isinstance(coef, bool) and isinstance(coef, int | float)
        if number and 0 <= coef <= 1:
            coefs[str(option)] = float(coef)
        else:
            wrong(f"the coefficient of `{option}` is not a number from 0 to 1", "mend it")
    return coefs
