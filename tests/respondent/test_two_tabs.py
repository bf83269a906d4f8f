"""Two windows, or two phones, of one form: nothing that was typed in either is lost unseen."""

from __future__ import annotations

import html
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.respondent.live_survey import LiveSurvey, Mobile, live_copy

ELSEWHERE = "ở trang khác hoặc máy khác"


@pytest.fixture
def survey(server, tmp_path):
    with live_copy(tmp_path, server=server, council=2, citizens=3) as made:
        yield made


def tabs(survey: LiveSurvey, page: str, group: str = "council") -> tuple[Mobile, Mobile]:
    """Two windows that show the same page; the first was opened before the second."""
    first, second = survey.phone(group), survey.phone(group)
    first.open()
    first.press("begin")
    first.open(page)
    second.open(page)
    return first, second


def said(phone: Mobile) -> str:
    """What a page says, unescaped."""
    return html.unescape(phone.page.html)


def kept(survey: LiveSurvey, page: str, group: str = "council") -> str:
    phone = survey.phone(group)
    phone.open(page)
    return said(phone)


def test_an_empty_box_of_an_older_window_wipes_nothing(survey):
    older, newer = tabs(survey, "closing")
    newer.press("next", remark="Một cửa phục vụ tốt")
    older.press("next", remark="")
    assert ELSEWHERE not in said(older)
    assert "Một cửa phục vụ tốt" in kept(survey, "closing")


def test_an_older_text_does_not_take_the_place_of_an_edited_one_unseen(survey):
    older, newer = tabs(survey, "closing")
    newer.press("next", remark="Chờ lâu")
    older.open("closing")
    newer.open("closing")
    newer.press("next", remark="Chờ lâu, 3 giờ")
    older.press("next", remark="Chờ lâu")
    assert older.page.title.startswith("Lỗi:")
    assert f"{ELSEWHERE}: “Chờ lâu, 3 giờ”" in said(older)
    assert ">\nChờ lâu</textarea>" in said(older)  # what was typed here is still in the box
    assert "Chờ lâu, 3 giờ" in kept(survey, "closing")
    older.press("next")  # asked, and meant
    assert older.page.heading != "Ý kiến khác"
    assert "Chờ lâu, 3 giờ" not in kept(survey, "closing")


@pytest.mark.parametrize("button", ["next", "back", "lang-en"])
def test_different_words_in_both_windows_are_both_seen(survey, button):
    older, newer = tabs(survey, "closing")
    newer.press("next", remark="Thái độ <tốt>")
    older.press(button, remark="Thủ tục chậm")
    assert older.page.status == 200
    assert "Thái độ <tốt>”" in said(older)
    assert "<tốt>" not in older.page.html
    assert ">\nThủ tục chậm</textarea>" in said(older)
    assert "Thái độ <tốt>" in kept(survey, "closing")


@pytest.mark.parametrize(
    ("first", "then", "said_of_it"),
    [
        ({"age": "40"}, {"age": "41"}, "“40”"),
        ({"used_service": "2"}, {"used_service": "1"}, "“Không”"),
        (
            {"used_service": "1", "ways": ["counter", "online"]},
            {"used_service": "1", "ways": "online"},
            "“Tại bộ phận một cửa; Qua mạng”",
        ),
        (
            {"used_service": "1", "last_visit": "5/8/2026"},
            {"used_service": "1", "last_visit": "06/08/2026"},
            "“05/08/2026”",
        ),
    ],
)
def test_no_answer_of_another_kind_is_replaced_unseen_either(survey, first, then, said_of_it):
    older, newer = tabs(survey, "about", "citizens")
    newer.press("next", **first)
    before = kept(survey, "about", "citizens")
    older.press("next", **then)
    assert said_of_it in said(older)
    older.open("about")
    assert said(older).partition("<main>")[2] == before.partition("<main>")[2]


def test_a_choice_that_an_older_window_knows_nothing_of_stays(survey):
    older, newer = tabs(survey, "about", "citizens")
    newer.press("next", used_service="1")
    newer.press("next", used_service="1", ways="online", age="40")
    older.press("next", used_service="1", ways=[""], age="")
    about = kept(survey, "about", "citizens")
    assert 'value="online" checked' in about
    assert 'value="40"' in about


