"""Beta and F distributions by plain arithmetic: the same bits on every processor.

The continued fraction (DLMF 8.17.22) by Lentz's method, after the factor x^a (1-x)^b / B(a, b)
by deviances and Stirling's remainders, in which nothing large cancels (Loader 2000).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from analysis.numeric import Floats
from analysis.old.elementary import HALF_LOG_2PI, ROOT_OF_2PI, exp, log, log1p, log1p_less, stirling

BLOCK = 4096  # numbers at a time: a fraction is as long as its slowest needs, in the cache
EXACT = 2.0**-52
TINY = 1e-300
FARTHEST = 745.0  # log odds beyond which a share is 0 or 1
TRIES = 200
CLOSE = 1e-10  # a step of Newton's method this small leaves nothing for the next


def below(a: Any, b: Any, x: Any) -> Floats:
    """The chance that a beta variable is at most x; NaN unless a and b are above 0."""
    a, b, x = (np.asarray(each, dtype=float) for each in np.broadcast_arrays(a, b, x))
    return _below(a, b, x, 1 - x)


def quantile(a: Any, b: Any, p: Any) -> Floats:
    """The x that a beta variable is at most with the chance p; NaN unless a and b are above 0."""
    return np.asarray(1 / (1 + exp(-_log_odds(a, b, p))))


def f_above(first: Any, second: Any, f: Any) -> Floats:
    """The chance that an F of so many degrees of freedom is above f."""
    v, w, f = (np.asarray(each, dtype=float) for each in np.broadcast_arrays(first, second, f))
    return _below(w / 2, v / 2, w / (w + v * f), v * f / (w + v * f))


@lru_cache(maxsize=1024)
def f_quantile(first: float, second: float, p: float) -> float:
    """The value that an F of so many degrees of freedom is at most with the chance p."""
    return float(exp(_log_odds(first / 2, second / 2, p)) * second / first)


def log_beta(a: Any, b: Any) -> Floats:
    """The logarithm of the beta function, for a and b above 0."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    mixed = -a * log1p(b / a) - b * log1p(a / b) - log(a / (a + b) * b) / 2
    return np.asarray(mixed + HALF_LOG_2PI + stirling(a) + stirling(b) - stirling(a + b))


def factor(a: Floats, b: Floats, x: Floats, y: Floats) -> Floats:
    """x^a y^b / B(a, b), for x + y = 1."""
    apart = x * b - y * a
    away = a * log1p_less(apart / a, x * (1 + b / a)) + b * log1p_less(-apart / b, y * (1 + a / b))
    rest = stirling(a + b) - stirling(a) - stirling(b)
    return np.asarray(np.sqrt(a / (a + b) * b) / ROOT_OF_2PI * exp(away + rest))


def _below(a: Floats, b: Floats, x: Floats, y: Floats) -> Floats:
    """The beta distribution at x, for x + y = 1."""
    flat = [np.ravel(each) for each in np.broadcast_arrays(a, b, x, y)]
    found = np.full(len(flat[0]), np.nan)
    for start in range(0, len(found), BLOCK):
        own = [each[start : start + BLOCK] for each in flat]
        known = np.flatnonzero((own[0] > 0) & (own[1] > 0) & (own[2] >= 0) & (own[3] >= 0))
        if len(known):
            found[start + known] = _block(*(each[known] for each in own))
    return found.reshape(np.shape(a))


def _block(a: Floats, b: Floats, x: Floats, y: Floats) -> Floats:
    far = x > (a + 1) / (a + b + 2)
    a, b, x, y = (np.where(far, *pair) for pair in ((b, a), (a, b), (y, x), (x, y)))
    below = factor(a, b, x, y) / a
    some = np.flatnonzero(below > 0)
    below[some] /= _fraction(a[some], b[some], x[some])
    return np.where(far, 1 - below, below)


def _fraction(a: Floats, b: Floats, x: Floats) -> Floats:
    """1 + d1/(1 + d2/(1 + ...)), each number until its own last bit stands still."""
    value, above, below = np.ones_like(x), np.ones_like(x), np.zeros_like(x)
    left = np.ones(len(x), dtype=bool)
    m = 0.0
    while left.any():
        for d in (
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
            (m + 1) * (b - m - 1) * x / ((a + 2 * m + 1) * (a + 2 * m + 2)),
        ):
            below = 1 / _not_zero(1 + d * below)
            above = _not_zero(1 + d / above)
            change = below * above
            value *= np.where(left, change, 1.0)
        left &= np.abs(change - 1) > EXACT
        m += 1
    return value


def _not_zero(value: Floats) -> Floats:
    return np.where(np.abs(value) < TINY, TINY, value)


def _log_odds(a: Any, b: Any, p: Any) -> Floats:
    """log(x/(1 - x)) of the quantile x."""
    flat = [np.ravel(np.asarray(each, dtype=float)) for each in np.broadcast_arrays(a, b, p)]
    proper = (flat[0] > 0) & (flat[1] > 0)
    ends = np.select([flat[2] == 0, flat[2] == 1], [-np.inf, np.inf], np.nan)
    found = np.where(proper, ends, np.nan)
    known = np.flatnonzero(proper & (flat[2] > 0) & (flat[2] < 1))
    if len(known):
        found[known] = _solved(*(each[known] for each in flat))
    return found.reshape(np.broadcast(a, b, p).shape)


def _solved(a: Floats, b: Floats, p: Floats) -> Floats:
    """Newton's method, and halving wherever it would leave what is known of the place."""
    low, high = np.full_like(a, -FARTHEST), np.full_like(a, FARTHEST)
    place, left = log(a / b), np.ones(len(a), dtype=bool)
    for _ in range(TRIES):
        if not left.any():
            break
        v, w, at = a[left], b[left], place[left]
        x, y = 1 / (1 + exp(-at)), 1 / (1 + exp(at))
        over = _below(v, w, x, y) - p[left]
        low[left], high[left] = (
            np.where(over < 0, at, low[left]), np.where(over < 0, high[left], at),
        )  # fmt: skip
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            then = at - over / factor(v, w, x, y)
        inside = (then >= low[left]) & (then <= high[left])
        place[left] = np.where(inside, then, (low[left] + high[left]) / 2)
        left[left] = np.abs(place[left] - at) > CLOSE * np.maximum(np.abs(at), 1)
    return place
