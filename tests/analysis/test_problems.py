"""Every fault of a data set is named with its place and a remedy, all of them at once."""

from __future__ import annotations

import contextlib
import random

import pytest

from analysis import results
from analysis.dataset import reader
from analysis.problems import ProblemsFound
from analysis.report import score_tables
from analysis.scoring import score
from tests.analysis import small


def faults(path, **files):
    with pytest.raises(ProblemsFound) as found:
        reader.read(small.folder(path, **files))
    return found.value.problems


def only(problems, slug, line=None, column=None):
    found = [problem for problem in problems if problem.slug == slug]
    assert found, [problem.slug for problem in problems]
    assert all(problem.help for problem in problems), "each has a remedy"
    if line is not None:
        assert (found[0].line, found[0].column) == (line, column)
    return found[0]


def with_line(number, old, new):
    lines = small.respondents().splitlines()
    assert old in lines[number - 1]
    lines[number - 1] = lines[number - 1].replace(old, new, 1)
    return "\n".join(lines) + "\n"


def test_the_reference_is_sound(tmp_path):
    assert reader.read(small.folder(tmp_path)).rows == 55


def test_an_answer_with_an_unknown_code(tmp_path):
    found = only(faults(tmp_path, respondents=with_line(3, ",,A", ",,X")), "unknown-option", 3, 27)
    assert found.file.endswith("respondents.csv")
    assert found.text == "c1,U1,council,all,1,1,65,,X"
    assert "`X`" in found.message


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("0", "weight-not-positive"),
        ("-1", "weight-not-positive"),
        ("", "weight-not-positive"),
        ("nan", "not-a-number"),
        ("inf", "not-a-number"),
        ("1e999", "not-a-number"),
        ("one", "not-a-number"),
        ("1_000", "not-a-number"),
        ("١", "not-a-number"),
    ],
)
def test_a_weight_that_is_no_positive_number(tmp_path, text, slug):
    only(faults(tmp_path, respondents=with_line(2, "0,1,65", f"0,{text},65")), slug, 2, 21)


def test_a_decimal_comma_is_named_as_such(tmp_path):
    text = with_line(2, "0,1,65", '0,"1,5",65')
    assert "decimal point" in only(faults(tmp_path, respondents=text), "not-a-number", 2, 21).help


def test_a_person_who_rates_a_unit_twice(tmp_path):
    found = only(faults(tmp_path, respondents=with_line(3, "c1", "c0")), "repeated-rating", 3, 1)
    assert "line 2" in found.message


@pytest.mark.parametrize("coef", ["1.01", "-0.1"])
def test_a_coefficient_outside_its_range(tmp_path, coef):
    text = small.OPTIONS.replace("B,0.6", f"B,{coef}")
    only(faults(tmp_path, options=text), "coefficient-out-of-range", 3, 6)


def test_a_population_smaller_than_the_sample(tmp_path):
    text = small.respondents().replace(",65,", ",39,")
    found = only(faults(tmp_path, respondents=text), "fpc1-too-small", 2, 23)
    assert "40 PSUs" in found.message


def test_a_stratum_with_two_population_sizes(tmp_path):
    only(faults(tmp_path, respondents=with_line(5, ",65,", ",66,")), "fpc1-differs", 5, 23)


def test_a_psu_with_two_sizes_or_too_small_a_one(tmp_path):
    lines = ["resp_id,unit,group,stratum,psu,weight,fpc1,fpc2,q1"]
    lines += [f"r{i},U1,council,all,{i // 2},1,9,{5 + (i == 3)},A" for i in range(6)]
    lines += [f"s{i},U1,leaders,all,{i // 2},1,9,1,A" for i in range(4)]
    found = faults(tmp_path, respondents="\n".join(lines) + "\n")
    only(found, "fpc2-differs", 5, 25)
    only(found, "fpc2-too-small", 8, 25)


def test_one_stage_and_two_stages_in_one_cell(tmp_path):
    only(faults(tmp_path, respondents=with_line(2, ",65,,", ",65,7,")), "mixed-stages", 3, 26)


def test_a_criterion_about_an_unknown_question_or_group(tmp_path):
    text = small.CRITERIA + "C2,2,councl,q1,1\nC3,2,council,q2,1\n"
    found = faults(tmp_path, criteria=text)
    assert "did you mean `council`" in only(found, "unknown-group", 4, 6).help
    only(found, "unknown-question", 5, 14)


def test_a_criterion_with_two_maxima_or_bad_weights(tmp_path):
    text = small.CRITERIA.replace("C1,1.5,leaders", "C1,2,leaders") + "C2,1,leaders,q1,0\n"
    text += "C3,1,leaders,q1,-1\nC3,1,council,q1,\nC4,0,council,q1,1\n"
    found = faults(tmp_path, criteria=text)
    only(found, "points-differ", 3, 4)
    only(found, "no-group-weight", 4, 17)
    only(found, "out-of-range", 7, 4)
    assert [(p.line, p.column) for p in found if p.slug == "blank-number"] == [(6, 17)]


def test_a_group_that_the_frame_does_not_have(tmp_path):
    frame = small.FRAME.replace("U1,leaders,30,20,15\n", "U2,leaders,30,20,15\n")
    only(faults(tmp_path, frame=frame), "cell-not-in-frame", 42, 7)


def test_a_unit_that_the_frame_does_not_have(tmp_path):
    found = only(faults(tmp_path, respondents=with_line(4, "U1", "U7")), "unknown-unit", 4, 4)
    assert "`U1`" in found.help


