"""Documents and pictures are made one at a time in a process: no site works for one visitor alone.

Making one takes a second or many, and a process has few threads. One makes, a few wait for theirs,
and whoever comes then is told to come again: the others' pages are answered meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

MOST = 3
"""Threads of a process that make a document or wait for their turn to; half of them."""

WAIT = 60.0
"""Seconds that one waits."""

_places = threading.BoundedSemaphore(MOST)
_one_makes = threading.Lock()


class Busy(Exception):
    """Others are having documents made."""


@contextmanager
def turn() -> Iterator[None]:
    """Make a document while the block lasts.

    Raises
    ------
    Busy
    """
    if not _places.acquire(blocking=False):
        raise Busy
    try:
        if not _one_makes.acquire(timeout=WAIT):
            raise Busy
        try:
            yield
        finally:
            _one_makes.release()
    finally:
        _places.release()
