"""Intervals hold what they promise: measured on populations of known truth, with a fixed seed."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.dataset import reader
from analysis.scoring import score
from benchmarks.coverage import intervals, raters, scores
from benchmarks.coverage.worlds import World, draw
from tests.analysis import small

SAMPLES = 4000
CASES = [
    World("3 of 12", 3, 12, 0.8),
    World("5 of 12", 5, 12, 0.05),
    World("8 of 12", 8, 12, 0.5),
    World("8 of 12", 8, 12, 0.95),
    World("20 of 45", 20, 45, 0.95),
    World("30 of 65", 30, 65, 0.8),
    World("25 of 400", 25, 400, 0.99),
    World("12 of 12, some skip", 12, 12, 0.8, 0.7),
    World("25 of 40, some skip", 25, 40, 0.8, 0.7),
    World("8 clusters of 20", 20, 60, 0.5, 1.0, 8, 30, 0.05),
    World("8 clusters of 20", 20, 60, 0.95, 1.0, 8, 30, 0.05),
]


def covered(world, samples=SAMPLES):
    return intervals.measure(world, draw(world, samples, np.random.default_rng(7)), 0.95)


@pytest.mark.parametrize("world", CASES, ids=lambda w: f"{w.name} at {w.mean}")
def test_the_recommended_interval_holds_its_level(world):
    assert covered(world)["recommended"][0] >= 0.94


@pytest.mark.parametrize("world", CASES[2:3] + CASES[5:6] + CASES[9:10], ids=lambda w: w.name)
def test_the_t_interval_holds_its_level_away_from_the_ends(world):
    assert covered(world)["t"][0] >= 0.93


def test_r_s_standard_error_is_certain_of_a_census_in_which_questions_were_skipped():
    found = covered(World("12 of 12", 12, 12, 0.5, 0.7))
    assert found["R's se"][0] < 0.1, "it takes those who answered as all there are"
    assert found["recommended"][0] >= 0.94


def test_t_and_wilson_fail_near_the_end_where_the_recommended_interval_does_not():
    found = covered(World("25 of 400", 25, 400, 0.99))
    assert max(found["t"][0], found["Wilson"][0], found["KG"][0]) < 0.7
    assert found["recommended"][0] >= 0.95


@pytest.mark.parametrize(("kind", "mean"), [("four groups", 0.95), ("leaders and delegates", 0.95)])
def test_a_score_is_not_surer_because_one_group_agrees_by_luck(kind, mean):
    own = scores.worlds(kind, mean, 1.0)
    rng = np.random.default_rng(3)
    found = scores.measure(own, [draw(world, SAMPLES, rng) for world in own], 0.95)
    assert found["recommended"][0] >= 0.95
    assert found["recommended"][0] > found["logit"][0]


@pytest.mark.parametrize("answers", ["AABBBCCD", "AAAAAAAB", "AABB CD ", "AAAAAAAA"])
def test_the_simulations_intervals_are_those_of_the_package(tmp_path, answers):
    """The same answers, 8 of 12 leaders, through the files and through the formulas above."""
    text = small.respondents({"leaders": answers}).replace(",30,", ",12,")
    criteria = "\n".join(small.CRITERIA.splitlines()[::2]) + "\n"
    frame = "unit,group,N,n_invited,n_responded\nU1,leaders,12,12,8\n"
    files = {"respondents": text, "criteria": criteria, "frame": frame}
    card = score.score(reader.read(small.folder(tmp_path / "data", **files)))
    worth = {"A": 1.0, "B": 0.6, "C": 0.2, "D": 0.0, " ": 0.0}
    x = np.array([[worth[a] for a in answers]])
    r = np.array([[float(a != " ") for a in answers]])
    from benchmarks.coverage.worlds import _summary

    s = _summary(np.array([0.5]), x, r, 8 / 12)
    lo, hi = intervals.intervals(World("", 8, 12, 0.5), s, 0.95)["recommended"]
    assert card.estimates.lo[0, 0] == pytest.approx(lo[0], rel=1e-9)
    assert card.estimates.hi[0, 0] == pytest.approx(hi[0], rel=1e-9)
    if " " not in answers:  # the df of a score are its groups', whoever answered
        assert card.units.lo[0] == pytest.approx(1.5 * lo[0], rel=1e-9)
        assert card.units.hi[0] == pytest.approx(1.5 * hi[0], rel=1e-9)


def test_a_group_that_agrees_by_luck_widens_the_score_and_a_full_census_does_not(tmp_path):
    def width(leaders, size):
        text = small.respondents({"council": small.ANSWERS["council"], "leaders": leaders})
        folder = small.folder(tmp_path / leaders, respondents=text.replace(",30,", f",{size},"))
        points = score.score(reader.read(folder)).units
        assert points.lo[0] <= points.score[0] <= points.hi[0] <= 1.5
        return points.hi[0] - points.lo[0]

    assert width("A" * 8, 12) > width("A" * 12, 12) + 0.01


def test_ranks_of_units_with_the_same_few_raters_hold_with_the_df_of_the_difference():
    z, welch, difference = raters.measured(20, 11, 0.0, 300, 1, own=False)
    assert difference[0] >= 0.93, "all intervals at once"
    assert welch[0] < 0.91, "which counts each rater twice"
    assert z[0] < 0.7
