"""The pages of letters and links: what they say, what they hand out once, what they never tell."""

from __future__ import annotations

import io
import os
import re
import stat
import time
import zipfile
from pathlib import Path

import openpyxl
import pypdfium2
import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select

from survey_app.fieldwork import tokens
from survey_app.jobs import folder
from survey_app.jobs.runner import Worker
from survey_app.office.jobs.kinds import KINDS
from survey_app.store import jobs, waves
from survey_app.store import tables as t
from survey_app.store.jobs import Job
from survey_app.store.waves import Wave
from survey_app.waves.plan import Plan
from survey_app.web import House
from tests.fielded import field
from tests.office.conftest import PASSWORD
from tests.office.scored import AT
from tests.support.accounts import add_account

LETTERS = "/quan-tri/dot/test/thu-moi"
TEXTS, ISSUE, END = f"{LETTERS}/noi-dung", f"{LETTERS}/cap", f"{LETTERS}/thu-hoi"
CONTACT = "Bà Hà, 0212 3850 000"


@pytest.fixture
def fielded(house: House, tmp_path: Path) -> Wave:
    """Six delegates and three citizens, planned, with a contact line."""
    wave = field(house.database, tmp_path / "texts", council=6, citizens=3, opened=False).wave
    with house.database.writing() as connection:
        connection.execute(delete(t.invitations))
        connection.execute(delete(t.events))
        waves.change(connection, wave, Plan(title_vi="Khảo sát", contact_vi=CONTACT))
        ids = connection.execute(select(t.cases.c.id).order_by(t.cases.c.id)).scalars().all()
        for number, case_id in enumerate(ids):
            phone = {"name": f"Lò Văn {number}", "phone": f"091234567{number}"}
            connection.execute(t.contacts.delete().where(t.contacts.c.case_id == case_id))
            connection.execute(t.contacts.insert().values(case_id=case_id, **phone))
    return wave


def newest(house: House) -> Job:
    with house.database.reading() as connection:
        return jobs.last(connection, most=1)[0]


def issued(client: FlaskClient, house: House, **chosen: str) -> Job:
    sent = {"sure": "1", "thu": "vi", **chosen}
    assert client.post(ISSUE, data=sent).status_code == 302
    return newest(house)


def fetched(client: FlaskClient, job: Job) -> zipfile.ZipFile:
    reply = client.post(f"/quan-tri/cong-viec/{job.id}/duong-dan")
    assert reply.status_code == 200
    return zipfile.ZipFile(io.BytesIO(reply.data))


def count(house: House, table: object, *where: object) -> int:
    with house.database.reading() as connection:
        counted = select(func.count()).select_from(table).where(*where)  # type: ignore[arg-type]
        return int(connection.execute(counted).scalar_one())


def test_letters_and_links_come_in_one_file_that_is_handed_over_once(
    house: House, analyst: FlaskClient, fielded: Wave
) -> None:
    asked = analyst.post(ISSUE, data={"thu": "vi"}).text
    assert "9 đường dẫn mới sẽ được cấp" in asked
    assert count(house, t.invitations) == 0
    job = issued(analyst, house)
    (file,) = (house.settings.data_folder / "jobs" / job.folder).iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert f"/quan-tri/cong-viec/{job.id}" in analyst.get(LETTERS).text
    packed = fetched(analyst, job)
    assert packed.namelist() == ["thu-moi.pdf", "duong-dan.xlsx", "duong-dan.csv"]
    assert len(pypdfium2.PdfDocument(packed.read("thu-moi.pdf"))) == 9
    assert not list((house.settings.data_folder / "jobs" / job.folder).glob("*"))
    assert analyst.post(f"/quan-tri/cong-viec/{job.id}/duong-dan").status_code == 404
    assert "đã được tải về" in analyst.get(f"/quan-tri/cong-viec/{job.id}").text
    assert count(house, t.invitations) == 9


def test_the_tables_keep_zeros_and_bring_messages_that_can_be_sent(
    house: House, analyst: FlaskClient, fielded: Wave
) -> None:
    packed = fetched(analyst, issued(analyst, house))
    sheet = openpyxl.load_workbook(io.BytesIO(packed.read("duong-dan.xlsx"))).active
    heading, first, *others = sheet.iter_rows(values_only=True)
    assert heading[:7] == (
        "Số thư mời", "Nhóm đối tượng", "Đơn vị", "Họ và tên", "Điện thoại", "Thư điện tử",
        "Đường dẫn",
    )  # fmt: skip
    assert len(others) == 8
    assert first[4] == "0912345670"
    assert all(cell.data_type == "s" for cell in sheet[2] if cell.value)
    assert first[6] in first[7]
    assert CONTACT in first[7]
    csv = packed.read("duong-dan.csv").decode("utf-8-sig")
    assert "0912 345 670" in csv
    token = str(first[6]).rsplit("/", 1)[1]
    with house.database.reading() as connection:
        digests = set(connection.execute(select(t.invitations.c.digest)).scalars())
    assert tokens.digest(token) in digests


