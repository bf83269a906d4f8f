from __future__ import annotations

import io
import json
import re

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from survey_app.conduct.scoring import publish
from survey_app.fieldwork.assessment import self_template as template
from survey_app.release import writing
from survey_app.store import waves
from survey_app.store.assessment import points
from survey_app.web import House
from tests.office.assessment.conftest import Enter
from tests.office.assessment.doing import (
    WAVE,
    appraise,
    enter_points,
    hidden,
    own,
    sheet,
    submit,
    typed_in,
)

WHY = {"H10": "chậm", "H11": "chậm"}
IMPORTS = "/quan-tri/dot/test/nhap"


@pytest.fixture
def submitted(clerk: FlaskClient) -> FlaskClient:
    enter_points(clerk)
    submit(clerk)
    return clerk


def kept(house: House) -> list[tuple[str, str, str, str]]:
    with house.database.reading() as connection:
        wave = waves.find(connection, "test")
        lines = points.kept(connection, wave.id, "SNV")
    return [
        (code, line.own, line.appraised, line.reason) for (_, code), line in sorted(lines.items())
    ]


def test_an_appraiser_sees_its_own_fields_and_no_others(
    submitted: FlaskClient, appraiser: FlaskClient, enter: Enter
) -> None:
    assert "Công tác chỉ đạo" in appraiser.get(WAVE).text
    assert appraiser.get(f"{sheet()}/tham-dinh/1").status_code == 200
    stranger = enter("so-y-te", "appraiser", unit="SYT")
    assert "chưa được giao thẩm định" in stranger.get(WAVE).text
    assert stranger.get(f"{sheet()}/tham-dinh/1").status_code == 404
    assert stranger.post(f"{sheet()}/tham-dinh/1", data={"points-1.1.1": "1"}).status_code == 404
    named = enter("to-tham-dinh", "appraiser", fields=("1",))
    assert named.get(f"{sheet()}/tham-dinh/1").status_code == 200


def test_other_points_than_the_units_own_need_a_reason(
    house: House, submitted: FlaskClient, appraiser: FlaskClient
) -> None:
    reply = appraise(appraiser, points_1_1_1="4")
    assert reply.status_code == 422
    assert "phải ghi lý do" in reply.text
    assert appraise(appraiser, points_1_1_1="6,0", points_1_1_2="1,5").status_code == 302
    assert kept(house) == [("1.1.1", "6", "6", ""), ("1.1.2", "1.5", "1.5", "")]
    assert appraise(appraiser, points_1_1_1="4", words_1_1_1="Thiếu sản phẩm").status_code == 302
    assert kept(house)[0] == ("1.1.1", "6", "4", "Thiếu sản phẩm")
    page = submitted.get(own()).text
    assert "Thiếu sản phẩm" in page
    assert "Lịch sử điểm (3 lần)" in page


def test_blanks_can_be_filled_with_the_units_own_points(
    house: House, submitted: FlaskClient, appraiser: FlaskClient
) -> None:
    seen = hidden(appraiser.get(f"{sheet()}/tham-dinh/1").text)
    sent = {"points-1.1.1": "4", "points-1.1.2": "", "words-1.1.1": "Thiếu", "take-own": "1"}
    assert appraiser.post(f"{sheet()}/tham-dinh/1", data=seen | sent).status_code == 302
    assert [line[2] for line in kept(house)] == ["4", "1.5"]


def test_of_two_appraisers_the_second_is_shown_what_the_first_gave(
    house: House, submitted: FlaskClient, appraiser: FlaskClient, enter: Enter
) -> None:
    other, address = enter("nguoi-khac", "appraiser", unit="STP"), f"{sheet()}/tham-dinh/1"
    seen = hidden(other.get(address).text)
    appraise(appraiser, points_1_1_1="5", words_1_1_1="chậm một tháng")
    reply = other.post(address, data=seen | {"points-1.1.1": "3", "words-1.1.1": "không có"})
    assert reply.status_code == 409
    assert "chậm một tháng" in reply.text
    assert kept(house)[0][2:] == ("5", "chậm một tháng")


def test_nobody_appraises_what_was_not_submitted(
    house: House, clerk: FlaskClient, appraiser: FlaskClient
) -> None:
    enter_points(clerk)
    assert appraiser.get(f"{sheet()}/tham-dinh/1").headers["Location"] == WAVE
    assert "Kế hoạch số 12" not in appraiser.get(sheet()).text
    assert kept(house)[0][2] == ""


