from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey_app.office.guard.login import COMING_IN
from survey_app.store.identity import accounts
from survey_app.store.log import audit
from survey_app.store.scorecards import Scorecard
from survey_app.web import House
from tests.office.conftest import PASSWORD
from tests.support.accounts import add_account

SIGN_IN = "/quan-tri/dang-nhap"
RIGHT = {"name": "lan", "password": PASSWORD}

PAGES = [
    "/quan-tri/",
    "/quan-tri/bo-phan",
    "/quan-tri/nhat-ky",
    "/quan-tri/nhat-ky/tai-ve/csv",
    "/quan-tri/dot/dot-2026",
    "/quan-tri/dot/dot-2026/tien-do",
    "/quan-tri/dot/dot-2026/tien-do/manh",
    "/quan-tri/dot/dot-2026/tien-do/truong-hop?nhom=citizens&don-vi=SNV",
    "/quan-tri/dot/dot-2026/open",
    "/quan-tri/dot/dot-2026/close",
    "/quan-tri/dot/dot-2026/score",
    "/quan-tri/dot/dot-2026/merge",
    "/quan-tri/dot/dot-2026/publish",
    "/quan-tri/dot/dot-2026/nhap/frame",
    "/quan-tri/dot/moi",
    "/quan-tri/dot/dot-2026/thiet-lap",
    "/quan-tri/dot/dot-2026/mo-lai",
    "/quan-tri/dot/dot-2026/xoa",
    "/quan-tri/dot/dot-2026/phieu",
    "/quan-tri/dot/dot-2026/phieu/citizens",
    "/quan-tri/dot/dot-2026/don-vi",
    "/quan-tri/dot/dot-2026/dan-mau",
    "/quan-tri/dot/dot-2026/mau",
    "/quan-tri/dot/dot-2026/mau/thay",
    "/quan-tri/dot/dot-2026/mau/chon",
    "/quan-tri/dot/dot-2026/mau/chon/1",
    "/quan-tri/dot/dot-2026/mau/chon/1/tep/mau",
    "/quan-tri/dot/dot-2026/nhap/population/mau-trong",
    "/quan-tri/dot/dot-2026/nhap/frame/1",
    "/quan-tri/cong-viec/1/ban-danh-dau",
    "/quan-tri/dot/dot-2026/mau/thay-nguoi",
    "/quan-tri/dot/dot-2026/thu-moi",
    "/quan-tri/dot/dot-2026/thu-moi/noi-dung",
    "/quan-tri/dot/dot-2026/thu-moi/xem-truoc.png",
    "/quan-tri/dot/dot-2026/thu-moi/cap",
    "/quan-tri/dot/dot-2026/thu-moi/ket-qua",
    "/quan-tri/dot/dot-2026/thu-moi/nhac",
    "/quan-tri/dot/dot-2026/truong-hop/C1",
    "/quan-tri/dot/dot-2026/du-lieu-ca-nhan/citizens-SNV-0",
    "/quan-tri/ho-so-xu-ly-du-lieu",
    "/quan-tri/dot/dot-2026/thu-moi/thu-hoi",
    "/quan-tri/dot/dot-2026/ket-qua/1",
    "/quan-tri/dot/dot-2026/ket-qua/1/don-vi/SNV",
    "/quan-tri/dot/dot-2026/ket-qua/1/linh-vuc",
    "/quan-tri/dot/dot-2026/ket-qua/1/tieu-chi",
    "/quan-tri/dot/dot-2026/ket-qua/1/tieu-chi/1.2.1",
    "/quan-tri/dot/dot-2026/ket-qua/1/giai-thich/SNV",
    "/quan-tri/dot/dot-2026/ket-qua/1/giai-thich/SNV/1.2.1",
    "/quan-tri/dot/dot-2026/ket-qua/1/nam-truoc",
    "/quan-tri/dot/dot-2026/ket-qua/1/do-nhay",
    "/quan-tri/dot/dot-2026/ket-qua/1/bieu-do.svg",
    "/quan-tri/dot/dot-2026/ket-qua/1/tai-ve/csv",
    "/quan-tri/dot/dot-2026/ket-qua/1/tai-ve/csv-excel",
    "/quan-tri/dot/dot-2026/ket-qua/1/tai-ve/xlsx",
    "/quan-tri/dot/dot-2026/ket-qua/1/tai-ve/docx",
    "/quan-tri/dot/dot-2026/ket-qua/1/bao-cao",
    "/quan-tri/dot/dot-2026/ket-qua/1/bao-cao/phan-viet",
    "/quan-tri/dot/dot-2026/ket-qua/1/bao-cao/don-vi/SNV.docx",
    "/quan-tri/tu-danh-gia/bao-cao/dot-2026.docx",
    "/quan-tri/dot/dot-2026/kiem-tra",
    "/quan-tri/dot/dot-2026/kiem-tra/phuc-tra",
    "/quan-tri/dot/dot-2026/kiem-tra/phuc-tra/chon",
    "/quan-tri/dot/dot-2026/kiem-tra/loai-phieu",
    "/quan-tri/dot/dot-2026/kiem-tra/loai-phieu/de-nghi",
    "/quan-tri/dot/dot-2026/kiem-tra/y-kien",
    "/quan-tri/bang-diem/1",
    "/quan-tri/bang-diem/1/cong-chung",
    "/quan-tri/dot/dot-2026/du-lieu-ca-nhan/C1",
    "/quan-tri/ho-so-xu-ly-du-lieu",
    "/quan-tri/bang-diem/1/cong-chung/don-vi/SNV",
    "/quan-tri/bang-diem/1/cong-chung/tieu-chi",
    "/quan-tri/bang-diem/1/cong-chung/tieu-chi/1.1",
    "/quan-tri/bang-diem/1/cong-chung/giai-thich",
    "/quan-tri/bang-diem/1/cong-chung/bieu-do.svg",
    "/quan-tri/bang-diem/1/cong-chung/tai-ve/csv",
    "/quan-tri/bang-diem/1/don-vi/SNV",
    "/quan-tri/bang-diem/1/bieu-do.svg",
    "/quan-tri/bang-diem/1/tai-ve/csv",
    "/quan-tri/dot/dot-2026/bo-du-lieu",
    "/quan-tri/cong-viec",
    "/quan-tri/cong-viec/1",
    "/quan-tri/cong-viec/1/tien-do",
    "/quan-tri/cong-viec/1/huy",
    "/quan-tri/cong-viec/1/tep",
    "/quan-tri/tai-khoan",
    "/quan-tri/tai-khoan/moi",
    "/quan-tri/tai-khoan/1",
    "/quan-tri/tai-khoan-cua-toi",
    "/quan-tri/tai-khoan-cua-toi/mat-khau",
    "/quan-tri/tai-khoan-cua-toi/xac-thuc-hai-buoc",
    "/quan-tri/dot/dot-2026/tu-danh-gia",
    "/quan-tri/dot/dot-2026/tu-danh-gia/thoi-han",
    "/quan-tri/dot/dot-2026/tu-danh-gia/don-vi/SNV",
    "/quan-tri/dot/dot-2026/tu-danh-gia/don-vi/SNV/bieu-tham-dinh",
    "/quan-tri/dot/dot-2026/tu-danh-gia/don-vi/SNV/cong-tru",
    "/quan-tri/dot/dot-2026/tu-danh-gia/don-vi/SNV/tra-lai",
    "/quan-tri/dot/dot-2026/tu-danh-gia/don-vi/SNV/tham-dinh/1",
    "/quan-tri/dot/dot-2026/tu-danh-gia/nhap/SNV",
    "/quan-tri/dot/dot-2026/tu-danh-gia/nhap/SNV/linh-vuc/1",
    "/quan-tri/dot/dot-2026/tu-danh-gia/nhap/SNV/nop",
    "/quan-tri/dot/dot-2026/tu-danh-gia/nhap/SNV/bien-nhan",
    "/quan-tri/dot/dot-2026/tu-danh-gia/nhap/SNV/giai-trinh/1",
    "/quan-tri/dot/dot-2026/tu-danh-gia/nhap/SNV/bieu",
    "/quan-tri/dot/dot-2026/tu-danh-gia/nhap/SNV/nop-bieu",
    "/quan-tri/dot/dot-2026/tu-danh-gia/nhap/SNV/kiem-chung/1.1",
    "/quan-tri/dot/dot-2026/tu-danh-gia/tep/1",
    "/quan-tri/dot/dot-2026/tu-danh-gia/thay-doi/tu-danh-gia/1",
    "/quan-tri/tu-danh-gia",
    "/quan-tri/dot/dot-2026/du-lieu-mo",
]
FOR_WHO_HAS_A_PHONE = [
    "/quan-tri/tai-khoan-cua-toi/ma-du-phong",
    "/quan-tri/tai-khoan-cua-toi/bo-xac-thuc-hai-buoc",
]