def test_no_link_is_in_the_store_in_the_log_or_left_on_the_disk(
    house: House, analyst: FlaskClient, fielded: Wave, caplog: pytest.LogCaptureFixture
) -> None:
    packed = fetched(analyst, issued(analyst, house))
    found = set(re.findall(r"/p/([0-9a-z]{26})", packed.read("duong-dan.csv").decode()))
    assert len(found) == 9
    for file in house.settings.data_folder.rglob("*"):
        if file.is_file():
            kept = file.read_bytes()
            assert not [token for token in found if token.encode() in kept], file
    assert not [token for token in found if token in caplog.text]


def test_only_who_asked_for_links_can_fetch_them(
    house: House, analyst: FlaskClient, fielded: Wave
) -> None:
    job = issued(analyst, house)
    with house.database.writing() as connection:
        add_account(connection, "hoa", PASSWORD, AT)
    other = analyst.application.test_client()
    other.post("/quan-tri/dang-nhap", data={"name": "hoa", "password": PASSWORD})
    assert other.post(f"/quan-tri/cong-viec/{job.id}/duong-dan").status_code == 404
    assert analyst.get(f"/quan-tri/cong-viec/{job.id}/tep").status_code == 404
    assert fetched(analyst, job).testzip() is None


def test_a_file_that_nobody_fetches_is_gone_after_a_day(
    house: House, analyst: FlaskClient, fielded: Wave
) -> None:
    job = issued(analyst, house)
    (file,) = (house.settings.data_folder / "jobs" / job.folder).iterdir()
    old = time.time() - folder.LINKS_KEPT - 1
    os.utime(file, (old, old))
    assert analyst.post(f"/quan-tri/cong-viec/{job.id}/duong-dan").status_code == 404
    Worker(house=house, kinds=KINDS).run(until_idle=True)
    assert not file.exists()


def test_links_are_issued_anew_for_a_selection_and_the_old_ones_are_dead(
    house: House, analyst: FlaskClient, fielded: Wave
) -> None:
    issued(analyst, house)
    everyone = analyst.post(ISSUE, data={"again": "1"})
    assert everyone.status_code == 422
    assert "không làm cho tất cả cùng lúc" in everyone.text
    chosen = {"labels": "council-0, council-1\ncouncil-1", "again": "1"}
    assert "2 đường dẫn cũ" in analyst.post(ISSUE, data=chosen).text
    job = issued(analyst, house, **chosen)
    assert job.result["count"] == 2
    assert count(house, t.invitations, t.invitations.c.revoked_on.is_not(None)) == 2
    assert count(house, t.invitations, t.invitations.c.revoked_on.is_(None)) == 9


def test_issuing_anew_tells_nothing_of_who_has_answered(
    house: House, analyst: FlaskClient, fielded: Wave
) -> None:
    """The attacker asks for one link each, for somebody who has answered and somebody not."""
    issued(analyst, house)
    with house.database.writing() as connection:
        answered = select(t.cases.c.id).where(t.cases.c.label == "council-0").scalar_subquery()
        connection.execute(delete(t.unspent).where(t.unspent.c.case_id == answered))
    told = []
    for label in ("council-0", "council-1"):
        asked = analyst.post(ISSUE, data={"labels": label, "again": "1"}).text
        job = issued(analyst, house, labels=label, again="1")
        ended = analyst.post(END, data={"labels": label, "how": "revoke"}).text
        told.append(
            [re.sub(r'(?<=value=")[^"]{40,}(?=")', "", page).replace(label, "X")
             for page in (asked, ended)] + [job.result["count"]]
        )  # fmt: skip
    assert told[0] == told[1]


