"""The site as people reach it: `cchc serve` behind a real nginx with TLS, in a real browser."""

from __future__ import annotations

import http.client
import os
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from tests.conftest import IN_VIETNAM, PHONE, _cannot
from tests.contract.test_exactly_once import free_port
from tests.contract.test_processes import is_there, until
from tests.respondent.live_survey import live_survey
from tests.support.accounts import add_account
from tests.support.browsing import settle
from tests.support.nginx import NoNginx, proxied

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "một mật khẩu dài"
AT = "2026-01-10T08:00:00+00:00"
SIGN_IN = "/quan-tri/dang-nhap"
EASTERN, WESTERN, LIAR = "127.0.0.2", "127.0.0.3", "127.0.0.4"
"""Three visitors on this machine."""


class Behind:
    """A site behind its proxy: where people reach it, the token of one respondent, its logs."""

    def __init__(self, address: str, token: str, folder: Path) -> None:
        self.address, self.token, self.folder = address, token, folder

    def ask(
        self,
        path: str,
        form: Mapping[str, str] | None = None,
        *,
        source: str = EASTERN,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, http.client.HTTPMessage, str]:
        """Status, headers and page for a visitor at an address of this machine."""
        parts = urlsplit(self.address)
        connection = http.client.HTTPSConnection(
            parts.hostname or "",
            parts.port,
            timeout=30,
            source_address=(source, 0),
            context=ssl._create_unverified_context(),
        )
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        body = urlencode(form) if form else None
        connection.request("POST" if form else "GET", path, body, {**kind, **(headers or {})})
        reply = connection.getresponse()
        page = reply.read().decode()
        connection.close()
        return reply.status, reply.headers, page

    def guess(self, name: str, source: str, claims: Mapping[str, str] | None = None) -> int:
        """The status of a guess at a password."""
        _, headers, page = self.ask(SIGN_IN, source=source, headers=claims)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
        sent = {
            "Cookie": headers["Set-Cookie"].partition(";")[0],
            "Referer": f"{self.address}{SIGN_IN}",
            **(claims or {}),
        }
        form = {"csrf_token": token, "name": name, "password": "đoán mò"}
        return self.ask(SIGN_IN, form, source=source, headers=sent)[0]


@pytest.fixture(scope="module")
def behind(tmp_path_factory) -> Iterator[Behind]:
    folder = tmp_path_factory.mktemp("behind")
    with live_survey(folder, citizens=1) as survey:
        (token,) = survey.wave.tokens["citizens"]
        with survey.database.writing() as connection:
            add_account(connection, "lan", PASSWORD, AT)
        database_url = str(survey.database.url)
    port, front = free_port(), free_port()
    environment = {
        **os.environ,
        "CCHC_DATA": str(folder),
        "CCHC_DATABASE": database_url,
        "CCHC_SECRET_KEY": "",
        "CCHC_PUBLIC_URL": f"https://127.0.0.1:{front}",
        "CCHC_TRUSTED_PROXIES": "1",
        "CCHC_SECOND_FACTOR": "none",
    }
    command = [sys.executable, "-m", "survey_app.commands.cli", "serve", "--port", str(port)]
    with ExitStack() as stack:
        try:
            address = stack.enter_context(proxied(port, front, folder))
        except NoNginx as reason:
            _cannot(f"nginx was NOT asked: {reason}")
        log = stack.enter_context((folder / "site.log").open("wb"))
        server = stack.enter_context(
            subprocess.Popen(command, cwd=ROOT, env=environment, stderr=log)
        )
        stack.callback(server.terminate)
        until(lambda: is_there(port))
        yield Behind(address, token, folder)


def test_an_analyst_signs_in_and_sends_forms_over_tls(behind, browser):
    context = browser.new_context(ignore_https_errors=True, **IN_VIETNAM)
    page = context.new_page()
    page.goto(f"{behind.address}/quan-tri/")
    page.fill("#name", "lan")
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    settle(page)
    assert page.url == f"{behind.address}/quan-tri/"
    (cookie,) = [each for each in context.cookies() if "session" in each["name"]]
    assert cookie["name"] == "__Host-session"
    assert (cookie["path"], cookie["domain"]) == ("/", "127.0.0.1")
    assert cookie["secure"]
    assert cookie["path"] == "/"
    assert cookie["httpOnly"]
    assert "__Secure-cchc_device" in {each["name"] for each in context.cookies()}
    page.goto(f"{behind.address}/quan-tri/dot/test/nhap/sample")
    table = behind.folder / "mau.csv"
    table.write_text("a\n" * 200_000, encoding="utf-8")  # larger than any form
    page.set_input_files("input[type=file]", table)
    page.click("main button[type=submit]")
    # taken, read, and found faulty; a machine with much to do shows the job's page first
    page.locator("main .faults").first.wait_for(timeout=60_000)
    page.get_by_role("button", name="Đăng xuất").click()
    page.wait_for_url(f"{behind.address}{SIGN_IN}")
    context.close()


def test_a_respondent_answers_over_tls_and_the_browser_is_told_to_stay_with_it(behind, browser):
    context = browser.new_context(ignore_https_errors=True, **IN_VIETNAM, **PHONE)
    page = context.new_page()
    reply = page.goto(f"{behind.address}/p/{behind.token}")
    assert reply.all_headers()["strict-transport-security"] == "max-age=31536000"
    assert reply.all_headers()["referrer-policy"] == "no-referrer"
    page.click("button[value=begin]")
    page.wait_for_selector("input[name=age]")
    context.close()


def test_a_redirect_stays_where_people_are(behind):
    status, headers, _ = behind.ask("/")
    assert status == 302
    assert headers["Location"] == "/ket-qua"


def test_whoever_guesses_too_often_is_stopped_and_nobody_else(behind):
    tried = [behind.guess(f"name{number}", EASTERN) for number in range(40)]
    assert 429 in tried
    assert behind.guess("minh", WESTERN) == 422


def test_an_address_that_a_visitor_makes_up_does_not_count(behind):
    tried = [
        behind.guess(f"other{number}", LIAR, {"X-Forwarded-For": f"203.0.113.{number}"})
        for number in range(40)
    ]
    assert 429 in tried


def test_no_log_of_nginx_or_of_the_site_holds_a_token(behind):
    assert behind.ask(f"/p/{behind.token}")[0] == 200
    assert behind.ask("/ket-qua")[0] == 200
    logs = [behind.folder / name for name in ("cchc.log", "cchc-error.log", "site.log")]
    until(lambda: "/ket-qua" in logs[0].read_text(encoding="utf-8"))
    assert all(behind.token not in log.read_text(encoding="utf-8") for log in logs)
