"""`import analysis`: the public face for people who work in notebooks."""

from __future__ import annotations

import csv
import json
import math

import numpy as np
import pandas as pd
import pytest

import analysis
from analysis.__main__ import main
from analysis.results import Choices
from tests.analysis import small
from tests.analysis.reference import HERE

CHOICES = {"missing": "renormalise", "weights": "raked", "rank_method": "holm-t", "level": 0.9}
AS_OPTIONS = [
    *("--missing", "renormalise", "--weights", "raked", "--rank-method", "holm-t"),
    *("--level", "0.9"),
]
OF_RANK = {"rank": "rank", "rank_lo": "lo", "rank_hi": "hi", "rank_lo_t": "lo_t"} | {
    name: name for name in ("band", "expected_rank", "top_3", "bottom_1", "reason")
}


@pytest.fixture(scope="module", params=["clean", "missing", "matrix"])
def scored(request, tmp_path_factory):
    """What the command wrote for a data set, and the results of the same choices."""
    out = tmp_path_factory.mktemp("command")
    calibrated = request.param != "matrix"
    options = AS_OPTIONS if calibrated else [*AS_OPTIONS[:2], *AS_OPTIONS[4:]]
    choices = CHOICES if calibrated else {**CHOICES, "weights": "base"}
    assert main(["score", str(HERE / request.param), "--out", str(out), *options]) == 0
    return out, analysis.score(analysis.read(str(HERE / request.param)), **choices)


def of(out, part):
    return json.loads((out / "scores.json").read_text(encoding="utf-8"))[part]


def plain(value):
    """A cell as JSON has it."""
    if value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value


def test_units_are_the_rows_and_ranks_of_scores_json_number_for_number(scored):
    out, results = scored
    for row, place in zip(of(out, "units"), of(out, "ranks"), strict=True):
        ours = {name: plain(value) for name, value in results.units.loc[row["unit"]].items()}
        assert ours["flags"] == ";".join(row["flags"])
        same = [name for name in row if name not in {"unit", "flags"}]
        assert {name: ours[name] for name in same} == {name: row[name] for name in same}
        assert {name: ours[name] for name in OF_RANK} == {
            name: place[theirs] for name, theirs in OF_RANK.items()
        }
    assert list(results.units.index) == [row["unit"] for row in of(out, "units")]


@pytest.mark.parametrize("part", ["criteria", "estimates"])
def test_long_tables_are_those_of_scores_json(scored, part):
    out, results = scored
    rows = [
        {name: plain(value) for name, value in row.items()}
        for row in getattr(results, part).to_dict("records")
    ]
    assert rows == of(out, part)


@pytest.mark.parametrize("part", ["covariance", "covariance_nr"])
def test_covariances_are_those_of_scores_json(scored, part):
    out, results = scored
    table = getattr(results, part)
    assert list(table.index) == list(table.columns) == of(out, part)["units"]
    assert [[plain(v) for v in row] for row in table.to_numpy()] == of(out, part)["matrix"]


def test_pairs_and_rates_are_those_of_the_command(scored):
    out, results = scored
    with (out / "pairs.csv").open(encoding="utf-8", newline="") as file:
        pairs = list(csv.DictReader(file))
    assert len(results.pairs) == len(pairs)
    for ours, theirs in zip(results.pairs.to_dict("records"), pairs, strict=True):
        assert {
            name: repr(value).lower() for name, value in ours.items() if name == "distinct"
        } == {"distinct": theirs["distinct"].lower()}
        assert repr(ours["difference"]) == theirs["difference"]
    for ours, row in zip(results.rates.to_dict("records"), of(out, "rates"), strict=True):
        assert plain(ours["RR1"]) == row["RR1"]
        assert plain(ours["N"]) == row["N"]
        assert ours["flags"] == ";".join(row["flags"])
        assert plain(ours["RR1_denominator"]) == row["denominators"]["RR1"]


