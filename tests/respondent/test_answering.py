"""The way through a form: begun, answered page by page, looked over, sent."""

from __future__ import annotations

import pytest

from tests.respondent.live_survey import LiveSurvey


def asked_in_order(survey: LiveSurvey, phone) -> None:
    phone.open()
    phone.press("begin")


def test_opening_any_page_changes_nothing(survey):
    phone = survey.phone("citizens")
    phone.open()
    phone.press("begin")
    before = survey.fingerprint()
    for page in ("", "about", "service", "~", "no-such-page"):
        assert phone.open(page).status == 200
        assert phone.open(page, lang="en").status == 200
        assert phone.client.head(f"/p/{phone.token}/{page}").status_code in {200, 404}
    other = survey.phone("council")
    for page in ("", "about", "~"):
        other.open(page)
    assert survey.fingerprint() == before


def test_a_form_begins_on_its_first_page(survey):
    phone = survey.phone("citizens")
    assert phone.open().buttons == ["begin", "refuse"]
    assert phone.press("begin").heading == "Về Ông/Bà"


def test_a_form_whose_questions_are_all_optional_begins_on_its_first_page_too(surveys):
    optional = [("\n        required: true", "")]
    phone = surveys(study={"citizens": optional}).phone("citizens")
    phone.open()
    assert phone.press("begin").heading == "Về Ông/Bà"


def test_a_whole_form_is_sent_as_it_was_answered(survey):
    phone = survey.phone("citizens")
    asked_in_order(survey, phone)
    phone.press("next", used_service="1")
    phone.press("next", ways=["counter", "online"], age="34", last_visit="05/08/2026")
    phone.press("next", leadership="C")
    phone.press("next", waiting="2")
    assert phone.page.title.startswith("Xem lại trước khi gửi")
    assert phone.press("send").receipt
    (ballot,) = survey.ballots()
    about = {"used_service": "1", "ways": "counter online", "age": "34", "last_visit": "2026-08-05"}
    assert ballot["about"] == about
    assert ballot["units"] == {"SNV": {"leadership": "C", "waiting": "2"}}


def test_an_answer_opens_further_questions_on_the_same_page(survey):
    phone = survey.phone("citizens")
    asked_in_order(survey, phone)
    assert set(phone.page.options) == {"used_service", "age"}
    phone.press("next", used_service="1", age="40")
    assert set(phone.page.options) == {"used_service", "ways", "age", "last_visit"}
    assert not phone.page.title.startswith("Lỗi:")
    assert "Xin Ông/Bà trả lời thêm" in phone.page.html
    assert phone.press("next").heading == "Phục vụ"  # they are not compulsory


def test_back_and_forward_keep_every_answer(survey):
    phone = survey.phone("citizens")
    asked_in_order(survey, phone)
    phone.press("next", used_service="2", age="40")
    phone.press("back", leadership="B")
    assert 'value="2" checked' in phone.page.html
    assert 'value="40"' in phone.page.html
    phone.press("next")
    assert 'value="B" checked' in phone.page.html


def test_the_first_page_has_no_way_back(survey):
    phone = survey.phone("citizens")
    asked_in_order(survey, phone)
    assert "back" not in phone.page.buttons


def test_another_device_goes_on_where_the_first_stopped(survey):
    phone = survey.phone("citizens")
    asked_in_order(survey, phone)
    phone.press("next", used_service="2", age="40")
    other = survey.phone("citizens")
    assert "vẫn được lưu" in other.open().html
    assert other.press("begin").heading == "Phục vụ"
    assert 'value="40"' in other.open("about").html


@pytest.mark.parametrize("page", ["about", "service"])
def test_the_language_is_switched_on_any_page_with_what_was_just_typed(survey, page):
    phone = survey.phone("citizens")
    asked_in_order(survey, phone)
    phone.open(page)
    answer = {"about": {"age": "41"}, "service": {"leadership": "B"}}[page]
    phone.press("lang-en", **answer)
    assert '<html lang="en">' in phone.page.html
    assert phone.page.title.split(" – ")[0] in {"About you", "Service"}
    (value,) = answer.values()
    assert f'value="{value}"' in phone.page.html
    assert '<html lang="en">' in phone.open().html


def test_a_number_that_is_no_number_survives_the_switch_of_language(survey):
    phone = survey.phone("citizens")
    asked_in_order(survey, phone)
    phone.press("lang-en", age="bốn mươi")
    assert 'value="bốn mươi"' in phone.page.html
    assert "Please enter a number" in phone.page.html


def test_the_language_chosen_at_the_start_stays_to_the_receipt(survey):
    phone = survey.phone("citizens")
    phone.open(lang="en")
    phone.press("begin")
    phone.press("next", used_service="2")
    phone.press("next", leadership="A")
    assert "Check before sending" in phone.page.title
    assert "Thank you" in phone.press("send").heading
    assert survey.ballots()[0]["language"] == "en"


def test_a_unit_that_one_cannot_judge_is_skipped(survey):
    phone = survey.phone("council")
    asked_in_order(survey, phone)
    phone.press("skip")
    assert phone.page.status == 200
    phone.press("next", leadership="A")
    phone.press("next", remark="")
    assert "Ông/Bà đã chọn không đánh giá đơn vị này." in phone.page.html
    assert phone.press("send").receipt
    assert sorted(survey.ballots()[0]["units"].values(), key=str) == [None, {"leadership": "A"}]


def test_a_skipped_unit_that_is_answered_after_all_counts(survey):
    phone = survey.phone("council")
    asked_in_order(survey, phone)
    first = phone.page.action.rsplit("/", 1)[1]
    phone.press("skip")
    phone.open(first)
    phone.press("next", leadership="D")
    phone.press("next", leadership="A")
    phone.press("next", remark="")
    phone.press("send")
    assert None not in survey.ballots()[0]["units"].values()


