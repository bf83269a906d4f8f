from __future__ import annotations

import re
from datetime import datetime

import pytest
from flask.testing import FlaskClient

from survey_app.conduct.assessment import assessing
from survey_app.fieldwork.assessment.stages import Deadlines
from survey_app.store import waves
from survey_app.store.assessment import points, submissions
from survey_app.store.log import audit
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


def kept(house: House, unit: str = "SNV") -> dict[str, tuple[str, str]]:
    with house.database.reading() as connection:
        wave = waves.find(connection, "test")
        lines = points.kept(connection, wave.id, unit)
    return {criterion: (line.own, line.appraised) for (_, criterion), line in lines.items()}


def logged(house: House) -> list[str]:
    with house.database.reading() as connection:
        return [line.action for line in audit.last(connection, 30)]


def test_a_clerk_comes_to_the_waves_of_their_unit_and_to_its_criteria_by_field(
    clerk: FlaskClient,
) -> None:
    assert clerk.get("/quan-tri/").headers["Location"] == "/quan-tri/tu-danh-gia"
    home = clerk.get("/quan-tri/tu-danh-gia").text
    assert f'href="{own()}"' in home
    assert "Chưa bắt đầu" in home
    page = clerk.get(f"{own()}/linh-vuc/1").text
    assert "1.1.1 Ban hành kế hoạch" in page
    assert "tối đa 6,5" in page
    assert "1.2.1" not in page


def test_points_are_saved_in_parts_and_checked_against_their_maximum(
    house: House, clerk: FlaskClient
) -> None:
    assert enter_points(clerk, "6,25", "").status_code == 302
    assert kept(house) == {"1.1.1": ("6.25", "")}
    for wrong in ("6,6", "-1", "sáu", "1.234,5", "NaN", "1e1", "9" * 50):
        reply = enter_points(clerk, wrong, "1")
        assert reply.status_code == 422, wrong
        assert 'aria-invalid="true"' in reply.text
        assert f'value="{wrong}"' in reply.text
    assert kept(house) == {"1.1.1": ("6.25", "")}
    assert logged(house).count("points-enter") == 1


def test_what_is_left_blank_is_named_before_submitting_and_nothing_is_submitted(
    house: House, clerk: FlaskClient
) -> None:
    enter_points(clerk, "6", "")
    assert "1.1.2 Thực hiện kế hoạch" in clerk.get(f"{own()}/nop").text
    assert submit(clerk).status_code == 409
    with house.database.reading() as connection:
        wave = waves.find(connection, "test")
        assert submissions.find(connection, wave.id, "SNV").submitted_at is None


def test_a_unit_submits_once_and_keeps_a_receipt(house: House, clerk: FlaskClient) -> None:
    enter_points(clerk)
    assert submit(clerk).headers["Location"] == f"{own()}/bien-nhan"
    receipt = clerk.get(f"{own()}/bien-nhan").text
    (number,) = re.findall(r"[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}", receipt)
    with house.database.reading() as connection:
        wave = waves.find(connection, "test")
        assert submissions.find(connection, wave.id, "SNV").receipt == number
    assert enter_points(clerk, "1", "1").status_code == 302
    assert kept(house)["1.1.1"][0] == "6"
    assert submit(clerk).headers["Location"] == own()


def test_a_clerk_neither_sees_nor_changes_another_unit(house: House, clerk: FlaskClient) -> None:
    pages = ("", "/linh-vuc/1", "/nop", "/bien-nhan", "/bieu", "/nop-bieu", "/kiem-chung/1.1.1")
    for page in pages:
        assert clerk.get(f"{own('STP')}{page}").status_code == 404
        assert clerk.post(f"{own('STP')}{page}").status_code in {404, 405}
    assert clerk.post(f"{own('STP')}/thong-nhat").status_code == 404
    for page in ("", "/don-vi/STP", "/don-vi/SNV", "/thoi-han"):
        assert clerk.get(f"{WAVE}{page}").status_code == 403
    assert clerk.get("/quan-tri/dot/test/nhap/points").status_code == 403
    assert kept(house, "STP") == {}


def test_a_unit_that_is_late_can_still_submit_and_is_said_to_be_late(
    house: House, clerk: FlaskClient, analyst: FlaskClient
) -> None:
    passed = Deadlines(submit_by="2020-01-01T00:00:00+00:00")
    assessing.set_deadlines(house, "test", passed, "phan-tich")
    assert "nộp muộn" in clerk.get(own()).text
    assert "Muộn: 2" in analyst.get(WAVE).text
    enter_points(clerk)
    assert submit(clerk).status_code == 302
    assert "Muộn: 2" in analyst.get(WAVE).text


def test_of_two_clerks_the_second_is_shown_what_the_first_has_done_and_loses_nothing(
    house: House, clerk: FlaskClient, enter: Enter
) -> None:
    other, address = enter("nguoi-khac", "unit", unit="SNV"), f"{own()}/linh-vuc/1"
    seen = hidden(other.get(address).text)
    enter_points(clerk, "6", "1")
    mine = {"points-1.1.1": "5", "points-1.1.2": "1", "words-1.1.1": "của tôi"}
    reply = other.post(address, data=seen | mine)
    assert reply.status_code == 409
    assert "Kế hoạch số 12" in reply.text
    assert 'value="5"' in reply.text
    assert "của tôi" in reply.text
    assert kept(house)["1.1.1"][0] == "6"
    again = other.post(address, data=hidden(reply.text) | mine)
    assert again.status_code == 302
    assert kept(house)["1.1.1"][0] == "5"
    with house.database.reading() as connection:
        wave = waves.find(connection, "test")
        versions = points.history(connection, wave.id, "SNV")["1.1.1"]
    assert [(each.points, each.entered_by) for each in versions] == [
        ("5", "nguoi-khac"),
        ("6", "van-thu-snv"),
    ]