def test_links_are_revoked_for_a_selection_after_its_count_was_shown(
    house: House, analyst: FlaskClient, fielded: Wave
) -> None:
    issued(analyst, house)
    chosen = {"group": "council", "how": "revoke"}
    assert "6 đường dẫn sẽ không mở được nữa" in analyst.post(END, data=chosen).text
    assert count(house, t.invitations, t.invitations.c.revoked_on.is_not(None)) == 0
    assert analyst.post(END, data={**chosen, "sure": "1"}).status_code == 303
    assert count(house, t.invitations, t.invitations.c.revoked_on.is_not(None)) == 6
    assert analyst.post(END, data={"how": "revoke"}).status_code == 422
    unknown = analyst.post(END, data={"labels": "X-1", "how": "revoke"})
    assert "không có trường hợp mang số hiệu này" in unknown.text
    with house.database.reading() as connection:
        log = connection.execute(select(t.audit.c.action).order_by(t.audit.c.id)).scalars().all()
    assert log[-1] == "invitations-revoke"


def test_a_link_with_an_end_opens_its_form_up_to_that_day(
    house: House, analyst: FlaskClient, fielded: Wave
) -> None:
    packed = fetched(analyst, issued(analyst, house))
    link = re.findall(r"/p/[0-9a-z]{26}", packed.read("duong-dan.csv").decode())[0]
    phone = analyst.application.test_client()
    today = house.today()
    assert analyst.post(END, data={"how": "expire", "until": "mai"}).status_code == 422
    for until, opens in ((today, True), ("2026-01-01", False), ("", True)):
        sent = {"how": "expire", "until": until, "sure": "1"}
        assert analyst.post(END, data=sent).status_code == 303
        assert (phone.get(link).status_code != 404) == opens, until
    analyst.post(END, data={"how": "expire", "until": "2026-01-01", "sure": "1"})
    assert issued(analyst, house).result["count"] == 9, "who has none that opens gets another"


def test_the_text_is_written_previewed_and_printed(
    house: House, analyst: FlaskClient, fielded: Wave
) -> None:
    shown = analyst.get(TEXTS).text
    fields = dict(
        re.findall(r'name="(superior|agency|number|place|title|signer)" value="([^"]*)"', shown)
    )
    areas = dict(re.findall(r'(?s)<textarea id="(\w+)"[^>]*>\n(.*?)</textarea>', shown))
    lines = dict(re.findall(r'name="(message|reminder|email_subject)" value="([^"]*)"', shown))
    texts = {**fields, **areas, **lines, "thu": "vi"}
    texts["body"] = "Kính mời {tên} trả lời trước ngày đã định."
    texts["place"] = "Sơn La"
    assert analyst.post(TEXTS, data=texts).status_code == 303
    assert "Kính mời {tên}" in analyst.get(TEXTS).text
    assert analyst.get(f"{LETTERS}/xem-truoc.png").data.startswith(b"\x89PNG")
    assert analyst.get(f"{LETTERS}/xem-truoc.exe").status_code == 404
    pdf = fetched(analyst, issued(analyst, house)).read("thu-moi.pdf")
    said = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded()
    assert "Kính mời Lò Văn 0 trả lời" in " ".join(said.split())
    assert "Sơn La, ngày" in said


def test_a_wrong_placeholder_is_refused_where_it_stands_and_nothing_is_kept(
    house: House, analyst: FlaskClient, fielded: Wave
) -> None:
    sent = {"thu": "vi", "body": "Kính gửi {tenn}", "message": "{duong_dan}", "email": "{link}"}
    refused = analyst.post(TEXTS, data=sent)
    assert refused.status_code == 422
    assert "Dòng 1, ký tự 10" in refused.text
    assert "{ten}" in refused.text
    assert "Kính gửi {tenn}</textarea>" in refused.text
    assert count(house, t.letter_texts) == 0


def test_without_a_contact_no_letter_goes_out(
    house: House, analyst: FlaskClient, fielded: Wave
) -> None:
    with house.database.writing() as connection:
        waves.change(connection, fielded, Plan())
    refused = analyst.post(ISSUE, data={"sure": "1"})
    assert refused.status_code == 409
    assert "chưa có đầu mối liên hệ" in refused.text
    assert count(house, t.invitations) == 0


def test_a_sample_that_changed_meanwhile_is_not_written_to(
    house: House, analyst: FlaskClient, fielded: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two officers issue links at the same moment: one of them is told, and nobody has two."""
    from survey_app.conduct import issuing

    real = issuing.pack

    def slow(*everything: object) -> None:
        real(*everything)  # type: ignore[arg-type]
        monkeypatch.setattr(issuing, "pack", real)
        issued(analyst, house, thu="en")

    monkeypatch.setattr(issuing, "pack", slow)
    refused = analyst.post(ISSUE, data={"sure": "1"})
    assert "chưa cấp đường dẫn nào" in refused.text
    assert count(house, t.invitations) == 9
