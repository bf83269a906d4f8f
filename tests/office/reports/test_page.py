"""The page of reports: what is written, by whom, until when; and files for units."""

from __future__ import annotations

import io
import zipfile

import pytest
from docx import Document
from flask import Flask
from flask.testing import FlaskClient

from survey_app.jobs import folder
from survey_app.store import jobs, publications, report_texts
from survey_app.store.identity import accounts
from survey_app.store.log import audit
from survey_app.store.scorecards import Scorecard
from survey_app.web import House
from tests.office.conftest import PASSWORD
from tests.office.scored import AT, kept_scorecard
from tests.support.accounts import add_account

CARD = "/quan-tri/dot/dot-2026/ket-qua/1"
TEXTS = f"{CARD}/bao-cao/phan-viet"


def written(house: House, card: int = 1) -> dict[tuple[str, str], str]:
    with house.database.reading() as connection:
        return {key: each.text for key, each in report_texts.read(connection, card).items()}


def body(reply: object) -> str:
    document = Document(io.BytesIO(reply.data))  # type: ignore[attr-defined]
    return "\n".join(paragraph.text for paragraph in document.paragraphs)


@pytest.fixture
def clerk(app: Flask, house: House, stranger: FlaskClient) -> FlaskClient:
    """Who works for the second unit."""
    with house.database.writing() as connection:
        account = add_account(connection, "noi", PASSWORD, AT, roles=["unit"])
        accounts.change(connection, account, roles=["unit"], unit="STP", fields=())
    client = app.test_client()
    client.post("/quan-tri/dang-nhap", data={"name": "noi", "password": PASSWORD})
    return client


def test_what_is_written_is_kept_with_who_and_when_and_stands_in_the_report(
    house: House, analyst: FlaskClient, draft: Scorecard
) -> None:
    assert "Chưa viết: Nhận định chung" in analyst.get(f"{CARD}/bao-cao").text
    sent = {"strengths": "Công khai thủ tục.\nĐúng hạn.", "signer": "Lò Thị Xuân", "summary": ""}
    page = analyst.post(TEXTS, data=sent, follow_redirects=True)
    assert "Đã lưu phần nhận định." in page.text
    assert "Ưu điểm" not in page.text.partition("Chưa viết:")[2].partition("</p>")[0]
    assert written(house)["", "strengths"] == "Công khai thủ tục.\nĐúng hạn."
    with house.database.reading() as connection:
        lines = [(line.who, line.action, line.detail) for line in audit.last(connection)]
    assert ("lan", "report-write", "dot-2026 1 - strengths signer") in lines
    assert "Viết lần cuối: lan" in analyst.get(TEXTS).text
    report = body(analyst.get(f"{CARD}/tai-ve/docx"))
    assert "Công khai thủ tục.\nĐúng hạn." in report
    assert report.count("[…]") == 2


def test_a_text_that_is_too_long_is_given_back_whole(
    house: House, analyst: FlaskClient, draft: Scorecard
) -> None:
    reply = analyst.post(TEXTS, data={"summary": "a" * 401})
    assert reply.status_code == 422
    assert "Dài quá 400 ký tự" in reply.text
    assert "a" * 401 in reply.text
    assert written(house) == {}


def test_what_was_put_before_the_approver_stays_as_it_is(
    house: House, analyst: FlaskClient, draft: Scorecard
) -> None:
    with house.database.writing() as connection:
        publications.add(connection, draft.id, "prepared", "lan", AT)
    reply = analyst.post(TEXTS, data={"strengths": "muộn"})
    assert reply.status_code == 409
    assert "đã được trình" in reply.text
    assert written(house) == {}
    with house.database.writing() as connection:
        publications.add(connection, draft.id, "returned", "minh", AT, "viết thêm")
    assert analyst.post(TEXTS, data={"strengths": "kịp"}).status_code == 303


def test_a_new_scorecard_offers_what_was_written_for_the_one_before(
    house: House, analyst: FlaskClient, draft: Scorecard, wave: object
) -> None:
    analyst.post(TEXTS, data={"strengths": "Từ lần trước."})
    again = kept_scorecard(house, wave)  # type: ignore[arg-type]
    page = analyst.get(TEXTS.replace("/1/", f"/{again.id}/")).text
    assert "Điền sẵn từ kết quả tính điểm số 1" in page
    assert "Từ lần trước." in page
    assert written(house, again.id) == {}


def test_reports_of_all_units_come_in_one_file_with_what_was_written_of_each(
    house: House, analyst: FlaskClient, draft: Scorecard
) -> None:
    analyst.post(TEXTS, data={"don-vi": "STP", "strengths": "Riêng của Sở Tư pháp."})
    analyst.post(f"{CARD}/bao-cao/don-vi", data={"kind": "docx"})
    with house.database.reading() as connection:
        job = jobs.last(connection, None)[0]
        assert (job.kind, job.state) == ("unit_reports", "done")
    file = analyst.get(f"/quan-tri/cong-viec/{job.id}/tep")
    assert "bao-cao-don-vi-dot-2026" in file.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(file.data)) as packed:
        names = packed.namelist()
        reports = {name: packed.read(name) for name in names}
    assert names == ["bao-cao-SNV.docx", "bao-cao-STP.docx"]
    for name, report in reports.items():
        text = "\n".join(each.text for each in Document(io.BytesIO(report)).paragraphs)
        assert ("Riêng của Sở Tư pháp." in text) == ("STP" in name)
    assert (folder.path(house.settings, job.folder) / "made").is_file()


def test_a_unit_gets_its_own_report_once_results_are_published_and_no_other(
    house: House, clerk: FlaskClient, draft: Scorecard, wave: object
) -> None:
    own = "/quan-tri/tu-danh-gia/bao-cao/dot-2026.docx"
    assert clerk.get(own).status_code == 404
    assert "bao-cao" not in clerk.get("/quan-tri/tu-danh-gia").text
    kept_scorecard(house, wave, public=True)  # type: ignore[arg-type]
    assert own in clerk.get("/quan-tri/tu-danh-gia").text
    reply = clerk.get(own)
    assert "của Sở Tư pháp" in body(reply)
    assert clerk.get(own.replace("docx", "pdf")).data.startswith(b"%PDF")
    assert clerk.get(f"{CARD}/bao-cao/don-vi/SNV.docx").status_code == 403
    with house.database.reading() as connection:
        actions = [(line.who, line.action, line.detail) for line in audit.last(connection)]
    assert ("noi", "download", "dot-2026 2 STP docx") in actions


def test_the_page_is_there_in_english_with_files_of_every_kind(
    analyst: FlaskClient, draft: Scorecard
) -> None:
    page = analyst.get(f"{CARD}/bao-cao?lang=en").text
    assert "Summary on one page (PDF)" in page
    for file in ("tai-ve/pdf", "tai-ve/tom-tat.docx", "tai-ve/tom-tat.pdf", "bieu-do.png"):
        assert f"{CARD}/{file}" in page
        assert analyst.get(f"{CARD}/{file}").status_code == 200
    assert analyst.get(f"{CARD}/bieu-do.png").data.startswith(b"\x89PNG")
