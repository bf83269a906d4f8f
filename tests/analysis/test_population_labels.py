"""Labels of respondents and of population.csv that do not meet are told, and so are counts of 0."""

from __future__ import annotations

import random
import unicodedata

import numpy as np
import pytest

from analysis.__main__ import main
from analysis.dataset import reader
from analysis.problems import Problem, ProblemsFound
from analysis.scoring import score
from analysis.weighting import calibration
from tests.analysis import small

CRITERIA = "criterion,max_points,group,question,group_weight\nC1,10,citizens,q1,1\n"
OPTIONS = "question,option,coef\nq1,A,1\nq1,B,0\n"
KINDS = ("raked", "poststratified")


def folder(path, labels, population, header="sex"):
    """Twenty citizens, their labels in turn."""
    rows = [f"resp_id,unit,group,stratum,psu,weight,{header},q1"]
    for number in range(20):
        label = labels[number % len(labels)]
        rows.append(f"r{number},U1,citizens,all,p{number},50,{label},{'AB'[number % 3 == 0]}")
    small.folder(
        path,
        respondents="\n".join(rows) + "\n",
        options=OPTIONS,
        criteria=CRITERIA,
        population=f"unit,group,{header},count\n{population}",
    )
    (path / "frame.csv").unlink()
    return path


def told(path, kind) -> list[Problem]:
    with pytest.raises(ProblemsFound) as refused:
        score.score(reader.read(path), score.Settings(weights=kind))
    return list(refused.value.problems)


POPULATION = "U1,citizens,Nam,500\nU1,citizens,Nữ,500\n"
SPELLED = [
    (unicodedata.normalize("NFD", "Nữ"), "composed in another way"),
    ("Nữ ", "blanks"),
    (" Nữ", "blanks"),
    ("Nữ\u00a0", "blanks"),
    ("NỮ", "capitals"),
    ("Nữ\u200b", "cannot be seen"),
    ("Νữ", "look alike"),  # a Greek letter in front
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("label", "how"), SPELLED)
def test_a_label_that_is_spelled_otherwise_is_named_with_its_place_and_the_difference(
    tmp_path, label, how, kind
):
    (problem,) = told(folder(tmp_path, ["Nam", label], POPULATION), kind)
    assert problem.slug == "label-not-in-population"
    assert problem.file.endswith("respondents.csv")
    assert problem.line == 3
    assert problem.text[problem.column - 1 :].startswith(label)
    assert f"`{label}` in `sex`" in problem.message
    assert "10 rows" in problem.message
    assert "line 3 of population.csv has `Nữ`" in problem.message
    assert how in problem.message
    assert "U+" in problem.help


@pytest.mark.parametrize("kind", KINDS)
def test_a_label_that_the_population_lacks_is_named_too(tmp_path, kind):
    (problem,) = told(folder(tmp_path, ["Nam", "Nữ", "Khác", ""], POPULATION), kind)[:1]
    assert "`Khác`" in problem.message
    assert (problem.slug, problem.line) == ("label-not-in-population", 4)
    assert len(told(tmp_path, kind)) == 2, "a blank label is one"


@pytest.mark.parametrize("kind", KINDS)
def test_a_count_of_0_for_respondents_that_there_are_is_named_where_it_stands(tmp_path, kind):
    population = POPULATION + "U1,citizens,Khác,0\n"
    (problem,) = told(folder(tmp_path, ["Nam", "Nữ", "Khác"], population), kind)
    assert (problem.slug, problem.line) == ("counted-zero", 4)
    assert problem.file.endswith("population.csv")
    assert problem.text[problem.column - 1 :][: problem.width] == "0"
    assert "respondents.csv has 6 rows" in problem.message
    assert "the first on line 4" in problem.message


def test_a_count_of_0_of_whom_nobody_came_harms_nobody(tmp_path):
    path = folder(tmp_path, ["Nam", "Nữ"], POPULATION + "U1,citizens,Khác,0\n")
    for kind in KINDS:
        card = score.score(reader.read(path), score.Settings(weights=kind))
        assert not np.isnan(card.units.score[0])


