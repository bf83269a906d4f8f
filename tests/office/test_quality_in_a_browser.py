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


@pytest.fixture
def checked(house: House, tmp_path: Path) -> Wave:
    with house.database.writing() as connection:
        add_account(connection, "mai", PASSWORD, AT, ("analyst",))
        add_account(connection, "hoa", PASSWORD, AT, ("approver",))
    return checked_wave(house, tmp_path)


class Colleague:
    """Somebody who is signed in, and does what the pages say."""

    def __init__(self, page: Any, home: str, axe: Callable[[Any], None], name: str) -> None:
        self.page, self.home, self.axe = page, home, axe
        page.context.clear_cookies()
        page.goto(f"{home}/quan-tri/")
        page.fill("#name", name)
        page.fill("#password", PASSWORD)
        self.press("Đăng nhập")
        page.goto(f"{home}/quan-tri/dot/dot-2026")
        settle(page)

    def press(self, name: str, told: str = "") -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()
        settle(self.page)
        if told:
            self.page.get_by_text(told).first.wait_for()
        self.axe(self.page)

    def follow(self, name: str) -> None:
        self.page.locator("main").get_by_role("link", name=name).first.click()
        settle(self.page)
        self.axe(self.page)


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
    analyst = Colleague(page, home, axe, "mai")
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
    approver = Colleague(page, home, axe, "hoa")
    approver.follow("Kiểm tra chất lượng")
    approver.follow("Loại phiếu khỏi kết quả")
    approver.press("Đồng ý loại", "Cần tính điểm lại")
    analyst = Colleague(page, home, axe, "mai")
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
    analyst = Colleague(page, serve(app), axe, "mai")
    analyst.follow("Kiểm tra chất lượng")
    analyst.follow("Ý kiến tự ghi")
    page.fill("#ten", "Đúng hẹn")
    analyst.press("Thêm chủ đề", "Đã thêm chủ đề Đúng hẹn")
    page.get_by_label("Đúng hẹn").first.check()
    analyst.press("Lưu chủ đề", "Đã lưu: 1 thay đổi")
    analyst.follow("Đúng hẹn")
    assert page.locator("blockquote").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
