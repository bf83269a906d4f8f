"""What the board says of counts: pure rules, checked by what must hold."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pytest

from analysis.planning import sample_size
from analysis.planning.precision import Part, half_width, variance_behind
from survey_app.board import returns, units
from survey_app.board.outcomes import outcomes
from survey_app.board.returns import Fieldwork
from survey_app.store.board import Cell, Day, Outcome
from survey_app.store.waves import WaveUnit

OPENED = date(2026, 3, 2)


def day(number: int, sent: int, group: str = "citizens") -> Day:
    return Day(group, "SNV", "", (OPENED + timedelta(days=number)).isoformat(), sent)


@pytest.mark.parametrize("population", [None, 1_000.0, 60.0])
@pytest.mark.parametrize("moe", [0.05, 0.1, 0.2])
def test_a_half_width_is_the_planned_one_where_as_many_answer_as_were_planned(
    population: float | None, moe: float
) -> None:
    planned = sample_size.size(0.3, moe, deff=1.7, population=population)
    part = Part(n=planned.n_exact, population=population, weight=1.0)
    assert half_width([part], 1.7 * 0.09) == pytest.approx(moe)


def test_where_everyone_answered_there_is_nothing_left_to_err_about() -> None:
    assert half_width([Part(n=40, population=40, weight=1.0)]) == 0
    assert variance_behind([Part(n=40, population=40, weight=1.0)], 0.1) is None


def test_the_variance_behind_an_interval_gives_that_interval_again() -> None:
    parts = [Part(n=30, population=200, weight=0.5), Part(n=12, population=None, weight=0.5)]
    variance = variance_behind(parts, 0.07)
    assert variance is not None
    assert half_width(parts, variance) == pytest.approx(0.07)


def test_four_times_as_many_answers_halve_an_interval_of_a_large_population() -> None:
    now, then = (half_width([Part(n=n, population=None, weight=1.0)]) for n in (25, 100))
    assert now == pytest.approx(2 * then)


def test_days_are_summed_up_from_opening_to_today_and_the_plan_goes_on_to_closing() -> None:
    wave = Fieldwork(opened=OPENED, closes=OPENED + timedelta(days=9), planned=50)
    today = OPENED + timedelta(days=3)
    lines = returns.by_day(wave, [day(0, 5), day(2, 6), day(2, 5, "firms")], today, [7, 9])
    assert len(lines) == 10
    assert [line.until for line in lines[:5]] == [5, 5, 16, 16, None]
    assert [line.came for line in lines[:5]] == [5, 0, 11, 0, None]
    assert [line.plan for line in lines] == [5.0 * number for number in range(1, 11)]
    assert [line.before for line in lines[:3]] == [7, 9, 9]
    assert wave.days_left(today) == 7


def test_forms_of_before_days_were_kept_stand_below_the_first_day() -> None:
    wave = Fieldwork(opened=OPENED, closes=None, planned=50)
    lines = returns.by_day(wave, [Day("g", "u", "", "", 20), day(1, 5)], OPENED + timedelta(days=1))
    assert [line.until for line in lines] == [20, 25]
    assert lines[0].plan is None


def test_a_year_whose_days_are_not_known_is_no_line() -> None:
    assert returns.until_each_day(OPENED, [Day("g", "u", "", "", 20), day(1, 5)]) == ()
    assert returns.until_each_day(OPENED, [day(0, 5), day(2, 7)]) == (5, 5, 12)


def test_a_plan_of_one_day_is_due_on_that_day() -> None:
    wave = Fieldwork(opened=OPENED, closes=OPENED, planned=50)
    assert wave.planned_until(OPENED) == 50
    assert wave.days_left(OPENED) == 1
    assert wave.days_left(OPENED + timedelta(days=3)) == 0


def test_studies_of_two_years_are_of_one_family_and_those_of_two_classes_are_not() -> None:
    families = [
        returns.family(f"sonla/{name}")
        for name in ("2024-department", "2025-department", "2025-commune")
    ]
    assert families[0] == families[1] != families[2]


def test_outcomes_of_an_open_wave_add_up_to_its_cases() -> None:
    total = Cell("g", "u", "", cases=100, issued=90, returned=40, mixed=30, valid=30)
    noted = Outcome("g", "4.10", noted=3, own=0, unsent=0)
    refused = Outcome("g", "2.111", noted=2, own=5, unsent=0)
    counted = outcomes(total, [noted, refused], is_closed=False)
    assert sum(counted.classes.values()) == 100
    assert counted.classes == {
        "I": 40, "P": 0, "R": 7, "NC": 0, "O": 0, "UH": 50, "UO": 0, "NE": 3,
    }  # fmt: skip
    assert counted.rates["RR2"] == pytest.approx(40 / 97)


def test_outcomes_of_a_closed_wave_are_those_of_who_sent_nothing_and_of_the_forms() -> None:
    total = Cell("g", "u", "", cases=100, issued=100, returned=40, mixed=38, valid=35)
    silent = Outcome("g", "3.19", noted=0, own=0, unsent=60)
    counted = outcomes(total, [silent], is_closed=True)
    assert sum(counted.classes.values()) == 100
    assert (counted.classes["I"], counted.classes["R"], counted.classes["O"]) == (35, 3, 2)


UNIT = WaveUnit("SNV", 1, "department", "Sở Nội vụ", "Home affairs")


def rows(*cells: Cell, rated: dict[tuple[str, str], int], growth: float = 1.0) -> units.UnitRow:
    counts = units.Counts(
        cells=cells, rated=rated, minimum=2, growth=growth, variances={"SNV": 0.1}
    )
    return units.rows(counts, [UNIT], ["citizens", "council"], "vi")[-1]


def own(returned: int, mixed: int) -> Cell:
    return Cell("citizens", "SNV", "", 500, 40, 40, 40, returned=returned, valid=mixed, mixed=mixed)


def test_an_interval_rests_on_mixed_ballots_and_is_hidden_where_a_group_has_fewer_than_five() -> (
    None
):
    shared = Cell("council", "", "hdnd", 60, 60, 60, 60, returned=40, valid=30, mixed=30)
    row = rows(own(20, 8), shared, rated={("SNV", "citizens"): 8, ("SNV", "council"): 30})
    parts = [Part(n=8, population=500, weight=0.5), Part(n=30, population=60, weight=0.5)]
    assert row.now == pytest.approx(half_width(parts, 0.1))
    row = rows(own(20, 4), shared, rated={("SNV", "citizens"): 4, ("SNV", "council"): 30})
    assert row.now is None
    assert row.at_closing is not None


def test_more_forms_are_expected_to_narrow_an_interval_and_never_more_than_were_issued() -> None:
    rated = {("SNV", "citizens"): 20}
    same, later, far = (rows(own(20, 20), rated=rated, growth=g) for g in (1.0, 1.5, 1e6))
    assert same.now == same.at_closing
    assert later.at_closing is not None
    assert same.now is not None
    assert later.at_closing < same.now
    everyone = half_width([Part(n=40, population=500, weight=1.0)], 0.1)
    assert far.at_closing == pytest.approx(everyone)


def test_a_cell_is_under_the_minimum_by_its_forms_and_a_shared_one_by_its_ratings() -> None:
    shared = Cell("council", "", "hdnd", 60, 60, 60, 60, returned=40, valid=30, mixed=30)
    row = rows(own(1, 0), shared, rated={("SNV", "council"): 1})
    assert [cell.is_below for cell in row.cells] == [True, True]
    row = rows(own(5, 0), shared, rated={("SNV", "council"): 5})
    assert not row.is_below


def test_shades_grow_with_the_rate() -> None:
    shades = [units.step(share / 100) for share in range(101)]
    assert shades == sorted(shades)
    assert set(shades) == {0, 1, 2, 3, 4, 5}


def test_a_scorecard_gives_back_the_variance_of_its_own_intervals() -> None:
    half = 5 * half_width([Part(n=30, population=300, weight=1.0)], 0.08)
    card_units = [{"unit": "SNV", "lo": 3 - half, "hi": 3 + half}, {"unit": "X", "lo": None}]
    rates = [{"unit": "SNV", "group": "citizens", "N": 300, "in_file": 30}]
    known = units.variances(card_units, rates, 5)
    assert set(known) == {"SNV"}
    assert math.isclose(known["SNV"], 0.08)