def test_what_is_new_in_the_older_window_is_kept_beside_what_is_new_in_the_other(survey):
    older, newer = tabs(survey, "about", "citizens")
    newer.press("next", age="40")
    older.press("next", used_service="2")
    assert ELSEWHERE not in said(older)
    about = kept(survey, "about", "citizens")
    assert 'value="40"' in about
    assert 'value="2" checked' in about


def leave(phone: Mobile, **answers: str) -> None:
    """What a phone sends when a page is left without a button; the page stays open."""
    opened = phone.page
    assert phone.press("keep", **answers).status == 204
    phone.page = opened


def test_one_window_that_is_left_and_come_back_to_is_never_asked_which_is_meant(survey):
    phone, _ = tabs(survey, "closing")
    for words in ("Chờ", "Chờ lâu", "Chờ rất lâu"):
        leave(phone, remark=words)
    phone.press("next", remark="Chờ ít hơn năm ngoái")
    assert ELSEWHERE not in said(phone)
    assert "Chờ ít hơn năm ngoái" in kept(survey, "closing")


def test_words_taken_back_in_one_window_are_gone(survey):
    phone, _ = tabs(survey, "closing")
    leave(phone, remark="Chờ lâu")
    phone.press("next", remark="")
    assert "Chờ lâu" not in kept(survey, "closing")
    phone.open("closing")
    phone.press("next", remark="Chờ ít")
    phone.open("closing")
    phone.press("next", remark="")
    assert "Chờ ít" not in kept(survey, "closing")


def test_an_older_window_that_is_left_with_other_words_leaves_both(survey):
    older, newer = tabs(survey, "closing")
    shown = newer.page
    newer.press("next", remark="Thái độ tốt")
    leave(older, remark="Thủ tục chậm")
    assert "Thái độ tốt\nThủ tục chậm" in kept(survey, "closing")
    leave(older, remark="Thủ tục chậm")
    assert kept(survey, "closing").count("Thủ tục chậm") == 1
    for window, words in ((older, "Thủ tục chậm"), (newer, "Thái độ tốt")):
        window.page = shown if window is newer else window.page
        window.press("next", remark=words)
        assert "“Thái độ tốt\nThủ tục chậm”" in said(window)


def test_words_that_do_not_fit_beside_each_other_wait_in_their_window(survey):
    older, newer = tabs(survey, "closing")
    newer.press("next", remark="ế" * 300)
    leave(older, remark="ớ" * 300)
    older.press("next", remark="ớ" * 300)
    assert "ế" * 300 in said(older)
    assert "ớ" * 300 in said(older)


def test_a_form_whose_proof_is_of_another_key_is_asked_the_same(survey):
    older, newer = tabs(survey, "closing")
    newer.press("next", remark="Thái độ tốt")
    tail = older.page.hidden["csrf_token"][16:]
    older.page.hidden["csrf_token"] = "0" * 16 + tail
    older.press("next", remark="Thủ tục chậm")
    assert older.page.status == 400
    assert "“Thái độ tốt”" in said(older)
    assert ">\nThủ tục chậm</textarea>" in said(older)


def test_of_words_sent_at_the_same_moment_none_is_lost(survey):
    older, newer = tabs(survey, "closing")
    sent = {older: "Thủ tục chậm", newer: "Thái độ tốt"}
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda window: window.press("next", remark=sent[window]), sent))
    asked = [window for window in sent if ELSEWHERE in said(window)]
    assert len(asked) == 1
    (other,) = set(sent) - set(asked)
    assert f"“{sent[other]}”" in said(asked[0])
    assert sent[other] in kept(survey, "closing")


@pytest.mark.parametrize(
    "csrf", ["{proof}", "{proof}zzzzzzzz", "{proof}000000000", "{proof}0000é000"]
)
def test_what_no_page_of_ours_would_send_takes_nothing_away(survey, csrf):
    older, newer = tabs(survey, "closing")
    newer.press("next", remark="Thái độ tốt")
    older.page.hidden["csrf_token"] = csrf.format(proof=older.csrf()[:16])
    older.press("next", remark="")
    assert older.page.status in {200, 400}