def test_bonus_and_penalty_need_points_and_a_basis(
    house: House, submitted: FlaskClient, analyst: FlaskClient, appraiser: FlaskClient
) -> None:
    address = f"{sheet()}/cong-tru"
    assert appraiser.get(address).status_code == 403
    assert typed_in(analyst, address, points_0="-0,5").status_code == 422
    said = {"points_0": "-0,5", "basis_0": "Công văn 99/UBND-NC"}
    assert typed_in(analyst, address, **said).status_code == 302
    assert "\N{MINUS SIGN}0,5: Công văn 99/UBND-NC" in submitted.get(own()).text
    again = analyst.get(address).text
    (filled,) = re.findall(r'name="points-0"[^>]*value="([^"]+)"', again)
    assert typed_in(analyst, address, points_0=filled, basis_0="Công văn 99").status_code == 302
    stale = hidden(analyst.get(address).text)
    typed_in(analyst, address, points_0="1", basis_0="Bằng khen")
    reply = analyst.post(address, data=stale | {"points-0": "2", "basis-0": "Khác"})
    assert reply.status_code == 409
    with house.database.reading() as connection:
        wave = waves.find(connection, "test")
        (line,) = points.adjusted(connection, wave.id)["SNV"]
    assert (line.points, line.basis) == ("1", "Bằng khen")


def test_the_table_counts_stages_and_says_who_is_ranked(
    submitted: FlaskClient, appraiser: FlaskClient, analyst: FlaskClient
) -> None:
    page = appraiser.get(WAVE).text
    assert "Đã nộp: 1" in page
    assert "Chưa bắt đầu: 1" in page
    assert f'href="{sheet()}/tham-dinh/1"' in page
    appraise(appraiser, points_1_1_1="6", points_1_1_2="1,5")
    page = analyst.get(WAVE).text
    assert "1 trên 2 đơn vị đã có đủ điểm thẩm định" in page
    assert page.count("Có chỉ số và hạng") == 1
    assert page.count("Có tên, chưa có chỉ số và hạng") == 1
    only = analyst.get(f"{WAVE}?trang-thai=appraised").text
    assert sheet("SNV") in only
    assert sheet("STP") not in only
    tasks = analyst.get("/quan-tri/dot/test").text
    assert "1 trên 2 đơn vị đã nộp tự đánh giá, 1 đã thẩm định đủ" in tasks


def workbook(client: FlaskClient, address: str, **cells: float | str) -> tuple[io.BytesIO, str]:
    book = load_workbook(io.BytesIO(client.get(address).data))
    for cell, value in cells.items():
        book[template.SHEET][cell] = value
    out = io.BytesIO()
    book.save(out)
    return io.BytesIO(out.getvalue()), "SNV.xlsx"


def test_a_units_workbook_changes_its_own_points_once_its_clerk_has_seen_them(
    house: House, clerk: FlaskClient
) -> None:
    enter_points(clerk, "6", "")
    file = workbook(clerk, f"{own()}/bieu", D10=5, D11=1)
    page = clerk.post(f"{own()}/nop-bieu", data={"files": file}).headers["Location"]
    text = clerk.get(page).text
    assert "Chưa lưu gì" in text
    assert kept(house) == [("1.1.1", "6", "", "")]
    assert clerk.post(page, data=hidden(text)).headers["Location"] == own()
    assert [line[1] for line in kept(house)] == ["5", "1"]
    assert "Đang nhập" in clerk.get(own()).text
    assert clerk.get(page).status_code == 404


def test_an_import_of_appraised_points_leaves_the_units_own_alone(
    house: House, submitted: FlaskClient, appraiser: FlaskClient
) -> None:
    appraise(appraiser, points_1_1_1="5", words_1_1_1="chậm")
    said = {"E10": 4, "H10": "thiếu sản phẩm", "E11": 1.5}
    file = workbook(appraiser, f"{sheet()}/bieu-tham-dinh", D10=1, **said)
    page = appraiser.post(f"{IMPORTS}/appraised", data={"files": file}).headers["Location"]
    text = appraiser.get(page).text
    assert "Điểm bị thay" in text
    assert appraiser.post(page, data=hidden(text)).headers["Location"] == WAVE
    assert kept(house) == [("1.1.1", "6", "4", "thiếu sản phẩm"), ("1.1.2", "1.5", "1.5", "")]


def test_an_import_of_own_points_leaves_the_appraised_ones_alone(
    house: House, submitted: FlaskClient, appraiser: FlaskClient, analyst: FlaskClient
) -> None:
    appraise(appraiser, points_1_1_1="6", points_1_1_2="1", words_1_1_2="chậm")
    file = workbook(analyst, f"{sheet()}/bieu-tham-dinh", D10=3, E10=0)
    page = analyst.post(f"{IMPORTS}/points", data={"files": file}).headers["Location"]
    analyst.post(page, data=hidden(analyst.get(page).text))
    assert [line[1:3] for line in kept(house)] == [("3", "6"), ("1.5", "1")]


