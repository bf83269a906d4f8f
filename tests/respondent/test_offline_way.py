"""What is asked without a network, in a real Chromium: what the server would ask, and a review."""

from __future__ import annotations

from dataclasses import replace

from tests.respondent.weak import (
    DUMP,
    UNSENT,
    begun,
    eventually,
    kept_age,
    press,
    switched_on,
)

OPENED = "#errors:has-text('Xin Ông/Bà trả lời thêm')"
LACKING = "#errors:has-text('Xin xem lại các câu sau')"
COMPLETE = "#wait:has-text('Phiếu đã điền xong')"


def used_a_service(page):
    page.fill("[name=age]", "47")
    page.check("[name=used_service][value='1']")
    press(page, "next")


def to_the_review_by_every_question(page):
    """Every question that an answer brings up, too."""
    used_a_service(page)
    page.check("[name=ways][value=online]")
    page.fill("[name=last_visit]", "3/2/2026")
    press(page, "next")
    page.check("[name=leadership][value=C]")
    press(page, "next")
    page.check("[name=waiting][value='2']")
    press(page, "next")


EVERY_ANSWER = {
    "about": {"used_service": "1", "age": "47", "ways": "online", "last_visit": "2026-02-03"},
    "units": {"SNV": {"leadership": "C", "waiting": "2"}},
}


def sent(place):
    ballots = place.survey.ballots()
    return [{key: ballot[key] for key in ("about", "units")} for ballot in ballots]


def test_a_question_that_an_answer_brings_up_is_asked_without_a_network(place, phone, axe):
    page = begun(phone, place.link())
    phone.set_offline(True)
    used_a_service(page)
    assert page.locator(OPENED).locator("a").count() == 2
    assert page.locator(UNSENT).count() == 1
    assert page.input_value("[name=age]") == "47"
    assert page.url.endswith("/about")
    axe(page)
    page.check("[name=ways][value=online]")
    press(page, "next")
    assert page.inner_text("h1") == "Phục vụ"
    page.check("[name=leadership][value=C]")
    press(page, "next")
    assert page.locator(OPENED).inner_text().endswith("Ông/Bà chờ ở Sở Nội vụ có lâu không?")
    page.check("[name=waiting][value='1']")
    press(page, "back")
    assert page.is_checked("[name=ways][value=online]")


def test_the_whole_form_is_filled_in_reviewed_and_queued_without_a_network(place, phone, axe):
    page = begun(phone, place.link())
    phone.set_offline(True)
    to_the_review_by_every_question(page)
    assert page.inner_text("h1") == "Xem lại trước khi gửi"
    said = page.inner_text("main")
    for answer in ("Có", "Qua mạng", "47", "3/2/2026", "Trung bình", "Không"):
        assert answer in said
    axe(page)
    press(page, "send")
    assert "CHƯA GỬI" in page.inner_text(f"{COMPLETE} h1")
    assert place.survey.ballots() == []
    axe(page)
    phone.set_offline(False)
    page.wait_for_selector("#receipt")
    assert sent(place) == [EVERY_ANSWER]
    assert page.evaluate(DUMP) == []


def test_the_same_form_with_a_network_counts_the_same(place, phone):
    page = begun(phone, place.link())
    to_the_review_by_every_question(page)
    press(page, "send")
    page.wait_for_selector("#receipt")
    assert sent(place) == [EVERY_ANSWER]


def test_an_answer_hidden_by_a_later_change_is_neither_shown_nor_counted(place, phone):
    page = begun(phone, place.link())
    phone.set_offline(True)
    to_the_review_by_every_question(page)
    page.click("a.c[href$='/about']")
    page.wait_for_selector("[name=ways][value=online]")
    page.check("[name=used_service][value='2']")
    press(page, "next")
    assert page.inner_text("h1") == "Xem lại trước khi gửi"  # all was seen: straight back
    assert "Qua mạng" not in page.inner_text("main")
    assert page.locator("dt").count() == 3
    press(page, "send")
    phone.set_offline(False)
    page.wait_for_selector("#receipt")
    assert sent(place) == [
        {"about": {"used_service": "2", "age": "47"}, "units": {"SNV": {"leadership": "C"}}}
    ]


def test_a_required_answer_that_is_missing_is_asked_for_at_once(place, phone):
    page = begun(phone, place.link())
    phone.set_offline(True)
    page.check("[name=used_service][value='2']")
    press(page, "next")
    press(page, "next")
    assert page.locator(LACKING).locator("a").count() == 1
    page.check("[name=leadership][value=KB]")
    press(page, "next")
    assert page.inner_text("h1") == "Xem lại trước khi gửi"


def test_units_are_skipped_and_summed_up_without_a_network(place, phone):
    page = begun(phone, place.link("council"))
    phone.set_offline(True)
    skipped = page.inner_text("h1")  # in an order drawn for each form
    press(page, "skip")
    rated = page.inner_text("h1")
    assert {skipped, rated} == {"Sở Nội vụ", "Sở Tư pháp"}
    page.check("[name=leadership][value=B]")
    press(page, "next")
    page.fill("[name=remark]", "Không có <b>ý kiến</b>")
    press(page, "next")
    said = page.inner_text("main")
    assert "Ông/Bà đã chọn không đánh giá đơn vị này." in said
    assert "Đã trả lời 1/1 câu" in said
    assert "Không có <b>ý kiến</b>" in said
    press(page, "send")
    phone.set_offline(False)
    page.wait_for_selector("#receipt")
    codes = {"Sở Nội vụ": "SNV", "Sở Tư pháp": "STP"}
    assert sent(place)[0]["units"] == {codes[skipped]: None, codes[rated]: {"leadership": "B"}}


