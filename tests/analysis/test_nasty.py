"""Data that no survey should have: a score that admits it, or a fault with its place."""

from __future__ import annotations

import csv
import io
import json
import random

import numpy as np
import pytest

from analysis import results
from analysis.__main__ import main
from analysis.dataset import reader
from analysis.estimation import interval
from analysis.problems import ProblemsFound
from analysis.ranking import league_table
from analysis.replication import scorecards
from analysis.report import score_tables
from analysis.scoring import score
from tests.analysis import small

OPTIONS = "question,option,coef\nq1,A,1\nq1,B,0.5\nq1,C,0\nq2,A,1\nq2,B,0.5\nq2,C,0\n"
CRITERIA = """criterion,max_points,group,question,group_weight
C1,10,g,q1,1
C2,5,g,q2,1
C2,5,h,q2,1
"""
UNITS = ("NA", "01", "1")
SETTINGS = (
    [],
    ["--missing", "renormalise"],
    ["--missing", "renormalise", "--lonely-psu", "remove"],
    ["--missing", "renormalise", "--lonely-psu", "adjust"],
    ["--missing", "renormalise", "--lonely-psu", "average", "--variance", "jkn"],
    ["--missing", "renormalise", "--rank-method", "mrsw", "--draws", "200", "--trim", "2"],
)


def given(skip=0.2, seed=3):
    rng = random.Random(seed)
    return lambda: "" if rng.random() < skip else rng.choice("ABC")


def anything(skip=0.2, seed=3):
    """Both answers of a rating, drawn with the seed."""
    one = given(skip, seed)
    return lambda k, unit: (one(), one())


def but_one(k, unit):
    """Nobody answers about the last unit."""
    return ("", "") if unit == "1" else ("ABC"[k % 3], "A")


def gap(k, unit):
    """Everyone puts the last unit above the others."""
    return ("A", "A") if unit == "1" else ("B", "B")


def rows(persons, sample="", stratum="x", weight="1", fpc1="40", answers=None, units=UNITS):
    """Ratings of every unit by persons of both groups; stratum and weight may depend on k."""
    answer = answers or anything()
    return [
        [f"{g}{k}", unit, g, sample and f"{sample}{g}",
         stratum(k) if callable(stratum) else stratum, f"{g}{k}",
         weight(k) if callable(weight) else weight, fpc1, *answer(k, unit)]
        for g in "gh" for k in range(persons) for unit in units
    ]  # fmt: skip


def write(path, lines, **files):
    text = io.StringIO(newline="")
    head = ["resp_id", "unit", "group", "sample", "stratum", "psu", "weight", "fpc1", "q1", "q2"]
    csv.writer(text, lineterminator="\n").writerows([head, *lines])
    sound = {"respondents": text.getvalue(), "options": OPTIONS, "criteria": CRITERIA}
    folder = small.folder(path, **(sound | files))
    if "frame" not in files:
        (folder / "frame.csv").unlink()
    return folder


def first_alone(k):
    return "x" if k else "alone"


NASTY = {
    "weights of ten million": rows(6, weight=lambda k: 10**7 if k else 1),
    "one weight above all": rows(6, weight=lambda k: 10 ** (3 * k)),
    "a lone PSU in a shared stratum": rows(6, sample="s", stratum=first_alone),
    "a shared census with skipped items": rows(6, sample="s", fpc1="6"),
    "raters who all agree": rows(5, sample="s", answers=lambda k, unit: ("A", "B")),
    "a constant gap": rows(6, sample="s", answers=gap),
    "one rater": rows(1, sample="s"),
    "nobody answered": rows(4, answers=lambda k, unit: ("", "")),
    "nobody answered about one unit": rows(8, sample="s", answers=but_one),
    "a unit to each rater": [
        row for row in rows(9, sample="s") if int(row[0][1:]) % 3 == UNITS.index(row[1])
    ],
    "half of the sample named": [
        row[:3] + (["all"] if int(row[0][1:]) % 2 else [""]) + row[4:] for row in rows(8)
    ],
    "two rows": rows(1, units=("1",)),
    "no rows": [],
}  # fmt: skip


@pytest.mark.parametrize("name", NASTY)
@pytest.mark.parametrize("asked", SETTINGS, ids=" ".join)
def test_no_data_end_in_a_traceback_in_nan_or_in_certainty_by_luck(tmp_path, name, asked):
    folder = write(tmp_path / "data", NASTY[name])
    assert main(["score", str(folder), "--out", str(tmp_path / "out"), *asked]) == 0
    text = (tmp_path / "out" / "scores.json").read_text(encoding="utf-8")
    assert "NaN" not in text
    assert "Infinity" not in text
    for row in json.loads(text)["units"]:
        if row["lo"] is not None:
            assert row["lo"] <= row["score"] <= row["hi"]
            assert row["hi"] - row["lo"] > 1e-6, "no census without skipped items is here"


