"""The same person in two groups: what skipped questions do to their common standard error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis import results
from analysis.dataset import reader
from analysis.dataset.model import Criterion, Link
from analysis.problems import ProblemsFound
from analysis.ranking import league_table
from analysis.replication import scorecards
from analysis.report import score_tables
from analysis.scoring import score
from benchmarks.coverage import skipped
from tests.analysis import small


def written(path, people, header="sample,", stratum="s"):
    """(person, unit, group, code) lines as a data set of one stratum of 40."""
    rows = [f"resp_id,unit,group,{header}stratum,psu,weight,fpc1,q1"]
    for who, unit, group, code in people:
        sample = "all," if header else ""
        place = stratum if isinstance(stratum, str) else stratum[group]
        rows.append(f"{who},{unit},{group},{sample}{place},{who},1,40,{code}")
    folder = small.folder(path, respondents="\n".join(rows) + "\n")
    (folder / "frame.csv").unlink()
    return folder


COUNCIL = dict(zip("abcdefghijklmn", "ABCDABC  ABCAB", strict=True))
LEADERS = dict(zip("abcdefghijkl", "ABCDBBA  A D", strict=True))


def people(council=COUNCIL, leaders=LEADERS, units=("U1", "U1")):
    for group, unit, given in zip(("council", "leaders"), units, (council, leaders), strict=True):
        yield from ((who, unit, group, code.strip()) for who, code in given.items())


def scored(folder, **settings):
    return scorecards.scorecard(reader.read(folder), score.Settings(**settings))


def by_hand(card):
    """VR between the two groups, person by person as the formula is written."""
    worth, weight = {"A": 1, "B": 0.6, "C": 0.2, "D": 0}, 0.75
    both = COUNCIL.keys() & LEADERS.keys()
    found, n, z = 0.0, [], []
    for given in (COUNCIL, LEADERS):
        said = {who: worth[code] for who, code in given.items() if code != " "}
        mean = sum(said.values()) / len(said)
        z.append({who: weight * (x - mean) / len(said) for who, x in said.items()})
        n.append(len(said))
    answered = [own.keys() & both for own in z]
    together = answered[0] & answered[1]
    found = sum(z[0][who] * z[1][who] for who in together)
    missed = 1 - len(answered[0]) * len(answered[1]) / (len(both) * len(together))
    fraction = len(COUNCIL.keys() | LEADERS.keys()) / 40
    return found * missed * fraction * np.sqrt(n[0] / (n[0] - 1) * n[1] / (n[1] - 1))


def test_who_skips_for_both_groups_adds_the_covariance_of_the_formula(tmp_path):
    card = scored(written(tmp_path, people()))
    wanted = by_hand(card)
    assert wanted > 0
    added = card.units.se_nr[0] ** 2 - card.units.se[0] ** 2
    assert added == pytest.approx(card.group_response_variance.sum() + 2 * wanted, rel=1e-9)
    assert card.criteria.se_nr[0, 0] == pytest.approx(card.units.se_nr[0], rel=1e-9)


def test_between_two_units_it_stands_in_the_covariance_with_skipped_questions(tmp_path):
    card = scored(written(tmp_path, people(units=("U1", "U2"))), missing="renormalise")
    found = league_table.rank_units(card).covariance_nr
    alone = scored(written(tmp_path, people()))
    scale = 1.5 / 0.75  # of each unit one group is all of the criterion
    wanted = scale**2 * by_hand(alone)
    assert found[0, 1] - card.covariance[0, 1] == pytest.approx(wanted, rel=1e-9)


def test_where_nobody_is_in_two_groups_nothing_is_added(tmp_path):
    others = {f"x{who}": code for who, code in LEADERS.items()}
    card = scored(written(tmp_path, people(leaders=others)))
    added = card.units.se_nr[0] ** 2 - card.units.se[0] ** 2
    assert added == pytest.approx(card.group_response_variance.sum(), rel=1e-12)


def test_where_all_answered_nothing_is_added(tmp_path):
    full = {who: code if code != " " else "B" for who, code in LEADERS.items()}
    card = scored(written(tmp_path, people(leaders=full)))
    added = card.units.se_nr[0] ** 2 - card.units.se[0] ** 2
    assert added == pytest.approx(card.group_response_variance.sum(), rel=1e-12)


def test_without_a_sample_that_both_groups_share_a_flag_says_that_nothing_is_counted(tmp_path):
    folder = written(tmp_path, people(), header="")
    (unit,) = score_tables.results(results.of(scored(folder)))["units"]
    assert "raters_shared_without_sample" in unit["flags"]


def test_a_person_in_two_strata_of_a_shared_sample_is_refused(tmp_path):
    folder = written(tmp_path, people(), stratum={"council": "s", "leaders": "t"})
    with pytest.raises(ProblemsFound) as found:
        reader.read(folder)
    assert {p.slug for p in found.value.problems} == {"person-in-two-places"}


@pytest.mark.parametrize("together", [0.0, 0.95])
def test_the_variance_of_a_score_is_right_where_the_same_people_answer_for_both(together):
    """All 40 of 65 answer twice; `together` is how far the same people skip both times."""
    world = skipped.World(40, 65, 0.6, together)
    rng = np.random.default_rng(11)
    links = (Link(group=0, question=k, weight=0.5) for k in range(skipped.QUESTIONS))
    criteria = tuple(
        Criterion(name=f"C{k}", max_points=10.0, links=(link, replace(link, group=1)))
        for k, link in enumerate(links)
    )
    apart, told, without = [], [], []
    for _ in range(150):
        population = world.people(rng)
        drawn = population[rng.permutation(world.population)[: world.n]]
        pairs = skipped.data_set(world, drawn, world.answered(rng))
        data = replace(pairs, units=("A",), groups=("a", "b"), unit=pairs.group, group=pairs.unit,
                       criteria=criteria)  # fmt: skip
        card = scorecards.scorecard(data)
        truth = 5.0 * population.mean(axis=0).sum()
        apart.append(card.units.score[0] - truth)
        told.append(card.units.se_nr[0] ** 2)
        without.append(card.units.se[0] ** 2 + card.group_response_variance.sum())
    variance = np.mean(np.square(apart))
    assert np.mean(told) == pytest.approx(variance, rel=0.25)
    if together:
        assert np.mean(without) < 0.95 * np.mean(told)


def test_the_jackknife_of_a_score_has_it_too(tmp_path):
    folder = written(tmp_path, people())
    card = scored(folder, variance="jkn")
    plain = scored(folder)
    added = [c.units.se_nr[0] ** 2 - c.units.se[0] ** 2 for c in (card, plain)]
    assert added[0] == pytest.approx(added[1], rel=1e-9)
