"""The whole way in a real browser: a unit's clerk, an appraiser, the office's table of units."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from survey_app.store import waves
from survey_app.store.assessment import points
from survey_app.web import House
from tests.fieldwork.assessment.handed_in import PDF
from tests.office.assessment.conftest import PASSWORD, add_member
from tests.support.browsing import settle

if TYPE_CHECKING:
    from playwright.sync_api import Page

MINE, TABLE = "/quan-tri/tu-danh-gia", "/quan-tri/dot/test/tu-danh-gia"


@pytest.fixture
def home(app: Flask, house: House, serve: Callable[[Flask], str]) -> str:
    add_member(house, "van-thu-snv", "unit", unit="SNV")
    add_member(house, "so-tu-phap", "appraiser", unit="STP")
    add_member(house, "phan-tich", "analyst")
    return serve(app)


def sign_in(page: Page, home: str, name: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{home}/quan-tri/dang-nhap")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    press(page, "main button[type=submit]")


def press(page: Page, what: str) -> None:
    page.click(what)
    settle(page)


def fits(page: Page) -> None:
    width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1], page.url


def field_of(code: str, kind: str = "points") -> str:
    return f"[id='{kind}-{code}']"


@dataclass
class Walk:
    """A browser on its way through the pages, each of which is looked at."""

    page: Page
    home: str
    axe: Callable[[Page], None] | None

    def look(self) -> None:
        """See that a page fits the screen, and that everybody can use it."""
        fits(self.page)
        if self.axe:
            self.axe(self.page)

    def go(self, path: str) -> None:
        """A page, by its address."""
        self.page.goto(f"{self.home}{TABLE}{path}")
        self.look()

    def press(self, what: str) -> None:
        """Press something that leads on."""
        press(self.page, what)
        self.look()


def enters(walk: Walk) -> None:
    """The clerk types points, once wrongly."""
    page = walk.page
    sign_in(page, walk.home, "van-thu-snv")
    assert page.url == f"{walk.home}{MINE}"
    walk.press(".tasks a")
    walk.press("main .actions a.button >> nth=0")
    page.fill(field_of("1.1.1"), "7")
    walk.press("button[name=next]")
    assert page.locator(field_of("1.1.1")).get_attribute("aria-invalid") == "true"
    page.fill(field_of("1.1.1"), "6,5")
    page.fill(field_of("1.1.1", "words"), "Kế hoạch số 12/KH-SNV ngày 05/01")
    page.fill(field_of("1.1.2"), "2")
    walk.press("main .actions button.second")


def hands_in_and_submits(walk: Walk, file: Path) -> None:
    """A file comes in and goes out as it was; then the unit submits."""
    page = walk.page
    walk.press("a[href$='/kiem-chung/1.1.1']")
    page.set_input_files("#files", str(file))
    walk.press("main form[enctype] button[type=submit]")
    assert page.locator("main .plain a").inner_text() == file.name
    with page.expect_download() as downloading:
        page.click("main .plain a")
    assert Path(downloading.value.path()).read_bytes() == PDF
    walk.go("/nhap/SNV/nop")
    walk.press("main form button[type=submit]")
    assert re.search(r"[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}", page.locator("main").inner_text())


def appraises(walk: Walk) -> None:
    """The appraiser comes by the table, gives points and asks."""
    page = walk.page
    sign_in(page, walk.home, "so-tu-phap")
    walk.go("")
    walk.press("td a[href*='/tham-dinh/1']")
    page.fill(field_of("1.1.1"), "5")
    page.fill(field_of("1.1.1", "words"), "Ban hành chậm")
    page.check("input[name=take-own]")
    page.click(".leaf details >> nth=0 >> summary")
    page.fill(field_of("1.1.1", "question"), "Ban hành ngày nào?")
    walk.press("main .actions button")
    walk.go("/don-vi/SNV")


def answers_and_agrees(walk: Walk) -> None:
    """The clerk answers, and agrees."""
    page = walk.page
    sign_in(page, walk.home, "van-thu-snv")
    walk.press(".tasks a")
    walk.press(".note.warn a")
    page.fill("#answer", "Ngày 05/01.")
    walk.press("main form.stack button")
    walk.press("main form button[type=submit]")
    assert "Đã thống nhất" in page.locator("h1").inner_text()


@pytest.mark.parametrize(
    ("page_of", "server"),
    [("phone_page", "sqlite"), ("desktop_page", "postgresql"), ("plain_page", "sqlite")],
    indirect=["server"],
)
def test_a_unit_assesses_itself_and_is_appraised_and_answers_and_agrees(
    request: pytest.FixtureRequest,
    home: str,
    house: House,
    axe: Callable[[Page], None],
    page_of: str,
    tmp_path: Path,
) -> None:
    page: Page = request.getfixturevalue(page_of)
    walk = Walk(page, home, None if page_of == "plain_page" else axe)
    file = tmp_path / "Kế hoạch số 12.pdf"
    file.write_bytes(PDF)
    enters(walk)
    hands_in_and_submits(walk, file)
    appraises(walk)
    answers_and_agrees(walk)
    sign_in(page, home, "phan-tich")
    walk.go("")
    assert "Đã thống nhất: 1" in page.locator("main").inner_text()
    with house.database.reading() as connection:
        wave = waves.find(connection, "test")
        kept = points.kept(connection, wave.id, "SNV")
    assert [(line.own, line.appraised) for line in kept.values()] == [("6.5", "5"), ("2", "2")]


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_the_offices_own_pages_pass_too(
    phone_page: Page, home: str, axe: Callable[[Page], None]
) -> None:
    sign_in(phone_page, home, "phan-tich")
    for path in ("thoi-han", "don-vi/STP", "don-vi/STP/cong-tru", "nhap/STP", "nhap/STP/nop-bieu"):
        phone_page.goto(f"{home}{TABLE}/{path}")
        fits(phone_page)
        axe(phone_page)
    phone_page.goto(f"{home}/quan-tri/dot/test/nhap/appraised")
    fits(phone_page)
    axe(phone_page)
