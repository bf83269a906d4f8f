"""Open data of a wave: asked for on its page, made by a job, the same by the command."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from survey_app.app import create_app
from survey_app.conduct.scoring import open_data, publication, publish
from survey_app.jobs import folder
from survey_app.office.jobs.kinds import FILE as MADE
from survey_app.questionnaire import library
from survey_app.store import jobs, scorecards
from survey_app.store import tables as t
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.store.log import audit
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.builders import write_study
from tests.office.conftest import PASSWORD
from tests.office.copies import Copy
from tests.office.scored import AT, answered, house_at, kept_scorecard
from tests.office.test_one_office import member
from tests.support.accounts import add_account

WAVE = "/quan-tri/dot/dot-2026"
PAGE = f"{WAVE}/du-lieu-mo"
PUBLIC = "/ket-qua/dot-2026"
FILE = f"{PUBLIC}/du-lieu-mo.zip"


@pytest.fixture
def begun(alone: Copy) -> Copy:
    return alone


@pytest.fixture
def wave(house: House, tmp_path: Path) -> Wave:
    return answered(house, library.study(write_study(tmp_path), tmp_path), few=3)


def archive(house: House) -> dict[str, bytes]:
    with house.database.reading() as connection:
        job = jobs.last(connection)[0]
    with zipfile.ZipFile(folder.path(house.settings, job.folder) / MADE) as content:
        return {name.partition("/")[2]: content.read(name) for name in content.namelist()}


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_open_data_are_made_of_a_scored_wave_and_noted_when_made_and_when_taken(
    house: House, analyst: FlaskClient, wave: Wave
) -> None:
    too_early = analyst.post(PAGE)
    assert too_early.status_code == 409
    assert "Đợt điều tra chưa được tính điểm" in too_early.text
    card = publish.score(house, wave, "lan", merge=True)
    assert "Kết quả chưa được công bố" in analyst.get(PAGE).text
    reply = analyst.post(PAGE, follow_redirects=True)
    assert f"du-lieu-mo-dot-2026-{card.fingerprint[:8]}-du-thao.zip" in reply.text
    with house.database.reading() as connection:
        job = jobs.last(connection)[0]
    taken = analyst.get(f"/quan-tri/cong-viec/{job.id}/tep")
    assert taken.data[:2] == b"PK"
    with house.database.reading() as connection:
        noted = [(line.action, line.detail) for line in audit.last(connection)]
    assert ("open-data", f"dot-2026 {card.fingerprint[:16]}") in noted
    assert ("download", "dot-2026 open_data") in noted
    files = archive(house)
    assert json.loads(files["manifest.json"])["state"] == "draft"
    assert "Bản dự thảo" in files["README.vi.md"].decode()


def test_it_holds_the_scores_that_were_published_and_leaves_the_few_out(
    house: House, analyst: FlaskClient, wave: Wave
) -> None:
    card = publish.score(house, wave, "lan", merge=True)
    with house.database.writing() as connection:
        scorecards.publish(connection, card.id, AT, "lan")
    analyst.post(PAGE)
    files = archive(house)
    assert json.loads(files["manifest.json"])["state"] == "published"
    scores = {row["unit"]: row["score"] for row in json.loads(card.scores)["units"]}
    headline = rows(files["results/headline.csv"])
    assert {row["unit"]: float(row["score"]) for row in headline if row["score"]} == {
        row["unit"]: scores[row["unit"]] for row in headline if row["score"]
    }
    units = {row["unit"]: row["number"] for row in rows(files["definition/units.csv"])}
    groups = {row["group"]: row["number"] for row in rows(files["definition/groups.csv"])}
    first = min(units.items(), key=lambda it: int(it[1]))
    shown = {(row["unit"], row["group"]) for row in rows(files["data/ratings.csv"])}
    assert (first[1], groups["citizens"]) not in shown, "three were asked about the first unit"
    assert {unit for unit, _ in shown} == set(units.values())


def test_a_wave_that_is_reopened_has_none_until_it_is_scored_again(
    house: House, analyst: FlaskClient, wave: Wave
) -> None:
    publish.score(house, wave, "lan", merge=True)
    with house.database.writing() as connection:
        later = AT.replace("2026", "2027")
        connection.execute(update(t.waves).values(closed_at=later, reopened_at=later))
    reply = analyst.post(PAGE)
    assert reply.status_code == 409
    assert "du-lieu-mo-" not in reply.text


def test_whoever_may_not_take_answers_away_gets_none(app: Flask, house: House, wave: Wave) -> None:
    interviewer = member(app, house, "interviewer")
    assert interviewer.get(PAGE).status_code == 403
    assert interviewer.post(PAGE).status_code == 403


Member = Callable[[str], FlaskClient]
REASON = "Sai quyền số của nhóm người dân"


@pytest.fixture
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """An office of three: on either database where a test asks for that, else on SQLite."""
    is_either = "database_url" in request.fixturenames
    url = request.getfixturevalue("database_url") if is_either else f"sqlite:///{tmp_path / 's'}"
    database = Database(url)
    migrate.upgrade(database)
    with database.writing() as connection:
        add_account(connection, "lan", PASSWORD, AT, ["analyst"])
        add_account(connection, "minh", PASSWORD, AT, ["approver"])
        add_account(connection, "hoa", PASSWORD, AT, ["analyst", "approver"])
    yield house_at(database, tmp_path)
    database.close()


@pytest.fixture
def signed(office: House) -> Member:
    app = create_app(office.settings, house=office)
    app.config["WTF_CSRF_ENABLED"] = False

    def sign_in(name: str) -> FlaskClient:
        client = app.test_client()
        if name:
            client.post("/quan-tri/dang-nhap", data={"name": name, "password": PASSWORD})
        return client

    return sign_in


def published(office: House, signed: Member, tmp_path: Path, **ticked: str) -> str:
    """Score the tiny wave and have one prepare it, another approve it; gives the scorecard."""
    wave = answered(office, library.study(write_study(tmp_path), tmp_path), few=3)
    card = str(publish.score(office, wave, "lan", merge=True).id)
    known = re.findall(r'name="known" value="([^"]+)"', signed("lan").get(f"{WAVE}/publish").text)
    sent = {"card": card, "known": [html.unescape(key) for key in known]}
    assert signed("lan").post(f"{WAVE}/publish/prepare", data=sent).status_code == 302
    approval = {"card": card, **ticked}
    assert signed("minh").post(f"{WAVE}/publish/approve", data=approval).status_code == 302
    return card


def test_open_data_that_an_approver_decided_on_are_public_with_the_results_until_both_are_not(
    database_url: str, office: House, signed: Member, tmp_path: Path
) -> None:
    card = published(office, signed, tmp_path, open_data="1")
    stranger = signed("")
    sent = stranger.get(FILE)
    assert sent.status_code == 200
    assert sent.mimetype == "application/zip"
    assert_offered_everywhere(stranger, sent.data)
    with zipfile.ZipFile(io.BytesIO(sent.data)) as content:
        manifest = next(name for name in content.namelist() if name.endswith("/manifest.json"))
        assert json.loads(content.read(manifest))["state"] == "published"
    sha256 = hashlib.sha256(sent.data).hexdigest()
    assert sha256 in signed("minh").get(f"{WAVE}/publish").text
    with office.database.reading() as connection:
        noted = [(line.who, line.action, line.detail) for line in audit.last(connection)]
    assert ("minh", "open-data-publish", f"dot-2026 {card} {sha256[:16]}") in noted
    assert_sent_as_it_is(office, stranger, sent.data, sent.headers["ETag"])
    withdrawal = {"card": card, "reason": REASON}
    assert signed("minh").post(f"{WAVE}/publish/withdraw", data=withdrawal).status_code == 302
    for address in (FILE, f"{PUBLIC}/lan/1/du-lieu-mo.zip"):
        gone = stranger.get(address, headers={"If-None-Match": sent.headers["ETag"]})
        assert gone.status_code == 410
        assert REASON in gone.text
    assert b"enclosure" not in stranger.get("/ket-qua/nguon-tin.atom").data


def assert_offered_everywhere(stranger: FlaskClient, archive: bytes) -> None:
    """On the page, in its description for machines, and in the feed."""
    page = stranger.get(PUBLIC).text
    assert f'href="{FILE}"' in page
    (told,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    files = {it["contentUrl"]: it["encodingFormat"] for it in json.loads(told)["distribution"]}
    (address,) = [url for url, kind in files.items() if kind == "application/zip"]
    assert address.endswith(f"{PUBLIC}/lan/1/du-lieu-mo.zip")
    feed = ET.fromstring(stranger.get("/ket-qua/nguon-tin.atom").data)
    (link,) = feed.findall(".//{*}link[@rel='enclosure']")
    assert link.attrib["href"] == address
    assert int(link.attrib["length"]) == len(archive)


def assert_sent_as_it_is(house: House, stranger: FlaskClient, archive: bytes, tag: str) -> None:
    """From the file that was made: nothing is computed, and who has it is told that it holds."""
    for folder_ in ("releases", "jobs"):
        shutil.rmtree(house.settings.data_folder / folder_)
    assert stranger.get(FILE).data == archive
    assert stranger.get(f"{PUBLIC}/lan/1/du-lieu-mo.zip").data == archive
    assert stranger.get(FILE, headers={"If-None-Match": tag}).status_code == 304


def test_what_nobody_decided_on_is_not_there_and_another_can_decide_on_it_later(
    office: House, signed: Member, tmp_path: Path
) -> None:
    card = published(office, signed, tmp_path)
    stranger, page = signed(""), f"{WAVE}/publish/open-data"
    file = open_data.public_file(office, int(card))
    file.parent.mkdir(parents=True)
    file.write_bytes(b"PK left behind by a publication that came to nothing")
    assert stranger.get(FILE).status_code == 404
    assert "du-lieu-mo.zip" not in stranger.get(PUBLIC).text
    before = stranger.get(PUBLIC).headers["ETag"]
    assert signed("lan").post(page, data={"card": card}).status_code == 403
    assert signed("minh").post(page, data={"card": card}).status_code == 302
    sent = stranger.get(FILE).data
    assert sent == file.read_bytes()
    assert sent[:2] == b"PK"
    assert stranger.get(PUBLIC, headers={"If-None-Match": before}).status_code == 200
    again = signed("minh").post(page, data={"card": card})
    assert again.status_code == 409
    assert "đã được công bố" in again.text
    file.write_bytes(sent[:-1])
    assert stranger.get(FILE).status_code == 404, "half of a restored file is not what was decided"
    assert "du-lieu-mo.zip" not in stranger.get(PUBLIC).text


def test_who_prepared_the_results_alone_does_not_publish_the_rows(
    office: House, tmp_path: Path
) -> None:
    wave = answered(office, library.study(write_study(tmp_path), tmp_path))
    card = kept_scorecard(office, wave)
    with office.database.writing() as connection:
        publication.prepare(connection, office, wave, card, "hoa")
        publication.approve(connection, office, wave, card, "minh")
        with pytest.raises(publication.PublicationRefused) as refused:
            open_data.check_may_be_shown(connection, card, "cchc:hoa")
        assert refused.value.slug == "own-preparation"
        publication.withdraw(connection, office, wave, card, "minh", REASON)
        with pytest.raises(publication.PublicationRefused) as refused:
            open_data.check_may_be_shown(connection, card, "minh")
        assert refused.value.slug == "not-public"
