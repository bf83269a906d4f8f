"""How far the reading of a long list is, told in rows to whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from typing import Literal, TypeVar

Step = Literal["rows_read", "rows_checked"]
STEPS: Sequence[str] = ("rows_read", "rows_checked")

Told = Callable[[Step, int, int], None]
"""Step, the rows that are done, and all of them as far as is known."""

EVERY = 1000
"""Rows between two tellings."""

listener: ContextVar[Told | None] = ContextVar("listener", default=None)
"""Who is told, where anybody is."""

T = TypeVar("T")


def tell(step: Step, done: int, total: int) -> None:
    """Say that so many rows are done; a total that was said too small grows."""
    told = listener.get()
    if told is not None:
        told(step, done, max(done, total))


def counted(rows: Iterable[T], step: Step, total: int) -> Iterator[T]:
    """The rows, told of as they pass."""
    for number, row in enumerate(rows):
        if number % EVERY == 0:
            tell(step, number, total)
        yield row
