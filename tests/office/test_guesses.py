"""Guessing at passwords is slow, whoever guesses, and locks nobody out of the office."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey_app.app import create_app
from survey_app.settings import Settings
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.web import House
from tests.office.conftest import PASSWORD
from tests.office.copies import copied
from tests.support.accounts import PASSWORD_ALONE, add_account

SIGN_IN = "/quan-tri/dang-nhap"
RIGHT = {"name": "lan", "password": PASSWORD}
NOW = datetime(2026, 8, 5, 1, tzinfo=UTC)
_PROCESSES = 2


@dataclass
class Site:
    """A store, the processes that share it, and the time that all of them read."""

    settings: Settings
    databases: list[Database] = field(default_factory=list)
    now: datetime = NOW
    _processes: list[Flask] = field(default_factory=list)
    _come: int = 0

    def process(self) -> FlaskClient:
        """A browser that knows nothing yet, at the other of two processes than the one before."""
        if len(self._processes) < _PROCESSES:
            self._processes.append(self.begun())
        self._come += 1
        return self._processes[(self._come - 1) % _PROCESSES].test_client()

    def begun(self) -> Flask:
        """One more process, or the same one started anew."""
        self.databases.append(Database(self.settings.database_url))
        house = House(self.settings, self.databases[-1], lambda: self.now)
        app = create_app(self.settings, house=house)
        app.config["WTF_CSRF_ENABLED"] = False
        return app

    def later(self, **passed: float) -> None:
        self.now += timedelta(**passed)


@pytest.fixture
def site(server: str, tmp_path: Path) -> Iterator[Site]:
    with copied(_of_two, tmp_path, server=server) as copy:
        made = Site(Settings(tmp_path, copy.url, "k" * 40, sign_in=PASSWORD_ALONE))
        yield made
        for database in made.databases:
            database.close()


def _of_two(database: Database, _folder: Path) -> None:
    migrate.upgrade(database)
    with database.writing() as connection:
        for name in ("lan", "minh"):
            add_account(connection, name, PASSWORD, NOW.isoformat())


def tried(browser: FlaskClient, address: str = "10.0.0.1", **sent: str) -> Any:
    data = {**RIGHT, "password": "đoán mò", **sent}
    return browser.post(SIGN_IN, data=data, environ_base={"REMOTE_ADDR": address})


def guess(browser: FlaskClient, times: int, address: str = "10.0.0.1", **sent: str) -> list[int]:
    return [tried(browser, address, **sent).status_code for _ in range(times)]


def enters(browser: FlaskClient, address: str = "10.0.0.1", **sent: str) -> bool:
    return tried(browser, address, **{**RIGHT, **sent}).status_code == 302


def test_the_eleventh_guess_is_not_looked_at_right_or_wrong(site: Site) -> None:
    browser = site.process()
    assert guess(browser, 10) == [422] * 10
    reply = tried(browser, **RIGHT)
    assert reply.status_code == 429
    assert "đợi một phút" in reply.text
    assert reply.headers["Retry-After"] == "60"
    site.later(seconds=61)
    assert enters(browser)


def test_guesses_elsewhere_do_not_lock_an_analyst_out(site: Site) -> None:
    assert 429 in guess(site.process(), 30)
    assert enters(site.process(), "10.0.0.2")


def test_guesses_from_many_addresses_lock_nobody_out_who_comes_from_another(site: Site) -> None:
    browser = site.process()
    for number in range(40):
        guess(browser, 2, f"10.0.1.{number}")
    assert enters(site.process(), "10.0.0.2")


def test_a_browser_that_was_in_before_is_not_locked_out_even_at_the_same_address(
    site: Site,
) -> None:
    own = site.process()
    assert enters(own)
    own.post("/quan-tri/dang-xuat")
    assert guess(site.process(), 11)[-1] == 429
    assert enters(own)
    assert not enters(site.process())


def test_a_browser_that_was_in_before_cannot_guess_without_end_either(site: Site) -> None:
    own = site.process()
    assert enters(own)
    assert guess(own, 11) == [422] * 10 + [429]
    assert enters(site.process(), "10.0.0.2")


def test_a_browser_cannot_say_by_itself_that_it_is_known(site: Site) -> None:
    for number, forged in enumerate(["", "x", "WzEsIngiXQ.abc.def"]):
        thief = site.process()
        thief.set_cookie("cchc_device", forged, path="/quan-tri")
        assert guess(thief, 11, f"10.0.0.{number}") == [422] * 10 + [429], forged


def test_being_known_to_one_analyst_helps_at_no_other_name(site: Site) -> None:
    own = site.process()
    assert enters(own, name="minh")
    assert guess(own, 11)[-1] == 429
    own.delete_cookie("cchc_device", path="/quan-tri")
    assert not enters(own)


def test_the_mark_of_a_browser_is_out_of_reach_of_scripts_and_of_other_sites(site: Site) -> None:
    browser = site.process()
    cookies = tried(browser, **RIGHT).headers.getlist("Set-Cookie")
    (mark,) = [cookie for cookie in cookies if cookie.startswith("cchc_device=")]
    for wanted in ("HttpOnly", "SameSite=Lax", "Path=/quan-tri", "Max-Age="):
        assert wanted in mark
    assert "lan" not in mark


def test_waiting_grows_with_every_further_guess_and_ends_at_an_hour(site: Site) -> None:
    browser = site.process()
    guess(browser, 10)
    waits = []
    for _ in range(9):
        refused = tried(browser)
        assert refused.status_code == 429
        waits.append(int(refused.headers["Retry-After"]))
        site.later(seconds=waits[-1] + 1)
        assert tried(browser).status_code == 422
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_a_longer_wait_is_told_in_minutes(site: Site) -> None:
    browser = site.process()
    guess(browser, 10)
    site.later(seconds=61)
    guess(browser, 1)
    assert "đợi 2 phút" in tried(browser).text


def test_processes_count_together_and_a_start_anew_forgets_nothing(site: Site) -> None:
    first, second = site.process(), site.process()
    assert guess(first, 5) + guess(second, 5) == [422] * 10
    assert guess(first, 1) + guess(second, 1) + guess(site.begun().test_client(), 1) == [429] * 3


def test_guesses_at_the_same_moment_are_counted_one_by_one(site: Site) -> None:
    browsers = [site.process() for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        looked_at = list(pool.map(lambda n: guess(browsers[n % 4], 1)[0], range(24)))
    assert looked_at.count(422) == 10
    assert looked_at.count(429) == 14


def test_names_that_nobody_has_are_counted_like_others(site: Site) -> None:
    assert guess(site.process(), 11, name="nobody") == [422] * 10 + [429]


def test_an_address_that_tries_many_names_waits_too(site: Site) -> None:
    browser = site.process()
    looked_at = [guess(browser, 1, name=f"name {number}")[0] for number in range(40)]
    assert looked_at == [422] * 30 + [429] * 10
    assert not enters(browser)


def test_one_right_password_does_not_buy_guesses_at_other_names(site: Site) -> None:
    browser = site.process()
    looked_at = []
    for number in range(50):
        looked_at += guess(browser, 1, name=f"name {number}")
        browser.delete_cookie("cchc_device", path="/quan-tri")
        enters(browser, name="minh")
    assert looked_at.count(422) <= 31


def test_of_ipv6_a_whole_network_is_one_address(site: Site) -> None:
    browser = site.process()
    looked_at = [guess(browser, 1, f"2001:db8:1:2::{number:x}")[0] for number in range(12)]
    assert looked_at == [422] * 10 + [429] * 2
    assert enters(site.process(), "2001:db8:1:3::1")
    assert guess(browser, 11, "::ffff:10.0.0.7")[-1] == 429
    assert not enters(site.process(), "10.0.0.7")


def test_a_right_password_ends_the_count(site: Site) -> None:
    browser = site.process()
    for _ in range(3):
        guess(browser, 9)
        assert enters(browser)
        browser.delete_cookie("cchc_device", path="/quan-tri")


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=400)])
def test_a_clock_set_back_makes_no_wait_longer(site: Site, back: timedelta) -> None:
    browser = site.process()
    guess(browser, 10)
    site.now -= back
    assert int(tried(browser).headers["Retry-After"]) <= 60


def test_guesses_are_forgotten_after_a_day(site: Site) -> None:
    guess(site.process(), 12)
    site.later(days=1, seconds=1)
    guess(site.process(), 1, "10.9.9.9", name="another")
    with site.databases[0].reading() as connection:
        rows = connection.exec_driver_sql("SELECT count FROM guesses").scalars().all()
    assert rows == [1, 1, 1]


def test_the_store_holds_neither_address_nor_name_of_who_guessed(site: Site) -> None:
    guess(site.process(), 2, "203.0.113.77", name="nguoi-la")
    with site.databases[0].reading() as connection:
        kept = repr(connection.exec_driver_sql("SELECT * FROM guesses").all())
    assert "203.0.113.77" not in kept
    assert "nguoi-la" not in kept
