"""How long anybody waits for the store, whatever it is that holds it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

PATIENCE = 10.0
"""Seconds that a request waits, from the moment it comes until it is told that nothing was kept.
Somebody with a phone in the hand does not wait longer for a page."""


class OutOfPatience(Exception):
    """It has waited as long as anybody does. Nothing was kept."""

    def __init__(self) -> None:
        super().__init__("the store is locked, or has more to do than it can")


@dataclass(frozen=True)
class Deadline:
    """When the waiting of one request ends."""

    at: float

    @classmethod
    def of_what_came(cls, at: float) -> Deadline:
        """The deadline of a request that came then (by time.monotonic)."""
        return cls(at + PATIENCE)

    @classmethod
    def at_hand(cls) -> Deadline:
        """The deadline of the request at hand; what belongs to none comes now."""
        return _at_hand.get() or cls.of_what_came(time.monotonic())

    @property
    def left(self) -> float:
        """Seconds that are left; 0 once it has passed."""
        return max(0.0, self.at - time.monotonic())

    @property
    def has_passed(self) -> bool:
        """Whether there is nothing left to wait."""
        return self.left == 0.0


_at_hand: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def until(deadline: Deadline) -> Iterator[None]:
    """Do something for a request, whose waiting is all counted together."""
    before = _at_hand.set(deadline)
    try:
        yield
    finally:
        _at_hand.reset(before)


@contextmanager
def work() -> Iterator[None]:
    """Do what takes long before a reply: the time it works is no time that it waits.

    What is left of the request may wait anew.
    """
    is_of_a_request = _at_hand.get() is not None
    _at_hand.set(None)
    try:
        yield
    finally:
        _at_hand.set(Deadline.of_what_came(time.monotonic()) if is_of_a_request else None)