def rules(app: Flask) -> list[str]:
    return [
        rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.startswith("office.")
    ]


def test_every_route_of_the_office_is_in_the_list_of_pages_that_need_sign_in(app: Flask) -> None:
    adapter = app.url_map.bind("localhost")
    reached = {adapter.match(page.partition("?")[0])[0] for page in PAGES + FOR_WHO_HAS_A_PHONE}
    only_sent_to = {
        rule.endpoint for rule in app.url_map.iter_rules() if "GET" not in (rule.methods or ())
    }  # tests/office/accounts/test_every_route.py has them
    assert set(rules(app)) - reached - only_sent_to == COMING_IN | {
        "office.accounts_code",
        "office.static",
    }


def test_a_stranger_is_sent_to_the_sign_in(stranger: FlaskClient, draft: Scorecard) -> None:
    for page in PAGES + FOR_WHO_HAS_A_PHONE:
        for reply in (stranger.get(page), stranger.post(page)):
            assert reply.status_code in {302, 405}, page
            assert SIGN_IN in reply.headers.get("Location", SIGN_IN), page
            assert "Sở Nội vụ" not in reply.get_data(as_text=True), page


def test_signing_out_needs_someone_who_is_in(stranger: FlaskClient) -> None:
    assert SIGN_IN in stranger.post("/quan-tri/dang-xuat").headers["Location"]