def test_the_order_of_rows_is_moot(tmp_path):
    lines = rows(8, sample="s")
    found = []
    for number in range(2):
        random.Random(number).shuffle(lines)
        card = scorecards.scorecard(reader.read(write(tmp_path / f"d{number}", lines)))
        found.append(score_tables.results(results.of(card)))
    for one, other in zip(found[0]["units"], found[1]["units"], strict=True):
        assert one["unit"] == other["unit"]
        for key in ("score", "se", "se_nr", "df"):
            assert one[key] == pytest.approx(other[key], rel=1e-9)


def test_one_weight_above_all_is_flagged_and_its_interval_and_differences_are_wide(tmp_path):
    card = scorecards.scorecard(reader.read(write(tmp_path, NASTY["one weight above all"])))
    (first, *_) = score_tables.results(results.of(card))["units"]
    assert any(flag.endswith(":one_weight") for flag in first["flags"])
    assert card.units.hi[0] - card.units.lo[0] > 5, "of 15 points"
    assert all(row["se"] > 4 for row in league_table.rank_units(card).pair_rows())
    assert card.units.se[0] < 0.01, "the design sees next to nothing"


FRAME = "unit,group,N,n_invited,n_responded\n" + "".join(
    f"{unit},{group},40,6,6\n" for unit in UNITS for group in "gh"
)


@pytest.mark.parametrize(
    ("files", "slug", "file", "line", "column"),
    [
        ({"criteria": CRITERIA.replace("C1,", ",")}, "blank-label", "criteria", 2, 1),
        ({"frame": FRAME + ",g,4,4,4\n"}, "blank-label", "frame", 8, 1),
        ({"frame": FRAME + "1,,4,4,4\n"}, "blank-label", "frame", 8, 3),
        (
            {
                "frame": FRAME.replace("responded", "responded,I,P,R,NC,O,UH,UO,NE,e").replace(
                    "6,6\n", "6,6,6,0,0,0,0,0,0,0,2\n"
                )
            },
            "out-of-range",
            "frame",
            2,
            29,
        ),
    ],
)
def test_faults_have_a_place_and_a_remedy(tmp_path, files, slug, file, line, column):
    with pytest.raises(ProblemsFound) as found:
        reader.read(write(tmp_path, rows(6), **files))
    told = {(p.slug, p.file, p.line, p.column) for p in found.value.problems}
    assert (slug, str(tmp_path / f"{file}.csv"), line, column) in told
    assert all(p.help for p in found.value.problems)


def test_a_frame_without_a_line_knows_no_unit(tmp_path):
    head = FRAME.splitlines()[0] + "\n"
    with pytest.raises(ProblemsFound) as found:
        reader.read(write(tmp_path, rows(6), frame=head))
    assert "unknown-unit" in {problem.slug for problem in found.value.problems}
    assert all(problem.line and problem.help for problem in found.value.problems)


def alike(k, unit):
    """All agree about each unit: a step apart about two of them, not about the third."""
    return {"NA": ("A", "A"), "01": ("B", "B"), "1": ("ABC"[k % 3], "ABC"[k % 2])}[unit]


@pytest.mark.parametrize("rule", ["remove", "adjust", "average"])
@pytest.mark.parametrize("sample", ["", "s"])
def test_answers_equal_by_luck_are_not_certain_where_a_lone_psu_is_treated(tmp_path, rule, sample):
    folder = write(tmp_path, rows(6, sample=sample, stratum=first_alone, answers=alike))
    card = scorecards.scorecard(reader.read(folder), score.Settings(lonely_psu=rule))
    for row in score_tables.results(results.of(card))["units"]:
        assert row["lo"] <= row["score"] <= row["hi"]
        assert row["hi"] - row["lo"] > 5, "of 15 points, on six answers a group"
    assert all(row["se"] > 1 for row in league_table.rank_units(card).pair_rows())


def test_units_of_nothing_but_removed_lone_psus_have_no_interval_and_no_band(tmp_path):
    folder = write(tmp_path, rows(4, stratum=str))
    made = score_tables.results(
        results.of(scorecards.scorecard(reader.read(folder), score.Settings(lonely_psu="remove")))
    )
    assert {(row["se"], row["lo"], row["hi"]) for row in made["units"]} == {(0.0, None, None)}
    assert {(row["lo"], row["band"]) for row in made["ranks"]} == {(None, None)}


