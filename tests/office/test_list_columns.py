"""What a column of a list is may be said by hand; then the list is understood anew."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from sqlalchemy import select

from survey_app.store import tables as t
from survey_app.web import House
from tests.fieldwork.lists import excel_file
from tests.office.handing_in import understood, upload
from tests.office.test_lists import count, files, planned, row, text, workbook

__all__ = ["planned"]

UNHEARD = ["Ký hiệu", "Nhóm", "Nơi bị chấm", "Tầng", "Quyền số", "Chủ hộ", "Tuổi"]
SAID = {1: "case", 2: "group", 3: "unit", 4: "stratum", 5: "weight", 6: "name", 7: ""}


def unheard(*names: str) -> bytes:
    people = [[f"A{n}", "Người dân", "Sở Nội vụ", "all", 2.5, name, 40]
              for n, name in enumerate(names, 1)]  # fmt: skip
    return excel_file([["DANH SÁCH"], UNHEARD, *people]).content


def columns(**others: str) -> dict[str, str]:
    return {**{f"column-{place}": means for place, means in SAID.items()}, **others}


def test_where_headings_say_nothing_the_page_asks_what_each_column_is(
    house: House, analyst: FlaskClient
) -> None:
    asked, address = understood(analyst, upload(analyst, "sample", unheard("Lò Văn A"), "x.xlsx"))
    assert "Mỗi cột của tệp là gì?" in asked
    assert "Đúng, nhập" not in asked, "nothing can be taken in yet"
    assert set(re.findall(r'<select name="column-(\d)"', asked)) == set("1234567")
    assert "Lò Văn A" in asked, "beside each heading stands what is in the column"
    analyst.post(address)
    assert count(house) == 0
    page, address = understood(analyst, analyst.post(f"{address}/cot", data=columns()))
    assert "Kiểm tra trước khi nhập" in page
    assert "Cột không nhập" not in page, "that a column is left out was said, and is no news"
    assert analyst.post(address, data=columns()).status_code == 302
    with house.database.reading() as connection:
        assert connection.execute(select(t.cases.c.label, t.cases.c.unit)).all() == [("A1", "SNV")]
        assert connection.execute(select(t.contacts.c.name)).scalars().all() == ["Lò Văn A"]
    assert files(house) == []


def test_columns_that_were_changed_are_read_again_before_anything_is_taken_in(
    house: House, analyst: FlaskClient
) -> None:
    page, address = understood(analyst, upload(analyst, "sample", workbook(row(1)), "x.xlsx"))
    assert re.search(r'<option value="phone" selected>', page)
    without = {"column-8": ""}
    again = analyst.post(address, data=without)
    assert again.status_code == 303, "the button said: take it in; and what is taken in changed"
    assert count(house) == 0
    _, address = understood(analyst, again)
    assert analyst.post(address, data=without).status_code == 302
    with house.database.reading() as connection:
        assert connection.execute(select(t.contacts.c.phone)).scalars().all() == [""]


def test_two_columns_that_are_said_to_be_one_are_a_fault_and_the_list_still_waits(
    house: House, analyst: FlaskClient
) -> None:
    _, address = understood(analyst, upload(analyst, "sample", unheard("Lò Văn A"), "x.xlsx"))
    twice = analyst.post(f"{address}/cot", data=columns(**{"column-7": "name"}))
    page, address = understood(analyst, twice)
    assert "Mỗi cột của tệp là gì?" in page
    assert "Họ và tên" in text(page)
    good = analyst.post(f"{address}/cot", data=columns())
    assert "Kiểm tra trước khi nhập" in understood(analyst, good)[0]
