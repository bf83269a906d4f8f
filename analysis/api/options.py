"""Options by name: from what a notebook gives to what a command would give, and how they show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from inspect import Parameter, signature
from numbers import Integral
from typing import Any

import numpy as np

from analysis.scoring.settings import Settings, is_number


def joined(settings: Settings | None, options: Mapping[str, Any]) -> dict[str, Any]:
    """Settings in one, and those by name, which go before them."""
    if not isinstance(settings, Settings | None):
        raise TypeError(f"settings is an analysis.Settings, not {type(settings).__name__}")
    given = {} if settings is None else asdict(settings)
    return given | {name: _plain(name, one) for name, one in options.items()}


def _plain(name: str, value: Any) -> Any:
    """An option as a command would give it: Python's own numbers, lists and mappings."""
    if value is None and name in ("group_weights", "coefficients"):
        return {}
    if hasattr(value, "to_dict"):  # a Series, by group or by (criterion, group)
        return value.to_dict()
    if isinstance(value, list | tuple | range | np.ndarray):
        return [_plain(name, one) for one in value]
    if not is_number(value):
        return value
    number = int(value) if isinstance(value, Integral) else float(value)
    return repr(number) if name == "max_error" else number


def with_options(function: Any, *kinds: type) -> None:
    """Show a function with every option and its default, in `help` and to editors."""
    plain = signature(function)
    given = [one for one in plain.parameters.values() if one.kind != Parameter.VAR_KEYWORD]
    options = {one.name: one for kind in kinds for one in fields(kind)}
    named = [
        Parameter(
            name,
            Parameter.KEYWORD_ONLY,
            default=None if one.default is MISSING else one.default,
            annotation=one.type,
        )
        for name, one in options.items()
    ]
    function.__signature__ = plain.replace(parameters=[*given, *named])
