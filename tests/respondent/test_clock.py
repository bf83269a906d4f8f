"""A clock that is set, as clocks are, makes nobody fast and loses nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest


@pytest.fixture
def at(survey):
    """at(minutes) sets the server's clock, counted from when the test began."""
    house = survey.app.extensions["cchc"]
    began = house.clock()

    def set_to(minutes: float) -> None:
        house.clock = lambda: began + timedelta(minutes=minutes)

    return set_to


@pytest.mark.parametrize(
    ("minutes", "pace"),
    [
        ((0, 1, 2, 3), "usual"),
        ((0, 0, 0, 0.01), "fast"),
        ((0, 10, 20, -60), "usual"),
        ((0, -60, -50, -40), "usual"),
        ((0, 10, 0.01, 0.02), "usual"),
        ((0, 10, 20, 0.02), "usual"),
        ((0, 0.01, -300, 0.02), "usual"),
    ],
)
def test_a_slow_form_stays_slow_when_the_clock_is_set_back(survey, at, minutes, pace):
    phone = survey.phone("citizens")
    phone.open()
    answers = ({}, {"used_service": "2", "age": "40"}, {"leadership": "A"}, {})
    for button, minute, sent in zip(
        ("begin", "next", "next", "send"), minutes, answers, strict=True
    ):
        at(minute)
        phone.press(button, **sent)
    assert [ballot["pace"] for ballot in survey.ballots()] == [pace]
