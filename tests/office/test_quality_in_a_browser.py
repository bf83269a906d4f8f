"""An analyst and an approver read only the pages: from screening to results with and without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from survey_app.store.waves import Wave
from survey_app.web import House
from tests.office.checked import checked_wave
from tests.office.conftest import PASSWORD
from tests.office.scored import AT
from tests.support.accounts import add_account
from tests.support.browsing import settle
from tests.support.colleague import Colleague


@pytest.fixture
def checked(house: House, tmp_path: Path) -> Wave:
    with house.database.writing() as connection:
        add_account(connection, "mai", PASSWORD, AT, ("analyst",))
        add_account(connection, "hoa", PASSWORD, AT, ("approver",))
    return checked_wave(house, tmp_path)


def at_the_wave(page: Any, home: str, axe: Callable[[Any], None], name: str) -> Colleague:
    """Somebody who has signed in and looks at the wave."""
    return Colleague(page, home, axe).comes(name, PASSWORD).opens("/quan-tri/dot/dot-2026")


@pytest.mark.parametrize("given", ["phone_page", "desktop_page"])
def test_a_wave_is_checked_from_its_task_list_to_results_with_and_without(
    request: pytest.FixtureRequest,
    app: Flask,
    serve: Callable[[Flask], str],
    axe: Callable[[Any], None],
    checked: Wave,
    given: str,
) -> None:
    page, home = request.getfixturevalue(given), serve(app)
    analyst = at_the_wave(page, home, axe, "mai")
    analyst.follow("Kiểm tra chất lượng")
    analyst.press("Rà soát phiếu", "Đã rà soát phiếu.")
    assert page.get_by_text("nên phúc tra").count() == 1
    analyst.follow("Chọn người phúc tra (Người dân, Sở Tư pháp")
    page.fill("#so", "6")
    analyst.press("Chọn ngẫu nhiên", "Đã chọn 6 người")
    for choice in page.locator("main select").all():
        choice.select_option("not_asked")
    analyst.press("Lưu kết quả phúc tra", "0 / 6 xác nhận")
    page.goto(f"{home}/quan-tri/dot/dot-2026/kiem-tra")
    analyst.follow("Đề nghị loại phiếu (Người dân, Sở Tư pháp")
    page.check("#reason-fast")
    page.fill("#basis", "Biên bản 12/BB-SNV")
    analyst.press("Gửi đề nghị", "Một người khác cần quyết định")
    approver = at_the_wave(page, home, axe, "hoa")
    approver.follow("Kiểm tra chất lượng")
    approver.follow("Loại phiếu khỏi kết quả")
    approver.press("Đồng ý loại", "Cần tính điểm lại")
    analyst = at_the_wave(page, home, axe, "mai")
    page.goto(f"{home}/quan-tri/dot/dot-2026/merge")
    page.locator("main button[type=submit]").first.click()
    settle(page)
    page.get_by_role("heading", name="Kết quả khi tính cả các phiếu bị loại").wait_for()
    axe(page)


@pytest.mark.parametrize("given", ["phone_page", "desktop_page"])
def test_texts_are_read_coded_and_searched(
    request: pytest.FixtureRequest,
    app: Flask,
    serve: Callable[[Flask], str],
    axe: Callable[[Any], None],
    checked: Wave,
    given: str,
) -> None:
    page = request.getfixturevalue(given)
    analyst = at_the_wave(page, serve(app), axe, "mai")
    analyst.follow("Kiểm tra chất lượng")
    analyst.follow("Ý kiến tự ghi")
    page.fill("#ten", "Đúng hẹn")
    analyst.press("Thêm chủ đề", "Đã thêm chủ đề Đúng hẹn")
    page.get_by_label("Đúng hẹn").first.check()
    analyst.press("Lưu chủ đề", "Đã lưu: 1 thay đổi")
    analyst.follow("Đúng hẹn")
    assert page.locator("blockquote").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
