"""Contacts go by a day that is known, on request before that, and a record says how it is done."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from survey_app.app import create_app
from survey_app.commands.cli import main
from survey_app.conduct import privacy, timetable
from survey_app.questionnaire import library
from survey_app.store import tables, waves
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.store.sample import held
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.builders import write_study
from tests.office.conftest import PASSWORD
from tests.office.copies import Copy, copied
from tests.office.scored import AT, answered, house_at
from tests.support.accounts import add_account

NAME, PHONE = "Nguyễn Thị Ánh", "0912 345 678"
CASE = "citizens-SNV-1"
HELD = f"/quan-tri/dot/dot-2026/du-lieu-ca-nhan/{CASE}"


@pytest.fixture
def named(server: str, tmp_path: Path) -> Iterator[Copy]:
    with copied(_named, tmp_path, server=server) as copy:
        yield copy


@pytest.fixture
def house(named: Copy) -> Iterator[House]:
    database = Database(named.url)
    yield house_at(database, named.folder)
    database.close()


@pytest.fixture
def wave(named: Copy) -> Wave:
    """A closed wave in which everybody has a name."""
    return named.kept


def _named(database: Database, folder: Path) -> Wave:
    migrate.upgrade(database)
    with database.writing() as connection:
        add_account(connection, "lan", PASSWORD, AT)
        add_account(connection, "tra", PASSWORD, AT, ["approver"])
    study = library.study(write_study(folder / "texts"), folder / "texts")
    house = house_at(database, folder)
    wave = answered(house, study)
    with house.database.writing() as connection:
        keys = connection.execute(select(tables.cases.c.id)).scalars().all()
        rows = [{"case_id": key, "name": NAME, "phone": PHONE} for key in keys]
        connection.execute(insert(tables.contacts), rows)
    return wave


def later(house: House, days: int) -> House:
    """The same house so many days later."""
    when = datetime(2026, 8, 5, 1, tzinfo=UTC) + timedelta(days=days)
    return House(house.settings, house.database, lambda: when)


def log(house: House, *actions: str) -> list[tuple[str, str, str]]:
    line = tables.audit.c
    with house.database.reading() as connection:
        rows = connection.execute(select(line.who, line.action, line.detail).order_by(line.id))
        return [(who, did, what) for who, did, what in rows if did in actions]


def left(house: House, wave: Wave) -> int:
    with house.database.reading() as connection:
        return held.contacts_left(connection, wave)


def test_contacts_go_by_themselves_on_their_day_and_the_log_proves_it(
    house: House, wave: Wave
) -> None:
    people, days = left(house, wave), house.settings.contacts_days
    assert people > 40
    timetable.look(later(house, days - 1))
    assert left(house, wave) == people
    timetable.look(later(house, days))
    assert left(house, wave) == 0
    assert log(house, "contacts-purge", "contacts-left") == [
        ("timetable", "contacts-purge", f"dot-2026 {people}"),
        ("timetable", "contacts-left", "dot-2026 0"),
    ]
    timetable.look(later(house, days + 1))
    assert len(log(house, "contacts-purge")) == 1, "once is enough"


def test_an_open_wave_keeps_its_contacts_however_long_it_lasts(house: House, wave: Wave) -> None:
    with house.database.writing() as connection:
        connection.execute(tables.waves.update().values(closed_at=None))
    assert privacy.purge_due(later(house, 4000)) == 0
    assert left(house, wave) > 0


def test_the_days_are_a_setting(house: House, wave: Wave) -> None:
    soon = House(replace(house.settings, contacts_days=3), house.database, later(house, 3).clock)
    assert privacy.purge_due(soon) == 1


def test_what_is_held_about_a_case_is_said_and_the_look_is_in_the_log(
    house: House, analyst: FlaskClient, wave: Wave
) -> None:
    page = analyst.get(HELD).text
    assert NAME in page
    assert PHONE in page
    assert log(house, "case-look") == [("lan", "case-look", f"dot-2026 {CASE}")]
    assert analyst.get(HELD.replace(CASE, "khong-co")).status_code == 404


def test_it_is_deleted_at_the_person_s_wish_and_the_link_opens_nothing(
    house: House, analyst: FlaskClient, wave: Wave
) -> None:
    assert analyst.post(HELD, data={"typed": "wrong"}).status_code == 303
    assert NAME in analyst.get(HELD).text
    assert analyst.post(HELD, data={"typed": CASE}).status_code == 303
    page = analyst.get(HELD).text
    assert NAME not in page
    assert "Không còn thông tin nào cho biết đó là ai." in page
    with house.database.reading() as connection:
        links = tables.invitations.c
        mine = select(links.revoked_on).join(tables.cases).where(tables.cases.c.label == CASE)
        assert all(connection.execute(mine).scalars())
        assert waves.find(connection, wave.name).contacts_purged_at is None
    assert log(house, "case-forget") == [("lan", "case-forget", f"dot-2026 {CASE}")]


def test_neither_page_nor_deletion_tells_whether_somebody_has_answered(
    house: House, analyst: FlaskClient, wave: Wave
) -> None:
    """Of every four of a group three have answered, and the wave is open."""
    with house.database.writing() as connection:
        connection.execute(tables.waves.update().values(closed_at=None))
    seen = set()
    for number in (2, 3):  # one has answered, one has not
        label = f"citizens-SNV-{number}"
        address = HELD.replace(CASE, label)
        for sent in (None, {"typed": label}):
            page = analyst.post(address, data=sent, follow_redirects=True) if sent else None
            shown = (page or analyst.get(address)).text
            seen.add((bool(sent), shown.replace(label, "…").partition("<main")[2]))
    assert len(seen) == 2


def test_whoever_may_not_answer_such_requests_sees_nothing(
    app: Flask, house: House, wave: Wave
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.post("/quan-tri/dang-nhap", data={"name": "tra", "password": PASSWORD})
    assert client.get(HELD).status_code == 403
    assert client.post(HELD, data={"typed": CASE}).status_code == 403
    assert left(house, wave) > 0


def test_the_record_of_processing_follows_the_settings_and_what_is_there(
    house: House, analyst: FlaskClient, wave: Wave
) -> None:
    page = analyst.get("/quan-tri/ho-so-xu-ly-du-lieu").text
    assert "180 ngày sau khi đóng đợt" in page
    assert f'<td class="num">{left(house, wave)}</td>' in page
    assert "01/02/2027" in page, "180 days after the fifth of August"
    assert "Không bắt buộc: chỉ nên dùng khi chạy thử" in page
    assert NAME not in page
    few = replace(house.settings, contacts_days=30)
    other = create_app(few, house=House(few, house.database, house.clock))
    other.config["WTF_CSRF_ENABLED"] = False
    client = other.test_client()
    client.post("/quan-tri/dang-nhap", data={"name": "lan", "password": PASSWORD})
    assert "04/09/2026" in client.get("/quan-tri/ho-so-xu-ly-du-lieu?lang=vi").text
    assert "Record of processing" in client.get("/quan-tri/ho-so-xu-ly-du-lieu?lang=en").text


def test_a_command_prints_the_record_that_the_page_shows(
    house: House, analyst: FlaskClient, wave: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CCHC_DATA", str(house.settings.data_folder))
    monkeypatch.setenv("CCHC_DATABASE", house.database.url.render_as_string(hide_password=False))
    page = html.unescape(analyst.get("/quan-tri/ho-so-xu-ly-du-lieu?lang=vi").text)
    done = CliRunner().invoke(main, ["contacts", "record", "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    shown = re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", page)
    assert {**dict(shown), "Xác thực hai lớp": ""} == {**said["record"], "Xác thực hai lớp": ""}
    assert said["waves"][0]["people"] == left(house, wave)
    assert said["waves"][0]["until"] in page
    assert NAME not in done.output
