"""Intervals, ranks, plans and outcome rates, compared with R."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.estimation import interval
from analysis.nonresponse import response_rates
from analysis.planning import allocation, sample_size
from analysis.ranking import pairwise, ranks
from benchmarks.coverage import rank_methods
from tests.analysis import neyman, other_intervals
from tests.analysis.reference import agrees, misc

INTERVALS, WANTED = misc("intervals_input"), misc("intervals_expected")


def both(kind):
    return list(zip(INTERVALS[kind], WANTED[kind], strict=True))


@pytest.mark.parametrize(("given", "theirs"), both("mean"))
def test_intervals_of_a_mean(given, theirs):
    mean, se, df, n, level = (given[k] for k in ("mean", "se", "df", "n", "level"))
    found = {
        "t": other_intervals.student(mean, se, df, level),
        "logit": interval.logit(mean, se, df, level),
        "wilson": other_intervals.wilson(mean, se, df, level),
        "kg": other_intervals.korn_graubard(mean, se, df, n, level),
        "kg_truncated": other_intervals.korn_graubard(mean, se, df, n, level, truncated=True),
    }
    for name, ends in found.items():
        assert all(agrees(float(a), b) for a, b in zip(ends, theirs[name], strict=True)), name
    assert agrees(float(other_intervals.effective_size(mean, se)), theirs["n_eff"])


@pytest.mark.parametrize(("given", "theirs"), both("binomial"))
def test_intervals_of_a_count(given, theirs):
    x, n, level = given["x"], given["n"], given["level"]
    for name, found in (
        ("wilson", other_intervals.wilson_count),
        ("jeffreys", other_intervals.jeffreys),
        ("clopper_pearson", other_intervals.clopper_pearson),
    ):
        assert all(agrees(a, b) for a, b in zip(found(x, n, level), theirs[name], strict=True))


@pytest.mark.parametrize(("given", "theirs"), both("hypergeometric"))
def test_intervals_of_a_count_in_a_small_population(given, theirs):
    found = other_intervals.hypergeometric(given["x"], given["n"], given["N"], given["level"])
    assert found == (theirs["K_lo"], theirs["K_hi"])


@pytest.mark.parametrize(("given", "theirs"), both("all_equal"))
def test_intervals_where_all_answers_are_equal(given, theirs):
    found = other_intervals.all_equal(given["value"], given["n"], given.get("N"), given["level"])
    assert agrees(found[0], theirs["lo"])
    assert agrees(found[1], theirs["hi"])


EXAMPLES = list(
    zip(misc("ranks_input")["examples"], misc("ranks_expected")["examples"], strict=True)
)


def scores_of(given):
    scores = np.array(given["score"], dtype=float)
    if "cov" in given:
        return scores, np.array(given["cov"], dtype=float)
    return scores, np.diag(np.array(given["se"], dtype=float) ** 2)


@pytest.mark.parametrize(("given", "theirs"), EXAMPLES, ids=lambda e: e["name"])
def test_rank_intervals_of_all_units_at_once(given, theirs):
    scores, covariance = scores_of(given)
    pairs = pairwise.unit_pairs(scores, covariance)
    p = pairwise.normal_p(pairs)
    for how in ("unadjusted", "bonferroni", "holm"):
        sets = ranks.rank_sets(pairs, rank_methods.adjust(p, how), given["coverage"])
        assert sets.lo.tolist() == theirs[how]["lo"]
        assert sets.hi.tolist() == theirs[how]["hi"]
        assert sets.distinct_pairs == theirs[how]["distinct_pairs"]
    assert ranks.rank_min(scores).tolist() == theirs["rank_min"]
    assert rank_methods.rank_max(scores).tolist() == theirs["rank_max"]


@pytest.mark.parametrize(("given", "theirs"), EXAMPLES, ids=lambda e: e["name"])
def test_p_values_of_all_pairs(given, theirs):
    scores, covariance = scores_of(given)
    pairs = pairwise.unit_pairs(scores, covariance)
    order = {pair: at for at, pair in enumerate(zip(pairs.i + 1, pairs.j + 1, strict=True))}
    at = [order[pair] for pair in zip(theirs["pairs"]["i"], theirs["pairs"]["j"], strict=True)]
    p = pairwise.normal_p(pairs)
    np.testing.assert_allclose(p[at], theirs["pairs"]["p_raw"], rtol=1e-9, atol=1e-300)
    holm = pairwise.holm(p)
    np.testing.assert_allclose(holm[at], theirs["pairs"]["p_holm"], rtol=1e-9, atol=1e-300)
    if "df" in given:
        df = np.array(given["df"], dtype=float)
        welch = pairwise.welch_df(pairs, covariance.diagonal(), df)
        student = pairwise.t_p(pairs, welch)
        np.testing.assert_allclose(student[at], theirs["pairs"]["p_t"], rtol=1e-9, atol=1e-300)
        for how in ("unadjusted", "bonferroni", "holm"):
            sets = ranks.rank_sets(pairs, rank_methods.adjust(student, how), given["coverage"])
            assert sets.lo.tolist() == theirs[f"{how}_t"]["lo"]
            assert sets.hi.tolist() == theirs[f"{how}_t"]["hi"]


@pytest.mark.parametrize(("given", "theirs"), EXAMPLES, ids=lambda e: e["name"])
def test_joint_intervals_and_chances_of_ranks(given, theirs):
    scores, covariance = scores_of(given)
    for joint in ("sidak", "bonferroni"):
        se = np.sqrt(covariance.diagonal())
        z, lo, hi = rank_methods.kww(scores, se, given["coverage"], joint)
        wanted = theirs[f"kww_{joint}"]
        assert agrees(z, wanted["z"])
        assert (lo.tolist(), hi.tolist()) == (wanted["lo"], wanted["hi"])
    pairs = pairwise.unit_pairs(scores, covariance)
    above = ranks.probability_above(pairs)
    wanted = np.array(theirs["prob_i_above_j"], dtype=float)
    off = ~np.eye(len(scores), dtype=bool)
    np.testing.assert_allclose(above[off], wanted[off], rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(ranks.expected_rank(pairs), theirs["expected_rank"], rtol=1e-9)


def test_a_band_holds_those_that_its_best_cannot_be_told_from():
    scores = np.array([10.0, 9.9, 5.0, 4.9])
    pairs = pairwise.unit_pairs(scores, np.diag([0.01] * 4))
    sets = ranks.rank_sets(pairs, pairwise.holm(pairwise.normal_p(pairs)), 0.95)
    assert ranks.bands(scores, sets.distinct).tolist() == [1, 1, 2, 2]


def test_units_without_a_score_or_a_standard_error_are_listed_without_what_they_lack():
    scores = np.array([3.0, 9.0, np.nan, 8.0])
    covariance = np.diag([0.01, 0.01, np.nan, np.nan])
    found = ranks.ranking(scores, covariance, 0.95, ~np.isnan(scores))
    assert found.rank == (3, 1, None, 2)
    assert found.lo == (2, 1, None, None)
    assert found.hi == (3, 2, None, None)


PLANS, PLANNED = misc("planning_input"), misc("planning_expected")


def plans(kind):
    return list(zip(PLANS[kind], PLANNED[kind], strict=True))


@pytest.mark.parametrize(("given", "theirs"), plans("size"))
def test_sample_sizes(given, theirs):
    found = sample_size.size(
        given["S"],
        given["moe"],
        level=given["level"],
        deff=given["deff"],
        response_rate=given["response_rate"],
        population=given.get("N"),
    )
    assert agrees(found.n_infinite, theirs["n_infinite"])
    assert agrees(found.n_exact, theirs["n_exact"])
    assert (found.n, found.invite) == (theirs["n"], theirs["invite"])
    assert found.invite_exceeds_population == theirs["invite_exceeds_population"]


@pytest.mark.parametrize(("given", "theirs"), plans("allocation"))
def test_allocations(given, theirs):
    population, sd, mean, cost = (np.array(given[k], float) for k in ("N", "S", "mean", "cost"))
    n, minimum = given["n"], given["n_min"]
    bases = allocation.bases(population, sd, mean, cost, given["power"])
    sizes = {name: allocation.clipped(b, n, population, minimum) for name, b in bases.items()}
    sizes["neyman_integer"] = neyman.neyman_whole(n, population, sd, minimum)
    for name, ours in sizes.items():
        np.testing.assert_allclose(ours, theirs[name], rtol=1e-9)
        if name in theirs["variance"]:
            assert agrees(allocation.variance(ours, population, sd), theirs["variance"][name])
    assert agrees(
        neyman.neyman_size(population, sd, given["moe"], given["level"]),
        theirs["n_for_moe_neyman"],
    )


@pytest.mark.parametrize(("given", "theirs"), plans("cluster"))
def test_clusters(given, theirs):
    found = sample_size.clusters(
        given["c1"],
        given["c2"],
        given["icc"],
        given["b"],
        sd=given["S"],
        moe=given["moe"],
        level=given["level"],
    )
    assert agrees(found.best_take, theirs["b_opt"])
    assert agrees(found.deff, theirs["deff_at_b"])
    assert (found.persons, found.psus) == (theirs["n_persons"], theirs["n_psu"])


@pytest.mark.parametrize(("given", "theirs"), plans("score"))
def test_the_cheapest_plan_for_a_score(given, theirs):
    arrays = (np.array(given[k], float) for k in ("sd_component", "deff", "N", "cost"))
    found = sample_size.score_plan(*arrays, given["moe"], given["level"])
    np.testing.assert_allclose(found.n, theirs["n"], rtol=1e-9)
    assert found.n_whole.tolist() == theirs["n_ceiling"]
    assert agrees(found.cost, theirs["cost"])
    assert agrees(found.moe_reached, theirs["moe_reached"])


RATES = list(
    zip(misc("outcome_rates_input")["cases"], misc("outcome_rates_expected")["rates"], strict=True)
)


@pytest.mark.parametrize(("given", "theirs"), RATES)
def test_outcome_rates(given, theirs):
    found = response_rates.outcome_rates(given, given.get("e"))
    for name, wanted in theirs.items():
        if name != "id":
            ours = found[name].rate
            assert agrees(float("nan") if ours is None else ours, wanted), name
            assert (ours is None) == bool(found[name].reason) or name == "e"


@pytest.mark.parametrize(("n", "there", "level", "least"), [
    (1, 100, 0.95, 6), (1, 40, 0.9, 5), (9, 10, 0.9, 10), (8, 16, 0.9, 14),
])  # fmt: skip
def test_a_chance_of_just_what_is_left_is_not_above_it(n, there, level, least):
    """5 of 100 are drawn with a chance of 1/20; 1 - 0.95 is a little more, as a double."""
    assert interval.all_equal_share(n, there, level) == least / there
