"""What waits is told to whoever it waits for: a question, an answer, a workbook to confirm."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from survey_app.conduct import timetable
from survey_app.conduct.assessment import waiting
from survey_app.fieldwork.assessment.differences import WAITS
from survey_app.store import tables, waves
from survey_app.store.assessment import imports, points
from survey_app.store.assessment.imports import NoSuchImport
from survey_app.web import House
from tests.office.assessment.conftest import Enter
from tests.office.assessment.doing import (
    WAVE,
    appraise,
    enter_points,
    hidden,
    own,
    sheet,
    submit,
    typed_in,
)
from tests.office.assessment.test_appraising import workbook

MINE, TODAY = "/quan-tri/tu-danh-gia", "/quan-tri/"
ASKED, ANSWERED = "Có 1 nội dung cần giải trình", "Sở Nội vụ đã giải trình 1 nội dung"


@pytest.fixture
def asked(clerk: FlaskClient, appraiser: FlaskClient) -> FlaskClient:
    enter_points(clerk)
    submit(clerk)
    appraise(appraiser, points_1_1_1="6", question_1_1_1="Ban hành ngày nào?")
    return clerk


def until(analyst: FlaskClient, moment: str) -> None:
    """Set the deadline of answers."""
    sent = {"answer_by": moment, "submit_by": ""}
    assert analyst.post(f"{WAVE}/thoi-han", data=sent).status_code == 302


def logged(house: House) -> list[tuple[str, str, str]]:
    with house.database.reading() as connection:
        a = tables.audit.c
        return list(
            map(tuple, connection.execute(select(a.who, a.action, a.detail).order_by(a.id)))
        )


def test_a_unit_sees_a_question_and_its_deadline_as_soon_as_it_has_signed_in(
    asked: FlaskClient, analyst: FlaskClient
) -> None:
    until(analyst, "2026-08-09T17:00")
    page = asked.get(TODAY, follow_redirects=True).text
    assert ASKED in page
    assert re.search(r"Hạn giải trình: [^<]*09/08/2026", page)
    assert f'href="{own()}"' in page
    until(analyst, "2026-08-01T17:00")
    assert ASKED not in asked.get(MINE).text, "nobody can answer any more"


def test_an_answer_is_told_to_its_appraisers_until_one_has_considered_it(
    house: House, asked: FlaskClient, appraiser: FlaskClient, analyst: FlaskClient, enter: Enter
) -> None:
    assert ANSWERED not in appraiser.get(TODAY).text
    before = hidden(appraiser.get(f"{sheet()}/tham-dinh/1").text)
    typed_in(asked, f"{own()}/giai-trinh/1", answer="Ngày 05/01.")
    assert ASKED not in asked.get(MINE).text
    others = (analyst, enter("so-y-te", "appraiser", unit="SYT"))
    for page in (TODAY, WAVE):
        assert ANSWERED in appraiser.get(page).text
        assert all(ANSWERED not in other.get(page).text for other in others)
    same = {"points-1.1.1": "6", "points-1.1.2": ""}
    appraiser.post(f"{sheet()}/tham-dinh/1", data=before | same)
    assert ANSWERED in appraiser.get(TODAY).text, "that page did not show the answer yet"
    assert appraise(appraiser, points_1_1_1="6").status_code == 302
    assert ANSWERED not in appraiser.get(TODAY).text
    assert "Đã xem xét: " in appraiser.get(sheet()).text
    assert "so-tu-phap" not in asked.get(own()).text
    done = [(who, detail) for who, action, detail in logged(house) if action == "points-consider"]
    assert done == [("so-tu-phap", "test SNV 1 1")]


def test_a_workbook_that_nobody_confirms_is_shown_to_its_uploader_and_dropped_after_a_week(
    house: House, clerk: FlaskClient, analyst: FlaskClient, enter: Enter
) -> None:
    enter_points(clerk)
    for first in (4, 5):
        file = workbook(clerk, f"{own()}/bieu", D10=first, D11=1)
        clerk.post(f"{own()}/nop-bieu", data={"files": file})
    for page in (MINE, own()):
        assert clerk.get(page).text.count("chờ Ông/Bà xác nhận") == 1, "the newer one alone"
    other = enter("van-thu-khac", "unit", unit="SNV")
    assert "chờ Ông/Bà xác nhận" not in other.get(MINE).text + analyst.get(TODAY).text
    with house.database.reading() as connection:
        wave = waves.find(connection, "test")
        (it,) = waiting.of(connection, house, "van-thu-snv")
    later = replace(house, clock=lambda: house.clock() + WAITS + timedelta(seconds=1))
    with house.database.reading() as connection, pytest.raises(NoSuchImport):
        imports.find(connection, wave, "own", it.id, "van-thu-snv", since=waiting.since(later))
    timetable.look(house)
    assert "chờ Ông/Bà xác nhận" in clerk.get(MINE).text
    timetable.look(later)
    assert "chờ Ông/Bà xác nhận" not in clerk.get(MINE).text
    with house.database.reading() as connection:
        kept = points.kept(connection, wave.id, "SNV")
    assert kept["SNV", "1.1.1"].own == "6", "nobody's points have changed"
    assert logged(house)[-1] == ("timetable", "points-import-drop", "test 1")
