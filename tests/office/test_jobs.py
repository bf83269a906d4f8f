"""The pages of jobs: whose they are, what they tell, what is no longer there afterwards."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from survey_app.jobs import folder, rules
from survey_app.jobs.runner import Worker
from survey_app.office.jobs.kinds import FILE, KINDS
from survey_app.store import jobs
from survey_app.store import tables as t
from survey_app.store.jobs import Job
from survey_app.store.log import audit
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.fielded import field
from tests.jobs.shop import NAME, PHONE, sample
from tests.office.conftest import PASSWORD
from tests.office.handing_in import hand_in
from tests.office.scored import AT
from tests.support.accounts import add_account

LIST, TEST = "/quan-tri/cong-viec", "/quan-tri/dot/test"


@pytest.fixture
def planned(house: House, tmp_path: Path) -> Wave:
    wave = field(house.database, tmp_path / "texts", council=0, citizens=0, opened=False).wave
    with house.database.writing() as connection:
        connection.execute(t.strata.delete())  # its populations are of nobody who is handed in
    return wave


@pytest.fixture
def interviewer(house: House, analyst: FlaskClient) -> FlaskClient:
    """Somebody else, who sees their own jobs and nothing more."""
    with house.database.writing() as connection:
        add_account(connection, "hoa", PASSWORD, AT, ["interviewer"])
    client = analyst.application.test_client()
    client.post("/quan-tri/dang-nhap", data={"name": "hoa", "password": PASSWORD})
    return client


def send(client: FlaskClient, body: bytes) -> object:
    return hand_in(client, "sample", body)


def newest(house: House) -> Job:
    with house.database.reading() as connection:
        return jobs.last(connection, most=1)[0]


def put(house: House, kind: str, by: str = "lan", **arguments: object) -> Job:
    with house.database.writing() as connection:
        name = folder.new_name()
        return jobs.ask(connection, kind, "test", arguments, folder=name, by=by, at=AT)


def test_an_empty_list_says_what_will_be_there(analyst: FlaskClient) -> None:
    assert "Chưa có công việc nào" in analyst.get(LIST).text
    assert "No jobs yet" in analyst.get(f"{LIST}?lang=en").text


def test_a_job_is_listed_with_who_asked_and_how_it_ended(
    house: House, analyst: FlaskClient, planned: Wave
) -> None:
    send(analyst, sample(3).content)
    put(house, "score")
    said = analyst.get(LIST).text
    assert "Nhập mẫu điều tra (2)" in said
    assert "Đang chờ và đang thực hiện" in said
    assert "Đã xong" in said
    assert ">lan<" in said


def test_a_page_of_a_job_that_waits_reloads_itself_without_a_script(
    house: House, analyst: FlaskClient, planned: Wave
) -> None:
    job = put(house, "score")
    said = analyst.get(f"{LIST}/{job.id}").text
    assert f'content="3; url=/quan-tri/cong-viec/{job.id}?cho=1"' in said
    assert "Công việc đang chờ đến lượt" in said
    assert analyst.get(f"{LIST}/{job.id}?cho=1").status_code == 200


def test_of_a_list_the_rows_are_told_and_the_bar_never_goes_back(
    house: House, analyst: FlaskClient, planned: Wave
) -> None:
    job, shares = put(house, "sample"), []
    steps = (("read", 0, 2), ("rows_read", 34_000, 100_000), ("rows_checked", 1_000, 100_000))
    for label, done, total in steps:
        with house.database.writing() as connection:
            told = {"progress_label": label, "progress_value": done, "progress_most": total}
            connection.execute(update(t.jobs).where(t.jobs.c.id == job.id).values(told))
        shares.append(analyst.get(f"{LIST}/{job.id}/tien-do").json)
    assert shares[1]["how_far"] == "34.000 trong 100.000 dòng"
    assert "1.000 trong 100.000 dòng" in analyst.get(f"{LIST}/{job.id}").text
    assert "1,000 of 100,000 rows" in analyst.get(f"{LIST}?lang=en").text
    assert [each["share"] for each in shares] == sorted(each["share"] for each in shares)


def test_faults_stay_on_the_page_of_the_job_for_whoever_handed_the_file_in(
    house: House, analyst: FlaskClient, interviewer: FlaskClient, planned: Wave
) -> None:
    assert send(analyst, sample(2, faulty=True).content).status_code == 422  # type: ignore[attr-defined]
    job = newest(house)
    said = analyst.get(f"{LIST}/{job.id}").text
    assert "Đợt điều tra không có đơn vị nào mang mã hoặc tên này." in said
    assert PHONE in said
    assert interviewer.get(f"{LIST}/{job.id}").status_code == 404
    with house.database.writing() as connection:
        connection.execute(t.jobs.update().values(asked_by="hoa"))
    assert PHONE in interviewer.get(f"{LIST}/{job.id}").text


def test_what_a_file_holds_is_neither_in_the_row_of_its_job_nor_in_the_log(
    house: House, analyst: FlaskClient, planned: Wave
) -> None:
    send(analyst, sample(3).content.replace(b",2.5,", b",21,"))
    with house.database.reading() as connection:
        rows = str(connection.execute(select(t.jobs)).all())
        lines = str(audit.last(connection))
    for secret in (NAME, PHONE, "mau.csv"):
        assert secret not in rows + lines
    assert list((house.settings.data_folder / "jobs").rglob("*")) == []


def test_faults_that_quote_a_number_are_forgotten_when_contacts_are(
    house: House, analyst: FlaskClient, planned: Wave
) -> None:
    send(analyst, sample(2, faulty=True).content)
    with house.database.writing() as connection:
        assert PHONE in str(connection.execute(select(t.jobs.c.problem)).scalar_one())
        jobs.forget_problems(connection, "test")
        assert connection.execute(select(t.jobs.c.problem)).scalar_one() is None
    assert "lý do không còn được lưu" in analyst.get(f"{LIST}/{newest(house).id}").text


def test_one_sees_and_stops_ones_own_jobs_and_nobody_elses(
    house: House, analyst: FlaskClient, interviewer: FlaskClient, planned: Wave
) -> None:
    theirs, own = put(house, "score"), put(house, "merge", by="hoa")
    said = interviewer.get(LIST).text
    assert "Tổng hợp điểm" in said
    assert "Tính điểm" not in said
    for path in ("", "/tien-do", "/huy", "/tep"):
        assert interviewer.get(f"{LIST}/{theirs.id}{path}").status_code == 404, path
    assert interviewer.post(f"{LIST}/{theirs.id}/huy").status_code == 404
    assert interviewer.post(f"{LIST}/{own.id}/huy").status_code == 303
    with house.database.reading() as connection:
        assert jobs.find(connection, theirs.id).state == "waiting"
        assert jobs.find(connection, own.id).state == "cancelled"
        line = audit.last(connection)[0]
    assert (line.who, line.action, line.detail) == ("hoa", "job-cancel", f"{own.id} merge test")
    assert "Công việc đã bị hủy" in interviewer.get(f"{LIST}/{own.id}").text


def test_looking_at_the_address_that_cancels_cancels_nothing(
    house: House, analyst: FlaskClient, planned: Wave
) -> None:
    job = put(house, "score")
    assert analyst.get(f"{LIST}/{job.id}/huy").headers["Location"] == f"{LIST}/{job.id}"
    assert newest(house).state == "waiting"


def test_what_is_over_is_not_cancelled_and_the_page_says_so(
    house: House, analyst: FlaskClient, planned: Wave
) -> None:
    send(analyst, sample(1).content)
    reply = analyst.post(f"{LIST}/{newest(house).id}/huy", follow_redirects=True)
    assert "không thể hủy" in reply.text
    assert newest(house).state == "done"


def test_a_report_is_made_by_a_job_and_fetched_by_whoever_may(
    house: House, analyst: FlaskClient, interviewer: FlaskClient, draft: Scorecard
) -> None:
    asked = {"card": draft.id, "kind": "xlsx", "language": "vi"}
    with house.database.writing() as connection:
        name = folder.new_name()
        job = jobs.ask(connection, "report", "dot-2026", asked, folder=name, by="hoa", at=AT)
    assert analyst.get(f"{LIST}/{job.id}/tep").status_code == 404
    Worker(house=house, kinds=KINDS).do(job.id)
    reply = analyst.get(f"{LIST}/{job.id}/tep")
    direct = analyst.get(f"/quan-tri/dot/dot-2026/ket-qua/{draft.id}/tai-ve/xlsx")
    for name in ("Content-Disposition", "Content-Type"):
        assert reply.headers[name] == direct.headers[name]
    assert reply.data == direct.data
    with house.database.reading() as connection:
        line = audit.last(connection)[1]
    assert (line.action, line.detail) == ("download", f"dot-2026 {draft.id} xlsx")
    assert interviewer.get(f"{LIST}/{job.id}").status_code == 200
    assert interviewer.get(f"{LIST}/{job.id}/tep").status_code == 404


def test_the_data_set_of_a_closed_wave_is_made_and_of_an_open_one_is_not(
    house: House, analyst: FlaskClient, draft: Scorecard, tmp_path: Path
) -> None:
    field(house.database, tmp_path / "texts2")
    refused = analyst.post(f"{TEST}/bo-du-lieu")
    assert refused.status_code == 409
    assert "Đợt điều tra chưa đóng" in refused.text
    reply = analyst.post("/quan-tri/dot/dot-2026/bo-du-lieu", follow_redirects=True)
    assert "bo-du-lieu-dot-2026-" in reply.text
    made = analyst.get(f"{LIST}/{newest(house).id}/tep")
    assert made.data[:2] == b"PK"
    assert b"respondents.csv" in made.data
    assert NAME.encode() not in made.data


def test_jobs_and_their_files_are_forgotten_after_a_time(
    house: House, analyst: FlaskClient, draft: Scorecard
) -> None:
    analyst.post("/quan-tri/dot/dot-2026/bo-du-lieu")
    file = folder.path(house.settings, newest(house).folder) / FILE
    assert file.is_file()
    now = house.clock()
    house.clock = lambda: now + rules.KEPT - timedelta(hours=1)
    Worker(house=house, kinds=KINDS).run(until_idle=True)
    assert file.is_file()
    house.clock = lambda: now + rules.KEPT + timedelta(hours=1)
    Worker(house=house, kinds=KINDS).run(until_idle=True)
    with house.database.reading() as connection:
        assert jobs.last(connection) == ()
    assert not file.exists()
