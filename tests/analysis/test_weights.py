"""Weights: adjusted in response classes, trimmed, and raked again."""

from __future__ import annotations

import json

import numpy as np
import pytest

from analysis import results
from analysis.__main__ import main
from analysis.dataset import reader
from analysis.problems import ProblemsFound
from analysis.replication import scorecards
from analysis.report import score_tables
from analysis.scoring import score
from analysis.weighting import calibration, raking
from tests.analysis import small

SEXES = "mmmmmmff" * 5
POPULATION = "unit,group,sex,age,count\n" + "".join(
    f"U1,council,{sex},{age},{count}\n"
    for (sex, age), count in zip(
        [("m", "y"), ("m", "o"), ("f", "y"), ("f", "o")], (30, 20, 8, 7), strict=True
    )
)
CLASSES = "unit,group,sex,n_invited\nU1,council,m,40\nU1,council,f,20\n"


def folder(path, weight=lambda number: 1.0, **files):
    """Forty of the council, with sex and age; 30 men and 10 women came."""
    rows = ["resp_id,unit,group,stratum,psu,weight,fpc1,sex,age,q1"]
    for number, answer in enumerate(small.ANSWERS["council"]):
        code, age = {"K": "KB"}.get(answer, answer), "yo"[number % 2]
        sex = SEXES[number]
        rows.append(f"c{number},U1,council,all,{number},{weight(number)},65,{sex},{age},{code}")
    sound = {
        "respondents": "\n".join(rows) + "\n",
        "criteria": small.CRITERIA.replace("C1,1.5,leaders,q1,1\n", ""),
        "population": POPULATION,
        "response_classes": CLASSES,
    }
    return small.folder(path, **(sound | files))


def scored(path, **settings):
    return scorecards.scorecard(reader.read(path), score.Settings(**settings))


def test_in_a_class_weights_are_multiplied_by_invited_over_responding(tmp_path):
    found = scored(folder(tmp_path), adjust="classes")
    men = np.array([sex == "m" for sex in SEXES])
    assert set(found.data.weight[men]) == {40 / 30}
    assert set(found.data.weight[~men]) == {20 / 10}
    rows = score_tables.results(results.of(found))["response_classes"]
    assert [(row["class"], row["invited"], row["in_file"], row["factor"]) for row in rows] == [
        ("m", 40, 30, 40 / 30),
        ("f", 20, 10, 2),
    ]


def test_adjusting_in_classes_gives_the_mean_of_weighting_up_to_the_invited(tmp_path):
    invited = CLASSES.replace("n_invited", "count")
    path = folder(tmp_path, population=invited)
    adjusted = scored(path, adjust="classes")
    calibrated = scored(path, weights="poststratified")
    np.testing.assert_allclose(adjusted.units.score, calibrated.units.score, rtol=1e-12)
    assert adjusted.units.score[0] != scored(path).units.score[0]


def test_the_frame_is_a_class_for_each_unit_and_group(tmp_path):
    found = scored(small.folder(tmp_path), adjust="frame")
    by_group = [found.data.weight[found.data.group == group].sum() for group in (0, 1)]
    assert by_group == pytest.approx([50, 20]), "as many as were invited"


@pytest.mark.parametrize(
    ("classes", "slug", "line", "column"),
    [
        (CLASSES + "U1,council,x,4\n", "empty-class", 4, 14),
        (CLASSES.replace("m,40", "m,29"), "more-than-invited", 2, 14),
        (CLASSES.replace("m,40", "m,-1"), "negative-count", 2, 14),
        (CLASSES.replace("m,40", "m,"), "negative-count", 2, 14),
        (CLASSES.replace("m,40", "m,x"), "not-a-number", 2, 14),
        (CLASSES.replace("U1,council,f", "U2,council,f"), "unknown-unit", 3, 1),
        (CLASSES.replace("U1,council,f", "U1,concil,f"), "unknown-group", 3, 4),
        (CLASSES + "U1,council,f,20\n", "repeated-cell", 4, 1),
        (CLASSES.replace("U1,council,f,20\n", ""), "unknown-class", 0, 0),
        (CLASSES.replace("sex", "gender"), "missing-column", 1, 1),
    ],
)
def test_faults_of_classes_are_told_where_they_stand(tmp_path, classes, slug, line, column):
    path = folder(tmp_path, response_classes=classes)
    with pytest.raises(ProblemsFound) as found:
        scored(path, adjust="classes")
    told = {(p.slug, p.line, p.column if p.line else 0) for p in found.value.problems}
    assert (slug, line, column) in told
    assert all(p.help and p.file.endswith("response_classes.csv") for p in found.value.problems)


