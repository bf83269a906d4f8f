"""A list that is handed in is looked at, and taken in once, or dropped; its faults are all told."""

from __future__ import annotations

import html
import io
import os
import re
import time
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from survey_app.jobs import folder
from survey_app.jobs.runner import Worker
from survey_app.office.jobs.kinds import KINDS
from survey_app.store import jobs, waves
from survey_app.store import tables as t
from survey_app.store.log import audit
from survey_app.store.sample import cases
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.fielded import field
from tests.fieldwork.lists import excel_file
from tests.office.conftest import PASSWORD
from tests.office.handing_in import confirm, hand_in, understood, upload
from tests.office.scored import AT
from tests.support.accounts import add_account

TEST = "/quan-tri/dot/test"
HEADINGS = ["STT", "Số hiệu", "Nhóm đối tượng", "Đơn vị", "Tầng", "Quyền số", "Họ tên", "SĐT"]
NAME = "Nguyễn Thị Bí Mật"


def row(number: int, **changes: object) -> list[object]:
    known = dict(zip(HEADINGS, [number, f"A{number}", "Người dân", "Sở Nội vụ", "all", 2.5,
                                NAME, 912345000 + number], strict=True))  # fmt: skip
    return list({**known, **changes}.values())


def workbook(*rows: list[object]) -> bytes:
    return excel_file([["DANH SÁCH MẪU"], HEADINGS, *rows]).content


@pytest.fixture(autouse=True)
def planned(house: House, tmp_path: Path) -> Wave:
    wave = field(house.database, tmp_path / "texts", council=0, citizens=0, opened=False).wave
    with house.database.writing() as connection:
        connection.execute(t.strata.delete())
    return wave


@pytest.fixture
def colleague(house: House, analyst: FlaskClient) -> FlaskClient:
    """Another analyst, who may do the same and has handed in nothing."""
    with house.database.writing() as connection:
        add_account(connection, "hoa", PASSWORD, AT)
    client = analyst.application.test_client()
    client.post("/quan-tri/dang-nhap", data={"name": "hoa", "password": PASSWORD})
    return client


def count(house: House, table: Any = t.cases) -> int:
    with house.database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def logged(house: House) -> list[str]:
    with house.database.reading() as connection:
        return [line.action for line in audit.last(connection, 50)]


def files(house: House) -> list[Path]:
    return [each for each in (house.settings.data_folder / "jobs").rglob("*") if each.is_file()]


