"""What every reply says to browsers, whichever page it is and whatever went wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from analysis.problems import ProblemsFound
from survey_app.app import create_app
from survey_app.settings import Settings
from tests.respondent.live_survey import LiveSurvey, live_survey

SECURE = "https://khaosat.example.vn"
A_YEAR = 365 * 24 * 60 * 60

ADDRESSES = [
    "/",
    "/ket-qua",
    "/ket-qua/no-such-wave",
    "/quan-tri/",
    "/quan-tri/dang-nhap",
    "/quan-tri/tinh/office.css",
    "/p/TOKEN",
    "/p/TOKEN/about",
    "/p/TOKEN/~",
    "/p/TOKEN/~form",
    "/p/nobody",
    "/p/sw.js",
    "/p/way.js",
    "/favicon.ico",
    "/healthz",
    "/no-such-page",
]
FOLDERS = ["/quan-tri/tinh/", "/quan-tri/tinh", "/p/am-thanh/", "/tests/", "/.git/", "/data/"]


@pytest.fixture(scope="module")
def survey(tmp_path_factory) -> Iterator[LiveSurvey]:
    with live_survey(tmp_path_factory.mktemp("headers"), citizens=1) as survey:
        phone = survey.phone("citizens")
        phone.open()
        phone.press("begin")
        yield survey


def ask(survey: LiveSurvey, address: str, method: str = "GET", **options) -> TestResponse:
    """The reply to somebody who came over TLS, and has not signed in."""
    (token,) = survey.wave.tokens["citizens"]
    path = address.replace("TOKEN", token)
    return survey.app.test_client().open(path, method=method, base_url=SECURE, **options)


def policy(reply: TestResponse) -> dict[str, list[str]]:
    """The directives of a reply's content policy."""
    directives = reply.headers["Content-Security-Policy"].split(";")
    return {name: sources for name, *sources in map(str.split, directives)}


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_may_load_and_run_only_what_its_policy_names(survey, address):
    directives = policy(ask(survey, address))
    assert directives["default-src"] == ["'none'"]
    assert directives["base-uri"] == ["'none'"]
    assert directives["frame-ancestors"] == ["'none'"]
    assert directives["form-action"] == ["'self'"]
    for name in ("script-src", "style-src"):
        by_hash = [source for source in directives[name] if source.startswith("'sha256-")]
        assert set(directives[name]) <= {"'self'", *by_hash}


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_browser_does_not_guess_share_or_pass_on(survey, address):
    headers = ask(survey, address, headers={"Origin": "https://elsewhere.example"}).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    allowed = {"no-referrer", "same-origin"} if "/quan-tri" in address else {"no-referrer"}
    assert headers["Referrer-Policy"] in allowed
    assert not [name for name, _ in headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize("address", ADDRESSES)
def test_over_tls_a_browser_is_told_to_stay_with_it_for_a_year(survey, address):
    said = ask(survey, address).headers["Strict-Transport-Security"]
    assert int(said.partition("max-age=")[2].partition(";")[0]) >= A_YEAR


def test_hosts_below_ours_are_included_where_the_office_says_that_they_may_be(survey, tmp_path):
    told = ask(survey, "/").headers["Strict-Transport-Security"]
    assert "includeSubDomains" not in told
    environment = {"CCHC_DATA": str(tmp_path), "CCHC_HTTPS_SUBDOMAINS": "1"}
    app = create_app(Settings.from_environment(environment), survey.database)
    reply = app.test_client().get("/favicon.ico", base_url=SECURE)
    assert reply.headers["Strict-Transport-Security"] == f"{told}; includeSubDomains"
    with pytest.raises(ProblemsFound, match="CCHC_HTTPS_SUBDOMAINS"):
        Settings.from_environment({**environment, "CCHC_HTTPS_SUBDOMAINS": "yes"})


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_reply_says_its_type_and_its_letters(survey, address):
    reply = ask(survey, address)
    assert reply.data
    is_json = reply.mimetype == "application/json"  # which is UTF-8 by its definition
    assert is_json or reply.content_type.endswith("; charset=utf-8")


@pytest.mark.parametrize("address", FOLDERS)
def test_no_folder_is_listed(survey, address):
    assert ask(survey, address).status_code == 404


@pytest.mark.parametrize("address", ADDRESSES)
def test_trace_is_refused(survey, address):
    reply = ask(survey, address, "TRACE", headers={"X-Secret": "said-only-here"})
    assert reply.status_code in {404, 405}
    assert b"said-only-here" not in reply.data
