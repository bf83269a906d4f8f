"""Two windows of one form in a real Chromium, with the phone's helper between, and without it."""

from __future__ import annotations

import pytest

from tests.respondent.weak import UNSENT, begun, eventually, press

ELSEWHERE = "ở trang khác hoặc máy khác"


@pytest.fixture
def closing(place, phone):
    """A delegate's phone on the page where words are written, with its helper and the form."""
    page = begun(phone, place.link("council"))
    page.goto(place.link("council") + "/closing")
    return page


def kept(place) -> str:
    return place.survey.phone("council").open("closing").html


def elsewhere(place, words: str) -> None:
    """Another phone of the same person writes something."""
    other = place.survey.phone("council")
    other.open("closing")
    other.press("next", remark=words)


def test_an_older_window_of_the_same_phone_asks_which_words_are_meant(place, phone, closing, axe):
    newer = phone.new_page()
    newer.goto(closing.url)
    newer.fill("[name=remark]", "Thái độ tốt")
    press(newer, "next")
    closing.fill("[name=remark]", "Thủ tục chậm")
    press(closing, "next")
    assert "Thái độ tốt" in closing.inner_text("#errors")
    assert closing.input_value("[name=remark]") == "Thủ tục chậm"
    axe(closing)
    assert "Thái độ tốt" in kept(place)


def test_leaving_a_window_and_coming_back_to_it_asks_nothing(place, phone, closing):
    for words in ("Chờ", "Chờ lâu"):
        closing.fill("[name=remark]", words)
        closing.evaluate("""() => {
            Object.defineProperty(document, "hidden", {value: true, configurable: true});
            document.dispatchEvent(new Event("visibilitychange"));
            delete document.hidden;
        }""")
        eventually(lambda words=words: f"{words}</textarea>" in kept(place))
    closing.fill("[name=remark]", "Chờ ít")
    press(closing, "next")
    assert closing.locator("#errors").count() == 0
    assert "Chờ ít</textarea>" in kept(place)


def test_words_changed_again_and_again_without_a_network_are_nobody_elses(place, phone, closing):
    closing.fill("[name=remark]", "Chờ lâu")
    press(closing, "next")
    phone.set_offline(True)
    for words in ("Chờ rất lâu", "Chờ ít", "Chờ vừa"):
        closing.goto(place.link("council") + "/closing")
        assert closing.locator(UNSENT).count() or words == "Chờ rất lâu"
        closing.fill("[name=remark]", words)
        press(closing, "next")
    phone.set_offline(False)
    eventually(lambda: "Chờ vừa</textarea>" in kept(place))
    closing.goto(place.link("council") + "/closing")
    assert closing.locator("#errors").count() == 0
    assert closing.input_value("[name=remark]") == "Chờ vừa"


def test_words_written_without_a_network_and_on_another_phone_are_both_seen(place, phone, closing):
    phone.set_offline(True)
    closing.fill("[name=remark]", "Thủ tục chậm")
    press(closing, "next")
    elsewhere(place, "Thái độ tốt")
    phone.set_offline(False)
    closing.wait_for_selector("#errors")
    assert ELSEWHERE in closing.inner_text("#errors")
    assert "Thái độ tốt" in closing.inner_text("#errors")
    assert closing.input_value("[name=remark]") == "Thủ tục chậm"
    assert "Thái độ tốt" in kept(place)


def test_words_of_another_phone_are_not_replaced_by_older_ones_kept_here(place, phone, closing):
    closing.fill("[name=remark]", "Thủ tục chậm")
    press(closing, "next")
    elsewhere(place, "Thủ tục chậm, 3 giờ")
    phone.set_offline(True)
    closing.goto(place.link("council") + "/closing")
    assert closing.input_value("[name=remark]") == "Thủ tục chậm"
    press(closing, "next")
    phone.set_offline(False)
    closing.wait_for_selector("#errors")
    assert "Thủ tục chậm, 3 giờ" in closing.inner_text("#errors")
    assert "Thủ tục chậm, 3 giờ" in kept(place)


def test_without_scripts_the_page_that_asks_is_found_by_back(place, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(place.link("council"))
    press(page, "begin")
    page.goto(place.link("council") + "/closing")
    elsewhere(place, "Thái độ tốt")
    page.fill("[name=remark]", "Thủ tục chậm")
    press(page, "next")
    assert "Thái độ tốt" in page.inner_text("#errors")
    assert page.input_value("[name=remark]") == "Thủ tục chậm"
    context.close()
