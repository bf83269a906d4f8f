"""An analyst reads only the pages: from texts to letters out, reminders planned, outcomes noted."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import delete, insert, select

from survey_app.store import tables as t
from survey_app.store import waves
from survey_app.store.waves import Wave
from survey_app.waves.plan import Plan
from survey_app.web import House
from tests.fielded import field

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


@pytest.mark.parametrize("device", ["desktop_page", "phone_page"])
def test_an_analyst_gets_letters_out_and_notes_what_became_of_them(
    request: pytest.FixtureRequest,
    house: House,
    fielded: Wave,
    signed_page: Callable[..., str],
    axe: Callable[..., None],
    tmp_path: Path,
    device: str,
) -> None:
    page = request.getfixturevalue(device)
    home = signed_page(page)
    page.goto(f"{home}{WAVE}/thu-moi")
    axe(page)
    page.get_by_role("link", name="Nội dung thư và tin nhắn").click()
    page.fill("#place", "Sơn La")
    page.fill("#body", "Kính mời {ten} {sai}")
    page.get_by_role("button", name="Lưu và xem trước").click()
    page.get_by_text("Dòng 1, ký tự 16").wait_for()
    axe(page)
    page.fill("#body", "Kính mời {ten} trả lời.")
    page.get_by_role("button", name="Lưu và xem trước").click()
    page.get_by_text("Đã lưu nội dung").wait_for()
    preview = page.locator("img.letter")
    preview.scroll_into_view_if_needed()
    assert preview.evaluate("it => it.decode().then(() => it.naturalWidth)") > 500
    axe(page)
    page.goto(f"{home}{WAVE}/thu-moi/cap")
    axe(page)
    page.fill("#labels", "council-0 council-1")
    page.check("input[name=again]")
    page.get_by_role("button", name="Tiếp tục").click()
    page.get_by_text("2 đường dẫn cũ sẽ không mở được nữa").wait_for()
    axe(page)
    page.get_by_role("button", name="Cấp đường dẫn").click()
    axe(page)
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Tải").click()
    packed = zipfile.ZipFile(fetched.value.path())
    assert len(pypdfium2.PdfDocument(packed.read("thu-moi.pdf"))) == 2
    page.goto(f"{home}{WAVE}/thu-moi/nhac")
    page.fill("#day1", house.today())
    page.get_by_role("button", name="Lưu ngày nhắc").click()
    page.get_by_role("button", name="Lập danh sách nhắc lần 1").click()
    page.get_by_text("Đã lập danh sách nhắc lần 1").wait_for()
    axe(page)
    page.get_by_role("link", name="Xem danh sách cả nhóm").click()
    assert page.locator("tbody tr").count() == 15
    axe(page)
    page.goto(f"{home}{WAVE}/thu-moi/ket-qua")
    page.fill("#labels", "council-2, council-3")
    page.select_option("#kind", "away")
    axe(page)
    page.get_by_role("button", name="Ghi", exact=True).click()
    page.get_by_text("Đã ghi cho 2 trường hợp").wait_for()
    page.goto(f"{home}{WAVE}/truong-hop/council-2")
    page.get_by_text("Vắng suốt thời gian điều tra").first.wait_for()
    axe(page)
    page.goto(f"{home}{WAVE}/thu-moi/thu-hoi")
    axe(page)
