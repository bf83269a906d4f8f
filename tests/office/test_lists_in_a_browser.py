"""An office's own list, handed in by an analyst in a real browser: faults, sheets, confirming."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from survey_app.store import tables as t
from survey_app.web import House
from tests.fielded import field
from tests.office.test_list_columns import SAID, unheard
from tests.office.test_lists import FAULTY, count, row, two_sheets, workbook
from tests.support.browsing import settle

UPLOAD = "/quan-tri/dot/test/nhap/sample"


@pytest.fixture(params=["phone_page", "desktop_page", "plain_page"])
def anywhere(request: pytest.FixtureRequest) -> Any:
    """A phone, a desktop, and a phone that runs no script."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def look(anywhere: Any, axe: Callable[..., None], request: pytest.FixtureRequest) -> Any:
    """Holds a page against the rules; makes a picture of it where somebody wants to see it."""
    device = str(request.node.callspec.params["anywhere"])

    def looked_at(name: str) -> None:
        settle(anywhere)
        if device != "plain_page":
            axe(anywhere)
        assert anywhere.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if folder := os.environ.get("PICTURES"):
            anywhere.screenshot(path=f"{folder}/{name}-{device}.png", full_page=True)

    return looked_at


def hand_in(page: Any, home: str, content: bytes) -> None:
    page.goto(f"{home}{UPLOAD}")
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    page.set_input_files(
        "#files", files=[{"name": "mau.xlsx", "mimeType": kind, "buffer": content}]
    )
    page.click("text=Tải lên và kiểm tra")
    settle(page)


def test_a_list_is_mended_understood_and_confirmed(
    anywhere: Any, look: Any, signed_page: Any, house: House, tmp_path: Path
) -> None:
    field(house.database, tmp_path / "texts", council=0, citizens=0, opened=False)
    with house.database.writing() as connection:
        connection.execute(t.strata.delete())
    home = signed_page(anywhere)
    hand_in(anywhere, home, workbook(*FAULTY))
    look("list-faults")
    assert "Có 43 lỗi cần sửa" in anywhere.inner_text("main")
    with anywhere.expect_download() as fetched:
        anywhere.click("text=Tải bản đánh dấu mọi lỗi")
    book = load_workbook(io.BytesIO(Path(fetched.value.path()).read_bytes()))
    assert book.worksheets[0]["H3"].comment
    hand_in(anywhere, home, two_sheets())
    look("list-sheets")
    anywhere.check("text=Đợt 2")
    anywhere.click("text=Đọc trang tính này")
    settle(anywhere)
    assert "A2" in anywhere.inner_text("main")
    anywhere.click("text=Không nhập, xóa tệp này")
    settle(anywhere)
    assert "Đã xóa tệp vừa tải lên" in anywhere.inner_text("body")
    hand_in(anywhere, home, workbook(*(row(n) for n in range(1, 8))))
    look("list-understood")
    assert "Người dân" in anywhere.inner_text("main")
    assert count(house) == 0
    anywhere.click("text=Đúng, nhập 7 dòng")
    settle(anywhere)
    assert "Đã nhập mẫu điều tra: 7 trường hợp." in anywhere.inner_text("body")
    assert count(house) == 7


def test_what_columns_are_is_chosen_on_the_page(
    anywhere: Any, look: Any, signed_page: Any, house: House, tmp_path: Path
) -> None:
    field(house.database, tmp_path / "texts", council=0, citizens=0, opened=False)
    home = signed_page(anywhere)
    hand_in(anywhere, home, unheard("Lò Văn Chủ Hộ", "Quàng Thị B"))
    look("list-columns-asked")
    assert "Mỗi cột của tệp là gì?" in anywhere.inner_text("h1")
    for place, means in SAID.items():
        anywhere.select_option(f"select[name=column-{place}]", means)
    anywhere.click("text=Đọc lại theo các cột đã chọn")
    settle(anywhere)
    look("list-columns-understood")
    assert "Kiểm tra trước khi nhập" in anywhere.inner_text("h1")
    anywhere.click("text=Đúng, nhập 2 dòng")
    settle(anywhere)
    assert count(house) == 2


def test_days_are_typed_in_fields_of_their_own(
    anywhere: Any, look: Any, signed_page: Any, house: House
) -> None:
    home = signed_page(anywhere)
    anywhere.goto(f"{home}/quan-tri/dot/moi")
    for part, text in (("day", "31"), ("month", "2"), ("year", "2027"), ("hour", "7h30")):
        anywhere.fill(f"input[name=opens_at-{part}]", text)
    anywhere.click("main button[type=submit]")
    settle(anywhere)
    look("days-refused")
    assert "Thời gian không hợp lệ" in anywhere.inner_text("main")
    assert anywhere.input_value("input[name=opens_at-day]") == "31", "what was typed stands there"
