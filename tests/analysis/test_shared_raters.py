"""Units rated by the same people: skipped questions in their covariance, and df of differences."""

from __future__ import annotations

import csv
import json
import math
from itertools import combinations, product

import numpy as np
import pytest

from analysis import results
from analysis.dataset import reader
from analysis.index import merge
from analysis.ranking import league_table
from analysis.ranking.pairwise import variance_of_differences
from analysis.report import score_tables
from analysis.scoring import score
from analysis.scoring.shared_raters import SharedRaters
from benchmarks.coverage import skipped
from tests.analysis import small
from tests.analysis.reference import HERE, card

QUESTIONS = ("q1", "q2", "q3", "q4", "q5")


def brute_force(scored, one, other):
    """VR between two units' scores, person by person as the formula is written."""
    data, total, asked = scored.data, 0.0, range(len(scored.data.questions))
    for stratum, group in product(np.unique(data.design.stratum), range(len(data.groups))):
        here = (data.design.stratum == stratum) & (data.group == group)
        persons = data.design.person
        own = [
            {int(persons[row]): int(row) for row in np.flatnonzero(here & (data.unit == unit))}
            for unit in (one, other)
        ]
        n = len(set(persons[here].tolist()))
        total += sum(_term(scored, *own, q, r, n) for q, r in product(asked, asked))
    return total


def _term(scored, rows_one, rows_other, q, r, persons):
    first = {p: row for p, row in rows_one.items() if _counts(scored, row, q)}
    second = {p: row for p, row in rows_other.items() if _counts(scored, row, r)}
    both = first.keys() & second.keys()
    if not both:
        return 0.0
    together = sum(_z(scored, first[p], q) * _z(scored, second[p], r) for p in both)
    fraction = float(scored.responses.fraction(first[min(both)]))
    cells = scored.data.cell[first[min(both)]], scored.data.cell[second[min(both)]]
    n, m = scored.counts.n[cells[0], q], scored.counts.n[cells[1], r]
    correction = math.sqrt(n / (n - 1) * m / (m - 1))
    missed = 1 - len(first) * len(second) / (persons * len(both))
    return correction * fraction * together * missed


def _counts(scored, row, question):
    return not np.isnan(scored.data.coefs[question][scored.data.answers[question, row]])


def _z(scored, row, question):
    code, cell = scored.data.answers[question, row], scored.data.cell[row]
    return scored.aggregation.tables[cell, question, code] * scored.data.weight[row]


def test_the_covariance_of_skipped_questions_is_that_of_the_formula_person_by_person():
    scored = card("matrix")
    council, leaders = SharedRaters.of(scored).joint_samples
    wanted = council.response + leaders.response
    for one, other in ((0, 1), (3, 7), (11, 2)):
        assert wanted[one, other] == pytest.approx(brute_force(scored, one, other), rel=1e-9)


def test_its_diagonal_is_the_variance_that_skipped_questions_add_to_each_unit():
    scored = card("matrix")
    joints = SharedRaters.of(scored).joint_samples
    added = sum(joint.response.diagonal() for joint in joints)
    own = [scored.data.groups.index(name) for name in ("council", "leaders")]
    np.testing.assert_allclose(added, scored.group_response_variance[:, own].sum(axis=1), rtol=1e-9)
    table = league_table.rank_units(scored)
    np.testing.assert_array_equal(table.covariance_nr.diagonal(), scored.units.se_nr**2)


def test_tables_too_long_for_memory_are_summed_in_parts(monkeypatch):
    whole = SharedRaters.of(card("matrix")).covariance
    monkeypatch.setattr("analysis.scoring.shared_raters.AT_ONCE", 200)
    monkeypatch.setattr("analysis.scoring.shared_raters.BAND", 7)
    np.testing.assert_allclose(SharedRaters.of(card("matrix")).covariance, whole, rtol=1e-9)


