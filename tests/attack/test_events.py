"""Who gets round a check is seen, without being named, and cannot drown what others try."""

from __future__ import annotations

import logging
import re

import pytest

from survey_app.watching import attempts
from survey_app.watching.attempts import FREE, SECONDS, Attempts
from tests.attack.conftest import Site
from tests.respondent.live_survey import Mobile

CLOSE = "/quan-tri/dot/test/close"
FORGED = {"csrf_token": "made up", "name": "Nguyễn Văn Ẩn"}


@pytest.fixture
def told(site: Site, caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """The log of security, of an application that has told nothing yet."""
    attempts.init_app(site.app)
    caplog.set_level(logging.INFO, "cchc.security")
    return caplog


def said(told: pytest.LogCaptureFixture) -> list[str]:
    return [it.getMessage() for it in told.records if it.name == "cchc.security"]


@pytest.mark.parametrize("form", [FORGED, {}], ids=["another's token", "no token"])
def test_a_forged_form_of_the_office_is_logged_without_who_sent_it(site, told, form):
    reply = site.enter("lan").post(CLOSE, data=form, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert reply.status_code == 400
    assert said(told) == [f"{attempts.FORGED_FORM} (office, office.close_wave)"]


def test_a_forged_form_of_a_respondent_is_logged_without_which_page_it_was(site, told):
    token = site.fielded.tokens["citizens"][0]
    site.enter("lan").get("/quan-tri/")
    reply = site.app.test_client().post(f"/p/{token}", data=FORGED)
    assert reply.status_code == 400
    assert said(told) == [f"{attempts.FORGED_FORM} (respondent)"]


OFFERED = {
    "/quan-tri/tai-khoan/moi": {"name": "ai-do", "roles": "emperor"},
    "/quan-tri/dot/test/thu-moi/ket-qua": {"labels": "1", "kind": "burnt"},
    "/quan-tri/dot/test/thu-moi/thu-hoi": {"labels": "", "how": "burn", "sure": "1"},
    "/quan-tri/dot/moi": {"study": "../../etc", "year": "9" * 5000, "title_vi": "Đợt"},
    "/quan-tri/dot/dot-2026/ket-qua/1/bao-cao/don-vi": {"kind": "exe"},
}


def test_a_value_that_no_page_offers_is_refused_and_logged(site, told):
    client, before = site.enter("lan"), site.rows()
    for path, form in OFFERED.items():
        told.clear()
        with site.without_tokens():
            assert client.post(path, data=form).status_code in {400, 422}, path
        lines = said(told)
        assert [line for line in lines if line.startswith(attempts.NOT_OFFERED)], path
        assert not re.search("emperor|burn|etc|exe", " ".join(lines))
        attempts.init_app(site.app)
    assert site.rows() == before


def test_an_honest_mistake_is_no_event(site, told):
    client = site.enter("lan")
    with site.without_tokens():
        for path, form in OFFERED.items():
            client.post(path, data={name: "" for name in form if name != "roles"})
    assert said(told) == []


def test_an_answer_that_its_question_does_not_offer_is_an_event_and_a_slip_is_none(site, told):
    phone = Mobile(site.app, site.fielded.tokens["citizens"][0])
    phone.open()
    phone.press("begin")
    assert "nine" in phone.press("next", used_service="2", age="nine hundred").html
    assert said(told) == []
    phone.press("next", used_service="77", age="40")
    assert said(told) == [f"{attempts.NOT_OFFERED} (respondent)"]


def test_ten_thousand_attempts_make_a_few_lines_and_hide_no_other_kind(caplog):
    caplog.set_level(logging.INFO, "cchc.security")
    now = [0.0]
    tried = Attempts(lambda: now[0])
    for _ in range(10_000):
        tried.note(attempts.FORGED_FORM, "office", "office.close_wave")
    tried.note(attempts.WRONG_CODE, "office")
    assert len(said(caplog)) == FREE + 1
    now[0] = SECONDS
    tried.tell_rest()
    assert said(caplog)[-1] == f"{10_000 - FREE} more times in a minute: {FORGED_LINE}"
    tried.note(attempts.FORGED_FORM, "office", "office.close_wave")
    assert len(said(caplog)) == FREE + 3


FORGED_LINE = f"{attempts.FORGED_FORM} (office)"


def test_the_log_of_a_site_is_not_flooded_by_a_stranger(site, told):
    client = site.app.test_client()
    for number in range(150):  # more than the 60 unknown links a minute that are answered
        client.get(f"/p/{number:026}")
    assert len(said(told)) == FREE


def test_who_asks_for_closed_pages_without_end_holds_up_no_phone_by_lines_of_the_log(site, told):
    client = site.enter("doc", "reader")
    for _ in range(60):
        assert client.get("/quan-tri/tai-khoan").status_code == 403
    assert len(site.lines("refused")) == 20
    assert len(said(told)) == FREE


def test_what_was_refused_is_in_the_log_whatever_stands_in_its_address(site):
    client = site.enter("doc-2", "reader")
    for path in ("a%00b", "%E2%80%AEgpj.exe", "a%0d%0ab"):
        reply = client.get(f"/quan-tri/dot/{path}/thu-moi/nhac")
        assert reply.status_code == 403
    details = [line.detail for line in site.lines("refused")[:3]]
    assert all(detail.isprintable() and "nhac" in detail for detail in details), details
