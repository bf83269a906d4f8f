"""From a list of the population to the sample, in the browser."""

from __future__ import annotations

import html
import io
import os
from collections.abc import Callable, Iterator
from datetime import date
from math import ceil
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from survey_app.app import create_app
from survey_app.fieldwork.lists import sample_file
from survey_app.fieldwork.sheets.cells import Source
from survey_app.questionnaire import library
from survey_app.store import tables as t
from survey_app.store import waves
from survey_app.store.engine.database import Database
from survey_app.store.log import audit
from survey_app.store.sample import cases, substitutions
from survey_app.web import House
from tests.office.conftest import AT, PASSWORD
from tests.office.copies import Copy, copied
from tests.office.handing_in import hand_in
from tests.office.scored import house_at
from tests.support.accounts import add_account
from tests.support.browsing import settle

STUDY, PAGE = "sonla/2025-department", "/quan-tri/dot/w/mau/chon"
PLAN = {"group": "citizens", "method": "stratified", "forms": "22", "least": "2",
        "allocation": "proportional", "reserve": "50", "seed": "814203"}  # fmt: skip


@pytest.fixture
def begun(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Copy]:
    """A planned wave in the office's store, and the list where a test asks for it."""
    has_list = "people" in request.fixturenames
    with copied(_planned, tmp_path, has_list=has_list) as copy:
        yield copy


@pytest.fixture
def people(begun: Copy) -> None:
    """Whom a list of the population names: it was handed in as in the first test."""


def _planned(database: Database, folder: Path, *, has_list: bool) -> None:
    t.metadata.create_all(database.engine)
    with database.writing() as connection:
        add_account(connection, "lan", PASSWORD, AT)
        waves.create(connection, "w", library.study(STUDY), 2025, date(2025, 7, 1), AT)
    house = house_at(database, folder)
    app = create_app(house.settings, house=house)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.post("/quan-tri/dang-nhap", data={"name": "lan", "password": PASSWORD})
    if has_list:
        assert "110 người" in text_of(handed_in(client, listed()))


def listed(people: int = 70) -> str:
    rows = [f"citizens,SYT,nông thôn,Bản {k // 10},Lò Văn {k},09{k:08d}" for k in range(people)]
    rows += [f"citizens,STC25,thành thị,Tổ {k // 10},Vì Thị {k},08{k:08d}" for k in range(40)]
    return "\n".join(["group,unit,stratum,psu,name,phone", *rows])


def handed_in(client: FlaskClient, content: str) -> TestResponse:
    told = {"name": "dan-so.csv", "wave": "w", "follow_redirects": True}
    return hand_in(client, "population", content.encode(), **told)


def drawn(client: FlaskClient, **more: str) -> str:
    reply = client.post(f"{PAGE}/rut", data={**PLAN, **more})
    assert reply.status_code == 302, reply.text
    return str(reply.location)


def text_of(reply: TestResponse) -> str:
    return html.unescape(reply.get_data(as_text=True))


def logged(house: House) -> list[str]:
    with house.database.reading() as connection:
        return [line.action for line in audit.last(connection, 50)]


def test_a_list_is_planned_drawn_looked_at_and_made_the_sample(
    analyst: FlaskClient, house: House
) -> None:
    assert "Đã nhập danh sách tổng thể: 110 người." in text_of(handed_in(analyst, listed()))
    plan = text_of(analyst.get(PAGE, query_string=PLAN))
    assert '<td class="num">14</td>' in plan
    assert '<td class="num">8</td>' in plan
    address = drawn(analyst)
    look = text_of(analyst.get(address))
    assert "22 người vào mẫu, 11 người vào danh sách dự bị" in look
    assert "814203" in look
    assert "Lò Văn" not in look
    with house.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(t.cases)).scalar_one() == 0
    taken = analyst.post(f"{address}/lay", follow_redirects=True)
    assert "Mẫu của đợt đã có thêm 22 trường hợp." in text_of(taken)
    with house.database.reading() as connection:
        wave = waves.find(connection, "w")
        assert len(tuple(cases.drawn(connection, wave.id))) == 22
        assert {each.population for each in cases.frame(connection, wave.id)} == {70, 40}
    assert "draw" in str(logged(house))
    assert {"population-import", "sample-draw", "sample-take"} <= set(logged(house))
    again = analyst.post(f"{address}/lay")
    assert again.status_code == 409
    assert "Lần chọn này đã là mẫu của đợt." in text_of(again)


