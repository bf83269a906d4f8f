"""Whether questions hang together, against variance analysis and identities."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats

from analysis.quality import reliability
from analysis.report import reliability_tables
from tests.analysis import reference

LEVEL = 0.95


def anova(values):
    """Mean squares of persons and of what is left, in a table of persons by items."""
    items, n = values.shape
    persons, columns = values.mean(0), values.mean(1)
    between = items * ((persons - values.mean()) ** 2).sum() / (n - 1)
    left = values - persons - columns[:, None] + values.mean()
    return between, (left**2).sum() / ((n - 1) * (items - 1))


def test_alpha_and_its_interval_are_those_of_the_analysis_of_variance():
    draw = np.random.default_rng(1)
    values = draw.normal(size=(1, 40)) + draw.normal(size=(5, 40))
    found = reliability.alpha(values, np.ones(40), LEVEL)
    between, left = anova(values)
    assert found.alpha == pytest.approx(1 - left / between)
    upper = stats.f.ppf(0.975, 39, 39 * 4) * left / between
    lower = stats.f.ppf(0.025, 39, 39 * 4) * left / between
    assert (found.lo, found.hi) == pytest.approx((1 - upper, 1 - lower))


def test_the_interval_covers_what_it_says():
    draw = np.random.default_rng(2)
    truth = 5 / 4 * (1 - 5 * 2 / (5 * 2 + 20))  # variance 2 each, covariance 1
    hits = 0
    for _ in range(1000):
        values = draw.normal(size=(1, 30)) + draw.normal(size=(5, 30))
        found = reliability.alpha(values, np.ones(30), LEVEL)
        hits += found.lo <= truth <= found.hi
    assert 0.93 < hits / 1000 < 0.97


def test_equal_items_give_one_and_unrelated_ones_about_nothing():
    draw = np.random.default_rng(3)
    one = draw.normal(size=500)
    assert reliability.alpha(np.stack([one] * 3), np.ones(500), LEVEL).alpha == pytest.approx(1)
    apart = reliability.alpha(draw.normal(size=(4, 500)), np.ones(500), LEVEL)
    assert apart.lo < 0 < apart.hi


def test_a_weight_of_two_is_two_people():
    draw = np.random.default_rng(4)
    values = draw.normal(size=(1, 20)) + draw.normal(size=(3, 20))
    weight = draw.integers(1, 4, 20).astype(float)
    twice = np.repeat(values, weight.astype(int), axis=1)
    ours = reliability.alpha(values, weight, LEVEL).alpha
    assert ours == pytest.approx(reliability.alpha(twice, np.ones(twice.shape[1]), LEVEL).alpha)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.ones((1, 30)), "fewer_than_2_items"),
        (np.ones((3, 4)), "fewer_than_10_complete"),
        (np.ones((3, 30)), "everyone_alike"),
    ],
)
def test_what_does_not_exist_is_none_with_a_reason(values, reason):
    found = reliability.alpha(values, np.ones(values.shape[1]), LEVEL)
    assert (found.alpha, found.reason) == (None, reason)


@pytest.mark.parametrize("name", ["clean", "missing", "edge", "matrix"])
def test_every_reference_set_is_analysed_without_a_nan(tmp_path, name):
    card = reference.card(name)
    fields = {criterion.name: "F1" for criterion in card.data.criteria[:3]}
    reliability_tables.write(reliability.reliability(card, fields), tmp_path)
    found = json.loads((tmp_path / "reliability.json").read_text(encoding="utf-8"))
    assert {row["scale"] for row in found["scales"]} == {"all", "F1"}
    for row in found["scales"]:
        assert (row["alpha"] is None) == (row["reason"] not in ("", "no_interval"))
    for row in found["items"]:
        assert (row["item_rest"] is None) == bool(row["reason"])


def test_without_gaps_pairwise_and_complete_rows_agree_and_shares_are_nothing():
    found = reliability.reliability(reference.card("clean"), {})
    for scale in found.scales:
        assert scale.n_complete == scale.n
        assert scale.alpha_pairwise == pytest.approx(scale.alpha)
        assert scale.n_effective <= scale.n
    assert all(item.blank_share == item.no_opinion_share == 0 for item in found.items)


def test_item_rest_correlation_is_that_of_the_textbook():
    card = reference.card("clean")
    scale = reliability._Scale(card, 0, "all", [0, 1, 2])
    (first, *_) = scale.items()
    rest = scale.values[1] + scale.values[2]
    share = scale.weight / scale.weight.sum()
    deviation = [v - (share * v).sum() for v in (scale.values[0], rest)]
    covariance = (share * deviation[0] * deviation[1]).sum()
    variances = (share * deviation[0] ** 2).sum() * (share * deviation[1] ** 2).sum()
    assert first.item_rest == pytest.approx(covariance / np.sqrt(variances))
