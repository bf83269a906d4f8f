"""Outcomes noted in the browser, and the page of a case: states and events, never answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, insert, select

from survey_app.fieldwork import disposition
from survey_app.store import tables as t
from survey_app.store.counts import recount
from survey_app.store.sample import cases
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.fielded import field

BULK = "/quan-tri/dot/test/thu-moi/ket-qua"
CASE = "/quan-tri/dot/test/truong-hop/council-0"


@pytest.fixture
def fielded(house: House, tmp_path: Path) -> Wave:
    """Six delegates of an open wave, who can be reached."""
    wave = field(house.database, tmp_path / "texts", council=6, citizens=0).wave
    with house.database.writing() as connection:
        connection.execute(delete(t.contacts))
        for case_id in connection.execute(select(t.cases.c.id)).scalars().all():
            contact = {"case_id": case_id, "name": "Lò Văn Ưởng", "phone": "0912345678"}
            connection.execute(insert(t.contacts).values(**contact))
    return wave


def noted(house: House) -> list[tuple[str, str, str]]:
    columns = (t.cases.c.label, t.events.c.kind, t.events.c.by)
    with house.database.reading() as connection:
        rows = connection.execute(
            select(*columns)
            .select_from(t.events.join(t.cases))
            .where(t.events.c.kind != "issued")
            .order_by(t.events.c.id)
        )
        return [tuple(row) for row in rows]


def logged(house: House) -> list[str]:
    with house.database.reading() as connection:
        return list(connection.execute(select(t.audit.c.action).order_by(t.audit.c.id)).scalars())


def test_the_same_is_noted_of_many_cases_and_the_board_counts_it(
    house: House, analyst: FlaskClient, fielded: Wave
) -> None:
    sent = {"labels": "council-0, council-2\ncouncil-0", "kind": "moved", "detail": "đã chuyển"}
    assert analyst.post(BULK, data=sent).status_code == 303
    assert noted(house) == [("council-0", "moved", "lan"), ("council-2", "moved", "lan")]
    with house.database.reading() as connection:
        assert recount.differences(connection, fielded.id) == ()
    assert logged(house)[-1] == "outcomes-note"


def test_one_unknown_number_lets_nothing_be_noted(
    house: House, analyst: FlaskClient, fielded: Wave
) -> None:
    refused = analyst.post(BULK, data={"labels": "council-0 X-7", "kind": "moved"})
    assert refused.status_code == 422
    assert "X-7" in refused.text
    assert noted(house) == []
    assert analyst.post(BULK, data={"labels": "council-0", "kind": "issued"}).status_code == 422
    assert analyst.post(BULK, data={"labels": "", "kind": "moved"}).status_code == 422


def test_every_outcome_is_offered_in_words_with_its_code(
    analyst: FlaskClient, fielded: Wave
) -> None:
    page = analyst.get(BULK).text
    for name, kind in disposition.event_kinds().items():
        offered = f'<option value="{name}">{kind.label["vi"]}' in page
        assert offered is (name not in {"issued", "revoked"}), name
    assert "Từ chối (2.111)" in page


def test_a_case_shows_what_was_done_and_noted(
    house: House, analyst: FlaskClient, fielded: Wave
) -> None:
    assert analyst.post(CASE, data={"kind": "called", "detail": "hẹn thứ Hai"}).status_code == 303
    page = analyst.get(CASE).text
    assert "Đã gọi điện hoặc đến gặp" in page
    assert "hẹn thứ Hai" in page
    assert "· lan" in page
    assert "Cấp ngày" in page
    assert "Lò Văn Ưởng" not in page
    assert analyst.get("/quan-tri/dot/test/truong-hop/X").status_code == 404


def test_a_contact_is_shown_when_asked_for_and_each_look_is_in_the_log(
    house: House, analyst: FlaskClient, fielded: Wave
) -> None:
    assert "0912345678" in analyst.get(f"{CASE}?lien-he=1").text
    assert logged(house)[-1] == "contact-view"


def test_the_page_of_a_case_is_the_same_whether_its_respondent_answered_declined_or_did_nothing(
    house: House, analyst: FlaskClient, fielded: Wave
) -> None:
    quiet = analyst.get(CASE).text
    with house.database.writing() as connection:
        case_id = cases.find(connection, fielded, "council-0")
        cases.refuse(connection, case_id, "2026-01-05")
    declined = analyst.get(CASE).text
    with house.database.writing() as connection:
        connection.execute(delete(t.unspent).where(t.unspent.c.case_id == case_id))
    assert quiet == declined == analyst.get(CASE).text