def test_the_only_unit_cannot_be_skipped(survey):
    phone = survey.phone("citizens")
    asked_in_order(survey, phone)
    phone.press("next", used_service="2")
    assert "skip" not in phone.page.buttons
    assert phone.press("skip").title.startswith("Lỗi:")


def test_nobody_rates_their_own_unit(survey):
    survey.run("UPDATE cases SET home_unit = 'STP' WHERE grp = 'council'")
    phone = survey.phone("council")
    assert "đánh giá 1 đơn vị" in phone.open().html
    phone.press("begin")
    assert "Tư pháp" not in phone.page.html
    phone.open("direction~STP")
    assert "Tư pháp" not in phone.page.html
    phone.press("next", leadership="A")
    phone.press("next", remark="")
    phone.press("send")
    assert list(survey.ballots()[0]["units"]) == ["SNV"]


def test_the_chance_of_a_random_subset_is_kept_with_each_rating(surveys):
    survey = surveys(council=1, asked="*1")
    phone = survey.phone("council")
    asked_in_order(survey, phone)
    phone.press("next", leadership="A")
    phone.press("next", remark="")
    phone.press("send")
    survey.open_box()
    assert survey.rows("SELECT chance FROM ratings") == [("1/2",)]


def test_beginning_again_draws_no_other_units(surveys):
    survey = surveys(council=1, asked="*1")
    seen = set()
    for _ in range(8):
        phone = survey.phone("council")
        phone.open()
        seen.add(phone.press("begin").heading)
    assert len(seen) == 1


def test_the_review_lists_every_answer_in_words_and_lets_one_change_it(survey):
    phone = survey.phone("citizens")
    asked_in_order(survey, phone)
    phone.press("next", used_service="2", age="40")
    phone.press("next", leadership="B")
    for words in ("Không", "40", "Tốt", "Sửa", "Phiếu chưa được gửi"):
        assert words in phone.page.html
    phone.open("about")
    assert phone.press("next", age="41").title.startswith("Xem lại")  # straight back to the review
    assert phone.press("send").receipt
    assert survey.ballots()[0]["about"]["age"] == "41"


def test_a_form_that_is_sent_too_early_shows_which_pages_are_not_finished(survey):
    phone = survey.phone("citizens")
    asked_in_order(survey, phone)
    phone.open("~")
    phone.press("send")
    assert phone.page.title.startswith("Lỗi:")
    assert "Còn câu chưa trả lời: Phục vụ" in phone.page.html
    assert f"/p/{phone.token}/service" in phone.page.links
    assert survey.ballots() == []


def test_an_answer_hidden_by_a_later_change_never_reaches_the_ballot(survey):
    phone = survey.phone("citizens")
    asked_in_order(survey, phone)
    phone.press("next", used_service="1")
    phone.press("next", ways="online", last_visit="05/08/2026")
    phone.press("next", leadership="D")
    phone.press("next", waiting="1")
    phone.open("about")
    phone.press("next", used_service="2")
    phone.press("send")
    (ballot,) = survey.ballots()
    assert ballot["about"] == {"used_service": "2"}
    assert ballot["units"] == {"SNV": {"leadership": "D"}}


def test_every_later_opening_and_every_repetition_shows_the_same_receipt(survey):
    phone = survey.phone("citizens")
    asked_in_order(survey, phone)
    phone.press("next", used_service="2")
    phone.press("next", leadership="A")
    review = phone.page
    receipt = phone.press("send").receipt
    assert receipt == phone.open().receipt == phone.open("about").receipt
    phone.page = review
    assert phone.press("send").receipt == receipt
    stale = {"csrf_token": phone.csrf(), "go": "next", "leadership": "D"}
    assert phone.post(f"/p/{phone.token}/service", stale).receipt == receipt
    assert len(survey.ballots()) == 1


def test_who_declines_may_still_change_their_mind(survey):
    phone = survey.phone("citizens")
    phone.open()
    assert "không tham gia" in phone.press("refuse").title
    phone.open()
    assert phone.press("begin").heading == "Về Ông/Bà"


def test_a_page_that_is_left_without_a_button_keeps_what_was_chosen(survey):
    phone = survey.phone("citizens")
    asked_in_order(survey, phone)
    sent = {"csrf_token": phone.csrf(), "go": "keep", "age": "52", "used_service": "2"}
    reply = phone.client.post(f"/p/{phone.token}/about", data=sent)
    assert (reply.status_code, reply.data) == (204, b"")
    assert 'value="52"' in phone.open("about").html
    phone.open()
    assert phone.press("begin").heading == "Về Ông/Bà"  # the page was not finished


def test_a_tab_that_was_opened_earlier_takes_no_answer_away(survey):
    stale, busy = survey.phone("citizens"), survey.phone("citizens")
    asked_in_order(survey, stale)
    busy.open("about")
    busy.press("next", used_service="1")
    busy.press("next", ways="online", age="40")
    stale.press("next", age="41")
    assert "“40”" in stale.page.html
    stale.press("next")  # 41 is meant
    page = busy.open("about").html
    assert 'value="online" checked' in page
    assert 'value="41"' in page


def test_a_tick_can_be_taken_away_again(survey):
    phone = survey.phone("citizens")
    asked_in_order(survey, phone)
    phone.press("next", used_service="1")
    phone.press("next", ways=["online", "counter"], age="40")
    phone.open("about")
    phone.press("next", ways=["counter"], age="")
    page = phone.open("about").html
    assert 'value="counter" checked' in page
    assert 'value="online" checked' not in page
    assert 'value="40"' not in page
