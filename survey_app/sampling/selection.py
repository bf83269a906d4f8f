"""Who is chosen, and with which chance: simple random, systematic, proportional to size.

Chances are exact fractions. A selection knows nothing of persons: it is given identities.

References
----------
Tillé, Y. (2006). Sampling Algorithms. Springer. Chapters 4 and 7.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


def in_random_order(numbers: Mapping[K, int], ties: Mapping[K, str]) -> tuple[K, ...]:
    """Everyone in the order of their random numbers: the first n are a simple random sample of n.

    So is any n that follow each other, given the others: those after the first n are the reserve.
    """
    return tuple(sorted(numbers, key=lambda each: (numbers[each], ties[each])))


def systematic(listed: Sequence[K], chances: Sequence[Fraction], start: Fraction) -> tuple[K, ...]:
    """Whoever is met at start, start + 1, start + 2, ... along the chances laid end to end.

    Parameters
    ----------
    listed : sequence
        In the order in which they are passed.
    chances : sequence of Fraction
        The chance of each, at most 1; they add up to the whole number that is chosen. Where all
        are n/N, this is every N/n-th of the list; where N/n is not whole, the steps differ by one.
    start : Fraction
        From 0 to below 1, at random.
    """
    whole = lcm(start.denominator, *{chance.denominator for chance in chances})
    first = int(start * whole)  # from here on, whole numbers of 1/whole: the same, and quick
    chosen, passed = [], -first
    for each, chance in zip(listed, chances, strict=True):
        upto = passed + chance.numerator * (whole // chance.denominator)
        if -(-passed // whole) < -(-upto // whole):
            chosen.append(each)
        passed = upto
    return tuple(chosen)


def equal_chances(n: int, population: int) -> tuple[Fraction, ...]:
    """n/N for each."""
    return (Fraction(n, population),) * population


def size_chances(n: int, sizes: Sequence[int]) -> tuple[Fraction, ...]:
    """Chances proportional to size, n in all; who would have 1 or more is taken for certain.

    Whoever is taken for certain is taken out, and the rest share what is left in proportion, until
    nobody would have 1 or more.
    """
    assert 0 < n <= len(sizes), (n, len(sizes))
    certain: set[int] = set()
    while True:
        rest = sum(size for i, size in enumerate(sizes) if i not in certain)
        left = n - len(certain)
        more = {i for i, size in enumerate(sizes) if i not in certain and left * size >= rest}
        if not more or not left:
            break
        certain |= more
    return tuple(
        Fraction(1) if i in certain else Fraction(left * size, rest) if left else Fraction(0)
        for i, size in enumerate(sizes)
    )
