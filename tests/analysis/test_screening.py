"""Forms that nobody can have filled in honestly are found, and contented people are left alone."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
from scipy import stats

from analysis.dataset import reader
from analysis.quality import interviewers, screening
from analysis.report import screening_tables
from analysis.scoring import score
from analysis.sensitivity.screened_scores import screened_scores
from tests.analysis import reference
from tests.analysis.small_cells import write

QUESTIONS = [f"q{number:02d}" for number in range(1, 21)]


def answers(draw, forms, *, content=0.0):
    """Answers of people who lean to the better or the worse options, each in his own measure."""
    lean = draw.normal(content, 1.0, forms)[:, None] + draw.normal(size=(forms, len(QUESTIONS)))
    return np.digitize(-lean, [-0.8, 0.3, 1.2])


def folder(path, given, *, cells=4, **columns):
    """Forms dealt out to cells, one group each unit; `given` are option numbers, -1 is blank."""
    path.mkdir(parents=True, exist_ok=True)
    head = ["resp_id", "unit", "group", "stratum", "psu", "weight", *columns, *QUESTIONS]
    rows = []
    for number, form in enumerate(given):
        said = ["" if code < 0 else "ABCD"[code] for code in form]
        more = [column[number] for column in columns.values()]
        rows.append(
            [f"r{number}", f"U{number % cells}", "citizens", "all", number, 1, *more, *said]
        )
    write(path / "respondents.csv", head, rows)
    coefs = zip("ABCD", (1, 0.6, 0.2, 0), strict=True)
    options = [[q, o, c] for o, c in coefs for q in QUESTIONS]
    write(path / "options.csv", ["question", "option", "coef"], options)
    links = [[f"C{q}", 1, "citizens", q, 1] for q in QUESTIONS]
    write(
        path / "criteria.csv",
        ["criterion", "max_points", "group", "question", "group_weight"],
        links,
    )
    return reader.read(path)


def test_one_option_throughout_is_flagged_and_one_exception_is_not(tmp_path):
    given = answers(np.random.default_rng(1), 40)
    given[3], given[7] = 1, 1
    given[7, 4] = 2
    given[9], given[9, :6] = -1, 0
    given[11], given[11, :3] = -1, 0
    found = screening.screen(folder(tmp_path, given)).flags["straight_items"]
    assert found[3]
    assert found[9]
    assert not found[7]
    assert not found[11]


def test_a_copied_form_is_found_though_an_answer_was_changed(tmp_path):
    given = answers(np.random.default_rng(2), 400)
    given[8] = given[0]
    given[4] = np.arange(len(QUESTIONS)) % 4
    given[12], given[12, 3] = given[4], 0
    found = screening.screen(folder(tmp_path, given)).pairs
    pairs = set(zip(found.first.tolist(), found.second.tolist(), strict=True))
    assert pairs == {(0, 8), (4, 12)}
    assert found.compared == 4 * 100 * 99 / 2


@pytest.mark.parametrize("content", [0.0, 1.0, 2.5])
def test_honest_forms_are_no_pairs_however_content_people_are(tmp_path, content):
    given = answers(np.random.default_rng(3), 1200, content=content)
    found = screening.screen(folder(tmp_path, given)).pairs
    assert len(found.p) <= 2


def test_ten_thousand_forms_are_compared_in_seconds(tmp_path):
    data = folder(tmp_path, answers(np.random.default_rng(4), 10_000), cells=2)
    begun = time.perf_counter()
    found = screening.near_identical(data, screening.Limits())
    assert time.perf_counter() - begun < 20
    assert found.compared == 2 * 5000 * 4999 / 2


def test_people_who_rate_every_unit_alike_are_flagged_in_each():
    data = reference.data("matrix")
    found = screening.straight_units(data, screening.Limits(answers_over_units=1))
    for person in range(3):
        rows = np.flatnonzero(data.person == person)
        alike = len({tuple(data.answers[:, row]) for row in rows}) == 1 and len(rows) >= 3
        assert found[rows].all() == found[rows].any() == alike
    answers_ = data.answers.copy()
    rows = np.flatnonzero(data.person == data.person[0])
    answers_[:, rows] = answers_[:, rows[:1]]
    from dataclasses import replace

    again = screening.straight_units(replace(data, answers=answers_), screening.Limits())
    assert again[rows].all() == (len(rows) * int((answers_[:, rows[0]] > 0).sum()) >= 10)


def test_the_pace_of_the_release_is_a_flag(tmp_path):
    given = answers(np.random.default_rng(5), 6)
    pace = ["usual", "fast", "usual", "", "fast", "usual"]
    found = screening.screen(folder(tmp_path, given, pace=pace)).flags["fast"]
    assert found.tolist() == [False, True, False, False, True, False]


def test_the_analysis_of_variance_is_the_textbooks(tmp_path):
    draw = np.random.default_rng(6)
    given = answers(draw, 60)
    who = [f"e{draw.integers(3)}" for _ in range(60)]
    data = folder(tmp_path, given, cells=1, enumerator=who)
    (found,) = interviewers.effects(data, "enumerator")
    means = interviewers.row_means(data)
    samples = [means[np.array(who) == name] for name in sorted(set(who))]
    f, p = stats.f_oneway(*samples)
    assert (found.f, found.p) == pytest.approx((f, p))


def test_an_enumerator_who_invents_good_answers_is_named_and_the_others_are_not(tmp_path):
    draw = np.random.default_rng(7)
    given = answers(draw, 400)
    who = [f"e{number // 4 % 5}" for number in range(400)]
    bad = np.array([name == "e2" for name in who]) & (np.arange(400) % 4 == 1)
    given[bad] = answers(draw, int(bad.sum()), content=2.0)
    found = screening.screen(folder(tmp_path, given, enumerator=who))
    assert found.flags["enumerator"].tolist() == bad.tolist()
    told = [each for each in found.effects if each.p_adjusted < 0.05]
    assert [each.farthest for each in told] == ["e2"]
    assert told[0].difference > 0.1
    assert told[0].icc > 0.1


def test_without_effects_false_discoveries_are_as_rare_as_declared(tmp_path):
    false = 0
    for seed in range(40):
        draw = np.random.default_rng(100 + seed)
        who = [f"e{draw.integers(4)}" for _ in range(200)]
        data = folder(tmp_path / str(seed), answers(draw, 200), cells=5, enumerator=who)
        found = interviewers.effects(data, "enumerator")
        false += any(each.p_adjusted is not None and each.p_adjusted < 0.05 for each in found)
    assert false <= 6


def test_adjusted_p_values_are_those_of_benjamini_and_hochberg():
    p = np.array([0.01, 0.04, 0.03, 0.2])
    assert interviewers.benjamini_hochberg(p, 4) == pytest.approx(
        stats.false_discovery_control(p), rel=1e-12
    )


def test_nothing_is_deleted_and_scores_stand_beside_scores_without_the_flagged(tmp_path):
    given = answers(np.random.default_rng(8), 80)
    given[:20:4] = 0
    data = folder(tmp_path / "data", given)
    card = score.score(data)
    screening_tables.write(screened_scores(card), tmp_path / "out")
    found = json.loads((tmp_path / "out" / "screening.json").read_text(encoding="utf-8"))
    assert {row["flag"] for row in found["scores"]} == {"any", "straight_items"}
    rows = {row["unit"]: row for row in found["scores"] if row["flag"] == "any"}
    assert rows["U0"]["flagged"] == 5
    assert rows["U0"]["score"] == float(card.units.score[0])
    kept = folder(tmp_path / "kept", np.delete(given, np.arange(0, 20, 4), axis=0), cells=1)
    assert kept.rows == 75
    honest = [row for number, row in enumerate(given) if number % 4 == 0 and number >= 20]
    alone = score.score(folder(tmp_path / "alone", np.array(honest), cells=1))
    assert rows["U0"]["score_without"] == pytest.approx(float(alone.units.score[0]))
    assert rows["U1"]["difference"] == 0
    assert [row["resp_id"] for row in found["flags"]] == ["r0", "r4", "r8", "r12", "r16"]


@pytest.mark.parametrize("name", ["clean", "missing", "edge", "matrix"])
def test_every_reference_set_is_screened_without_a_nan(tmp_path, name):
    screening_tables.write(screened_scores(reference.card(name)), tmp_path)
    found = json.loads((tmp_path / "screening.json").read_text(encoding="utf-8"))
    assert {row["flag"] for row in found["summary"]} >= {"any", "fast", "near_identical"}