def test_what_changed_since_it_was_shown_is_shown_again_and_nothing_is_stored(
    house: House, submitted: FlaskClient, appraiser: FlaskClient, analyst: FlaskClient
) -> None:
    file = workbook(analyst, f"{sheet()}/bieu-tham-dinh", E10=4, E11=1, **WHY)
    page = analyst.post(f"{IMPORTS}/appraised", data={"files": file}).headers["Location"]
    seen = hidden(analyst.get(page).text)
    appraise(appraiser, points_1_1_1="6", points_1_1_2="1,5")
    reply = analyst.post(page, data=seen)
    assert reply.status_code == 409
    assert [line[2] for line in kept(house)] == ["6", "1.5"]
    assert analyst.post(page, data=hidden(reply.text)).status_code == 302
    assert [line[2] for line in kept(house)] == ["4", "1"]


def test_nobody_confirms_what_another_has_handed_in(
    house: House, clerk: FlaskClient, analyst: FlaskClient, enter: Enter
) -> None:
    file = workbook(clerk, f"{own()}/bieu", D10=5, D11=1)
    page = clerk.post(f"{own()}/nop-bieu", data={"files": file}).headers["Location"]
    for other in (analyst, enter("van-thu-khac", "unit", unit="SNV")):
        assert other.get(page).status_code == 404
        assert other.post(page, data={"seen": "x"}).status_code == 404
    assert kept(house) == []


def test_a_clerk_hands_in_no_workbook_of_another_unit(
    house: House, clerk: FlaskClient, enter: Enter
) -> None:
    theirs = enter("van-thu-stp", "unit", unit="STP")
    file = workbook(theirs, f"{own('STP')}/bieu", D10=5, D11=1)
    reply = clerk.post(f"{own()}/nop-bieu", data={"files": file})
    assert reply.status_code == 422
    assert "Tệp là của đơn vị khác." in reply.text


def test_a_late_unit_holds_up_nobody_and_is_listed_without_index_and_rank(
    house: House, submitted: FlaskClient, appraiser: FlaskClient, analyst: FlaskClient
) -> None:
    appraise(appraiser, points_1_1_1="6", points_1_1_2="1,5")
    with house.database.reading() as connection:
        wave = waves.find(connection, "test")
        release = writing.write(connection, wave, house.settings.data_folder / "releases").folder
    assert b"STP" not in (release / "self_assessment.csv").read_bytes()
    card = publish.score(house, wave, "phan-tich", merge=True)
    assert card.merged is not None
    rows = {row["unit"]: row for row in json.loads(card.merged)["units"]}
    assert rows["SNV"]["appraised"] == pytest.approx(7.5)
    base = f"/quan-tri/dot/test/ket-qua/{card.id}"
    for page in ("", "/don-vi/STP", "/don-vi/SNV", "/bieu-do.svg", *(
        f"/tai-ve/{kind}" for kind in ("csv", "csv-excel", "xlsx", "docx")
    )):  # fmt: skip
        assert analyst.get(f"{base}{page}").status_code == 200, page
    said = analyst.get(f"{base}/don-vi/STP").text
    assert "Chưa có đủ điểm thẩm định nên chưa có chỉ số và hạng." in said
    late = rows["STP"]
    assert (late["index"], late["rank"], late["appraised"], late["total"]) == (None,) * 4
    assert "not_appraised" in late["flags"]


def test_appraisers_store_no_workbook_of_a_unit_that_has_not_submitted(
    house: House, clerk: FlaskClient, appraiser: FlaskClient
) -> None:
    enter_points(clerk)
    file = workbook(appraiser, f"{sheet()}/bieu-tham-dinh", E10=4, E11=1, **WHY)
    page = appraiser.post(f"{IMPORTS}/appraised", data={"files": file}).headers["Location"]
    assert appraiser.post(page, data=hidden(appraiser.get(page).text)).status_code == 409
    assert [line[2] for line in kept(house)] == ["", ""]


def test_the_appraisers_workbook_tells_nothing_of_what_was_not_submitted(
    clerk: FlaskClient, appraiser: FlaskClient
) -> None:
    enter_points(clerk)
    book = load_workbook(io.BytesIO(appraiser.get(f"{sheet()}/bieu-tham-dinh").data))
    assert [book[template.SHEET][cell].value for cell in ("D10", "F10")] == [None, None]
