"""The rooms of the office as one: a page leads nowhere that its reader may not go."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey_app.conduct import standing
from survey_app.permissions import ROLES
from survey_app.store import board, waves
from survey_app.store.scorecards import Scorecard
from survey_app.waves.tasks import next_task
from survey_app.web import House
from tests.fielded import field
from tests.office.conftest import PASSWORD
from tests.office.fieldwork import two_years
from tests.office.scored import AT
from tests.support.accounts import EVERYTHING, add_account

WAVE = "/quan-tri/dot/dot-2026"
SIDE = re.compile(r'<nav class="side".*?</nav>', re.DOTALL)
LINK = re.compile(r'href="(/quan-tri[^"#]*)')
CURRENT = re.compile(r'aria-current="page">([^<]+)<')
PAGES = {
    "phieu": "Phiếu khảo sát",
    "don-vi": "Đơn vị",
    "dan-mau": "Dàn mẫu",
    "mau": "Mẫu",
    "thu-moi": "Thư mời",
    "tien-do": "Theo dõi tiến độ",
    "nhap/points": "Tự đánh giá, thẩm định",
    "nhap/appraised": "Tự đánh giá, thẩm định",
    "tu-danh-gia": "Tự đánh giá, thẩm định",
    "tu-danh-gia/don-vi/SNV": "Tự đánh giá, thẩm định",
    "tu-danh-gia/don-vi/SNV/tham-dinh/1": "Tự đánh giá, thẩm định",
    "tu-danh-gia/nhap/SNV": "Tự đánh giá, thẩm định",
    "tu-danh-gia/thoi-han": "Tự đánh giá, thẩm định",
    "merge": "Tính điểm",
    "score": "Tính điểm",
    "publish": "Công bố kết quả",
    "bo-du-lieu": "Bộ dữ liệu",
    "du-lieu-mo": "Dữ liệu mở",
    "thiet-lap": "Tên gọi, thời gian, liên hệ",
}


def member(app: Flask, house: House, *roles: str) -> FlaskClient:
    with house.database.writing() as connection:
        add_account(connection, "minh", PASSWORD, AT, roles)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.post("/quan-tri/dang-nhap", data={"name": "minh", "password": PASSWORD})
    return client


@pytest.mark.parametrize("roles", [*([role] for role in ROLES), EVERYTHING], ids="+".join)
def test_no_link_of_a_page_is_refused_to_whoever_is_shown_it(
    app: Flask, house: House, draft: Scorecard, roles: list[str]
) -> None:
    client = member(app, house, *roles)
    waiting, visited = ["/quan-tri/", "/quan-tri/dot/dot-2026/ket-qua/1"], set[str]()
    while waiting:
        address = waiting.pop().replace("&amp;", "&")
        path = address.partition("?")[0]
        if path in visited or path.startswith("/quan-tri/tinh/"):
            continue
        visited.add(path)
        reply = client.get(address)
        if address == "/quan-tri/dot/dot-2026/ket-qua/1" and reply.status_code == 403:
            continue
        assert reply.status_code in {200, 302}, address
        if reply.mimetype == "text/html":
            waiting += LINK.findall(reply.text)
    assert "/quan-tri/tai-khoan-cua-toi" in visited


def test_each_page_of_a_wave_has_the_waves_pages_at_its_left_and_marks_itself(
    analyst: FlaskClient, draft: Scorecard
) -> None:
    for page, name in PAGES.items():
        text = analyst.get(f"{WAVE}/{page}").text
        side = SIDE.findall(text)
        assert len(side) == 1, page
        assert CURRENT.findall(side[0]) == [name], page


def test_results_stand_among_the_pages_of_their_wave(
    analyst: FlaskClient, draft: Scorecard
) -> None:
    for page in ("/quan-tri/dot/dot-2026/ket-qua/1", "/quan-tri/dot/dot-2026/ket-qua/1/don-vi/SNV"):
        side = SIDE.findall(analyst.get(page).text)[0]
        assert CURRENT.findall(side) == ["Kết quả, báo cáo"]
        assert f"{WAVE}/tien-do" in side


def test_the_page_of_what_is_watched_is_the_board(analyst: FlaskClient, draft: Scorecard) -> None:
    tasks = analyst.get(WAVE).text.partition('<ol class="tasks">')[2].partition("</ol>")[0]
    assert f'<a href="{WAVE}/tien-do">Theo dõi tiến độ</a>' in tasks


def test_the_next_task_is_the_same_in_the_list_and_on_the_page_of_a_wave(
    house: House, draft: Scorecard, tmp_path: Path
) -> None:
    two_years(house, tmp_path / "years")
    field(house.database, tmp_path / "planned", opened=False)
    with house.database.reading() as connection:
        known, totals = waves.list_(connection), board.totals(connection)
    assert {wave.state for wave in known} == {"planned", "open", "closed"}
    for wave in known:
        in_list = next_task(standing.outline(house, wave, totals[wave.id]))
        assert in_list == next_task(standing.facts(house, wave, deep=False)), wave.name
