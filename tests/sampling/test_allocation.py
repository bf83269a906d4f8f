from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.planning import allocation as planning
from survey_app.sampling.allocation import Bounded, allocate, base, shares, whole
from tests.analysis import neyman

POPULATIONS = (120, 70, 40, 9, 300)
SPREADS = tuple(Fraction(each, 100) for each in (20, 35, 30, 50, 10))


def bounded(rule, least=2):
    return [
        Bounded(base=base(rule, size, spread), least=min(least, size), most=size)
        for size, spread in zip(POPULATIONS, SPREADS, strict=True)
    ]


@pytest.mark.parametrize("rule", ["proportional", "neyman"])
@pytest.mark.parametrize("least", [0, 2, 8, 20])
@pytest.mark.parametrize("total", [100, 150, 333, 500, 539])
def test_shares_are_those_of_the_analysis_in_floating_point(rule, least, total):
    sizes, sds = np.array(POPULATIONS, dtype=float), np.array([float(s) for s in SPREADS])
    basis = planning.bases(sizes, sds, np.ones(5), np.ones(5), 0.5)[rule]
    expected = planning.clipped(basis, total, sizes, least)
    exact = shares(total, bounded(rule, least))
    assert [float(each) for each in exact] == pytest.approx(expected.tolist(), rel=1e-12)
    assert sum(exact) == total


def test_neyman_in_whole_numbers_is_hardly_worse_than_the_best_there_is():
    sizes, sds = np.array(POPULATIONS, dtype=float), np.array([float(s) for s in SPREADS])
    for total in (60, 100, 200):
        ours = np.array(allocate(total, bounded("neyman")), dtype=float)
        best = neyman.neyman_whole(total, sizes, sds, 2).astype(float)
        assert ours.sum() == best.sum() == total
        ratio = planning.variance(ours, sizes, sds) / planning.variance(best, sizes, sds)
        assert 1 <= ratio < 1.005


def test_what_is_left_after_rounding_down_goes_to_the_largest_remainders():
    assert whole([Fraction(7, 3), Fraction(7, 3), Fraction(7, 3)]) == (3, 2, 2)
    assert whole([Fraction(5, 4), Fraction(3, 2), Fraction(5, 4)]) == (1, 2, 1)
    assert whole([Fraction(2), Fraction(3)]) == (2, 3)


strata = st.lists(
    st.tuples(st.integers(1, 500), st.integers(1, 999), st.integers(0, 40)), min_size=1, max_size=12
)


@given(strata, st.data())
def test_whole_shares_add_up_and_keep_their_bounds(listed, data):
    each = [
        Bounded(base=Fraction(size * spread, 1000), least=min(least, size), most=size)
        for size, spread, least in listed
    ]
    total = data.draw(st.integers(sum(e.least for e in each), sum(e.most for e in each)))
    drawn = allocate(total, each)
    assert sum(drawn) == total
    for n, one, exact in zip(drawn, each, shares(total, each), strict=True):
        assert one.least <= n <= one.most
        assert abs(n - exact) < 1
