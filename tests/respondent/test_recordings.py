"""Recorded questions: heard when asked for, not fetched before, never another than was pinned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.builders import NAME
from tests.respondent.live_survey import live_survey

RAW = b"ID3" + bytes(range(256)) * 40
ITEM = ("        hint:", "        audio:\n          vi: audio/leadership.vi.mp3\n        hint:")
NOTICE = ("notice:\n", "notice:\n  audio:\n    vi: audio/notice.vi.opus\n")


@pytest.fixture
def survey(tmp_path: Path):
    folder = tmp_path / NAME / "audio"
    folder.mkdir(parents=True)
    (folder / "leadership.vi.mp3").write_bytes(RAW)
    (folder / "notice.vi.opus").write_bytes(RAW[::-1])
    with live_survey(tmp_path, study={"council": [ITEM, NOTICE]}, council=2) as made:
        house = made.app.extensions["cchc"]
        house.settings = replace(house.settings, questionnaires=tmp_path)
        yield made


def player(html: str) -> str:
    """The address that a player of the page would ask."""
    return html.partition('<audio controls preload="none" src="')[2].partition('"')[0]


def test_a_recording_is_served_by_its_hash_and_kept_for_ever(survey):
    phone = survey.phone("council")
    notice = phone.client.get(player(phone.open().html))
    assert (notice.data, notice.mimetype) == (RAW[::-1], "audio/ogg")
    phone.press("begin")
    reply = phone.client.get(player(phone.page.html))
    assert (reply.status_code, reply.data, reply.mimetype) == (200, RAW, "audio/mpeg")
    assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "media-src 'self'" in phone.headers["Content-Security-Policy"]


def test_a_part_of_a_recording_can_be_asked_for(survey):
    phone = survey.phone("council")
    phone.open()
    phone.press("begin")
    reply = phone.client.get(player(phone.page.html), headers={"Range": "bytes=0-1"})
    assert (reply.status_code, reply.data) == (206, RAW[:2])


def test_the_address_of_a_recording_tells_nothing_of_who_listens(survey):
    seen = set()
    for number in range(2):
        phone = survey.phone("council", number)
        phone.open()
        phone.press("begin")
        seen.add(player(phone.page.html))
        assert phone.token not in player(phone.page.html)
    assert len(seen) == 1


def test_there_is_no_player_in_a_language_without_a_recording(survey):
    phone = survey.phone("council")
    phone.open()
    phone.press("begin")
    phone.press("lang-en")
    assert "<audio" not in phone.page.html


def test_a_recording_that_has_become_another_is_not_served(survey, tmp_path):
    phone = survey.phone("council")
    phone.open()
    phone.press("begin")
    (tmp_path / NAME / "audio" / "leadership.vi.mp3").write_bytes(RAW + b"x")
    assert phone.client.get(player(phone.page.html)).status_code == 404


@pytest.mark.parametrize("address", ["test/" + "0" * 64, "none/" + "0" * 64, "test/../x"])
def test_nothing_else_is_served(survey, address):
    assert survey.phone("council").client.get(f"/p/am-thanh/{address}").status_code == 404


def test_a_phone_asks_for_a_recording_only_when_its_holder_does(survey, serve, phone_page, axe):
    page, asked = phone_page, []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{serve(survey.app)}/p/{survey.wave.tokens['council'][0]}")
    page.click("button[value=begin]")
    page.wait_for_selector("audio")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not [url for url in asked if "/am-thanh/" in url]
    with page.expect_response(lambda reply: "/am-thanh/" in reply.url) as reply:
        page.evaluate("void document.querySelector('audio').play().catch(() => 0)")
    assert reply.value.ok