@pytest.mark.parametrize("variance", ["taylor", "jkn"])
def test_a_unit_whose_groups_share_a_sample_changes_nothing_for_another(tmp_path, variance):
    """The other's group h, a lone PSU, answers nothing: it is not used, and spoils nothing."""
    own = [row for row in rows(6, units=("01",)) if row[2] == "g"]
    silent = ["h9", "01", "h", "", "x", "h9", "1", "40", "", ""]
    shared = [[row[0][1:], *row[1:3], "both", "x", row[0][1:], *row[6:]] for row in rows(6)
              if row[1] == "1"]  # fmt: skip
    asked = score.Settings(missing="renormalise", variance=variance)
    found = []
    for number, more in enumerate(([], shared)):
        folder = write(tmp_path / f"d{number}", [*own, silent, *more])
        found.append(
            score_tables.results(results.of(scorecards.scorecard(reader.read(folder), asked)))[
                "units"
            ][0]
        )
    for name in ("score", "se", "se_nr", "df", "lo", "hi", *(["se_jkn"] * (variance == "jkn"))):
        assert found[0][name] > 0
        assert found[1][name] == pytest.approx(found[0][name], rel=1e-12), name


def test_a_score_keeps_its_interval_beside_a_mean_on_no_df_and_one_heavy_answer(tmp_path):
    """q1 is answered once in each of two strata; of q2's answers one has nearly all the weight."""

    def answers(k, unit):
        return ("A" if k == 0 else "C" if k == 5 else "", "ABC"[k % 3] if k < 5 else "")

    lines = rows(6, stratum=lambda k: k // 3, weight=lambda k: 10**6 if k == 1 else 1,
                 answers=answers, units=("1",))  # fmt: skip
    folder = write(tmp_path, [row for row in lines if row[2] == "g"])
    made = score_tables.results(
        results.of(scorecards.scorecard(reader.read(folder), score.Settings(missing="renormalise")))
    )
    unit = made["units"][0]
    assert "g:q2:one_weight" in unit["flags"]
    assert {row["question"]: row["df"] for row in made["estimates"][:2]} == {"q1": 0, "q2": 3}
    assert unit["lo"] < unit["score"] < unit["hi"]


@pytest.mark.parametrize("points", ["0.0001", "10"])
def test_an_interval_is_as_wide_whatever_the_points_are(tmp_path, points):
    """One heavy answer leaves an error of 3e-8 of the points: too little to be counted in some."""
    lines = rows(6, weight=lambda k: 10**7 if k else 10**14, answers=but_one, units=("NA",))
    criteria = f"criterion,max_points,group,question,group_weight\nC1,{points},g,q1,1\n"
    card = scorecards.scorecard(reader.read(write(tmp_path, lines, criteria=criteria)))
    assert card.units.hi[0] - card.units.lo[0] > 0.9 * float(points)
    assert card.units.hi[0] >= card.units.score[0] >= card.units.lo[0]


def test_one_heavy_answer_on_no_df_has_the_interval_of_one_answer(tmp_path):
    lines = rows(2, stratum=str, weight=lambda k: 10**6 if k else 1, answers=but_one, units=("NA",))
    folder = write(tmp_path, lines)
    asked = score.Settings(lonely_psu="adjust")
    for row in score_tables.results(results.of(scorecards.scorecard(reader.read(folder), asked)))[
        "estimates"
    ]:
        if row["status"] == "lonely_psu" and row["question"] == "q1":
            assert row["df"] == 0
            assert row["hi"] - row["lo"] > 0.9


def test_a_unit_rated_once_in_each_stratum_of_a_sample_has_a_wide_interval(tmp_path):
    """Its variance comes of the PSUs that did not rate it; its own leave no degree of freedom."""
    lines = [row for row in rows(8, sample="s", stratum=lambda k: k % 2, answers=anything(0))
             if row[1] != "1" or row[0][1:] in "01"]  # fmt: skip
    card = scorecards.scorecard(
        reader.read(write(tmp_path, lines)), score.Settings(missing="renormalise")
    )
    row = score_tables.results(results.of(card))["units"][card.data.units.index("1")]
    assert row["df_design"] == 0
    assert row["se"] > 0
    assert row["df"] >= 1
    assert row["lo"] < row["score"] < row["hi"]


def test_an_interval_holds_its_mean_to_the_last_digit():
    share = np.arange(1, 200) / 200
    for se in (0.0, 1e-17, 1e-9):
        for mean in (np.ones(199), share, 1 - share):
            here = np.full(199, se)
            n = np.arange(2.0, 201)
            lo, hi = interval.recommended(mean, here, n - 1, n, n + 1, 0.95)
            known = ~np.isnan(lo)
            assert (lo[known] <= mean[known]).all()
            assert (hi[known] >= mean[known]).all()


