"""Normal and t distributions by plain arithmetic: the same bits on every processor.

SciPy's functions rest on a C library whose last bit depends on the processor. These rest on
elementary.py, and are at least as exact. Tails are computed as tails: a p value of 1e-200 has as
many digits as one of 0.5.

The Normal: exp(z^2/2) times its tail as a Chebyshev series in (z - 4)/(z + 4), after Shepherd and
Laframboise (1981, Mathematics of Computation 36, 249-253). The t: a power series far out, else the
expansion in tails of the Normal of DiDonato and Morris (1992, ACM TOMS 18, 360-373, their BGRAT).
Quantiles: Newton's and Halley's methods on the logarithm of the tail, which is concave.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from analysis.numeric import Floats, Ints
from analysis.old.elementary import ROOT_OF_2PI, exp, log, log1p

MILLS = (
    1.1670525350882472, -0.1610195767134654, -0.028002821825452974, 0.03167452189239266,
    -0.012103231162345369, 0.0027056129762167095, -0.00029931636202703166,
    -1.716686526879361e-05, 1.0178489264109868e-05, -4.894829570004192e-07,
    -2.844006500151048e-07, 3.0766283713811506e-08, 9.180378674469537e-09,
    -1.2756102213808737e-09, -3.6602793761041335e-10, 4.5926359348595225e-11,
    1.718931468764654e-11, -1.2726833698700655e-12, -8.668081913316232e-13,
    1.1061557204015602e-15, 4.2750210770084256e-14, 3.79093769223925e-15,
    -1.84741030108768e-15, -4.0419094133726034e-16, 5.340854382044752e-17,
    2.941479934877753e-17,
)  # fmt: skip
EXPANSION = (
    -0.08333333333333333, 0.00625, -0.0005042989417989418, 4.343722442680776e-05,
    -3.896385732323232e-06, 3.5833354634507906e-07, -3.349747072060578e-08,
)  # fmt: skip
# gamma(a + 1/2)/gamma(a) over the root of a - 1/4, by powers of 1/(a - 1/4)^2
GAMMAS = (1.0, 1 / 64, -19 / 8192, 631 / 524288, -174317 / 134217728, 20491783 / 8589934592)
ROOT_OF_PI = 1.7724538509055159
BEYOND = 39.5  # the Normal has nothing here
GRID = 512  # points of the table to a standard deviation
REACH = 9  # standard deviations that it covers
STEPS = 20  # half degrees of freedom that the expansion needs
FAR_STEPS = 55  # terms of the power series, at most half as large each
EXACT = 2.0**-52
CLOSE = 1e-6  # a step of Halley's method this small leaves nothing for the next
FEWEST = 3.0  # degrees of freedom from which on the quantile's expansion is near it


def normal_below(z: Any) -> Floats:
    """The chance that a standard Normal is at most z."""
    z = np.asarray(z, dtype=float)
    tail = _normal_tail(np.abs(z))
    return np.where(z > 0, 1 - tail, np.where(z == 0, 0.5, tail))


def normal_table(z: Floats) -> Floats:
    """The same to thirteen decimals, from a table: for sums of very many chances."""
    below, density = _table()
    held = np.clip(z, -REACH, REACH)
    at = np.rint(held * GRID)
    near = at / GRID
    apart, place = held - near, (at + REACH * GRID).astype(np.int64)
    bend = 1 - apart / 2 * (near - apart / 3 * (near * near - 1))
    return np.asarray(below[place] + density[place] * apart * bend)


@lru_cache(maxsize=1)
def _table() -> tuple[Floats, Floats]:
    z = np.arange(-REACH * GRID, REACH * GRID + 1) / GRID
    return normal_below(z), normal_density(z)


def normal_density(z: Any) -> Floats:
    """The density of a standard Normal."""
    return np.asarray(_bell(np.asarray(z, dtype=float)) / ROOT_OF_2PI)


@lru_cache(maxsize=1024)
def normal_quantile(p: float) -> float:
    """The z that a standard Normal is at most with the chance p."""
    if not 0 < p < 1:
        return {0.0: -np.inf, 1.0: np.inf}.get(float(p), np.nan)
    if p == 0.5:
        return 0.0
    tail, z = min(p, 1 - p), np.zeros(1)
    wanted = log(tail)
    for _ in range(100):
        mills = _mills(z)
        over = log(mills / ROOT_OF_2PI) - z * z / 2 - wanted
        z, before = z + over * mills, z
        if np.abs(z - before)[0] <= EXACT * z[0]:
            break
    return float(z[0]) if p > 0.5 else -float(z[0])


def student_above(df: Any, t: Any) -> Floats:
    """The chance that a t is above t, which is at least 0; broken df, infinite for the Normal."""
    df, t = (np.asarray(each, dtype=float) for each in np.broadcast_arrays(df, t))
    found = np.where(np.isinf(df), _normal_tail(np.abs(t)), np.where(np.isinf(t), 0.0, np.nan))
    known = np.isfinite(df) & np.isfinite(t) & (df > 0)
    found[known] = _Students(df[known]).above(t[known])
    return found


class _Students:
    """t distributions, one for each of some finite degrees of freedom."""

    def __init__(self, df: Floats) -> None:
        self.df, self.few = df, df < 2 * STEPS
        self.more = np.where(self.few, df / 2 + STEPS, df / 2)
        self.scale = _gammas(df / 2) / ROOT_OF_PI

    def above(self, t: Floats) -> Floats:
        """The chance of more than t: half of I_x(df/2, 1/2) at x = df/(df + t^2)."""
        square, found = t * t, np.zeros(len(t))
        far = square > self.df
        for at, steps in ((far, FAR_STEPS), (self.few & ~far, STEPS)):
            if at.any():
                found[at] = self._series(np.flatnonzero(at), square, steps)
        near = np.flatnonzero(~far)
        found[near] += _expansion(self.more[near], log1p(square[near] / self.df[near]))
        return found / 2

    def factor(self, square: Floats, at: Any = slice(None)) -> Floats:
        """The density at t, times t: x^a (1 - x)^(1/2) / B(a, 1/2) for a = df/2."""
        v, square = self.df[at], square[at]
        away = exp(-v / 2 * log1p(square / v)) * np.sqrt(square / (v + square))
        return np.asarray(away * self.scale[at])

    def _series(self, at: Ints, square: Floats, steps: int) -> Floats:
        """I_x(a, 1/2) far out, elsewhere what it has more than I_x(a + STEPS, 1/2)."""
        a, x = self.df[at] / 2, self.df[at] / (self.df[at] + square[at])
        term, above, below = self.factor(square, at) / a, a + 0.5, a + 1
        total = np.zeros_like(term)
        for _ in range(steps):
            total += term
            term *= x
            term *= above
            term /= below
            above += 1
            below += 1
        return total


def _gammas(a: Floats) -> Floats:
    """gamma(a + 1/2)/gamma(a)."""
    few, value, raised = np.flatnonzero(a < STEPS), np.ones_like(a), a.copy()
    own, product = a[few], np.ones(len(few))
    for _ in range(STEPS if len(few) else 0):
        product *= own / (own + 0.5)
        own += 1
    value[few], raised[few] = product, own
    large = raised - 0.25
    return value * np.sqrt(large) * _polynomial(GAMMAS, 1 / (large * large))


def _polynomial(terms: tuple[float, ...], x: Floats) -> Floats:
    value = np.full_like(x, terms[-1])
    for each in terms[-2::-1]:
        value *= x
        value += each
    return value


def _expansion(a: Floats, depth: Floats) -> Floats:
    """I_x(a, 1/2) for -log x = `depth` up to log 2 and a from STEPS on."""
    large = a - 0.25
    u = large * depth
    z = np.sqrt(2 * u)
    bell, square, step = exp(-u), 4 * large * large, (depth / 2) ** 2
    last = 2 * bell * _mills(z) / ROOT_OF_2PI
    own = bell * z / ROOT_OF_2PI
    total = last
    for n, each in enumerate(EXPANSION):
        last = ((2 * n + 0.5) * (2 * n + 1.5) * last + own * (u + 2 * n + 1.5)) / square
        own = own * step
        total = total + each * last
    return np.asarray(_polynomial(GAMMAS, 1 / (large * large)) * total)


def student_quantile(df: Any, p: float) -> Floats:
    """The t that is exceeded with the chance 1 - p, below 0.5; NaN where df is not above 0."""
    df = np.asarray(df, dtype=float)
    each, at = np.unique(df, return_inverse=True)  # few, where df is PSUs less strata
    found = np.where(each > 0, normal_quantile(p), np.nan)
    finite = np.flatnonzero((each > 0) & np.isfinite(each))
    if len(finite):
        found[finite] = _student_quantiles(each[finite], 1 - p, normal_quantile(p))
    return np.asarray(found[at].reshape(df.shape))


def _student_quantiles(df: Floats, tail: float, z: float) -> Floats:
    """Halley's method on log tail by log t; each step has thrice the digits of the one before."""
    found, left, wanted = _cornish_fisher(df, z), np.arange(len(df)), float(log(tail))
    for _ in range(100):
        v, t, students = df[left], found[left], _Students(df[left])
        square, above = t * t, students.above(t)
        over, slope = log(above) - wanted, students.factor(square) / above
        bend = slope + 1 - (v + 1) * square / (v + square)
        # the tail's logarithm is concave: without the bend the step is Newton's, and never too far
        step = exp(over / slope / np.maximum(1 + over * bend / (2 * slope), 0.5))
        found[left] = t * step
        left = left[np.abs(step - 1) > CLOSE]
        if not len(left):
            break
    return found


