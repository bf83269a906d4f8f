"""Another program locks the store: nobody waits longer than anybody does, and nothing is lost."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from click.testing import CliRunner
from sqlalchemy import make_url

from survey_app.commands.cli import main
from survey_app.demo.phone import Phone
from survey_app.store.engine import database as store
from survey_app.store.engine import patience
from survey_app.store.engine.database import Database, StoreBusy
from survey_app.store.engine.patience import Deadline
from survey_app.store.engine.writer import Job
from tests.office.conftest import PASSWORD
from tests.office.ticking import known
from tests.respondent.live_survey import live_survey
from tests.serving.conftest import AT
from tests.support.server import serving

PATIENCE = 2.0
SLACK = 2.0
"""Seconds that a busy machine may add."""
PHONES = 16


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    """Nobody waits as long as in the field."""
    for module in (patience, store):
        monkeypatch.setattr(module, "PATIENCE", PATIENCE)


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Another program writes and does not come to an end."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(make_url(url).database or "", isolation_level=None)
        connection.execute("BEGIN EXCLUSIVE")
    else:
        connection = psycopg.connect(url.replace("+psycopg", ""))
        connection.execute("LOCK TABLE drafts, progress, ballots, audit IN EXCLUSIVE MODE")
    yield
    connection.rollback()
    connection.close()


@pytest.fixture
def survey(tmp_path, database_url):
    with live_survey(tmp_path, url=database_url, citizens=PHONES) as survey:
        yield survey


def timed(what):
    began = time.monotonic()
    result = what()
    return result, time.monotonic() - began


def begun(address: str, token: str) -> Phone:
    phone = Phone(address)
    phone.open(f"/p/{token}")
    phone.press("begin")
    return phone


def test_all_who_save_are_told_in_time_keep_their_answers_and_others_can_read(survey, database_url):
    tokens = survey.wave.tokens["citizens"]
    with serving(survey.app, threads=6) as address:
        phones = [begun(address, token) for token in tokens]
        answers = {"used_service": "2", "age": "41"}
        with locked(database_url), ThreadPoolExecutor(PHONES) as pool:
            sent = [
                pool.submit(timed, lambda phone=phone: phone.press("next", answers))
                for phone in phones
            ]
            reading = Phone(address)
            read = [timed(lambda: reading.open(f"/p/{tokens[0]}")) for _ in range(10)]
            told = [each.result() for each in sent]
        assert max(seconds for _, seconds in read) < 1
        assert {page.status for page, _ in read} == {200}
        assert {page.status for page, _ in told} == {503}
        assert max(seconds for _, seconds in told) < PATIENCE + SLACK
        for phone in phones:
            assert phone.page.hidden["age"] == "41"
            assert phone.press("next").heading == "Phục vụ"
            phone.close()
        reading.close()


def test_a_write_that_waits_behind_others_waits_no_longer_than_they_do(survey, database_url):
    """A thread for each, so that nothing but the store can keep them."""
    tokens = survey.wave.tokens["citizens"]
    with serving(survey.app, threads=PHONES + 2) as address:
        phones = [begun(address, token) for token in tokens]
        with locked(database_url), ThreadPoolExecutor(PHONES) as pool:
            sent = [
                pool.submit(timed, lambda phone=phone: phone.press("next", {"age": "41"}))
                for phone in phones
            ]
            told = [each.result() for each in sent]
        assert {page.status for page, _ in told} == {503}
        assert max(seconds for _, seconds in told) < PATIENCE + SLACK
        for phone in phones:
            phone.close()


def test_a_lock_that_goes_in_time_is_not_noticed(survey, database_url):
    (token, *_) = survey.wave.tokens["citizens"]
    with serving(survey.app) as address, ThreadPoolExecutor(1) as pool:
        phone = begun(address, token)
        with locked(database_url):
            sent = pool.submit(phone.press, "next", {"used_service": "2", "age": "41"})
            time.sleep(PATIENCE / 4)
        assert sent.result().status == 200
        phone.close()


def test_the_office_says_that_nothing_was_changed(survey, database_url):
    from tests.support.accounts import add_account

    with survey.database.writing() as connection:
        add_account(connection, "lan", PASSWORD, AT)
    survey.app.config["WTF_CSRF_ENABLED"] = False
    office = survey.app.test_client()
    office.post("/quan-tri/dang-nhap", data={"name": "lan", "password": PASSWORD})
    sent = {"known": known(office, "/quan-tri/dot/test/close")}
    with locked(database_url):
        reply, seconds = timed(lambda: office.post("/quan-tri/dot/test/close", data=sent))
    assert reply.status_code == 503
    assert reply.headers["Retry-After"]
    assert "Không có gì bị thay đổi" in reply.get_data(as_text=True)
    assert seconds < PATIENCE + SLACK


def test_a_command_says_so_in_a_sentence(survey, database_url, tmp_path, monkeypatch):
    for name, value in {"CCHC_DATA": str(tmp_path), "CCHC_DATABASE": database_url}.items():
        monkeypatch.setenv(name, value)
    with locked(database_url):
        done, seconds = timed(lambda: CliRunner().invoke(main, ["wave", "close", "test"]))
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    assert "the store cannot be used now" in done.stderr
    assert "nothing was changed" in done.stderr
    assert "SELECT" not in done.stderr
    assert seconds < PATIENCE + SLACK


def test_a_write_that_gave_up_is_not_made_later(tmp_path):
    """Whoever was told that nothing was kept may not find it kept."""
    url = f"sqlite:///{tmp_path / 'fresh.sqlite3'}"
    database = Database(url)
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE rows (words TEXT)")
    with locked(url), ThreadPoolExecutor(8) as pool:
        sent = [
            pool.submit(
                database.write,
                lambda connection, number=number: connection.exec_driver_sql(
                    f"INSERT INTO rows VALUES ('{number}')"
                ),
            )
            for number in range(8)
        ]
        for each in sent:
            with pytest.raises(StoreBusy):
                each.result()
    database.write(lambda connection: connection.exec_driver_sql("INSERT INTO rows VALUES ('x')"))
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT words FROM rows").fetchall() == [("x",)]
    database.close()


def test_a_job_that_was_given_up_does_not_begin_and_one_that_began_is_waited_for():
    given_up, begins = Job(lambda _: 1), Job(lambda _: 1)
    given_up.done.cancel()
    assert not given_up.begins()
    assert begins.begins()
    assert not begins.done.cancel()
    assert begins.begins()  # again, when the group is run one by one


def test_a_deadline_is_counted_from_when_the_request_came():
    now = time.monotonic()
    assert 0 < Deadline.at_hand().left <= PATIENCE
    with patience.until(Deadline.of_what_came(now - PATIENCE / 2)):
        assert 0 < Deadline.at_hand().left <= PATIENCE / 2
    assert Deadline.of_what_came(now - PATIENCE).has_passed
