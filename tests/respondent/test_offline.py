"""The form without a network, in a real Chromium: nothing lost, nothing twice, nothing readable."""

from __future__ import annotations

import re

import pytest

from tests.respondent.live_survey import live_survey
from tests.respondent.weak import (
    DUMP,
    UNSENT,
    about_oneself,
    begun,
    eventually,
    kept_age,
    press,
    switched_on,
    to_the_review,
)


def test_without_a_network_pages_wait_on_the_phone_and_are_sent_when_it_returns(place, phone, axe):
    page = begun(phone, place.link())
    phone.set_offline(True)
    about_oneself(page)
    press(page, "next")
    assert "1" in page.inner_text(f"{UNSENT} #count")
    assert page.inner_text("h1") == "Phục vụ"  # one can go on
    axe(page)
    page.check("[name=leadership][value=A]")
    press(page, "next")
    assert "2" in page.inner_text(f"{UNSENT} #count")
    page.goto(place.link() + "/service")
    assert "2" in page.inner_text(f"{UNSENT} #count")
    assert not kept_age(place)
    phone.set_offline(False)
    page.wait_for_selector("#wait.i")
    assert page.is_checked("[name=leadership][value=A]")
    press(page, "next")
    press(page, "send")
    assert page.inner_text("#receipt")
    [ballot] = place.survey.ballots()
    assert ballot["about"]["age"] == "47"
    assert page.evaluate(DUMP) == []


def test_a_page_gone_back_to_without_a_network_holds_what_was_typed(place, phone):
    page = begun(phone, place.link())
    phone.set_offline(True)
    about_oneself(page)
    press(page, "next")
    page.goto(place.link() + "/about")
    assert page.input_value("[name=age]") == "47"
    assert page.is_checked("[name=used_service][value='2']")


def test_a_reply_lost_after_the_ballot_was_stored_ends_in_the_same_receipt(place, phone):
    page = begun(phone, place.link())
    to_the_review(page)
    place.network.fault = "reply lost"
    press(page, "send")
    assert page.locator(UNSENT).count() == 1
    assert len(place.survey.ballots()) == 1
    place.network.fault = ""
    page.click("#again")
    page.wait_for_selector("#receipt")
    assert page.inner_text("#receipt") == place.survey.phone("citizens").open().receipt
    assert len(place.survey.ballots()) == 1
    assert page.evaluate(DUMP) == []


def test_a_page_of_someone_elses_network_is_not_a_receipt(place, phone):
    page = begun(phone, place.link())
    to_the_review(page)
    place.network.fault = "portal"
    press(page, "send")
    assert page.locator(UNSENT).count() == 1
    assert page.locator("#receipt").count() == 0
    page.reload()
    assert page.locator(UNSENT).count() == 1
    assert place.survey.ballots() == []
    place.network.fault = ""
    page.wait_for_selector("#receipt")
    assert len(place.survey.ballots()) == 1


def test_two_tabs_send_what_waits_once(place, phone):
    page = begun(phone, place.link())
    place.network.fault = "down"
    about_oneself(page)
    press(page, "next")
    other = phone.new_page()
    other.goto(place.link() + "/about")
    assert other.locator(UNSENT).count() == 1
    place.network.fault, place.network.posts = "", 0
    page.click("#again")
    other.click("#again")
    page.wait_for_selector("#wait.i")
    other.wait_for_selector("#wait.i")
    assert place.network.posts == 1
    assert kept_age(place)


def test_what_waits_outlives_a_closed_browser(place, browser, tmp_path):
    phone = switched_on(browser, tmp_path / "phone")
    page = begun(phone, place.link())
    place.network.fault = "down"
    about_oneself(page)
    press(page, "next")
    assert page.locator(UNSENT).count() == 1
    phone.close()
    phone = switched_on(browser, tmp_path / "phone")
    page = phone.new_page()
    page.goto(place.link())
    assert "1" in page.inner_text(f"{UNSENT} #count")
    assert not kept_age(place)
    place.network.fault = ""
    page.click("#again")
    eventually(lambda: kept_age(place))
    phone.close()


