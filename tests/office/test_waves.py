from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from survey_app.conduct.scoring import publish
from survey_app.fieldwork.tokens import csrf
from survey_app.store import tables as t
from survey_app.store import waves
from survey_app.store.counts import recount
from survey_app.store.engine.database import Database
from survey_app.store.log import audit
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.fielded import field
from tests.office.test_sign_in import PAGES
from tests.office.ticking import ticked

WAVE, TEST = "/quan-tri/dot/dot-2026", "/quan-tri/dot/test"


def everything(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.reading() as connection:
        return {
            name: [tuple(row) for row in connection.execute(select(table))]
            for name, table in t.metadata.tables.items()
            if name != "audit"  # who looked is noted
        }


def test_looking_at_every_page_changes_nothing(
    house: House, analyst: FlaskClient, draft: Scorecard
) -> None:
    before = everything(house.database)
    for page in [*PAGES, "/ket-qua", "/ket-qua/dot-2026", "/quan-tri/?lang=en"]:
        analyst.get(page)
        analyst.head(page)
    assert everything(house.database) == before


def test_a_wave_shows_its_counts_and_a_dash_where_nothing_was_issued(
    house: House, analyst: FlaskClient, tmp_path: Path
) -> None:
    field(house.database, tmp_path / "texts", council=2, citizens=3, opened=False)
    with house.database.writing() as connection:
        connection.execute(t.invitations.delete())
        recount.recount(connection, waves.find(connection, "test").id)
    text = analyst.get("/quan-tri/dot/test").get_data(as_text=True)
    assert '<td class="num">–</td></tr>' in text
    assert "0,0%" not in text


def test_progress_is_shown_by_mode_where_people_are_asked_in_several_ways(
    house: House, analyst: FlaskClient, tmp_path: Path
) -> None:
    field(house.database, tmp_path / "texts", council=2, citizens=3)
    plain = analyst.get("/quan-tri/dot/test").get_data(as_text=True)
    assert "hình thức trả lời" not in plain
    with house.database.writing() as connection:
        asked = t.cases.update().where(t.cases.c.grp == "citizens").values(mode="paper")
        connection.execute(asked)
        recount.recount(connection, waves.find(connection, "test").id)
    text = analyst.get("/quan-tri/dot/test").get_data(as_text=True)
    assert "Tiến độ theo nhóm đối tượng và hình thức trả lời" in text
    assert '<td>Phiếu giấy</td><td class="num">3</td>' in text
    assert '<td>Trực tuyến</td><td class="num">2</td>' in text
    assert "Progress by respondent group and mode" in analyst.get(
        "/quan-tri/dot/test?lang=en"
    ).get_data(as_text=True)


def test_a_wave_is_opened_and_closed_by_confirmed_forms_and_the_log_says_who(
    house: House, analyst: FlaskClient, tmp_path: Path
) -> None:
    field(house.database, tmp_path / "texts", opened=False)
    for action, state in (("open", "open"), ("close", "closed")):
        page = analyst.get(f"/quan-tri/dot/test/{action}").get_data(as_text=True)
        assert "Không thể hoàn tác" in page
        assert ticked(analyst, f"/quan-tri/dot/test/{action}").status_code == 302
        with house.database.reading() as connection:
            assert waves.find(connection, "test").state == state
            line = audit.last(connection)[0]
        assert (line.who, line.action, line.detail) == ("lan", f"wave-{action}", "test")


def test_closing_says_how_many_forms_are_begun_and_not_sent(
    house: House, analyst: FlaskClient, tmp_path: Path
) -> None:
    fielded = field(house.database, tmp_path / "texts", council=1, citizens=6)
    assert "Số phiếu đang điền dở, chưa gửi: 0." in analyst.get(f"{TEST}/close").text
    house.mixer.epochs.prepare()
    secret = house.settings.secret_key
    for token in fielded.tokens["citizens"][:5]:
        assert "Số phiếu đang điền dở, chưa gửi: 0." in analyst.get(f"{TEST}/close").text
        analyst.post(f"/p/{token}", data={"csrf_token": csrf(token, secret), "go": "begin"})
        house.mixer.mix_all()
    assert "Số phiếu đang điền dở, chưa gửi: 5." in analyst.get(f"{TEST}/close").text
    assert "Forms begun and not sent: 5." in analyst.get(f"{TEST}/close?lang=en").text
    assert "chưa gửi" not in analyst.get(f"{TEST}/score").text


def test_what_cannot_be_done_now_is_said_and_not_done(
    house: House, analyst: FlaskClient, wave: Wave
) -> None:
    before = everything(house.database)
    reply = analyst.post(f"{WAVE}/open")
    assert reply.status_code == 409
    said = reply.get_data(as_text=True)
    assert "Hiện không thực hiện được" in said
    assert "Đợt điều tra đã được mở từ trước." in said
    assert "<dt>Tình trạng</dt><dd>Đã đóng</dd>" in said
    assert everything(house.database) == before


def test_a_failed_scoring_shows_the_reasons(
    monkeypatch: pytest.MonkeyPatch, analyst: FlaskClient, wave: Wave
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise publish.ScoringFailed("not-scored", "error[no-points]: <b>SNV</b> has no points")

    monkeypatch.setattr("survey_app.conduct.scoring.publish.release", refuse)
    reply = analyst.post(f"{WAVE}/score")
    assert reply.status_code == 409
    assert "&lt;b&gt;SNV&lt;/b&gt; has no points" in reply.get_data(as_text=True)


def test_what_is_not_there_is_not_found(analyst: FlaskClient, draft: Scorecard) -> None:
    for page in (
        "/quan-tri/dot/khong-co",
        "/quan-tri/dot/dot-2026/ket-qua/99",
        "/quan-tri/dot/dot-2026/ket-qua/1/don-vi/XX",
        "/quan-tri/dot/dot-2026/ket-qua/1/tai-ve/exe",
    ):
        assert analyst.get(page).status_code == 404, page


def test_the_office_speaks_the_language_that_was_chosen_until_another_is(
    analyst: FlaskClient, wave: Wave
) -> None:
    assert '<html lang="vi">' in analyst.get("/quan-tri/").get_data(as_text=True)
    analyst.get("/quan-tri/?lang=en")
    assert '<html lang="en">' in analyst.get(WAVE).get_data(as_text=True)


def test_a_wave_without_a_scorecard_is_not_published_and_the_page_says_why(
    house: House, analyst: FlaskClient, tmp_path: Path
) -> None:
    field(house.database, tmp_path / "texts", opened=False)
    reply = analyst.post("/quan-tri/dot/test/publish/prepare")
    assert reply.status_code == 409
    said = reply.get_data(as_text=True)
    assert "Đợt điều tra chưa đóng." in said
    assert '<button type="submit">Mở đợt điều tra' not in said
