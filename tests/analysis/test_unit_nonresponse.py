"""What the nonrespondents could change."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from analysis.__main__ import main
from analysis.dataset import reader
from analysis.nonresponse import representativity
from analysis.nonresponse.unit_nonresponse import OUT_OF_REACH, nonrespondents
from analysis.report import nonresponse_tables
from analysis.scoring import score
from analysis.sensitivity.nonresponse_analysis import nonresponse_analysis
from tests.analysis import small
from tests.analysis.reference import HERE, agrees, card, expected

NAMES = ["clean", "missing", "edge"]


def scored(path, **files):
    return score.score(reader.read(small.folder(path / "data", **files)))


def tables(scorecard):
    return nonresponse_tables.results(nonresponse_analysis(scorecard))


@pytest.mark.parametrize("name", NAMES)
def test_bounds_that_assume_nothing_are_the_references(name):
    rows = tables(card(name))["estimates"]
    ours = {(r["unit"], r["group"], r["question"]): r for r in rows}
    seen = 0
    for theirs in expected(name)["response"]:
        for at, question in enumerate(theirs.get("questions", [])):
            row = ours[theirs["unit"], theirs["group"], question]
            for end in ("manski_lo", "manski_hi"):
                seen += 1
                assert agrees(math.nan if row[end] is None else row[end], theirs[end][at])
    assert seen


@pytest.mark.parametrize("name", NAMES)
def test_the_score_lies_within_the_bounds_of_the_nonrespondents_and_those_within_the_scale(name):
    ours = card(name, missing="renormalise")
    for unit, row in enumerate(tables(ours)["units"]):
        if row["silent_lo"] is not None:
            assert 0 <= row["silent_lo"] <= row["score"] + 1e-9
            assert row["score"] - 1e-9 <= row["silent_hi"] <= ours.units.maximum[unit] + 1e-9
        assert (row["worst_lo"] is None) == bool(row["worst_reason"])
        assert (row["silent_lo"] is None) == bool(row["silent_reason"])


def test_the_tipping_point_by_hand(tmp_path):
    """Of 20 leaders 15, of 50 council members 40: a shift d moves 1.5 (0.5/4 + 0.5/5) d points."""
    absent = nonrespondents(scored(tmp_path), 0)
    assert absent.tipping(0.01).difference == pytest.approx(0.01 / (0.75 * (0.25 + 0.2)))
    assert absent.tipping(-0.01).difference == pytest.approx(-0.01 / (0.75 * (0.25 + 0.2)))
    assert absent.tipping(0.0).difference == 0
    too_far = absent.tipping(1.0)
    assert (too_far.difference, too_far.reason) == (None, OUT_OF_REACH), "so few cannot move it"


def test_a_shift_stops_at_the_end_of_the_scale(tmp_path):
    best = small.respondents({"council": "A" * 40, "leaders": "B" * 15})
    absent = nonrespondents(scored(tmp_path, respondents=best), 0)
    maximum = 0.75 * 0.25 * 0.4
    assert absent.shift(1.0) == pytest.approx(maximum), "the council is at the top"
    assert absent.tipping(maximum / 2).difference == pytest.approx(0.2)


def test_what_the_frame_does_not_say_is_a_reason_and_no_number(tmp_path):
    frame = "unit,group,N,n_invited,n_responded\nU1,council,,50,40\nU1,leaders,30,,15\n"
    row = tables(scored(tmp_path, frame=frame))["units"][0]
    assert (row["worst_lo"], row["silent_lo"]) == (None, None)
    assert "council" in row["worst_reason"]
    assert "leaders" in row["silent_reason"]


def test_equal_response_is_perfectly_balanced_and_unequal_is_not():
    share, invited = np.array([0.3, 0.7]), np.array([300.0, 700.0])
    assert representativity.balance(share, np.array([0.4, 0.4]), invited).r == pytest.approx(1)
    found = representativity.balance(share, np.array([0.2, 0.6]), invited)
    assert found.r == pytest.approx(1 - 2 * math.sqrt(0.3 * 0.7) * 0.4)
    assert found.r < found.r_adjusted < found.r + 0.01


def test_partial_indicators_name_the_variable_that_response_varies_with():
    share = np.full(4, 0.25)
    sex, age = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    propensity = np.array([0.2, 0.2, 0.6, 0.6])
    total, by_value = representativity.unconditional(share, propensity, sex)
    assert total == pytest.approx(0.2)
    assert by_value[0] < 0 < by_value[1], "the first are underrepresented"
    assert representativity.unconditional(share, propensity, age)[0] == pytest.approx(0)
    assert representativity.conditional(share, propensity, [age]) == pytest.approx(0.2)
    assert representativity.conditional(share, propensity, [sex]) == pytest.approx(0)


def test_chance_alone_looks_unbalanced_until_it_is_taken_off():
    rng, raw, adjusted = np.random.default_rng(2), [], []
    for _ in range(300):
        propensity = rng.binomial(20, 0.5, 10) / 20
        found = representativity.balance(np.full(10, 0.1), propensity, np.full(10, 20.0))
        raw.append(found.r)
        adjusted.append(found.r_adjusted)
    assert np.mean(raw) < 0.81
    assert np.mean(adjusted) > 0.89


def test_the_command_writes_json_and_tables_and_never_nan(tmp_path):
    for name in (*NAMES, "matrix"):
        assert main(["nonresponse", str(HERE / name), "--out", str(tmp_path / name)]) == 0
        found = json.loads((tmp_path / name / "nonresponse.json").read_text(encoding="utf-8"))
        assert {"units", "estimates", "tipping", "representativity"} <= set(found)
        assert (tmp_path / name / "nonresponse_tipping.csv").exists()
        for row in found["tipping"]:
            assert (row["difference"] is None) == bool(row["reason"])
            assert row["meaning_vi"]
    text = (tmp_path / "clean" / "nonresponse.json").read_text(encoding="utf-8")
    rows = json.loads(text)["representativity"]
    assert any(row["by"] == "population.csv" and row["partial"] for row in rows)
    again = tmp_path / "again"
    assert main(["nonresponse", str(HERE / "clean"), "--out", str(again)]) == 0
    assert (again / "nonresponse.json").read_text(encoding="utf-8") == text


def test_the_nonrespondents_of_a_grade_must_lie_so_far_below_for_it_to_be_lost(tmp_path):
    (tmp_path / "merged").mkdir()
    ours = scored(tmp_path)
    index = 100 * float(ours.units.score[0]) / 1.5
    merged = {
        "grades": [{"grade": "A", "min": index + 2}, {"grade": "B", "min": index - 1}],
        "units": [{"unit": "U1", "index": index, "max": 1.5, "complete": True}],
    }
    (tmp_path / "merged" / "merged.json").write_text(json.dumps(merged), encoding="utf-8")
    asked = ["nonresponse", str(tmp_path / "data"), "--scores", str(tmp_path / "merged"), "--out"]
    assert main([*asked, str(tmp_path / "out")]) == 0
    found = json.loads((tmp_path / "out" / "nonresponse.json").read_text(encoding="utf-8"))
    up, down = found["tipping"]
    assert (up["change"], up["to"], down["change"], down["to"]) == (
        "grade_up",
        "A",
        "grade_down",
        "B",
    )
    assert up["points"] == pytest.approx(0.03)
    assert down["difference"] == pytest.approx(-0.015 / (0.75 * 0.45))