def text(page: str) -> str:
    """What is read of a page."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def test_before_anything_is_stored_a_page_says_what_will_be_stored_otherwise(
    house: House, analyst: FlaskClient
) -> None:
    rows = [[*row(1), "1/2/1980"], row(2)]
    listed = excel_file([["DANH SÁCH MẪU"], [*HEADINGS, "Ngày sinh"], *rows]).content
    page, address = understood(analyst, upload(analyst, "sample", listed, "mau.xlsx"))
    said = text(page)
    assert "Nhóm đối tượng Người dân citizens (Người dân) tên được đổi thành mã 2 3" in said
    assert "Đơn vị được đánh giá Sở Nội vụ SNV (Sở Nội vụ) tên được đổi thành mã 2 3" in said
    assert "Số điện thoại 912345001 0912345001 thêm số 0 mà bảng tính đã bỏ 2 3" in said
    assert "Không cột nào của hệ thống có tên như vậy: Ngày sinh." in said
    assert "1 dòng phía trên dòng tên cột, từ dòng 1: DANH SÁCH MẪU" in said
    assert "Đúng, nhập 2 dòng" in said
    assert count(house) == 0
    assert "sample-import" not in logged(house)
    assert {file.name for file in files(house)} == {folder.LIST, folder.LIST_TOLD, folder.LIST_FILE}
    assert {file.stat().st_mode & 0o777 for file in files(house)} == {0o600}
    assert analyst.post(address).status_code == 302
    assert count(house) == count(house, t.contacts) == 2
    assert logged(house)[0] == "sample-import"
    assert files(house) == []


def test_a_list_is_taken_in_once_however_often_it_is_confirmed(
    house: House, analyst: FlaskClient
) -> None:
    _, address = understood(analyst, upload(analyst, "sample", workbook(row(1)), "mau.xlsx"))
    assert analyst.post(address).status_code == 302
    again = analyst.post(address)
    assert "không còn chờ xác nhận" in text(again.get_data(as_text=True))
    assert count(house) == 1
    assert logged(house).count("sample-import") == 1


def test_a_list_that_is_dropped_leaves_nothing(house: House, analyst: FlaskClient) -> None:
    _, address = understood(analyst, upload(analyst, "sample", workbook(row(1)), "mau.xlsx"))
    reply = analyst.post(f"{address}/bo", follow_redirects=True)
    assert "Đã xóa tệp vừa tải lên" in reply.get_data(as_text=True)
    assert files(house) == []
    assert logged(house)[0] == "list-drop"
    analyst.post(address)
    assert count(house) == 0


def test_what_waits_is_shown_to_who_handed_it_in_and_to_nobody_else(
    house: House, analyst: FlaskClient, colleague: FlaskClient
) -> None:
    _, address = understood(analyst, upload(analyst, "sample", workbook(row(1)), "mau.xlsx"))
    for client in (colleague, analyst.application.test_client()):
        assert NAME not in client.get(address, follow_redirects=True).get_data(as_text=True)
    assert colleague.get(address).status_code == 404
    assert colleague.post(address).status_code == 404
    assert colleague.post(f"{address}/bo").status_code == 404
    assert analyst.get(address.replace("/sample/", "/frame/")).status_code == 404
    assert NAME in analyst.get(address).get_data(as_text=True)
    with house.database.reading() as connection:
        rows = str(connection.execute(select(t.jobs)).all()) + str(audit.last(connection, 50))
    assert NAME not in rows
    assert "912345001" not in rows


def make_old(house: House) -> None:
    for file in files(house):
        past = time.time() - folder.LINKS_KEPT - 60
        os.utime(file, (past, past))


def test_a_list_that_nobody_confirms_is_gone_after_a_day(
    house: House, analyst: FlaskClient
) -> None:
    _, address = understood(analyst, upload(analyst, "sample", workbook(row(1)), "mau.xlsx"))
    Worker(house=house, kinds=KINDS).run(until_idle=True)
    assert len(files(house)) == 3, "a list that waits is not swept away"
    make_old(house)
    assert "không còn chờ xác nhận" in analyst.get(address).get_data(as_text=True)
    Worker(house=house, kinds=KINDS).run(until_idle=True)
    assert files(house) == []


def test_a_list_that_waits_goes_with_the_contacts_of_its_wave(
    house: House, analyst: FlaskClient, planned: Wave
) -> None:
    _, address = understood(analyst, upload(analyst, "sample", workbook(row(1)), "mau.xlsx"))
    with house.database.writing() as connection:
        connection.execute(t.waves.update().values(opened_at=AT, closed_at=AT))
        cases.purge_contacts(connection, waves.find(connection, planned.name), AT)
    assert "không còn chờ xác nhận" in analyst.get(address).get_data(as_text=True)
    Worker(house=house, kinds=KINDS).run(until_idle=True)
    assert files(house) == []


# Faults

FAULTY = [row(n, SĐT="x") for n in range(1, 41)] + [
    row(41), row(42, **{"Đơn vị": "Sở Thuế"}), row(43, **{"Quyền số": "một"}),
    row(1),
]  # fmt: skip


def test_faults_are_counted_by_column_and_kind_and_the_first_of_each_is_told(
    house: House, analyst: FlaskClient
) -> None:
    reply = upload(analyst, "sample", workbook(*FAULTY), "mau.xlsx")
    page = reply.get_data(as_text=True)
    said = text(page)
    assert reply.status_code == 422
    assert "Có 43 lỗi cần sửa" in said
    assert "Số điện thoại 40 Nội dung không phải là số điện thoại." in said
    assert "H3, H4, H5, H6, H7, H8 ..." in said
    assert page.count('<p class="place">') == 4
    assert "lỗi khác" not in said
    assert count(house) == 0
    with house.database.reading() as connection:
        kept = connection.execute(select(t.jobs.c.problem)).scalar_one()
    assert kept.count("not-a-phone") == 1


def annotated(client: FlaskClient, page: str) -> Any:
    (address,) = re.findall(r'href="(/quan-tri/cong-viec/\d+/ban-danh-dau)"', page)
    return client.get(address)


def test_every_fault_is_marked_in_a_copy_that_comes_in_once_it_is_mended(
    house: House, analyst: FlaskClient
) -> None:
    reply = upload(analyst, "sample", workbook(*FAULTY), "mau.xlsx")
    copy = annotated(analyst, reply.get_data(as_text=True)).data
    book = load_workbook(io.BytesIO(copy))
    sheet = book.worksheets[0]
    marked = {cell.coordinate for line in sheet.iter_rows() for cell in line if cell.comment}
    assert marked == {f"H{line}" for line in range(3, 43)} | {"D44", "F45", "B46"}
    assert all(sheet[cell].fill.fgColor.rgb == "FFFFD9A8" for cell in marked)
    assert "không phải là số điện thoại" in sheet["H3"].comment.text
    assert book["Lỗi"].max_row == 44
    for line in range(3, 43):
        sheet.cell(line, 8, 912345000 + line)
    sheet["D44"], sheet["F45"], sheet["B46"] = "Sở Nội vụ", 2, "A99"
    out = io.BytesIO()
    book.save(out)
    assert hand_in(analyst, "sample", out.getvalue(), "mau.xlsx").status_code == 302
    assert count(house) == len(FAULTY)


def test_a_copy_of_a_csv_is_a_workbook_with_the_faults_at_their_cells(analyst: FlaskClient) -> None:
    lines = ["Danh sách", "", "case;group;unit;stratum;weight;name", "A1;citizens;SNV;all;1;a",
             'A2;citizens;SNV;all;1;"dòng\n\nđôi"', "A3;citizens;SNV;all;x;b"]  # fmt: skip
    reply = upload(analyst, "sample", "\n".join(lines).encode(), "mau.csv")
    book = load_workbook(io.BytesIO(annotated(analyst, reply.get_data(as_text=True)).data))
    sheet = book.worksheets[0]
    marked = [cell.coordinate for line in sheet.iter_rows() for cell in line if cell.comment]
    assert marked == ["F5", "E6"]
    assert sheet["E6"].value == "x"


def test_the_copy_is_for_who_handed_the_list_in_for_a_day_and_every_fetch_is_logged(
    house: House, analyst: FlaskClient, colleague: FlaskClient
) -> None:
    reply = upload(analyst, "sample", workbook(*FAULTY), "mau.xlsx")
    page = reply.get_data(as_text=True)
    assert annotated(colleague, page).status_code == 404
    got = annotated(analyst, page)
    assert (got.status_code, got.headers["Cache-Control"]) == (200, "no-store")
    assert logged(house).count("list-faults-fetch") == 1
    assert {file.name for file in files(house)} == {folder.ANNOTATED}
    make_old(house)
    assert annotated(analyst, page).status_code == 404
    Worker(house=house, kinds=KINDS).run(until_idle=True)
    assert files(house) == []


def test_a_copy_calculates_nothing_that_stood_in_a_file(analyst: FlaskClient) -> None:
    lines = ["case,group,unit,stratum,weight,name", 'A1,citizens,SNV,all,x,"=1+1"']
    reply = upload(analyst, "sample", "\n".join(lines).encode())
    copy = annotated(analyst, reply.get_data(as_text=True)).data
    cells = [cell for line in load_workbook(io.BytesIO(copy)).worksheets[0].iter_rows()
             for cell in line]  # fmt: skip
    assert "=1+1" in [cell.value for cell in cells]
    assert all(cell.data_type != "f" for cell in cells)


def test_case_numbers_that_the_wave_has_are_faults_at_their_cells(
    house: House, analyst: FlaskClient
) -> None:
    hand_in(analyst, "sample", workbook(row(1), row(2)), "mau.xlsx")
    reply = upload(analyst, "sample", workbook(row(3), row(2), row(1)), "mau.xlsx")
    said = text(reply.get_data(as_text=True))
    assert reply.status_code == 422
    assert "Số hiệu 2 Số hiệu này đã được nhập" in said
    assert "B4, B5" in said
    assert count(house) == 2


# Sheets


def two_sheets() -> bytes:
    book = Workbook()
    for name, number in (("Đợt 1", 1), ("Đợt 2", 2)):
        sheet = book.create_sheet(name)
        sheet.append(HEADINGS)
        sheet.append(row(number))
    book.remove(book.worksheets[0])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_of_several_lists_in_a_workbook_the_page_asks_which_one_is_meant(
    house: House, analyst: FlaskClient
) -> None:
    page, address = understood(analyst, upload(analyst, "sample", two_sheets(), "mau.xlsx"))
    assert "Nhập trang tính nào?" in page
    assert re.findall(r'type="radio" name="sheet" value="([^"]+)"', page) == ["Đợt 1", "Đợt 2"]
    assert {file.name for file in files(house)} == {folder.LIST_FILE}
    assert analyst.post(f"{address}/trang-tinh", data={"sheet": "Đợt 3"}).status_code == 422
    chosen = analyst.post(f"{address}/trang-tinh", data={"sheet": "Đợt 2"})
    said = text(understood(analyst, chosen)[0])
    assert "Đợt 2" in said
    assert confirm(analyst, chosen).status_code == 302
    with house.database.reading() as connection:
        assert connection.execute(select(t.cases.c.label)).scalars().all() == ["A2"]
    assert files(house) == []
    assert "không còn chờ xác nhận" in analyst.get(address).get_data(as_text=True)


# Templates


FILLED = {
    "frame": {"Nhóm đối tượng": "Người dân", "Đơn vị được đánh giá": "Sở Nội vụ", "Tầng": "all",
              "Tổng số": 900, "Số dự kiến": 30},
    "sample": {"Số hiệu": "A1", "Nhóm đối tượng": "Người dân",
               "Đơn vị được đánh giá": "Sở Nội vụ", "Tầng": "all", "Quyền số": "12,5",
               "Cách trả lời": "Phiếu giấy", "Họ và tên": NAME, "Số điện thoại": "0912345678"},
    "population": {"Nhóm đối tượng": "Người dân", "Đơn vị được đánh giá": "Sở Nội vụ",
                   "Họ và tên": NAME, "Số điện thoại": "0912345678"},
}  # fmt: skip


@pytest.mark.parametrize("kind", FILLED)
def test_a_template_that_is_filled_in_comes_in_without_a_remark(
    kind: str, house: House, analyst: FlaskClient
) -> None:
    template = analyst.get(f"{TEST}/nhap/{kind}/mau-trong")
    assert template.headers["Content-Disposition"].endswith('-test.xlsx"')
    book = load_workbook(io.BytesIO(template.data))
    sheet = book.worksheets[0]
    columns = [cell.value for cell in sheet[1]]
    for heading, value in FILLED[kind].items():
        sheet.cell(2, columns.index(heading) + 1, value)
    out = io.BytesIO()
    book.save(out)
    reply = upload(analyst, kind, out.getvalue(), "mau.xlsx")
    said = text(understood(analyst, reply)[0])
    assert "điều cần xem lại" not in said
    assert "Cột không nhập" not in said
    assert "Dòng không nhập" not in said
    done = confirm(analyst, reply, follow_redirects=True).get_data(as_text=True)
    assert "điều cần xem lại" not in done
    assert "Đã nhập" in done, text(done)


def test_a_template_offers_the_units_and_groups_of_its_wave(analyst: FlaskClient) -> None:
    book = load_workbook(io.BytesIO(analyst.get(f"{TEST}/nhap/sample/mau-trong").data))
    sheet, choices = book.worksheets[0], book["Danh mục"]
    offered = {
        str(rule.sqref).partition("2:")[0]: rule.formula1
        for rule in sheet.data_validations.dataValidation
        if rule.type == "list"
    }
    headings = {cell.column_letter: cell.value for cell in sheet[1]}
    by_heading = {headings[letter]: formula for letter, formula in offered.items()}
    assert set(by_heading) == {
        "Nhóm đối tượng", "Đơn vị được đánh giá", "Đơn vị của người trả lời", "Cách trả lời",
    }  # fmt: skip
    cells = by_heading["Đơn vị được đánh giá"].partition("!")[2].replace("$", "")
    assert [line[0].value for line in choices[cells]] == ["Sở Nội vụ", "Sở Tư pháp"]


# Replacing


def test_a_sample_is_replaced_only_once_the_list_was_looked_at(
    house: House, analyst: FlaskClient
) -> None:
    hand_in(analyst, "sample", workbook(row(1), row(2)), "mau.xlsx")
    sent = {"files": (io.BytesIO(workbook(row(7))), "mau.xlsx"), "typed": "test"}
    reply = analyst.post(f"{TEST}/mau/thay", data=sent)
    page, address = understood(analyst, reply)
    assert "Đúng, thay mẫu bằng 1 dòng này" in page
    assert count(house) == 2
    done = analyst.post(address, follow_redirects=True).get_data(as_text=True)
    assert "Đã thay mẫu: 1 người." in done
    assert count(house) == 1
    assert "sample-replace" in logged(house)


def test_a_list_is_not_taken_in_once_its_wave_is_closed(house: House, analyst: FlaskClient) -> None:
    _, address = understood(analyst, upload(analyst, "sample", workbook(row(1)), "mau.xlsx"))
    with house.database.writing() as connection:
        connection.execute(t.waves.update().values(opened_at=AT, closed_at=AT))
    assert analyst.post(address).status_code == 409
    assert count(house) == 0
    assert files(house) == []
    with house.database.reading() as connection:
        assert jobs.last(connection)[0].state == "failed"
