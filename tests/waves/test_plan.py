"""Names, years and times of waves; and who is too few after one was reopened."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from survey_app.waves import plan
from survey_app.waves.plan import Plan
from survey_app.waves.reopened import too_few


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Khảo sát Chỉ số CCHC năm 2025", "khao-sat-chi-so-cchc-nam-2025"),
        ("  Đợt (thử)  ", "dot-thu"),
        ("Ý kiến " * 30, "-".join([*["y-kien"] * 9, "y"])),
        ("!!!", ""),
    ],
)
def test_an_address_is_made_of_the_title(title: str, name: str) -> None:
    assert plan.suggested_name(title) == name
    assert plan.is_name(name) is bool(name)


@pytest.mark.parametrize("name", ["", "moi", "Đợt", "a b", "a--b", "-a", "../x", "a" * 65])
def test_what_cannot_be_an_address_is_none(name: str) -> None:
    assert not plan.is_name(name)


def test_the_year_of_a_study_is_the_one_in_its_name() -> None:
    assert plan.own_year("sonla/2025-department") == 2025
    assert plan.own_year("benchmark/peer") is None
    assert plan.next_study("sonla/2025-department") == "sonla/2026-department"
    assert plan.next_study("benchmark/peer") == "benchmark/peer"


def test_a_time_is_typed_by_the_clock_in_vietnam_and_kept_in_utc() -> None:
    kept = plan.kept_time("2026-03-02T07:30")
    assert kept == "2026-03-02T00:30:00+00:00"
    assert plan.typed_time(kept) == "2026-03-02T07:30"
    assert plan.kept_time("  ") is None
    with pytest.raises(ValueError, match="tomorrow"):
        plan.kept_time("tomorrow")


def test_a_wave_ends_at_the_minute_and_not_before() -> None:
    at = "2026-03-02T00:30:00+00:00"
    assert not plan.has_ended(at, datetime(2026, 3, 2, 0, 29, 59, tzinfo=UTC))
    assert plan.has_ended(at, datetime(2026, 3, 2, 0, 30, tzinfo=UTC))
    assert not plan.has_ended(None, datetime(2026, 3, 2, tzinfo=UTC))


def test_a_period_is_said_as_far_as_it_is_set() -> None:
    opens, closes = "2026-03-02T00:30:00+00:00", "2026-03-20T10:00:00+00:00"
    both = Plan(opens_at=opens, closes_at=closes)
    assert plan.period(both, "vi") == "từ 07:30 02/03/2026 đến 17:00 20/03/2026"
    assert plan.period(Plan(closes_at=closes), "vi") == "đến 17:00 20/03/2026"
    assert plan.period(Plan(opens_at=opens), "en") == "from 2 Mar 2026, 07:30"
    assert plan.period(Plan(), "vi") == ""


def test_new_forms_count_where_nobody_or_five_may_have_rated_a_unit() -> None:
    cells = {"SNV only": {"SNV"}, "STP only": {"STP"}, "both": {"SNV", "STP"}}
    assert too_few({"SNV only": 4}, cells) == {"SNV only"}
    assert too_few({"SNV only": 5}, cells) == set()
    assert too_few({"both": 5, "STP only": 1}, cells) == set()
    assert too_few({}, cells) == set()


def test_whoever_is_left_out_is_missing_elsewhere_too() -> None:
    cells = {"SNV only": {"SNV"}, "both": {"SNV", "STP"}}
    assert too_few({"SNV only": 3, "both": 2}, cells) == {"SNV only", "both"}
    assert too_few({"SNV only": 5, "both": 2}, cells) == {"both"}
