"""A body is taken only as far as its door is open: before Flask, before the disk."""

from __future__ import annotations

import http.client
import re
import tempfile
from urllib.parse import urlencode, urlsplit

import pytest

from survey_app import doors
from survey_app.office import uploads
from survey_app.respondent import views as respondent
from tests.serving.conftest import PASSWORD
from tests.serving.wire import asked, connected, heard, request, status

SIGN_IN = "/quan-tri/dang-nhap"
UPLOAD = "/quan-tri/dot/dot-2026/nhap/sample"
TOKEN = "a" * 26

DOORS = {
    SIGN_IN: doors.FORM_BYTES,
    "/": doors.FORM_BYTES,
    "/ket-qua": doors.FORM_BYTES,
    UPLOAD: doors.FORM_BYTES,  # for whoever has not signed in
    f"/p/{TOKEN}": respondent.MOST_BYTES,
    f"/p/{TOKEN}/about": respondent.MOST_BYTES,
}


@pytest.fixture
def no_files(monkeypatch):
    """Fails as soon as the server begins a temporary file."""

    def refuse(*_, **__):
        raise AssertionError("a temporary file was begun")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)


@pytest.mark.parametrize("path", DOORS)
def test_a_body_that_is_said_to_be_too_large_is_not_waited_for(site, path):
    said = asked(site, request("POST", path, "Content-Length: 1073741823"))
    assert status(said) == 413
    assert "Nội dung quá dài" in said.decode()
    assert "Too large" in said.decode()


@pytest.mark.parametrize("path", DOORS)
def test_a_body_in_chunks_is_cut_off_where_the_door_ends(site, path, no_files):
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    pieces = [chunk] * (2 + DOORS[path] // 0x10000)
    said = asked(site, request("POST", path, "Transfer-Encoding: chunked"), *pieces)
    assert status(said) == 413


@pytest.mark.parametrize("path", DOORS)
def test_a_body_as_large_as_the_door_comes_through(site, path, no_files):
    length = DOORS[path]
    head = request("POST", path, f"Content-Length: {length}", "Connection: close")
    assert status(asked(site, head, b"x" * length)) not in {0, 413}


def test_whoever_asks_first_is_not_told_to_go_on(site):
    head = request("POST", SIGN_IN, "Content-Length: 1000000", "Expect: 100-continue")
    said = asked(site, head)
    assert status(said) == 413
    assert b"100 Continue" not in said


def test_the_reason_reaches_a_browser_that_was_still_sending(site):
    with connected(site) as wire:
        wire.sendall(request("POST", SIGN_IN, "Content-Length: 4000000"))
        for _ in range(40):
            wire.sendall(b"x" * 100_000)
        assert status(heard(wire)) == 413


def test_an_analyst_who_has_signed_in_may_send_a_file(site):
    office = Office(site)
    assert office.upload(1_000_000) == 413
    office.sign_in()
    assert office.upload(1_000_000) == 404  # there is no such wave: the file was taken
    assert office.upload(uploads.MOST_BYTES + 1) == 413


def test_a_session_of_another_house_opens_no_door(site):
    office = Office(site)
    office.cookie = "session=eyJfdXNlcl9pZCI6IngifQ.aSk7Zg.x3qJr7yqJ2vE0s1cWk0o4XJm0aA"
    assert office.upload(1_000_000) == 413


class Office:
    """A browser of the office that keeps its cookies and sends what it is told to."""

    def __init__(self, site: str) -> None:
        self.address, self.cookie = urlsplit(site).netloc, ""
        self._cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "") -> tuple[int, str]:
        """The status and the page."""
        connection = http.client.HTTPConnection(self.address, timeout=180)
        headers = {"Cookie": self.cookie, "Content-Type": kind}
        connection.request(method, path, body, headers)
        reply = connection.getresponse()
        for cookie in reply.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
            self.cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        page = reply.read().decode()
        connection.close()
        return reply.status, page

    def sign_in(self) -> None:
        """Come in."""
        _, page = self.ask("GET", SIGN_IN)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
        form = urlencode({"csrf_token": token, "name": "lan", "password": PASSWORD}).encode()
        assert self.ask("POST", SIGN_IN, form, "application/x-www-form-urlencoded")[0] == 302
        _, page = self.ask("GET", "/quan-tri/")
        self.token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]

    token = ""

    def upload(self, size: int) -> int:
        """The status of a file of so many bytes."""
        head = (
            f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{self.token}\r\n'
            '--b\r\nContent-Disposition: form-data; name="files"; filename="mau.csv"\r\n\r\n'
        ).encode()
        body = head + b"x" * (size - len(head) - 8) + b"\r\n--b--\r\n"
        try:
            return self.ask("POST", UPLOAD, body, "multipart/form-data; boundary=b")[0]
        except ConnectionError:
            return 0
