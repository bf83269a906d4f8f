"""What no phone of ours would send is never stored and never ends in an error of ours."""

from __future__ import annotations

from urllib.parse import quote_from_bytes

import pytest

from survey_app.fieldwork import tokens
from survey_app.fieldwork.protection import sealing
from survey_app.questionnaire.filling.draft import Draft

LONG = "ế" * 501


@pytest.fixture
def phone(survey):
    phone = survey.phone("citizens")
    phone.open()
    phone.press("begin")
    return phone


def kept(survey, phone) -> Draft:
    key = tokens.draft_key(phone.token)
    ((sealed,),) = survey.rows(f"SELECT sealed FROM drafts WHERE key = '{key}'")
    return Draft.load(sealing.unseal(tokens.seal_key(phone.token), sealed))


def test_a_form_without_our_token_is_refused_with_its_answers_still_on_the_page(survey, phone):
    before = survey.fingerprint()
    for csrf in (None, "", "wrong", "é", "\x00", "0" * 64, "x" * 100_000):
        sent = {"go": "next", "used_service": "2", "age": "40"}
        sent |= {} if csrf is None else {"csrf_token": csrf}
        phone.post(f"/p/{phone.token}/about", sent)
        assert phone.page.status == 400
        assert phone.page.title.startswith("Lỗi:")
        assert 'value="2" checked' in phone.page.html
        assert 'value="40"' in phone.page.html
        assert survey.fingerprint() == before


def test_another_invitations_token_is_refused(survey, phone):
    before = survey.fingerprint()
    foreign = tokens.csrf(survey.wave.tokens["citizens"][1], "k" * 40)
    for page in ("about", "service", "~", ""):
        sent = {"csrf_token": foreign, "go": "send", "age": "40"}
        assert phone.post(f"/p/{phone.token}/{page}".rstrip("/"), sent).status == 400
    assert survey.fingerprint() == before


def test_a_value_that_cannot_be_is_named_on_the_page_and_not_kept(survey, phone):
    for page, sent in [
        ("service", {"leadership": "Z"}),
        ("service", {"leadership": ["A", "B"]}),
        ("service", {"leadership": "A' OR 1=1"}),
        ("service", {"leadership": "<script>alert(1)</script>"}),
        ("about", {"used_service": "1", "ways": ["none", "online"]}),
        ("about", {"used_service": "1", "ways": "x"}),
        ("about", {"age": "17"}),
        ("about", {"age": "\u00b9\u00b2"}),
        ("about", {"age": "NaN"}),
        ("about", {"age": "1e3"}),
        ("about", {"age": "9" * 100_000}),
        ("about", {"age": ["40", "41"]}),
        ("about", {"used_service": "1", "last_visit": "31/02/2026"}),
        ("about", {"used_service": "1", "last_visit": "0000-00-00"}),
    ]:
        phone.post(f"/p/{phone.token}/{page}", {"csrf_token": phone.csrf(), "go": "next", **sent})
        assert phone.page.status == 200, sent
        assert phone.page.title.startswith("Lỗi:"), sent
        assert "<script>alert" not in phone.page.html
        refused = set(sent) - {"used_service"}
        given = kept(survey, phone).given
        assert not refused & {name for answers in given.values() for name in answers}, sent


@pytest.mark.parametrize("name", ["weight", "unit", "stratum", "SNV", "leadership~STP", "case_id"])
def test_fields_that_no_item_has_are_left_alone(survey, phone, name):
    sent = {"csrf_token": phone.csrf(), "go": "next", "used_service": "2", name: "A"}
    assert phone.post(f"/p/{phone.token}/about", sent).status == 200
    assert kept(survey, phone).given == {"": {"used_service": "2"}}


def test_a_page_about_a_unit_that_is_not_ones_own_to_rate_is_not_there(surveys):
    survey = surveys(council=1, asked="SNV")
    phone = survey.phone("council")
    phone.open()
    phone.press("begin")
    sent = {"csrf_token": phone.csrf(), "go": "next", "leadership": "A"}
    phone.post(f"/p/{phone.token}/direction~STP", sent)
    assert set(kept(survey, phone).given) <= {"SNV"}


def test_a_hundred_thousand_fields_are_answered_quietly(survey, phone):
    sent = "&".join(f"a{number}=1" for number in range(20_000))
    reply = phone.client.post(
        f"/p/{phone.token}/about",
        data=f"csrf_token={phone.csrf()}&go=next&{sent}",
        content_type="application/x-www-form-urlencoded",
    )
    assert reply.status_code in {200, 413}


