"""Other ways to build the index: what each scenario changes, and what it needs to be applied.

A scenario that the data cannot follow is refused with a reason (`Refused`); nothing else is put in
its place. Kinds: a `choice` somebody could defend; a `leave_out` that shows what hangs on one
group or criterion; an `error`, here only to show its size.
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


@dataclass(frozen=True)
class Scenario:
    """One way to build the index; what is not named stays as it is."""

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
        plain = Scenario("")
        return tuple(name for name in FACTORS if getattr(self, name) != getattr(plain, name))

    def weight_kind(self, given: WeightKind) -> WeightKind:
        """The weights it uses."""
        return given if self.weights == DECLARED else self.weights  # type: ignore[return-value]  # KNOWN

    def missing_rule(self, given: MissingRule) -> MissingRule:
        """What it does about a silent group."""
        return given if self.missing == DECLARED else self.missing  # type: ignore[return-value]  # KNOWN


def built_in(data: Dataset) -> list[Scenario]:
    """Every scenario of the package for a data set, applicable or not."""
    found = [Scenario(name, coefficients=name) for name in KNOWN["coefficients"][1:]]
    found += [
        Scenario("groups equal", average="equal"),
        Scenario("groups pooled", average="pooled"),
        Scenario("weights base", weights="base"),
        Scenario("weights poststratified", weights="poststratified"),
        Scenario("weights raked", weights="raked"),
        Scenario("missing strict", missing="strict"),
        Scenario("missing renormalise", missing="renormalise"),
        Scenario("criterion points equal", points="equal"),
        Scenario("no opinion as zero", no_opinion="zero"),
    ]
    found += [Scenario(f"without group {name}", without_group=name) for name in data.groups]
    found += [
        Scenario(f"without criterion {each.name}", without_criterion=each.name)
        for each in data.criteria
    ]
    return found


def coefficients(data: Dataset, scenario: Scenario) -> Floats:
    """(questions, codes): what each answer is worth under a scenario."""
    table = data.coefs.copy()
    asked = {link.question for criterion in data.criteria for link in criterion.links}
    for number in sorted(asked):
        row, question = table[number], data.questions[number]
        try:
            row[1 : len(question.options) + 1] = _recoded(
                question.options, question.coefs, scenario
            )
        except Refused as found:
            raise Refused(f"{question.name}: {found}") from None
        if scenario.no_opinion == "zero":
            own = row[1 : len(question.options) + 1]
            own[np.isnan(own)] = 0.0
    return table


def _recoded(options: tuple[str, ...], coefs: tuple[float, ...], scenario: Scenario) -> Floats:
    own, how = np.array(coefs), scenario.coefficients
    if isinstance(how, Mapping):
        return _named(options, own, how)
    carried = ~np.isnan(own)
    if not carried.any():
        return own
    steps = np.unique(own[carried])
    place = np.searchsorted(steps, np.where(carried, own, 0.0))
    values = _steps(steps, how)
    return np.where(carried, values[np.minimum(place, len(values) - 1)], np.nan)


def _named(options: tuple[str, ...], own: Floats, given: Mapping[str, float]) -> Floats:
    wanted = [name for name, coef in zip(options, own, strict=True) if not np.isnan(coef)]
    lacking = [name for name in wanted if name not in given]
    if lacking:
        raise Refused(f"no coefficient is given for option {lacking[0]}")
    return np.array([given[name] if name in wanted else np.nan for name in options])


def _steps(steps: Floats, how: str) -> Floats:
    """New values for the distinct coefficients, least first."""
    size = len(steps)
    if how == FIELDED:
        return steps
    if how == "100/60/20/0":
        if size != 4:
            raise Refused(f"it has {size} distinct coefficients, not 4")
        return np.array([0.0, 0.2, 0.6, 1.0])
    if how == "equal steps":
        if size < 2:
            raise Refused("all its options are worth the same")
        return np.arange(size) / (size - 1)
    if how == "top two":
        if size < 3:
            raise Refused(f"it has {size} distinct coefficients, fewer than 3")
        return (np.arange(size) >= size - 2).astype(float)
    between = (steps > 0) & (steps < 1)
    if not between.any():
        raise Refused("no coefficient lies between 0 and 1")
    factor = 1.1 if how == "+10 %" else 0.9
    return np.where(between, np.minimum(steps * factor, 1.0), steps)


def criteria(data: Dataset, scenario: Scenario) -> tuple[Criterion, ...]:
    """The criteria under a scenario."""
    found = data.criteria
    if scenario.average != DECLARED:
        average: Averaging = "pooled" if scenario.average == "pooled" else "equal"
        found = tuple(replace(each, average=average) for each in found)
    if scenario.points == "equal":
        share = sum(each.max_points for each in found) / len(found)
        found = tuple(replace(each, max_points=share) for each in found)
    if scenario.without_criterion:
        if scenario.without_criterion not in {each.name for each in found}:
            raise Refused(f"there is no criterion {scenario.without_criterion}")
        found = tuple(each for each in found if each.name != scenario.without_criterion)
    if scenario.without_group:
        found = _without_group(data, found, scenario.without_group)
    if not found:
        raise Refused("no criterion is left")
    return found


def _without_group(data: Dataset, found: tuple[Criterion, ...], name: str) -> tuple[Criterion, ...]:
    """Criteria that ask nobody else go with the group."""
    if name not in data.groups:
        raise Refused(f"there is no group {name}")
    group = data.groups.index(name)
    kept = []
    for each in found:
        links = tuple(link for link in each.links if link.group != group)
        if links:
            kept.append(replace(each, links=links))
    return tuple(kept)


def read(path: Path) -> list[Scenario]:
    """Scenarios declared in a YAML file. Raises `ProblemsFound` with every fault."""
    import yaml

    problems: list[Problem] = []
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError:
        raise _refusal("missing-file", "there is no such file", path, "name a YAML file") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _refusal("not-yaml", str(error), path, "mend the indents and quotes") from None
    lines = found.get("scenarios") if isinstance(found, dict) else None
    if not isinstance(lines, list) or not lines:
        message = "the file holds no list named `scenarios`"
        raise _refusal("no-scenarios", message, path, "write `scenarios:` and a list under it")
    made = [_scenario(line, at, str(path), problems) for at, line in enumerate(lines, 1)]
    names = [each.name for each in made]
    for name in sorted({name for name in names if names.count(name) > 1}):
        message = f"two scenarios are named `{name}`"
        problems.append(Problem("duplicate-scenario", message, str(path), help="rename one"))
    if problems:
        raise ProblemsFound(problems)
    return made


def _refusal(slug: str, message: str, path: Path, help: str) -> ProblemsFound:
    return ProblemsFound([Problem(slug, message, str(path), help=help)])


def _scenario(line: Any, at: int, file: str, problems: list[Problem]) -> Scenario:
    def wrong(message: str, help: str = "") -> None:
        problems.append(Problem("unsound-scenario", f"scenario {at}: {message}", file, help=help))

    if not isinstance(line, dict) or not isinstance(line.get("name"), str):
        wrong("it has no name", "write `name:` and what it changes")
        return Scenario(f"scenario {at}")
    known = {each.name for each in fields(Scenario)}
    given: dict[str, Any] = {}
    for key, value in line.items():
        if key not in known:
            wrong(f"`{key}` is not known", closest(str(key), known) or _names(known))
        elif isinstance(value, dict) and key == "coefficients":
            given[key] = _own_coefficients(value, wrong)
        elif not isinstance(value, str):
            wrong(f"`{key}` is not a text", "put it in quotes")
        elif key in KNOWN and value not in KNOWN[key]:
            wrong(f"`{key}` is `{value}`", closest(value, KNOWN[key]) or _names(KNOWN[key]))
        else:
            given[key] = value
    return Scenario(**given)


def _names(known: Iterable[str]) -> str:
    return "known here: " + ", ".join(f"`{name}`" for name in sorted(known))


def _own_coefficients(value: Mapping[Any, Any], wrong: Any) -> dict[str, float]:
    found = {}
    for option, coef in value.items():
        number = not isinstance(coef, bool) and isinstance(coef, int | float)
        if number and 0 <= coef <= 1:
            found[str(option)] = float(coef)
        else:
            wrong(f"the coefficient of `{option}` is not a number from 0 to 1", "mend it")
    return found
