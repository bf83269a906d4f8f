"""Publishing takes two people; what is withdrawn leaves its reason; a correction stands beside."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from survey_app.app import create_app
from survey_app.conduct.scoring import publication
from survey_app.conduct.scoring.publication import PublicationRefused
from survey_app.questionnaire import library
from survey_app.store import publications, scorecards, tables
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.store.log import audit
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.builders import write_study
from tests.office.conftest import PASSWORD
from tests.office.copies import Copy, copied
from tests.office.scored import AT, answered, house_at, kept_scorecard
from tests.support.accounts import add_account
from tests.support.browsing import settle

WAVE = "/quan-tri/dot/dot-2026"
PUBLIC = "/ket-qua/dot-2026"
REASON = "Sai quyền số của nhóm người dân"


@pytest.fixture
def scored(request: pytest.FixtureRequest, server: str, tmp_path: Path) -> Iterator[Copy]:
    """An office of three with a wave that was scored, on either database; see `public`."""
    make = _published if "public" in request.fixturenames else _scored
    with copied(make, tmp_path, server=server) as copy:
        yield copy


def _published(database: Database, folder: Path) -> tuple[Wave, Scorecard]:
    wave, card = _scored(database, folder)
    house = house_at(database, folder)
    app = create_app(house.settings, house=house)
    published(lambda name: signed_in(app, name), card)
    return wave, card


def _scored(database: Database, folder: Path) -> tuple[Wave, Scorecard]:
    migrate.upgrade(database)
    with database.writing() as connection:
        add_account(connection, "lan", PASSWORD, AT, ["analyst"])
        add_account(connection, "minh", PASSWORD, AT, ["approver"])
        add_account(connection, "hoa", PASSWORD, AT, ["analyst", "approver"])
    study = library.study(write_study(folder / "texts"), folder / "texts")
    house = house_at(database, folder)
    wave = answered(house, study, few=4)
    return wave, kept_scorecard(house, wave)


@pytest.fixture
def house(scored: Copy) -> Iterator[House]:
    database = Database(scored.url)
    yield house_at(database, scored.folder)
    database.close()


@pytest.fixture
def wave(scored: Copy) -> Wave:
    return scored.kept[0]


@pytest.fixture
def draft(scored: Copy) -> Scorecard:
    return scored.kept[1]


@pytest.fixture
def public(draft: Scorecard) -> Scorecard:
    """The same, prepared by one and approved by another: see `_published`."""
    return draft


@pytest.fixture
def member(app: Flask) -> Callable[[str], FlaskClient]:
    """Signs somebody in; forms are sent without their token."""
    return lambda name: signed_in(app, name)


def signed_in(app: Flask, name: str) -> FlaskClient:
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.post("/quan-tri/dang-nhap", data={"name": name, "password": PASSWORD})
    return client


def step(client: FlaskClient, step: str, card: Scorecard, **more: str) -> int:
    sent = {"card": str(card.id), "known": ticked(client), **more}
    return client.post(f"{WAVE}/publish/{step}", data=sent).status_code


def ticked(client: FlaskClient) -> list[str]:
    page = client.get(f"{WAVE}/publish").text
    return [html.unescape(key) for key in re.findall(r'name="known" value="([^"]+)"', page)]


def published(member: Callable[[str], FlaskClient], card: Scorecard) -> None:
    assert step(member("lan"), "prepare", card) == 302
    assert step(member("minh"), "approve", card) == 302


def logged(house: House) -> list[tuple[str, str, str]]:
    with house.database.reading() as connection:
        rows = connection.execute(
            select(tables.audit.c.who, tables.audit.c.action, tables.audit.c.detail).order_by(
                tables.audit.c.id
            )
        )
        return [(who, action, detail) for who, action, detail in rows]


def test_one_prepares_another_approves_and_the_record_names_both(
    house: House, member: Callable[[str], FlaskClient], stranger: FlaskClient, draft: Scorecard
) -> None:
    lan, minh = member("lan"), member("minh")
    assert step(lan, "prepare", draft) == 302
    assert stranger.get(PUBLIC).status_code == 404, "nothing is public yet"
    assert "Công bố kết quả" in minh.get("/quan-tri/").text, "it waits for whoever approves"
    assert step(minh, "approve", draft) == 302
    assert stranger.get(PUBLIC).status_code == 200
    page = minh.get(f"{WAVE}/publish").text
    assert re.search(r"Người trình</dt><dd>[^<]*, lan<", page)
    assert re.search(r"Người phê duyệt</dt><dd>[^<]*, minh<", page)
    done = [line for line in logged(house) if line[1].startswith(("publi", "contacts"))]
    assert [(who, action) for who, action, _ in done] == [
        ("lan", "publication-prepare"),
        ("minh", "publish"),
        ("minh", "contacts-purge"),
        ("minh", "contacts-left"),
        ("minh", "publication-approve"),
    ]
    assert done[-1][2] == f"dot-2026 {draft.id} lan"


def test_nobody_approves_what_they_prepared_by_whichever_way_they_come(
    house: House, member: Callable[[str], FlaskClient], stranger: FlaskClient,
    wave: Wave, draft: Scorecard,
) -> None:  # fmt: skip
    hoa = member("hoa")
    assert step(hoa, "prepare", draft) == 302
    assert "Phê duyệt và công bố" not in hoa.get(f"{WAVE}/publish").text
    assert step(hoa, "approve", draft) == 409
    assert step(hoa, "send-back", draft, reason=REASON) == 409
    with (
        house.database.writing() as connection,
        pytest.raises(PublicationRefused, match="somebody else"),
    ):
        publication.approve(connection, house, wave, draft, "cchc:hoa")
    assert stranger.get(PUBLIC).status_code == 404


def test_who_has_no_permission_takes_no_step(
    member: Callable[[str], FlaskClient], draft: Scorecard
) -> None:
    lan, minh = member("lan"), member("minh")
    assert step(minh, "prepare", draft) == 403
    assert step(lan, "prepare", draft) == 302
    for name in ("approve", "send-back", "withdraw"):
        assert step(lan, name, draft, reason=REASON) == 403
    assert 'name="reason"' not in lan.get(f"{WAVE}/publish").text


def test_what_is_sent_back_says_why_and_is_prepared_again(
    member: Callable[[str], FlaskClient], draft: Scorecard
) -> None:
    lan, minh = member("lan"), member("minh")
    assert step(minh, "approve", draft) == 409, "nobody has prepared it"
    step(lan, "prepare", draft)
    assert step(lan, "prepare", draft) == 409, "it waits already"
    assert step(minh, "send-back", draft, reason="ngắn") == 409
    assert step(minh, "send-back", draft, reason=REASON) == 302
    assert step(minh, "approve", draft) == 409, "it was sent back"
    page = lan.get(f"{WAVE}/publish").text
    assert REASON in page
    assert "Bị trả lại, cần xem lại" in lan.get(WAVE).text
    published(member, draft)


def test_what_was_scored_meanwhile_is_prepared_anew(
    house: House, member: Callable[[str], FlaskClient], stranger: FlaskClient,
    wave: Wave, draft: Scorecard,
) -> None:  # fmt: skip
    step(member("lan"), "prepare", draft)
    newer = kept_scorecard(house, wave)
    assert step(member("minh"), "approve", draft) == 409
    assert step(member("minh"), "approve", newer) == 409
    assert stranger.get(PUBLIC).status_code == 404


def test_a_withdrawal_takes_every_page_and_file_and_leaves_its_reason_for_everyone(
    member: Callable[[str], FlaskClient], stranger: FlaskClient, public: Scorecard
) -> None:
    addresses = ["", "/lan/1", "/don-vi/SNV", "/tieu-chi/1.2.1", "/giai-thich", "/ket-qua.csv"]
    addresses += ["/ket-qua-excel.csv", "/ket-qua.xlsx", "/bao-cao.docx", "/lan/1/ket-qua.csv"]
    for address in addresses:
        assert stranger.get(PUBLIC + address).status_code == 200, address
    assert step(member("minh"), "withdraw", public, reason=REASON + " <b>") == 302
    for address in addresses:
        reply = stranger.get(PUBLIC + address)
        assert reply.status_code == 410, address
        assert f"Lý do: {REASON} &lt;b&gt;" in reply.text
    assert f"Reason: {REASON}" in stranger.get(f"{PUBLIC}?lang=en").text
    assert "Đã thu hồi" in stranger.get("/ket-qua").text
    assert step(member("minh"), "withdraw", public, reason=REASON) == 409
    assert "minh" not in stranger.get(PUBLIC).text, "who withdrew is the office's matter"


def test_a_correction_is_a_new_version_beside_the_old(
    house: House, member: Callable[[str], FlaskClient], stranger: FlaskClient,
    wave: Wave, public: Scorecard,
) -> None:  # fmt: skip
    first = stranger.get(f"{PUBLIC}/ket-qua.csv").data
    newer = kept_scorecard(house, wave)
    page = member("minh").get(f"{WAVE}/publish").text
    assert "Thay đổi so với bản đã công bố" in page
    with house.database.writing() as connection:
        publications.add(connection, newer.id, "prepared", "lan", AT)
        scorecards.publish(connection, newer.id, "2026-09-05T01:00:00+00:00", "minh")
        publications.add(connection, newer.id, "approved", "minh", AT)
    assert stranger.get(f"{PUBLIC}/lan/1/ket-qua.csv").data == first
    old, new = stranger.get(f"{PUBLIC}/lan/1").text, stranger.get(PUBLIC).text
    assert "Bản này đã được thay thế." in old
    assert "đã được thay thế" not in new
    assert "05/09/2026" in new
    assert f"{PUBLIC}/lan/1" in new
    assert stranger.get(f"{PUBLIC}/lan/3").status_code == 404
    assert step(member("minh"), "withdraw", newer, reason=REASON) == 302
    assert stranger.get(PUBLIC).status_code == 410
    assert stranger.get(f"{PUBLIC}/lan/1").status_code == 200


def test_the_page_shows_what_will_be_public_what_not_and_what_was_checked(
    member: Callable[[str], FlaskClient], draft: Scorecard
) -> None:
    """Four citizens were asked about the first unit: three have answered."""
    page = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", member("minh").get(f"{WAVE}/publish").text))
    assert "đạt Đợt điều tra đã đóng" in page
    assert "Số người trả lời của một nhóm 1 0 4" in page
    assert "Ý kiến của một nhóm về một tiêu chí 1 1 4" in page
    preview = member("minh").get(f"/quan-tri/bang-diem/{draft.id}/cong-chung/don-vi/SNV").text
    assert "Không công bố" in preview
    assert "Chưa công bố" in preview
    file = member("lan").get(f"/quan-tri/bang-diem/{draft.id}/cong-chung/tai-ve/csv").data
    published(member, draft)
    public = member("lan").get(f"{PUBLIC}/ket-qua.csv").data
    assert file.splitlines()[0] == public.splitlines()[0]
    assert [line.split(b",")[:18] for line in file.splitlines()[1:]] == [
        line.split(b",")[:18] for line in public.splitlines()[1:]
    ]


def test_what_was_published_by_one_person_before_stays_public(
    house: House, stranger: FlaskClient, draft: Scorecard
) -> None:
    with house.database.writing() as connection:
        scorecards.publish(connection, draft.id, AT, "lan")
    assert stranger.get(PUBLIC).status_code == 200
    with house.database.reading() as connection:
        now = scorecards.find(connection, draft.id)
        steps = publications.steps(connection, draft.wave_id)
    assert publications.standing(now, steps).state == "public"


def test_the_log_is_whole_after_all_of_it(
    house: House, member: Callable[[str], FlaskClient], public: Scorecard
) -> None:
    step(member("minh"), "withdraw", public, reason=REASON)
    with house.database.reading() as connection:
        assert audit.verify(connection) is None
    assert REASON not in str(logged(house)), "reasons are kept with the steps"


@pytest.mark.parametrize(
    ("page", "server"),
    [("phone_page", "sqlite"), ("desktop_page", "postgresql")],
    indirect=["server"],
)
def test_two_people_publish_and_withdraw_in_a_browser(
    house: House, draft: Scorecard, serve: Callable[[Flask], str], page: str, browser: Any,
    axe: Callable[[Any], None], request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    app = create_app(house.settings, house=house)
    home, shown = serve(app), request.getfixturevalue(page)
    _sign_in(shown, home, "lan")
    shown.goto(f"{home}{WAVE}/publish")
    axe(shown)
    for box in shown.locator("main input[name=known]").all():
        box.check()
    _press(shown, "Trình phê duyệt")
    assert "chờ một người khác phê duyệt" in shown.inner_text("[role=status]")
    axe(shown)
    shown.context.clear_cookies()
    _sign_in(shown, home, "minh")
    shown.click("main a:has-text('Công bố kết quả')")
    settle(shown)
    axe(shown)
    assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")
    _press(shown, "Phê duyệt và công bố")
    shown.click("summary:has-text('Thu hồi kết quả đã công bố')")
    shown.fill("#reason-withdraw", REASON)
    axe(shown)
    _press(shown, "Thu hồi kết quả đã công bố")
    shown.goto(f"{home}{PUBLIC}")
    assert REASON in shown.inner_text("main")
    axe(shown)
    assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")


def _sign_in(page: Any, home: str, name: str) -> None:
    page.goto(f"{home}/quan-tri/dang-nhap")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    settle(page)


def _press(page: Any, label: str) -> None:
    page.click(f"main button:has-text('{label}')", timeout=60_000)  # what was scored is read again
    settle(page)


def test_the_preview_has_every_page_that_the_public_will_get_and_says_the_same(
    house: House, member: Callable[[str], FlaskClient], stranger: FlaskClient, draft: Scorecard
) -> None:
    minh, home = member("minh"), f"/quan-tri/bang-diem/{draft.id}/cong-chung"
    before = {path: minh.get(f"{home}{path}") for path in PAGES}
    for path, reply in before.items():
        assert reply.status_code == 200, path
        assert "Bản xem trước" in reply.text, path
    leads = {href.partition("?")[0] for reply in before.values() for href in _links(reply.text)}
    assert {f"{home}{path}" for path in PAGES} <= leads | {home}
    assert not [href for href in leads if href.startswith("/ket-qua/")], "none is public yet"
    published(member, draft)
    for path, reply in before.items():
        shown = stranger.get(f"{PUBLIC}{path}").text
        assert _tables(reply.text) == _tables(shown), path
        assert _tables(shown) or path in {"/giai-thich", "/tieu-chi"}
    assert minh.get(f"{home}/tieu-chi/9.9").status_code == 404
    assert minh.get("/quan-tri/bang-diem/999/cong-chung/giai-thich").status_code == 404


PAGES = ("", "/don-vi/SNV", "/tieu-chi", "/tieu-chi/1.2.1", "/giai-thich")


def _links(page: str) -> list[str]:
    return [html.unescape(href) for href in re.findall(r'href="([^"]+)"', page)]


def _tables(page: str) -> list[str]:
    """The text of every table."""
    found = re.findall(r"<table.*?</table>", page, re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub(r"<.*?>", " ", each)) for each in found]
