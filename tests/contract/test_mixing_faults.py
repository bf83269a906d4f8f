"""Mixing killed or failing around every change of the store and of a key: no ballot is lost.

The next mixing goes on from whatever is left, and a new ballot is taken at every moment between.
What a death of the machine itself would do to the disk is not shown here (see test_fault_matrix).
"""

from __future__ import annotations

import os

import pytest
from sqlalchemy import delete, update

from survey_app.store import tables, waves
from tests.mixing.site import Site
from tests.support.killable_mixing import MixingAct

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the harness forks"),
    pytest.mark.usefixtures("quick_processes"),
]

EACH_TIME = 8
"""Ballots cast before each act: of one class 6, some of which are mixed; of another 2, which wait
until there are enough."""

MOST_MOMENTS = 220
"""More than an act can have; the matrix ends by itself at the first act that is not killed."""

FEWEST_MOMENTS = 6
"""A key is written, put in its place and told of."""


@pytest.fixture
def site(database_url, tmp_path):
    made = Site(database_url, tmp_path, people=(EACH_TIME + 1) * MOST_MOMENTS)
    yield made
    made.database.close()


def at_every_moment(site, act, how):
    """The moments at which the act was stopped, and who can do it again without being stopped."""
    moments = []
    with MixingAct.of(
        site.database.url.render_as_string(hide_password=False), site.folder
    ) as acting:
        for moment in range(1, MOST_MOMENTS - 1):
            stopped_at = acting.run(how, moment, act)
            yield acting, stopped_at
            if not stopped_at:
                break
            moments.append(stopped_at)
    assert FEWEST_MOMENTS < len(moments) < MOST_MOMENTS - 2, moments


@pytest.mark.parametrize("how", ["kill", "raise"])
def test_a_mixing_stopped_at_every_moment_loses_and_doubles_nothing(site, how):
    seen = []
    site.cast(EACH_TIME)
    for _, stopped_at in at_every_moment(site, "mix", how):
        seen.append(stopped_at)
        site.assert_nothing_is_lost()
        site.cast(1)
        site.mixer.mix(site.wave)
        site.assert_nothing_is_lost()
        site.assert_tidy()
        site.cast(EACH_TIME)
    acts = {each.partition(" ")[2].partition(" ")[0] for each in seen}
    assert {"fsync", "replace", "unlink", "INSERT", "DELETE", "UPDATE"} <= acts
    assert "pause" in seen
    for table in ("epochs", "sealed_ballots", "ballots", "ratings", "kept_counts", "kept_days"):
        assert any(table in each for each in seen), table


def test_a_closing_killed_at_every_moment_is_gone_on_with(site):
    site.cast(EACH_TIME)
    for acting, _ in at_every_moment(site, "close", "kill"):
        site.assert_nothing_is_lost()
        if site.count("sealed_ballots"):
            assert acting.run("kill", 0, "close") == ""
        site.mixer.mix_all(wait=True)
        site.assert_nothing_is_lost()
        assert site.count("sealed_ballots") == site.count("epochs") == 0
        assert site.kept_keys() == set()
        with site.database.writing() as connection:
            connection.execute(update(tables.waves).values(closed_at=None))
        site.epochs.prepare()
        site.cast(EACH_TIME)


def test_a_wave_opened_by_halves_is_not_open_and_opens_the_next_time(site):
    def shut():
        with site.database.writing() as connection:
            connection.execute(delete(tables.epochs))
            connection.execute(update(tables.waves).values(opened_at=None))
        for file in site.keys.glob("*.key"):
            file.unlink()

    shut()
    for acting, _ in at_every_moment(site, "open", "kill"):
        with site.database.reading() as connection:
            state = waves.find(connection, site.wave.name).state
        assert len(site.current()) == (state == "open")
        if state == "planned":
            assert acting.run("kill", 0, "open") == ""
            assert len(site.current()) == 1
        site.cast(2)
        site.assert_nothing_is_lost()
        with site.database.writing() as connection:
            connection.execute(delete(tables.sealed_ballots))
        site.sent.clear()
        shut()


def test_a_new_key_killed_at_every_moment_leaves_the_wave_with_one_that_is_here(site):
    with site.database.writing() as connection:
        connection.execute(update(tables.epochs).values(is_current=False))
    for _ in at_every_moment(site, "prepare", "kill"):
        site.epochs.prepare()
        assert len(site.current()) == 1
        assert site.epochs.lost() == ()
        site.cast(1)
        site.assert_nothing_is_lost()
        with site.database.writing() as connection:
            connection.execute(update(tables.epochs).values(is_current=False))
