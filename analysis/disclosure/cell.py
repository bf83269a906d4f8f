"""What suppression is about: a number that could be published, and who is behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Name = tuple[str, ...]
"""A kind and a place: ``("mean", unit, group, question)``, ``("unit", unit)``."""

Reason = Literal["small", "companion"]
"""Why a number is withheld: few people are behind it, or it would give such a number away."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A number that could be published.

    Attributes
    ----------
    name : tuple of str
        What the number is.
    parts : mapping from name to weight
        Of which other cells it is the weighted sum; empty for a cell that stands for itself.
    cost : float
        What its absence costs a reader.
    sensitive : bool
        Whether too few people are behind it.
    respondents : (unit, group)
        Whose answers it is made of. They know the cell anyway.
    value : float
        The number.
    lower, upper : float
        Between which values an outsider knows it to lie.
    width : float
        The least range of values that an outsider must be left with, where the cell is withheld.
    attainable : tuple of float
        The values that so few answers can have; of a sensitive cell, two must remain possible.
    fixed : bool
        Whether it was published before, and can be withheld no more.
    """

    name: Name
    parts: Mapping[Name, float] = field(default_factory=dict)
    cost: float = 1.0
    sensitive: bool = False
    respondents: tuple[str, str] = ("", "")
    value: float = 0.0
    lower: float = 0.0
    upper: float = 1.0
    width: float = 0.1
    attainable: tuple[float, ...] = ()
    fixed: bool = False
