"""One thing is made ready while the one before it is used."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def ahead(do: Callable[[T], R], things: Iterable[T]) -> Generator[R, None, None]:
    """What `do` gives of each thing, in their order; no more than one is made ready ahead.

    For a single one no thread is begun. Close the iterator when it is not used up.
    """
    left = iter(things)
    first = next(left, None)
    second = next(left, None)
    if first is None:
        return
    if second is None:
        yield do(first)
        return
    result = do(first)
    with ThreadPoolExecutor(1, thread_name_prefix="opening") as thread:
        while second is not None:
            following = thread.submit(copy_context().run, do, second)
            yield result
            result, second = following.result(), next(left, None)
    yield result
