"""Days are typed as officials write them, and no browser turns day and month about."""

from __future__ import annotations

import pytest

from survey_app.office import days
from survey_app.office.days import Parts

NAMES = ("day", "month", "year", "hour")


def sent(*typed: str) -> dict[str, str]:
    return {f"at-{name}": text for name, text in zip(NAMES, typed, strict=False)}


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        (("3", "12", "2026"), "2026-12-03"),
        (("03", "12", "2026", "7:30"), "2026-12-03T07:30"),
        (("3", "12", "2026", "7h30"), "2026-12-03T07:30"),
        (("3", "12", "2026", "17 giờ"), "2026-12-03T17:00"),
        (("3", "12", "2026", "7 giờ 5 phút"), "2026-12-03T07:05"),
        (("", "", "", ""), ""),
    ],
)
def test_a_day_and_an_hour_are_understood_as_they_are_written(typed, means):
    assert days.typed(sent(*typed), "at") == means


@pytest.mark.parametrize(
    "typed",
    [("31", "2", "2026"), ("3", "12", ""), ("ba", "12", "2026"), ("3", "12", "2026", ""),
     ("3", "12", "2026", "25:00"), ("3", "12", "2026", "sáng")],
)  # fmt: skip
def test_what_makes_no_day_stands_in_its_fields_again(typed):
    text = days.typed(sent(*typed), "at")
    assert "/" in text, "whoever reads it refuses it"
    assert days.parts(text) == Parts(**dict(zip(NAMES, typed, strict=False)))


def test_what_is_kept_fills_the_fields():
    assert days.parts("2026-12-03T07:30") == Parts(day="03", month="12", year="2026", hour="07:30")
    assert days.parts("") == Parts()
    assert days.typed({"at": " 2026-12-03 "}, "at") == "2026-12-03", "as programs send it"