def test_weights_that_are_not_calibrated_need_no_labels(tmp_path):
    path = folder(tmp_path, ["Nam", "Nữ "], POPULATION)
    assert not np.isnan(score.score(reader.read(path)).units.score[0])


def test_the_command_ends_with_1_and_names_the_label(tmp_path, capsys):
    path = folder(tmp_path, ["Nam", "Nữ "], POPULATION)
    assert main(["score", str(path), "--out", str(tmp_path / "o"), "--weights", "raked"]) == 1
    said = capsys.readouterr().err
    assert "label-not-in-population" in said
    assert "respondents.csv:3:" in said


BOTH = "U1,citizens,Nam,y,30\nU1,citizens,Nam,o,0\nU1,citizens,Nữ,y,40\n"


def test_a_combination_matters_to_post_stratification_and_not_to_raking(tmp_path):
    path = folder(tmp_path, ["Nam,y", "Nam,o", "Nữ,y", "Nữ,o"], BOTH, header="sex,age")
    problems = told(path, "poststratified")
    assert [(p.slug, p.line) for p in problems] == [
        ("label-not-in-population", 5),
        ("counted-zero", 3),
    ]
    assert "`Nữ` in `sex`, `o` in `age`" in problems[0].message
    (of_raking,) = told(path, "raked")
    assert (of_raking.slug, of_raking.line) == ("counted-zero", 3)
    assert "`o` in `age`" in of_raking.message


def test_margins_that_cannot_be_met_are_named(tmp_path):
    counts = (
        "U1,citizens,Nam,y,90\nU1,citizens,Nam,o,10\nU1,citizens,Nữ,y,10\nU1,citizens,Nữ,o,90\n"
    )
    path = folder(tmp_path, ["Nam,y", "Nữ,y", "Nữ,y"], counts, header="sex,age")
    data = reader.read(path)
    rows = np.arange(20)
    empty = calibration.calibrate_cell(data, 0, rows, data.population[0, 0], "raked")
    assert (empty.status, empty.empty) == ("empty_margin", ("o",))
    path = folder(tmp_path, ["Nam,y", "Nữ,o"], counts.replace("10", "60"), header="sex,age")
    data = reader.read(path)
    missed = calibration.calibrate_cell(data, 0, rows, data.population[0, 0], "raked")
    assert missed.status == "ok", "the margins agree by luck"
    counts = (
        "U1,citizens,Nam,y,90\nU1,citizens,Nam,o,30\nU1,citizens,Nữ,y,10\nU1,citizens,Nữ,o,90\n"
    )
    path = folder(tmp_path, ["Nam,y", "Nữ,o"], counts, header="sex,age")
    data = reader.read(path)
    missed = calibration.calibrate_cell(data, 0, rows, data.population[0, 0], "raked")
    assert missed.status == "no_solution"
    assert missed.empty == ("Nam", "Nữ")


def test_whichever_labels_meet_or_not_what_is_told_is_what_is_wrong(tmp_path):
    rng = random.Random(5)
    names = ["Nam", "Nữ", "Nữ ", "nam", "Khác", unicodedata.normalize("NFD", "Nữ")]
    for _ in range(40):
        there, counted = (rng.sample(names, rng.randrange(1, 5)) for _ in range(2))
        counts = {name: rng.choice([0, 40, 90]) for name in counted}
        population = "".join(f"U1,citizens,{name},{count}\n" for name, count in counts.items())
        path = folder(tmp_path, there, population)
        wrong = {("label-not-in-population", name) for name in there if name not in counts}
        wrong |= {("counted-zero", name) for name in there if counts.get(name) == 0}
        for kind in KINDS:
            problems = told(path, kind) if wrong else []
            named = {(p.slug, name) for p in problems for name in names if f" `{name}` in" in
                     p.message.split(";")[0]}  # fmt: skip
            assert named == wrong
