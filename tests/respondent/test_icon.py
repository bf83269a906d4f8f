"""A phone's pages say that they have no icon, so that no phone pays for asking."""

from __future__ import annotations

from typing import Any

from survey_app.store.engine.database import StoreBusy
from tests.respondent.live_survey import Mobile
from tests.support.icons import check_icon


def check(phone: Mobile, status: int = 200) -> None:
    assert phone.page.status == status
    assert 'href="data:,"' in phone.page.html
    check_icon(phone.client, phone.page.html, phone.headers["Content-Security-Policy"])


def test_the_pages_of_a_form_have_an_icon_without_a_request(survey):
    phone = survey.phone("citizens")
    phone.open()
    check(phone)
    phone.press("begin")
    check(phone)
    phone.press("next", age="viele")
    check(phone)
    phone.press("next", age="44", used_service="2")
    check(phone)
    phone.press("next", leadership="A")
    assert "send" in phone.page.buttons
    check(phone)
    phone.press("send")
    assert phone.page.receipt
    check(phone)


def test_a_form_that_is_declined_and_one_that_is_not_open_have_an_icon_too(surveys):
    phone = surveys(opened=False).phone("citizens")
    phone.open()
    check(phone, 403)


def test_pages_of_faults_have_an_icon_without_a_request(survey, monkeypatch):
    phone = survey.phone("citizens")
    phone.open()
    phone.press("refuse")
    check(phone)
    phone.post(f"/p/{phone.token}", "x" * 300_000)
    check(phone, 413)
    stranger = Mobile(survey.app, "abc")
    stranger.open()
    check(stranger, 404)
    survey.run("UPDATE waves SET closed_at = '2026-02-01T00:00:00+00:00'")
    phone.open()
    check(phone, 410)
    with monkeypatch.context() as lasting:
        lasting.setattr("survey_app.respondent.session.RespondentSession.of", _raising(StoreBusy()))
        phone.open()
    check(phone, 503)
    monkeypatch.setattr("survey_app.respondent.session.RespondentSession.of", _raising(KeyError()))
    phone.open()
    check(phone, 500)


def _raising(fault: Exception) -> Any:
    def of(*_: Any) -> None:
        raise fault

    return of


def test_an_address_that_is_no_page_of_a_form_has_an_icon(survey):
    client = survey.app.test_client()
    for path in ("/p/a/b/c", "/p/am-thanh/x/y"):
        reply = client.get(path)
        assert reply.status_code == 404
        check_icon(client, reply.text, reply.headers["Content-Security-Policy"])
