"""Whatever stands in an address or a form, the answer is a page in the reader's language."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.office.conftest import PASSWORD
from tests.respondent.live_survey import live_survey
from tests.serving.conftest import AT
from tests.support.accounts import add_account

pytestmark = pytest.mark.usefixtures("quick_processes")

VALUES = {
    "NUL": "a%00b",
    "only a NUL": "%00",
    "a number of 24 digits": "9" * 24,
    "a number below zero": "-1",
    "a long word": "x" * 5_000,
    "bytes that are no text": "%ff%fe",
    "a face": "%F0%9F%98%80",
    "marks of direction": "%E2%80%AE",
    "a quotation": "%27%22%3B--",
    "dots": "..%2f..%2fetc",
    "a page": "%3Cscript%3E",
    "a blank": "%20",
    "a half of a letter": "%ed%a0%80",
}
DIFFERING = ("NUL", "only a NUL", "a number of 24 digits", "a half of a letter")
"""Those that a file and a server take in different ways; the file is asked with all of them."""

SIGN_IN = "/quan-tri/dang-nhap"


@pytest.fixture
def app(tmp_path, database_url):
    with live_survey(tmp_path, url=database_url) as survey:
        with survey.database.writing() as connection:
            add_account(connection, "lan", PASSWORD, AT)
        survey.app.config.update(WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
        yield survey.app


@pytest.fixture
def office(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.post(SIGN_IN, data={"name": "lan", "password": PASSWORD})
    assert client.get("/quan-tri/").status_code == 200
    return client


def addresses(app: Flask, value: str) -> list[tuple[str, set[str]]]:
    """Every address of the site with this value in each of its places, and its methods."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "office.sign_out":
            continue  # nobody would be in any more
        path = "".join(value if is_place else part for is_place, part in rule._trace if part != "|")
        found.append((path, set(rule.methods or ()) & {"GET", "POST"}))
    return found


def test_no_value_in_an_address_ends_in_an_error_of_ours(app, office, database_url):
    stranger, failed = app.test_client(), []
    for name in VALUES if database_url.startswith("sqlite") else DIFFERING:
        for path, methods in addresses(app, VALUES[name]):
            for client in (stranger, office):
                for method in methods:
                    status = client.open(path, method=method).status_code
                    if status >= 500:
                        failed.append(f"{name}: {method} {path[:60]} {status}")
    assert not failed


def test_a_sign_in_with_such_a_value_is_a_wrong_one(app):
    for value in ("a\x00b", "\x00", "x" * 5_000, "\u202e", "'; --"):
        for field in ("name", "password"):
            sent = {"name": "lan", "password": PASSWORD, field: value}
            reply = app.test_client().post(SIGN_IN, data=sent)
            assert reply.status_code == 422
            assert "Tên đăng nhập hoặc mật khẩu không đúng" in reply.get_data(as_text=True)


PAGES = {
    "/ket-qua/%00": 404,
    "/ket-qua/a%00b/don-vi/x": 404,
    "/p/am-thanh/%00/x": 404,
    "/nowhere": 404,
    "/nowhere/%00": 404,
    "/quan-tri/bang-diem/100000000000000000000000": 404,
    "/quan-tri/bang-diem/9223372036854775808/don-vi/x": 404,
    "/quan-tri/dot/%00": 404,
    "/quan-tri/dot/%00/nhap/frame": 404,
}


def test_a_page_that_cannot_be_is_said_in_vietnamese(office):
    for path, status in PAGES.items():
        reply = office.get(path)
        assert reply.status_code == status
        assert "Không tìm thấy trang" in reply.get_data(as_text=True), path


def test_a_page_that_cannot_be_is_said_in_english_where_that_was_chosen_or_is_all_we_know(office):
    for path, status in PAGES.items():
        is_kept_elsewhere = path.startswith(("/ket-qua", "/quan-tri"))  # in links, in the session
        reply = office.get(
            f"{path}?lang=en" if is_kept_elsewhere else path,
            headers={"Accept-Language": "en-GB,en;q=0.8"},
        )
        assert reply.status_code == status
        assert "Page not found" in reply.get_data(as_text=True), path


def test_a_link_with_something_behind_it_is_told_as_a_wrong_one(app):
    reply = app.test_client().get("/p/abc/def/ghi")
    assert reply.status_code == 404
    assert "Không tìm thấy phiếu" in reply.get_data(as_text=True)


def test_a_method_that_no_page_has_is_refused_with_those_it_has(app):
    reply = app.test_client().delete("/ket-qua")
    assert reply.status_code == 405
    assert "GET" in reply.headers["Allow"]
    assert "Địa chỉ này không nhận yêu cầu như vậy" in reply.get_data(as_text=True)


def test_a_fault_of_ours_is_told_without_anything_internal(app, monkeypatch, caplog):
    monkeypatch.setattr("survey_app.store.scorecards.published_waves", lambda _: 1 / 0)
    reply = app.test_client().get("/ket-qua")
    assert reply.status_code == 500
    assert "trang này gặp lỗi" in reply.get_data(as_text=True)
    assert "ZeroDivisionError" not in reply.get_data(as_text=True)
    assert "ZeroDivisionError" in caplog.text
