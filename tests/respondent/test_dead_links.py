"""Links that lead nowhere (any more), and what a page says then."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from sqlalchemy.exc import OperationalError

from survey_app.demo.phone import read
from survey_app.fieldwork import tokens
from survey_app.store.engine.database import StoreBusy
from tests.respondent.live_survey import live_copy


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """A survey whose forms nobody begins: the same for all who only look at their notice."""
    with live_copy(tmp_path_factory.mktemp("survey"), council=2, citizens=3) as made:
        yield made


def test_a_wave_that_has_not_begun_says_when_to_come_back(surveys):
    phone = surveys(opened=False).phone("citizens")
    assert phone.open().status == 403
    assert "chưa bắt đầu" in phone.page.heading
    assert phone.page.action is None


def test_a_wave_that_has_ended_takes_no_more_answers(survey):
    phone = survey.phone("citizens")
    phone.open()
    phone.press("begin")
    survey.run("UPDATE waves SET closed_at = '2026-02-01T00:00:00+00:00'")
    before = survey.fingerprint()
    assert phone.press("next", age="40").status == 410
    assert "đã kết thúc" in phone.page.heading
    assert survey.fingerprint() == before


def test_a_receipt_is_still_shown_when_the_wave_has_ended(survey):
    phone = survey.phone("citizens")
    phone.open()
    phone.press("begin")
    phone.press("next", used_service="2")
    phone.press("next", leadership="A")
    receipt = phone.press("send").receipt
    survey.run("UPDATE waves SET closed_at = '2026-02-01T00:00:00+00:00'")
    assert phone.open().receipt == receipt


BEHIND = [
    ".", ",", ")", "]", ">", ";", "'", '"', "\u00ad", "\ufeff", "/", ".).", "&gt;", "\u201d",
    "\u2026", '">Bắt đầu</a>', " ", "\u200b", "%0A", "\n", "//", "/.", "*", "_", "\ufffd",
    " xin trả lời",
]  # fmt: skip
"""What stands behind links in mails, letters and messages, and is taken for a part of them."""
AROUND = ['"{}"', "({})", "<{}>", "\ufeff{}", "*{}*", "\u201c{}\u201d", " {}"]


def typed(survey, path: str, **query: str):
    client = survey.app.test_client(use_cookies=False)
    quoted = "/".join(quote(part) for part in path.split("/"))
    reply = client.get(quoted, query_string=query, follow_redirects=True)
    return read(reply.status_code, reply.get_data(as_text=True))


@pytest.mark.parametrize("how", [*("{}" + mark for mark in BEHIND), *AROUND])
def test_a_link_with_a_mark_too_many_shows_the_notice_in_the_forms_languages(standing, how):
    token = standing.wave.tokens["citizens"][0]
    for meant in (token, token.upper()):
        assert "begin" in typed(standing, f"/p/{how.format(meant)}").buttons
    english = typed(standing, f"/p/{how.format(token)}", lang="en").html
    assert "<h1>Questionnaire for citizens" in english


def test_a_link_all_in_capitals_opens_the_form(survey):
    token = survey.wave.tokens["citizens"][0]
    assert "begin" in typed(survey, f"/P/{token}".upper()).buttons
    assert "begin" in typed(survey, f"/P/{token}.".upper()).buttons


@pytest.mark.parametrize("token", ["{}0", "0{}", "{}u", "u{}", "{}é", "{}²"])
def test_a_longer_word_is_no_link(survey, token):
    meant = survey.wave.tokens["citizens"][0]
    assert typed(survey, f"/p/{token.format(meant)}").status == 404
    assert typed(survey, f"/p/{meant[:13]}.{meant[13:]}").status == 404


@pytest.mark.parametrize("path", ["/p", "/p/", "/P/", "/p/.", "/p/a/b/c", "/p/%", "/p/sw.js/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_without_a_token_says_so_in_both_languages(survey, path, method):
    client = survey.app.test_client(use_cookies=False)
    reply = client.open(path, method=method, follow_redirects=True)
    assert reply.status_code == 404
    assert "Không tìm thấy phiếu" in reply.text
    assert 'lang="en"' in reply.text


def test_a_mistyped_link_begins_a_form_whose_next_pages_have_the_right_one(survey):
    phone = survey.phone("citizens")
    phone.token += ")."
    phone.open()
    assert phone.press("begin").heading == "Về Ông/Bà"
    assert phone.page.action == f"/p/{survey.wave.tokens['citizens'][0]}/about"


@pytest.mark.parametrize(
    "typed",
    ["abc", "0" * 26, "%00", "a\u0301" * 13, "../../etc", "'; DROP TABLE x", "x" * 5000],
)
def test_an_unknown_link_says_so_in_both_languages(survey, typed):
    reply = survey.app.test_client().get(f"/p/{typed}")
    assert reply.status_code == 404


def test_an_unknown_link_is_told_kindly(survey):
    page = survey.app.test_client().get("/p/abc").get_data(as_text=True)
    assert "Không tìm thấy phiếu" in page
    assert 'lang="en"' in page


def test_a_withdrawn_link_opens_nothing_any_more(survey):
    phone = survey.phone("citizens")
    digest = tokens.digest(phone.token)
    survey.run(f"UPDATE invitations SET revoked_on = '2026-01-20' WHERE digest = '{digest}'")
    assert phone.open().status == 404


def test_a_link_typed_with_capitals_spaces_and_misread_letters_opens_the_form(survey):
    phone = survey.phone("citizens")
    typed = phone.token.upper().replace("0", "O").replace("1", "l")
    phone.token = " ".join(typed[place : place + 5] for place in range(0, 26, 5))
    assert "begin" in phone.open().buttons


def test_a_page_before_the_beginning_shows_where_to_begin(survey):
    phone = survey.phone("citizens")
    sent = {"csrf_token": phone.csrf(), "go": "next", "age": "40"}
    assert phone.post(f"/p/{phone.token}/about", sent).buttons == ["begin", "refuse"]
    assert survey.rows("SELECT * FROM drafts") == []


def test_a_busy_store_says_not_saved_and_sends_the_same_again(survey, monkeypatch):
    phone = survey.phone("citizens")
    phone.open()
    phone.press("begin")

    def full(*_):
        raise StoreBusy

    with monkeypatch.context() as lasting:
        lasting.setattr(type(survey.database), "write", full)
        phone.press("next", age="40", used_service="2")
    assert phone.page.status == 503
    assert "CHƯA được lưu" in phone.page.html
    assert phone.headers["Retry-After"] == "5"
    again = phone.post(phone.page.action, phone.page.hidden)
    assert again.heading == "Phục vụ"
    assert 'value="40"' in phone.open("about").html


def test_a_database_that_is_down_is_told_without_anything_internal(survey, monkeypatch):
    def down(*_):
        raise OperationalError("SELECT secret", {}, Exception("host db.example"))

    monkeypatch.setattr(survey.database._kept, "take", down)
    page = survey.phone("citizens").open()
    assert page.status == 503
    assert "Máy chủ đang bận" in page.html
    assert "secret" not in page.html
    assert "example" not in page.html


def test_a_fault_of_ours_is_told_without_anything_internal(survey, monkeypatch, caplog):
    phone = survey.phone("citizens")
    monkeypatch.setattr("survey_app.respondent.pages.start", lambda _: 1 / 0)
    page = phone.open()
    assert page.status == 500
    assert "Các trang đã lưu vẫn còn" in page.html
    assert "ZeroDivisionError" not in page.html
    assert phone.token not in caplog.text
