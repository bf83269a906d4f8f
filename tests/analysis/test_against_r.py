"""Every number that reference/README.md defines, held against R survey's value."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.estimation.means import STATUSES
from tests.analysis import other_jackknife as replicate
from tests.analysis import reference
from tests.analysis.reference import agrees, card, cell, data, expected, rows

SETS = ("clean", "missing", "edge")
KINDS = {"base": "base", "ps": "poststratified", "rake": "raked"}
COLUMNS = {
    "n": "n",
    "n_blank": "n_blank",
    "n_nocoef": "n_nocoef",
    "n_psu": "n_psu",
    "n_strata": "n_strata",
    "df": "df",
    "sum_w": "sum_w",
    "mean": "mean",
    "se": "se",
    "se_nr": "se_nr",
    "se_ultimate_cluster": "se_ultimate_cluster",
    "se_wr": "se_wr",
    "deff_kish": "deff_kish",
    "deff_wr": "deff_wr",
    "deff": "deff_wor",
}


def places(name):
    numbers = {question.name: at for at, question in enumerate(data(name).questions)}
    for row in rows(expected(name)["estimates"]):
        yield row, (cell(name, row["unit"], row["group"]), numbers[row["question"]])


@pytest.mark.parametrize("name", SETS)
def test_statuses_are_those_of_the_reference(name):
    found = card(name).estimates
    for row, at in places(name):
        assert STATUSES[found.status[at]] == row["status"], row


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("ours", COLUMNS)
def test_means_standard_errors_and_design_effects_are_rs(name, ours):
    found = getattr(card(name).estimates, ours)
    for row, at in places(name):
        if row["status"] != "empty_group":
            assert agrees(found[at], row[COLUMNS[ours]]), (row["unit"], row["group"], at)


@pytest.mark.parametrize("rule", ["remove", "adjust", "average"])
def test_lonely_psus_are_treated_as_asked(rule):
    found = card("edge", lonely_psu=rule).estimates
    lonely = 0
    for row, at in places("edge"):
        if row["status"] == "lonely_psu":
            lonely += 1
            assert STATUSES[found.status[at]] == "lonely_psu"
            assert agrees(found.se[at], row[f"se_{rule}"])
    assert lonely > 0


@pytest.mark.parametrize("name", SETS)
def test_the_interval_of_an_ordinary_mean_is_the_logit_one(name):
    found = card(name).estimates
    for row, at in places(name):
        if row["status"] == "ok" and agrees(row["se_nr"], row["se"]):
            assert agrees(found.lo[at], row["logit_lo"])
            assert agrees(found.hi[at], row["logit_hi"])


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("kind", KINDS)
def test_scores_and_their_standard_errors_are_rs(name, kind):
    for theirs in expected(name)["scores"]:
        if theirs["weights"] != kind:
            continue
        ours = card(name, missing=theirs["policy"], weights=KINDS[kind])
        unit = ours.data.units.index(theirs["unit"])
        tolerance = 1e-6 if kind == "rake" else 1e-9
        assert agrees(ours.units.score[unit], theirs["score"], tolerance)
        assert agrees(ours.units.se[unit], theirs["se"], tolerance)
        assert agrees(ours.units.df[unit], theirs["df_satterthwaite"], tolerance)
        assert agrees(ours.units.maximum[unit], theirs["max_available"])
        assert ours.df_design[unit] == theirs["df_design"]
        assert ours.flags(unit)[: len(theirs["flags"])] == theirs["flags"]
        if kind == "base":
            assert agrees(ours.units.se_nr[unit], theirs["se_nr"])


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("kind", KINDS)
def test_criteria_have_rs_points_and_standard_errors(name, kind):
    for theirs in expected(name)["scores"]:
        if theirs["weights"] != kind:
            continue
        ours = card(name, missing=theirs["policy"], weights=KINDS[kind])
        unit = ours.data.units.index(theirs["unit"])
        for at, criterion in enumerate(theirs["criteria"]):
            tolerance = 1e-6 if kind == "rake" else 1e-9
            assert agrees(ours.criteria.score[unit, at], criterion["score"], tolerance)
            assert agrees(ours.criteria.se[unit, at], criterion["se"], tolerance)


@pytest.mark.parametrize("name", SETS)
def test_the_interval_of_a_score_without_skipped_items_is_rs_logit(name):
    for theirs in expected(name)["scores"]:
        if theirs["weights"] == "base" and theirs["se"] and theirs["se"] == theirs["se_nr"]:
            ours = card(name, missing=theirs["policy"])
            unit = ours.data.units.index(theirs["unit"])
            assert agrees(ours.units.lo[unit], theirs["logit_lo"])
            assert agrees(ours.units.hi[unit], theirs["logit_hi"])


@pytest.mark.parametrize("name", ["clean", "missing", "edge"])
def test_the_jackknife_of_a_score_is_rs(name):
    ours = card(name)
    compared = 0
    for theirs in expected(name)["scores"]:
        if theirs["weights"] == "base" and theirs["policy"] == "strict" and theirs["se_jkn"]:
            unit = ours.data.units.index(theirs["unit"])
            assert agrees(replicate.score_se(ours, unit), theirs["se_jkn"])
            compared += 1
    assert compared > 0


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("kind", ["ps", "rake"])
def test_calibrated_means_are_rs_by_residuals_and_by_jackknife(name, kind):
    ours = card(name, weights=KINDS[kind])
    tolerance = 1e-9 if kind == "ps" else 1e-6
    for theirs in expected(name)["calibration"]:
        at = cell(name, theirs["unit"], theirs["group"])
        part = next(p for p in ours.weighted.parts if p.cell == at)
        assert part.status == theirs[f"{kind}_status"]
        if part.status != "ok":
            assert np.isnan(ours.estimates.mean[at]).all()
            continue
        unit, group = divmod(at, len(ours.data.groups))
        again = replicate.calibrated_means(ours.data, unit, group, KINDS[kind])
        for question in range(len(ours.data.questions)):
            assert agrees(
                ours.estimates.mean[at, question], theirs[kind]["mean"][question], tolerance
            )
            assert agrees(ours.estimates.se[at, question], theirs[kind]["se"][question], tolerance)
            loose = 1e-4 if kind == "rake" else 1e-9
            assert agrees(again.se[question], theirs[kind]["se_jkn"][question], loose)
            assert agrees(again.se_nofpc[question], theirs[kind]["se_jkn_nofpc"][question], loose)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("kind", ["ps", "rake"])
def test_calibrated_weights_are_rs(name, kind):
    import csv

    ours = card(name, weights=KINDS[kind])
    by_id = {}
    with (reference.HERE / name / "respondents.csv").open(encoding="utf-8") as file:
        ids = [row["resp_id"] for row in csv.DictReader(file)]
    for part in ours.weighted.parts:
        if part.weight is not None:
            by_id |= dict(zip([ids[row] for row in part.rows], part.weight, strict=True))
    with (reference.HERE / name / "calibrated_weights.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            theirs = row[f"w_{kind}"]
            if theirs == "":
                assert row["resp_id"] not in by_id
            else:
                assert agrees(
                    by_id[row["resp_id"]], float(theirs), 1e-6 if kind == "rake" else 1e-9
                )


def test_covariances_between_questions_are_rs():
    from tests.analysis.other_estimates import question_covariance

    for name in SETS:
        ours = card(name)
        for theirs in expected(name)["covariances"]:
            at = cell(name, theirs["unit"], theirs["group"])
            for skipped, key in ((False, "cov"), (True, "cov_nr")):
                found = question_covariance(ours, at, skipped_items=skipped)
                wanted = np.array(theirs[key], dtype=float)
                assert np.array_equal(np.isnan(found), np.isnan(wanted))
                np.testing.assert_allclose(
                    np.nan_to_num(found), np.nan_to_num(wanted), rtol=1e-9, atol=1e-15
                )


def test_shares_of_options_are_rs():
    from tests.analysis.other_estimates import option_share

    for name in SETS:
        ours = card(name)
        for row in rows(expected(name)["proportions"]):
            found = option_share(
                ours, cell(name, row["unit"], row["group"]), row["question"], row["option"]
            )
            assert agrees(found.mean, row["p"])
            assert agrees(found.se, row["se"])
            assert (found.n, found.df) == (row["n"], row["df"])


def test_domains_are_rs():
    from tests.analysis.other_estimates import domain_mean

    for name in SETS:
        ours = card(name)
        for row in rows(expected(name)["domains"]):
            found = domain_mean(
                ours,
                cell(name, row["unit"], row["group"]),
                row["question"],
                row["variable"],
                row["level"],
            )
            assert agrees(found.mean, row["mean"])
            assert agrees(found.se, row["se"])
            assert (found.n, found.df) == (row["n"], row["df"])


def test_units_rated_by_the_same_people_covary_as_r_says():
    ours, theirs = card("matrix"), expected("matrix")
    assert list(ours.data.units) == theirs["covariance"]["units"]
    np.testing.assert_allclose(ours.covariance, theirs["covariance"]["matrix"], rtol=1e-9)
    for unit, row in enumerate(theirs["units"]):
        assert agrees(ours.units.score[unit], row["score"])
        assert agrees(ours.units.se[unit], row["se"])
    questions = [question.name for question in ours.data.questions]
    for row in theirs["estimates"]:
        at = cell("matrix", row["unit"], row["group"]), questions.index(row["question"])
        assert ours.estimates.n[at] == row["n"]
        assert agrees(ours.estimates.mean[at], row["mean"])
        assert agrees(ours.estimates.se[at], row["se"])
    for row in theirs["pairs"]:
        a, b = ours.data.units.index(row["a"]), ours.data.units.index(row["b"])
        v = ours.covariance
        assert agrees(ours.units.score[a] - ours.units.score[b], row["difference"])
        assert agrees(float(np.sqrt(v[a, a] + v[b, b] - 2 * v[a, b])), row["se"])


def test_worst_case_bounds_are_those_of_manski():
    from analysis.nonresponse.bounds import worst_case

    for name in SETS:
        count = card(name).counts
        for row in expected(name)["response"]:
            for question, low in enumerate(row.get("manski_lo", ())):
                at = cell(name, row["unit"], row["group"])
                total = float((count.by_code[at, question] * count.coefficients[question]).sum())
                ours = worst_case(total, float(count.n[at, question]), row["N"])
                assert agrees(ours[0], low)
                assert agrees(ours[1], row["manski_hi"][question])
