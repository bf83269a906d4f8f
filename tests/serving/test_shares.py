"""Processes that share a port, and what they may know of each other."""

from __future__ import annotations

import random
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.serving.shares import AT_ONCE, GIVE_WAY, STALE, Shares, Turn


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


class Processes:
    """Some that share a port, and what each of them has taken."""

    def __init__(self, count: int) -> None:
        self.clock = Clock()
        shares = Shares(count, self.clock)
        for at in range(count):
            shares.begin(at)
        self.turns = [Turn(partial(shares.is_my_turn, at), self.clock) for at in range(count)]
        self.taken = [0] * count

    def look(self, at: int, waiting: int) -> int:
        """A process comes to look, and finds so many waiting: how many it takes."""
        if self.turns[at].wait(self.taken[at]) > 0:
            return 0
        takes = min(waiting, self.turns[at].takes(self.taken[at]))
        self.taken[at] += takes
        return takes


@given(st.integers(2, 4), st.integers(0, 99), st.integers(1, 60))
def test_where_all_come_in_time_no_two_differ_by_more_than_one(count, seed, connections):
    processes, chance = Processes(count), random.Random(seed)
    for _ in range(connections):
        looking = chance.sample(range(count), count)
        assert any(processes.look(at, 1) for at in looking)
        assert max(processes.taken) - min(processes.taken) <= 1
        processes.clock.now += 2 * GIVE_WAY


def test_whoever_knocks_waits_for_a_moment_only_where_the_others_are_busy():
    processes = Processes(2)
    for number in range(8):
        at_once = processes.look(0, 1)
        assert at_once == (1 if number == 0 else 0)
        processes.clock.now += GIVE_WAY  # the other one does not come
        assert at_once or processes.look(0, 1) == 1
        processes.clock.now += 2 * GIVE_WAY
    assert processes.look(0, 3 * AT_ONCE) == 0
    processes.clock.now += GIVE_WAY
    assert processes.look(0, 3 * AT_ONCE) == AT_ONCE


def test_one_that_was_busy_has_the_next_ones_to_itself_until_it_has_as_many():
    processes = Processes(2)
    processes.taken = [8, 0]
    for number in range(8):
        assert processes.look(0, 1) == 0
        assert processes.look(1, 1) == 1
        assert processes.taken == [8, number + 1]
        processes.clock.now += 2 * GIVE_WAY


def test_nobody_listens_while_the_system_can_open_no_connection():
    processes = Processes(1)
    processes.turns[0].pause(0.5)
    assert processes.look(0, 1) == 0
    processes.clock.now += 0.5
    assert processes.look(0, 1) == 1
