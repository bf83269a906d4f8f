"""The choices of a command as a manifest names them, checked before anything rests on them.

A manifest is a file that anybody can edit: a choice that no command line would take is refused
with its name.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from analysis.problems import Problem, ProblemsFound, closest

T = TypeVar("T")
MANIFEST = "manifest.json"
BEYOND = 1e300
FROM_ZERO = frozenset({"seed"})  # every other whole number counts something, from 1 on
HELP = "the settings were altered: write the results again with the command that made them"


def read(kind: type[T], values: Mapping[str, Any], *, others: Iterable[str] = ()) -> T:
    """The choices of a manifest as the dataclass that a command takes.

    Parameters
    ----------
    kind : type
        A frozen dataclass, such as `Settings`; what is not named keeps its default.
    values : mapping
        Choices by name.
    others : iterable of str
        Names that may stand among them and are choices of something else.

    Returns
    -------
    An object of that dataclass.

    Raises
    ------
    ProblemsFound
        When a name is not known, or a value is none that the command would take.
    """
    hints = get_type_hints(kind)
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]  # a dataclass
    unknown = [name for name in values if name not in names and name not in set(others)]
    problems = [_unknown(name, names) for name in unknown]
    chosen = {}
    for name in (name for name in values if name in names):
        value = tuple(values[name]) if isinstance(values[name], list) else values[name]
        if not (fits(value, hints[name]) and _in_range(name, value, hints[name])):
            problems.append(_refused(f"`{name}` is {value!r}"))
        chosen[name] = value
    if problems:
        raise ProblemsFound(problems)
    try:
        return kind(**chosen)
    except ValueError as error:
        raise ProblemsFound([_refused(str(error))]) from None


def missing(kind: type[Any], values: Mapping[str, Any]) -> list[str]:
    """The choices that a manifest does not name, in their order."""
    return [field.name for field in fields(kind) if field.name not in values]


def fits(value: Any, annotation: Any) -> bool:
    """Whether a value is of the type that a field has; no choice is below 0."""
    if get_origin(annotation) is Literal:
        return isinstance(value, str) and value in get_args(annotation)
    if get_origin(annotation) in (Union, UnionType):
        return any(fits(value, one) for one in get_args(annotation))
    if get_origin(annotation) is tuple:
        return isinstance(value, tuple) and all(fits(x, get_args(annotation)[0]) for x in value)
    if annotation is float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and 0 <= value < BEYOND
    if annotation is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, NoneType if annotation is None else annotation)


def _in_range(name: str, value: Any, annotation: Any) -> bool:
    if isinstance(value, tuple):
        return all(_in_range(name, one, int) for one in value)
    if isinstance(value, bool | NoneType) or annotation is float:
        return True
    if isinstance(value, int):
        return value >= (0 if name in FROM_ZERO else 1)
    return name != "max_error" or _is_limit(value)


def _is_limit(text: str) -> bool:
    """Whether a text is points, or per cent of the maximum."""
    try:
        limit = float(text.removesuffix("%"))
    except ValueError:
        return False
    return math.isfinite(limit) and limit > 0


def _unknown(name: str, names: Iterable[str]) -> Problem:
    message = f"there is no setting `{name}`"
    return Problem("unknown-setting", message, MANIFEST, help=closest(name, names) or HELP)


def _refused(message: str) -> Problem:
    return Problem("setting-refused", f"{message}: no command takes that", MANIFEST, help=HELP)
