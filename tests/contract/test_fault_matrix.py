"""Killed at every statement, cut off, asked five times, out of room: one receipt, one ballot.

What a death of the machine itself would do to the disk is not shown here: a process that dies
leaves the kernel's cache behind. SQLite's synchronous=FULL and PostgreSQL's fsync stand for that.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from itertools import takewhile
from pathlib import Path
from urllib.parse import urlencode, urljoin

import pytest

from survey_app.demo.phone import Page, Phone
from survey_app.store.engine.database import Database
from tests.contract.test_exactly_once import _fill, _limit, ready_to_send
from tests.respondent.live_survey import LiveSurvey, Mobile, live_survey
from tests.support.ballot_box import open_all
from tests.support.killable import EVERY_FAULT, Killable

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the harness forks")

MOST_MOMENTS = 40
"""More than a press can have; the matrix ends by itself at the first press that is not killed."""

AT_ONCE = 5


@pytest.fixture
def fielded(database_url, tmp_path):
    """A wave with a respondent for every moment, its tokens, and a server that can be killed."""
    with live_survey(tmp_path, url=database_url, citizens=MOST_MOMENTS) as survey:
        tokens = list(survey.wave.tokens["citizens"])
    with Killable.of(database_url, tmp_path) as server:
        server.start()
        yield database_url, tmp_path, tokens, server


def at_the_second_page(server: Killable, token: str) -> Phone:
    """A respondent whose first page was saved, and who was told so by being shown the second."""
    phone = Phone(server.base, timeout=20)
    phone.open(f"/p/{token}")
    phone.press("begin")
    phone.press("next", {"used_service": "2", "age": "41"})
    assert "leadership" in phone.page.options
    return phone


def at_the_review(server: Killable, token: str) -> Phone:
    """A respondent who has answered everything and may send."""
    phone = at_the_second_page(server, token)
    phone.press("next", {"leadership": "B"})
    assert "send" in phone.page.buttons
    return phone


def again(server: Killable, phone: Phone, button: str, answers: dict[str, str]) -> Page:
    """The very same press, by a phone that has to connect anew."""
    other = Phone(server.base, timeout=20)
    other.address, other.page = phone.address, phone.page
    with closing(other):
        return other.press(button, answers)


Reached = Callable[[Killable, str], Phone]


def killed_at_every_moment(
    server: Killable, tokens: list[str], reached: Reached, button: str, answers: dict[str, str]
):
    """For every moment: a press that dies there and a fresh server; ends when nothing dies."""
    moments = []
    for number, token in enumerate(tokens, 1):
        phone = reached(server, token)
        asked = phone.page
        server.die_at(number)
        died = False
        try:
            phone.press(button, answers)
        except EVERY_FAULT:
            died = True
        phone.close()
        phone.page = asked
        if not died:
            server.die_at(0)
            yield token, phone
            break
        moments.append(server.died_at())
        server.start()
        yield token, phone
    assert len(moments) < len(tokens), "more moments than respondents: the matrix has no end"
    assert_complete(moments)


def assert_complete(moments: list[str]) -> None:
    """The harness has died before and after each statement, around the commit, before the reply."""
    before = [each.removeprefix("before ") for each in moments if each.startswith("before ")]
    after = [each.removeprefix("after ") for each in moments if each.startswith("after ")]
    assert "" not in moments
    assert moments[-1] == "before the reply"
    assert before[:-1] == after
    assert {"INSERT", "DELETE"} & {each.split()[0] for each in after}
    assert after.count("COMMIT") == 1


def stored(url: str, folder: Path) -> dict[str, int]:
    """How many rows stand in each table that an answer touches, once all ballots are opened."""
    with closing(Database(url)) as database:
        open_all(database, folder)
        with database.reading() as connection:
            return {
                table: int(
                    connection.exec_driver_sql(f"SELECT COUNT(*) FROM {table}").scalar() or 0
                )
                for table in ("ballots", "ratings", "drafts", "progress")
            }


def test_a_submission_killed_at_every_statement_is_counted_once(fielded):
    url, folder, tokens, server = fielded
    receipts = {}
    for token, phone in killed_at_every_moment(server, tokens, at_the_review, "send", {}):
        receipts[token] = again(server, phone, "send", {}).receipt
        assert receipts[token]
        assert again(server, phone, "send", {}).receipt == receipts[token]
    assert len(set(receipts.values())) == len(receipts)
    sent = len(receipts)
    assert stored(url, folder) == {"ballots": sent, "ratings": sent, "drafts": 0, "progress": 0}


def test_a_page_save_killed_at_every_statement_loses_nothing_acknowledged(fielded):
    url, folder, tokens, server = fielded
    answers = {"leadership": "C"}
    receipts = set()
    for token, phone in killed_at_every_moment(server, tokens, at_the_second_page, "next", answers):
        with closing(Phone(server.base, timeout=20)) as other:
            assert 'value="41"' in other.open(f"/p/{token}/about").html
        assert "send" in again(server, phone, "next", answers).buttons
        with closing(Phone(server.base, timeout=20)) as other:
            assert 'value="C" checked' in other.open(f"/p/{token}/service").html
            other.open(f"/p/{token}/~")
            receipts.add(other.press("send").receipt)
    assert "" not in receipts
    sent = len(receipts)
    assert stored(url, folder) == {"ballots": sent, "ratings": sent, "drafts": 0, "progress": 0}


def test_a_reply_that_is_lost_and_five_repetitions_at_once_make_one_ballot(fielded):
    url, folder, tokens, server = fielded
    receipts = {}
    for token in tokens[:8]:
        phone = at_the_review(server, token)
        _send_and_hang_up(server, phone)
        gate = threading.Barrier(AT_ONCE)

        def repeated(_, phone=phone, gate=gate):
            gate.wait()
            return again(server, phone, "send", {})

        with ThreadPoolExecutor(AT_ONCE) as pool:
            pages = list(pool.map(repeated, range(AT_ONCE)))
        assert {page.status for page in pages} == {200}
        assert len({page.receipt for page in pages}) == 1
        receipts[token] = pages[0].receipt
        phone.close()
    assert len(set(receipts.values())) == 8
    assert stored(url, folder) == {"ballots": 8, "ratings": 8, "drafts": 0, "progress": 0}


def test_five_repetitions_at_once_after_a_kill_make_one_ballot(fielded):
    url, folder, tokens, server = fielded
    for number, token in enumerate(tokens[:6]):
        phone = at_the_review(server, token)
        server.die_at(2 * number + 1)
        asked = phone.page
        with suppress(*EVERY_FAULT):
            phone.press("send")
        phone.page = asked
        assert server.died_at()
        server.start()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            pages = list(
                pool.map(lambda _, phone=phone: again(server, phone, "send", {}), range(AT_ONCE))
            )
        assert len({page.receipt for page in pages} - {""}) == 1
        assert all(page.receipt for page in pages)
    assert stored(url, folder)["ballots"] == 6


def _send_and_hang_up(server: Killable, phone: Phone) -> None:
    """The form is on its way, and nobody is there to hear the reply."""
    body = urlencode({**phone.page.hidden, "go": "send"})
    path = urljoin(phone.address, phone.page.action or "")
    with socket.create_connection(("127.0.0.1", server.port), 10) as line:
        line.sendall(
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}".encode()
        )
        time.sleep(0.02)  # long enough, mostly, for the commit; whatever comes first must do


OF_A_SUBMISSION = (
    ("unspent", "DELETE"),
    ("drafts", "DELETE"),
    ("progress", "DELETE"),
    ("sealed_ballots", "INSERT"),
)
OF_A_SAVE = (("drafts", "INSERT OR UPDATE"), ("progress", "INSERT OR UPDATE"))
AT_ONCE_OR_LATE = pytest.mark.parametrize("when", ["at the statement", "at the commit"])


@AT_ONCE_OR_LATE
def test_a_full_disk_of_postgresql_refuses_a_submission_whole(fresh_postgres, tmp_path, when):
    """No disk is filled: a trigger raises PostgreSQL's own error of a full one (53100)."""
    with live_survey(tmp_path, url=fresh_postgres, citizens=len(OF_A_SUBMISSION)) as survey:
        _learn_to_be_full(survey)
        for number, (table, act) in enumerate(OF_A_SUBMISSION):
            phone = ready_to_send(survey, number)
            review = phone.page
            _no_room(survey, table, act, when)
            page = refused(survey, phone, "send")
            survey.run(f"DROP TRIGGER no_room ON {table}")
            receipt = phone.post(page.action, page.hidden).receipt
            assert receipt
            phone.page = review
            assert phone.press("send").receipt == receipt
        assert len(survey.ballots()) == len(OF_A_SUBMISSION)


