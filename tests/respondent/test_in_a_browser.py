"""The form in a real Chromium on a small phone: looked at, walked back and forth, weighed."""

from __future__ import annotations

import re
from contextlib import ExitStack
from datetime import date
from typing import Any

import brotli
import pytest
from sqlalchemy import insert

from benchmarks import page_weight, peer
from survey_app.app import create_app
from survey_app.fieldwork import tokens
from survey_app.questionnaire import library
from survey_app.settings import Settings
from survey_app.store import waves
from survey_app.store.engine import migrate
from survey_app.store.engine.database import Database
from survey_app.store.tables import cases, invitations, unspent
from tests.support.server import serving

FIRST_VIEW, THREE_KB, WHOLE = 6_000, 3_072, 60_000
"""Bytes over the wire, compressed, with the headers."""

STILL = 0.01
"""Layout shift under which nothing was seen to move."""

SMALLEST_TARGET = 44
AT = "2026-01-05T01:00:00+00:00"
SHARED = {"stratum": "all", "weight": "1"}


@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Links of the departments' study of 2025, by group: each call gives one not used before."""
    folder = tmp_path_factory.mktemp("browser")
    database = Database(f"sqlite:///{folder / 'store.sqlite3'}")
    migrate.upgrade(database)
    made = {group: _links(database, group) for group in ("citizens", "council")}
    app = create_app(Settings(folder, str(database.url), "k" * 40), database)
    with ExitStack() as stack:
        base = stack.enter_context(serving(app))
        yield lambda group: f"{base}/p/{made[group].pop()}"
    database.close()


def _links(database: Database, group: str) -> list[str]:
    study = library.study("sonla/2025-department")
    many = group == "council"
    made = []
    with database.writing() as connection:
        wave = waves.create(connection, group, study, 2025, date(2025, 12, 31), AT)
        unit = waves.units(connection, wave.id)[0].unit
        rated = {"sample": group, "asked": "*3"} if many else {"unit": unit, "asked": ""}
        for number in range(20):
            row = {"wave_id": wave.id, "label": str(number), "grp": group, **SHARED, **rated}
            case = connection.execute(insert(cases).values(row).returning(cases.c.id)).scalar_one()
            token = tokens.new()
            digest = tokens.digest(token)
            connection.execute(
                insert(invitations).values(digest=digest, case_id=case, issued_on="2026-01-05")
            )
            connection.execute(insert(unspent).values(case_id=case))
            made.append(token)
        waves.open_(connection, wave, AT)
    return made


def press(page: Any, button: str) -> None:
    with page.expect_navigation():
        page.click(f"button[value={button}]:visible")


def answer(page: Any, option: str = "first") -> None:
    """Tap one answer of every question that is shown."""
    for question in page.locator("fieldset").all():
        getattr(question.locator("label"), option).click()


def to_the_review(page: Any) -> None:
    for _ in range(30):
        if page.locator("button[value=send]").count():
            return
        answer(page)
        press(page, "next")
    raise AssertionError("the review never came")


def sound(page: Any, axe: Any) -> None:
    """What must hold on every page: accessible, no sideways scrolling, nothing too small."""
    axe(page)
    wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= room, f"{page.url} scrolls sideways"
    targets = "[...document.querySelectorAll('button:not([hidden]),a,fieldset label,[type=text]')]"
    heights = page.evaluate(f"{targets}.map(e => e.getBoundingClientRect().height)")
    assert min(heights, default=99) >= SMALLEST_TARGET, page.url


def sound_on_small_phones(page: Any, axe: Any) -> None:
    for width in (320, 360):
        page.set_viewport_size({"width": width, "height": 640})
        sound(page, axe)


@pytest.mark.parametrize("group", ["citizens", "council"])
def test_every_page_is_accessible_and_fits_a_small_phone(links, phone_page, axe, group):
    page = phone_page
    page.goto(links(group))
    sound_on_small_phones(page, axe)
    press(page, "begin")
    while not page.title().startswith("Lỗi:"):
        sound_on_small_phones(page, axe)
        press(page, "next")
    assert page.evaluate("document.activeElement.id") == "errors"
    sound_on_small_phones(page, axe)
    to_the_review(page)
    sound_on_small_phones(page, axe)
    press(page, "send")
    sound_on_small_phones(page, axe)
    assert re.fullmatch(r"[A-Z2-9]{4}-[A-Z2-9]{4}", page.inner_text("#receipt"))


