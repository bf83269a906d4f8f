"""One's own account: password, second factor, sessions, new browsers."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from survey_app.store.identity import accounts
from tests.office.accounts.conftest import (
    CHROME,
    FIREFOX,
    OWN,
    PASSWORD,
    Office,
    enter,
    give,
    is_in,
    texts,
)
from tests.office.accounts.test_coming_in import FACTOR, set_phone_up

NEW = "con mèo trèo cây cau"


@pytest.fixture
def alone(make_office: Callable[..., Office]) -> Office:
    """An office whose accounts need no phone, with lan, an analyst."""
    office = make_office(second_factor="none")
    office.add("lan", "analyst")
    return office


def signed(office: Office, agent: str = FIREFOX):
    browser = office.process()
    enter(browser, "lan", agent=agent)
    return browser


def change(browser, current: str = PASSWORD, new: str = NEW, again: str | None = None):
    sent = {"current": current, "password": new, "again": new if again is None else again}
    return browser.post(f"{OWN}/mat-khau", data=sent)


def test_everybody_changes_their_own_password_with_the_old_one(alone: Office) -> None:
    mine, other = signed(alone), signed(alone)
    assert change(mine, current="sai mật khẩu").status_code == 422
    assert is_in(other)
    assert change(mine).status_code == 302
    assert is_in(mine)
    assert not is_in(other)
    assert enter(alone.process(), "lan").status_code == 422
    assert enter(alone.process(), "lan", NEW).status_code == 302
    assert ("lan", "password-change") in alone.log()


def test_a_password_that_is_not_taken_is_told_why(alone: Office) -> None:
    browser = signed(alone)
    for new, said in [
        ("ngắn", "ít nhất 15 ký tự"),
        ("matkhaumatkhau!", "thường bị đoán"),
        (PASSWORD, "trùng với mật khẩu hiện tại"),
        ("x" * 201, "dài nhất 200"),
        ("lan lan lan 2026", "Không dùng tên"),
    ]:
        reply = change(browser, new=new)
        assert reply.status_code == 422, new
        assert said in reply.text, new


def test_two_new_passwords_that_differ_are_refused(alone: Office) -> None:
    assert "không giống nhau" in change(signed(alone), again=f"{NEW}!").text


def test_ten_characters_do_for_who_has_a_phone(office: Office) -> None:
    office.add("lan", "analyst", has_phone=True)
    browser = office.process()
    enter(browser, "lan")
    give(browser, office.code("lan"))
    assert "Ít nhất 10 ký tự" in browser.get(f"{OWN}/mat-khau").text
    assert change(browser, new="mèo trèo câ").status_code == 302


def test_guesses_at_the_old_password_wait_too(alone: Office) -> None:
    browser = signed(alone)
    statuses = [change(browser, current="đoán mò").status_code for _ in range(12)]
    assert statuses == [422] * 10 + [429] * 2


def test_what_protects_an_account_is_changed_with_the_password_only(alone: Office) -> None:
    browser = signed(alone)
    set_phone_up(alone, browser, current=PASSWORD)
    alone.later(seconds=60)
    for page in ("ma-du-phong", "bo-xac-thuc-hai-buoc", "mat-khau", "xac-thuc-hai-buoc"):
        for sent in ({}, {"current": "sai"}):
            refused = browser.post(f"{OWN}/{page}", data={**sent, "code": "123456"})
            assert refused.status_code == 422, page
    assert alone.account("lan").has_phone


def test_new_codes_on_paper_end_those_before(alone: Office) -> None:
    browser = signed(alone)
    old = set_phone_up(alone, browser, current=PASSWORD)
    reply = browser.post(f"{OWN}/ma-du-phong", data={"current": PASSWORD})
    new = re.findall(r"<code>([a-z2-7-]+)</code>", reply.text)
    assert len(new) == 10
    assert not set(new) & set(old)
    for code, status in ((old[0], 422), (new[0], 302)):
        other = alone.process()
        enter(other, "lan")
        assert give(other, code).status_code == status


def test_the_second_factor_goes_where_nobody_asks_for_it(alone: Office) -> None:
    browser = signed(alone)
    set_phone_up(alone, browser, current=PASSWORD)
    reply = browser.post(f"{OWN}/bo-xac-thuc-hai-buoc", data={"current": PASSWORD})
    assert reply.status_code == 302
    assert not alone.account("lan").has_phone
    assert is_in(signed(alone))


def test_the_second_factor_stays_where_it_is_asked(office: Office) -> None:
    office.add("lan", "administrator", has_phone=True)
    browser = office.process()
    enter(browser, "lan")
    give(browser, office.code("lan"))
    browser.post(f"{OWN}/bo-xac-thuc-hai-buoc", data={"current": PASSWORD})
    assert office.account("lan").has_phone


def test_another_phone_takes_the_place_of_the_one_before(office: Office) -> None:
    office.add("lan", "administrator", has_phone=True)
    browser = office.process()
    enter(browser, "lan")
    give(browser, office.code("lan"))
    before = office.account("lan").totp
    office.later(seconds=60)
    set_phone_up(office, browser, current=PASSWORD)
    assert office.account("lan").totp != before
    office.later(seconds=60)
    other = office.process()
    enter(other, "lan")
    assert give(other, office.code("lan")).status_code == 422


def test_the_page_to_set_a_phone_up_changes_nothing_by_being_looked_at(alone: Office) -> None:
    browser = signed(alone)
    first, second = (
        re.sub(r'name="csrf_token"[^>]*', "", browser.get(FACTOR).text) for _ in range(2)
    )  # the token tells the second in which it was made
    assert first == second
    assert not alone.account("lan").has_phone


def test_people_see_their_sessions_in_plain_words_and_end_them(alone: Office) -> None:
    mine, other, third = signed(alone), signed(alone, CHROME), signed(alone, CHROME)
    shown = mine.get(OWN).text
    assert shown.count("Chrome, Windows") >= 2
    assert "Firefox, Linux" in shown
    with alone.databases[0].reading() as connection:
        kept = repr(connection.exec_driver_sql("SELECT * FROM sessions").all())
    assert "127.0.0.1" not in kept
    assert "Mozilla" not in kept
    one = re.search(r'name="session" value="([0-9a-f]{64})"', shown)[1]
    mine.post(f"{OWN}/phien/ket-thuc", data={"session": one})
    assert sorted([is_in(other), is_in(third)]) == [False, True]
    mine.post(f"{OWN}/phien/ket-thuc", data={"session": "others"})
    assert [is_in(browser) for browser in (mine, other, third)] == [True, False, False]
    mine.post(f"{OWN}/phien/ket-thuc", data={"session": "all"})
    assert not is_in(mine)
    assert texts(alone.log()).count("sessions-end") == 3


def test_nobody_ends_the_session_of_somebody_else(alone: Office) -> None:
    alone.add("minh", "analyst")
    mine, theirs = signed(alone), alone.process()
    enter(theirs, "minh")
    with alone.databases[0].reading() as connection:
        number = accounts.find(connection, "minh").id
        of_theirs = connection.exec_driver_sql(
            f"SELECT id FROM sessions WHERE account_id = {number}"
        ).scalar_one()
    mine.post(f"{OWN}/phien/ket-thuc", data={"session": of_theirs})
    assert is_in(theirs)


def test_signing_in_again_ends_the_session_that_the_browser_had(alone: Office) -> None:
    browser = signed(alone)
    before = browser.get_cookie("session").value
    enter(browser, "lan")
    thief = alone.process()
    thief.set_cookie("session", before)
    assert is_in(browser)
    assert not is_in(thief)


def test_signing_out_leaves_the_other_browsers_in(alone: Office) -> None:
    mine, other = signed(alone), signed(alone)
    mine.post("/quan-tri/dang-xuat")
    assert [is_in(mine), is_in(other)] == [False, True]


def test_sessions_hold_at_every_process_and_past_a_start_anew(alone: Office) -> None:
    browser = signed(alone)
    another = alone.process()
    another.set_cookie("session", browser.get_cookie("session").value)
    assert is_in(another)


def test_a_sign_in_from_a_new_browser_is_shown_until_its_holder_has_seen_it(alone: Office) -> None:
    mine = signed(alone)
    assert "trình duyệt mới" not in mine.get(OWN).text  # the first of all is new to nobody
    thief = signed(alone, CHROME)
    assert "lần đầu tài khoản này đăng nhập" in thief.get(OWN).text
    for page in ("/quan-tri/", OWN):
        shown = mine.get(page).text
        assert "đã được đăng nhập từ trình duyệt mới" in shown
        assert "Chrome, Windows" in shown
    newest = re.search(r'name="newest" value="(\d+)"', shown)[1]
    assert "từ trình duyệt mới" not in thief.get("/quan-tri/").text
    thief.post(f"{OWN}/trinh-duyet-moi", data={"newest": newest})
    assert "đã được đăng nhập từ trình duyệt mới" in mine.get("/quan-tri/").text
    mine.post(f"{OWN}/trinh-duyet-moi", data={"newest": newest})
    assert "đã được đăng nhập từ trình duyệt mới" not in mine.get("/quan-tri/").text


def test_a_browser_that_was_in_before_is_not_new(alone: Office) -> None:
    mine, other = signed(alone), signed(alone, CHROME)
    newest = re.search(r'name="newest" value="(\d+)"', mine.get(OWN).text)[1]
    mine.post(f"{OWN}/trinh-duyet-moi", data={"newest": newest})
    other.post("/quan-tri/dang-xuat")
    enter(other, "lan", agent=CHROME)
    assert "trình duyệt mới" not in mine.get("/quan-tri/").text
