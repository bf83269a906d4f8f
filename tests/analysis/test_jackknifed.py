"""`--variance jkn`: every standard error by jackknife, and all that rests on one."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from analysis import results
from analysis.__main__ import main
from analysis.dataset import reader
from analysis.estimation import interval
from analysis.index import merge
from analysis.ranking import league_table, ranks
from analysis.replication import scorecards
from analysis.report import score_tables
from analysis.scoring import score
from tests.analysis import other_jackknife as replicate
from tests.analysis import small
from tests.analysis.reference import HERE, agrees, card, expected

NAMED = ("unit_a", "unit_b", "distinct")
SCRIPT = Path(__file__).with_name("jackknife.R")


def _why_not() -> str:
    """Why R cannot be asked; empty when it can."""
    if not shutil.which("Rscript"):
        return "there is no Rscript here: R was NOT asked for the jackknife"
    asked = subprocess.run(["Rscript", "-e", "library(survey)"], capture_output=True, check=False)
    return "R has no package survey: R was NOT asked for the jackknife" * bool(asked.returncode)


WHY_NOT = _why_not()


def second_stage(name, **settings):
    """By unit: V2, what persons within PSUs add, of which R's jackknife knows nothing."""
    taylor = card(name, **settings)
    domains, z = taylor.cells.domains, taylor.influence
    by_cell = domains.within(z, domains.totals(z))
    return by_cell.reshape(len(taylor.data.units), -1).sum(axis=1)


@pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
@pytest.mark.parametrize(
    ("name", "kind"), [("matrix", "base"), ("clean", "base"), ("clean", "poststratified"),
                       ("clean", "raked")]
)  # fmt: skip
def test_the_covariance_between_units_is_rs_jackknife_and_the_second_stage(name, kind):
    asked = ["Rscript", str(SCRIPT), str(HERE / name), kind]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    found = card(name, weights=kind, variance="jkn")
    theirs = np.array([[float(row[unit]) for unit in found.data.units] for row in rows])
    theirs += np.diag(second_stage(name, weights=kind))
    tolerance = 1e-6 if kind == "raked" else 1e-9
    np.testing.assert_allclose(found.covariance, theirs, rtol=tolerance, atol=1e-12)


@pytest.mark.parametrize("name", ["clean", "missing", "edge"])
def test_the_standard_error_of_a_score_is_the_references_jackknife_and_the_second_stage(name):
    found, added = card(name, variance="jkn"), second_stage(name)
    for theirs in expected(name)["scores"]:
        if (theirs["weights"], theirs["policy"]) == ("base", "strict") and theirs["se_jkn"]:
            unit = found.data.units.index(theirs["unit"])
            wanted = np.sqrt(theirs["se_jkn"] ** 2 + added[unit])
            assert agrees(found.units.se[unit], wanted), theirs["unit"]


