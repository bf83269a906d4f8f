"""What rounding leaves in the last digits decides nothing: no rank, band, test or chance."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import results
from analysis.dataset import reader
from analysis.numeric import rounded
from analysis.ranking import pairwise, ranks
from analysis.ranking.rank_chances import chances
from analysis.ranking.stepdown import significantly_different
from analysis.scoring.settings import Settings
from tests.analysis import small

LEAGUES = st.lists(
    st.tuples(st.sampled_from([70.1, 70.2, 70.3, 75.0, 80.7]), st.sampled_from([0.0, 0.3, 2.0])),
    min_size=1,
    max_size=9,
)
TOLD = ("rank", "lo", "hi", "lo_t", "hi_t", "band")


@given(st.floats(-1e6, 1e6), st.integers(-9, 9))
def test_what_differs_by_less_than_nine_decimals_is_rounded_to_the_decimal_text(value, last):
    exact = float(f"{value:.9f}")
    noisy = exact + last * 1e-11
    assert rounded(np.array([exact, noisy])).tolist() == [exact + 0.0] * 2


def test_neither_nan_nor_infinity_is_rounded_and_no_zero_is_negative():
    values = rounded(np.array([np.nan, np.inf, -np.inf, -1e-12, 1e300]))
    assert np.isnan(values[0])
    assert values[1:3].tolist() == [np.inf, -np.inf]
    assert not np.signbit(values[3])


@settings(deadline=None, max_examples=60)
@given(LEAGUES, st.randoms(use_true_random=False), st.sampled_from(["holm", "holm-t"]))
def test_ranks_intervals_and_bands_follow_the_units_in_any_order(league, rng, method):
    scores, sd = np.array(league).T
    rule, df = ranks.Rule(method=method), np.full(len(scores), 9.0)
    order = np.array(rng.sample(range(len(league)), len(league)))
    noise = np.array([rng.uniform(-1e-12, 1e-12) for _ in league])
    every = np.ones(len(scores), dtype=bool)
    plain = ranks.ranking(scores, np.diag(sd**2), 0.9, every, rule, df)
    again = (scores + noise)[order], np.diag(sd[order] ** 2)
    permuted = ranks.ranking(*again, 0.9, every, rule, df)
    for name in TOLD:
        assert [getattr(plain, name)[unit] for unit in order] == list(getattr(permuted, name)), name
    assert [plain.expected_rank[unit] for unit in order] == pytest.approx(permuted.expected_rank)
    before, after = chances(scores, np.diag(sd**2), (1, 3)), chances(*again, (1, 3))
    assert after.top == pytest.approx(before.top[order], abs=1e-6)
    assert after.bottom == pytest.approx(before.bottom[order], abs=1e-6)


@given(LEAGUES, st.floats(-1e-12, 1e-12))
def test_tied_units_share_rank_and_band_and_are_not_significantly_different(league, noise):
    scores, sd = np.array([*league, (league[0][0] + noise, league[0][1])]).T
    ranking = ranks.ranking(scores, np.diag(sd**2), 0.9, np.ones(len(scores), dtype=bool))
    assert ranking.rank[0] == ranking.rank[-1]
    assert ranking.band[0] == ranking.band[-1]
    assert not ranking.sets.distinct[0, -1]
    last = ranking.pairs.units - 1
    (pair,) = np.flatnonzero((ranking.pairs.i == 0) & (ranking.pairs.j == last))
    assert ranking.pairs.difference[pair] == 0
    assert ranking.p[pair] == 1


@settings(deadline=None, max_examples=25)
@given(LEAGUES, st.floats(-1e-12, 1e-12))
def test_the_step_down_tests_see_no_tie_as_a_difference(league, noise):
    scores, sd = np.array([*league, (league[0][0] + noise, league[0][1])]).T
    different, _ = significantly_different(scores, np.diag(sd**2), 0.9, 200, 1)
    assert not different[0, -1]


def test_a_p_value_of_just_alpha_is_significant_whatever_its_last_digits():
    p = 0.05 + np.array([-1e-15, 0.0, 1e-15, 1e-8])
    assert pairwise.is_significant(p, 0.95).tolist() == [True, True, True, False]


def test_a_tie_without_variance_is_no_difference_and_one_point_is_a_certain_one():
    pairs = pairwise.unit_pairs(np.array([0.1 + 0.2, 0.3, 1.3]), np.zeros((3, 3)))
    assert pairs.z.tolist() == [0, -np.inf, -np.inf]
    assert pairwise.t_p(pairs, np.array([4.0, 4.0, np.inf])).tolist() == [1, 0, 0]


def league_folder(path, rng):
    """Six units, pairs of which have the same answers: rows and criteria stand in any order."""
    codes = ("AAABBCABDA" * 3, "ABBBCCADBA" * 3, "CCBDACBBAC" * 3)
    head = "resp_id,unit,group,stratum,psu,weight,fpc1,fpc2,q1,q2"
    rows = [
        f"u{unit}p{k},U{unit},council,all,p{k},{0.1 + 0.77 * k:.2f},60,,{code},{codes[0][k]}"
        for unit in range(6)
        for k, code in enumerate(codes[unit // 2])
    ]
    points = (0.7, 1.1, 0.3, 0.9, 1.3)
    criteria = [f"C{k},{maximum},council,q{1 + k % 2},1" for k, maximum in enumerate(points)]
    rng.shuffle(rows)
    rng.shuffle(criteria)
    options = small.OPTIONS + small.OPTIONS.split("\n", 1)[1].replace("q1", "q2")
    files = {
        "respondents": "\n".join([head, *rows]) + "\n",
        "criteria": "\n".join([small.CRITERIA.split("\n")[0], *criteria]) + "\n",
        "options": options,
    }
    folder = small.folder(path, **files)
    (folder / "frame.csv").unlink()
    return reader.read(folder)


def test_neither_the_order_of_rows_nor_that_of_criteria_breaks_a_tie(tmp_path):
    scores = []
    for seed in range(8):
        data = league_folder(tmp_path / str(seed), random.Random(seed))
        scored = results.compute(data, Settings(missing="renormalise"))
        ranking = scored.ranking.ranking
        scores.append(scored.scorecard.units.score)
        assert ranking.rank[::2] == ranking.rank[1::2]
        assert ranking.band[::2] == ranking.band[1::2]
        assert sorted(ranking.rank) == [1, 1, 3, 3, 5, 5]
    assert len({values.tobytes() for values in scores}) > 1, "last digits do follow the order"
