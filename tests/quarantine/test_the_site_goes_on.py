"""While the office's files are read, and whatever is in them, phones are answered and can save."""

from __future__ import annotations

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner

from survey_app import quarantine
from survey_app.commands.cli import main
from survey_app.demo.phone import Phone
from tests.office.conftest import PASSWORD
from tests.quarantine import hostile
from tests.respondent.live_survey import live_survey
from tests.serving.conftest import AT
from tests.serving.test_bodies import Office
from tests.support.accounts import add_account
from tests.support.server import serving

PROMPT = 1.5
"""Seconds in which a phone is answered, on a busy machine."""


@pytest.mark.parametrize(
    "content",
    [hostile.rows_in_a_comment(), hostile.many_cells(150_000), hostile.unpacks_to(700_000_000)],
    ids=["rows in a comment", "seven million cells", "a bomb"],
)
def test_phones_do_not_notice_a_file_that_takes_long(tmp_path, monkeypatch, content):
    monkeypatch.setattr(quarantine, "WORK_SECONDS", 5)
    with live_survey(tmp_path, citizens=40, opened=True) as survey:
        with survey.database.writing() as connection:
            add_account(connection, "lan", PASSWORD, AT)
        with serving(survey.app, threads=6) as address:
            office = Office(address)
            office.sign_in()
            with ThreadPoolExecutor(1) as pool:
                sent = pool.submit(upload, office, content)
                took = [answered(address, each) for each in survey.wave.tokens["citizens"][:20]]
                assert sent.result() in {302, 422}
    assert max(took) < PROMPT


def answered(address: str, token: str) -> float:
    """How long a phone waited at most for one of its pages, from its link to its receipt."""
    phone, longest = Phone(address), 0.0
    for act in (
        lambda: phone.open(f"/p/{token}"),
        lambda: phone.press("begin"),
        lambda: phone.press("next", {"used_service": "2", "age": "41"}),
        lambda: phone.press("next", {"leadership": "B"}),
        lambda: phone.press("send"),
    ):
        began = time.monotonic()
        assert act().status == 200
        longest = max(longest, time.monotonic() - began)
    assert phone.page.receipt
    phone.close()
    time.sleep(0.1)
    return longest


def upload(office: Office, content: bytes) -> int:
    """The status of a frame."""
    path = "/quan-tri/dot/test/nhap/frame"
    _, page = office.ask("GET", path)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
    body = (
        f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        '--b\r\nContent-Disposition: form-data; name="files"; filename="x.xlsx"\r\n\r\n'
    ).encode() + content
    kind = "multipart/form-data; boundary=b"
    return office.ask("POST", path, body + b"\r\n--b--\r\n", kind)[0]


def test_a_command_locks_nothing_while_it_reads(tmp_path, database_url, monkeypatch):
    for name, value in {"CCHC_DATA": str(tmp_path), "CCHC_DATABASE": database_url}.items():
        monkeypatch.setenv(name, value)
    read, written = quarantine.read, threading.Event()
    with live_survey(tmp_path, url=database_url, opened=False) as survey:

        def reads(*arguments):
            survey.database.write(
                lambda connection: connection.exec_driver_sql("UPDATE drafts SET key = key")
            )
            written.set()
            return read(*arguments)

        monkeypatch.setattr(quarantine, "read", reads)
        for command, text in (
            ("frame", "group,unit,stratum,population\ncitizens,SNV,other,100\n"),
            ("sample", "case,group,unit,stratum,weight\nx1,citizens,SNV,all,1\n"),
        ):
            file = tmp_path / f"{command}.csv"
            file.write_text(text, encoding="utf-8")
            done = CliRunner().invoke(main, [command, "import", "test", str(file)])
            assert written.is_set(), done.output
            written.clear()
