"""Whatever goes wrong, and wherever, a page says so in the reader's language and leads on."""

from __future__ import annotations

import re

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient

from survey_app.i18n import LANGUAGES
from tests.office.conftest import PASSWORD
from tests.respondent.live_survey import live_survey
from tests.serving.conftest import AT
from tests.support.accounts import add_account

STATUSES = (400, 403, 404, 405, 409, 413, 422, 429, 500, 501, 502, 503)
PLACES = {
    "the office": ("/quan-tri/", "office.waves", "/quan-tri/"),
    "the public results": ("/ket-qua", "public.results_list", "/ket-qua"),
    "the root": ("/", "home", "/ket-qua"),
    "the statement": ("/kha-nang-tiep-can", "accessible.statement", "/ket-qua"),
}
ADDRESSES = (
    "/nowhere",
    "/quan-tri/khong-co",
    "/quan-tri/dot",
    "/quan-tri/dot/khong-co",
    "/quan-tri/dot/khong-co/open",
    "/quan-tri/dot/dot-2026/ket-qua/x",
    "/quan-tri/dot/dot-2026/ket-qua/-1",
    "/quan-tri/tinh/khong-co.css",
    "/quan-tri/nhat-ky/tai-ve/exe",
    "/ket-qua/khong-co",
    "/ket-qua/khong-co/don-vi/x",
    "/ket-qua//",
    "/kha-nang-tiep-can/x",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/wp-login.php",
    "/.env",
    "/%3Cscript%3Ealert(1)%3C/script%3E",
    "/%00",
    "/p",
    "/p/",
    "/p/abc",
    "/p/abc/def",
    "/p/abc/def/ghi",
    "/p/am-thanh/x/y",
)
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")


@pytest.fixture
def app(tmp_path):
    with live_survey(tmp_path, url=f"sqlite:///{tmp_path / 'store.sqlite3'}") as survey:
        with survey.database.writing() as connection:
            add_account(connection, "lan", PASSWORD, AT)
        survey.app.config.update(WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
        yield survey.app


@pytest.fixture
def office(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.post("/quan-tri/dang-nhap", data={"name": "lan", "password": PASSWORD})
    return client


def faults_of(text: str, language: str) -> list[str]:
    """What is missing in a page that tells of an error; without a way on, its words must help."""
    missing = []
    if f'<html lang="{language}"' not in text:
        missing.append("its language")
    title, heading = (
        re.search(r"<title[^>]*>(.+?)</title>", text),
        re.findall(r"<h1>(.+?)</h1>", text),
    )
    if not title or len(heading) != 1 or heading[0] not in title[1]:
        missing.append("a title that says what it is")
    body = text.partition("<main")[2]
    if not re.search(r"<a [^>]*href=|<button", body) and len(re.findall(r"<p", body)) == 0:
        missing.append("a way on")
    if re.search(r"Traceback|werkzeug|The requested URL|Internal Server Error", text):
        missing.append("discretion")
    return missing


@pytest.mark.parametrize("place", PLACES)
def test_every_status_is_told_in_both_languages_and_leads_to_where_one_was(
    app: Flask, office: FlaskClient, place: str
) -> None:
    path, endpoint, way_on = PLACES[place]
    wrong = []
    for status in STATUSES:
        app.view_functions[endpoint] = lambda status=status: abort(status)
        for language in LANGUAGES:
            reply = office.get(f"{path}?lang={language}")
            text = reply.get_data(as_text=True)
            assert reply.status_code == status
            wrong += [f"{status} {language}: {fault}" for fault in faults_of(text, language)]
            if f'href="{way_on}' not in text.partition("<main")[2]:
                wrong.append(f"{status} {language}: leads elsewhere")
    assert wrong == []


def test_every_address_that_there_is_not_is_told_in_the_language_of_the_browser(
    app: Flask, office: FlaskClient
) -> None:
    wrong = []
    for language, liked in (("vi", "vi-VN,vi;q=0.9"), ("en", "en-GB,en;q=0.8"), ("vi", "fr")):
        for client in (app.test_client(), office):
            for path in ADDRESSES:
                reply = client.get(path, headers={"Accept-Language": liked})
                if reply.status_code in {301, 302, 308}:
                    continue
                assert reply.status_code in {404, 429}, path
                text = reply.get_data(as_text=True)
                spoken = re.search(r'<html lang="(..)"', text)
                says_so_itself = path == "/p" or path.startswith(("/ket-qua", "/quan-tri", "/p/"))
                assert spoken, path
                assert spoken[1] in ({"vi", language} if says_so_itself else {language}), path
                wrong += [f"{path} {liked}: {fault}" for fault in faults_of(text, spoken[1])]
    assert wrong == []


def test_no_method_at_any_address_is_answered_by_a_page_that_is_not_ours(
    app: Flask, office: FlaskClient
) -> None:
    wrong = []
    for client in (app.test_client(), office):
        for path in ADDRESSES:
            for method in METHODS:
                reply = client.open(path, method=method)
                if reply.status_code < 400:
                    continue
                text = reply.get_data(as_text=True)
                spoken = re.search(r'<html lang="(..)"', text)
                language = spoken[1] if spoken else "none"
                wrong += [
                    f"{method} {path} {reply.status_code}: {fault}"
                    for fault in faults_of(text, language if language in LANGUAGES else "vi")
                ]
    assert wrong == []


def test_the_office_tells_of_an_unknown_address_in_the_language_that_was_chosen(
    office: FlaskClient,
) -> None:
    office.get("/quan-tri/?lang=en")
    told = office.get("/quan-tri/khong-co", headers={"Accept-Language": "vi"})
    assert "Page not found" in told.get_data(as_text=True)
    assert 'href="/quan-tri/"' in told.get_data(as_text=True)


def test_a_form_that_is_too_large_or_without_its_token_is_told_so(
    app: Flask, office: FlaskClient
) -> None:
    large = office.post("/quan-tri/dang-nhap", data={"name": "x" * 200_000})
    assert (large.status_code, faults_of(large.text, "vi")) == (413, [])
    app.config["WTF_CSRF_ENABLED"] = True
    stale = office.post("/quan-tri/dang-xuat", data={})
    assert (stale.status_code, faults_of(stale.text, "vi")) == (400, [])
    assert "Trang đã hết hạn" in stale.text


def test_every_status_is_told_to_a_respondent_in_both_languages_on_one_light_page(
    app: Flask,
) -> None:
    client, wrong = app.test_client(), []
    endpoint = app.url_map.bind("localhost").match("/p/abc")[0]
    for status in STATUSES:
        app.view_functions[endpoint] = lambda token, status=status: abort(status)
        reply = client.get("/p/abc")
        text = reply.get_data(as_text=True)
        assert reply.status_code == status
        wrong += [f"{status}: {fault}" for fault in faults_of(text, "vi")]
        if '<p lang="en">' not in text:
            wrong.append(f"{status}: says nothing in English")
        assert len(reply.data) < 3072
    assert wrong == []
