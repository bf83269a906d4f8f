"""Whoever looks after the site sees on the first page whether it was backed up; no others do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from survey_app.store.log import audit
from survey_app.upkeep import nightly
from tests.office.conftest import PASSWORD
from tests.support.accounts import add_account


def _backed_up(house, hours: float) -> None:
    at = (house.clock() - timedelta(hours=hours)).isoformat(timespec="seconds")
    with house.database.writing() as connection:
        audit.append(connection, "cchc:root", "backup-make", "night.backup 00", at)


@pytest.fixture
def first_page(analyst):
    return lambda language="vi": analyst.get(f"/quan-tri/?lang={language}").get_data(as_text=True)


def test_a_site_without_a_wave_has_nothing_to_lose(first_page):
    assert "sao lưu" not in first_page()


def test_a_night_without_a_backup_shows_and_says_where_to_read_on(house, wave, first_page):
    assert "sao lưu" not in first_page(), "a trial without HTTPS is nobody's loss"
    house.settings = replace(house.settings, public_url="https://khaosat.vn")
    assert "Chưa có bản sao lưu nào" in first_page()
    assert "There is no backup" in first_page("en")
    _backed_up(house, nightly.OLDEST + 1)
    for language, words in (("vi", "đã cũ"), ("en", "is old")):
        text = first_page(language)
        assert words in text
        assert f"{nightly.OLDEST + 1} " in text
        assert "systemctl status cchc-backup" in text
    _backed_up(house, 7)
    text = first_page()
    assert "cchc-backup" not in text
    assert "đã được đọc lại và đối chiếu" in text
    assert "(cách đây 7 giờ)" in text


def test_it_is_no_matter_of_those_who_cannot_mend_it(house, wave, app, stranger):
    with house.database.writing() as connection:
        add_account(connection, "hoa", PASSWORD, house.stamp(), roles=("analyst",))
    client = app.test_client()
    client.post("/quan-tri/dang-nhap", data={"name": "hoa", "password": PASSWORD})
    text = client.get("/quan-tri/").get_data(as_text=True)
    assert "dot-2026" in text
    assert "sao lưu" not in text
