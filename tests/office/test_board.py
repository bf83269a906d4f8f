"""The fieldwork board as an analyst sees it: in pages, and in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from survey_app.office.guard import login
from survey_app.store import board
from survey_app.store import tables as t
from survey_app.store.engine.database import Database
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.office.conftest import PASSWORD
from tests.office.copies import Copy, copied
from tests.office.fieldwork import two_years
from tests.office.scored import AT, house_at
from tests.support.accessible import legible_by_night
from tests.support.accounts import add_account

BOARD = "/quan-tri/dot/nay/tien-do"
CASES = f"{BOARD}/truong-hop"


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Copy]:
    with copied(_two_years, tmp_path) as copy:
        yield copy


@dataclass(frozen=True)
class Years:
    """Last year's wave, which is closed, and this year's, which is open."""

    last: Wave
    this: Wave


@pytest.fixture
def years(begun: Copy) -> Years:
    return begun.kept


def _two_years(database: Database, folder: Path) -> Years:
    t.metadata.create_all(database.engine)
    with database.writing() as connection:
        add_account(connection, "lan", PASSWORD, AT)
    made = two_years(house_at(database, folder), folder / "texts")
    return Years(made.last, made.this)


def text(client: FlaskClient, path: str) -> str:
    reply = client.get(path)
    assert reply.status_code == 200, path
    return re.sub(r"<[^>]+>", " ", reply.get_data(as_text=True))


def test_the_board_shows_what_is_kept_and_the_same_day_of_last_year(
    house: House, analyst: FlaskClient, years: Years
) -> None:
    with house.database.reading() as connection:
        total = board.total(board.cells(connection, years.this))
        last = board.days(connection, years.last)
    assert total.returned > 20
    page = text(analyst, BOARD)
    assert f"{total.returned} / {total.issued}" in page
    opened = waves_day(years.last)
    so_far = sum(day.sent for day in last if day.day <= f"{opened[:8]}{int(opened[8:]) + 6:02}")
    assert "Cùng ngày của đợt năm 2025" in page or so_far == 0
    assert "Sở Nội vụ" in page
    assert "Mẫu chung, đánh giá nhiều đơn vị (hdnd)" in page


def waves_day(wave: Wave) -> str:
    return str(wave.opened_at)[:10]


def test_a_unit_with_too_few_is_marked_and_can_be_filtered_out(
    analyst: FlaskClient, years: Years
) -> None:
    assert "Sở Tư pháp" in text(analyst, f"{BOARD}?duoi=1")
    assert "Sở Nội vụ" not in text(analyst, f"{BOARD}?duoi=1")
    assert "dưới mức tối thiểu" in text(analyst, BOARD)


def test_units_are_searched_grouped_and_sorted_by_the_address(
    analyst: FlaskClient, years: Years
) -> None:
    assert "Sở Nội vụ" not in text(analyst, f"{BOARD}?loc=tư+pháp")
    assert "Không có dòng nào phù hợp" in text(analyst, f"{BOARD}?loc=không+có")
    assert "Mẫu chung" not in text(analyst, f"{BOARD}?nhom=citizens")
    by_name = text(analyst, f"{BOARD}?sap-xep=-don-vi")
    assert by_name.index("Sở Tư pháp") < by_name.index("Sở Nội vụ")
    assert text(analyst, f"{BOARD}?nhom=khong-co&sap-xep=x&duoi=%00")


def test_the_part_that_renews_itself_is_what_the_page_shows(
    analyst: FlaskClient, years: Years
) -> None:
    whole = analyst.get(f"{BOARD}?sap-xep=-ty-le").get_data(as_text=True)
    part = analyst.get(f"{BOARD}/manh?sap-xep=-ty-le").get_data(as_text=True)
    assert "<html" not in part
    assert part.strip() in whole


def test_a_board_that_renews_itself_keeps_nobody_signed_in(
    house: House, analyst: FlaskClient, years: Years
) -> None:
    now = house.clock()
    for minutes, path, status in ((20, f"{BOARD}/manh", 200), (40, BOARD, 302)):
        house.clock = lambda minutes=minutes: now + timedelta(minutes=minutes)  # type: ignore[misc]
        assert analyst.get(path).status_code == status
    house.clock = lambda: now


def test_the_numbers_of_each_unit_and_group_are_shown_where_asked_for(
    house: House, analyst: FlaskClient, years: Years
) -> None:
    with house.database.reading() as connection:
        cells = board.cells(connection, years.this)
    assert 'id="t-cells"' not in analyst.get(BOARD).text
    shown = analyst.get(f"{BOARD}?so-lieu=1").text.partition('id="t-cells"')[2]
    rows = shown.partition("<tbody>")[2].partition("</tbody>")[0].split("<tr>")[1:]
    assert len(rows) == len(cells)
    issued = [re.findall(r'<td class="num">([^<]*)</td>', row)[3] for row in rows]
    assert sum(map(int, issued)) == sum(cell.issued for cell in cells)
    assert "so-lieu=1" in analyst.get(f"{BOARD}?so-lieu=1&nhom=citizens").text


def test_a_closed_wave_says_that_its_numbers_are_final_and_renews_nothing(
    analyst: FlaskClient, years: Years
) -> None:
    page = analyst.get("/quan-tri/dot/cu/tien-do").get_data(as_text=True)
    assert "số liệu cuối cùng" in page
    assert "data-renew" not in page
    assert "Dự kiến khi đóng" not in re.sub(r"<p.*?</p>", "", page, flags=re.DOTALL)


def test_a_wave_without_a_sample_says_what_comes_first(
    house: House, analyst: FlaskClient, years: Years
) -> None:
    with house.database.writing() as connection:
        connection.execute(t.kept_counts.delete().where(t.kept_counts.c.wave_id == years.this.id))
    assert "chưa có mẫu điều tra" in text(analyst, BOARD)


def test_cases_of_an_open_wave_show_what_the_office_noted_and_not_who_answered(
    house: House, analyst: FlaskClient, years: Years
) -> None:
    page = text(analyst, f"{CASES}?nhom=citizens&don-vi=SNV")
    assert "không cho biết ai đã trả lời" in page
    assert "Đã gửi phiếu" not in page
    assert "C001" in page
    noted = text(analyst, f"{CASES}?nhom=citizens&don-vi=SNV&trang-thai=noted")
    rows = len(re.findall(r"\bC\d{3}\b", noted))
    assert f"Có kết quả tiếp cận ({rows})" in noted


def test_cases_of_a_closed_wave_show_who_answered_where_neither_side_is_small(
    house: House, analyst: FlaskClient, years: Years
) -> None:
    path = "/quan-tri/dot/cu/tien-do/truong-hop"
    with house.database.reading() as connection:
        sent = {
            cell.unit: cell.returned
            for cell in board.cells(connection, years.last)
            if cell.grp == "citizens"
        }
    page = text(analyst, f"{path}?nhom=citizens&don-vi=SNV")
    assert f"Đã gửi phiếu ({sent['SNV']})" in page
    small = text(analyst, f"{path}?nhom=citizens&don-vi=STP")
    assert "dưới 5 người đã trả lời" in small
    assert "Đã gửi phiếu" not in small
    assert "C062" in small


def test_cases_come_in_pages(analyst: FlaskClient, years: Years) -> None:
    first = text(analyst, f"{CASES}?nhom=citizens&don-vi=SNV")
    second = text(analyst, f"{CASES}?nhom=citizens&don-vi=SNV&trang=2")
    assert "C000" in first
    assert "C050" in second
    assert "C000" not in second
    assert text(analyst, f"{CASES}?nhom=citizens&don-vi=SNV&trang=99") == second
    assert analyst.get(f"{CASES}?nhom=citizens&don-vi=XYZ").status_code == 404


def test_who_may_not_see_cases_gets_numbers_without_links(
    house: House, analyst: FlaskClient, years: Years, monkeypatch: pytest.MonkeyPatch
) -> None:
    may = login.Signed.may
    monkeypatch.setattr(login.Signed, "may", lambda who, it: it != "case.see" and may(who, it))
    assert "truong-hop" not in analyst.get(BOARD).get_data(as_text=True)
    assert analyst.get(f"{CASES}?nhom=citizens&don-vi=SNV").status_code == 403


def test_the_board_is_clean_and_fits_anywhere_in_light_and_dark(
    desktop_page: Any, phone_page: Any, signed_page: Callable[[Any], str], years: Years,
    axe: Callable[[Any], None],
) -> None:  # fmt: skip
    paths = ["nay/tien-do", "cu/tien-do", "nay/tien-do/truong-hop?nhom=citizens&don-vi=SNV"]
    for page in (desktop_page, phone_page):
        home = signed_page(page)
        for path in paths:
            page.goto(f"{home}/quan-tri/dot/{path}")
            axe(page)
            legible_by_night(page)
            wide = "document.documentElement.scrollWidth <= window.innerWidth"
            assert page.evaluate(wide), path


def test_the_board_renews_itself_while_it_is_seen_and_keeps_the_focus(
    house: House, desktop_page: Any, signed_page: Callable[[Any], str], years: Years
) -> None:
    heard: list[str] = []
    desktop_page.on("console", lambda message: heard.append(message.text))
    home = signed_page(desktop_page)
    desktop_page.clock.install()
    desktop_page.goto(f"{home}{BOARD}")
    desktop_page.click("summary >> text=Bảng số liệu theo ngày")
    desktop_page.focus("th a.sort >> nth=1")
    with house.database.writing() as connection:
        rows = t.kept_counts.c
        mine = (rows.wave_id == years.this.id) & (rows.unit == "SNV")
        sent = connection.execute(select(rows.sent).where(mine)).scalar_one()
        connection.execute(update(t.kept_counts).where(mine).values(sent=sent + 7))
        total = board.total(board.cells(connection, years.this))
    with desktop_page.expect_response("**/manh"):
        desktop_page.clock.run_for(31_000)
    shown = f"{total.returned} / {total.issued}"
    desktop_page.wait_for_selector(f"text={shown}")
    assert desktop_page.evaluate("document.activeElement.className") == "sort"
    assert desktop_page.evaluate("document.querySelector('.board-days').open")
    assert heard == []


def test_without_scripts_the_board_is_filtered_sorted_and_drilled_into(
    plain_page: Any, signed_page: Callable[[Any], str], years: Years
) -> None:
    home = signed_page(plain_page)
    plain_page.goto(f"{home}{BOARD}")
    plain_page.click("details.filters-menu > summary")  # a phone folds the filters
    plain_page.select_option("#f-nhom", "citizens")
    plain_page.click("button >> text=Lọc")
    plain_page.wait_for_url("**nhom=citizens**")
    assert "Mẫu chung" not in plain_page.inner_text("#t-units >> xpath=ancestor::table")
    plain_page.click("a.sort >> nth=0")
    plain_page.wait_for_url("**sap-xep=don-vi**")
    assert "nhom=citizens" in plain_page.url
    plain_page.click("table.heat td a >> nth=0")
    plain_page.wait_for_url("**/truong-hop**")
    assert "Trường hợp trong mẫu" in plain_page.inner_text("h1")


def test_a_session_that_has_ended_leaves_the_board_as_it_was(
    desktop_page: Any, signed_page: Callable[[Any], str], years: Years
) -> None:
    home = signed_page(desktop_page)
    desktop_page.clock.install()
    desktop_page.goto(f"{home}{BOARD}")
    before = desktop_page.inner_text("#board")
    desktop_page.context.clear_cookies()
    with desktop_page.expect_request("**/manh"):
        desktop_page.clock.run_for(31_000)
    assert desktop_page.inner_text("#board") == before
