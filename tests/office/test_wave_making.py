"""Waves in the browser: made, cloned, changed, shown, their sample replaced, deleted."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, inspect, select

from survey_app.fieldwork.tokens import csrf
from survey_app.questionnaire import library as texts
from survey_app.store import tables as t
from survey_app.store import waves
from survey_app.store.counts import recount
from survey_app.store.log import audit
from survey_app.store.waves import NoSuchWave, Wave
from survey_app.web import House
from tests.builders import NAME, study_texts, write_study, write_texts
from tests.fielded import AT, field
from tests.office.handing_in import confirm
from tests.office.ticking import known, ticked
from tests.support.cast import cast_all

NEW, TEST = "/quan-tri/dot/moi", "/quan-tri/dot/test"
WANTED = {
    "study": NAME,
    "title_vi": "Khảo sát thử năm 2026",
    "contact_vi": "Bà Hà, 0212 3850 111",
    "opens_at": "2026-09-01T07:00",
    "closes_at": "2026-09-30T17:00",
}


@pytest.fixture
def library(house: House, tmp_path: Path) -> Path:
    """A library with the tiny study, and with that of the year after."""
    house.settings = replace(house.settings, questionnaires=tmp_path / "library")
    write_study(house.library)
    write_texts(
        house.library,
        {
            path.replace("2026", "2027"): text.replace("demo/2026", "demo/2027")
            for path, text in study_texts().items()
            if "units" not in path
        },
    )
    return house.library


def the_wave(house: House, name: str) -> Wave:
    with house.database.reading() as connection:
        return waves.find(connection, name)


def logged(house: House) -> list[tuple[str, str]]:
    with house.database.reading() as connection:
        return [(line.action, line.detail) for line in audit.last(connection, 20)]


@pytest.mark.usefixtures("library")
def test_a_wave_is_made_with_title_dates_and_contact_and_gets_its_name_from_the_title(
    house: House, analyst: FlaskClient
) -> None:
    page = analyst.post(NEW, data=WANTED, follow_redirects=True).get_data(as_text=True)
    assert "Đã lập đợt điều tra khao-sat-thu-nam-2026." in page
    made = the_wave(house, "khao-sat-thu-nam-2026")
    assert (made.year, made.units_on, made.state) == (2026, "2026-12-31", "planned")
    assert made.opens_at == "2026-09-01T00:00:00+00:00"
    assert made.plan.contact("en") == "Bà Hà, 0212 3850 111"
    assert ("wave-create", "khao-sat-thu-nam-2026 demo/2026-department") in logged(house)
    assert "Nhập dàn mẫu" in page


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"year": "2025"}, 409, "không phải là năm của bộ chỉ số"),
        ({"name": "Đợt mới"}, 409, "chữ thường không dấu"),
        ({"name": "moi"}, 409, "chữ thường không dấu"),
        ({"closes_at": "2026-08-01T07:00"}, 409, "Giờ đóng không sau giờ mở"),
        ({"title_vi": ""}, 422, "Đề nghị đặt tên gọi"),
        ({"study": "../../etc"}, 422, "Đề nghị chọn bộ chỉ số"),
        ({"opens_at": "mai"}, 422, "Thời gian không hợp lệ"),
        ({"units_on": "31/12"}, 422, "Ngày không hợp lệ"),
        ({"year": "20x6"}, 422, "Năm gồm bốn chữ số"),
        ({"contact_vi": "0" * 301}, 422, "Không quá 300 ký tự"),
        ({"units_on": "1900-01-01"}, 302, ""),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_made(
    house: House, analyst: FlaskClient, wrong: dict[str, str], status: int, said: str
) -> None:
    reply = analyst.post(NEW, data={**WANTED, **wrong})
    assert reply.status_code == status
    if status != 302:
        page = reply.get_data(as_text=True)
        assert said in page
        if "title_vi" not in wrong:
            assert 'value="Khảo sát thử năm 2026"' in page, "what was typed is kept"
        with house.database.reading() as connection:
            assert waves.list_(connection) == ()


@pytest.mark.usefixtures("library")
def test_a_clone_takes_next_years_study_title_contact_and_frame_and_nobodys_name(
    house: House, analyst: FlaskClient, tmp_path: Path
) -> None:
    field(house.database, house.library, council=2, citizens=3)
    sent = {"title_vi": "Khảo sát năm 2026", "contact_vi": "Bà Hà"}
    assert analyst.post(f"{TEST}/thiet-lap", data=sent).status_code == 302
    form = analyst.get(f"{NEW}?sau=test").get_data(as_text=True)
    assert 'value="Khảo sát năm 2027"' in form
    assert '<option value="demo/2027-department" selected>' in form
    wanted = {**WANTED, "study": "demo/2027-department", "title_vi": "Khảo sát năm 2027"}
    assert analyst.post(f"{NEW}?sau=test", data={**wanted, "frame": "1"}).status_code == 302
    made = the_wave(house, "khao-sat-nam-2027")
    assert made.year == 2027
    with house.database.reading() as connection:
        of_it = t.strata.c.wave_id == made.id
        assert len(connection.execute(select(t.strata).where(of_it)).all()) == 2
        assert connection.execute(select(t.cases).where(t.cases.c.wave_id == made.id)).all() == []
    assert ("frame-copy", "khao-sat-nam-2027 test 2/2") in logged(house)


def test_title_and_contact_change_at_once_in_the_form_and_dates_that_passed_do_not(
    house: House, analyst: FlaskClient, tmp_path: Path
) -> None:
    fielded = field(house.database, tmp_path / "texts", council=1, citizens=2)
    house.mixer.epochs.prepare()
    phone = f"/p/{fielded.tokens['citizens'][0]}"
    assert "Gọi số 0212 3850 000." in analyst.get(phone).text
    sent = {"title_vi": "Đợt có tên", "contact_vi": "Bà Hà, 0999", "opens_at": "2027-01-01T00:00"}
    assert analyst.post(f"{TEST}/thiet-lap", data=sent).status_code == 302
    assert "Bà Hà, 0999" in analyst.get(phone).text
    assert "0212 3850 000" not in analyst.get(phone).text
    assert the_wave(house, "test").opens_at is None, "it was opened already"
    assert "Đợt có tên" in analyst.get("/quan-tri/").text
    past = {**sent, "closes_at": "2020-01-01T00:00"}
    assert analyst.post(f"{TEST}/thiet-lap", data=past).status_code == 409
    assert ("wave-change", "test title_vi contact_vi") in logged(house)


def test_a_warning_is_ticked_with_its_numbers_and_goes_into_the_log(
    house: House, analyst: FlaskClient, tmp_path: Path
) -> None:
    field(house.database, tmp_path / "texts", council=2, citizens=3, opened=False)
    with house.database.writing() as connection:
        connection.execute(t.invitations.delete())
    page = analyst.get(f"{TEST}/open").text
    assert "5 trên 5 người trong mẫu chưa có đường dẫn" in page
    assert analyst.post(f"{TEST}/open").status_code == 409
    stale = [key.replace("people=5", "people=4") for key in known(analyst, f"{TEST}/open")]
    assert analyst.post(f"{TEST}/open", data={"known": stale}).status_code == 409
    assert the_wave(house, "test").state == "planned"
    assert ticked(analyst, f"{TEST}/open").status_code == 302
    said = dict(logged(house))
    assert "links-not-issued:people=5:of=5" in said["warnings-known"]


def test_texts_that_changed_under_one_version_block_opening_in_the_office_too(
    house: House, analyst: FlaskClient, tmp_path: Path
) -> None:
    field(house.database, tmp_path / "texts", council=8, citizens=8)
    reworded = study_texts(citizens=("Ông/Bà bao nhiêu tuổi?", "Ông/Bà mấy tuổi?"))
    study = texts.study_from_texts(NAME, reworded)
    with house.database.writing() as connection:
        waves.create(connection, "again", study, 2026, date(2026, 1, 1), house.stamp())
    again = "/quan-tri/dot/again"
    assert "vẫn mang cùng số phiên bản" in analyst.get(f"{again}/phieu").text
    assert "vẫn mang cùng số phiên bản" in analyst.get(f"{again}/open").text
    assert ticked(analyst, f"{again}/open").status_code == 409


def rows(house: House) -> dict[str, int]:
    with house.database.reading() as connection:
        names = [
            n for n in inspect(house.database.engine).get_table_names() if n in t.metadata.tables
        ]
        counted = {
            name: connection.execute(
                select(func.count()).select_from(t.metadata.tables[name])
            ).scalar_one()
            for name in names
        }
    return {
        name: n
        for name, n in counted.items()
        if name not in {"audit", "analysts", "guesses", "jobs"}
    }


def test_a_wave_made_by_mistake_goes_whole_once_its_name_is_typed(
    house: House, analyst: FlaskClient, tmp_path: Path
) -> None:
    field(house.database, tmp_path / "texts", opened=False)
    number = the_wave(house, "test").id
    page = analyst.get(f"{TEST}/xoa").text
    assert re.search(r"Đường dẫn đã cấp sẽ mất hiệu lực</dt><dd>3", page)
    before = rows(house)
    for typed in ("", "Test", "tes"):
        assert analyst.post(f"{TEST}/xoa", data={"typed": typed}).status_code == 422
    assert rows(house) == before
    assert analyst.post(f"{TEST}/xoa", data={"typed": "test"}).status_code == 302
    of_accounts = {"accounts", "account_roles", "sessions", "new_devices"}
    assert {name for name, n in rows(house).items() if n} - of_accounts == {"deleted_waves"}
    assert ("wave-delete", "test") in logged(house)
    field(house.database, tmp_path / "texts", opened=False)
    assert the_wave(house, "test").id > number, "no cache takes one for the other"


def test_a_wave_that_was_opened_by_mistake_goes_too_but_not_while_it_is_open(
    house: House, analyst: FlaskClient, tmp_path: Path
) -> None:
    field(house.database, tmp_path / "texts")
    house.mixer.epochs.prepare()
    assert analyst.post(f"{TEST}/xoa", data={"typed": "test"}).status_code == 409
    assert "không xóa được" in analyst.get(f"{TEST}/xoa").text
    assert ticked(analyst, f"{TEST}/close").status_code == 302
    assert analyst.post(f"{TEST}/xoa", data={"typed": "test"}).status_code == 302
    with pytest.raises(NoSuchWave):
        the_wave(house, "test")
    assert not list((house.settings.data_folder / "keys").glob("*.key"))


@pytest.mark.parametrize("left", ["a form that was sent", "a form that was begun"])
def test_a_wave_in_which_anybody_has_answered_is_never_deleted(
    house: House, analyst: FlaskClient, tmp_path: Path, left: str
) -> None:
    fielded = field(house.database, tmp_path / "texts", citizens=6)
    house.mixer.epochs.prepare()
    token = fielded.tokens["citizens"][0]
    if left == "a form that was sent":
        cast_all(house.database, [token], 0)
    else:
        secret = house.settings.secret_key
        analyst.post(f"/p/{token}", data={"csrf_token": csrf(token, secret), "go": "begin"})
    assert ticked(analyst, f"{TEST}/close", accept="1").status_code == 302
    before = rows(house)
    assert analyst.post(f"{TEST}/xoa", data={"typed": "test"}).status_code == 409
    assert rows(house) == before


def miscounts(house: House) -> list[str]:
    """What `cchc db check` would say of the counts that are kept."""
    with house.database.reading() as connection:
        every = [recount.differences(connection, wave.id) for wave in waves.list_(connection)]
    return [line for lines in every for line in lines]


def test_a_wave_that_is_closed_and_reopened_and_one_beside_it_that_goes_keep_their_counts(
    house: House, analyst: FlaskClient, tmp_path: Path
) -> None:
    fielded = field(house.database, tmp_path / "texts", citizens=12)
    house.mixer.epochs.prepare()
    cast_all(house.database, fielded.tokens["citizens"][:8], 0)
    house.mixer.mix_all()
    with house.database.writing() as connection:
        study = texts.study(NAME, tmp_path / "texts")
        waves.create(connection, "beside", study, 2026, date(2026, 1, 1), AT)
    assert ticked(analyst, f"{TEST}/close", accept="1").status_code == 302
    assert miscounts(house) == []
    reopened = analyst.post(f"{TEST}/mo-lai", data={"reason": "Thiếu phiếu", "closes_at": ""})
    assert reopened.status_code == 302
    assert miscounts(house) == []
    deleted = analyst.post("/quan-tri/dot/beside/xoa", data={"typed": "beside"})
    assert deleted.status_code == 302
    assert miscounts(house) == []


SAMPLE = "case,group,unit,asked,sample,stratum,weight,fpc1\n" + "\n".join(
    f"N{number},council,,*,hdnd,all,1,65" for number in range(10)
)


def replaced(client: FlaskClient, text: str, typed: str = "test") -> int:
    sent = {"files": (io.BytesIO(text.encode()), "mau.csv"), "typed": typed}
    reply = client.post(f"{TEST}/mau/thay", data=sent)
    if reply.status_code >= 400:
        return reply.status_code
    return int(confirm(client, reply).status_code)


def test_the_sample_of_a_planned_wave_is_replaced_and_old_links_die(
    house: House, analyst: FlaskClient, tmp_path: Path
) -> None:
    fielded = field(house.database, tmp_path / "texts", council=2, citizens=3, opened=False)
    old = fielded.tokens["council"][0]
    page = analyst.get(f"{TEST}/mau/thay").text
    assert "5 đường dẫn đã cấp sẽ không mở được nữa" in page
    assert analyst.get(f"/p/{old}").status_code == 403
    before = rows(house)
    assert replaced(analyst, SAMPLE, "other") == 422
    assert replaced(analyst, SAMPLE.replace("council", "nobody")) == 422
    assert rows(house) == before, "a file with a fault changes nothing"
    assert replaced(analyst, SAMPLE) in {200, 302}, "with remarks, or without"
    assert analyst.get(f"/p/{old}").status_code == 404
    assert rows(house)["cases"] == 10
    assert rows(house)["invitations"] == 0
    assert miscounts(house) == []
    assert ("sample-replace", "test 5 -> 10, links 5") in logged(house)


def test_the_sample_of_an_opened_wave_is_not_replaced(
    house: House, analyst: FlaskClient, tmp_path: Path
) -> None:
    field(house.database, tmp_path / "texts")
    before = rows(house)
    assert "không thay mẫu được" in analyst.get(f"{TEST}/mau/thay").text
    assert replaced(analyst, SAMPLE) == 409
    assert rows(house) == before


def test_the_questionnaires_are_shown_as_respondents_see_them_and_nothing_can_be_sent(
    house: House, analyst: FlaskClient, tmp_path: Path
) -> None:
    fielded = field(house.database, tmp_path / "texts", council=1, citizens=2)
    house.mixer.epochs.prepare()
    before, shelves = rows(house), dict(house.patterns)
    assert "Xem như người trả lời" in analyst.get(f"{TEST}/phieu").text
    seen = []
    for page in range(1, 9):
        reply = analyst.get(f"{TEST}/phieu/citizens?trang={page}")
        seen.append(reply.text)
        assert "form-action 'none'" in reply.headers["Content-Security-Policy"]
        assert "script-src" not in reply.headers["Content-Security-Policy"]
        assert "<script" not in reply.text
        assert not re.search(r"<button(?! disabled)", reply.text)
    whole = "".join(seen)
    for words in ("Ông/Bà bao nhiêu tuổi?", "Lần gần nhất là ngày nào?", "lãnh đạo Sở Nội vụ"):
        assert words in whole, "also what is asked on some condition"
    action, token = re.search(r'action="(/p/(\w+)[^"]*)"', seen[0]).groups()  # type: ignore[union-attr]
    assert token not in fielded.tokens["citizens"]
    assert analyst.post(action, data={"go": "begin"}).status_code == 404
    assert (rows(house), house.patterns) == (before, shelves)
    assert analyst.get(f"{TEST}/phieu/nobody").status_code == 404
    assert "in English" not in whole


def test_the_preview_of_a_wave_speaks_its_languages_and_shows_several_units(
    analyst: FlaskClient, house: House, tmp_path: Path
) -> None:
    field(house.database, tmp_path / "texts", opened=False)
    english = analyst.get(f"{TEST}/phieu/council?phieu=en&nhieu=1&trang=2").text
    assert "How do you rate the leaders of" in english
    assert "Department of Home Affairs" in english
    assert analyst.get(f"{TEST}/phieu/council?phieu=xx&trang=-1").status_code == 200


def test_a_wave_without_a_title_of_its_own_is_called_as_its_study(
    analyst: FlaskClient, house: House, tmp_path: Path
) -> None:
    field(house.database, tmp_path / "texts")
    assert "<h1>Chỉ số thử nghiệm" in analyst.get(TEST).text
    assert "<h1>Trial index" in analyst.get(f"{TEST}?lang=en").text


def test_units_show_what_they_came_from(analyst: FlaskClient, house: House, tmp_path: Path) -> None:
    field(house.database, tmp_path / "texts")
    page = analyst.get(f"{TEST}/don-vi").text
    assert re.search(r"Sở Tư pháp</th><td[^>]*><code>STP</code></td><td>Sở Nội vụ", page)


def test_the_list_says_what_waits_for_whoever_looks(
    analyst: FlaskClient, house: House, tmp_path: Path
) -> None:
    assert "Chưa có đợt điều tra nào" in analyst.get("/quan-tri/").text
    field(house.database, tmp_path / "texts", opened=False)
    page = analyst.get("/quan-tri/").text
    waiting = page.partition("Đang chờ Ông/Bà")[2].partition("</ul>")[0]
    assert "Mở đợt điều tra" in waiting
