"""What is published gives no small cell away, and subtraction does not help."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from analysis import results
from analysis.dataset import reader
from analysis.disclosure import publication_cells
from analysis.disclosure.cell import Cell
from analysis.disclosure.definition import Definition
from analysis.disclosure.pattern import Place, SuppressionPattern, suppression_pattern
from analysis.disclosure.publication_cells import Rule
from analysis.disclosure.scores import Scores
from analysis.disclosure.suppression import complementary_suppression, primary_suppression
from analysis.problems import ProblemsFound
from analysis.ranking.league_table import Rules
from analysis.report import score_tables
from analysis.report.publication import folder
from analysis.report.publication import tables as publication_tables
from analysis.scoring import score
from survey_app.questionnaire.model import Index
from tests.analysis import small_cells
from tests.analysis.small_cells import Attacker, width

NUMBERS = {
    "units": ("score", "lo", "hi", "max_available", "status", "rank", "rank_lo", "rank_hi"),
    "fields": ("score",),
    "criteria": ("score", "lo", "hi"),
    "averages": ("units", "score"),
    "groups": ("n", "n_blank", "n_nocoef", "mean", "lo", "hi"),
    "counts": ("N", "invited", "responded", "RR1", "answered"),
}


def scored(data, min_group=1, **rules):
    settings = score.Settings(missing="renormalise", min_group=min_group)
    return results.compute(reader.read(data), settings, Rules(**rules))


def pattern_of(data, scoring, rule=None) -> SuppressionPattern:
    card = scoring.scorecard
    definition = publication_tables.definition_of(card, publication_cells.fields_of(data, card))
    return suppression_pattern(score_tables.results(scoring), definition, rule)


def published(data, out, rule=None, min_group=1):
    scoring = scored(data, min_group)
    fields = publication_cells.fields_of(data, scoring.scorecard)
    tables = folder.publishable(scoring.scorecard, rule, fields, score_tables.results(scoring))
    publication_tables.write(tables, out, scoring.scorecard)
    return small_cells.tables(out)


@pytest.mark.parametrize("seed", range(6))
def test_primary_suppression_alone_falls_to_subtraction(tmp_path, seed):
    data = small_cells.folder(tmp_path / "data", seed)
    scoring = scored(data)
    pattern = pattern_of(data, scoring)
    alone = replace(pattern, withheld=primary_suppression(pattern.cells.values()))
    tables = publication_tables.published(scoring.scorecard, Rule(), alone)
    publication_tables.write(tables, tmp_path / "out", scoring.scorecard)
    attacker = Attacker(data, small_cells.tables(tmp_path / "out"))
    assert len(attacker.fallen(data)) >= 3


@pytest.mark.parametrize("min_group", [1, 2])
@pytest.mark.parametrize("seed", range(8))
def test_no_attack_on_all_published_tables_finds_a_small_cell(tmp_path, seed, min_group):
    """Not even by the other small groups of its unit, and whatever the attacker takes to count."""
    data = small_cells.folder(tmp_path / "data", seed)
    tables = published(data, tmp_path / "out", min_group=min_group)
    for trusting in (False, True):
        attacker = Attacker(data, tables, min_group=min_group, trusting=trusting)
        assert attacker.fallen(data) == []


@pytest.mark.parametrize("happy", [False, True])
def test_bounds_do_not_give_a_small_ratio_away(tmp_path, happy):
    data = small_cells.folder(tmp_path / "data", 11, 4, happy=happy)
    attacker = Attacker(data, published(data, tmp_path / "out"))
    for at in small_cells.small(data)[0]:
        zero, one = np.zeros(len(attacker.at)), np.ones(len(attacker.at))
        assert width(attacker.means, attacker.at[at], zero, one) >= Rule().room - 1e-6


@pytest.mark.parametrize("seed", range(8))
def test_a_count_that_is_withheld_may_be_any_from_one_to_four(tmp_path, seed):
    """Margins say no more than that it is withheld, which nothing but a small count is."""
    data = small_cells.folder(tmp_path / "data", seed, 9)
    attacker = Attacker(data, published(data, tmp_path / "out"))
    counts = small_cells.small(data)[1]
    assert counts
    least = np.array([1 if cell in counts else 5 for cell in attacker.cells])
    most = np.array([4 if cell in counts else 1e6 for cell in attacker.cells])
    for at in counts:
        assert width(attacker.counts, attacker.cells[at], least, most) >= 3 - 1e-6


@pytest.mark.parametrize("min_group", [1, 2])
@pytest.mark.parametrize("seed", range(8))
def test_what_is_withheld_of_a_row_is_withheld_whether_it_exists_or_not(tmp_path, seed, min_group):
    """A blank beside a symbol would say that there is one answer, or none."""
    data = small_cells.folder(tmp_path / "data", seed)
    for name, rows in published(data, tmp_path / "out", min_group=min_group).items():
        first = {"averages": "score", "counts": "answered", "groups": "mean"}.get(name, "score")
        for row in rows:
            margin = name == "counts" and "*" in (row["unit"], row["group"])
            numbers = ("answered",) if margin else NUMBERS[name]
            if row[first] == "*":
                assert {row[number] for number in numbers} == {"*"}, row


@pytest.mark.parametrize("seed", range(8))
def test_every_small_cell_and_all_that_tells_its_size_is_withheld(tmp_path, seed):
    data = small_cells.folder(tmp_path / "data", seed)
    tables = published(data, tmp_path / "out")
    ratios, counts = small_cells.small(data)
    for row in tables["groups"]:
        if small_cells.place(row) in ratios or (row["unit"], row["group"]) in counts:
            assert row["n"] == row["mean"] == "*"
    for row in tables["counts"]:
        if (row["unit"], row["group"]) in counts:
            assert row["answered"] == row["invited"] == row["RR1"] == "*"


@pytest.mark.parametrize("seed", range(12))
def test_no_total_tells_that_a_group_was_set_aside_for_its_few_answers(tmp_path, seed):
    """Points that follow from the groups shown would say that the one withheld has one answer."""
    data = small_cells.folder(tmp_path / "data", seed)
    tables = published(data, tmp_path / "out", min_group=2)
    attacker = Attacker(data, tables, min_group=2)
    for row in tables["criteria"]:
        links = [link for link in attacker.links if link["criterion"] == row["criterion"]]
        places = [(row["unit"], link["group"], link["question"]) for link in links]
        withheld = [at for at in places if at in attacker.withheld]
        if withheld and row["score"] != "*":
            assert row["score"] != "", "its absence tells"
            assert any(attacker.counted(at) for at in withheld)
    maxima = {link["criterion"]: 2.0 for link in attacker.links}
    for row in tables["units"]:
        if row["score"] != "*":
            assert float(row["max_available"]) == sum(maxima.values())


def test_a_unit_without_a_standard_error_does_not_say_so_where_a_count_of_one_may_be_why(tmp_path):
    data = small_cells.folder(tmp_path / "data", 1)
    scoring = scored(data)
    rows = score_tables.unit_rows(scoring)
    assert {row["status"] for row in rows} == {"ok", "no_se"}
    units = published(data, tmp_path / "out")["units"]
    assert {row["status"] for row in units} == {"ok", "*"}
    assert all((row["lo"] == "*") == (row["status"] == "*") for row in units)
    assert {row["status"] for row in published(data, tmp_path / "two", min_group=2)["units"]} == {
        "ok",
        "*",
    }


def test_a_group_that_left_a_question_out_altogether_is_withheld_with_its_count(tmp_path):
    data = small_cells.folder(tmp_path / "data", 3)
    silent = _without_answers(data, "U1", "leaders", "q3", people=3)
    (row,) = [
        r for r in published(data, tmp_path / "out")["groups"] if small_cells.place(r) == silent
    ]
    assert {row[number] for number in NUMBERS["groups"]} == {"*"}


def _without_answers(data, unit, group, question, people):
    """Leave so many people in a cell, none of whom answers a question."""
    rows, kept = small_cells.table(data, "respondents"), []
    for row in rows:
        if (row["unit"], row["group"]) == (unit, group):
            if people == 0:
                continue
            people -= 1
            row[question] = ""
        kept.append(list(row.values()))
    assert people == 0
    small_cells.write(data / "respondents.csv", list(rows[0]), kept)
    return unit, group, question


def test_the_published_tables_do_not_say_which_cells_are_small(tmp_path):
    data = small_cells.folder(tmp_path / "data", 4)
    tables = published(data, tmp_path / "out")
    assert {r["withheld"] for r in tables["groups"]} == {"", publication_tables.WHY}
    office = small_cells.table(tmp_path / "out", "not-for-publishing")
    assert {row["reason"] for row in office} >= {"small", "companion"}


def test_a_withheld_number_stands_in_no_table(tmp_path):
    data = small_cells.folder(tmp_path / "data", 3)
    published(data, tmp_path / "out")
    hidden = [r for r in small_cells.content(tmp_path / "out")["groups"] if r["withheld"]]
    assert hidden
    assert all(row[name] is None for row in hidden for name in row["withheld"])


def test_a_hidden_criterion_or_group_leaves_no_interval_behind(tmp_path):
    data = small_cells.folder(tmp_path / "data", 5)
    tables = published(data, tmp_path / "out")
    attacker = Attacker(data, tables)
    for row in tables["criteria"]:
        links = [r for r in attacker.links if r["criterion"] == row["criterion"]]
        if any((row["unit"], r["group"], r["question"]) in attacker.withheld for r in links):
            assert row["lo"] == row["hi"] == "*"


def test_large_cells_are_all_published(tmp_path):
    data = small_cells.folder(tmp_path / "data", 1)
    tables = published(data, tmp_path / "out", Rule(fewest=1))
    assert {row["withheld"] for rows in tables.values() for row in rows} == {""}


def test_a_cell_where_everyone_answered_alike_is_told_to_the_office(tmp_path):
    data = small_cells.folder(tmp_path / "data", 7, happy=True)
    published(data, tmp_path / "out")
    office = small_cells.table(tmp_path / "out", "not-for-publishing")
    alike = {(r["unit"], r["part"]) for r in office if r["reason"] == "everyone_alike"}
    assert alike
    strict = published(data, tmp_path / "strict", Rule(alike="withhold"))
    shown = {
        (row["unit"], f"{row['group']}/{row['question']}")
        for row in strict["groups"]
        if row["mean"] != "*"
    }
    assert not alike & shown


def test_a_total_at_its_greatest_gives_every_part_away_and_is_withheld():
    parts = [
        Cell(name=("a",), sensitive=True, value=1.0, respondents=("U", "g")),
        Cell(name=("b",), cost=9, value=1.0, respondents=("U", "h")),
    ]
    total = Cell(name=("t",), parts={("a",): 1.0, ("b",): 1.0}, cost=20)
    assert set(complementary_suppression([*parts, total])) == {("a",), ("b",), ("t",)}


def test_a_total_of_nothing_but_one_small_group_is_withheld_although_no_part_follows():
    """Two ratios of the same two people: their sum is a number of two answers."""
    parts = [
        Cell(name=(question,), sensitive=True, value=0.5, respondents=("U", "g"))
        for question in ("q1", "q2")
    ]
    total = Cell(name=("t",), parts={("q1",): 1.0, ("q2",): 2.0}, cost=20, value=1.5)
    assert complementary_suppression([*parts, total])["t",] == "companion"


def test_a_total_of_two_small_groups_is_kept_from_either_of_them():
    parts = [
        Cell(name=(group,), sensitive=True, value=0.5, respondents=("U", group)) for group in "gh"
    ]
    total = Cell(name=("t",), parts={("g",): 1.0, ("h",): 1.0}, cost=20, value=1.0)
    assert ("t",) in complementary_suppression([*parts, total])
    assert ("t",) not in complementary_suppression([*parts, total], insiders=False)


def test_the_order_of_cells_is_moot(tmp_path):
    data = small_cells.folder(tmp_path / "data", 2)
    scoring = scored(data)
    pattern = pattern_of(data, scoring)
    shuffled = dict(pattern.scores.content)
    for name in ("units", "criteria", "estimates", "rates"):
        shuffled[name] = shuffled[name][::-1]
    definition = pattern.scores.definition
    backwards = replace(definition, criteria=definition.criteria[::-1])
    assert suppression_pattern(shuffled, backwards).withheld == pattern.withheld


@pytest.mark.parametrize(
    ("flag", "is_public"),
    [
        ("leaders:q1:single_answer", False),
        ("leaders:q1:below_min", False),
        ("citizens:q5:zero_variance", True),
        ("leaders:calibration:lonely_psu", False),
        ("leaders:jkn:single_answer", False),
        ("C1:renormalised", False),
        ("C4:missing", False),
        ("C6:renormalised", True),
        ("incomplete", False),
        ("not_ranked:error_not_known", False),
        ("raters_shared_without_sample", True),
    ],
)
def test_no_flag_speaks_of_what_is_withheld(tmp_path, flag, is_public):
    """U0: one leader, whose criterion C4 is missing for it; everybody else is many."""
    data = _one_leader(tmp_path / "data")
    pattern = pattern_of(data, scored(data, min_group=2))
    assert pattern.is_withheld("unit", "U0")
    assert pattern.is_public_flag("U0", flag) == is_public
    assert pattern.is_public_flag("U1", flag)


def _one_leader(data):
    """Twelve people in each cell, one in that of the leaders of U0."""
    small_cells.folder(data, 1)
    head = list(small_cells.table(data, "respondents")[0])
    draw, rows = np.random.default_rng(1), []
    for unit in range(6):
        for group in small_cells.GROUPS:
            for person in range(1 if (unit, group) == (0, "leaders") else 12):
                said = draw.choice(list("ABCD"), 5).tolist()
                rows.append(
                    [f"{group}{unit}-{person}", f"U{unit}", group, "all", person, 1, 15, "", *said]
                )
    small_cells.write(data / "respondents.csv", head, rows)
    (data / "frame.csv").unlink()
    return data


def test_a_unit_that_is_withheld_leaves_no_gap_in_the_ranking(tmp_path):
    data = _one_leader(tmp_path / "data")
    tables = published(data, tmp_path / "out", min_group=2)
    assert [row["unit"] for row in tables["units"] if row["score"] == "*"] == ["U0"]
    ranks = {row["unit"]: row["rank"] for row in tables["units"]}
    assert sorted(ranks.values()) == ["*", "1", "2", "3", "4", "5"]


def without(*units) -> SuppressionPattern:
    scores = Scores(content={"units": []}, definition=Definition(criteria=()))
    withheld = {("unit", unit): "companion" for unit in units}
    return SuppressionPattern(scores=scores, cells={}, withheld=withheld)


def test_ranks_and_bands_are_counted_anew_among_the_units_that_are_published():
    places = {
        "A": Place(1, 1, 2, 1),
        "B": Place(2, 1, 3, 1),
        "C": Place(3, 2, 4, 2),
        "D": Place(4, 3, 5, 3),
        "E": Place(5, None, None),
        "F": Place(None, None, None),
    }
    assert without("C").places(places) == {
        "A": Place(1, 1, 2, 1),
        "B": Place(2, 1, 3, 1),
        "C": Place(None, None, None),
        "D": Place(3, 2, 4, 2),
        "E": Place(4, None, None),
        "F": Place(None, None, None),
    }


@pytest.mark.parametrize("seed", range(20))
def test_a_rank_interval_contains_the_one_that_the_units_published_give_among_themselves(seed):
    draw = np.random.default_rng(seed)
    scores, names = draw.integers(0, 9, 12), [f"U{n}" for n in range(12)]
    differ = np.triu(draw.random((12, 12)) < 0.4)
    differ = (differ | differ.T) & (scores[:, None] != scores)
    whole = intervals(scores, differ)
    left_out = draw.choice(12, 3, replace=False)
    kept = np.setdiff1d(np.arange(12), left_out)
    found = without(*(names[n] for n in left_out)).places(dict(zip(names, whole, strict=True)))
    for n, place in zip(kept, intervals(scores[kept], differ[np.ix_(kept, kept)]), strict=True):
        public = found[names[n]]
        assert public.rank == place.rank
        assert 1 <= public.lo <= place.lo <= place.hi <= public.hi <= len(kept)


def intervals(scores, differ) -> list[Place]:
    """As `analysis.ranking.ranks` has them: from the pairs that differ significantly."""
    lo = 1 + (differ & (scores > scores[:, None])).sum(axis=1)
    hi = len(scores) - (differ & (scores < scores[:, None])).sum(axis=1)
    rank = 1 + (scores > scores[:, None]).sum(axis=1)
    return [Place(*map(int, place)) for place in zip(rank, lo, hi, strict=True)]


def test_with_a_limit_on_the_error_a_missing_rank_says_nothing(tmp_path):
    data = small_cells.folder(tmp_path / "data", 1)
    scoring = scored(data, max_error="90%")
    assert None in scoring.ranking.ranking.rank
    pattern = pattern_of(data, scoring)
    tables = publication_tables.published(scoring.scorecard, Rule(), pattern)
    unranked = [row for row in tables.tables["units"] if row["rank"] is None]
    assert unranked
    assert all("rank" in row["withheld"] for row in unranked)


def test_the_threshold_is_the_one_that_travels_with_the_release(tmp_path):
    assert publication_cells.threshold(tmp_path) == 5 == Index.publish_from == Rule().fewest
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"settings": {"publish_from": 8}}), encoding="utf-8")
    assert publication_cells.threshold(tmp_path) == 8
    manifest.write_text(json.dumps({"settings": {"level": 0.9}}), encoding="utf-8")
    assert publication_cells.threshold(tmp_path) == 5


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"settings": []}', '{"settings": {"publish_from": 0}}']
)
def test_a_threshold_that_cannot_be_read_is_refused(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(ProblemsFound, match="no-threshold"):
        publication_cells.threshold(tmp_path)
