"""Whether answers followed the order in which options were shown."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.dataset import reader
from analysis.problems import ProblemsFound
from analysis.quality.order_effects import order_effects
from tests.analysis.small_cells import write

COEFS = {"A": 1.0, "B": 0.6, "C": 0.2, "D": 0.0}
SEEDS = 12


def folder(path, forms, *, units=1, blank=0, orders=True):
    """Forms of one group: a seed, and option numbers (units, questions); all scales turn round."""
    path.mkdir(parents=True, exist_ok=True)
    names = [f"q{number}" for number in range(1, forms[0][1].shape[1] + 1)]
    head = ["resp_id", "unit", "group", "sample", "stratum", "psu", "weight", "order_seed", *names]
    rows = [
        [f"r{at}", f"U{unit}", "g", "s", "all", at, 1, "" if at < blank else seed,
         *("ABCD"[code] for code in given[unit])]
        for at, (seed, given) in enumerate(forms)
        for unit in range(units)
    ]  # fmt: skip
    write(path / "respondents.csv", head, rows)
    options = [[name, *pair] for name in names for pair in COEFS.items()]
    write(path / "options.csv", ["question", "option", "coef"], options)
    links = [[f"C{name}", 1, "g", name, 1] for name in names]
    columns = ["criterion", "max_points", "group", "question", "group_weight"]
    write(path / "criteria.csv", columns, links)
    if orders:
        shown = [
            [seed, name, place, option]
            for seed in range(SEEDS)
            for name in names
            for place, option in enumerate("DCBA" if seed % 2 else "ABCD", 1)
        ]
        write(path / "option_orders.csv", ["seed", "question", "position", "option"], shown)
    return reader.read(path)


def drawn(rng, people, *, units=1, questions=3, primacy=0.0):
    """Seeds and answers. `primacy`: the chance that an answer is the first option shown."""
    forms = []
    for seed in rng.integers(SEEDS, size=people).tolist():
        given = rng.choice(4, size=(units, questions), p=[0.3, 0.35, 0.2, 0.15])
        took = rng.random(given.shape) < primacy
        forms.append((seed, np.where(took, 3 if seed % 2 else 0, given)))
    return forms


def means(forms, question=None):
    """Each person's mean coefficient, by the direction they saw: best first, worst first."""
    worth = np.array(list(COEFS.values()))
    at = slice(None) if question is None else question
    said = [(seed % 2, worth[given[:, at]].mean()) for seed, given in forms]
    return [[mean for way, mean in said if way == wanted] for wanted in (0, 1)]


@pytest.mark.parametrize("units", [1, 3])
def test_the_two_halves_are_compared_person_by_person_by_welchs_test(tmp_path, units):
    forms = drawn(np.random.default_rng(5), 60, units=units)
    found = order_effects(folder(tmp_path, forms, units=units))
    assert [each.question for each in found] == ["all", "q1", "q2", "q3"]
    for each, question in zip(found, (None, 0, 1, 2), strict=True):
        one, other = means(forms, question)
        true = stats.ttest_ind(one, other, equal_var=False)
        assert (each.n_best_first, each.n_worst_first) == (len(one), len(other))
        assert each.mean_best_first == pytest.approx(np.mean(one), rel=1e-12)
        assert each.difference == pytest.approx(np.mean(one) - np.mean(other), rel=1e-9)
        assert each.p == pytest.approx(true.pvalue, rel=1e-9)
        assert each.df == pytest.approx(true.df, rel=1e-9)
        assert each.difference / each.se == pytest.approx(true.statistic, rel=1e-9)


def test_false_discoveries_are_adjusted_over_the_questions(tmp_path):
    forms = drawn(np.random.default_rng(6), 80, questions=6, primacy=0.1)
    _, *each = order_effects(folder(tmp_path, forms))
    adjusted = stats.false_discovery_control([one.p for one in each])
    assert [one.p_adjusted for one in each] == pytest.approx(adjusted.tolist(), rel=1e-12)


def test_an_order_that_draws_answers_is_found_and_one_that_does_not_is_not(tmp_path):
    rng = np.random.default_rng(7)
    loud = order_effects(folder(tmp_path / "loud", drawn(rng, 300, primacy=0.4)))[0]
    assert loud.difference > 0
    assert loud.p < 1e-6
    quiet = [
        order_effects(folder(tmp_path / f"quiet-{at}", drawn(rng, 40)))[0].p for at in range(100)
    ]
    assert 0 <= sum(p < 0.05 for p in quiet) <= stats.binom.ppf(0.9999, 100, 0.05)
    assert stats.kstest(quiet, "uniform").pvalue > 1e-3


def test_forms_without_a_seed_saw_the_order_as_written_and_are_left_out(tmp_path):
    forms = drawn(np.random.default_rng(8), 40)
    found = order_effects(folder(tmp_path, forms, blank=10))[0]
    assert found.n_best_first + found.n_worst_first == 30


def test_without_drawn_orders_there_is_nothing_to_compare(tmp_path):
    assert order_effects(folder(tmp_path, drawn(np.random.default_rng(9), 20), orders=False)) == []


def test_where_no_test_exists_the_reason_stands(tmp_path):
    forms = [(0, np.zeros((1, 1), int)), (0, np.ones((1, 1), int)), (1, np.zeros((1, 1), int))]
    few = order_effects(folder(tmp_path / "few", forms))[0]
    assert (few.reason, few.p, few.n_worst_first) == ("too_few", None, 1)
    alike = [(seed, np.ones((1, 1), int)) for seed in (0, 1, 2, 3)]
    same = order_effects(folder(tmp_path / "same", alike))[0]
    assert (same.reason, same.p, same.difference) == ("no_variance", None, 0)


def test_a_table_of_orders_with_a_fault_is_refused_at_its_line(tmp_path):
    data = folder(tmp_path, drawn(np.random.default_rng(10), 20))
    file = tmp_path / "option_orders.csv"
    file.write_text(file.read_text("utf-8").replace("0,q1,2,B", "0,q1,two,B"), "utf-8")
    with pytest.raises(ProblemsFound, match=r"option_orders\.csv:3:"):
        order_effects(data)
