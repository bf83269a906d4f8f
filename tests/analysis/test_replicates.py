"""Replicate weights: the same standard errors by another way."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from analysis import results
from analysis.__main__ import main
from analysis.dataset import reader
from analysis.design.replicate_weights import Replicates
from analysis.replication import scorecards
from analysis.replication.variances import replicate_variances
from analysis.report import score_tables
from analysis.scoring import score
from tests.analysis import other_jackknife as replicate
from tests.analysis import small
from tests.analysis.reference import HERE, agrees, card, expected


@pytest.mark.parametrize("name", ["clean", "missing", "edge"])
def test_the_jackknife_of_scores_is_the_references(name):
    ours = card(name)
    found = replicate_variances(ours, Replicates(design=ours.data.design))
    compared = 0
    for theirs in expected(name)["scores"]:
        usual = theirs["weights"] == "base" and theirs["policy"] == "strict"
        if usual and theirs["se_jkn"]:
            unit = ours.data.units.index(theirs["unit"])
            assert agrees(np.sqrt(found.covariance[unit, unit]), theirs["se_jkn"])
            compared += 1
    assert compared


def test_the_jackknife_of_means_is_the_one_computed_cell_by_cell():
    ours = card("missing")
    found = replicate_variances(ours, Replicates(design=ours.data.design))
    rows = np.flatnonzero(ours.data.cell == 2)
    again = replicate.jackknife(ours.data, rows, replicate.means(ours.data, rows))
    np.testing.assert_allclose(np.sqrt(found.means[2]), again.se, rtol=1e-9)


@pytest.mark.parametrize("kind", ["poststratified", "raked"])
def test_calibration_is_done_again_in_each_replicate(kind):
    ours = card("clean", weights=kind)
    found = replicate_variances(ours, Replicates(design=ours.data.design))
    group = ours.data.groups.index("citizens")
    again = replicate.calibrated_means(ours.data, 0, group, kind)
    np.testing.assert_allclose(np.sqrt(found.means[group]), again.se, rtol=1e-6)


@pytest.mark.parametrize("name", ["clean", "matrix"])
def test_the_bootstrap_is_within_its_simulation_error_of_linearisation(name):
    ours, number = card(name), 2000
    found = replicate_variances(
        ours, Replicates(design=ours.data.design, kind="bootstrap", number=number, seed=5)
    )
    ratio = np.sqrt(found.covariance.diagonal()) / ours.units.se
    assert np.abs(ratio - 1).max() < 4.5 / np.sqrt(2 * number) + 0.03
    assert np.abs(ratio.mean() - 1) < 0.03
    scale = np.outer(ours.units.se, ours.units.se)
    apart = (found.covariance - ours.covariance) / scale
    assert np.abs(apart).max() < 5 / np.sqrt(number) + 0.03, "covariances between units too"


def test_the_bootstrap_of_a_total_of_influences_has_the_designs_own_variance():
    """Two stages, both corrected for the finite population: exact but for simulation error."""
    ours, number = card("clean"), 3000
    data, design = ours.data, ours.data.design
    cell = data.groups.index("citizens")
    rows = np.flatnonzero(data.cell == cell)
    z = np.where(data.cell == cell, ours.influence, 0.0)
    blocks = Replicates(design=design, kind="bootstrap", number=number, seed=2).blocks()
    moved = [b.factors @ z[b.rows] - z.sum() for b in blocks if b.rows[0] in rows]
    variance = float((np.concatenate(moved) ** 2).mean())
    assert variance == pytest.approx(ours.group_variance[0, cell], rel=5 * np.sqrt(2 / number))


def test_any_statistic_has_a_variance_by_replicates():
    ours = card("clean")
    data = ours.data
    rows = np.flatnonzero(data.unit < 2)
    small = replace(
        data.design,
        **{n: getattr(data.design, n)[rows] for n in ("sample", "stratum", "psu", "person")},
    )
    plain = replicate.means(data, rows)
    matrix = replicate.replicate_covariance(Replicates(design=small), data.weight[rows], plain)
    assert matrix.shape == (len(data.questions),) * 2
    assert (matrix.diagonal() > 0).all()
    np.testing.assert_allclose(matrix, matrix.T)


def test_the_same_seed_gives_the_same_replicates_and_another_seed_others():
    design = card("clean").data.design
    first, again, other = (
        next(Replicates(design=design, kind="bootstrap", number=20, seed=seed).blocks()).factors
        for seed in (1, 1, 2)
    )
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


def test_a_lone_psu_has_no_standard_error_and_a_census_none_of_sampling():
    ours = card("edge")
    for kind in ("jackknife", "bootstrap"):
        found = replicate_variances(ours, Replicates(design=ours.data.design, kind=kind, number=50))
        lone = ours.data.units.index("E2_singleton_stratum")
        census = ours.data.units.index("E3_census")
        assert np.isnan(found.covariance[lone, lone])
        cell = census * len(ours.data.groups)
        assert ours.units.se[census] >= 0
        assert np.nanmax(found.means[cell]) == pytest.approx(0, abs=1e-12)


def test_the_command_writes_each_standard_error_twice(tmp_path):
    for method in ("jackknife", "bootstrap"):
        out = tmp_path / method
        call = ["replicates", str(HERE / "missing"), "--out", str(out), "--method", method]
        assert main([*call, "--replicates", "60", "--seed", "3"]) == 0
        found = json.loads((out / "replicates.json").read_text(encoding="utf-8"))
        for row in found["units"]:
            assert row["se"] == pytest.approx(row["se_taylor"], rel=0.5)
        assert (out / "replicates_estimates.csv").exists()


def jackknifed(name, **settings):
    return score_tables.results(results.of(card(name, variance="jkn", **settings)))


@pytest.mark.parametrize("name", ["clean", "missing", "edge"])
def test_score_writes_the_references_jackknife_of_every_unit(name):
    found = {row["unit"]: row for row in jackknifed(name)["units"]}
    for theirs in expected(name)["scores"]:
        if (theirs["weights"], theirs["policy"]) == ("base", "strict"):
            ours, wanted = found[theirs["unit"]]["se_jkn"], theirs["se_jkn"]
            assert agrees(np.nan if ours is None else ours, wanted), theirs["unit"]
            if wanted is None and theirs["se"] is not None:
                assert any(":jkn:" in flag for flag in found[theirs["unit"]]["flags"])


@pytest.mark.parametrize("name", ["clean", "missing", "edge"])
@pytest.mark.parametrize(("kind", "short"), [("poststratified", "ps"), ("raked", "rake")])
def test_score_writes_the_references_jackknife_of_calibrated_means(name, kind, short):
    rows = {
        (row["unit"], row["group"], row["question"]): row
        for row in jackknifed(name, weights=kind)["estimates"]
    }
    asked = [question.name for question in card(name).data.questions]
    for theirs in expected(name)["calibration"]:
        if theirs[f"{short}_status"] != "ok":
            continue
        for number, question in enumerate(asked):
            ours = rows[theirs["unit"], theirs["group"], question]
            for column in ("se_jkn", "se_jkn_nofpc"):
                wanted = theirs[short][column][number]
                own = np.nan if ours[column] is None else ours[column]
                assert agrees(own, wanted, 1e-4 if short == "rake" else 1e-9), (column, theirs)
            told = ours["jkn_reason"] != ""
            assert told == (ours["se_jkn"] is None and ours["mean"] is not None)


def test_without_the_option_no_jackknife_is_written():
    found = score_tables.results(results.of(card("clean")))
    assert "se_jkn" not in found["units"][0]
    assert "se_jkn" not in found["estimates"][0]


def test_a_replicate_that_cannot_be_calibrated_is_flagged(tmp_path):
    rows = ["resp_id,unit,group,stratum,psu,weight,fpc1,sex,q1"]
    given = zip("AABCDA", "mmmmmf", strict=True)
    rows += [f"c{k},U1,council,s,{k},1,65,{sex},{code}" for k, (code, sex) in enumerate(given)]
    files = {
        "respondents": "\n".join(rows) + "\n",
        "population": "unit,group,sex,count\nU1,council,m,40\nU1,council,f,25\n",
        "criteria": small.CRITERIA.replace("C1,1.5,leaders,q1,1\n", ""),
    }
    data = reader.read(small.folder(tmp_path, **files))
    found = score_tables.results(
        results.of(scorecards.scorecard(data, score.Settings(weights="raked", variance="jkn")))
    )
    (unit,) = found["units"]
    assert unit["se"] > 0, "linearised it has one"
    assert (unit["se_jkn"], unit["se_jkn_nofpc"]) == (None, None), "without the only woman: none"
    assert unit["flags"] == ["council:jkn:replicate_not_calibrated"]


def test_a_group_that_was_asked_entirely_is_flagged():
    flags = [flag for row in jackknifed("edge")["units"] for flag in row["flags"]]
    assert any(flag.endswith(":jkn:census") for flag in flags)
