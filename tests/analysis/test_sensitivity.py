"""How far an index depends on choices: every number has a test vector or an identity."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest

from analysis.dataset import reader
from analysis.problems import ProblemsFound
from analysis.report import sensitivity_tables
from analysis.scoring import score
from analysis.sensitivity import decomposition, effects, rescoring, scenarios, sensitivity
from analysis.sensitivity.scenarios import Scenario
from tests.analysis import reference, small


def card_of(tmp_path, answers, points="22.5"):
    head = "criterion,max_points,group,question,group_weight\n"
    criteria = head + "".join(f"C1,{points},{group},q1,1\n" for group in answers)
    frame = "unit,group,N,n_invited,n_responded\n" + "".join(
        f"U1,{group},200,150,{len(given)}\n" for group, given in answers.items()
    )
    rows = small.respondents(answers).replace(",30,,", ",200,,").replace(",65,,", ",200,,")
    folder = small.folder(tmp_path / "data", criteria=criteria, frame=frame, respondents=rows)
    return score.score(reader.read(folder), score.Settings())


def rows_of(found, name):
    return {row["scenario"]: row for row in sensitivity_tables.results(found)[name]}


@pytest.mark.parametrize(
    ("coefficients", "points"), [("100/60/20/0", 15.08), ("equal steps", 16.13), ("top two", 18.0)]
)
def test_three_sets_of_coefficients_give_three_scores_from_one_file(tmp_path, coefficients, points):
    card = card_of(tmp_path, {"council": "A" * 40 + "B" * 40 + "C" * 15 + "D" * 5})
    found = sensitivity.sensitivity(card, [Scenario(name="s", coefficients=coefficients)])
    value = found.comparisons[0].outcome.score[0]
    assert math.floor(value * 100 + 0.5 + 1e-9) / 100 == points


def test_equal_or_pooled_groups_and_no_opinion_as_zero_on_the_worked_example(tmp_path):
    small.folder(tmp_path / "data")
    card = score.score(reader.read(tmp_path / "data"), score.Settings())
    found = rows_of(sensitivity.sensitivity(card), "scores")
    assert found["reference"]["score"] == pytest.approx(1.164286, abs=1e-6)
    assert found["groups pooled"]["score"] == pytest.approx(1.158, abs=1e-12)
    assert found["no opinion as zero"]["score"] == pytest.approx(1.0925, abs=1e-12)


def test_counting_no_opinion_as_zero_is_labelled_an_error_and_widens_no_range(tmp_path):
    small.folder(tmp_path / "data")
    card = score.score(reader.read(tmp_path / "data"), score.Settings())
    found = sensitivity.sensitivity(card)
    row = rows_of(found, "scenarios")["no opinion as zero"]
    assert (row["kind"], row["status"]) == ("error", "applied")
    assert "error" in row["note"]
    (unit,) = sensitivity_tables.unit_rows(found)
    wrong = rows_of(found, "scores")["no opinion as zero"]["index"]
    assert wrong < unit["index_lo_with_leaving_out"]


def test_ten_per_cent_moves_what_lies_between_the_ends_only(tmp_path):
    card = card_of(tmp_path, {"council": "A" * 40 + "B" * 40 + "C" * 15 + "D" * 5}, "1")
    found = rows_of(sensitivity.sensitivity(card), "scores")
    assert found["+10 %"]["score"] == pytest.approx(0.4 + 0.66 * 0.4 + 0.22 * 0.15)
    assert found["-10 %"]["score"] == pytest.approx(0.4 + 0.54 * 0.4 + 0.18 * 0.15)


def test_a_scenario_that_cannot_be_applied_is_refused_by_name(tmp_path):
    small.folder(
        tmp_path / "data",
        options=small.OPTIONS.replace("q1,C,0.2\n", ""),
        respondents=small.respondents({"council": "A" * 9 + "D", "leaders": "AB"}),
    )
    card = score.score(reader.read(tmp_path / "data"), score.Settings())
    wanted = [
        Scenario(name="raked", weights="raked"),
        Scenario(name="fielded", coefficients="100/60/20/0"),
        Scenario(name="alone", without_criterion="C1"),
        Scenario(name="nobody", without_group="citizens"),
        Scenario(name="own", coefficients={"A": 1.0}),
    ]
    found = sensitivity_tables.results(sensitivity.sensitivity(card, wanted))["scenarios"]
    assert [row["status"] for row in found] == ["refused"] * 5
    told = [row["reason"] for row in found]
    wanted_words = ["population", "3 distinct", "no criterion is left", "citizens", "option B"]
    assert all(word in reason for word, reason in zip(wanted_words, told, strict=True))
    assert all(row["mean_change"] is None for row in found)


@pytest.mark.parametrize("kind", ["base", "poststratified", "raked"])
@pytest.mark.parametrize("missing", ["strict", "renormalise"])
def test_a_scenario_scores_as_the_command_would_with_that_setting(kind, missing):
    bench = rescoring.Workbench(reference.card("clean"))
    try:
        ours = bench.outcome(Scenario(name="s", weights=kind, missing=missing))
    except scenarios.Refused as why:
        pytest.fail(str(why))
    theirs = reference.card("clean", weights=kind, missing=missing)
    assert np.allclose(ours.score, theirs.units.score, rtol=1e-13, equal_nan=True)


def test_leaving_a_criterion_out_is_scoring_without_its_lines(tmp_path):
    source = reference.HERE / "missing"
    for path in source.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    lines = (source / "criteria.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    gone = lines[1].split(",")[0]
    kept = [line for line in lines if not line.startswith(f"{gone},")]
    (tmp_path / "criteria.csv").write_text("".join(kept), encoding="utf-8")
    theirs = score.score(reader.read(tmp_path), score.Settings())
    bench = rescoring.Workbench(reference.card("missing"))
    ours = bench.outcome(Scenario(name="s", without_criterion=gone))
    assert np.allclose(ours.score, theirs.units.score, equal_nan=True)
    assert np.allclose(ours.maximum, theirs.units.maximum)


def test_shifts_of_rank_and_reversed_pairs_are_counted_by_hand():
    moved, share = effects.shifts(
        np.array([90.0, 80.0, 70.0, np.nan]), np.array([80.0, 90.0, 70.0, 1.0])
    )
    assert moved.tolist() == [1, -1, 0]
    assert float(share) == pytest.approx(1 / 3)


def test_shares_of_variance_are_those_of_the_definition():
    values = np.array([[[1.0], [2.0], [4.0]], [[3.0], [8.0], [6.0]]])
    variance, first, total = decomposition.indices(values, 2)
    grid = values[..., 0]
    pairs = [(i, j) for i, j in itertools.product(range(2), range(3))]
    jansen = [
        np.mean([(grid[i, j] - grid[k, j]) ** 2 / 2 for i, j in pairs for k in range(2)]),
        np.mean([(grid[i, j] - grid[i, k]) ** 2 / 2 for i, j in pairs for k in range(3)]),
    ]
    assert total[:, 0] == pytest.approx(np.array(jansen) / grid.var())
    assert first[:, 0] == pytest.approx(
        [grid.mean(1).var() / grid.var(), grid.mean(0).var() / grid.var()]
    )
    interaction = 1 - first.sum()
    assert total[:, 0] - first[:, 0] == pytest.approx([interaction, interaction])
    assert variance[0] == pytest.approx(grid.var())


@pytest.mark.parametrize("name", ["clean", "missing", "edge", "matrix"])
def test_every_reference_set_is_analysed_without_a_nan(tmp_path, name):
    found = sensitivity.sensitivity(reference.card(name, missing="renormalise"))
    sensitivity_tables.write(found, tmp_path)
    written = json.loads((tmp_path / "sensitivity.json").read_text(encoding="utf-8"))
    for row in written["units"]:
        if row["rank"] is not None:
            assert row["rank_lo"] <= row["rank"] <= row["rank_hi"]
            assert row["index_lo"] <= row["index"] <= row["index_hi"]
            assert row["rank_lo_with_leaving_out"] <= row["rank_lo"]
        share = row["share_of_choices"]
        assert (share is None) == bool(row["reason"]) or share is None
    for row in written["decomposition"]:
        if row["total"] is not None:
            assert -1e-12 <= row["first_order"] <= row["total"] + 1e-9 <= 1 + 1e-8


def test_scenarios_are_declared_in_a_file(tmp_path):
    path = tmp_path / "scenarios.yaml"
    path.write_text(
        "scenarios:\n"
        "- {name: mine, coefficients: {A: 1, B: 0.5, C: 0.25, D: 0}}\n"
        "- {name: both, average: pooled, points: equal}\n",
        encoding="utf-8",
    )
    mine, both = scenarios.read(path)
    assert mine.coefficients == {"A": 1.0, "B": 0.5, "C": 0.25, "D": 0.0}
    assert both.changes == ("average", "points")


def test_every_fault_of_a_scenario_file_is_told(tmp_path):
    path = tmp_path / "scenarios.yaml"
    path.write_text(
        "scenarios:\n"
        "- {name: a, averge: pooled}\n"
        "- {name: a, average: poold}\n"
        "- {coefficients: top two}\n"
        "- {name: d, coefficients: {A: 2}}\n"
        "- {name: e, weights: 3}\n",
        encoding="utf-8",
    )
    with pytest.raises(ProblemsFound) as found:
        scenarios.read(path)
    told = str(found.value)
    for words in ("averge", "did you mean `pooled`", "no name", "from 0 to 1", "not a text", "two"):
        assert words in told
    for text in ("", "- a", "scenarios: {"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ProblemsFound):
            scenarios.read(path)
    with pytest.raises(ProblemsFound):
        scenarios.read(tmp_path / "none.yaml")
