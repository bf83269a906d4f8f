"""Everybody's accounts, by an administrator: made, changed, suspended, reset, given back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.office.accounts.conftest import OWN, PASSWORD, Office, enter, give, is_in, texts

LIST = "/quan-tri/tai-khoan"


@pytest.fixture
def office(make_office: Callable[..., Office]) -> Office:
    made = make_office(second_factor="none")
    made.add("an", "administrator")
    return made


@pytest.fixture
def administrator(office: Office) -> FlaskClient:
    browser = office.process()
    enter(browser, "an")
    return browser


def make(browser: FlaskClient, name: str = "lan", *roles: str, **sent: str) -> Any:
    data = {"name": name, "roles": list(roles or ("analyst",)), **sent}
    return browser.post(f"{LIST}/moi", data=data)


def do(office: Office, browser: FlaskClient, what: str, name: str = "lan") -> Any:
    return browser.post(f"{LIST}/{office.account(name).id}/{what}")


def password_of(reply: Any) -> str:
    return re.search(r'id="once">([a-z0-9-]{19})<', reply.text)[1]


def test_a_new_account_comes_in_with_the_password_that_was_shown_once(
    office: Office, administrator: FlaskClient
) -> None:
    shown = make(administrator, "lan", "analyst", "reader")
    password = password_of(shown)
    assert password not in administrator.get(LIST).text
    assert password not in administrator.get(f"{LIST}/{office.account('lan').id}").text
    browser = office.process()
    assert enter(browser, "lan", password).status_code == 302
    assert "mat-khau" in browser.get("/quan-tri/").headers["Location"]
    assert office.account("lan").roles == {"analyst", "reader"}
    assert ("an", "account-add") in office.log()


def test_a_one_time_password_is_over_after_three_days(
    office: Office, administrator: FlaskClient
) -> None:
    password = password_of(make(administrator))
    office.later(days=3, seconds=1)
    assert enter(office.process(), "lan", password).status_code == 422


def test_what_is_missing_is_said_and_nothing_is_made(administrator: FlaskClient) -> None:
    for sent, said in [
        ({"roles": []}, "ít nhất một vai trò"),
        ({"roles": ["king"]}, "Có ô chưa nhập"),
        ({"roles": ["unit"]}, "cần ghi mã đơn vị"),
        ({"roles": ["appraiser"], "fields": " , "}, "ít nhất một lĩnh vực"),
        ({"name": " "}, "Có ô chưa nhập"),
        ({"name": "x" * 65}, "Có ô chưa nhập"),
        ({"unit": "a b"}, "Có ô chưa nhập"),
    ]:
        data = {"name": "lan", "roles": ["analyst"], **sent}
        reply = administrator.post(f"{LIST}/moi", data=data)
        assert reply.status_code == 422, sent
        assert said in reply.text, sent
        assert administrator.get(LIST).text.count('<tr role="row">') == 2, sent


def test_a_name_that_is_taken_is_said_even_where_it_is_suspended(
    office: Office, administrator: FlaskClient
) -> None:
    make(administrator)
    do(office, administrator, "tam-khoa")
    reply = make(administrator)
    assert reply.status_code == 409
    assert "mở lại" in reply.text


def test_a_unit_and_fields_go_with_their_roles(office: Office, administrator: FlaskClient) -> None:
    make(administrator, "lan", "unit", "appraiser", unit="SNV", fields="LV1, LV2")
    account = office.account("lan")
    assert (account.unit, account.fields) == ("SNV", {"LV1", "LV2"})
    shown = administrator.get(f"{LIST}/{account.id}").text
    assert 'value="SNV"' in shown
    assert 'value="LV1, LV2"' in shown


def test_other_roles_hold_from_the_next_page(office: Office, administrator: FlaskClient) -> None:
    office.add("lan", "analyst")
    browser = office.process()
    enter(browser, "lan")
    assert browser.get("/quan-tri/nhat-ky").status_code == 200
    number = office.account("lan").id
    administrator.post(f"{LIST}/{number}", data={"roles": ["clerk"]})
    assert browser.get("/quan-tri/nhat-ky").status_code == 403
    assert ("an", "account-change") in office.log()


def test_a_suspended_account_is_given_back_with_its_password(
    office: Office, administrator: FlaskClient
) -> None:
    office.add("lan", "analyst")
    browser = office.process()
    enter(browser, "lan")
    do(office, administrator, "tam-khoa")
    assert not is_in(browser)
    assert enter(office.process(), "lan").status_code == 422
    do(office, administrator, "mo-lai")
    assert enter(office.process(), "lan").status_code == 302
    assert {"account-suspend", "account-restore"} <= set(texts(office.log()))


def test_a_reset_shows_a_password_once_and_signs_out_and_leaves_the_phone(
    office: Office, administrator: FlaskClient
) -> None:
    office.add("lan", "analyst", has_phone=True)
    browser = office.process()
    enter(browser, "lan")
    give(browser, office.code("lan"))
    password = password_of(do(office, administrator, "dat-lai-mat-khau"))
    assert not is_in(browser)
    assert enter(office.process(), "lan", PASSWORD).status_code == 422
    enter(browser, "lan", password)
    assert "ma-xac-thuc" in browser.get("/quan-tri/").headers["Location"]
    office.later(seconds=60)
    give(browser, office.code("lan"))
    assert "mat-khau" in browser.get("/quan-tri/").headers["Location"]


def test_a_lost_phone_is_taken_away(office: Office, administrator: FlaskClient) -> None:
    office.add("lan", "analyst", has_phone=True)
    do(office, administrator, "go-xac-thuc")
    browser = office.process()
    enter(browser, "lan")
    assert is_in(browser)
    assert ("an", "account-reset-phone") in office.log()


def test_an_administrator_ends_the_sessions_of_others(
    office: Office, administrator: FlaskClient
) -> None:
    office.add("lan", "analyst")
    browser = office.process()
    enter(browser, "lan")
    do(office, administrator, "dang-xuat")
    assert not is_in(browser)
    assert is_in(administrator)


def test_the_last_administrator_cannot_be_taken_away(
    office: Office, administrator: FlaskClient
) -> None:
    page = f"{LIST}/{office.account('an').id}"
    for reply in (
        do(office, administrator, "tam-khoa", "an"),
        administrator.post(page, data={"roles": ["analyst"]}),
    ):
        assert reply.status_code == 409
        assert "quản trị viên cuối cùng" in reply.text
        assert office.account("an").roles == {"administrator"}
        assert is_in(administrator)


def test_nobody_else_manages_accounts(office: Office) -> None:
    office.add("lan", "analyst", "approver", "reader")
    browser = office.process()
    enter(browser, "lan")
    for reply in (
        browser.get(LIST),
        make(browser, "minh", "administrator"),
        do(office, browser, "dat-lai-mat-khau", "an"),
        browser.post(f"{LIST}/{office.account('lan').id}", data={"roles": ["administrator"]}),
    ):
        assert reply.status_code == 403
    assert LIST not in browser.get(OWN).text.replace(OWN, "")


def test_accounts_are_listed_as_a_vietnamese_dictionary_has_them(
    office: Office, administrator: FlaskClient
) -> None:
    for name in ("đào", "dương", "Ánh", "bình"):
        office.add(name, "reader")
    listed = re.findall(r'<a href="/quan-tri/tai-khoan/\d+">([^<]+)<', administrator.get(LIST).text)
    assert listed == ["an", "Ánh", "bình", "dương", "đào"]
