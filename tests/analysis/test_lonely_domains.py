"""A lone PSU in which nobody rates a unit takes nothing from the unit, as in R's survey.

tests/reference/lonely/ is one shared sample with two lone PSUs; expected.csv is lonely.R's.
"""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path

import numpy as np
import pytest

from analysis import results
from analysis.dataset import reader
from analysis.design.replicate_weights import Replicates
from analysis.replication import scorecards
from analysis.replication.variances import replicate_variances
from analysis.report import score_tables
from analysis.scoring import score
from tests.support import r_survey

FOLDER = Path(__file__).parents[1] / "reference" / "lonely"
RULES = ("report", "remove", "adjust", "average")
KINDS = ("base", "raked")
IN_NO_LONELY_STRATUM = [0, 3]
POINTS = 10


def expected() -> list[dict[str, str]]:
    with (FOLDER / "expected.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def number(text: str) -> float:
    return float(text) if text not in {"NA", "NaN"} else float("nan")


def of_r(kind: str, rule: str, column: str) -> list[float]:
    return [
        number(row[column]) for row in expected() if (row["weights"], row["rule"]) == (kind, rule)
    ]


def card(kind="base", rule="report", variance="taylor"):
    settings = score.Settings(weights=kind, lonely_psu=rule, variance=variance)
    return scorecards.scorecard(reader.read(FOLDER), settings)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("kind", KINDS)
def test_means_scores_and_standard_errors_are_those_of_r(kind, rule):
    tolerance = 1e-9 if kind == "base" else 1e-6
    ours, means, errors = card(kind, rule), of_r(kind, rule, "mean"), of_r(kind, rule, "se")
    if kind == "raked":  # we give a standard error or no weights at all
        means = np.where(np.isnan(errors), np.nan, means).tolist()
    np.testing.assert_allclose(ours.estimates.mean[:, 0], means, rtol=tolerance)
    np.testing.assert_allclose(ours.estimates.se[:, 0], errors, rtol=tolerance, atol=1e-12)
    np.testing.assert_allclose(ours.units.score, POINTS * np.array(means), rtol=tolerance)
    np.testing.assert_allclose(ours.units.se, POINTS * np.array(errors), rtol=tolerance, atol=1e-12)


@pytest.mark.skipif(bool(r_survey.lacking()), reason=f"{r_survey.lacking()}: R was NOT asked")
def test_the_expected_numbers_are_what_r_says_now():
    said = subprocess.run(
        ["Rscript", str(FOLDER / "lonely.R"), str(FOLDER)],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    now = list(csv.DictReader(said.splitlines()))
    assert [row["unit"] for row in now] == [row["unit"] for row in expected()]
    for column in ("mean", "se"):
        values = [[number(row[column]) for row in rows] for rows in (now, expected())]
        np.testing.assert_allclose(*values, rtol=1e-9, atol=1e-15)


def test_a_unit_that_no_lone_psu_rates_is_scored_like_any_other():
    for kind in KINDS:
        rows = score_tables.results(results.of(card(kind)))["units"]
        assert [rows[unit]["status"] for unit in IN_NO_LONELY_STRATUM] == ["ok", "ok"]
        assert all(rows[unit]["se"] > 0 for unit in IN_NO_LONELY_STRATUM)
        assert not any("lonely_psu" in str(rows[unit]["flags"]) for unit in IN_NO_LONELY_STRATUM)


@pytest.mark.parametrize("rule", RULES)
def test_covariances_go_with_the_standard_errors(rule):
    ours = card("base", rule)
    known = np.flatnonzero(~np.isnan(ours.units.se))
    matrix = ours.covariance[np.ix_(known, known)]
    np.testing.assert_allclose(matrix.diagonal(), ours.units.se[known] ** 2, rtol=1e-12)
    assert not np.isnan(matrix).any()
    assert np.linalg.eigvalsh(matrix).min() > -1e-12
    unknown = np.isnan(ours.units.se)
    assert np.isnan(ours.covariance[unknown]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_the_jackknife_of_such_a_unit_leaves_out_only_psus_that_rate_it(kind):
    by_jackknife, linearised = card(kind, variance="jkn"), card(kind)
    known = IN_NO_LONELY_STRATUM
    for ours in (by_jackknife.units.se, linearised.units.se):
        assert np.isnan(np.delete(ours, known)).all()
    ratio = by_jackknife.units.se[known] / linearised.units.se[known]
    assert (ratio != 1).all(), "it is a jackknife and no linearisation"
    np.testing.assert_allclose(ratio, 1, atol=0.25)


def test_the_bootstrap_too():
    whole = card()
    errors = replicate_variances(
        whole, Replicates(design=whole.data.design, kind="bootstrap", number=4000)
    ).means[:, 0]
    known = IN_NO_LONELY_STRATUM
    np.testing.assert_allclose(np.sqrt(errors[known]), whole.estimates.se[known, 0], rtol=0.1)
    assert np.isnan(np.delete(errors, known)).all()


def test_a_sample_cut_down_to_the_strata_of_a_unit_gives_the_unit_the_same(tmp_path):
    """What a lone PSU elsewhere says of other units is nothing to this one."""
    lines = (FOLDER / "respondents.csv").read_text(encoding="utf-8").splitlines()
    for name in ("options.csv", "criteria.csv", "population.csv"):
        text = (FOLDER / name).read_text(encoding="utf-8")
        text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("U5"))
        (tmp_path / name).write_text(text, encoding="utf-8")
    kept = [line for line in lines if ",h3," not in line and ",h4," not in line]
    (tmp_path / "respondents.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")
    for kind in KINDS:
        for rule in RULES:
            settings = score.Settings(weights=kind, lonely_psu=rule)
            cut = score.score(reader.read(tmp_path), settings)
            whole = card(kind, rule)
            np.testing.assert_allclose(cut.units.se[0], whole.units.se[0], rtol=1e-12)
            np.testing.assert_allclose(cut.units.se[3], whole.units.se[3], rtol=1e-12)
