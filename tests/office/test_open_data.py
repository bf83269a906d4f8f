"""Open data of a wave: asked for on its page, made by a job, the same by the command."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from survey_app.conduct.scoring import publish
from survey_app.jobs import folder
from survey_app.office.jobs.kinds import FILE
from survey_app.questionnaire import library
from survey_app.store import jobs, scorecards
from survey_app.store import tables as t
from survey_app.store.log import audit
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.builders import write_study
from tests.office.copies import Copy
from tests.office.scored import AT, answered
from tests.office.test_one_office import member

PAGE = "/quan-tri/dot/dot-2026/du-lieu-mo"


@pytest.fixture
def begun(alone: Copy) -> Copy:
    return alone


@pytest.fixture
def wave(house: House, tmp_path: Path) -> Wave:
    return answered(house, library.study(write_study(tmp_path), tmp_path), few=3)


def archive(house: House) -> dict[str, bytes]:
    with house.database.reading() as connection:
        job = jobs.last(connection)[0]
    with zipfile.ZipFile(folder.path(house.settings, job.folder) / FILE) as content:
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
