"""An analyst creates, is warned, opens, watches and closes a wave by what the pages say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from survey_app.app import create_app
from survey_app.settings import Settings
from survey_app.store import waves
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.store.sample import cases
from survey_app.web import House
from tests.builders import write_study
from tests.office.conftest import PASSWORD
from tests.office.scored import AT
from tests.support.accounts import PASSWORD_ALONE, add_account
from tests.support.browsing import settle
from tests.support.cast import cast_all

FRAME = "group,unit,sample,stratum,population,planned\ncouncil,,hdnd,all,65,20\n"
SAMPLE = "case,group,unit,asked,sample,stratum,weight,fpc1\n" + "\n".join(
    f"N{number},council,,*,hdnd,all,3.25,65" for number in range(20)
)


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    """An empty installation on either database, with one analyst and the tiny study."""
    database = Database(database_url)
    migrate.upgrade(database)
    with database.writing() as connection:
        add_account(connection, "lan", PASSWORD, AT)
    house = House(Settings(tmp_path, database_url, "k" * 40, sign_in=PASSWORD_ALONE), database)
    house.settings = replace(house.settings, questionnaires=tmp_path / "library")
    write_study(house.library)
    yield house
    database.close()


@pytest.fixture
def app(house: House) -> Flask:
    return create_app(house.settings, house=house)


@pytest.fixture
def screen(desktop_page: Any, database_url: str) -> Any:
    """A laptop on SQLite, a phone on PostgreSQL: neither knows the other."""
    width, height = (1366, 768) if database_url.startswith("sqlite") else (360, 740)
    desktop_page.set_viewport_size({"width": width, "height": height})
    return desktop_page


class Officer:
    """Somebody who does what the page says, and looks at each page."""

    def __init__(self, page: Any, home: str, check: Callable[[Any], None]) -> None:
        self.page, self.home, self.check = page, home, check

    def look(self) -> str:
        settle(self.page)
        self.check(self.page)
        assert self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        return str(self.page.inner_text("main"))

    def press(self, words: str) -> str:
        self.page.locator("main").get_by_role("link", name=words, exact=True).first.click()
        return self.look()

    def send(self, words: str) -> str:
        self.page.locator("main").get_by_role("button", name=words).click()
        return self.look()

    def next(self) -> str:
        """What the one filled button of the wave's page says."""
        return str(self.page.locator("main .columns .actions a.button").first.inner_text())

    def upload(self, text: str) -> str:
        file = {"name": "tep.csv", "mimeType": "text/csv", "buffer": text.encode()}
        self.page.set_input_files("#files", files=[file])
        self.send("Tải lên và kiểm tra")
        return self.send("Đúng, nhập")

    def tick_all(self) -> None:
        for box in self.page.locator("main input[type=checkbox]").all():
            box.check()


def test_a_whole_wave_by_what_the_pages_say(
    house: House,
    screen: Any,
    signed_page: Callable[[Any], str],
    axe: Callable[[Any], None],
) -> None:
    officer = Officer(screen, signed_page(screen), axe)
    assert "Chưa có đợt điều tra nào" in officer.look()
    officer.press("Lập đợt điều tra mới")
    screen.select_option("#study", "demo/2026-department")
    screen.fill("#title_vi", "Khảo sát thử năm 2026")
    screen.fill("#year", "2025")
    assert "không phải là năm của bộ chỉ số" in officer.send("Lập đợt điều tra")
    screen.fill("#year", "")
    assert "Đã lập đợt điều tra" in officer.send("Lập đợt điều tra")
    _prepare(officer, house)
    _open(officer)
    _watch(officer, house)
    _close(officer)
    with house.database.reading() as connection:
        assert waves.find(connection, "khao-sat-thu-nam-2026").state == "closed"


def _prepare(officer: Officer, house: House) -> None:
    assert officer.next() == "Nhập dàn mẫu"
    officer.press("Nhập dàn mẫu")
    officer.page.locator("main .actions a[href*=nhap]").first.click()
    officer.upload(FRAME)
    assert officer.next() == "Nhập mẫu"
    officer.press("Nhập mẫu")
    officer.page.locator("main .actions a[href*=nhap]").first.click()
    officer.upload(SAMPLE)
    assert "1 trên 2 nhóm đối tượng của bộ chỉ số không có ai trong mẫu" in officer.look()


def _open(officer: Officer) -> None:
    here = officer.page.url
    officer.page.goto(f"{here}/open")
    said = officer.look()
    assert "20 trên 20 người trong mẫu chưa có đường dẫn" in said
    assert "Đề nghị đọc và đánh dấu" in officer.send("Mở đợt điều tra")
    officer.tick_all()
    assert "Đã mở đợt điều tra" in officer.send("Mở đợt điều tra")
    assert officer.next() != "Đóng đợt điều tra"


def _watch(officer: Officer, house: House) -> None:
    with house.database.writing() as connection:
        wave = waves.find(connection, "khao-sat-thu-nam-2026")
        made = cases.issue_invitations(connection, wave, "2026-01-05")
    cast_all(house.database, [each.token for each in made[:9]], 0)
    house.mixer.mix_all()
    officer.page.reload()
    assert officer.next() == "Theo dõi tiến độ thu phiếu"
    assert "9 trên 20 người được mời đã trả lời (45%)" in officer.look()
    for page in ("phieu", "don-vi", "dan-mau", "mau", "thu-moi", "thiet-lap"):
        officer.page.goto(f"{officer.home}/quan-tri/dot/khao-sat-thu-nam-2026/{page}")
        officer.look()
    officer.page.goto(f"{officer.home}/quan-tri/")
    assert "Khảo sát thử năm 2026" in officer.look()
    officer.press("Khảo sát thử năm 2026")


def _close(officer: Officer) -> None:
    said = officer.press("Đóng đợt điều tra")
    assert "Mới có 9 trên 20 người được mời trả lời (45%)" in said
    officer.send("Đóng đợt điều tra")
    officer.tick_all()
    assert "Đã đóng đợt điều tra" in officer.send("Đóng đợt điều tra")
    assert officer.next() == "Xem tự đánh giá, thẩm định"
    officer.press("Mở lại đợt điều tra")
    officer.press("Không, quay lại")