def linear_set(path, *, shared=False, two_stages=False):
    """Every mean is linear in the weights: PSUs of equal size, equal weights, nothing skipped."""
    rows = ["resp_id,unit,group,sample,stratum,psu,weight,fpc1,fpc2,q1"]
    rng = np.random.default_rng(8)
    for unit in ("U1", "U2"):
        for k in range(24):
            psu, there = (k // 4, "9") if two_stages else (k, "")
            who, sample = (f"r{k}", "all") if shared else (f"{unit}r{k}", "")
            code = "ABCD"[int(rng.integers(4))]
            size = 8 if two_stages else 40
            rows.append(f"{who},{unit},council,{sample},s,{psu},2,{size},{there},{code}")
    criteria = small.CRITERIA.replace("C1,1.5,leaders,q1,1\n", "")
    folder = small.folder(path, respondents="\n".join(rows) + "\n", criteria=criteria)
    (folder / "frame.csv").unlink()
    return reader.read(folder)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("two_stages", [False, True])
def test_where_means_are_linear_in_the_weights_both_ways_give_the_same(
    tmp_path, shared, two_stages
):
    data = linear_set(tmp_path, shared=shared, two_stages=two_stages)
    taylor, again = (
        scorecards.scorecard(data, score.Settings(variance=v)) for v in ("taylor", "jkn")
    )
    assert (taylor.units.se > 0).all()
    assert (taylor.covariance[0, 1] != 0) == shared
    np.testing.assert_allclose(again.covariance, taylor.covariance, rtol=1e-10, atol=1e-18)
    for name in ("se", "se_nr", "df", "lo", "hi"):
        for part in ("units", "criteria", "estimates"):
            ours, theirs = (getattr(getattr(c, part), name) for c in (again, taylor))
            np.testing.assert_allclose(ours, theirs, rtol=1e-9)
    tables = [league_table.rank_units(c) for c in (again, taylor)]
    np.testing.assert_allclose(tables[0].df, tables[1].df, rtol=1e-9)
    (ours,), (theirs,) = (table.pair_rows() for table in tables)
    assert [ours.pop(name) for name in NAMED] == [theirs.pop(name) for name in NAMED]
    assert ours == pytest.approx(theirs, rel=1e-9)


def test_groups_of_one_unit_that_share_a_sample_covary_in_the_jackknife_too(tmp_path):
    rows = ["resp_id,unit,group,sample,stratum,psu,weight,fpc1,fpc2,q1"]
    for k, codes in enumerate(zip("ABCDABCDAABB", "ABCDACCDBABB", strict=True)):
        rows += [f"r{k},U1,{group},all,s,{k},1,40,,{code}"
                 for group, code in zip(("council", "leaders"), codes, strict=True)]  # fmt: skip
    folder = small.folder(tmp_path, respondents="\n".join(rows) + "\n")
    (folder / "frame.csv").unlink()
    data = reader.read(folder)
    taylor, again = (
        scorecards.scorecard(data, score.Settings(variance=v)) for v in ("taylor", "jkn")
    )
    assert taylor.units.se[0] ** 2 > 1.5 * taylor.group_variance.sum()
    assert again.units.se[0] == pytest.approx(taylor.units.se[0], rel=1e-10)
    assert again.criteria.se[0, 0] == pytest.approx(taylor.criteria.se[0, 0], rel=1e-10)


@pytest.mark.parametrize("kind", ["poststratified", "raked"])
def test_intervals_pairs_and_ranks_follow_from_the_jackknife(kind):
    found, taylor = (card("missing", weights=kind, variance=v) for v in ("jkn", "taylor"))
    units, level = found.units, found.settings.level
    assert (units.se > 1.02 * taylor.units.se).all(), "calibrated samples of some dozens"
    v = found.group_variance + found.group_response_variance
    np.testing.assert_allclose(units.se**2, found.group_variance.sum(axis=1))
    np.testing.assert_allclose(units.se_nr**2, v.sum(axis=1))
    df = found.cells.df.reshape(v.shape)
    np.testing.assert_allclose(units.df, interval.satterthwaite(found.group_variance, df))
    usual = [at for at in range(len(v)) if not any(":zero" in f or ":one" in f or "census" in f
                                                   for f in found.flags(at))]  # fmt: skip
    most = units.maximum
    lo, hi = interval.logit(units.score / most, units.se_nr / most, units.df, level)
    assert len(usual) > 3
    np.testing.assert_allclose(units.lo[usual], (lo * most)[usual])
    np.testing.assert_allclose(units.hi[usual], (hi * most)[usual])
    table = league_table.rank_units(found)
    se = {(r["unit_a"], r["unit_b"]): r["se"] for r in table.pair_rows()}
    names = found.data.units
    for (a, b), value in se.items():
        own = [units.se_nr[names.index(unit)] for unit in (a, b)]
        assert value >= np.hypot(*own) * (1 - 1e-12)
    sets = ranks.rank_sets(table.ranking.pairs, table.ranking.p_holm, level)
    assert table.ranking.lo == tuple(sets.lo.tolist())
    by_taylor = league_table.rank_units(taylor).ranking.sets
    assert table.ranking.sets.distinct_pairs <= by_taylor.distinct_pairs


def test_a_pooled_criterion_has_its_jackknife_too(tmp_path):
    folder = shutil.copytree(HERE / "clean", tmp_path / "data")
    text = (folder / "criteria.csv").read_text(encoding="utf-8").splitlines()
    lines = [text[0] + ",average", *(line + ",pooled" for line in text[1:])]
    (folder / "criteria.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    data = reader.read(folder)
    taylor, again = (
        scorecards.scorecard(data, score.Settings(variance=v)) for v in ("taylor", "jkn")
    )
    ratio = again.criteria.se / taylor.criteria.se
    assert (np.abs(ratio - 1) < 0.12).all()
    assert (ratio != 1).all()


def lonely(path):
    rows = [row.split(",") for row in small.respondents().splitlines()]
    for row in rows[1:]:
        if row[0] == "l0":
            row[3] = "far"
    return small.folder(path, respondents="\n".join(",".join(row) for row in rows) + "\n")


def test_a_cell_with_no_jackknife_keeps_its_linearised_variance_and_is_flagged(tmp_path):
    data = reader.read(lonely(tmp_path))
    taylor, again = (
        scorecards.scorecard(data, score.Settings(variance=v, lonely_psu="average"))
        for v in ("taylor", "jkn")
    )
    council, leaders = (data.groups.index(name) for name in ("council", "leaders"))
    assert again.group_variance[0, leaders] == taylor.group_variance[0, leaders] > 0
    assert again.group_variance[0, council] != taylor.group_variance[0, council]
    (unit,) = score_tables.results(results.of(again))["units"]
    assert unit["se"] > 0
    assert unit["se_jkn"] is None
    assert "leaders:jkn:lonely_psu" in unit["flags"]


def test_what_is_joined_from_the_written_scores_rests_on_the_jackknife_too(tmp_path):
    for method in ("taylor", "jkn"):
        call = ["score", str(HERE / "missing"), "--out", str(tmp_path / method)]
        call += ["--weights", "poststratified", "--variance", method]
        assert main(call) == 0
    found, taylor = (
        json.loads((tmp_path / method / "scores.json").read_text(encoding="utf-8"))
        for method in ("jkn", "taylor")
    )
    matrix = merge._matrix(found["covariance_nr"])
    for at, (row, plain) in enumerate(zip(found["units"], taylor["units"], strict=True)):
        assert matrix[at, at] == pytest.approx(row["se_nr"] ** 2)
        assert row["se"] > plain["se"]
        assert row["score"] == plain["score"]
        assert row["hi"] - row["lo"] > plain["hi"] - plain["lo"]


def test_a_stratum_taken_whole_counts_nothing_even_where_a_replicate_has_no_value(tmp_path):
    """The only men are one of the two PSUs of `whole`: without them nothing can be calibrated."""
    rows = ["resp_id,unit,group,stratum,psu,weight,fpc1,sex,q1"]
    rows += [f"w{k},U1,g,whole,{'ab'[k // 2]},1,2,{'MF'[k // 2]},{'ABBA'[k]}" for k in range(4)]
    rows += [f"s{k},U1,g,some,{k},1,40,F,{answer}" for k, answer in enumerate("AABC")]
    folder = small.folder(
        tmp_path,
        respondents="\n".join(rows) + "\n",
        options="question,option,coef\nq1,A,1\nq1,B,0.5\nq1,C,0\n",
        criteria="criterion,max_points,group,question,group_weight\nC1,10,g,q1,1\n",
        population="unit,group,sex,count\nU1,g,M,20\nU1,g,F,30\n",
        frame="unit,group,N,n_invited,n_responded\nU1,g,50,8,8\n",
    )
    data = reader.read(folder)
    women, some = [0.5, 1.0], [1.0, 1.0, 0.5, 0.0]
    whole, apart = np.mean(women + some), []
    for out in range(4):
        left = some[:out] + some[out + 1 :]
        apart.append((sum(women) + 4 / 3 * sum(left)) / (2 + 4) - whole)
    wanted = 30 / 50 * np.sqrt(0.9 * 3 / 4 * np.sum(np.square(apart)))
    assert agrees(replicate.calibrated_means(data, 0, 0, "poststratified").se[0], wanted)
    asked = score.Settings(weights="poststratified", variance="jkn")
    row = score_tables.results(results.of(scorecards.scorecard(data, asked)))["units"][0]
    assert agrees(row["se"], 10 * wanted)
    assert agrees(row["se_jkn"], 10 * wanted)
    assert row["se_jkn_nofpc"] is None
    assert not [flag for flag in row["flags"] if ":jkn:" in flag]