def test_without_their_files_neither_adjustment_is_made(tmp_path):
    path = folder(tmp_path)
    (path / "response_classes.csv").unlink()
    (path / "frame.csv").unlink()
    for how, slug in (("classes", "missing-file"), ("frame", "no-invited")):
        with pytest.raises(ProblemsFound) as found:
            scored(path, adjust=how)
        assert {p.slug for p in found.value.problems} == {slug}


def heavy(number):
    return 20.0 if number == 3 else 1 + number % 4


def test_a_trimmed_weight_is_capped_and_what_was_cut_goes_to_the_others(tmp_path):
    path = folder(tmp_path, heavy)
    before, after = scored(path), scored(path, trim=3.0)
    cap = 3 * np.median(before.weighted.weight)
    assert after.weighted.weight.max() == pytest.approx(cap)
    assert after.weighted.weight.sum() == pytest.approx(before.weighted.weight.sum())
    (row,) = score_tables.results(results.of(after))["calibration"]
    assert (row["trimmed"], row["cap"], row["over_cap"]) == (1, cap, 0)
    assert row["trimmed_share"] == pytest.approx((20 - cap) / before.weighted.weight.sum())
    assert row["deff_kish_calibrated"] < row["deff_kish_base"]


def test_raked_weights_are_trimmed_and_raked_again(tmp_path):
    path = folder(tmp_path, heavy)
    plain, found = scored(path, weights="raked"), scored(path, weights="raked", trim=3.0)
    cap = raking.cap_of(plain.weighted.weight, 3.0)
    assert plain.weighted.weight.max() > cap
    assert found.weighted.weight.max() <= cap * (1 + 1e-7)
    for margin in calibration.cell_margins(found.data, np.arange(40), found.data.population[0, 0],
                                       "raked"):  # fmt: skip
        total = np.bincount(margin.ids, found.weighted.weight)
        np.testing.assert_allclose(total, margin.count, rtol=1e-7)
    (row,) = score_tables.results(results.of(found))["calibration"]
    assert row["trimmed"] == 1
    assert row["over_cap"] == 0


def test_margins_win_over_a_cap_that_they_cannot_have_and_it_is_said(tmp_path):
    found = scored(folder(tmp_path, heavy), weights="raked", trim=1.0)
    (row,) = score_tables.results(results.of(found))["calibration"]
    assert row["status"] == "ok"
    assert row["over_cap"] > 0


def test_weights_that_need_no_trimming_are_left_alone(tmp_path):
    path = folder(tmp_path)
    plain, found = scored(path), scored(path, trim=3.0)
    assert score_tables.results(results.of(found))["calibration"] == []
    assert found.units.se[0] == plain.units.se[0]


def test_replicates_trim_again(tmp_path):
    path = folder(tmp_path, heavy)
    (unit,) = score_tables.results(results.of(scored(path, trim=3.0, variance="jkn")))["units"]
    linearised = scored(path, trim=3.0).units.se[0]
    assert unit["se"] == pytest.approx(unit["se_jkn"], rel=1e-12)
    assert unit["se_jkn"] == pytest.approx(linearised, rel=0.2)
    assert unit["se_jkn"] != pytest.approx(linearised, rel=1e-9)


def test_the_command_takes_both(tmp_path):
    path = folder(tmp_path / "data", heavy)
    asked = ["--adjust", "classes", "--trim", "3", "--weights", "raked"]
    assert main(["score", str(path), "--out", str(tmp_path / "out"), *asked]) == 0
    found = json.loads((tmp_path / "out" / "scores.json").read_text(encoding="utf-8"))
    assert (found["settings"]["adjust"], found["settings"]["trim"]) == ("classes", 3.0)
    assert (tmp_path / "out" / "response_classes.csv").is_file()
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert "response_classes.csv" in manifest["inputs"]