def test_a_negative_population_and_a_repeated_cell(tmp_path):
    frame = small.FRAME.replace("U1,leaders,30", "U1,leaders,-3") + "U1,council,65,50,40\n"
    found = faults(tmp_path, frame=frame)
    only(found, "negative-count", 3, 12)
    only(found, "repeated-cell", 4, 1)


def test_a_missing_file(tmp_path):
    small.folder(tmp_path)
    (tmp_path / "options.csv").unlink()
    (tmp_path / "criteria.csv").unlink()
    with pytest.raises(ProblemsFound) as found:
        reader.read(tmp_path)
    assert [p.slug for p in found.value.problems] == ["missing-file", "missing-file"]


def test_a_missing_folder(tmp_path):
    with pytest.raises(ProblemsFound, match="missing-folder"):
        reader.read(tmp_path / "nowhere")


def test_a_missing_column_of_a_file_and_of_a_question(tmp_path):
    text = small.respondents().replace("weight", "wieght", 1)
    assert "wieght" in only(faults(tmp_path, respondents=text), "missing-column").help
    text = small.respondents().replace("q1", "q9", 1)
    assert "q1" in only(faults(tmp_path, respondents=text), "missing-column").message


def test_two_columns_of_one_name(tmp_path):
    text = small.respondents().replace("fpc2", "fpc1", 1)
    only(faults(tmp_path, respondents=text), "duplicate-column", 1, 44)


def test_a_ragged_row(tmp_path):
    found = faults(tmp_path, respondents=with_line(7, ",,A", ",A"))
    assert "8 cells, the header has 9" in only(found, "ragged-row", 7, 1).message


def test_a_quotation_mark_that_never_closes(tmp_path):
    only(faults(tmp_path, options=small.OPTIONS + 'q2,"A,1\n'), "not-csv")


def test_a_file_in_another_encoding(tmp_path):
    small.folder(tmp_path)
    (tmp_path / "options.csv").write_bytes("question,option,coef\nq1,Tốt,1\n".encode("utf-16"))
    with pytest.raises(ProblemsFound) as found:
        reader.read(tmp_path)
    only(found.value.problems, "not-utf8")


def test_an_empty_file(tmp_path):
    only(faults(tmp_path, criteria=""), "no-header", 1, 1)


def test_an_option_without_a_code_or_written_twice(tmp_path):
    found = faults(tmp_path, options=small.OPTIONS + "q1,,1\nq1,A,1\n")
    only(found, "blank-option", 7, 4)
    only(found, "duplicate-option", 8, 4)


def test_a_blank_stratum(tmp_path):
    only(faults(tmp_path, respondents=with_line(2, "all", "")), "blank-label", 2, 15)


def test_a_person_of_a_shared_sample_in_two_strata(tmp_path):
    lines = [
        "resp_id,unit,group,sample,stratum,psu,weight,fpc1,q1",
        "a,U1,council,s,x,a,1,9,A",
        "b,U1,council,s,x,b,1,9,A",
        "a,U2,council,s,y,a,1,9,A",
        "b,U2,council,s,x,b,1,9,A",
    ]
    frame = small.FRAME + "U2,council,65,50,40\n"
    found = faults(tmp_path, respondents="\n".join(lines) + "\n", frame=frame)
    only(found, "person-in-two-places", 4, 18)


def test_population_counts_that_fit_no_respondent(tmp_path):
    text = "unit,group,sex,count\nU1,council,F,10\nU9,council,F,-1\nU1,council,F,\n"
    found = faults(tmp_path, population=text)
    only(found, "missing-column")
    only(found, "unknown-unit", 3, 1)
    only(found, "negative-count", 3, 14)
    only(found, "blank-number", 4, 14)
    only(found, "repeated-cell", 4, 14)


def test_all_faults_are_reported_together_and_the_print_is_short(tmp_path):
    text = small.respondents().replace(",1,65", ",x,65").replace(",,A", ",,Z")
    with pytest.raises(ProblemsFound) as found:
        reader.read(small.folder(tmp_path, respondents=text, options=small.OPTIONS + "q1,A,7\n"))
    assert len({problem.slug for problem in found.value.problems}) >= 4
    assert str(found.value).count("error[") == 50
    assert f"{len(found.value.problems)} problems found" in str(found.value)


PIECES = [
    "",
    ",",
    '"',
    "\n",
    "\r",
    "0",
    "-1",
    "1e400",
    "NA",
    "nan",
    "A",
    "KB",
    "U1",
    "U2",
    "é",
    "council",
    "\ufeff",
    " ",
    "\x00",
    ";",
    "99999999999999999999",
]


@pytest.mark.parametrize("seed", range(150))
def test_a_damaged_file_gives_results_or_problems_and_never_a_traceback(tmp_path, seed):
    dice = random.Random(seed)
    files = {
        "respondents": small.respondents(),
        "options": small.OPTIONS,
        "criteria": small.CRITERIA,
        "frame": small.FRAME,
    }
    for _ in range(dice.randint(1, 3)):
        name = dice.choice(list(files))
        cells = files[name].replace("\n", ",\n,").split(",")
        cells[dice.randrange(len(cells))] = dice.choice(PIECES)
        files[name] = ",".join(cells).replace(",\n,", "\n")
    with contextlib.suppress(ProblemsFound):
        read_and_score(small.folder(tmp_path, **files), tmp_path / "out")


def read_and_score(folder, out):
    data = reader.read(folder)
    for missing in ("strict", "renormalise"):
        score_tables.write(results.of(score.score(data, score.Settings(missing=missing))), out)
