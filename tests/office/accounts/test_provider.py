"""Signing in by an identity provider: a real one, in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import pytest
from flask.testing import FlaskClient

from survey_app.settings import Provider
from survey_app.store.identity import accounts
from tests.office.accounts.conftest import CODE, Office, give, is_in, texts
from tests.support.provider import provider

START = "/quan-tri/dang-nhap/he-thong-chung"
BACK = f"{START}/ve"
CLIENT, SECRET = "cchc", "a secret of thirty-two letters .."
PERSON = "lan@bo.example"


@pytest.fixture(scope="module")
def provided() -> Iterator[Callable[..., str]]:
    """provided("lan@...", fault=...): a provider's address; who asks for the same shares one."""
    begun: dict[str, str] = {}
    with ExitStack() as stack:

        def by(person: str, **more: Any) -> str:
            told = repr((person, sorted(more.items())))
            if told not in begun:
                begun[told] = stack.enter_context(provider(person, CLIENT, SECRET, **more))
            return begun[told]

        yield by


class _Stop(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def at_the_provider(address: str) -> str:
    """Where the provider sends the browser that came with this address."""
    from urllib.error import HTTPError

    try:
        build_opener(_Stop).open(address)
    except HTTPError as reply:
        return reply.headers["Location"]
    raise AssertionError("the provider did not send the browser back")


def signed_in_by(browser: FlaskClient, aim: str = "") -> Any:
    """The whole way: to the provider, and back with its code."""
    to = browser.get(START, query_string={"next": aim} if aim else {})
    assert to.status_code == 302, to.text
    back = urlsplit(at_the_provider(to.headers["Location"]))
    return browser.get(f"{back.path}?{back.query}")


def linked(
    make_office: Callable[..., Office], issuer: str, *roles: str, has_phone: bool = False
) -> Office:
    """An office whose account lan is the person that the provider names."""
    asked = Provider(issuer, CLIENT, SECRET)
    office = make_office(provider=asked)
    account = office.add("lan", *(roles or ("analyst",)), has_phone=has_phone)
    with office.databases[0].writing() as connection:
        accounts.link(connection, account, asked.subject(PERSON))
    return office


def test_who_is_linked_comes_in_to_the_page_that_was_wanted(make_office, provided) -> None:
    issuer = provided(PERSON)
    office = linked(make_office, issuer)
    browser = office.process()
    assert START in browser.get("/quan-tri/dang-nhap").text
    reply = signed_in_by(browser, "/quan-tri/nhat-ky")
    assert reply.headers["Location"] == "/quan-tri/nhat-ky"
    assert is_in(browser)
    assert office.log() == [("lan", "sign_in")]


def test_the_browser_is_sent_with_state_nonce_and_a_challenge(make_office, provided) -> None:
    issuer = provided(PERSON)
    office = linked(make_office, issuer)
    asked = []
    for _ in range(2):
        to = office.process().get(START).headers["Location"]
        assert to.startswith(f"{issuer}/authorize?")
        asked.append(parse_qs(urlsplit(to).query))
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[0][name][0]) >= 20
        assert asked[0][name] != asked[1][name]
    assert asked[0]["code_challenge_method"] == ["S256"]
    assert asked[0]["scope"] == ["openid"]


def test_nobody_gets_an_account_by_it(make_office, provided) -> None:
    issuer = provided("stranger@bo.example")
    office = linked(make_office, issuer)
    browser = office.process()
    assert signed_in_by(browser).status_code == 403
    assert not is_in(browser)
    assert texts(office.log()) == ["provider-unknown"]
    with office.databases[0].reading() as connection:
        assert [account.name for account in accounts.list_(connection)] == ["lan"]


def test_a_person_of_another_provider_is_somebody_else(make_office, provided) -> None:
    issuer = provided(PERSON)
    office = linked(make_office, issuer)
    with office.databases[0].writing() as connection:
        other = Provider("https://old.example", CLIENT, SECRET)
        accounts.link(connection, office.account("lan"), other.subject(PERSON))
    assert signed_in_by(office.process()).status_code == 403


def test_a_suspended_account_is_not_let_in_by_it_either(make_office, provided) -> None:
    issuer = provided(PERSON)
    office = linked(make_office, issuer)
    with office.databases[0].writing() as connection:
        accounts.suspend(connection, office.account("lan"), office.now.isoformat())
    assert signed_in_by(office.process()).status_code == 403


def test_the_provider_stands_for_the_password_and_not_for_the_phone(make_office, provided) -> None:
    issuer = provided(PERSON)
    office = linked(make_office, issuer, "administrator", has_phone=True)
    browser = office.process()
    signed_in_by(browser)
    assert browser.get("/quan-tri/").headers["Location"].startswith(CODE)
    give(browser, office.code("lan"))
    assert is_in(browser)


def test_a_provider_that_asked_for_two_factors_is_believed(make_office, provided) -> None:
    issuer = provided(PERSON, claims={"amr": ["pwd", "mfa"]})
    office = linked(make_office, issuer, "administrator")
    browser = office.process()
    signed_in_by(browser)
    assert is_in(browser)


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)  # a token is judged before any store
@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("nonce", "InvalidClaimError"),
        ("audience", "InvalidClaimError"),
        ("two audiences", "InvalidClaimError"),
        ("issuer", "InvalidClaimError"),
        ("expired", "ExpiredTokenError"),
        ("no subject", "MissingClaimError"),
        ("key", "BadSignatureError"),
        ("none", "UnsupportedAlgorithmError"),
        ("hmac", "UnsupportedAlgorithmError"),
    ],
)
def test_a_token_that_lies_lets_nobody_in(make_office, provided, fault: str, why: str) -> None:
    issuer = provided(PERSON, fault=fault)
    office = linked(make_office, issuer)
    browser = office.process()
    assert signed_in_by(browser).status_code == 502
    assert not is_in(browser)
    assert [(line.action, line.detail) for line in office.lines()] == [("provider-failed", why)]


def test_a_provider_that_calls_itself_another_is_not_asked(make_office, provided) -> None:
    issuer = provided(PERSON, calls_itself="https://elsewhere.example")
    office = linked(make_office, issuer)
    assert office.process().get(START).status_code == 502


def test_a_code_that_another_browser_fetched_lets_nobody_in(make_office, provided) -> None:
    issuer = provided(PERSON)
    office = linked(make_office, issuer)
    mine, thief = office.process(), office.process()
    back = urlsplit(at_the_provider(mine.get(START).headers["Location"]))
    thief.get(START)
    assert thief.get(f"{back.path}?{back.query}").status_code == 502
    assert not is_in(thief)


def test_a_code_is_of_no_use_twice(make_office, provided) -> None:
    issuer = provided(PERSON)
    office = linked(make_office, issuer)
    browser = office.process()
    back = urlsplit(at_the_provider(browser.get(START).headers["Location"]))
    assert browser.get(f"{back.path}?{back.query}").status_code == 302
    assert browser.get(f"{back.path}?{back.query}").status_code == 502


def test_a_provider_that_is_away_is_said_and_passwords_still_work(make_office) -> None:
    office = linked(make_office, "http://127.0.0.1:1")
    browser = office.process()
    reply = browser.get(START)
    assert reply.status_code == 502
    assert "đăng nhập bằng mật khẩu" in reply.text


def test_without_the_setting_there_is_no_such_way(office: Office) -> None:
    browser = office.process()
    assert START not in browser.get("/quan-tri/dang-nhap").text
    for page in (START, BACK):
        assert browser.get(page).headers["Location"].endswith("dang-nhap")