def test_what_is_drawn_can_be_taken_away_imported_elsewhere_and_drawn_again(
    analyst: FlaskClient, house: House, people: None
) -> None:
    address = drawn(analyst)
    same = text_of(analyst.post(f"{address}/lai", follow_redirects=True))
    assert "kết quả giống hệt" in same
    file = analyst.get(f"{address}/tep/mau")
    read = sample_file.read(Source("mau.xlsx", file.data), ["citizens"], ["SYT", "STC25"])
    assert len(read.rows) == 22
    reserve = analyst.get(f"{address}/tep/du_bi")
    spare = sample_file.read(Source("r.xlsx", reserve.data), ["citizens"], ["SYT", "STC25"])
    assert len(spare.rows) == 11
    assert not {row.label for row in read.rows} & {row.label for row in spare.rows}
    assert logged(house).count("download") == 2
    handed_in(analyst, listed(71))
    assert "danh sách tổng thể đã thay đổi" in text_of(
        analyst.post(f"{address}/lai", follow_redirects=True)
    )
    refused = analyst.post(f"{address}/lay")
    assert refused.status_code == 409
    assert "số khởi tạo này cho kết quả khác" in text_of(refused)


def test_a_margin_says_how_many_are_needed_and_what_they_cost_beside_the_ministrys_formula(
    analyst: FlaskClient, people: None
) -> None:
    asked = {"group": "citizens", "method": "simple", "margin": "5", "sd": "0,3",
             "response": "50", "cost": "30000"}  # fmt: skip
    page = text_of(analyst.get(PAGE, query_string=asked))
    d = (NormalDist().inv_cdf(0.975) * 0.3) ** 2
    answers = ceil(d / (0.05**2 + d / 70))  # half of those asked answer: everybody is too few
    assert f'<td class="num">{answers}</td><td class="num">70<sup>²</sup></td>' in page
    ministry, cost = ceil(70 / (1 + 70 * 0.05**2)), 70 * 30_000
    cost_text = f"{cost:,}".replace(",", ".")
    assert f'<td class="num">{ministry}</td><td class="num">{cost_text}</td>' in page
    assert "giả định tỷ lệ 50 %" in page


def test_a_plan_that_cannot_be_says_why_and_keeps_what_was_typed(
    analyst: FlaskClient, people: None
) -> None:
    for typed, said in [
        ({"forms": "999"}, "lớn hơn số người trong danh sách"),
        ({"forms": "3", "least": "2"}, "ít hơn tổng các mức tối thiểu"),
        ({"method": "clusters", "per_psu": "0"}, "Chưa ghi số người chọn ở mỗi cụm"),
        ({"method": "x"}, "Không có cách chọn mẫu này"),
        ({"forms": "hai"}, "Chưa ghi số phiếu cần chọn"),
        ({"margin": "a"}, "design"),
        ({"allocation": "neyman", "spread": "0"}, "Độ lệch chuẩn không hợp lệ"),
    ]:
        reply = analyst.get(PAGE, query_string={**PLAN, **typed})
        assert reply.status_code == 422, typed
        assert said in text_of(reply)
        assert 'value="814203"' in text_of(reply), typed


def test_a_faulty_list_is_told_and_nothing_is_kept(analyst: FlaskClient, house: House) -> None:
    reply = handed_in(analyst, "group,unit,name\nnông dân,SYT,Lò Văn An\n")
    assert reply.status_code == 422
    assert "dan-so.csv, dòng 2" in text_of(reply)
    assert "population-import" not in logged(house)


def test_a_list_is_deleted_and_its_draws_stay_on_record(
    analyst: FlaskClient, house: House, people: None
) -> None:
    address = drawn(analyst)
    reply = analyst.post("/quan-tri/dot/w/mau/tong-the/xoa", follow_redirects=True)
    assert "Đã xóa danh sách tổng thể: 110 người." in text_of(reply)
    assert "814203" in text_of(analyst.get(address))
    assert analyst.get(f"{address}/tep/mau").status_code == 422
    with house.database.reading() as connection:
        left = connection.execute(select(func.count()).select_from(t.population_people))
        assert left.scalar_one() == 0


