"""Coming in: the second factor, what has to be done first, and the first account of all."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest

from survey_app.commands.starting import tell_of_sign_in
from survey_app.identity import passwords
from survey_app.store.identity import accounts
from tests.office.accounts.conftest import (
    CODE,
    OWN,
    PASSWORD,
    Office,
    enter,
    give,
    is_in,
    texts,
)

FACTOR = f"{OWN}/xac-thuc-hai-buoc"
SET_UP = "/quan-tri/thiet-lap-lan-dau"


def test_the_password_alone_does_not_let_in_who_has_a_phone(office: Office) -> None:
    office.add("lan", "analyst", has_phone=True)
    browser = office.process()
    assert enter(browser, "lan").status_code == 302
    for page in ("/quan-tri/", OWN, "/quan-tri/nhat-ky"):
        assert browser.get(page).headers["Location"].startswith(CODE)
    assert give(browser, office.code("lan")).headers["Location"] == "/quan-tri/"
    assert is_in(browser)


def test_the_page_that_was_wanted_is_still_wanted_after_the_code(office: Office) -> None:
    office.add("lan", "analyst", has_phone=True)
    browser = office.process()
    wanted = browser.get("/quan-tri/nhat-ky").headers["Location"]
    asked = browser.post(wanted, data={"name": "lan", "password": PASSWORD}).headers["Location"]
    step = browser.get(asked).headers["Location"]
    reply = browser.post(step, data={"code": office.code("lan")})
    assert reply.headers["Location"] == "/quan-tri/nhat-ky"


def test_a_code_is_taken_where_the_phones_clock_is_a_little_off(office: Office) -> None:
    for name, steps in {"lan": -1, "minh": 0, "hoa": 1}.items():
        office.add(name, "analyst", has_phone=True)
        browser = office.process()
        enter(browser, name)
        assert give(browser, office.code(name, steps)).status_code == 302, steps


def test_a_code_of_another_time_is_refused(office: Office) -> None:
    office.add("lan", "analyst", has_phone=True)
    browser = office.process()
    enter(browser, "lan")
    for tries, steps in enumerate([-3, -2, 2, 3], 1):
        assert give(browser, office.code("lan", steps)).status_code == 422, steps
        assert not is_in(browser)
        assert texts(office.log()) == ["code-failed"] * tries


def test_a_code_is_taken_once_and_none_before_it_any_more(office: Office) -> None:
    office.add("lan", "analyst", has_phone=True)
    used = office.code("lan")
    first = office.process()
    enter(first, "lan")
    assert give(first, used).status_code == 302
    thief = office.process()
    enter(thief, "lan")
    assert give(thief, used).status_code == 422
    assert give(thief, office.code("lan", -1)).status_code == 422
    assert give(thief, office.code("lan", 1)).status_code == 302


def test_of_two_who_send_one_code_at_the_same_moment_one_gets_in(office: Office) -> None:
    office.add("lan", "analyst", has_phone=True)
    browsers = [office.process() for _ in range(4)]
    for browser in browsers:
        enter(browser, "lan")
    code = office.code("lan")
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda browser: give(browser, code).status_code, browsers))
    assert sorted(statuses) == [302, 422, 422, 422]


def test_a_code_on_paper_works_once_however_it_is_typed(office: Office) -> None:
    office.add("lan", "analyst", has_phone=True)
    for status in (302, 422):
        browser = office.process()
        enter(browser, "lan")
        assert give(browser, " LAN PAPER 3 ").status_code == status
    assert ("lan", "paper-code-used") in office.log()


def test_guesses_at_codes_wait_over_processes_and_a_new_password_does_not_help(
    office: Office,
) -> None:
    office.add("lan", "analyst", has_phone=True)
    statuses = []
    for _ in range(7):  # in turn at two processes
        browser = office.process()
        enter(browser, "lan")
        statuses.append(give(browser, "000000").status_code)
    assert statuses == [422] * 5 + [429] * 2
    reply = give(browser, office.code("lan"))
    assert (reply.status_code, reply.headers["Retry-After"]) == (429, "60")
    office.later(seconds=61)
    assert give(browser, office.code("lan")).status_code == 302


def test_who_has_not_given_the_code_is_out_after_ten_minutes(office: Office) -> None:
    office.add("lan", "analyst", has_phone=True)
    browser = office.process()
    enter(browser, "lan")
    office.later(minutes=11)
    assert "dang-nhap" in give(browser, office.code("lan")).headers["Location"]


def test_the_half_open_session_is_no_key_after_the_code_was_given(office: Office) -> None:
    office.add("lan", "analyst", has_phone=True)
    browser = office.process()
    enter(browser, "lan")
    half = browser.get_cookie("session")
    give(browser, office.code("lan"))
    thief = office.process()
    thief.set_cookie("session", half.value)
    assert not is_in(thief)


@pytest.mark.parametrize(
    ("setting", "role", "is_asked"),
    [
        ("privileged", "administrator", True),
        ("privileged", "approver", True),
        ("privileged", "analyst", False),
        ("everyone", "reader", True),
        ("none", "administrator", False),
    ],
)
def test_who_must_have_a_phone_sets_it_up_before_anything_else(
    make_office: Callable[..., Office], setting: str, role: str, is_asked: bool
) -> None:
    office = make_office(second_factor=setting)
    office.add("lan", role)
    browser = office.process()
    enter(browser, "lan")
    assert is_in(browser) is not is_asked
    if is_asked:
        assert browser.get("/quan-tri/").headers["Location"].startswith(FACTOR)
        codes = set_phone_up(office, browser)
        assert is_in(browser)
        assert len(codes) == 10


def set_phone_up(office: Office, browser, **sent: str) -> list[str]:
    """Scan what the page shows and send the first code; the codes for paper."""
    shown = browser.get(FACTOR).text
    secret = "".join(re.search(r'class="spell">([A-Z2-7 ]+)<', shown)[1].split())
    assert "<svg" in shown
    assert "http" not in re.search(r"<svg.*?</svg>", shown, re.DOTALL)[0].replace(
        "http://www.w3.org/2000/svg", ""
    )
    reply = browser.post(FACTOR, data={"code": pyotp.TOTP(secret).at(office.now), **sent})
    assert reply.status_code == 200, reply.text
    return re.findall(r"<code>([a-z2-7-]+)</code>", reply.text)


def test_the_phones_secret_and_codes_on_paper_are_not_in_the_database(office: Office) -> None:
    office.add("lan", "administrator")
    browser = office.process()
    enter(browser, "lan")
    shown = browser.get(FACTOR).text
    secret = "".join(re.search(r'class="spell">([A-Z2-7 ]+)<', shown)[1].split())
    codes = set_phone_up(office, browser)
    with office.databases[0].reading() as connection:
        kept = repr(connection.exec_driver_sql("SELECT * FROM accounts").all())
        kept += repr(connection.exec_driver_sql("SELECT * FROM paper_codes").all())
    raw = pyotp.TOTP(secret).byte_secret()
    assert secret not in kept
    assert repr(raw)[2:-1] not in kept
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)


def test_a_phone_whose_key_was_lost_lets_nobody_in_but_a_reset_does(office: Office) -> None:
    office.add("lan", "analyst", has_phone=True)
    (office.settings.log_folder / "accounts.secret").unlink()
    browser = office.process()
    enter(browser, "lan")
    assert give(browser, office.code("lan")).status_code == 422


def test_a_one_time_password_is_changed_at_the_first_sign_in(
    make_office: Callable[..., Office],
) -> None:
    office = make_office(second_factor="none")
    made = office.add("lan", "analyst")
    until = (office.now + timedelta(days=3)).isoformat()
    with office.databases[0].writing() as connection:
        hashed = passwords.hash_of("abcd-efgh-jkmn-pqrs")
        accounts.change_password(connection, made.id, hashed, until)
    browser = office.process()
    enter(browser, "lan", "abcd-efgh-jkmn-pqrs")
    page = browser.get("/quan-tri/").headers["Location"]
    assert page.startswith(f"{OWN}/mat-khau")
    for wrong in ("abcd-efgh-jkmn-pqrs", "ngắn quá", "matkhau123456789"):
        refused = browser.post(page, data={"password": wrong, "again": wrong})
        assert refused.status_code == 422
    new = "con mèo trèo cây cau"
    assert browser.post(page, data={"password": new, "again": new}).status_code == 302
    assert is_in(browser)
    assert not is_in(later := office.process())
    assert enter(later, "lan", "abcd-efgh-jkmn-pqrs").status_code == 422
    assert enter(later, "lan", new).status_code == 302


def printed_code(office: Office, capsys: pytest.CaptureFixture[str]) -> str:
    """What `cchc serve` prints when it starts."""
    tell_of_sign_in(office.settings)
    said = capsys.readouterr().err
    return re.search(r"used once: (\S+)", said)[1]


def first(code: str, name: str = "an", password: str = PASSWORD) -> dict[str, str]:
    return {"code": code, "name": name, "password": password, "again": password}


def test_the_first_administrator_is_made_with_the_code_that_the_server_printed(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    old, code = printed_code(office, capsys), printed_code(office, capsys)
    browser = office.process()
    assert SET_UP in browser.get("/quan-tri/dang-nhap").text
    for wrong in (first("xxxx"), first(old), {**first(code), "again": "x"}, first(code, "an", "x")):
        assert browser.post(SET_UP, data=wrong).status_code == 422
    assert browser.post(SET_UP, data=first(code)).status_code == 302
    assert office.account("an").roles == {"administrator"}
    assert office.log()[0] == ("an", "account-first")
    assert browser.get("/quan-tri/").headers["Location"].startswith(FACTOR)
    again = office.process()
    assert again.post(SET_UP, data=first(code, "binh")).headers["Location"].endswith("dang-nhap")
    tell_of_sign_in(office.settings)
    assert "code" not in capsys.readouterr().err


def test_one_code_makes_one_administrator_whoever_sends_it_at_the_same_moment(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    code = printed_code(office, capsys)
    browsers = [office.process() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(
                lambda number: browsers[number].post(SET_UP, data=first(code, f"an{number}")),
                range(4),
            )
        )
    with office.databases[0].reading() as connection:
        assert len(accounts.list_(connection)) == 1


def test_guesses_at_the_set_up_code_wait(office: Office) -> None:
    browser = office.process()
    statuses = [browser.post(SET_UP, data=first("x")).status_code for _ in range(12)]
    assert statuses == [422] * 10 + [429] * 2


def test_serving_without_second_factor_is_warned_of(
    make_office: Callable[..., Office], capsys: pytest.CaptureFixture[str]
) -> None:
    tell_of_sign_in(make_office(second_factor="none").settings)
    assert "CCHC_SECOND_FACTOR=none" in capsys.readouterr().err
