"""Processes that share a port, and what they may know of each other."""

from __future__ import annotations

import pytest

from survey_app.serving.shares import STALE, Shares


class Clock:
    """Seconds, as the test says."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def shares(clock):
    shares = Shares(3, clock)
    for place in range(3):
        shares.begin(place)
    return shares


def test_the_one_with_the_fewest_takes_the_next(shares):
    assert shares.is_my_turn(0, 5) is False
    assert shares.is_my_turn(1, 2) is False
    assert shares.is_my_turn(2, 1) is True
    assert shares.is_my_turn(1, 1) is True


def test_nobody_waits_for_one_that_shows_no_sign_of_life(shares, clock):
    clock.now += STALE
    shares.is_my_turn(1, 3)
    assert shares.is_my_turn(0, 3) is True  # the third would have had fewer
    assert shares.is_my_turn(0, 4) is False  # but the second lives
    assert not shares.lives(2)
    assert shares.lives(1)


def test_nobody_waits_for_one_that_has_died(shares):
    shares.is_my_turn(1, 5)
    shares.end(2)
    assert shares.is_my_turn(0, 5) is True
    assert not shares.lives(2)


def test_one_that_comes_back_is_waited_for_again(shares, clock):
    clock.now += STALE
    assert shares.is_my_turn(0, 5) is True
    shares.is_my_turn(2, 0)
    assert shares.is_my_turn(0, 5) is False