def _cornish_fisher(df: Floats, z: float) -> Floats:
    """A t quantile nearly, from the Normal's (Abramowitz and Stegun 1964, 26.7.5)."""
    square = z * z
    v = np.maximum(df, FEWEST)
    more = (
        (square + 1) / 4,
        ((5 * square + 16) * square + 3) / 96,
        (((3 * square + 19) * square + 17) * square - 15) / 384,
        ((((79 * square + 776) * square + 1482) * square - 1920) * square - 945) / 92160,
    )
    return np.asarray(z * (1 + _polynomial((0.0, *more), 1 / v)))


def _bell(z: Floats) -> Floats:
    """exp(-z^2/2): what rounding took from z^2 is given back."""
    z = np.clip(z, -BEYOND, BEYOND)
    square, high = z * z, z * (2.0**27 + 1)
    high = high - (high - z)
    low = z - high
    lost = ((high * high - square) + 2 * high * low) + low * low
    return exp(-square / 2) * (1 - lost / 2)


def _mills(z: Floats) -> Floats:
    """The tail of a standard Normal above z over its density there, z at least 0."""
    z = np.minimum(z, 1e9)  # infinity would be no number
    t = (z - 4) / (z + 4)
    one, two = np.zeros_like(t), np.zeros_like(t)
    for each in MILLS[:0:-1]:
        one, two = 2 * t * one - two + each, one
    return np.asarray((t * one - two + MILLS[0]) / (1 + z))


def _normal_tail(z: Floats) -> Floats:
    return np.asarray(_bell(z) * _mills(z) / ROOT_OF_2PI)
