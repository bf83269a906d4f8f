"""Survey points joined with self-assessed and appraised points."""

from __future__ import annotations

import json

import pytest

from analysis import results
from analysis.dataset import reader
from analysis.formatting import format_vi, round_half_up
from analysis.index import grading, merge, merge_files
from analysis.problems import ProblemsFound
from analysis.report import score_tables
from analysis.scoring import score
from tests.analysis import small

UNITS = "unit,name_vi,name_en,class\nU1,Sở Nội vụ,Home Affairs,department\n"
INDEX = """code,parent,level,assessed,max_points,name_vi,name_en,provenance
F1,,field,,2.6,Chỉ đạo,Steering,quoted
S1,F1,criterion,self,1.1,Kế hoạch,Plan,quoted
C1,F1,criterion,survey,1.5,Lãnh đạo,Leadership,proposed
F2,,field,,2.2,Thể chế,Rules,quoted
S2,F2,criterion,self,2.2,Văn bản,Texts,quoted
"""
POINTS = "unit,criterion,max_points,self,appraised\nU1,S1,1.1,1.1,0.9\nU1,S2,2.2,,2.2\n"
GRADES = (
    "grade,label_vi,label_en,min,component_floor\nA,Tốt,Good,80,75\nB,Khá,Fair,70,\nC,Yếu,Weak,,\n"
)


def folder(path, **files):
    path.mkdir(exist_ok=True)
    sound = {"units": UNITS, "index": INDEX, "self_assessment": POINTS, "grading": GRADES}
    for name, text in (sound | files).items():
        (path / f"{name}.csv").write_text(text, encoding="utf-8")
    return path


def scores(path, **files):
    score_tables.write(
        results.of(score.score(reader.read(small.folder(path / "data", **files)))), path / "scores"
    )
    return path / "scores"


def merged(path, **files):
    found = merge.merge_folder(folder(path / "merge", **files), scores(path))
    merge.write(found, path / "out")
    return json.loads((path / "out" / "merged.json").read_text(encoding="utf-8"))


def test_the_index_is_all_points_over_the_maxima_that_apply(tmp_path):
    found = merged(tmp_path)
    unit = found["units"][0]
    assert unit["max"] == 4.8
    assert unit["appraised"] == 3.1, "exact decimals: 0.9 + 2.2"
    assert unit["self"] is None, "one criterion has no self-assessed points"
    assert unit["total"] == pytest.approx(3.1 + 1.164286, abs=1e-6)
    assert unit["index"] == pytest.approx(100 * (3.1 + 1.164286) / 4.8, abs=1e-4)


def test_the_interval_is_the_surveys_scaled(tmp_path):
    unit = merged(tmp_path)["units"][0]
    assert unit["lo"] == pytest.approx(100 * (3.1 + unit["survey_lo"]) / 4.8)
    assert unit["hi"] == pytest.approx(100 * (3.1 + unit["survey_hi"]) / 4.8)


def test_fields_show_both_sources(tmp_path):
    first, second = merged(tmp_path)["fields"]
    assert (first["self"], first["appraised"], first["max"]) == (1.1, 0.9, 2.6)
    assert first["survey"] == pytest.approx(1.164286, abs=1e-6)
    assert (second["survey"], second["total"], second["percent"]) == (0, 2.2, 100)


def test_bonus_and_penalty_need_a_basis_and_stand_apart(tmp_path):
    lines = "unit,points,basis\nU1,0.5,QĐ 1\nU1,-0.2,QĐ 2\n"
    unit = merged(tmp_path, adjustments=lines)["units"][0]
    assert (unit["bonus"], unit["penalty"]) == (0.5, 0.2)
    assert unit["total"] == pytest.approx(3.4 + 1.164286, abs=1e-6)
    with pytest.raises(ProblemsFound, match="no-basis"):
        merge.merge_folder(
            folder(tmp_path / "merge", adjustments=lines.replace("QĐ 1", "")), tmp_path / "scores"
        )


def test_every_unit_on_one_side_only_is_named(tmp_path):
    units = UNITS + "U2,Sở Y tế,Health,department\n"
    points = POINTS + "U3,S1,1.1,1,1\n"
    with pytest.raises(ProblemsFound) as found:
        merged(tmp_path, units=units, self_assessment=points)
    assert [p.message for p in found.value.problems] == [
        "there is no unit `U2` here",
        "there is no unit `U3` here",
        "there is no unit `U2` here",
    ]


@pytest.mark.parametrize(
    ("old", "new", "slug"),
    [
        ("1.1,1.1,0.9", "1.1,1.1,1.2", "points-out-of-range"),
        ("1.1,1.1,0.9", "1.2,1.1,0.9", "points-differ"),
        ("1.1,1.1,0.9", '1.1,1.1,"0,9"', "not-a-number"),
        ("1.1,1.1,0.9", "1.1,1.1,", "not-a-number"),
        ("U1,S2", "U1,C1", "unknown-criterion"),
        ("U1,S2", "U1,S1", "repeated-criterion"),
    ],
)
def test_points_that_cannot_be(tmp_path, old, new, slug):
    with pytest.raises(ProblemsFound, match=slug) as found:
        merged(tmp_path, self_assessment=POINTS.replace(old, new))
    assert found.value.problems[0].line in (2, 3)


