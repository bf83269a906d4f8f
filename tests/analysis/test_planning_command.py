"""`python -m analysis plan` says how many to ask, and refuses numbers that mean nothing."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from analysis.__main__ import main
from analysis.dataset import reader
from analysis.planning import allocation
from analysis.planning.next_forms import next_forms
from analysis.scoring import score

REFERENCE = Path(__file__).resolve().parents[1] / "reference"


def planned(tmp_path, capsys, *words):
    """Exit code 0, what was printed, and the JSON."""
    out = tmp_path / "plan.json"
    assert main(["plan", *map(str, words), "--json", str(out)]) == 0
    return capsys.readouterr().out, json.loads(out.read_text(encoding="utf-8"))


def test_a_unit_needs_as_many_forms_as_cochran_says(tmp_path, capsys):
    words = ["size", "--moe", 0.05, "--spread", 0.3, "--population", 5000]
    words += ["--deff", 1.5, "--response", 0.4]
    printed, found = planned(tmp_path, capsys, *words)
    assert (found["rows"][0]["n"], found["rows"][0]["invite"]) == (200, 500)
    assert found["rows"][0]["ministry_n"] == 371 == math.ceil(5000 / (1 + 5000 * 0.0025))
    assert "simple random sampling, no clusters, no nonresponse" in printed


def test_a_difference_of_two_units_meets_its_margin(tmp_path, capsys):
    words = ["size", "--moe", "0.05", "--spread", "0.3", "0.2", "--population", "900", "4000"]
    _, found = planned(tmp_path, capsys, *words)
    parts = [row["spread"] ** 2 * (1 / row["n"] - 1 / row["N"]) for row in found["rows"]]
    assert 1.96 * math.sqrt(sum(parts)) == pytest.approx(0.05, rel=0.01)


def test_a_target_out_of_reach_is_said_to_be_so(tmp_path, capsys):
    words = ["size", "--moe", "0.02", "--population", "300", "--response", "0.3"]
    printed, found = planned(tmp_path, capsys, *words)
    assert found["rows"][0]["reached"] is False
    assert "out of reach" in printed


def test_groups_share_the_error_of_a_score_at_least_cost(tmp_path, capsys):
    file = tmp_path / "groups.csv"
    file.write_text("group,N,sd,deff,cost\nleaders,12,3,1,1\ncitizens,9000,8,1.4,2\n", "utf-8")
    printed, found = planned(tmp_path, capsys, "score", file, "--moe", "1.5")
    variance = sum(
        sd**2 * deff * (1 / row["n"] - 1 / row["N"])
        for row, sd, deff in zip(found["rows"], (3, 8), (1, 1.4), strict=True)
    )
    assert 1.96 * math.sqrt(variance) <= 1.5
    assert "margin reached 1.5 points" in printed


def test_forms_and_money_are_shared_out_to_the_last(tmp_path, capsys):
    file = tmp_path / "strata.csv"
    file.write_text("stratum,N,spread,mean,cost\na,1000,0.3,0.7,1\nb,200,0.2,0.6,4\n", "utf-8")
    _, by_forms = planned(tmp_path, capsys, "allocate", file, "--forms", "120")
    for name in ("proportional", "neyman", "cost_optimal", "power"):
        assert sum(row[name] for row in by_forms["rows"]) == pytest.approx(120, abs=0.02)
    _, by_money = planned(tmp_path, capsys, "allocate", file, "--budget", "300")
    for name in ("neyman", "cost_optimal"):
        a, b = (row[name] for row in by_money["rows"])
        assert a + 4 * b == pytest.approx(300, abs=0.05)


def test_cost_optimal_allocation_is_the_best_that_the_money_buys():
    population, sd, cost = np.array([1000.0, 200]), np.array([0.3, 0.2]), np.array([1.0, 4])
    best = allocation.within_budget(population * sd / np.sqrt(cost), 300, population, 2, cost)
    for base in (population, population * sd):
        plan = allocation.within_budget(base, 300, population, 2, cost)
        best_variance = allocation.variance(best, population, sd)
        assert best_variance <= allocation.variance(plan, population, sd)


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("size --moe -1", "--moe"),
        ("size --moe 0.05 --response 1.2", "--response"),
        ("size --moe 0.05 --level 1", "--level"),
        ("size --moe 0.05 --spread nan", "--spread"),
        ("size --moe 0.05 --population 10 20", "--population"),
        ("allocate FILE", "--forms"),
        ("allocate FILE --forms 10", "strata.csv:2:6"),
        ("allocate nowhere.csv --forms 10", "nowhere.csv"),
        ("next CLEAN --forms 0", "--forms"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(words, place, tmp_path, capsys):
    (tmp_path / "strata.csv").write_text("stratum,N,spread\na,10,-2\n", encoding="utf-8")
    full = [
        {"FILE": str(tmp_path / "strata.csv"), "CLEAN": str(REFERENCE / "clean")}.get(word, word)
        for word in words.split()
    ]
    assert main(["plan", *full]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error[")
    assert place in said


def test_the_next_forms_go_where_they_tell_most_pairs_apart(tmp_path, capsys):
    words = ("next", REFERENCE / "missing", "--forms", "100", "--missing", "renormalise")
    printed, found = planned(tmp_path, capsys, *words)
    assert sum(row["add"] for row in found["rows"]) == found["forms"] == 100
    assert found["expected_pairs_then"] > found["expected_pairs_now"] + 1
    gain = sum(row["gain"] for row in found["rows"])
    grown = found["expected_pairs_then"] - found["expected_pairs_now"]
    assert gain == pytest.approx(grown, rel=0.05), "the sum of small steps is the whole step"
    assert "pairs told apart: 28 of 66" in printed
    assert planned(tmp_path, capsys, *words)[0] == printed, "the same every time"


def test_no_sample_gets_more_forms_than_it_has_people():
    card = score.score(reader.read(REFERENCE / "clean"))
    found = next_forms(card, 5000, "variance")
    for sample, add in zip(found.samples, found.add, strict=True):
        assert sample.n + add <= sample.population
    assert found.mean_sd_then < found.mean_sd_now


def test_no_other_sample_would_have_taken_more_from_the_variance():
    card = score.score(reader.read(REFERENCE / "clean"))
    found = next_forms(card, 1, "variance")
    reductions = [s.covariance.diagonal().sum() * (1 - (1 / (s.n + 1) - 1 / s.population)
                  / (1 / s.n - 1 / s.population)) for s in found.samples]  # fmt: skip
    assert int(np.argmax(found.add)) == int(np.argmax(reductions))


def test_raters_of_many_units_are_one_sample():
    card = score.score(reader.read(REFERENCE / "matrix"))
    found = next_forms(card, 10)
    shared = [sample for sample in found.samples if sample.unit == "*"]
    assert shared
    assert all((sample.covariance != 0).sum() > len(found.units) for sample in shared)
    total = sum(sample.covariance for sample in found.samples)
    known = ~np.isnan(card.units.se)
    assert np.allclose(total, card.covariance[np.ix_(known, known)], rtol=1e-9)
