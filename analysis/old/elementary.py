"""Exponential and logarithm by plain arithmetic: the same bits on every processor.

A library's `exp` and `log` may differ in the last bit from one processor to the next, with the
instructions that it finds there. Sums, products, quotients and roots may not (IEEE 754), and these
functions are made of nothing else: the range is reduced by a logarithm of 2 in two parts, the rest
is a short series. Off by little more than the last bit.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from analysis.numeric import Floats

LN2 = 0.6931471803691238  # 33 bits, so that its multiples are exact; LN2_REST is what it lacks
LN2_REST = 1.9082149292705877e-10
NOTHING, TOO_MUCH = -746.0, 710.0  # exp is 0 below and infinite above
NEAR = 0.3
ROOT_OF_HALF = 0.7071067811865476
EXP_TERMS = 14
ATANH_TERMS = 11
STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
ENOUGH = 12.0  # from here on Stirling's series has every digit
ROOT_OF_2PI = 2.5066282746310002
HALF_LOG_2PI = 0.9189385332046728


def exp(x: Any) -> Floats:
    """e^x of each number; 0, inf and NaN where the library's has them."""
    held = np.clip(np.asarray(x, dtype=float), NOTHING, TOO_MUCH)
    known = ~np.isnan(held)
    twos = np.rint(np.where(known, held, 0.0) / LN2)
    rest = (held - twos * LN2) - twos * LN2_REST
    series = np.full_like(rest, 1 / math.factorial(EXP_TERMS))
    for term in range(EXP_TERMS - 1, 1, -1):
        series *= rest
        series += 1 / math.factorial(term)
    whole = 1.0 + (rest + rest * rest * series)
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(np.ldexp(whole, twos.astype(np.int32)))


def log(x: Any) -> Floats:
    """The natural logarithm of each number; -inf at 0, NaN below."""
    x = np.asarray(x, dtype=float)
    usual = (x > 0) & np.isfinite(x)
    part, twos = np.frexp(np.where(usual, x, 1.0))
    low = part < ROOT_OF_HALF
    part, twos = np.where(low, 2 * part, part), twos - low
    own = twos * LN2 + (_twice_atanh((part - 1) / (part + 1)) + twos * LN2_REST)
    unusual = np.where(x == 0, -np.inf, np.where(x > 0, np.inf, np.nan))
    return np.where(usual, own, unusual)


def powers(x: Any, exponent: float) -> Floats:
    """x to a power, for x from 0 on."""
    if exponent == 1:
        return np.asarray(x, dtype=float)
    return np.sqrt(x) if exponent == 0.5 else exp(exponent * log(x))


def log1p(x: Any) -> Floats:
    """log(1 + x), also where x is so small that 1 + x is 1."""
    x = np.asarray(x, dtype=float)
    near = np.abs(x) < NEAR
    small = np.where(near, x, 0.0)
    return np.where(near, _twice_atanh(small / (2 + small)), log(1 + np.where(near, 0.0, x)))


def log1p_less(x: Any, more: Any) -> Floats:
    """log(1 + x) - x, with `more` = 1 + x as exactly as it is known: nothing cancels near 0."""
    x = np.asarray(x, dtype=float)
    near = np.abs(x) < NEAR
    small = np.where(near, x, 0.0)
    w = small / (2 + small)
    with np.errstate(divide="ignore", invalid="ignore"):
        far: Floats = log(np.where(near, 1.0, more)) - x
    return np.where(near, _twice_atanh_less(w) - 2 * w * w / (1 - w), far)


def stirling(x: Floats) -> Floats:
    """What Stirling's formula lacks of log gamma, for x above 0."""
    more, x = np.zeros_like(x), np.array(x, dtype=float)
    while (few := x < ENOUGH).any():
        own = x[few]
        more[few] += (own + 0.5) * log1p(1 / own) - 1
        x[few] = own + 1
    series, square = np.zeros_like(x), x * x
    for each in STIRLING[::-1]:
        series = series / square + each
    return np.asarray(more + series / x)


def _twice_atanh(w: Floats) -> Floats:
    """2 atanh w = log((1 + w)/(1 - w)), for |w| up to 0.18."""
    return 2 * w + _twice_atanh_less(w)


def _twice_atanh_less(w: Floats) -> Floats:
    """2 atanh w - 2 w = 2 (w^3/3 + w^5/5 + ...)."""
    square = w * w
    series = np.full_like(w, 1 / (2 * ATANH_TERMS + 1))
    for term in range(ATANH_TERMS - 1, 0, -1):
        series *= square
        series += 1 / (2 * term + 1)
    return np.asarray(2 * w * square * series)
