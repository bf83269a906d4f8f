"""From a unit's own points to a corrected publication, by six people who read only the pages.

Real Chromium, on PostgreSQL; each room's own tests have its pages on SQLite. The administrator, the
analyst, the appraiser at a laptop, the unit's clerk, the approver and the public with a phone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from survey_app.store import publications, waves
from survey_app.store.log import audit
from tests.fieldwork.assessment.handed_in import PDF
from tests.jobs.live_site import live_site
from tests.support.accounts import add_account
from tests.support.colleague import Colleague
from tests.support.six_roles import OTHER, UNIT, WAVE, Installation

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.usefixtures("process_files")

PASSWORD = "một mật khẩu rất dài"
COLLEAGUES = {
    "phan-tich": ("analyst", ""),
    "lanh-dao": ("approver", ""),
    "tham-dinh": ("appraiser", OTHER),
    "van-thu": ("unit", UNIT),
    "tra-cuu": ("reader", ""),
}
"""Name -> role and unit; with the administrator who makes them they are six."""

QUESTION, ANSWER = "Kế hoạch ban hành ngày nào?", "Ngày 05/01/2026, Kế hoạch số 12/KH-SNV."
REASON = "Ban hành chậm hơn thời hạn quy định"
WITHDRAWN = "Điểm thẩm định tiêu chí 1.1.1 của Sở Nội vụ nhập sai"


@dataclass
class Office:
    """A laptop, a phone, and who sits before them."""

    laptop: Colleague
    phone: Colleague

    def at_laptop(self, name: str) -> Colleague:
        return self.laptop.comes(name, PASSWORD)

    def by_phone(self, name: str) -> Colleague:
        return self.phone.comes(name, PASSWORD)


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    made = Installation(database_url, tmp_path)
    with made.database.writing() as connection:
        stamp = made.house.stamp()
        add_account(connection, "quan-tri", PASSWORD, stamp, ["administrator"])
    made.field()
    yield made
    made.database.close()


@pytest.fixture
def office(installation: Installation, desktop_page: Page, phone_page: Page) -> Iterator[Office]:
    """The site as in the field: processes that answer, and a worker beside them."""
    with live_site(installation) as site:
        yield Office(Colleague(desktop_page, site.home), Colleague(phone_page, site.home))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_six_people_come_from_a_units_own_points_to_a_corrected_publication(
    office: Office, installation: Installation, tmp_path: Path
) -> None:
    accounts_are_made(office)
    the_unit_submits(office, tmp_path)
    the_appraiser_asks_and_the_unit_answers(office)
    forms_are_left_out_by_two(office)
    results_are_looked_at_and_prepared(office)
    the_approver_publishes_and_withdraws(office)
    a_correction_stands_beside(office)
    with installation.database.reading() as connection:
        wave = waves.find(connection, WAVE)
        known = publications.versions(connection, wave.id)
        assert [bool(version.withdrawn) for version in known] == [True, False]
        assert audit.verify(connection) is None


def accounts_are_made(office: Office) -> None:
    """The administrator makes the accounts; each of the others chooses a password of their own."""
    once: dict[str, str] = {}
    admin = office.at_laptop("quan-tri")
    for name, (role, unit) in COLLEAGUES.items():
        admin.follow("Tài khoản", inside="header").follow("Tạo tài khoản")
        admin.fill(name=name, unit=unit)
        admin.page.check(f"input[name=roles][value={role}]")
        admin.press("Tạo tài khoản")
        once[name] = admin.page.inner_text("#once")
    for name, password in once.items():
        phone = office.phone.comes(name, password)
        phone.fill(password=PASSWORD, again=PASSWORD).press("Lưu mật khẩu")


def the_unit_submits(office: Office, folder: Path) -> None:
    """Points, what the evidence says, a file; checked and handed in."""
    clerk = office.by_phone("van-thu")
    clerk.follow("Chỉ số thử nghiệm").follow("Nhập điểm còn thiếu")
    clerk.fill(**{"points-1.1.1": "6,5", "points-1.1.2": "2"})
    clerk.fill(**{"words-1.1.1": "Kế hoạch số 12/KH-SNV", "words-1.1.2": "Báo cáo số 7/BC-SNV"})
    clerk.press("Lưu", told="Số tiêu chí có thay đổi: 2").follow("Tệp kiểm chứng (1.1.1)")
    file = folder / "ke-hoach-12.pdf"
    file.write_bytes(PDF)
    clerk.page.set_input_files("#files", str(file))
    clerk.press("Tải lên", told=file.name).follow("Quay lại").follow("Kiểm tra và nộp")
    clerk.press("Nộp", told="Số biên nhận")


def the_appraiser_asks_and_the_unit_answers(office: Office) -> None:
    """Other points with a reason and a question back; the unit answers and agrees."""
    appraiser = office.at_laptop("tham-dinh").follow("Chỉ số thử nghiệm")
    appraiser.follow("Tự đánh giá, thẩm định").follow("2 (Sở Nội vụ)")
    appraiser.fill(**{"points-1.1.1": "5", "words-1.1.1": REASON, "points-1.1.2": "2"})
    appraiser.page.locator("details:has([id='question-1.1.1']) summary").click()
    appraiser.fill(**{"question-1.1.1": QUESTION}).press("Lưu")
    clerk = office.by_phone("van-thu").follow("Chỉ số thử nghiệm").follow(QUESTION)
    clerk.fill(answer=ANSWER).press("Gửi giải trình").press("Thống nhất với điểm thẩm định")
    assert "Đã thống nhất" in clerk.reads
    assert REASON in clerk.reads


def forms_are_left_out_by_two(office: Office) -> None:
    """The wave is closed, screened and called back about; hasty forms are left out by two."""
    analyst = office.at_laptop("phan-tich").follow("Chỉ số thử nghiệm")
    analyst.follow("Đóng đợt điều tra").tick_all("known").tick_all("accept")
    analyst.press("Đóng đợt điều tra").follow("Kiểm tra chất lượng")
    analyst.press("Rà soát phiếu", told="Đã rà soát phiếu.")
    analyst.follow("Chọn người phúc tra (Người dân, Sở Tư pháp").fill(so="6")
    analyst.press("Chọn ngẫu nhiên", told="Đã chọn 6 người")
    for choice in analyst.page.locator("main select").all():
        choice.select_option("not_asked")
    analyst.press("Lưu kết quả phúc tra", told="0 / 6 xác nhận")
    analyst.follow("Kiểm tra chất lượng", inside=".side")
    analyst.follow("Đề nghị loại phiếu (Người dân, Sở Tư pháp").page.check("#reason-fast")
    analyst.fill(basis="Biên bản phúc tra số 12/BB-SNV")
    analyst.press("Gửi đề nghị", told="Một người khác cần quyết định")
    approver = office.by_phone("lanh-dao").follow("Kiểm tra chất lượng")
    approver.follow("Loại phiếu khỏi kết quả").press("Đồng ý loại", told="Cần tính điểm lại")


def results_are_looked_at_and_prepared(office: Office) -> None:
    """Scored, looked at down to one number, examined, and put before whoever approves."""
    analyst = office.laptop.opens(f"/quan-tri/dot/{WAVE}").follow("Tính điểm")
    analyst.press("Tính điểm và tổng hợp điểm thẩm định")
    assert "Kết quả khi tính cả các phiếu bị loại" in analyst.reads
    analyst.follow("Sở Nội vụ").follow("Điểm của đơn vị được tính").click("main section a")
    assert "Từ câu trả lời đến tỷ lệ của từng nhóm" in analyst.reads
    analyst.follow("Công bố kết quả", inside=".side")
    assert "Chưa tính độ nhạy của kết quả này" in analyst.reads
    analyst.follow("Bấm “Tính độ nhạy”").press("Tính độ nhạy", told="Đã tính độ nhạy")
    analyst.follow("Công bố kết quả", inside=".side")
    assert "Chưa tính độ nhạy" not in analyst.reads
    analyst.tick_all("known").press("Trình phê duyệt", told="chờ một người khác phê duyệt")


def the_approver_publishes_and_withdraws(office: Office) -> None:
    """One page for whoever signs; everyone reads it; then it is withdrawn, and says why."""
    approver = office.by_phone("lanh-dao").follow("Công bố kết quả")
    approver.press("Phê duyệt và công bố")
    reader = public(office)
    assert "Sở Nội vụ" in reader.reads
    assert "Sở Tư pháp" in reader.reads
    approver = office.by_phone("lanh-dao").opens(f"/quan-tri/dot/{WAVE}")
    approver.follow("Công bố kết quả").page.click("summary:text('Thu hồi kết quả đã công bố')")
    approver.fill(**{"reason-withdraw": WITHDRAWN}).press("Thu hồi kết quả đã công bố")
    reader = public(office)
    assert f"Lý do: {WITHDRAWN}" in reader.reads
    assert "Sở Tư pháp" not in reader.reads


def a_correction_stands_beside(office: Office) -> None:
    """The point is mended with a reason; scored, prepared and approved once more."""
    appraiser = office.at_laptop("tham-dinh")
    appraiser.opens(f"/quan-tri/dot/{WAVE}/tu-danh-gia").follow("Sở Nội vụ").follow("1. Công tác")
    appraiser.fill(**{"points-1.1.1": "6", "words-1.1.1": "Đính chính: đã nhập nhầm 5 điểm"})
    appraiser.press("Lưu")
    analyst = office.at_laptop("phan-tich").opens(f"/quan-tri/dot/{WAVE}").follow("Tính điểm và")
    analyst.press("Tính điểm và tổng hợp điểm thẩm định")
    analyst.follow("Công bố kết quả", inside=".side")
    assert "Thay đổi so với bản đã công bố" in analyst.reads
    analyst.tick_all("known").press("Trình phê duyệt")
    office.by_phone("lanh-dao").follow("Công bố kết quả").press("Phê duyệt và công bố")
    reader = public(office)
    assert "Sở Nội vụ" in reader.reads
    reader.follow("Bản 1")
    assert f"Lý do: {WITHDRAWN}" in reader.reads


def public(office: Office) -> Colleague:
    """Everyone: the list of what was published, and the wave in it, without signing in."""
    office.phone.page.context.clear_cookies()
    return office.phone.opens("/ket-qua").follow("Chỉ số thử nghiệm")