def test_what_was_sent_back_can_be_changed_and_says_why(
    house: House, clerk: FlaskClient, analyst: FlaskClient
) -> None:
    enter_points(clerk)
    submit(clerk)
    assert analyst.post(f"{sheet()}/tra-lai", data={"reason-": ""}).status_code == 422
    analyst.post(f"{sheet()}/tra-lai", data={"reason": "Thiếu báo cáo quý IV"})
    assert "Thiếu báo cáo quý IV" in clerk.get(own()).text
    enter_points(clerk, "5", "1")
    assert submit(clerk).status_code == 302
    assert kept(house)["1.1.1"][0] == "5"
    assert "Thiếu báo cáo quý IV" not in clerk.get(own()).text


def test_a_question_is_answered_once_and_in_time(
    house: House, clerk: FlaskClient, appraiser: FlaskClient
) -> None:
    enter_points(clerk)
    submit(clerk)
    appraise(appraiser, points_1_1_1="6", question_1_1_1="Kế hoạch ban hành ngày nào?")
    page = clerk.get(own()).text
    assert "Chờ giải trình" in page
    (address,) = set(re.findall(rf'href="({own()}/giai-trinh/\d+)"', page))
    assert "Kế hoạch ban hành ngày nào?" in clerk.get(address).text
    assert typed_in(clerk, address, answer="  ").status_code == 422
    assert typed_in(clerk, address, answer="Ngày 05/01.").status_code == 302
    assert "Ngày 05/01." in appraiser.get(sheet()).text
    typed_in(clerk, address, answer="Khác")
    assert "Khác" not in re.sub(r"<[^>]*>", "", appraiser.get(sheet()).text)
    assert logged(house).count("points-answer") == 1


def test_after_its_deadline_a_question_takes_no_answer_and_the_appraisal_stands(
    house: House, clerk: FlaskClient, appraiser: FlaskClient
) -> None:
    enter_points(clerk)
    submit(clerk)
    appraise(appraiser, points_1_1_1="6", points_1_1_2="1,5", question_1_1_1="Vì sao?")
    passed = Deadlines(answer_by="2020-01-01T00:00:00+00:00")
    assessing.set_deadlines(house, "test", passed, "phan-tich")
    with house.database.reading() as connection:
        (asked,) = connection.exec_driver_sql("SELECT id FROM point_questions").scalars().all()
    typed_in(clerk, f"{own()}/giai-trinh/{asked}", answer="Muộn")
    assert "points-answer" not in logged(house)
    assert "Đã thẩm định" in clerk.get(own()).text


def test_a_unit_agrees_and_a_point_that_changes_afterwards_asks_it_again(
    clerk: FlaskClient, appraiser: FlaskClient
) -> None:
    enter_points(clerk)
    submit(clerk)
    assert clerk.post(f"{own()}/thong-nhat").status_code == 409
    appraise(appraiser, points_1_1_1="6", points_1_1_2="1,5")
    assert clerk.post(f"{own()}/thong-nhat").status_code == 302
    assert "Đã thống nhất" in appraiser.get(WAVE).text
    appraise(appraiser, points_1_1_1="4", words_1_1_1="Thiếu sản phẩm")
    assert "Đã thống nhất: 0" in appraiser.get(WAVE).text


def test_nothing_of_what_was_typed_runs_in_the_pages(
    clerk: FlaskClient, appraiser: FlaskClient
) -> None:
    typed_in(
        clerk, f"{own()}/linh-vuc/1",
        points_1_1_1="6", points_1_1_2="1", words_1_1_1="<script>alert(1)</script>",
    )  # fmt: skip
    submit(clerk)
    for page in (clerk.get(own()), appraiser.get(sheet()), appraiser.get(f"{sheet()}/tham-dinh/1")):
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;alert" in page.text


def test_the_longest_evidence_of_every_criterion_comes_through(
    house: House, clerk: FlaskClient
) -> None:
    long = "ầ" * 4000
    reply = typed_in(clerk, f"{own()}/linh-vuc/1", points_1_1_1="1", words_1_1_1=long)
    assert reply.status_code == 302
    reply = typed_in(clerk, f"{own()}/linh-vuc/1", points_1_1_1="2", words_1_1_1=long + "a")
    assert reply.status_code == 422


@pytest.mark.parametrize("role", ["appraiser", "approver", "reader", "clerk", "administrator"])
def test_others_do_not_enter_a_units_points(enter: Enter, role: str) -> None:
    assert enter("nguoi-khac", role, unit="SNV").get(own()).status_code == 403


def test_the_stamp_of_a_submission_is_a_time(house: House, clerk: FlaskClient) -> None:
    enter_points(clerk)
    submit(clerk)
    with house.database.reading() as connection:
        wave = waves.find(connection, "test")
        at = submissions.find(connection, wave.id, "SNV").submitted_at
    assert at is not None
    assert datetime.fromisoformat(at).utcoffset() is not None
