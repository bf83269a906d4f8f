"""The rules of scoring: averages of groups, no opinion, missing and small groups."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import results
from analysis.dataset import reader
from analysis.formatting import format_vi
from analysis.report import explain, score_tables
from analysis.scoring import score
from tests.analysis import small

POOLED = small.CRITERIA.replace("group_weight\n", "group_weight,average\n").replace(
    "q1,1\n", "q1,1,pooled\n"
)


def scored(path, settings=None, **files):
    return score.score(reader.read(small.folder(path, **files)), settings)


def test_groups_count_equally_unless_pooling_is_declared(tmp_path):
    ours = scored(tmp_path)
    assert ours.units.score[0] == pytest.approx(1.164286, abs=5e-7)
    assert format_vi(ours.units.score[0]) == "1,16"


def test_pooling_takes_one_ratio_over_all_answers(tmp_path):
    ours = scored(tmp_path, criteria=POOLED)
    assert ours.units.score[0] == pytest.approx(1.158, abs=1e-12)


def test_no_opinion_is_never_counted_as_zero(tmp_path):
    for criteria in (small.CRITERIA, POOLED):
        assert scored(tmp_path, criteria=criteria).units.score[0] != pytest.approx(1.0925, abs=1e-3)


def test_pooling_one_group_is_that_groups_mean(tmp_path):
    alone = small.CRITERIA.splitlines()[:2]
    equal = scored(tmp_path, criteria="\n".join(alone) + "\n")
    pooled = scored(tmp_path, criteria="\n".join(POOLED.splitlines()[:2]) + "\n")
    for name in ("score", "se", "se_nr", "lo", "hi"):
        np.testing.assert_allclose(getattr(pooled.units, name), getattr(equal.units, name))


def test_a_group_without_answers_leaves_no_score_under_strict(tmp_path):
    silent = small.respondents({"council": small.ANSWERS["council"], "leaders": "KK "})
    frame = small.FRAME.replace("15", "3")
    ours = scored(tmp_path, respondents=silent, frame=frame)
    assert np.isnan(ours.units.score[0])
    assert ours.flags(0) == ["C1:missing", "incomplete"]


def test_a_group_without_answers_hands_its_weight_to_the_others(tmp_path):
    silent = small.respondents({"council": small.ANSWERS["council"], "leaders": "KK "})
    ours = scored(tmp_path, score.Settings(missing="renormalise"), respondents=silent)
    assert ours.units.score[0] == pytest.approx(1.5 * 26.8 / 35)
    assert ours.flags(0) == ["C1:renormalised"]


def test_a_group_under_the_minimum_is_set_aside_and_flagged(tmp_path):
    ours = scored(tmp_path, score.Settings(min_group=20))
    assert ours.units.score[0] == pytest.approx(1.5 * 26.8 / 35)
    assert ours.flags(0) == ["leaders:q1:below_min", "C1:renormalised"]


def test_a_unit_without_any_answer_is_listed_and_not_ranked(tmp_path):
    frame = small.FRAME + "U2,council,65,50,0\nU2,leaders,30,20,0\n"
    ours = scored(tmp_path, score.Settings(missing="renormalise"), frame=frame)
    content = score_tables.results(results.of(ours))
    assert content["units"][1]["score"] is None
    assert "incomplete" in content["units"][1]["flags"]
    row = content["ranks"][1]
    assert (row["unit"], row["reason"]) == ("U2", "no_score")
    assert all(value is None for name, value in row.items() if name not in {"unit", "reason"})


def test_eight_of_twelve_leaders_who_all_say_the_best_do_not_make_it_certain(tmp_path):
    best = small.respondents({"leaders": "A" * 8}).replace(",30,", ",12,")
    criteria = "\n".join(small.CRITERIA.splitlines()[::2]) + "\n"
    frame = "unit,group,N,n_invited,n_responded\nU1,leaders,12,12,8\n"
    ours = scored(tmp_path, respondents=best, criteria=criteria, frame=frame)
    assert ours.estimates.lo[0, 0] == pytest.approx(10 / 12)
    assert (ours.units.lo[0], ours.units.hi[0]) == pytest.approx((1.5 * 10 / 12, 1.5))


def test_a_full_census_has_no_sampling_interval(tmp_path):
    everyone = small.respondents({"leaders": "AABBCD"}).replace(",30,", ",6,")
    criteria = "\n".join(small.CRITERIA.splitlines()[::2]) + "\n"
    frame = "unit,group,N,n_invited,n_responded\nU1,leaders,6,6,6\n"
    ours = scored(tmp_path, respondents=everyone, criteria=criteria, frame=frame)
    assert ours.units.se[0] == 0
    assert ours.units.lo[0] == ours.units.hi[0] == ours.units.score[0]


def test_a_score_can_be_followed_back_to_counted_answers(tmp_path):
    words = explain.explain(scored(tmp_path), "U1", "C1")
    assert "A: 20 answers, weight 20, coefficient 1" in words
    assert "KB: 5 answers, weight 5, no coefficient" in words
    assert "ratio 26.8/35 = 0.765714, share 0.5000" in words
    assert "1.5 × 0.776190 = 1.164286 points" in words


def test_labels_are_text_and_never_numbers(tmp_path):
    text = small.respondents().replace(",U1,", ",NA,")
    text += "x1,01,council,all,1,1,65,,A\nx2,01,council,all,2,1,65,,B\n"
    text += "x3,1,council,all,1,1,65,,D\nx4,1,council,all,2,1,65,,D\n"
    frame = small.FRAME.replace("U1", "NA") + "01,council,65,5,2\n1,council,65,5,2\n"
    ours = scored(tmp_path, score.Settings(missing="renormalise"), respondents=text, frame=frame)
    assert ours.data.units == ("NA", "01", "1")
    assert ours.units.score.tolist() == pytest.approx([1.164286, 1.2, 0], abs=1e-6)


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path):
    plain = scored(tmp_path / "a") if (tmp_path / "a").mkdir() is None else None
    (tmp_path / "b").mkdir()
    windows = {
        name: "\ufeff" + text.replace("\n", "\r\n")
        for name, text in (
            ("respondents", small.respondents()),
            ("options", small.OPTIONS),
            ("criteria", small.CRITERIA),
            ("frame", small.FRAME),
        )
    }
    assert scored(tmp_path / "b", **windows).units.score[0] == plain.units.score[0]


def test_weights_over_many_orders_of_magnitude_keep_their_precision(tmp_path):
    lines = small.respondents().splitlines()
    heavy = (
        [lines[0]]
        + [
            line.replace(f",{i},1,", f",{i},{10.0 ** (i % 9 - 4)!r},", 1) if "," in line else line
            for i, line in enumerate(lines[1:41])
        ]
        + lines[41:]
    )
    ours = scored(tmp_path, respondents="\n".join(heavy) + "\n")
    weights = np.array([10.0 ** (i % 9 - 4) for i in range(40)])
    coefs = np.array(
        [{"A": 1, "B": 0.6, "C": 0.2, "D": 0}.get(a, np.nan) for a in small.ANSWERS["council"]]
    )
    known = ~np.isnan(coefs)
    wanted = (weights * np.nan_to_num(coefs)).sum() / weights[known].sum()
    council = ours.data.groups.index("council")
    assert ours.estimates.mean[council, 0] == pytest.approx(wanted, rel=1e-13)


def test_a_wave_that_nobody_has_answered_yet_has_no_scores_and_no_faults(tmp_path):
    nobody = small.respondents({})
    frame = small.FRAME.replace(",40\n", ",0\n").replace(",15\n", ",0\n")
    ours = scored(tmp_path, respondents=nobody, frame=frame)
    found = score_tables.results(results.of(ours))
    assert found["units"][0]["score"] is None
    assert {row["status"] for row in found["estimates"]} == {"empty_group"}
    assert [row["RR1"] for row in found["rates"]] == [0, 0]


def test_one_answer_alone_has_a_mean_and_no_interval(tmp_path):
    ours = scored(tmp_path, respondents=small.respondents({"council": "A ", "leaders": "BB"}))
    row = score_tables.results(results.of(ours))["estimates"][0]
    assert (row["status"], row["mean"], row["se"], row["lo"]) == ("single_answer", 1, None, None)
    assert ours.units.score[0] == pytest.approx(1.2)
    assert np.isnan(ours.units.se[0])


def test_a_group_of_weight_nothing_is_left_out(tmp_path):
    criteria = small.CRITERIA + "C1,1.5,nobody,q1,0\n"
    assert scored(tmp_path, criteria=criteria).units.score[0] == pytest.approx(1.164286, abs=5e-7)