def test_nothing_readable_is_kept_on_the_phone(place, phone):
    page = begun(phone, place.link())
    place.network.fault = "down"
    about_oneself(page)
    press(page, "next")
    kept = page.evaluate(DUMP)
    assert len(kept) >= 8
    token = place.survey.wave.tokens["citizens"][0]
    for word in (
        token,
        'name="age',
        "used_service",
        "leadership",
        "<html",
        "csrf_token",
        "Phục vụ",
    ):
        assert not [each[:80] for each in kept if word in each], word


def test_answers_on_the_phone_can_be_deleted(place, phone):
    page = begun(phone, place.link())
    place.network.fault = "down"
    about_oneself(page)
    press(page, "next")
    page.on("dialog", lambda asked: asked.accept())
    page.click("#drop")
    page.wait_for_selector("#wait.i")
    assert page.evaluate(DUMP) == []
    place.network.fault = ""
    page.goto(place.link())
    assert not kept_age(place)


def test_what_was_wrong_in_a_page_sent_later_is_shown_and_can_be_mended(place, phone):
    page = begun(phone, place.link())
    place.network.fault = "down"
    page.fill("[name=age]", "abc")
    press(page, "next")
    place.network.fault = ""
    page.wait_for_selector("#errors")
    assert page.input_value("[name=age]") == "abc"


def test_a_page_that_comes_too_late_is_not_called_sent(place, phone):
    page = begun(phone, place.link())
    place.network.fault = "down"
    about_oneself(page)
    press(page, "next")
    place.survey.run("UPDATE waves SET closed_at = '2026-02-01T00:00:00+00:00'")
    place.network.fault = ""
    page.click("#again")
    page.wait_for_selector("h1:has-text('đã kết thúc')")


@pytest.mark.parametrize("lacking", ["indexedDB", "serviceWorker"])
def test_a_phone_that_can_keep_nothing_says_so_and_leaves_the_answers_on_the_page(
    place, phone, lacking
):
    phone.add_init_script(
        "Object.defineProperty(self, 'indexedDB', {value: undefined})"
        if lacking == "indexedDB"
        else "delete Navigator.prototype.serviceWorker"
    )
    page = phone.new_page()
    page.goto(place.link())
    press(page, "begin")
    about_oneself(page)
    for fault in ("offline", "portal"):
        phone.set_offline(fault == "offline")
        place.network.fault = "portal"
        page.click("button[value=next]:visible")
        page.wait_for_selector("#off:visible:has-text('CHƯA LƯU')")
        assert page.input_value("[name=age]") == "47"
    place.network.fault = ""
    press(page, "next")
    assert page.inner_text("h1") == "Phục vụ"
    assert kept_age(place)


def test_without_scripts_the_form_is_as_it_was(place, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(place.link())
    press(page, "begin")
    to_the_review(page)
    press(page, "send")
    assert page.inner_text("#receipt")
    context.close()


def test_the_helper_is_small_and_asked_for_by_its_mark(place):
    client = place.survey.app.test_client()
    brotli = {"Accept-Encoding": "br"}
    reply = client.get("/p/sw.js", headers=brotli)
    assert reply.mimetype == "text/javascript"
    assert reply.headers["Cache-Control"] == "max-age=3600"
    assert len(reply.data) <= 6_000
    way = client.get(
        re.search(r"/p/way\.js\?\w{8}", client.get("/p/sw.js").text)[0], headers=brotli
    )
    assert len(way.data) <= 6_000
    assert "immutable" in way.headers["Cache-Control"]
    known = {**brotli, "If-None-Match": reply.headers["ETag"]}
    assert client.get("/p/sw.js", headers=known).status_code == 304


def test_the_script_of_phones_that_keep_nothing_is_kept_for_good_under_an_address_of_its_own(
    tmp_path,
):
    with live_survey(tmp_path, citizens=1) as survey:
        client = survey.app.test_client()
        page = client.get(f"/p/{survey.phone('citizens').token}").text
        address = re.search(r"/p/plain\.js\?\w{8}", page)[0]
        assert "immutable" in client.get(address).headers["Cache-Control"]
        assert client.get("/p/plain.js?other").headers["Cache-Control"] == "no-cache"