def test_pages_are_accessible_in_the_dark_and_on_a_desk(links, desktop_page, axe):
    page = desktop_page
    page.emulate_media(color_scheme="dark")
    page.goto(links("council"))
    sound(page, axe)
    press(page, "begin")
    sound(page, axe)
    press(page, "next")
    sound(page, axe)


def test_the_text_can_be_four_times_as_large(links, desktop_page):
    page = desktop_page
    page.set_viewport_size({"width": 320, "height": 200})  # 1280 x 800 at 400 %
    page.goto(links("council"))
    press(page, "begin")
    wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= room


@pytest.mark.parametrize("scripts", ["phone_page", "plain_page"])
def test_the_back_button_shows_earlier_pages_with_their_answers(links, request, scripts):
    page = request.getfixturevalue(scripts)
    page.goto(links("council"))
    press(page, "begin")
    headings = []
    for _ in range(3):
        headings.append(page.inner_text("h1"))
        answer(page)
        press(page, "next")
    for heading in reversed(headings):
        page.go_back()
        assert page.inner_text("h1") == heading
        assert page.locator(":checked").count() == page.locator("fieldset").count()
    page.go_forward()
    assert page.inner_text("h1") == headings[1]
    page.reload()
    assert page.inner_text("h1") == headings[1]


@pytest.mark.parametrize("scripts", ["phone_page", "plain_page"])
def test_the_back_button_after_an_error_leads_to_a_page_not_to_a_question(links, request, scripts):
    page = request.getfixturevalue(scripts)
    page.goto(links("council"))
    press(page, "begin")
    first = page.inner_text("h1")
    press(page, "next")
    assert page.title().startswith("Lỗi:")
    answer(page)
    press(page, "next")
    page.go_back()
    assert page.inner_text("h1") == first


@pytest.mark.parametrize("scripts", ["phone_page", "plain_page"])
def test_the_back_button_after_sending_shows_the_receipt(links, request, scripts):
    page = request.getfixturevalue(scripts)
    page.goto(links("citizens"))
    press(page, "begin")
    to_the_review(page)
    press(page, "send")
    receipt = page.inner_text("#receipt")
    for _ in range(3):
        page.go_back()
        assert page.inner_text("#receipt") == receipt


def test_what_was_tapped_is_kept_when_the_phone_is_put_away_or_goes_back(links, phone_page):
    page = phone_page
    page.goto(links("council"))
    press(page, "begin")
    answer(page)
    press(page, "next")
    here = page.url
    page.locator("fieldset label").first.click()
    page.go_back()
    for _ in range(20):  # it is sent while the page goes
        page.goto(here)
        if page.locator(":checked").count() == 1:
            return
    raise AssertionError("the tap was lost")


@pytest.mark.parametrize("group", ["citizens", "council"])
def test_pages_weigh_little_and_need_one_request(links, browser, group):
    context = browser.new_context(service_workers="block")  # it would hide what the wire carries
    page = context.new_page()
    weights: list[tuple[int, str]] = []
    cdp = context.new_cdp_session(page)
    cdp.send("Network.enable")
    cdp.on("Network.loadingFinished", lambda sent: weights.append(sent["encodedDataLength"]))
    page.goto(links(group))
    assert len(weights) == 1
    assert weights[0] <= FIRST_VIEW
    press(page, "begin")
    for _ in range(4):
        answer(page)
        press(page, "next")
    context.close()
    assert len(weights) == 6
    assert max(weights[1:]) <= THREE_KB


def test_a_page_of_the_peers_survey_is_one_request_of_3_kb_with_its_headers(
    browser, tmp_path, serve
):
    database = Database(f"sqlite:///{tmp_path / 'peer.sqlite3'}")
    token = peer.field(database, 1)[0]
    base = serve(create_app(Settings(tmp_path, str(database.url), "k" * 40), database))
    first, *later = page_weight.views(browser, f"{base}/p/{token}")
    database.close()
    assert (first.requests, first.bytes <= FIRST_VIEW) == (1, True)
    assert {page.requests for page in later} == {1}
    assert max(page.bytes for page in later) <= THREE_KB
    assert sum(page.bytes for page in (first, *later)) <= WHOLE
    assert max(page.shift for page in (first, *later)) < STILL


def test_the_script_and_the_style_are_small(links):
    from survey_app.respondent import pages

    assert len(brotli.compress(pages.SCRIPT.encode())) < 450
    assert len(brotli.compress(pages.STYLE.encode())) < 800
