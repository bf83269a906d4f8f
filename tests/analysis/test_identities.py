"""What must hold of every score, whatever the data."""

from __future__ import annotations

import csv
import shutil

import numpy as np
import pytest

from analysis.dataset import reader
from analysis.scoring import score
from tests.analysis import other_estimates as linear
from tests.analysis.reference import HERE, card


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def changed(tmp_path, name, change, file="respondents.csv"):
    folder = tmp_path / "data"
    if not folder.exists():
        shutil.copytree(HERE / name, folder)
        folder.chmod(0o755)
        for path in folder.iterdir():
            path.chmod(0o644)
    rows = rows_of(folder / file)
    write(folder / file, change(rows))
    return score.score(reader.read(folder), score.Settings(missing="renormalise"))


def same(ours, theirs, rtol=1e-10):
    np.testing.assert_allclose(ours.units.score, theirs.units.score, rtol=rtol)
    np.testing.assert_allclose(ours.units.se, theirs.units.se, rtol=rtol)
    np.testing.assert_allclose(ours.units.se_nr, theirs.units.se_nr, rtol=rtol)
    np.testing.assert_allclose(ours.covariance, theirs.covariance, rtol=rtol, atol=1e-14)


@pytest.mark.parametrize("name", ["missing", "edge", "matrix"])
def test_the_order_of_rows_does_not_matter(tmp_path, name):
    order = np.random.default_rng(1)
    ours = changed(tmp_path, name, lambda rows: [rows[i] for i in order.permutation(len(rows))])
    same(ours, card(name, missing="renormalise"))


@pytest.mark.parametrize("name", ["missing", "matrix"])
def test_the_scale_of_weights_does_not_matter(tmp_path, name):
    ours = changed(
        tmp_path,
        name,
        lambda rows: [row | {"weight": repr(float(row["weight"]) * 1e-4)} for row in rows],
    )
    same(ours, card(name, missing="renormalise"))


@pytest.mark.parametrize("name", ["missing", "matrix"])
def test_the_names_of_people_and_strata_do_not_matter(tmp_path, name):
    def rename(rows):
        return [
            row
            | {
                "resp_id": "x" + row["resp_id"][::-1],
                "stratum": "s " + row["stratum"],
                "psu": row["psu"][::-1],
            }
            for row in rows
        ]

    same(changed(tmp_path, name, rename), card(name, missing="renormalise"))


def everyone_says(option):
    return lambda rows: [row | {q: option for q in row if q.startswith("q")} for row in rows]


def test_all_best_answers_earn_exactly_the_maximum(tmp_path):
    ours = changed(tmp_path, "matrix", everyone_says("A"))
    assert (ours.units.score == 22.5).all()
    assert (ours.units.se == 0).all()
    assert (ours.units.lo < 22.5).all(), "unanimity is not certainty"
    assert (ours.units.hi == 22.5).all()


def test_all_worst_answers_earn_exactly_nothing(tmp_path):
    ours = changed(tmp_path, "matrix", everyone_says("D"))
    assert (ours.units.score == 0).all()
    assert (ours.units.lo == 0).all()
    assert (ours.units.hi > 0).all()


def test_a_no_opinion_answer_is_as_good_as_none(tmp_path):
    def silent(rows):
        return [row | {q: "" for q in row if q.startswith("q") and row[q] == "KB"} for row in rows]

    ours = changed(tmp_path, "matrix", silent)
    same(ours, card("matrix", missing="renormalise"))
    assert ours.estimates.n_nocoef.sum() == 0


def test_criteria_add_up_to_the_score():
    for name in ("clean", "missing", "matrix"):
        ours = card(name)
        np.testing.assert_allclose(ours.criteria.score.sum(axis=1), ours.units.score, rtol=1e-14)


def test_a_difference_has_the_standard_error_of_the_covariance_matrix():
    ours = card("matrix")
    a, b = linear.unit_score(ours, "U03"), linear.unit_score(ours, "U07")
    i, j = ours.data.units.index("U03"), ours.data.units.index("U07")
    v = ours.covariance
    assert (a - b).se == pytest.approx(np.sqrt(v[i, i] + v[j, j] - 2 * v[i, j]), rel=1e-12)
    assert (a + b).se == pytest.approx(np.sqrt(v[i, i] + v[j, j] + 2 * v[i, j]), rel=1e-12)


def test_a_score_is_the_same_by_quadratic_form_and_by_influence():
    ours = card("missing")
    for unit in range(len(ours.data.units)):
        total = 0.0
        for group in range(len(ours.data.groups)):
            at = unit * len(ours.data.groups) + group
            parts = np.zeros(len(ours.data.questions))
            for share in ours.aggregation.contributions:
                here = share.cells[unit] == at
                np.add.at(parts, share.questions[here], share.link_points[unit][here])
            total += parts @ linear.question_covariance(ours, at, skipped_items=True) @ parts
        assert np.sqrt(total) == pytest.approx(ours.units.se_nr[unit], rel=1e-10)


def test_a_sample_named_for_each_cell_is_no_other_sample(tmp_path):
    ours = changed(
        tmp_path,
        "missing",
        lambda rows: [row | {"sample": row["unit"] + row["group"]} for row in rows],
    )
    same(ours, card("missing", missing="renormalise"))


def test_no_population_size_means_no_finite_population_correction(tmp_path):
    ours = changed(tmp_path, "clean", lambda rows: [row | {"fpc1": ""} for row in rows])
    np.testing.assert_allclose(ours.estimates.se, card("clean").estimates.se_wr, rtol=1e-10)


def test_a_mean_lies_within_its_interval_and_the_interval_on_the_scale():
    for name in ("clean", "missing", "edge", "matrix"):
        found = card(name).estimates
        known = ~np.isnan(found.lo)
        assert (found.lo[known] <= found.mean[known] + 1e-12).all()
        assert (found.hi[known] >= found.mean[known] - 1e-12).all()
        assert (found.lo[known] >= 0).all()
        assert (found.hi[known] <= 1).all()


def test_only_a_census_has_an_interval_without_width():
    for name in ("clean", "missing", "edge", "matrix"):
        found = card(name).estimates
        flat = found.hi - found.lo < 1e-9
        assert (flat[~np.isnan(found.lo)] == found.is_status("census")[~np.isnan(found.lo)]).all()
