"""What a stranger has read: numbers with the bounds within which they lie."""

from __future__ import annotations

from dataclasses import dataclass, field

Name = tuple[str, ...]
EXACT = 1e-9
"""A file in full precision."""


@dataclass(frozen=True)
class Seen:
    """A number that somebody read: what it is, and between which values it lies."""

    name: Name
    low: float
    high: float
    where: str


@dataclass
class Read:
    """What was read of a version, and what was said to be withheld."""

    seen: list[Seen] = field(default_factory=list)
    withheld: set[Name] = field(default_factory=set)
    facts: dict[Name, float] = field(default_factory=dict)

    def add(self, name: Name, value: float, off: float, where: str) -> None:
        self.seen.append(Seen(name, value - off, value + off, where))
