"""What respondents wrote: masked, of five or more, searched, coded by hand, taken away."""

from __future__ import annotations

import io
import re
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from survey_app.store import tables as t
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.office.checked import checked_wave
from tests.office.test_quality import logged, signed_in

TEXTS = "/quan-tri/dot/dot-2026/kiem-tra/y-kien"


@pytest.fixture
def checked(house: House, tmp_path: Path) -> Wave:
    return checked_wave(house, tmp_path)


def test_texts_are_masked_and_small_ones_are_not_shown(analyst: FlaskClient, checked: Wave) -> None:
    page = analyst.get(TEXTS).text
    assert "Ông [tên người] ở Sở Nội vụ hứa rồi quên, gọi [số điện thoại]." in page
    assert "Hùng" not in page
    assert "0912" not in page
    assert "Mong muốn SNV 3" in page
    assert "Mong muốn STP" not in page
    assert "Có ý kiến không hiển thị vì dưới 5" in page
    assert "che bằng quy tắc và một danh sách họ" in page


def test_a_masked_name_is_not_found_by_searching_for_it(
    analyst: FlaskClient, checked: Wave
) -> None:
    for probe in ("Hùng", "Lò Văn", "0912 345 678", "0912"):
        page = analyst.get(TEXTS, query_string={"loc": probe}).text
        assert "Không có ý kiến nào phù hợp" in page
    assert "đúng hẹn hơn" in analyst.get(TEXTS, query_string={"loc": "ĐÚNG HẸN"}).text


def test_texts_are_coded_by_hand_and_counted(
    app: Flask, house: House, analyst: FlaskClient, checked: Wave
) -> None:
    for theme in ("Đúng hẹn", "Mạng"):
        assert analyst.post(f"{TEXTS}/chu-de", data={"ten": theme}).status_code == 303
    again = analyst.post(f"{TEXTS}/chu-de", data={"ten": "đúng HẸN"})
    assert again.status_code == 409
    names = re.findall(r'name="chon" value="([0-9a-f]{32}) 1"', analyst.get(TEXTS).text)
    both = [f"{names[0]} 1", f"{names[0]} 2", f"{names[1]} 1"]
    assert analyst.post(f"{TEXTS}/ghi", data={"chon": both}).status_code == 303
    page = analyst.get(TEXTS).text
    assert "lan, " in page
    assert re.search(r'chu-de=1">Đúng hẹn</a></th><td class="num">2<', page)
    only = analyst.get(TEXTS, query_string={"chu-de": "2"}).text
    assert only.count("<blockquote>") == 1
    # somebody else has another page open and takes nothing away that they did not see ticked
    other = signed_in(app, house, "mai", "analyst")
    other.post(f"{TEXTS}/ghi", data={"chon": [f"{names[2]} 2"]})
    analyst.post(f"{TEXTS}/ghi", data={"truoc": both, "chon": both[1:]})
    with house.database.reading() as connection:
        marks = connection.execute(
            select(t.theme_marks.c.remark, t.theme_marks.c.theme_id, t.theme_marks.c.by)
        ).all()
    assert sorted(marks) == sorted(
        [(names[0], 2, "lan"), (names[1], 1, "lan"), (names[2], 2, "mai")]
    )
    in_use = analyst.post(f"{TEXTS}/chu-de/2/xoa")
    assert in_use.status_code == 409, "what somebody has coded is not lost by one press"
    taken = [f"{names[0]} 2", f"{names[2]} 2"]
    analyst.post(f"{TEXTS}/ghi", data={"truoc": taken})
    analyst.post(f"{TEXTS}/chu-de/2/xoa")
    assert "Mạng</a>" not in analyst.get(TEXTS).text
    assert {"theme-add", "theme-drop", "remarks-code"} <= set(logged(house))


def test_themes_of_texts_that_are_not_shown_cannot_be_given(
    house: House, analyst: FlaskClient, checked: Wave
) -> None:
    analyst.post(f"{TEXTS}/chu-de", data={"ten": "Mạng"})
    sent = {"chon": [f"{'a' * 32} 1", "1", " ", f"{'b' * 32} x"], "an": ["c" * 32]}
    assert analyst.post(f"{TEXTS}/ghi", data=sent).status_code == 303
    with house.database.reading() as connection:
        for table in (t.theme_marks, t.hidden_remarks):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0


def test_a_text_by_which_somebody_is_known_is_hidden_by_hand(
    house: House, analyst: FlaskClient, checked: Wave
) -> None:
    page = analyst.get(TEXTS, query_string={"loc": "Mạng ở bản"}).text
    (name,) = re.findall(r'name="an" value="([0-9a-f]{32})"', page)
    analyst.post(f"{TEXTS}/ghi", data={"an": name})
    assert "Mạng ở bản" not in analyst.get(TEXTS).text
    assert "Mạng ở bản" not in analyst.get(TEXTS, query_string={"tai": "csv"}).text
    assert "remark-hide" in logged(house)


def test_files_of_texts_run_nothing_and_are_logged(
    house: House, analyst: FlaskClient, checked: Wave
) -> None:
    csv = analyst.get(TEXTS, query_string={"tai": "csv"}).data.decode("utf-8-sig")
    assert "'=HYPERLINK" in csv
    assert not re.search(r"(^|;|\")=", csv, re.MULTILINE)
    sheet = openpyxl.load_workbook(
        io.BytesIO(analyst.get(TEXTS, query_string={"tai": "xlsx"}).data)
    ).active
    assert all(cell.data_type == "s" for row in sheet for cell in row if cell.value)
    texts = [row[3].value for row in sheet.iter_rows(min_row=2)]
    assert len(texts) == 12
    assert "Hùng" not in "".join(texts)
    analyst.get(TEXTS)
    assert logged(house).count("remarks-export") == 2
    assert logged(house).count("remarks-view") == 1