def test_what_is_written_is_what_the_command_writes(scored, tmp_path):
    out, results = scored
    folder = results.write(tmp_path / "again")
    names = sorted(path.name for path in out.iterdir())
    assert sorted(path.name for path in folder.iterdir()) == names
    for name in names:
        assert (folder / name).read_bytes() == (out / name).read_bytes(), name


def test_the_same_choices_give_the_same_results_and_are_told(scored):
    _, results = scored
    again = analysis.score(results.data, **results.settings)
    assert again.settings == results.settings
    pd.testing.assert_frame_equal(again.units, results.units, check_exact=True)
    assert list(results.settings)[: len(Choices.names()) - 2] == Choices.names()[:-2]


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("missing", "renorm", "'strict', 'renormalise'"),
        ("variance", "boot", "'taylor', 'jkn'"),
        ("level", 95, "between 0 and 1"),
        ("min_group", -3, "from 1 on"),
        ("weights", "rake", "'base', 'poststratified', 'raked'"),
        ("adjust", True, "'none', 'frame', 'classes'"),
        ("lonely_psu", None, "'report', 'remove', 'adjust', 'average'"),
        ("trim", 0.5, "1 or more times the median"),
        ("rank_method", "holm_t", "'holm', 'holm-t', 'mrsw'"),
        ("max_error", "5 points", "points such as"),
        ("max_error", "inf", "points such as"),
        ("max_error", -1, "points such as"),
        ("top", 3, "whole numbers from 1 on"),
        ("top", (0, 1), "a whole number from 1 on"),
        ("top", (), "whole numbers from 1 on"),
        ("seed", -1, "a whole number from 0 on"),
        ("draws", 2.5, "a whole number from 1 on"),
        ("group_weights", {"council": 1}, "'leaders', 'delegates', 'businesses', 'citizens'"),
        ("group_weights", {"C01": {"council": 1}}, "'leaders', 'delegates'"),
        ("group_weights", {"leaders": -1}, "a number from 0 on"),
        ("group_weights", {"C01": dict.fromkeys(["leaders", "delegates", "businesses",
                                                 "citizens"], 0)}, "every group of 'C01'"),
        ("group_weights", [1, 2], "a mapping"),
        ("coefficients", {"Z": 1}, "one of '1', '2'"),
        ("coefficients", {"q99": {"1": 1}}, "'q01', 'q02'"),
        ("coefficients", {"1": 2}, "from 0 to 1, or None"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_with_what_is_allowed(option, value, allowed):
    with pytest.raises(ValueError, match=option) as refusal:
        analysis.score(analysis.read(HERE / "clean"), **{option: value})
    assert allowed in str(refusal.value)


def test_an_option_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(TypeError, match="'wieghts'") as refusal:
        analysis.score(analysis.read(HERE / "clean"), wieghts="raked")
    assert all(name in str(refusal.value) for name in Choices.names())
    assert "did you mean `weights`" in str(refusal.value)


def test_settings_in_one_and_by_name():
    data = analysis.read(HERE / "clean")
    settings = analysis.Settings(weights="raked", level=0.9)
    results = analysis.score(data, settings, level=0.99)
    assert (results.settings["weights"], results.settings["level"]) == ("raked", 0.99)
    with pytest.raises(TypeError, match=r"analysis\.Settings"):
        analysis.score(data, "raked")
    with pytest.raises(TypeError, match="`read`"):
        analysis.score(HERE / "clean")


def test_numbers_of_numpy_and_fractions_are_written_as_python_has_them(tmp_path):
    results = analysis.score(
        analysis.read(small.folder(tmp_path / "data")),
        level=np.float32(0.5),
        min_group=np.int64(2),
        top=np.array([1, 2]),
        max_error=np.float64(3.5),
    )
    settings = json.loads((results.write(tmp_path) / "manifest.json").read_text())["settings"]
    asked = {"level": 0.5, "min_group": 2, "top": [1, 2], "max_error": "3.5"}
    assert {name: settings[name] for name in asked} == asked


# Group weights and coefficients


def with_changed(path, name, **columns):
    """The clean data set with columns of one file changed: a function of a row gives the cell."""
    path.mkdir()
    for file in (HERE / "clean").glob("*.csv"):
        rows = list(csv.DictReader(file.open(encoding="utf-8", newline="")))
        if file.stem == name:
            rows = [row | {key: change(row) for key, change in columns.items()} for row in rows]
        with (path / file.name).open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    return analysis.score(analysis.read(path))


def same_scores(ours, theirs):
    pd.testing.assert_frame_equal(ours.units, theirs.units, check_exact=True)
    pd.testing.assert_frame_equal(ours.criteria, theirs.criteria, check_exact=True)
    pd.testing.assert_frame_equal(ours.covariance, theirs.covariance, check_exact=True)


@pytest.mark.parametrize(
    "given",
    [
        {"leaders": 2, "C01": {"citizens": 0}},
        {"leaders": 2, ("C01", "citizens"): 0},
        pd.Series({("C01", "leaders"): 2.0, ("C01", "citizens"): 0.0}),
    ],
)
def test_group_weights_are_those_of_a_criteria_csv_that_says_the_same(given, tmp_path):
    everywhere = not isinstance(given, pd.Series)

    def weight(row):
        if row["criterion"] == "C01" and row["group"] == "citizens":
            return 0
        named = row["group"] == "leaders" and (everywhere or row["criterion"] == "C01")
        return 2 if named else row["group_weight"]

    theirs = with_changed(tmp_path / "data", "criteria", group_weight=weight)
    ours = analysis.score(analysis.read(HERE / "clean"), group_weights=given)
    same_scores(ours, theirs)
    unweighted = analysis.score(analysis.read(HERE / "clean"))
    assert not ours.units["score"].equals(unweighted.units["score"])


def test_coefficients_are_those_of_an_options_csv_that_says_the_same(tmp_path):
    def coef(row):
        of_question = {"2": "0.35", "3": ""} if row["question"] == "q01" else {"2": "0.4"}
        return of_question.get(row["option"], row["coef"])

    theirs = with_changed(tmp_path / "data", "options", coef=coef)
    given = {2: 0.4, "q01": {"2": 0.35, "3": None}}
    same_scores(analysis.score(analysis.read(HERE / "clean"), coefficients=given), theirs)


def test_the_weight_of_a_group_is_shared_among_its_questions(tmp_path):
    criteria = small.CRITERIA + "C1,1.5,council,q2,3\n"
    options = small.OPTIONS + "q2,X,1\nq2,Y,0\n"
    people = small.respondents().splitlines()
    people = [people[0] + ",q2", *(f"{row},{'XY'[at % 2]}" for at, row in enumerate(people[1:]))]
    files = {"options": options, "respondents": "\n".join(people) + "\n"}
    data = analysis.read(small.folder(tmp_path / "a", criteria=criteria, **files))
    shared = criteria.replace("council,q1,1", "council,q1,0.5").replace("q2,3", "q2,1.5")
    theirs = analysis.score(analysis.read(small.folder(tmp_path / "b", criteria=shared, **files)))
    same_scores(analysis.score(data, group_weights={"council": 2}), theirs)


def test_the_scoring_key_is_written_so_that_anyone_can_score_again(tmp_path):
    data = analysis.read(HERE / "clean")
    key = {"group_weights": {("C01", "leaders"): 3, "citizens": 2}, "coefficients": {1: None}}
    results = analysis.score(data, **key)
    written = json.loads((results.write(tmp_path) / "manifest.json").read_text())["settings"]
    assert written["group_weights"] == {"citizens": 2.0, "C01": {"leaders": 3.0}}
    assert written["coefficients"] == {"1": None}
    same_scores(analysis.score(data, **written), results)
    assert "group_weights" not in analysis.score(data).settings