def test_what_the_phone_cannot_judge_is_asked_when_the_network_returns_before_anything_is_sent(
    place, phone
):
    page = begun(phone, place.link())
    phone.set_offline(True)
    page.fill("[name=age]", "abc")
    page.check("[name=used_service][value='2']")
    press(page, "next")
    page.check("[name=leadership][value=A]")
    press(page, "next")
    press(page, "send")
    phone.set_offline(False)
    page.wait_for_selector("#errors:has-text('nhập một số')")
    assert page.input_value("[name=age]") == "abc"
    assert place.survey.ballots() == []
    page.fill("[name=age]", "48")
    press(page, "next")
    press(page, "send")
    page.wait_for_selector("#receipt")
    assert sent(place)[0]["about"]["age"] == "48"


def test_a_phone_without_the_form_says_that_more_is_asked_later_and_asks_it(place, phone):
    place.network.lost = "/~form"
    page = begun(phone, place.link(), form=False)
    place.network.fault = "down"
    used_a_service(page)
    assert "Các câu hỏi tiếp theo sẽ hiện khi có mạng" in page.inner_text(UNSENT)
    place.network.fault = ""
    page.wait_for_selector(OPENED)
    assert page.locator("[name=ways]:visible").count() == 3


def test_whoever_changes_an_answer_after_queueing_the_form_passes_the_review_once_more(
    place, phone
):
    page = begun(phone, place.link())
    phone.set_offline(True)
    to_the_review_by_every_question(page)
    press(page, "send")
    page.goto(place.link() + "/about")
    page.fill("[name=age]", "50")
    press(page, "next")
    assert page.locator(COMPLETE).count() == 0
    phone.set_offline(False)
    page.wait_for_selector("#wait.i")
    assert place.survey.ballots() == []
    press(page, "send")
    page.wait_for_selector("#receipt")
    assert sent(place)[0]["about"]["age"] == "50"


def test_a_page_of_someone_elses_network_does_not_end_a_form_that_waits(place, phone):
    page = begun(phone, place.link())
    place.network.fault = "portal"
    to_the_review_by_every_question(page)
    press(page, "send")
    page.reload()
    assert page.locator(COMPLETE).count() == 1
    assert page.locator("#receipt").count() == 0
    place.network.fault = ""
    page.wait_for_selector("#receipt")
    assert sent(place) == [EVERY_ANSWER]


def test_pages_that_waited_while_the_house_changed_its_key_lose_nothing(place, phone):
    page = begun(phone, place.link())
    phone.set_offline(True)
    to_the_review_by_every_question(page)
    press(page, "send")
    house = place.survey.app.extensions["cchc"]
    house.settings = replace(house.settings, secret_key="n" * 40)
    phone.set_offline(False)
    page.wait_for_selector("#receipt")
    assert sent(place) == [EVERY_ANSWER]


def test_a_form_outlives_a_closed_browser_at_every_step(place, browser, tmp_path):
    phone = switched_on(browser, tmp_path / "phone")
    page = begun(phone, place.link())
    place.network.fault = "down"
    used_a_service(page)
    phone.close()
    phone = switched_on(browser, tmp_path / "phone")
    page = phone.new_page()
    page.goto(place.link())
    assert page.locator(UNSENT).count() == 1
    assert page.inner_text("h1") == "Phục vụ"  # as the server goes on after a page that was left
    press(page, "back")
    page.check("[name=ways][value=online]")
    press(page, "next")
    page.check("[name=leadership][value=A]")
    press(page, "next")
    press(page, "send")
    phone.close()
    assert place.survey.ballots() == []
    place.network.fault = ""
    phone = switched_on(browser, tmp_path / "phone")
    page = phone.new_page()
    page.goto(place.link())
    page.wait_for_selector("#receipt")
    assert sent(place)[0]["about"]["ways"] == "online"
    phone.close()


def test_a_form_begun_on_another_phone_goes_on_where_it_stood(place, phone):
    first = place.survey.phone("citizens")
    first.open()
    first.press("begin")
    first.press("next", age="47", used_service="1")
    page = begun(phone, place.link())
    phone.set_offline(True)
    page.goto(place.link() + "/about")
    assert page.input_value("[name=age]") == "47"
    assert page.locator("[name=ways]:visible").count() == 3


def test_each_page_is_fetched_once_and_the_form_once(place, phone):
    page = begun(phone, place.link())
    to_the_review_by_every_question(page)
    eventually(lambda: kept_age(place))
    link = place.link().removeprefix(place.base)
    asked = [each for each in place.network.asked if link in each]
    assert asked == [
        f"GET {link}",
        f"POST {link}",
        f"GET {link}/~form",
        f"POST {link}/about",
        f"POST {link}/about",
        f"POST {link}/service",
        f"POST {link}/service",
    ]
    assert sum("/sw.js" in each for each in place.network.asked) == 1


def test_another_language_is_fetched_too(place, phone):
    page = begun(phone, place.link())
    press(page, "lang-en")
    link = place.link().removeprefix(place.base)
    eventually(lambda: place.network.asked.count(f"GET {link}/~form") == 2)
    eventually(lambda: any(str(name).endswith("/f/") for name in page.evaluate(DUMP)))
    phone.set_offline(True)
    page.fill("[name=age]", "47")
    press(page, "next")
    assert page.inner_text("h1") == "Service"
    assert page.locator("#wait:has-text('NOT SENT YET')").count() == 1


def test_who_does_not_take_part_is_not_told_of_more_questions(place, phone):
    page = begun(phone, place.link())
    page.goto(place.link())
    phone.set_offline(True)
    press(page, "refuse")
    assert "Các câu hỏi tiếp theo" not in page.inner_text(UNSENT)
    phone.set_offline(False)
    eventually(lambda: place.survey.rows("SELECT 1 FROM events WHERE kind = 'refused'"))