def test_points_of_the_index_that_do_not_add_up(tmp_path):
    with pytest.raises(ProblemsFound, match="points-do-not-add-up"):
        merged(tmp_path, index=INDEX.replace("F1,,field,,2.6", "F1,,field,,2.5"))


def test_a_criterion_scored_out_of_another_maximum(tmp_path):
    with pytest.raises(ProblemsFound, match="points-differ"):
        merged(
            tmp_path,
            index=INDEX.replace("survey,1.5", "survey,1.4").replace("field,,2.6", "field,,2.5"),
        )


def test_a_grade_needs_its_threshold_and_its_floor(tmp_path):
    grades = merge_files.read(folder(tmp_path / "merge"), scores(tmp_path)).grades
    assert [g.code for g in grades] == ["A", "B", "C"]
    assert grading.grade(80.0, 75.0, grades).code == "A"
    assert grading.grade(79.9999, 90.0, grades).code == "B"
    assert grading.grade(95.0, 74.9, grades).code == "B"
    assert grading.grade(10.0, 10.0, grades).code == "C"


def test_an_interval_that_crosses_a_threshold_is_flagged(tmp_path):
    unit = merged(tmp_path)["units"][0]
    assert unit["grade"] == "A"
    grades = GRADES.replace("80,75", "88.9,75")
    unit = merged(tmp_path, grading=grades)["units"][0]
    assert (unit["grade_lo"], unit["grade_hi"], unit["crosses"]) == ("B", "A", True)
    assert sum(unit["grade_probability"].values()) == pytest.approx(1)
    assert 0 < unit["grade_probability"]["A"] < 1


def test_units_rank_within_their_class_on_full_precision(tmp_path):
    text = small.respondents()
    second = "\n".join(text.splitlines()[1:]).replace(",U1,", ",U2,").replace(",,D", ",,C")
    frame = small.FRAME + small.FRAME.split("\n", 1)[1].replace("U1", "U2")
    where = scores(tmp_path, respondents=text + second + "\n", frame=frame)
    points = POINTS + POINTS.split("\n", 1)[1].replace("U1", "U2")
    for kind, wanted in (("department", (2, 1)), ("district", (1, 1))):
        units = UNITS + f"U2,Sở Y tế,Health,{kind}\n"
        found = merge.merge_folder(
            folder(tmp_path / "m", units=units, self_assessment=points), where
        )
        assert tuple(row["rank"] for row in found.units) == wanted


def test_printed_parts_may_differ_from_the_printed_total_by_a_hundredth():
    parts = (57.664, 9.564, 18.834, 4.984)
    assert sum(round_half_up(part, 2) for part in parts) != round_half_up(sum(parts), 2)
    assert format_vi(sum(parts)) == "91,05"


@pytest.mark.parametrize(
    ("value", "places", "printed"),
    [
        (1.005, 2, "1,01"),
        (0.125, 2, "0,13"),
        (-0.004, 2, "0,00"),
        (82.5, 1, "82,5"),
        (2.675, 2, "2,68"),
        (None, 2, "–"),
    ],
)
def test_numbers_are_rounded_half_up_with_a_comma(value, places, printed):
    assert format_vi(value, places) == printed


LATE = "unit,criterion,max_points,self,appraised\nU1,S1,1.1,1.1,\nU1,S2,2.2,,2.2\n"


def listed(path, **files):
    found = merge.merge_folder(folder(path / "merge", **files), scores(path), unappraised="list")
    merge.write(found, path / "out")
    return json.loads((path / "out" / "merged.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("points", [LATE, "unit,criterion,max_points,self,appraised\n"])
def test_a_unit_that_is_not_appraised_is_refused_unless_it_may_be_listed(tmp_path, points):
    with pytest.raises(ProblemsFound):
        merged(tmp_path, self_assessment=points)


def test_a_unit_that_is_not_appraised_has_its_survey_points_and_no_index_and_no_rank(tmp_path):
    found = listed(tmp_path, self_assessment=LATE)
    unit = found["units"][0]
    for name in ("appraised", "total", "index", "lo", "hi", "se", "rank", "grade"):
        assert unit[name] is None, name
    assert not unit["complete"]
    assert unit["flags"][-1] == "not_appraised"
    assert unit["survey"] == pytest.approx(1.164286, abs=1e-6)
    assert unit["max"] == 4.8
    assert [field["appraised"] for field in found["fields"]] == [None, 2.2]
    assert found["settings"]["unappraised"] == "list"


def test_who_lists_what_is_complete_gets_the_same_numbers(tmp_path):
    whole = merged(tmp_path)
    again = listed(tmp_path)
    assert again["units"] == whole["units"]
    assert again["fields"] == whole["fields"]
    assert "unappraised" not in whole["settings"]
