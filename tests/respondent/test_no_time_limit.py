"""Nobody is hurried: a form left for months goes on where it was, on the page still open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

MONTHS = timedelta(days=300)


def test_a_page_left_open_for_months_is_saved_and_the_form_goes_on(survey):
    phone = survey.phone("citizens")
    phone.open()
    phone.press("begin")
    house = survey.app.extensions["cchc"]
    house.clock = lambda: datetime.now(UTC) + MONTHS
    phone.press("next", used_service="2", age="44")
    assert not phone.page.title.startswith("Lỗi:")
    phone.press("next", leadership="B")
    assert phone.press("send").receipt
    (ballot,) = survey.ballots()
    assert ballot["about"]["age"] == "44"


def test_no_page_reloads_or_leaves_by_itself_and_none_needs_a_cookie(survey):
    phone = survey.phone("citizens")
    shown = [phone.open(), phone.press("begin"), phone.press("next", used_service="2")]
    for page in shown:
        assert "http-equiv" not in page.html.lower()
        assert "Set-Cookie" not in phone.headers
        assert "Refresh" not in phone.headers
