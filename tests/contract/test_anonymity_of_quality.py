"""Nobody finds out by checking a wave whose form is whose, or which texts are of one form.

The attacker has accounts of the office, every release, and knows who took part; not the store.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from survey_app.app import create_app
from survey_app.conduct.quality import free_texts
from survey_app.identity import passwords
from survey_app.release import writing
from survey_app.store import tables as t
from survey_app.store.engine.database import Database
from survey_app.store.quality import remarks, twins
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.office.checked import checked_wave
from tests.office.scored import AT, house_at
from tests.support.accounts import add_account
from tests.support.stores import make_tables

pytestmark = pytest.mark.usefixtures("quick_processes")

HERE = "/quan-tri/dot/dot-2026/kiem-tra"
PASSWORD = "một mật khẩu dài"


@pytest.fixture
def house(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", quick)
    database = Database(database_url)
    make_tables(database.engine)
    with database.writing() as connection:
        add_account(connection, "lan", PASSWORD, AT)
        add_account(connection, "hoa", PASSWORD, AT, ("approver",))
    yield house_at(database, tmp_path)
    database.close()


@pytest.fixture
def wave(house: House, tmp_path: Path) -> Wave:
    return checked_wave(house, tmp_path, texts=12)


@pytest.fixture
def attacker(house: House, wave: Wave) -> FlaskClient:
    app: Flask = create_app(house.settings, house=house)
    app.config["WTF_CSRF_ENABLED"] = False
    return signed_in(app, "lan")


def signed_in(app: Flask, name: str) -> FlaskClient:
    client = app.test_client()
    client.post("/quan-tri/dang-nhap", data={"name": name, "password": PASSWORD})
    return client


def ballots_of_texts(house: House, wave: Wave) -> dict[str, tuple[str, str]]:
    """What only the store knows: the ballot and the question of each text."""
    with house.database.reading() as connection:
        ballots = connection.execute(select(t.ballots.c.id, t.ballots.c.about)).all()
    study = house.study(wave.id, wave.study)
    known = {}
    for question in remarks.questions(study):
        for ballot, about in ballots:
            if question in json.loads(about):
                for unit in ("SNV", "STP", ""):
                    known[remarks._name(wave, ballot, question, unit)] = ballot, question
    return known


def test_texts_of_one_form_cannot_be_joined_by_their_order(house: House, wave: Wave) -> None:
    shown = free_texts.of_wave(house, wave).remarks
    known = ballots_of_texts(house, wave)
    by_question = {
        question: [known[each.name][0] for each in shown if each.question == question]
        for question in ("remark", "wish")
    }
    first, second = by_question["remark"], by_question["wish"]
    assert sorted(first) == sorted(second), "the same forms answered both"
    assert first != second
    assert first != second[::-1]
    assert first != sorted(first), "nor by the order of ballots in the store and in releases"


def released(house: House, wave: Wave) -> dict[str, bytes]:
    """Every file of the wave's release, by name."""
    with house.database.reading() as connection:
        folder = writing.write(connection, wave, house.settings.data_folder / "releases").folder
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_names_of_texts_do_not_follow_from_what_releases_hold(house: House, wave: Wave) -> None:
    files = released(house, wave)
    names = {each.name for each in free_texts.of_wave(house, wave).remarks}
    release = b"".join(files.values()).decode()
    assert not [name for name in names if name in release]
    keys = re.findall(r"^([0-9a-f]{32}),", files["respondents.csv"].decode(), re.MULTILINE)
    with house.database.reading() as connection:
        assert set(keys) <= set(connection.execute(select(t.ballots.c.id)).scalars())
    assert keys
    for key in keys:
        for question in ("remark", "wish"):
            for unit in ("SNV", ""):
                told = f"remark {key} {question} {unit}".encode()
                assert hashlib.sha256(told).hexdigest()[:32] not in names
    assert not [name for name in names if name in keys]


def test_no_text_stands_in_a_release_or_a_log(
    house: House, wave: Wave, attacker: FlaskClient
) -> None:
    attacker.get(f"{HERE}/y-kien?tai=csv")
    attacker.post(f"{HERE}/ra-soat")
    release = b"".join(
        body for name, body in released(house, wave).items() if not name.startswith("texts/")
    ).decode()
    with house.database.reading() as connection:
        log = "".join(
            f"{row.action} {row.detail}" for row in connection.execute(select(t.audit)).all()
        )
    for told in (release, log):
        assert "đúng hẹn" not in told
        assert "Mong muốn" not in told


