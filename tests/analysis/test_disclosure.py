"""What is published gives no small cell away, and subtraction does not help."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import results
from analysis.dataset import reader
from analysis.disclosure import publication_cells, suppression
from analysis.report import publication_tables, score_tables
from analysis.scoring import score
from tests.analysis import small_cells
from tests.analysis.small_cells import Attacker, solved, width

RULE = publication_cells.Rule()


def published(data, out, protection=suppression.protect, rule=RULE):
    card = score.score(reader.read(data), score.Settings(missing="renormalise"))
    fields = publication_cells.fields_of(data, card)
    cells = [
        *publication_cells.point_cells(card, rule, fields),
        *publication_cells.count_cells(card, rule),
    ]
    found = protection(cells)
    shown = publication_tables.shown(
        card, rule, cells, found, score_tables.results(results.of(card))
    )
    publication_tables.write(shown, out, card)
    return found


def fallen(data, out, *, insiders=False):
    """The small ratios and counts that the attacker works out."""
    attacker = Attacker(data, out)
    ratios, counts = small_cells.small(data)
    found = [at for at in ratios if falls(attacker.means, attacker.at, at, ratios, insiders)]
    found += [at for at in counts if falls(attacker.counts, attacker.cells, at, counts, insiders)]
    return found


def falls(system, numbers, at, small, insiders):
    others = [numbers[o] for o in small if insiders and o[0] == at[0] and o[1] != at[1]]
    return solved(system, numbers[at], others)


@pytest.mark.parametrize("seed", range(6))
def test_primary_suppression_alone_falls_to_subtraction(tmp_path, seed):
    data = small_cells.folder(tmp_path / "data", seed)
    published(data, tmp_path / "out", suppression.primary)
    assert len(fallen(data, tmp_path / "out")) >= 3


@pytest.mark.parametrize("seed", range(6))
def test_no_attack_on_all_published_tables_finds_a_small_cell(tmp_path, seed):
    data = small_cells.folder(tmp_path / "data", seed)
    found = published(data, tmp_path / "out")
    assert not found.exposed
    assert not fallen(data, tmp_path / "out")


@pytest.mark.parametrize("seed", range(3))
def test_not_even_the_other_small_groups_of_the_unit_can_work_it_out(tmp_path, seed):
    data = small_cells.folder(tmp_path / "data", seed)
    published(data, tmp_path / "out")
    assert not fallen(data, tmp_path / "out", insiders=True)


@pytest.mark.parametrize("happy", [False, True])
def test_bounds_do_not_give_a_small_cell_away(tmp_path, happy):
    data = small_cells.folder(tmp_path / "data", 11, 4, happy=happy)
    published(data, tmp_path / "out")
    attacker = Attacker(data, tmp_path / "out")
    ratios, counts = small_cells.small(data)
    for at in ratios:
        zero, one = np.zeros(len(attacker.at)), np.ones(len(attacker.at))
        assert width(attacker.means, attacker.at[at], zero, one) >= RULE.room - 1e-6
    for at in counts:
        one, many = np.ones(len(attacker.cells)), np.full(len(attacker.cells), 1e6)
        assert width(attacker.counts, attacker.cells[at], one, many) >= 3 - 1e-6


def test_a_withheld_number_stands_in_no_table(tmp_path):
    data = small_cells.folder(tmp_path / "data", 3)
    published(data, tmp_path / "out")
    ratios, counts = small_cells.small(data)
    for row in small_cells.table(tmp_path / "out", "groups"):
        if (row["unit"], row["group"], row["question"]) in ratios:
            assert {row[k] for k in ("n", "n_blank", "n_nocoef", "mean")} == {"*"}
            assert row["withheld"]
    for row in small_cells.table(tmp_path / "out", "counts"):
        if (row["unit"], row["group"]) in counts:
            assert row["answered"] == row["responded"] == row["RR1"] == "*"
    hidden = [r for r in small_cells.content(tmp_path / "out")["groups"] if r["withheld"]]
    assert all(row[name] is None for row in hidden for name in row["withheld"])


def test_the_published_tables_do_not_say_which_cells_are_small(tmp_path):
    data = small_cells.folder(tmp_path / "data", 4)
    found = published(data, tmp_path / "out")
    assert set(found.withheld.values()) == {"small", "companion"}
    reasons = {r["withheld"] for r in small_cells.table(tmp_path / "out", "groups")}
    assert reasons == {"", publication_tables.WHY}
    office = small_cells.table(tmp_path / "out", "not-for-publishing")
    assert {row["reason"] for row in office} >= {"small", "companion"}


def test_a_hidden_criterion_or_group_leaves_no_interval_behind(tmp_path):
    data = small_cells.folder(tmp_path / "data", 5)
    found = published(data, tmp_path / "out")
    hidden = {name[1:] for name in found.withheld if name[0] == "mean"}
    links = small_cells.table(data, "criteria")
    for row in small_cells.table(tmp_path / "out", "criteria"):
        parts = [r for r in links if r["criterion"] == row["criterion"]]
        if any((row["unit"], r["group"], r["question"]) in hidden for r in parts):
            assert row["lo"] in ("*", "")


def test_large_cells_are_all_published(tmp_path):
    data = small_cells.folder(tmp_path / "data", 1)
    found = published(data, tmp_path / "out", rule=publication_cells.Rule(fewest=1))
    assert not found.withheld


def test_a_cell_where_everyone_answered_alike_is_told_to_the_office(tmp_path):
    data = small_cells.folder(tmp_path / "data", 7, happy=True)
    published(data, tmp_path / "out")
    office = small_cells.table(tmp_path / "out", "not-for-publishing")
    alike = [row["part"] for row in office if row["reason"] == "everyone_alike"]
    assert alike
    strict = publication_cells.Rule(alike="withhold")
    found = published(data, tmp_path / "strict", rule=strict)
    for part in alike:
        assert any("/".join(name[2:]) == part for name in found.withheld)


def test_a_number_published_whatever_happens_is_named_when_it_gives_a_cell_away():
    mean = suppression.Cell(("mean",), sensitive=True, value=0.5)
    total = suppression.Cell(("total",), {("mean",): 2.0}, fixed=True)
    assert suppression.protect([mean, total]).exposed == (("mean",),)


def test_a_total_at_its_greatest_gives_every_part_away_and_is_withheld():
    parts = [
        suppression.Cell(("a",), sensitive=True, value=1.0, owner=("U", "g")),
        suppression.Cell(("b",), cost=9, value=1.0, owner=("U", "h")),
    ]
    total = suppression.Cell(("t",), {("a",): 1.0, ("b",): 1.0}, cost=20)
    assert set(suppression.protect([*parts, total]).withheld) == {("a",), ("b",), ("t",)}