def test_a_body_larger_than_any_form_is_refused_with_a_page_one_can_read(survey, phone):
    before = survey.fingerprint()
    phone.post(f"/p/{phone.token}/about", {"csrf_token": phone.csrf(), "age": "9" * 1_000_000})
    assert phone.page.status == 413
    assert "Nội dung quá dài" in phone.page.heading
    assert survey.fingerprint() == before


def test_a_body_that_is_no_form_is_refused(phone):
    about, body = f"/p/{phone.token}/about", b'{"go": "next"}'
    for kind in ("text/plain", "application/json", "multipart/form-data", ""):
        assert phone.client.post(about, data=body, content_type=kind).status_code == 400, kind


def remark(survey):
    phone = survey.phone("council")
    phone.open()
    phone.press("begin")
    phone.open("closing")
    return phone


def test_words_that_are_not_utf8_are_shown_again_and_not_kept(survey):
    phone = remark(survey)
    reply = phone.client.post(
        f"/p/{phone.token}/closing",
        data=f"csrf_token={phone.csrf()}&go=next&remark=ph%FD%F5ng",
        content_type="application/x-www-form-urlencoded",
    )
    assert reply.status_code == 200
    assert "không đọc được" in reply.get_data(as_text=True)
    assert "remark" not in kept(survey, phone).given.get("", {})


def test_shorthand_that_looks_like_an_escape_is_kept_as_written(survey):
    phone = remark(survey)
    for written in [
        "90%CBCC",
        "100%BC",
        "20%F0",
        "đạt 95%C3",
        "%FD%F5",
        "%25FD",
        "50%",
        "\ufffd \ufffd",
        "%EF%BF%BD",
    ]:
        phone.open("closing")
        phone.press("next", remark=written)
        assert kept(survey, phone).given[""]["remark"] == written


@pytest.mark.parametrize(
    ("came", "is_text"),
    [
        (b"ph\xfd\xf5ng", False),
        (b"90%CBCC \xfd", False),
        ("phường 90%CBCC \ufffd".encode(), True),
    ],
)
@pytest.mark.parametrize("kind", ["escaped", "in parts"])
def test_what_is_text_is_told_by_the_bytes_that_came(survey, came, is_text, kind):
    phone = remark(survey)
    fields = {b"csrf_token": phone.csrf().encode(), b"go": b"next", b"remark": came}
    if kind == "escaped":
        body = b"&".join(name + b"=" + quote_from_bytes(it).encode() for name, it in fields.items())
        type_ = "application/x-www-form-urlencoded"
    else:
        part = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        body = b"".join(part % pair for pair in fields.items()) + b"--x--\r\n"
        type_ = "multipart/form-data; boundary=x"
    phone.client.post(f"/p/{phone.token}/closing", data=body, content_type=type_)
    assert ("remark" in kept(survey, phone).given.get("", {})) == is_text


def test_bytes_that_are_no_form_at_all_are_refused(survey, phone):
    reply = phone.client.post(
        f"/p/{phone.token}/about",
        data=f"csrf_token={phone.csrf()}&age=40".encode() + b"\xff\xfe",
        content_type="application/x-www-form-urlencoded",
    )
    assert reply.status_code == 400
    assert kept(survey, phone).given == {}


def test_free_words_are_kept_as_people_write_them(survey):
    phone = remark(survey)
    for written, stored in [
        ("Tốt \U0001f600 lắm", "Tốt \U0001f600 lắm"),
        ("a\x00b", "a b"),
        ("\u202eمرحبا", "\u202eمرحبا"),
        ("phu\u031bo\u031b\u0300ng", "phường"),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
        ("một\r\nhai", "một\nhai"),
        ("ế" * 500, "ế" * 500),
    ]:
        phone.open("closing")
        phone.press("next", remark=written)
        assert phone.page.status == 200
        assert kept(survey, phone).given[""]["remark"] == stored
        assert "<b>&amp;</b>" not in phone.open("~").html


def test_words_that_are_too_long_stay_on_the_page_to_be_shortened(survey):
    phone = remark(survey)
    phone.press("next", remark=LONG)
    assert "Xin viết ngắn hơn" in phone.page.html
    assert LONG in phone.page.html
    assert kept(survey, phone).given.get("", {}) == {}


def test_a_draft_is_sealed_in_every_byte_of_the_store(survey, tmp_path):
    phone = remark(survey)
    phone.press("next", remark="bí mật của tôi")
    for file in tmp_path.glob("survey.sqlite3*"):
        raw = file.read_bytes()
        for secret in ("bí mật của tôi", phone.token, '"remark"', '"skipped"'):
            assert secret.encode() not in raw, (file, secret)