def test_a_file_of_texts_has_nothing_by_which_rows_could_be_joined(
    house: House, wave: Wave, attacker: FlaskClient
) -> None:
    file = attacker.get(f"{HERE}/y-kien?tai=csv").data.decode("utf-8-sig")
    known = ballots_of_texts(house, wave)
    assert not [name for name in known if name in file]
    header = file.splitlines()[0].split(";")
    assert header == ["Nhóm đối tượng", "Đơn vị", "Câu hỏi", "Ý kiến", "Chủ đề"]


def test_no_table_has_a_case_beside_a_ballot_or_a_text() -> None:
    """Whatever is joined would be joined by a row that names both."""
    of_people = {"cases", "invitations", "contacts"}
    for table in t.metadata.tables.values():
        to = {key.column.table.name for key in table.foreign_keys}
        names_ballots = bool({"ballots", "exclusions"} & to) or "remark" in table.c
        assert not (names_ballots and of_people & to), table.name


def test_what_is_told_of_classes_is_of_five_forms_and_by_fives(
    house: House, wave: Wave, attacker: FlaskClient
) -> None:
    attacker.post(f"{HERE}/ra-soat")
    rows = re.findall(r"<tr role=\"row\">.*?</tr>", attacker.get(HERE).text, re.DOTALL)
    counted = [re.findall(r'<td class="num"[^>]*>([^<]*)</td>', row) for row in rows[1:]]
    assert counted
    for forms, *flags in filter(None, counted):
        assert int(forms) >= 5
        for told in flags:
            assert told == "–" or (int(told) % 5 == 0 and int(told) <= int(forms) - 5)


def test_the_pages_of_quality_are_the_same_for_a_class_whoever_sent_the_forms(
    house: House, wave: Wave, attacker: FlaskClient
) -> None:
    """Who is drawn and who answered are told apart by nobody: the draw reads cases alone."""
    attacker.post(f"{HERE}/ra-soat")
    of = json.dumps(["citizens", "", "STP", "web", ""])
    attacker.post(f"{HERE}/phuc-tra/chon", data={"lop": of, "so": "24"})
    attacker.get(f"{HERE}/phuc-tra")  # which says, once, what was done before
    before = _without_order(attacker.get(f"{HERE}/phuc-tra").text)
    with house.database.writing() as connection:
        unspent = select(t.unspent.c.case_id).join(t.cases, t.cases.c.id == t.unspent.c.case_id)
        mine = connection.execute(unspent.where(t.cases.c.unit == "STP")).scalars().all()
        everyone = select(t.cases.c.id).where(t.cases.c.unit == "STP", t.cases.c.grp == "citizens")
        others = [each for each in connection.execute(everyone).scalars() if each not in mine]
        connection.execute(t.unspent.delete().where(t.unspent.c.case_id.in_(mine)))
        connection.execute(t.unspent.insert(), [{"case_id": each} for each in others[: len(mine)]])
    assert _without_order(attacker.get(f"{HERE}/phuc-tra").text) == before


def test_results_with_and_without_subtracted_tell_of_five_forms_or_none(
    house: House, wave: Wave, attacker: FlaskClient
) -> None:
    attacker.post(f"{HERE}/ra-soat")
    of = json.dumps(["citizens", "", "STP", "web", ""])
    sent = {"lop": of, "reason": "fast", "basis": "Biên bản"}
    assert attacker.post(f"{HERE}/loai-phieu/de-nghi", data=sent).status_code == 303
    approver = signed_in(attacker.application, "hoa")
    assert approver.post(f"{HERE}/loai-phieu/1/dong-y").status_code == 303
    attacker.post("/quan-tri/dot/dot-2026/score")
    with house.database.reading() as connection:
        card = connection.execute(select(t.scorecards.c.id, t.scorecards.c.scores)).one()
        twin = twins.find(connection, card.id)
    assert twin is not None
    counts = [
        {
            (row["unit"], row["group"], row["question"]): row["n"]
            for row in json.loads(scores)["estimates"]
        }
        for scores in (twin.scores, card.scores)
    ]
    differences = {cell: counts[0][cell] - counts[1][cell] for cell in counts[0]}
    assert differences.pop(("STP", "citizens", "leadership")) >= 5
    assert set(differences.values()) == {0}


def _without_order(page: str) -> str:
    return re.sub(r'r-[0-9a-f]{32}|value="[^"]{40,}"', "", page)