def test_sensitivity_refuses_where_no_unit_has_a_score(tmp_path, capsys):
    folder = write(tmp_path / "data", NASTY["nobody answered"])
    assert main(["sensitivity", str(folder), "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert "error[nothing-to-compare]" in said
    assert "help:" in said


def test_a_question_whose_options_are_worth_nothing_counts_for_nothing_in_any_scenario(tmp_path):
    options = (
        OPTIONS.replace("q2,A,1", "q2,A,").replace("q2,B,0.5", "q2,B,").replace("q2,C,0", "q2,C,")
    )
    criteria = CRITERIA.replace("h,q2", "h,q1")
    folder = write(tmp_path / "data", rows(6), options=options, criteria=criteria)
    out = tmp_path / "out"
    asked = ["sensitivity", str(folder), "--out", str(out), "--missing", "renormalise"]
    assert main(asked) == 0
    found = json.loads((out / "sensitivity.json").read_text(encoding="utf-8"))
    assert {row["status"] for row in found["scenarios"]} >= {"applied", "refused"}


@pytest.mark.parametrize("weight", ["1e101", "1e300", "1e-101", "5e-324"])
def test_a_weight_that_no_sample_has_is_refused(tmp_path, weight):
    lines = rows(6, weight=lambda k: "1" if k else weight)
    with pytest.raises(ProblemsFound) as found:
        reader.read(write(tmp_path, lines))
    assert {p.slug for p in found.value.problems} == {"weight-out-of-range"}
    first = min(found.value.problems, key=lambda problem: problem.line)
    assert (first.line, first.column) == (2, 15)
    assert first.text.split(",")[6] == weight


@pytest.mark.parametrize(
    ("files", "column"),
    [
        ({"criteria": CRITERIA.replace("C1,10", "C1,1e300")}, 4),
        ({"criteria": CRITERIA.replace("C1,10", "C1,1e-300")}, 4),
        ({"criteria": CRITERIA.replace("g,q1,1", "g,q1,1e308")}, 12),
        ({"criteria": CRITERIA.replace("g,q1,1", "g,q1,1e-320")}, 12),
        ({"frame": FRAME.replace("g,40,6,6", "g,40,1e308,6", 1)}, 9),
    ],
)
def test_a_number_whose_sums_or_squares_are_none_is_refused(tmp_path, files, column):
    with pytest.raises(ProblemsFound) as found:
        reader.read(write(tmp_path, rows(6), **files))
    first = found.value.problems[0]
    assert (first.slug, first.line, first.column) == ("out-of-range", 2, column)
    assert first.help


def test_results_that_cannot_be_written_are_told_with_a_remedy(tmp_path, capsys):
    folder = write(tmp_path / "data", rows(6))
    (tmp_path / "out").write_text("a file", encoding="utf-8")
    assert main(["score", str(folder), "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert "error[cannot-write]" in said
    assert "help:" in said


@pytest.mark.parametrize("asked", [["--seed", "-1"], ["--trim", "0"], ["--trim", "nan"]])
def test_a_setting_that_cannot_be_is_refused_as_a_usage_error(tmp_path, asked, capsys):
    folder = write(tmp_path / "data", rows(6))
    with pytest.raises(SystemExit) as ended:
        main(["score", str(folder), "--out", str(tmp_path / "out"), *asked])
    assert ended.value.code == 2
    assert asked[0] in capsys.readouterr().err


def test_charts_of_units_with_long_names_have_files_of_their_own(tmp_path):
    names = tuple("Sở Văn hóa, Thể thao và Du lịch " * 4 + end for end in "ab")
    folder, scores = write(tmp_path / "data", rows(4, units=names)), tmp_path / "scores"
    assert main(["score", str(folder), "--out", str(scores)]) == 0
    charts = tmp_path / "charts"
    assert main(["draw", str(folder), "--scores", str(scores), "--out", str(charts)]) == 0
    assert len(list(charts.glob("profile-*.svg"))) == 2


@pytest.mark.parametrize("content", ["{}", "[]", "null", "", '{"units": []}'])
def test_charts_of_what_are_no_results_are_refused(tmp_path, content, capsys):
    folder = write(tmp_path / "data", rows(4))
    (tmp_path / "scores.json").write_text(content, encoding="utf-8")
    asked = ["draw", str(folder), "--scores", str(tmp_path), "--out", str(tmp_path / "charts")]
    assert main(asked) == 1
    said = capsys.readouterr().err
    assert "error[no-scores]" in said
    assert "help:" in said