def matrix_folder(path, *, skip=True):
    """The reference's matrix set; without `skip` every blank or no-opinion answer becomes an A."""
    path.mkdir()
    for file in sorted((HERE / "matrix").glob("*.csv")):
        text = file.read_text(encoding="utf-8")
        (path / file.name).write_text(text, encoding="utf-8")
    rows = list(csv.DictReader((path / "respondents.csv").open(encoding="utf-8")))
    asked = {(row["group"], q) for row in rows for q in QUESTIONS if row[q]}
    for row in () if skip else rows:
        for q in QUESTIONS:
            if (row["group"], q) in asked and row[q] in ("", "KB"):
                row[q] = "A"
    with (path / "respondents.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_where_nobody_skipped_a_question_both_covariances_are_the_same(tmp_path):
    everyone = {}
    scored = score.score(reader.read(matrix_folder(tmp_path / "data", skip=False)))
    found = score_tables.results(results.of(scored))
    for name in ("covariance", "covariance_nr"):
        everyone[name] = np.array(found[name]["matrix"], float)
    off = ~np.eye(len(scored.data.units), dtype=bool)
    full = (scored.units.se_nr == scored.units.se)[:, None] & (
        scored.units.se_nr == scored.units.se
    )
    assert full.any()
    both = [everyone[name][off & full] for name in ("covariance", "covariance_nr")]
    np.testing.assert_array_equal(*both)


@pytest.mark.parametrize("name", ["matrix", "missing"])
def test_no_difference_is_surer_for_questions_that_were_skipped(name):
    scored = card(name)
    plain = variance_of_differences(scored.covariance)
    joint = league_table.rank_units(scored).covariance_nr
    held = ~np.isnan(plain) & ~np.eye(len(plain), dtype=bool)
    assert (variance_of_differences(joint)[held] >= plain[held] * (1 - 1e-12)).all()


@pytest.mark.parametrize("n", [12, 42])
def test_the_variance_of_a_difference_is_right_where_the_same_people_skip(n):
    world = skipped.World(n, 12 if n == 12 else 65, 0.7, 0.95)
    variance, (design, apart, joint), covered = skipped.measured(world, 120, seed=4)
    assert design < 0.7 * variance, "the design's own knows nothing of it"
    assert joint == pytest.approx(variance, rel=0.25)
    assert covered == pytest.approx(0.95, abs=0.04)
    if n == 42:
        assert apart > 1.5 * variance, "added unit by unit it is far too large"


def test_the_df_of_a_difference_of_units_with_the_same_raters_is_that_of_the_raters():
    world = skipped.World(12, 65, 1.0, 0.0)
    rng = np.random.default_rng(3)
    scored = score.score(skipped.data_set(world, world.people(rng)[:12], world.answered(rng)))
    table = league_table.rank_units(scored)
    assert table.df[0, 1] == pytest.approx(11)
    assert table.shared_raters


def test_the_df_of_a_difference_of_units_of_their_own_is_welchs():
    scored = card("clean")
    table = league_table.rank_units(scored)
    v, df = scored.units.se_nr**2, scored.units.df
    for i, j in combinations(range(len(v)), 2):
        welch = (v[i] + v[j]) ** 2 / (v[i] ** 2 / df[i] + v[j] ** 2 / df[j])
        assert table.df[i, j] == pytest.approx(welch, rel=1e-9)
    assert not table.shared_raters


def test_raters_who_all_see_the_same_gap_do_not_make_it_certain(tmp_path):
    rows = ["resp_id,unit,group,sample,stratum,psu,weight,fpc1,fpc2,q1"]
    given = {"U1": "BBCDB", "U2": "AABCA"}
    worth = {"A": "1", "B": "0.7", "C": "0.4", "D": "0.1"}
    for unit, answers in given.items():
        rows += [f"r{k},{unit},g,all,s,r{k},1,40,,{code}" for k, code in enumerate(answers)]
    options = "question,option,coef\n" + "".join(f"q1,{o},{c}\n" for o, c in worth.items())
    criteria = "criterion,max_points,group,question,group_weight\nC1,10,g,q1,1\n"
    files = {"respondents": "\n".join(rows) + "\n", "options": options, "criteria": criteria}
    folder = small.folder(tmp_path / "data", **files)
    (folder / "frame.csv").unlink()
    scored = score.score(reader.read(folder))
    assert variance_of_differences(scored.covariance)[0, 1] == pytest.approx(0, abs=1e-12)
    (pair,) = league_table.rank_units(scored).pair_rows()
    assert pair["difference"] == pytest.approx(3)
    assert pair["se"] == pytest.approx(math.hypot(*scored.units.se_nr))
    assert not pair["distinct"]


def test_the_scores_carry_what_a_merge_needs_to_tell_units_apart_as_they_do(tmp_path):
    scored = card("matrix")
    score_tables.write(results.of(scored, league_table.Rules(rank_method="holm-t")), tmp_path)
    found = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    table = league_table.rank_units(scored, league_table.Rules(rank_method="holm-t"))
    np.testing.assert_array_equal(merge._degrees(found), table.df)
    with (tmp_path / "covariance_nr.csv").open(encoding="utf-8") as file:
        written = [[float(row[unit]) for unit in scored.data.units] for row in csv.DictReader(file)]
    assert written == found["covariance_nr"]["matrix"]
