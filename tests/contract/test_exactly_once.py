"""A receipt shown is a ballot stored, once, whatever the network, the disk or a kill does."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, event, insert, literal, select

from survey_app.demo.phone import Phone
from survey_app.store.engine.database import Database, StoreBusy
from survey_app.store.tables import epochs, sealed_ballots
from tests.respondent.live_survey import live_survey
from tests.support import apart
from tests.support.apart import Started
from tests.support.ballot_box import open_all

AT_ONCE = 5


@pytest.fixture
def survey(database_url, tmp_path):
    with live_survey(tmp_path, url=database_url, council=2, citizens=24) as made:
        yield made


def ready_to_send(survey, number=0):
    """A phone of a citizen who has answered everything and looks at the review."""
    phone = survey.phone("citizens", number)
    phone.open()
    phone.press("begin")
    phone.press("next", used_service="2", age="40")
    phone.press("next", leadership="B")
    assert "send" in phone.page.buttons
    return phone


def at_once(*acts):
    """Do all of it at the same instant."""
    gate = threading.Barrier(len(acts))

    def one(act):
        gate.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def test_five_sendings_of_one_form_at_once_make_one_ballot_and_one_receipt(survey):
    for number in range(3):
        ready = ready_to_send(survey, number)
        phones = [survey.phone("citizens", number) for _ in range(AT_ONCE)]
        for phone in phones:
            phone.page = ready.page
        pages = at_once(*(lambda phone=phone: phone.press("send") for phone in phones))
        assert {page.status for page in pages} == {200}
        assert len({page.receipt for page in pages}) == 1
        assert pages[0].receipt
    assert len(survey.ballots()) == 3


def test_refusing_again_and_again_is_noted_once(survey):
    phones = [survey.phone("citizens") for _ in range(AT_ONCE)]
    for phone in phones:
        phone.open()
    pages = at_once(*(lambda phone=phone: phone.press("refuse") for phone in phones))
    assert {page.status for page in pages} == {200}
    for _ in range(300 - AT_ONCE):
        phones[0].open()
        assert "không tham gia" in phones[0].press("refuse").title
    refused = "SELECT COUNT(*) FROM events WHERE kind = 'refused'"
    assert survey.rows(refused) == [(1,)]
    survey.run(
        "INSERT INTO events (case_id, kind, day, detail, by)"
        " SELECT case_id, 'reminded', day, '', 'lan' FROM events WHERE kind = 'refused'"
    )
    for _ in range(3):
        phones[0].open()
        phones[0].press("refuse")
    assert survey.rows(refused) == [(2,)]


def test_two_tabs_that_save_different_pages_at_once_lose_nothing(survey):
    for number in range(4):
        first, second = (survey.phone("citizens", number) for _ in range(2))
        first.open()
        first.press("begin")
        second.open("service")
        at_once(
            lambda first=first: first.press("next", used_service="2", age=str(20 + 1)),
            lambda second=second: second.press("next", leadership="C"),
        )
        assert 'value="21"' in first.open("about").html
        assert 'value="C" checked' in first.open("service").html


def test_a_page_saved_while_the_form_is_sent_is_in_the_ballot_or_shows_the_receipt(survey):
    for number in range(4):
        phone = ready_to_send(survey, number)
        other = survey.phone("citizens", number)
        other.open("about")
        sent, saved = at_once(
            lambda phone=phone: phone.press("send"),
            lambda other=other: other.press("next", age="77"),
        )
        assert sent.receipt
        ages = [ballot["about"]["age"] for ballot in survey.ballots()]
        assert saved.receipt == sent.receipt or "77" in ages
    assert len(survey.ballots()) == 4
    assert survey.rows("SELECT * FROM drafts") == []


def test_many_respondents_at_once_get_a_receipt_and_a_ballot_each(survey):
    phones = [ready_to_send(survey, number) for number in range(24)]
    pages = at_once(*(lambda phone=phone: phone.press("send") for phone in phones))
    assert len({page.receipt for page in pages}) == 24
    assert len(survey.ballots()) == 24


def test_a_write_that_fails_takes_no_other_along(survey):
    def fails(_):
        raise ZeroDivisionError

    def writes(name):
        def job(connection):
            connection.exec_driver_sql(
                "INSERT INTO contacts (case_id, name, phone, email, address)"
                f" VALUES ({name}, 'x', '', '', '')"
            )

        return job

    def attempt(job):
        try:
            return survey.database.write(job)
        except ZeroDivisionError:
            return "failed"

    jobs = [job for case in range(1, 9) for job in (writes(case), fails)]
    results = at_once(*(lambda job=job: attempt(job) for job in jobs))
    assert results.count("failed") == 8
    assert len(survey.rows("SELECT * FROM contacts")) == 8


def test_a_full_disk_says_not_saved_keeps_nothing_and_the_same_press_works_later(tmp_path):
    with live_survey(tmp_path, citizens=2) as survey:
        phone = ready_to_send(survey)
        pages = survey.rows("PRAGMA page_count")[0][0]
        _limit(survey.database, pages)
        _fill(survey.database)
        full = survey.fingerprint()
        phone.press("send")
        assert phone.page.status == 503
        assert "CHƯA được lưu" in phone.page.html
        assert survey.fingerprint() == full
        _limit(survey.database, 1_000_000)
        assert phone.post(phone.page.action, phone.page.hidden).receipt
        assert survey.rows("SELECT COUNT(*) FROM sealed_ballots WHERE grp <> 'x'") == [(1,)]


def _limit(database: Database, pages: int) -> None:
    """Let the file grow to so many pages: SQLite forgets it with each connection."""

    def limited(connection, _):
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(database._kept_to_write._engine, "connect", limited)
    database._kept_to_write.let_go()


def _fill(database: Database) -> None:
    """Use up what room is left for ballots, down to the last row that fits."""
    size = 100_000
    number = 0
    while size > 8:
        number += 1
        assert number < 10_000, "there is no end of room"
        row = {"id": f"d{number}", "body": b"x" * size, "wave_id": 1, "grp": "x", "asked": "*"}
        stuffing = select(
            *(literal(value).label(name) for name, value in row.items()),
            epochs.c.id.label("epoch_id"),
            *(literal("x").label(name) for name in ("stratum", "weight", "mode")),
            *(literal("").label(name) for name in ("sample", "unit", "home_unit", "psu")),
        ).limit(1)
        try:
            database.write(
                lambda connection, stuffing=stuffing: connection.execute(
                    insert(sealed_ballots).from_select(stuffing.selected_columns.keys(), stuffing)
                )
            )
        except StoreBusy:
            size //= 2


def start(url: str, port: int, folder: Path, told: Path | None = None) -> Started:
    """The site as in the field, in processes that can be killed together. `told`: its log."""
    server = apart.site(url, port, folder, told=told, hangs_after=10)
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return server
    raise AssertionError("the server did not start")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_after_a_kill_every_receipt_seen_has_exactly_one_ballot(database_url, tmp_path):
    with live_survey(tmp_path, url=database_url, citizens=60) as survey:
        tokens, port = survey.wave.tokens["citizens"], free_port()
    seen: dict[str, str] = {}
    for share in (tokens[:30], tokens[30:]):
        server = start(database_url, port, tmp_path)
        with ThreadPoolExecutor(6) as pool:
            done = [pool.submit(_answer, port, token, seen) for token in share]
            enough = len(seen) + 12
            while len(seen) < enough and not all(each.done() for each in done):
                time.sleep(0.01)
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
    assert 24 <= len(seen) < 60
    server = start(database_url, port, tmp_path)
    try:
        for token in tokens:
            first = seen.get(token)
            assert _answer(port, token, seen) == (first or seen[token])
    finally:
        server.terminate()
        server.wait()
    with reopened(database_url) as database:
        open_all(database, tmp_path)
        counts = [_count(database, table) for table in ("ballots", "ratings", "drafts", "progress")]
    assert counts == [60, 60, 0, 0]
    assert len(set(seen.values())) == 60


def _count(database: Database, table: str) -> int:
    with database.reading() as connection:
        counted = connection.exec_driver_sql(f"SELECT COUNT(*) FROM {table}")
        return int(counted.scalar() or 0)


def _answer(port: int, token: str, seen: dict[str, str]) -> str:
    phone = Phone(f"http://127.0.0.1:{port}", timeout=10)
    try:
        phone.open(f"/p/{token}")
        page = phone.fill_in(lambda _, options: options[-1])
    except (OSError, http.client.HTTPException):
        return ""
    finally:
        phone.close()
    if page.receipt:
        seen[token] = page.receipt
    return page.receipt


def reopened(url):
    from contextlib import closing

    return closing(Database(url))


def test_a_database_whose_connections_all_broke_costs_nobody_an_error(survey):
    phone = survey.phone("citizens")
    _break_connections(survey.database)
    phone.open()
    for button, answers in (
        ("begin", {}),
        ("next", {"used_service": "2", "age": "40"}),
        ("next", {"leadership": "B"}),
        ("send", {}),
    ):
        _break_connections(survey.database)
        phone.press(button, **answers)
        assert phone.page.status == 200
    assert phone.page.receipt
    assert len(survey.ballots()) == 1


def _break_connections(database: Database) -> None:
    """What a server that is started anew does to them; a file has no server, and is opened anew."""
    if database.is_sqlite:
        database._kept.let_go()
        database._kept_to_write.let_go()
        return
    other = create_engine(database.url, poolclass=NullPool)
    with other.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
