"""Batches are opened while those before them are written; a mixing may be broken off between."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest

from survey_app.mixing import batches
from survey_app.mixing.ahead import ahead

COUNTS = (0, 1, 2, 3, 10)


class BrokenOff(Exception):
    """The site is told to stop."""


@pytest.mark.parametrize("count", COUNTS)
def test_each_comes_once_and_in_its_order(count):
    assert list(ahead(str, range(count))) == list(map(str, range(count)))


def test_no_more_than_one_is_made_ready_ahead():
    taken = []

    def take(number):
        taken.append(number)
        return number

    with closing(ahead(take, range(10))) as numbers:
        for number in numbers:
            if number == 4:
                break
    assert taken == [*range(6)]


def test_what_cannot_be_made_ready_is_told_where_it_would_be_used():
    used = []
    with pytest.raises(ZeroDivisionError):
        used.extend(ahead(lambda number: 6 // number, [3, 2, 0, 1]))
    assert used == [2, 3], "those before it were made, and nothing after it"
    with pytest.raises(ZeroDivisionError):
        list(ahead(lambda number: 6 // number, [0, 1]))


def test_a_mixing_in_many_transactions_broken_off_after_each_loses_and_doubles_nothing(
    site, monkeypatch
):
    monkeypatch.setattr(batches, "MOST_AT_ONCE", 5)
    site.cast(40)
    written = 0
    for most in range(1, 12):
        paused = 0

        def pause():
            nonlocal paused
            paused += 1
            if paused == most:  # noqa: B023 - called before the next round
                raise BrokenOff

        with pytest.raises(BrokenOff):
            replace(site.mixer, pause=pause).mix(site.wave)
        site.assert_nothing_is_lost()
        mixed, written = site.count("ballots") - written, site.count("ballots")
        if mixed == 0:
            break
    assert written > 5, "more than one transaction was tried"
    site.mixer.mix(site.wave)
    site.assert_nothing_is_lost()
    site.assert_tidy()
