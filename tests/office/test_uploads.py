import io
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from survey_app import quarantine
from survey_app.fieldwork.assessment import self_template
from survey_app.fieldwork.assessment.self_template import Form
from survey_app.questionnaire import library
from survey_app.store import tables as t
from survey_app.store import waves
from survey_app.store.log import audit
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.fielded import field
from tests.office.handing_in import hand_in
from tests.quarantine import hostile

FRAME = "group,sample,unit,stratum,population,planned\ncitizens,,SNV,all,100,10\n"


@pytest.fixture
def planned(house: House, tmp_path: Path) -> Wave:
    return field(house.database, tmp_path / "texts", council=0, citizens=0, opened=False).wave


def send(client: FlaskClient, kind: str, body: bytes, name: str = "khung.csv") -> object:
    if kind != "points":
        return hand_in(client, kind, body, name)
    files = {"files": (io.BytesIO(body), name)}
    return client.post(f"/quan-tri/dot/test/nhap/{kind}", data=files)


def test_a_frame_comes_in_and_the_log_says_so(
    house: House, analyst: FlaskClient, planned: Wave
) -> None:
    reply = send(analyst, "frame", FRAME.encode())
    assert reply.status_code == 302, reply.get_data(as_text=True)
    with house.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(t.strata)).scalar() == 1
        assert audit.last(connection)[0].action == "frame-import"


def test_a_file_with_faults_is_refused_whole_with_every_fault_at_its_place(
    house: House, analyst: FlaskClient, planned: Wave
) -> None:
    with house.database.reading() as connection:
        before = connection.execute(select(t.strata)).all()
    faulty = FRAME + "<b>,,SNV,all,100,10\ncitizens,,XXX,all,-1,10\n"
    reply = send(analyst, "frame", faulty.encode())
    said = reply.get_data(as_text=True)
    assert reply.status_code == 422
    assert "Chưa có dữ liệu nào được nhập" in said
    assert "khung.csv:3" in said
    assert "khung.csv:4" in said
    assert "khung.csv, dòng 3" in said
    assert "Không có nhóm đối tượng nào mang mã hoặc tên này." in said
    assert "Đợt điều tra không có đơn vị nào mang mã hoặc tên này." in said
    assert "<b>" not in said
    with house.database.reading() as connection:
        assert connection.execute(select(t.strata)).all() == before


def test_a_workbook_that_was_filled_in_comes_back(
    house: House, analyst: FlaskClient, planned: Wave
) -> None:
    with house.database.reading() as connection:
        texts = waves.texts(connection, planned.id)
    form = Form(planned.name, planned.year, library.study_from_texts(planned.study, texts))
    body = self_template.workbook(form, "SNV", "Sở Nội vụ")
    reply = send(analyst, "points", body, "SNV.xlsx")
    assert reply.status_code in {302, 422}
    assert reply.status_code == 302 or "SNV.xlsx" in reply.get_data(as_text=True)


def test_what_is_no_workbook_at_all_is_a_fault_and_not_a_failure(
    analyst: FlaskClient, planned: Wave
) -> None:
    for kind in ("frame", "sample", "points", "appraised"):
        reply = send(analyst, kind, b"\x00\x01 no workbook", "x.xlsx")
        assert reply.status_code == 422


@pytest.mark.parametrize("kind", ["frame", "sample", "points", "appraised"])
def test_a_workbook_whose_sheets_are_broken_is_a_fault_and_not_a_failure(
    analyst: FlaskClient, planned: Wave, kind: str
) -> None:
    for name, sheet in hostile.BROKEN_SHEETS.items():
        reply = send(analyst, kind, hostile.workbook(sheet), "x.xlsx")
        assert reply.status_code == 422, name


def test_while_one_file_is_read_another_one_is_asked_to_come_again(
    analyst: FlaskClient, planned: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "_TAKES_TURNS", 0.1)
    with quarantine._one_reads:
        reply = send(analyst, "frame", FRAME.encode())
    assert reply.status_code == 503
    assert reply.headers["Retry-After"]
    assert send(analyst, "frame", FRAME.encode()).status_code == 302
