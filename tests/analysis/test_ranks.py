"""Ranks: ties, chances, bands, limits on the error, and the ways of testing differences."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from analysis import results
from analysis.dataset import reader
from analysis.ranking import league_table, ranks
from analysis.ranking.rank_chances import chances
from analysis.ranking.stepdown import noise, significantly_different
from analysis.report import score_tables
from analysis.scoring import score
from tests.analysis import small
from tests.analysis.reference import card, misc

EXAMPLES = [
    (given, theirs)
    for given, theirs in zip(
        misc("ranks_input")["examples"], misc("ranks_expected")["examples"], strict=True
    )
    if "simulated_rank" in theirs
]


def normal(given):
    return np.array(given["score"], float), np.diag(np.array(given["se"], float) ** 2)


@pytest.mark.parametrize(("given", "theirs"), EXAMPLES)
def test_chances_of_the_top_are_those_that_a_long_simulation_shows(given, theirs):
    scores, covariance = normal(given)
    found = chances(scores, covariance, (1, 3))
    assert found.computed
    wanted = theirs["simulated_rank"]
    np.testing.assert_allclose(found.top[:, 0], wanted["prob_top1"], atol=0.005)
    if len(scores) > 3:
        np.testing.assert_allclose(found.top[:, 1], wanted["prob_top3"], atol=0.005)


@pytest.mark.parametrize("size", [1, 2, 3, 40, 300])
def test_chances_of_the_top_k_sum_to_k(size):
    rng = np.random.default_rng(size)
    scores, sd = rng.normal(70, 3, size), rng.uniform(0.2, 3, size)
    for covariance in (np.diag(sd**2), np.diag(sd**2) + 0.5):
        found = chances(scores, covariance, (1, 3, 5), draws=2000)
        for part in (found.top, found.bottom):
            np.testing.assert_allclose(part.sum(axis=0), np.minimum(size, found.k), atol=1e-3)


def test_computed_and_simulated_chances_agree():
    rng = np.random.default_rng(5)
    scores, sd = rng.normal(0, 1, 12), rng.uniform(0.1, 1.5, 12)
    computed = chances(scores, np.diag(sd**2), (1, 3))
    barely = np.diag(sd**2) + 1e-9
    simulated = chances(scores, barely, (1, 3), draws=60_000)
    assert computed.computed
    assert not simulated.computed
    np.testing.assert_allclose(computed.top, simulated.top, atol=0.01)
    np.testing.assert_allclose(computed.bottom, simulated.bottom, atol=0.01)


def test_two_units_that_covary_are_computed():
    covariance = np.array([[1.0, 0.9], [0.9, 1.0]])
    found = chances(np.array([1.0, 0.0]), covariance, (1,))
    assert found.computed
    assert found.top[0, 0] == pytest.approx(0.98733, abs=2e-4), "Phi(1/sqrt(0.2))"
    assert found.bottom[1, 0] == pytest.approx(found.top[0, 0], abs=1e-6)


def test_units_without_error_are_certain_and_ties_share_the_better_rank():
    found = chances(np.array([3.0, 3.0, 1.0]), np.zeros((3, 3)), (1, 2))
    assert found.top.tolist() == [[1, 1], [1, 1], [0, 0]]
    assert found.bottom.tolist() == [[0, 1], [0, 1], [1, 1]]


@pytest.mark.parametrize(("given", "theirs"), EXAMPLES)
def test_stepdown_sets_are_those_of_csranks_where_they_are_stable(given, theirs):
    scores, covariance = normal(given)
    rule = ranks.Rule(method="mrsw", draws=40_000)
    found = ranks.ranking(scores, covariance, given["coverage"], np.ones(len(scores), bool), rule)
    wanted = theirs["mrsw_simultaneous_stepdown"]
    for ours, end in ((found.lo, wanted["lo"]), (found.hi, wanted["hi"])):
        for mine, other, stable in zip(ours, end, wanted["stable"], strict=True):
            assert abs(mine - other) <= (0 if stable else 1)
    _, steps = significantly_different(scores, covariance, given["coverage"], 40_000, 1)
    assert steps[0] == pytest.approx(theirs["mrsw_first_step_critical_value"], abs=0.02)


def test_stepdown_is_as_sharp_as_holm_or_sharper_where_scores_covary():
    rng = np.random.default_rng(3)
    scores, covariance = rng.normal(0, 4, 30), np.diag(rng.uniform(0.5, 1, 30)) + 2.0
    every = np.ones(30, dtype=bool)
    sharp = ranks.ranking(scores, covariance, 0.95, every, ranks.Rule(method="mrsw"))
    holm = ranks.ranking(scores, covariance, 0.95, every)
    assert sharp.sets.distinct_pairs >= holm.sets.distinct_pairs


def test_few_degrees_of_freedom_tell_fewer_units_apart():
    scores, covariance = np.array([3.0, 0.0, -3.0]), np.diag([0.8, 0.8, 0.8])
    every, rule = np.ones(3, dtype=bool), ranks.Rule(method="holm-t")
    few = ranks.ranking(scores, covariance, 0.95, every, rule, np.full(3, 3.0))
    many = ranks.ranking(scores, covariance, 0.95, every, rule, np.full(3, np.nan))
    assert few.sets.distinct_pairs < many.sets.distinct_pairs
    assert (
        many.sets.distinct_pairs
        == ranks.ranking(scores, covariance, 0.95, every).sets.distinct_pairs
    )


def test_noise_repeats_with_its_seed_even_for_a_matrix_without_full_rank():
    matrix = np.ones((4, 4))
    first, again = noise(matrix, 50, 9), noise(matrix, 50, 9)
    assert first.tobytes() == again.tobytes()
    assert np.abs(first - first[:, [0]]).max() < 1e-4, "perfectly correlated units move together"


@pytest.mark.parametrize("seed", range(8))
def test_no_two_units_of_a_band_are_significantly_different(seed):
    rng = np.random.default_rng(seed)
    scores, covariance = rng.normal(0, 3, 25), np.diag(rng.uniform(0.05, 3, 25))
    found = ranks.ranking(scores, covariance, 0.95, np.ones(25, dtype=bool))
    band = np.array(found.band)
    together = band[:, None] == band
    assert not (together & found.sets.distinct).any()
    order = np.argsort(-scores)
    assert (np.diff(band[order]) >= 0).all(), "bands follow the ranking"


def test_units_whose_error_exceeds_the_limit_are_left_out_of_the_ranking():
    scored = card("clean")
    half = (scored.units.hi - scored.units.lo) / 2
    limit = float(np.sort(half)[3]) * 1.0001
    table = league_table.rank_units(scored, league_table.Rules(max_error=repr(limit)))
    rows = table.rank_rows()
    out = half > limit
    assert [row["rank"] is None for row in rows] == out.tolist()
    assert {row["reason"] for row, left in zip(rows, out, strict=True) if left} == {
        "error_exceeds_limit"
    }
    assert sorted(row["rank"] for row in rows if row["rank"]) == [1, 2, 3, 4]
    share = league_table.Rules(max_error=f"{100 * limit / scored.units.maximum[0]:.12f}%")
    assert [r["rank"] for r in league_table.rank_units(scored, share).rank_rows()] == [
        r["rank"] for r in rows
    ]


def test_a_census_with_skipped_questions_is_not_certain_in_the_ranking():
    covariance = league_table.ranking_covariance(
        np.zeros((3, 3)), np.array([0.5, 0, 0]), *np.array([[1, 2, 2], [3, 2, 4]], float), 0.95
    )
    sd = np.sqrt(covariance.diagonal())
    assert sd[0] == 0.5
    assert sd[1] == 0, "a full census is exact"
    assert sd[2] == pytest.approx(1 / 1.959964, rel=1e-6), "unanimity by luck is not"


@pytest.mark.parametrize("name", ["clean", "missing", "edge", "matrix"])
def test_pairs_are_told_with_the_joint_covariance(name):
    table = league_table.rank_units(card(name))
    rows = list(table.pair_rows())
    assert len(rows) == len(table.ranking.tested) * (len(table.ranking.tested) - 1) // 2
    for row in rows:
        assert row["difference"] >= 0
        assert row["distinct"] == (row["p_holm"] <= 1 - 0.95)
    for band in table.band_rows():
        assert band["meaning_vi"]


@pytest.mark.parametrize("units", [["U1"], ["U1", 'Sở "A", B']])
def test_pairs_csv_can_be_read_with_any_name_and_with_no_pair_at_all(tmp_path, units):
    lines = [small.respondents()]
    for name in units[1:]:
        quoted = '"' + name.replace('"', '""') + '"'
        lines.append(
            "".join(small.respondents().splitlines(keepends=True)[1:]).replace("U1", quoted)
        )
    files = {"respondents": "".join(lines).replace("\nc", "\nx"), "frame": ""}
    folder = small.folder(tmp_path / "data", **files)
    (folder / "frame.csv").unlink()
    score_tables.write(results.of(score.score(reader.read(folder))), tmp_path / "out")
    with (tmp_path / "out" / "pairs.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(units) - 1
    for row in rows:
        assert {row["unit_a"], row["unit_b"]} == set(units)
        assert (float(row["difference"]), row["distinct"]) == (0, "False")