@AT_ONCE_OR_LATE
def test_a_full_disk_of_postgresql_refuses_a_page_whole(fresh_postgres, tmp_path, when):
    with live_survey(tmp_path, url=fresh_postgres, citizens=len(OF_A_SAVE)) as survey:
        _learn_to_be_full(survey)
        for number, (table, act) in enumerate(OF_A_SAVE):
            phone = ready_to_send(survey, number)
            phone.open("service")
            _no_room(survey, table, act, when)
            page = refused(survey, phone, "next", leadership="D")
            survey.run(f"DROP TRIGGER no_room ON {table}")
            assert 'value="B" checked' in survey.phone("citizens", number).open("service").html
            assert "send" in phone.post(page.action, page.hidden).buttons
            assert 'value="D" checked' in phone.open("service").html


def test_a_full_disk_of_sqlite_refuses_a_page_whole(tmp_path):
    """SQLite's own limit of pages stands for the disk; a submission is held to it elsewhere."""
    with live_survey(tmp_path, citizens=30) as survey:
        phones = [survey.phone("citizens", number) for number in range(30)]
        for phone in phones:
            phone.open()
        _limit(survey.database, survey.rows("PRAGMA page_count")[0][0])
        _fill(survey.database)
        begun = list(takewhile(lambda phone: phone.press("begin").status == 200, phones))
        late = phones[len(begun)]
        assert late.page.status == 503
        assert len(survey.rows("SELECT * FROM drafts")) == len(begun)
        late.open()
        page = refused(survey, late, "begin")
        _limit(survey.database, 1_000_000)
        assert late.post(page.action, page.hidden).heading == "Về Ông/Bà"
        for phone in (*begun, late):
            assert phone.open().buttons == ["begin", "refuse"]
            assert "vẫn được lưu" in phone.page.html


def refused(survey: LiveSurvey, phone: Mobile, button: str, **answers: str) -> Page:
    """What does not fit is refused plainly and leaves no trace; the page holds the press itself."""
    before = survey.fingerprint()
    page = phone.press(button, **answers)
    assert page.status == 503
    assert "CHƯA được lưu" in page.html
    assert not page.receipt
    assert survey.fingerprint() == before
    return page


def _learn_to_be_full(survey: LiveSurvey) -> None:
    survey.run(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$"
    )


def _no_room(survey: LiveSurvey, table: str, act: str, when: str) -> None:
    late = when == "at the commit"
    survey.run(
        f"CREATE {'CONSTRAINT ' * late}TRIGGER no_room AFTER {act} ON {table}"
        f" {'DEFERRABLE INITIALLY DEFERRED' * late} FOR EACH ROW EXECUTE FUNCTION full_disk()"
    )