def test_the_next_in_reserve_takes_a_place_in_the_browser(
    analyst: FlaskClient, house: House, people: None
) -> None:
    analyst.post(f"{drawn(analyst)}/lay")
    place = "/quan-tri/dot/w/mau/thay-nguoi"
    refused = analyst.post(place, data={"case": "citizens-SYT-0002"})
    assert refused.status_code == 409
    assert "Chưa ghi kết quả tiếp cận" in text_of(refused)
    with house.database.writing() as connection:
        wave = waves.find(connection, "w")
        cases.add_event(
            connection, cases.find(connection, wave, "citizens-SYT-0002"), "moved", AT[:10]
        )
    done = analyst.post(
        place, data={"case": "citizens-SYT-0002", "reason": "đi làm xa"}, follow_redirects=True
    )
    assert "citizens-SYT-R0001 đã vào thay citizens-SYT-0002" in text_of(done)
    assert "đi làm xa" in text_of(done)
    with house.database.reading() as connection:
        assert len(substitutions.of_wave(connection, wave.id)) == 1
    assert analyst.post(place, data={"case": "không có"}).status_code == 422


def test_who_may_not_see_contacts_does_not_get_the_drawn_list(
    app: Flask, analyst: FlaskClient, house: House, people: None
) -> None:
    address = drawn(analyst)
    with house.database.writing() as connection:
        add_account(connection, "hoa", PASSWORD, AT, roles=["approver"])
    other = app.test_client()
    other.post("/quan-tri/dang-nhap", data={"name": "hoa", "password": PASSWORD})
    for path in (address, f"{address}/tep/mau", PAGE):
        assert other.get(path).status_code in {302, 403}


def test_an_empty_list_to_fill_in_is_read_back_once_filled(analyst: FlaskClient) -> None:
    from openpyxl import load_workbook

    template = analyst.get("/quan-tri/dot/w/nhap/population/mau-trong").data
    book = load_workbook(io.BytesIO(template))
    sheet = book.worksheets[0]
    columns = [cell.value for cell in sheet[1]]
    row = {
        "Nhóm đối tượng": "Người dân", "Đơn vị được đánh giá": "Sở Y tế",
        "Họ và tên": "Lò Văn An", "Số điện thoại": "0912345678",
    }  # fmt: skip
    for place, column in enumerate(columns, 1):
        sheet.cell(2, place, row.get(column))
    out = io.BytesIO()
    book.save(out)
    told = {"name": "tong-the.xlsx", "wave": "w", "follow_redirects": True}
    reply = hand_in(analyst, "population", out.getvalue(), **told)
    assert "Đã nhập danh sách tổng thể: 1 người." in text_of(reply)


def hand_in_by_hand(page: Any) -> None:
    content = {"name": "dan-so.csv", "mimeType": "text/csv", "buffer": listed().encode()}
    page.set_input_files("#files", files=[content])
    page.click("text=Nhập danh sách >> nth=-1")
    settle(page)
    page.click("text=Đúng, nhập 110 dòng")
    settle(page)


@pytest.mark.parametrize("page_name", ["phone_page", "desktop_page"])
def test_the_way_from_list_to_sample_in_a_browser(
    page_name: str,
    request: pytest.FixtureRequest,
    signed_page: Callable[..., str],
    axe: Callable[..., None],
    house: House,
) -> None:
    page: Any = request.getfixturevalue(page_name)
    home = signed_page(page)
    page.goto(f"{home}{PAGE}")
    axe(page)
    hand_in_by_hand(page)
    page.fill("#forms", "22")
    page.fill("#seed", "814203")
    page.fill("#cost", "30000")
    page.click("text=Xem kế hoạch")
    axe(page)
    looked_at(page, f"plan-{page_name}")
    page.click("text=Chọn mẫu theo kế hoạch này")
    page.wait_for_selector("text=Lấy làm mẫu của đợt")
    axe(page)
    looked_at(page, f"draw-{page_name}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click("text=Lấy làm mẫu của đợt")
    page.wait_for_selector("text=Mẫu của đợt đã có thêm 22 trường hợp")
    page.goto(f"{home}/quan-tri/dot/w/mau/thay-nguoi")
    axe(page)
    looked_at(page, f"places-{page_name}")
    with house.database.reading() as connection:
        wave = waves.find(connection, "w")
        assert len(tuple(cases.drawn(connection, wave.id))) == 22


def looked_at(page: Any, name: str) -> None:
    """A picture, where somebody wants to look at it."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
