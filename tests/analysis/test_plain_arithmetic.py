"""Functions and products by plain arithmetic are as exact as the libraries that they replace."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import special

from analysis.old import beta, distributions, elementary, products

LAST_BIT = 2.0**-52
RNG = np.random.default_rng(20)
DF = np.concatenate([np.arange(1.0, 90.0), np.exp(RNG.uniform(np.log(0.3), np.log(1e6), 500))])


def off(found, expected):
    """The largest error, in last bits."""
    return float((np.abs(found - expected) / np.abs(expected)).max()) / LAST_BIT


def test_exponentials_are_those_of_the_library_but_for_the_last_bit():
    x = np.concatenate([RNG.uniform(-708, 709.7, 20_000), RNG.normal(size=20_000) / 1000])
    assert off(elementary.exp(x), [math.exp(each) for each in x.tolist()]) <= 2
    ends = elementary.exp([-np.inf, -746.0, 0.0, 710.0, np.inf, np.nan])
    assert ends.tolist()[:5] == [0.0, 0.0, 1.0, np.inf, np.inf]
    assert np.isnan(ends[5])


def test_logarithms_are_those_of_the_library_but_for_the_last_bit():
    x = np.concatenate([np.exp(RNG.uniform(-700, 700, 20_000)), 1 + RNG.normal(size=2000) / 1000])
    assert off(elementary.log(x), [math.log(each) for each in x.tolist()]) <= 3
    small = RNG.normal(size=2000) / 1e8
    assert off(elementary.log1p(small), [math.log1p(each) for each in small.tolist()]) <= 3
    ends = elementary.log([0.0, 1.0, np.inf, 5e-324, -1.0])
    assert ends.tolist()[:4] == [-np.inf, 0.0, np.inf, math.log(5e-324)]
    assert np.isnan(ends[4])


def test_powers_are_those_of_the_library():
    x = RNG.uniform(0, 1e6, 500)
    for exponent in (0.0, 0.37, 0.5, 1.0, 2.3):
        assert elementary.powers(x, exponent) == pytest.approx(x**exponent, rel=1e-13)
    assert elementary.powers([0.0], 0.37).tolist() == [0.0]


def test_tails_of_the_normal_keep_their_digits_far_out():
    z = np.concatenate([RNG.uniform(-37, 8, 4000), RNG.normal(size=4000)])
    by_erfc = [math.erfc(-each / math.sqrt(2)) / 2 for each in z.tolist()]
    assert distributions.normal_below(z) == pytest.approx(by_erfc, rel=1e-12)
    near = z[np.abs(z) < 9]
    assert distributions.normal_table(near) == pytest.approx(special.ndtr(near), abs=1e-13)
    ends = distributions.normal_below([-np.inf, 0.0, np.inf])
    assert ends.tolist() == [0.0, 0.5, 1.0]
    assert distributions.normal_table(np.array([-50.0, 50.0])) == pytest.approx([0, 1], abs=1e-15)


@pytest.mark.parametrize("p", [1e-300, 1e-10, 0.025, 0.4, 0.5, 0.6, 0.975, 0.9995, 1 - 1e-10])
def test_quantiles_of_the_normal(p):
    assert distributions.normal_quantile(p) == pytest.approx(special.ndtri(p), rel=1e-13)


def test_tails_of_t_at_any_degrees_of_freedom():
    df, t = np.meshgrid(DF, np.concatenate([[0.0], np.exp(RNG.uniform(-3, 4, 40))]))
    expected = special.stdtr(df, -t)
    some = expected > 1e-250
    found = distributions.student_above(df, t)
    assert found[some] == pytest.approx(expected[some], rel=2e-11)
    near = distributions.student_above(1.0, 1e-9)
    assert near == pytest.approx(0.5 - 1e-9 / math.pi, rel=1e-15)
    ends = distributions.student_above([5.0, np.inf, 5.0, np.nan, -1.0], [np.inf, 1.96, 0, 1, 1])
    assert ends[:3] == pytest.approx([0.0, special.ndtr(-1.96), 0.5], rel=1e-14)
    assert np.isnan(ends[3:]).all()


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.99, 0.9999])
def test_quantiles_of_t_at_any_degrees_of_freedom(level):
    p = (1 + level) / 2
    assert distributions.student_quantile(DF, p) == pytest.approx(special.stdtrit(DF, p), rel=1e-10)
    ends = distributions.student_quantile([np.inf, 0.0, np.nan, -2.0], p)
    assert ends[0] == pytest.approx(special.ndtri(p), rel=1e-13)
    assert np.isnan(ends[1:]).all()


def test_a_quantile_does_not_depend_on_its_neighbours():
    whole = distributions.student_quantile(DF, 0.975)[::9].tolist()
    assert [float(distributions.student_quantile(one, 0.975)) for one in DF[::9]] == whole
    a, b, p = RNG.uniform(0.5, 60, 50), RNG.uniform(0.5, 60, 50), RNG.random(50)
    both = beta.below(a, b, p), beta.quantile(a, b, p)
    alone = [(beta.below(*each), beta.quantile(*each)) for each in zip(a, b, p, strict=True)]
    assert [each.tolist() for each in both] == np.transpose(alone).tolist()


def test_beta_and_f_are_those_of_the_library():
    a, b = np.exp(RNG.uniform(-1, 7, (2, 800)))
    x, p = RNG.random((2, 800))
    expected = special.betainc(a, b, x)
    some = expected > 1e-200
    assert beta.below(a, b, x)[some] == pytest.approx(expected[some], rel=1e-10)
    assert beta.quantile(a, b, p) == pytest.approx(special.betaincinv(a, b, p), rel=1e-10)
    assert beta.quantile(3, 4, [0.0, 1.0]).tolist() == [0.0, 1.0]
    assert np.isnan(beta.below([0.0, 1.0, np.nan], [1.0, -1.0, 1.0], 0.5)).all()
    assert beta.f_above(3, 17, 4 * x) == pytest.approx(special.fdtrc(3, 17, 4 * x), rel=1e-11)
    assert beta.f_quantile(99, 297, 0.025) == pytest.approx(
        special.fdtri(99, 297, 0.025), rel=1e-12
    )
    assert beta.log_beta(a, b) == pytest.approx(special.betaln(a, b), rel=1e-11, abs=1e-12)


def exact(one, other):
    """The product in fractions, each entry rounded once."""
    columns = [[Fraction(each) for each in column] for column in one.T.tolist()]
    others = [[Fraction(each) for each in column] for column in other.T.tolist()]
    return np.array([
        [float(sum(x * y for x, y in zip(c, d, strict=True))) for d in others] for c in columns
    ])  # fmt: skip


@pytest.mark.parametrize("rows", [1, 2, 11, 300])
def test_products_are_as_exact_as_a_double_can_tell(rows):
    one, other = RNG.normal(size=(rows, 4)), RNG.normal(size=(rows, 3)) * [1e-9, 1.0, 1e80]
    one[:, 0] = 0.0
    one[: rows // 2, 1] *= 1e-7
    lengths = np.outer(np.sqrt((one**2).sum(axis=0)), np.sqrt((other**2).sum(axis=0)))
    apart = np.abs(products.product(one, other) - exact(one, other))
    assert (apart <= 4 * LAST_BIT * rows * lengths).all()
    assert apart.mean() <= 1e-14 * lengths.mean(), "in practice fourteen digits"
    same = products.square(one)
    assert (same == same.T).all()
    assert same == pytest.approx(exact(one, one), rel=1e-14 * rows, abs=1e-15 * rows)


@pytest.mark.parametrize("rows", [11, 4000])
def test_the_order_of_the_rows_shows_in_no_bit_of_a_product(rows):
    one, other = RNG.normal(size=(rows, 30)), RNG.normal(size=(rows, 20))
    order = RNG.permutation(rows)
    first, second = (products.Slices.of(each) for each in (one, other))
    mixed = np.concatenate([order, rows + order, 2 * rows + order])
    shuffled = [products.Slices(each.table[mixed]) for each in (first, second)]
    assert shuffled[0].times(shuffled[1]).tobytes() == first.times(second).tobytes()
    assert shuffled[0].square().tobytes() == first.square().tobytes()


def test_what_is_not_a_number_stays_in_its_column():
    one = RNG.normal(size=(9, 3))
    one[4, 1], one[5, 2] = np.nan, np.inf
    found = products.product(one, RNG.normal(size=(9, 2)))
    assert np.isnan(found[1:]).all()
    assert not np.isnan(found[0]).any()
    assert products.product(np.zeros((0, 2)), np.zeros((0, 3))).tolist() == [[0.0] * 3] * 2


def test_the_root_of_a_matrix_is_the_librarys():
    draws = RNG.normal(size=(400, 60))
    matrix = draws.T @ draws
    assert products.cholesky(matrix) == pytest.approx(np.linalg.cholesky(matrix), abs=1e-12 * 400)
    assert products.cholesky(np.array([[1.0, 1.0], [1.0, 1.0]])) is None
    assert products.cholesky(np.array([[1.0, 2.0], [2.0, 1.0]])) is None


def test_residuals_from_dependent_columns_are_those_of_least_squares():
    levels = [np.eye(4)[RNG.integers(0, 4, 200)], np.eye(3)[RNG.integers(0, 3, 200)]]
    root = np.sqrt(RNG.uniform(0.1, 30, 200))
    columns, effect = np.concatenate(levels, axis=1) * root[:, None], RNG.normal(size=200)
    basis = products.orthonormal(columns)
    assert basis.shape[1] == 6, "each margin adds up to everybody: one column too many"
    assert basis.T @ basis == pytest.approx(np.eye(6), abs=1e-14)
    fit = columns @ np.linalg.lstsq(columns, effect, rcond=None)[0]
    assert basis @ (basis.T @ effect) == pytest.approx(fit, abs=1e-12)
