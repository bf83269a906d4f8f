"""Sharing forms among strata in whole numbers that add up exactly.

The shares are computed as fractions within their bounds, n_h = clip(k base_h, least_h, most_h) with
the one k for which they add up; then every share is rounded down, and the forms that are left go
one each to the largest remainders (Hamilton's rule; of equal ones, to the first in order).

References
----------
Cochran, W. G. (1977). Sampling Techniques, 3rd edition, chapter 5. Wiley.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Literal, get_args

Rule = Literal["proportional", "neyman", "equal"]
RULES: tuple[Rule, ...] = get_args(Rule)


@dataclass(frozen=True, kw_only=True)
class Bounded:
    """What gets a share: in proportion to `base`, from `least` to `most`."""

    base: Fraction
    least: int
    most: int

    def at(self, k: Fraction) -> Fraction:
        """Its share for a factor of proportion."""
        return min(max(k * self.base, Fraction(self.least)), Fraction(self.most))


def base(rule: Rule, population: int, spread: Fraction) -> Fraction:
    """What a stratum's share is proportional to: N, N S, or the same for all."""
    bases = {
        "proportional": Fraction(population),
        "neyman": population * spread,
        "equal": Fraction(1),
    }
    return bases[rule]


def least(population: int, minimum: int) -> int:
    """The fewest forms that a stratum gets: the minimum, or everyone where there are fewer."""
    return min(population, minimum)


def shares(total: int, bounded: Sequence[Bounded]) -> tuple[Fraction, ...]:
    """The exact shares of a total that lies within the sums of the bounds."""
    low, high = sum(each.least for each in bounded), sum(each.most for each in bounded)
    assert low <= total <= high, (low, total, high)
    edges = sorted(
        {Fraction(n, 1) / each.base for each in bounded for n in (each.least, each.most)}
    )
    first, last = 0, len(edges) - 1
    while first < last:  # the first edge at which the total is reached
        middle = (first + last) // 2
        if sum(each.at(edges[middle]) for each in bounded) >= total:
            last = middle
        else:
            first = middle + 1
    if not edges or first == 0:
        return tuple(each.at(edges[0]) if edges else Fraction(0) for each in bounded)
    before, after = edges[first - 1], edges[first]
    reached = sum((each.at(before) for each in bounded), Fraction(0))
    slope = sum((each.at(after) for each in bounded), Fraction(0)) - reached
    k = before + (after - before) * (total - reached) / slope
    return tuple(each.at(k) for each in bounded)


def whole(exact: Sequence[Fraction]) -> tuple[int, ...]:
    """Whole numbers that add up to the same: the largest remainders are rounded up."""
    floors = [floor(share) for share in exact]
    left = int(sum(exact, Fraction(0))) - sum(floors)
    by_remainder = sorted(range(len(exact)), key=lambda h: (floors[h] - exact[h], h))
    up = set(by_remainder[:left])
    return tuple(each + (h in up) for h, each in enumerate(floors))


def allocate(total: int, bounded: Sequence[Bounded]) -> tuple[int, ...]:
    """Whole numbers for strata, within their bounds, that add up to the total."""
    return whole(shares(total, bounded))