def test_the_right_name_and_password_lead_to_the_page_that_was_wanted(
    stranger: FlaskClient,
) -> None:
    wanted = stranger.get("/quan-tri/nhat-ky").headers["Location"]
    assert stranger.post(wanted, data=RIGHT).headers["Location"] == "/quan-tri/nhat-ky"


def test_the_sign_in_leads_to_no_other_house(app: Flask, stranger: FlaskClient) -> None:
    elsewhere = [
        "https://evil.example/",
        "//evil.example",
        "/\\evil",
        "/quan-tri/\\x",
        "javascript:1",
    ]
    for aim in elsewhere:
        reply = app.test_client().post(SIGN_IN, query_string={"next": aim}, data=RIGHT)
        assert reply.headers["Location"] == "/quan-tri/", aim


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "lan", "password": "sai mật khẩu"},
        {"name": "ai", "password": PASSWORD},
        {"name": "lan"},
    ],
)
def test_a_wrong_name_and_a_wrong_password_hear_the_same(
    stranger: FlaskClient, wrong: dict[str, str]
) -> None:
    reply = stranger.post(SIGN_IN, data=wrong)
    assert reply.status_code == 422
    assert "Tên đăng nhập hoặc mật khẩu không đúng" in reply.get_data(as_text=True)
    assert stranger.get("/quan-tri/").status_code == 302


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(stranger: FlaskClient) -> None:
    cookie = stranger.post(SIGN_IN, data=RIGHT).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_copied_cookie_is_worth_nothing_after_sign_out(app: Flask, analyst: FlaskClient) -> None:
    cookie = analyst.get_cookie("session")
    assert cookie is not None
    analyst.post("/quan-tri/dang-xuat")
    thief = app.test_client()
    thief.set_cookie("session", cookie.value)
    assert thief.get("/quan-tri/").status_code == 302


def test_a_suspended_account_is_out_at_once(house: House, analyst: FlaskClient) -> None:
    assert analyst.get("/quan-tri/").status_code == 200
    with house.database.writing() as connection:
        account = accounts.find(connection, "lan")
        add_account(connection, "minh", PASSWORD, house.stamp())
        accounts.suspend(connection, account, house.stamp())
    assert analyst.get("/quan-tri/").status_code == 302


def test_a_session_ends_after_a_working_day(house: House, analyst: FlaskClient) -> None:
    now = house.clock()
    for minutes in range(0, 12 * 60 + 1, 20):
        house.clock = lambda minutes=minutes: now + timedelta(minutes=minutes)
        assert analyst.get("/quan-tri/").status_code == 200
    house.clock = lambda: now + timedelta(hours=12, seconds=1)
    assert analyst.get("/quan-tri/").status_code == 302


def test_a_session_that_nobody_uses_ends_after_half_an_hour(
    house: House, analyst: FlaskClient
) -> None:
    now = house.clock()
    house.clock = lambda: now + timedelta(minutes=29)
    assert analyst.get("/quan-tri/").status_code == 200
    house.clock = lambda: now + timedelta(minutes=29 + 31)
    assert analyst.get("/quan-tri/").status_code == 302


