"""The pages of checking a wave: screening, call-backs, forms left out by two, free texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from survey_app.app import create_app
from survey_app.office.quality.shown import key
from survey_app.office.quality.twin import left_out_of
from survey_app.office.results.read import Results, read_results
from survey_app.quality.classes import DesignClass
from survey_app.store import scorecards
from survey_app.store import tables as t
from survey_app.store.engine.database import Database
from survey_app.store.log import audit
from survey_app.store.quality import call_backs, exclusions, twins
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.office.checked import FAST, checked_wave, of_citizens
from tests.office.conftest import PASSWORD
from tests.office.copies import Copy, copied
from tests.office.scored import AT, house_at
from tests.support.accounts import add_account

HERE = "/quan-tri/dot/dot-2026/kiem-tra"
TEXTS, CALLS, OUT = f"{HERE}/y-kien", f"{HERE}/phuc-tra", f"{HERE}/loai-phieu"
CITIZENS_OF_STP = DesignClass("citizens", "", "STP", "web")
PROPOSAL = {"lop": key(CITIZENS_OF_STP), "reason": "fast", "basis": "Biên bản 12/BB-SNV"}


@pytest.fixture
def begun(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Copy]:
    """A wave to be checked, screened where a test begins with that."""
    with copied(_checked, tmp_path, screened="screened" in request.fixturenames) as copy:
        yield copy


def _checked(database: Database, folder: Path, *, screened: bool) -> Wave:
    t.metadata.create_all(database.engine)
    with database.writing() as connection:
        add_account(connection, "lan", PASSWORD, AT)
    house = house_at(database, folder)
    wave = checked_wave(house, folder)
    if screened:
        app = create_app(house.settings, house=house)
        app.config["WTF_CSRF_ENABLED"] = False
        client = app.test_client()
        client.post("/quan-tri/dang-nhap", data={"name": "lan", "password": PASSWORD})
        assert client.post(f"{HERE}/ra-soat").status_code == 302
    return wave


@pytest.fixture
def checked(begun: Copy) -> Wave:
    return begun.kept


@pytest.fixture
def screened(begun: Copy) -> Wave:
    return begun.kept


@pytest.fixture
def approver(app: Flask, house: House, analyst: FlaskClient) -> FlaskClient:
    """Somebody else, who may agree and not propose."""
    return signed_in(app, house, "hoa", "approver")


def signed_in(app: Flask, house: House, name: str, *roles: str) -> FlaskClient:
    with house.database.writing() as connection:
        add_account(connection, name, PASSWORD, AT, roles)
    client = app.test_client()
    client.post("/quan-tri/dang-nhap", data={"name": name, "password": PASSWORD})
    return client


def logged(house: House) -> list[str]:
    with house.database.reading() as connection:
        return [line.action for line in audit.last(connection, 50)]


def valid(house: House) -> int:
    """How many valid forms of citizens rate the second unit."""
    with house.database.reading() as connection:
        return len(of_citizens(connection, "STP", valid=True))


def test_screening_tells_of_classes_and_of_flags_by_fives(
    house: House, analyst: FlaskClient, screened: Wave
) -> None:
    page = analyst.get(HERE).text
    rows = re.findall(r"<tr role=\"row\">.*?</tr>", page, re.DOTALL)
    (about,) = [row for row in rows if "Người dân, Sở Tư pháp" in row]
    numbers = re.findall(r'<td class="num"[^>]*>([^<]*)</td>', about)
    assert numbers == [f"{valid(house)}", "5", "–", "5", "–"], "six fast forms are told as five"
    assert "nên phúc tra" in about
    assert "Đã rà soát" in analyst.get("/quan-tri/dot/dot-2026").text


def test_no_page_of_screening_names_a_form(
    house: House, analyst: FlaskClient, screened: Wave
) -> None:
    with house.database.reading() as connection:
        ballots = connection.execute(select(t.ballots.c.id)).scalars().all()
    shown = "".join(analyst.get(page).text for page in (HERE, CALLS, OUT, TEXTS, f"{CALLS}/chon"))
    assert not [ballot for ballot in ballots if ballot[:8] in shown]


def test_people_to_call_back_are_drawn_from_a_class_and_outcomes_are_noted(
    house: House, analyst: FlaskClient, screened: Wave
) -> None:
    sent = {"lop": key(CITIZENS_OF_STP), "so": "8"}
    assert analyst.post(f"{CALLS}/chon", data=sent).status_code == 303
    with house.database.reading() as connection:
        drawn = call_backs.listed(connection, screened)
    assert len(drawn) == 8
    assert all(each.label.startswith("citizens-STP-") for each in drawn)
    outcomes = {f"r-{each.id}": "not_asked" for each in drawn[:7]}
    outcomes[f"r-{drawn[7].id}"] = "confirmed"
    assert analyst.post(CALLS, data=outcomes).status_code == 303
    page = analyst.get(CALLS).text
    assert "8 / 8 người" in page
    assert "1 / 8 xác nhận có tham gia" in page
    assert "dưới 1%" in page, "18 of 24 sent a form: one of eight is no luck"
    assert {"call-backs-draw", "call-backs-note"} <= set(logged(house))


def test_whom_to_call_does_not_depend_on_who_has_sent_a_form(
    house: House, analyst: FlaskClient, screened: Wave
) -> None:
    assert (
        analyst.post(f"{CALLS}/chon", data={"lop": key(CITIZENS_OF_STP), "so": "24"}).status_code
        == 303
    )
    with house.database.reading() as connection:
        labels = {each.label for each in call_backs.listed(connection, screened)}
    assert labels == {f"citizens-STP-{number}" for number in range(24)}
    refused = analyst.post(f"{CALLS}/chon", data={"lop": key(CITIZENS_OF_STP), "so": "5"})
    assert refused.status_code == 409
    assert "Mọi người của lớp này đã được chọn" in refused.text


def test_a_number_of_call_backs_that_is_none_is_asked_again(
    analyst: FlaskClient, screened: Wave
) -> None:
    for sent in ("", "4", "0", "-5", "1e3", "201", "²"):
        reply = analyst.post(f"{CALLS}/chon", data={"lop": key(CITIZENS_OF_STP), "so": sent})
        assert reply.status_code == 422, sent
        assert "Ghi một số từ 5 đến 200" in reply.text, sent


def test_a_class_that_is_not_shown_is_nobody_s_to_draw_from_or_leave_out(
    analyst: FlaskClient, screened: Wave
) -> None:
    for of in ("", "[]", "{", '["citizens","","STP","",""]', "[1,2,3,4,5]", "[" * 900):
        assert analyst.post(f"{CALLS}/chon", data={"lop": of, "so": "5"}).status_code == 409, of
        reply = analyst.post(f"{OUT}/de-nghi", data={**PROPOSAL, "lop": of})
        assert reply.status_code == 409, of


def test_outcomes_stay_and_people_go_when_contacts_are_deleted(
    house: House, analyst: FlaskClient, screened: Wave
) -> None:
    from survey_app.store.sample import cases

    analyst.post(f"{CALLS}/chon", data={"lop": key(CITIZENS_OF_STP), "so": "5"})
    with house.database.writing() as connection:
        cases.purge_contacts(connection, screened, AT)
        left = connection.execute(select(func.count(t.call_backs.c.case_id))).scalar_one()
    assert left == 0
    page = analyst.get(CALLS).text
    assert "citizens-STP-" not in page
    assert "0 / 5 người" in page


def test_a_call_back_is_said_to_who_asks_what_is_held_and_forgotten_at_their_wish(
    house: House, analyst: FlaskClient, screened: Wave
) -> None:
    analyst.post(f"{CALLS}/chon", data={"lop": key(CITIZENS_OF_STP), "so": "24"})
    with house.database.reading() as connection:
        (mine,) = [
            it for it in call_backs.listed(connection, screened) if it.label == "citizens-STP-3"
        ]
    analyst.post(CALLS, data={f"r-{mine.id}": "by_other"})
    held = "/quan-tri/dot/dot-2026/du-lieu-ca-nhan/citizens-STP-3"
    assert "Phúc tra – Người khác làm thay" in analyst.get(held).text
    analyst.post(held, data={"typed": "citizens-STP-3"})
    assert "Phúc tra –" not in analyst.get(held).text
    queue = analyst.get(CALLS).text
    assert "citizens-STP-3<" not in queue
    assert "1 / 24 người" in queue, "what came of it stays, by class"


def test_what_comes_next_is_for_who_may_do_it(
    app: Flask, house: House, analyst: FlaskClient, approver: FlaskClient, checked: Wave
) -> None:
    clerk = signed_in(app, house, "mai", "analyst")
    button = '<a class="button" href="/quan-tri/dot/dot-2026/kiem-tra">'
    wave = "/quan-tri/dot/dot-2026"
    assert button in clerk.get(wave).text
    assert button not in approver.get(wave).text, "only analysts screen"
    clerk.post(f"{HERE}/ra-soat")
    clerk.post(f"{OUT}/de-nghi", data=PROPOSAL)
    assert button not in clerk.get(wave).text
    assert button in approver.get(wave).text, "what is proposed is for who may agree"


def test_forms_are_left_out_by_two_and_results_keep_both(
    house: House, analyst: FlaskClient, approver: FlaskClient, screened: Wave
) -> None:
    assert analyst.post(f"{OUT}/de-nghi", data=PROPOSAL).status_code == 303
    own = analyst.post(f"{OUT}/1/dong-y")
    assert own.status_code == 409
    assert "không quyết định đề nghị của chính mình" in own.text
    assert "1 đề nghị loại phiếu đang chờ" in analyst.get("/quan-tri/dot/dot-2026").text
    assert approver.post(f"{OUT}/1/dong-y", data={"note": "đã xem"}).status_code == 303
    assert analyst.post("/quan-tri/dot/dot-2026/merge").status_code == 302
    with house.database.reading() as connection:
        card = connection.execute(select(t.scorecards)).mappings().one()
        twin = twins.find(connection, card["id"])
        assert connection.execute(select(func.count()).select_from(t.ballots)).scalar_one() == 72
    assert twin is not None
    assert twin.forms == FAST
    assert counted(card["scores"]) == valid(house) - FAST
    assert counted(twin.scores) == valid(house)
    assert twin.merged is not None
    page = analyst.get("/quan-tri/dot/dot-2026/ket-qua/1").text
    assert "Kết quả khi tính cả các phiếu bị loại" in page
    assert "Phiếu trả lời quá nhanh" in page
    row = f'Người dân, Sở Tư pháp, .*?</th><td>[^<]*</td><td>[^<]*</td><td class="num">{FAST}</td>'
    assert re.search(row, page)
    tells_of_classes_in_the_office_alone(house, screened)
    assert {"exclusion-propose", "exclusion-agree"} <= set(logged(house))
    assert "loại 6 phiếu khỏi kết quả" in analyst.get("/quan-tri/dot/dot-2026").text
    both_can_be_computed_again_and_name_what_they_leave_out(house)


def tells_of_classes_in_the_office_alone(house: House, wave: Wave) -> None:
    whole = _results(house, wave)
    told = left_out_of(house, whole)
    assert told is not None
    assert (told.forms, told.reasons, told.few) == (FAST, (("fast", FAST),), 0)
    assert [(each.of.unit, each.forms) for each in told.classes] == [("STP", FAST)]
    assert any(line.difference for line in told.lines if line.without.unit == "STP")
    public = left_out_of(house, replace(whole, is_public=True))
    assert public is not None
    assert (public.reasons, public.classes, public.lines) == (told.reasons, (), ())


def _results(house: House, wave: Wave) -> Results:
    with house.database.reading() as connection:
        card = scorecards.latest(connection, wave.id)
    assert card is not None
    index = house.study(wave.id, wave.study).index
    return read_results(wave, card, index, house.units(wave.id))


def counted(scores: str) -> int:
    """How many citizens rate the second unit by a file of scores."""
    rates = json.loads(scores)["rates"]
    (row,) = [row for row in rates if (row["unit"], row["group"]) == ("STP", "citizens")]
    return int(row["responded"])


def both_can_be_computed_again_and_name_what_they_leave_out(house: House) -> None:
    """From the releases that are kept: without those forms, and with them."""
    with house.database.reading() as connection:
        card = connection.execute(select(t.scorecards)).mappings().one()
        twin = twins.find(connection, card["id"])
    assert twin is not None
    data = house.settings.data_folder
    told = [json.loads((data / each / "manifest.json").read_bytes())
            for each in (card["release"], twin.release)]  # fmt: skip
    assert told[0]["counts"]["left_out"] == FAST
    assert told[0]["exclusions"][0]["reason"] == "fast"
    assert "exclusions" not in told[1]
    assert told[1]["counts"]["valid_ballots"] - told[0]["counts"]["valid_ballots"] == FAST
    for each in (card["release"], twin.release):
        assert (data / each / "respondents.csv").is_file()


def test_results_have_to_be_computed_anew_once_forms_are_left_out_or_count_again(
    house: House, analyst: FlaskClient, approver: FlaskClient, screened: Wave
) -> None:
    analyst.post("/quan-tri/dot/dot-2026/merge")
    analyst.post(f"{OUT}/de-nghi", data=PROPOSAL)
    approver.post(f"{OUT}/1/dong-y")
    from survey_app.conduct.scoring import publish
    from survey_app.store.waves import WaveState

    with pytest.raises(WaveState, match="has changed since it was scored"):
        publish.publishable(house, screened)
    assert approver.post(f"{OUT}/1/tinh-lai", data={"note": ""}).status_code == 409
    assert approver.post(f"{OUT}/1/tinh-lai", data={"note": "Nhầm lớp"}).status_code == 303
    assert publish.publishable(house, screened).id == 1


def test_what_would_tell_of_fewer_than_five_forms_is_refused(
    house: House, analyst: FlaskClient, approver: FlaskClient, screened: Wave
) -> None:
    sent = {**PROPOSAL, "lop": key(DesignClass("citizens", "", "SNV", "web"))}
    none = analyst.post(f"{OUT}/de-nghi", data=sent)
    assert none.status_code == 409
    assert "Số phiếu bị loại dưới 5" in none.text


def test_so_is_what_would_leave_fewer_than_five(
    house: House, analyst: FlaskClient, screened: Wave
) -> None:
    with house.database.writing() as connection:
        ballots = of_citizens(connection, "STP", valid=True)
        fast = t.screened_forms.c.ballot_id.in_(ballots[:-3])
        connection.execute(update(t.screened_forms).where(fast).values(flags="fast"))
    still = analyst.post(f"{OUT}/de-nghi", data=PROPOSAL)
    assert still.status_code == 409
    assert "còn lại dưới 5" in still.text


def test_two_sets_that_differ_by_a_few_are_not_both_left_out_even_one_after_the_other(
    house: House, analyst: FlaskClient, approver: FlaskClient, screened: Wave
) -> None:
    analyst.post(f"{OUT}/de-nghi", data=PROPOSAL)
    approver.post(f"{OUT}/1/dong-y")
    approver.post(f"{OUT}/1/tinh-lai", data={"note": "Nhầm"})
    with house.database.writing() as connection:
        one = of_citizens(connection, "STP", valid=True)[FAST]
        connection.execute(
            update(t.screened_forms).where(t.screened_forms.c.ballot_id == one)
            .values(flags="fast")
        )  # fmt: skip
    again = analyst.post(f"{OUT}/de-nghi", data=PROPOSAL)
    assert again.status_code == 409, "the two results would differ by the one form"
    assert "dưới 5" in again.text


def test_a_proposal_says_what_it_lacks(analyst: FlaskClient, screened: Wave) -> None:
    for change, told in [
        ({"reason": "vi-the"}, "Chưa chọn lý do"),
        ({"basis": "  "}, "Chưa ghi căn cứ"),
        ({"reason": "not_interviewed"}, "Chưa đủ kết quả phúc tra"),
        ({"reason": "copied"}, "Số phiếu bị loại dưới 5"),
    ]:
        reply = analyst.post(f"{OUT}/de-nghi", data={**PROPOSAL, **change})
        assert reply.status_code == 409, change
        assert told in reply.text
        assert (PROPOSAL | change)["basis"].strip() in reply.text, change


def test_call_backs_of_a_class_open_the_way_to_leave_all_of_it_out(
    house: House, analyst: FlaskClient, approver: FlaskClient, screened: Wave
) -> None:
    analyst.post(f"{CALLS}/chon", data={"lop": key(CITIZENS_OF_STP), "so": "6"})
    with house.database.reading() as connection:
        drawn = call_backs.listed(connection, screened)
    analyst.post(CALLS, data={f"r-{each.id}": "by_other" for each in drawn})
    sent = {**PROPOSAL, "reason": "not_interviewed"}
    assert analyst.post(f"{OUT}/de-nghi", data=sent).status_code == 303
    assert approver.post(f"{OUT}/1/khong-dong-y", data={"note": ""}).status_code == 409
    assert approver.post(f"{OUT}/1/khong-dong-y", data={"note": "Gọi thêm"}).status_code == 303
    with house.database.reading() as connection:
        (declined,) = exclusions.listed(connection, screened)
        assert exclusions.left_out(connection, screened) == frozenset()
    assert (declined.state, declined.note, declined.forms) == ("refused", "Gọi thêm", valid(house))


def test_who_may_agree_may_not_propose_and_the_other_way_round(
    app: Flask, house: House, analyst: FlaskClient, approver: FlaskClient, screened: Wave
) -> None:
    assert approver.post(f"{OUT}/de-nghi", data=PROPOSAL).status_code == 403
    only_analyst = signed_in(app, house, "mai", "analyst")
    assert only_analyst.post(f"{OUT}/de-nghi", data=PROPOSAL).status_code == 303
    for what in ("dong-y", "khong-dong-y", "tinh-lai"):
        assert only_analyst.post(f"{OUT}/1/{what}", data={"note": "x"}).status_code == 403
    assert analyst.post(f"{OUT}/1/rut").status_code == 409, "somebody else's"
    assert only_analyst.post(f"{OUT}/1/rut").status_code == 303


def test_texts_of_a_wave_that_is_open_are_not_shown(
    house: House, analyst: FlaskClient, checked: Wave
) -> None:
    with house.database.writing() as connection:
        connection.execute(update(t.waves).values(closed_at=None))
    for page in (HERE, TEXTS, CALLS, OUT, f"{OUT}/de-nghi", f"{TEXTS}?tai=csv"):
        shown = analyst.get(page).text
        assert "Kiểm tra sau khi đóng đợt" in shown
        assert "đúng hẹn" not in shown
    assert analyst.post(f"{HERE}/ra-soat").status_code == 409
