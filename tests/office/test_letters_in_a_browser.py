"""An analyst reads only the pages: from texts to letters out, reminders planned, outcomes noted."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import delete, insert, select

from survey_app.store import tables as t
from survey_app.store import waves
from survey_app.store.waves import Wave
from survey_app.waves.plan import Plan
from survey_app.web import House
from tests.fielded import field
from tests.support.browsing import settle

WAVE = "/quan-tri/dot/test"


@pytest.fixture
def fielded(house: House, tmp_path: Path) -> Wave:
    wave = field(house.database, tmp_path / "texts", council=12, citizens=3).wave
    with house.database.writing() as connection:
        connection.execute(delete(t.contacts))
        for number, case_id in enumerate(connection.execute(select(t.cases.c.id)).scalars().all()):
            contact = {"case_id": case_id, "name": f"Lò Văn Ưởng {number}", "phone": "0912345678"}
            connection.execute(insert(t.contacts).values(**contact))
        waves.change(connection, wave, Plan(title_vi="Khảo sát", contact_vi="Bà Hà, 0212 3850 000"))
    return wave


class Officer:
    """Somebody who does what the pages say, each looked at for those who see or hear it badly."""

    def __init__(self, page: Any, home: str, axe: Callable[[Any], None]) -> None:
        self.page, self.home, self.axe = page, home, axe

    def go(self, path: str) -> None:
        self.page.goto(f"{self.home}{WAVE}/{path}")
        self.axe(self.page)

    def press(self, button: str, told: str = "") -> None:
        self.page.get_by_role("button", name=button, exact=True).click()
        settle(self.page)
        if told:
            self.page.get_by_text(told).first.wait_for()
        self.axe(self.page)

    def writes_the_text(self) -> None:
        self.page.get_by_role("link", name="Nội dung thư và tin nhắn").click()
        settle(self.page)
        self.page.fill("#place", "Sơn La")
        self.page.fill("#body", "Kính mời {ten} {sai}")
        self.press("Lưu và xem trước", "Dòng 1, ký tự 16")
        self.page.fill("#body", "Kính mời {ten} trả lời.")
        self.press("Lưu và xem trước", "Đã lưu nội dung")
        preview = self.page.locator("img.letter")
        preview.scroll_into_view_if_needed()
        assert preview.evaluate("it => it.decode().then(() => it.naturalWidth)") > 500

    def issues_links_anew(self) -> zipfile.ZipFile:
        self.go("thu-moi/cap")
        self.page.fill("#labels", "council-0 council-1")
        self.page.check("input[name=again]")
        self.press("Tiếp tục", "2 đường dẫn cũ sẽ không mở được nữa")
        self.press("Cấp đường dẫn", "Đã cấp 2 đường dẫn")
        with self.page.expect_download() as fetched:
            self.page.get_by_role("button", name="Tải").click()
        return zipfile.ZipFile(fetched.value.path())

    def draws_up_a_list(self, today: str) -> int:
        self.go("thu-moi/nhac")
        for part, text in zip(("year", "month", "day"), today.split("-"), strict=True):
            self.page.fill(f"input[name=day1-{part}]", text)
        self.press("Lưu ngày nhắc", "Đã lưu ngày nhắc")
        self.press("Lập danh sách nhắc lần 1", "Đã lập danh sách nhắc lần 1")
        self.page.get_by_role("link", name="Xem danh sách cả nhóm").click()
        settle(self.page)
        self.axe(self.page)
        return int(self.page.locator("tbody tr").count())

    def notes_outcomes(self) -> None:
        self.go("thu-moi/ket-qua")
        self.page.fill("#labels", "council-2, council-3")
        self.page.select_option("#kind", "away")
        self.press("Ghi", "Đã ghi cho 2 trường hợp")
        self.go("truong-hop/council-2")
        self.page.get_by_text("Vắng suốt thời gian điều tra").first.wait_for()


@pytest.mark.parametrize("device", ["desktop_page", "phone_page"])
def test_an_analyst_gets_letters_out_and_notes_what_became_of_them(
    request: pytest.FixtureRequest,
    house: House,
    fielded: Wave,
    signed_page: Callable[..., str],
    axe: Callable[..., None],
    device: str,
) -> None:
    page = request.getfixturevalue(device)
    officer = Officer(page, signed_page(page), axe)
    officer.go("thu-moi")
    officer.writes_the_text()
    packed = officer.issues_links_anew()
    assert len(pypdfium2.PdfDocument(packed.read("thu-moi.pdf"))) == 2
    assert officer.draws_up_a_list(house.today()) == 15
    officer.notes_outcomes()
    officer.go("thu-moi/thu-hoi")