@pytest.mark.parametrize("back", [timedelta(hours=5), timedelta(days=400)])
def test_a_clock_set_back_does_not_prolong_a_session(
    house: House, analyst: FlaskClient, back: timedelta
) -> None:
    now = house.clock()
    house.clock = lambda: now - back
    assert analyst.get("/quan-tri/").status_code == 302


def test_a_session_that_is_over_does_not_come_back_with_the_clock(
    house: House, analyst: FlaskClient
) -> None:
    now = house.clock()
    for minutes, status in ((29, 200), (60, 302), (1, 302)):
        house.clock = lambda minutes=minutes: now + timedelta(minutes=minutes)
        assert analyst.get("/quan-tri/").status_code == status


def test_a_session_ends_by_what_has_passed_where_the_clock_stands_still(
    house: House, analyst: FlaskClient
) -> None:
    ticks = house.ticks()
    for minutes, status in ((29, 200), (60, 302)):
        house.ticks = lambda minutes=minutes: ticks + 60 * minutes
        assert analyst.get("/quan-tri/").status_code == status


def test_a_session_outlives_the_start_of_the_machine_and_a_small_correction(
    house: House, analyst: FlaskClient
) -> None:
    now = house.clock()
    house.ticks = lambda: 5.0
    house.clock = lambda: now - timedelta(seconds=20)
    assert analyst.get("/quan-tri/").status_code == 200


def test_coming_and_going_is_in_the_log(house: House, analyst: FlaskClient) -> None:
    analyst.post("/quan-tri/dang-xuat")
    with house.database.reading() as connection:
        assert [(line.who, line.action) for line in audit.last(connection)] == [
            ("lan", "sign_out"),
            ("lan", "sign_in"),
        ]
        assert audit.verify(connection) is None


def logged(house: House) -> list[tuple[str, str, str]]:
    with house.database.reading() as connection:
        assert audit.verify(connection) is None
        return [(line.who, line.action, line.detail) for line in audit.last(connection)][::-1]


def test_a_wrong_sign_in_is_in_the_log_without_what_was_typed_where_it_is_no_name(
    house: House, stranger: FlaskClient
) -> None:
    stranger.post(SIGN_IN, data={"name": "lan", "password": "đoán mò"})
    stranger.post(SIGN_IN, data={"name": PASSWORD, "password": "lan"})  # the fields mistaken
    assert logged(house) == [("?", "sign_in_failed", "lan"), ("?", "sign_in_failed", "")]


def test_looking_at_results_and_taking_them_away_is_in_the_log(
    house: House, analyst: FlaskClient, draft: Scorecard
) -> None:
    before = len(logged(house))
    card = f"/quan-tri/dot/dot-2026/ket-qua/{draft.id}"
    for page in (card, f"{card}/don-vi/SNV", f"{card}/tai-ve/csv", f"{card}/tai-ve/docx"):
        assert analyst.get(page).status_code == 200
    analyst.get(f"{card}/don-vi/XX")
    assert logged(house)[before:] == [
        ("lan", "view", f"dot-2026 {draft.id}"),
        ("lan", "view", f"dot-2026 {draft.id} SNV"),
        ("lan", "download", f"dot-2026 {draft.id} csv"),
        ("lan", "download", f"dot-2026 {draft.id} docx"),
    ]


def test_the_page_of_the_log_tells_that_lines_are_gone(house: House, analyst: FlaskClient) -> None:
    assert "Nhật ký chưa bị sửa đổi" in analyst.get("/quan-tri/nhat-ky").text
    with house.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM audit")
    assert "Nhật ký bị cắt hoặc bị viết lại" in analyst.get("/quan-tri/nhat-ky").text
    assert "cut or written anew" in analyst.get("/quan-tri/nhat-ky?lang=en").text


def test_a_form_without_its_token_is_refused(
    app: Flask, analyst: FlaskClient, draft: Scorecard
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    reply = analyst.post("/quan-tri/dot/dot-2026/publish/prepare")
    assert reply.status_code == 400
    assert "Không có gì bị thay đổi" in reply.get_data(as_text=True)


def test_no_page_of_the_office_is_kept_by_the_browser(
    analyst: FlaskClient, draft: Scorecard
) -> None:
    for page in PAGES:
        assert analyst.get(page).headers["Cache-Control"] == "no-store"
