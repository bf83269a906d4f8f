"""What anybody reads: kept while it holds, described for machines, followed, embedded."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from itertools import product
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import Markup
from PIL import Image
from werkzeug.test import TestResponse

from survey_app import collation
from survey_app.app import create_app
from survey_app.conduct.scoring import publication
from survey_app.office.public import xml
from survey_app.office.public.feed import ATOM
from survey_app.store import publications, scorecards
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.office.scored import AT, kept_scorecard

WAVE = "/ket-qua/dot-2026"
HOME = "https://cchc.sonla.example"
REASON = "Sai quyền số của nhóm người dân\x0b"
PAGES = ("", "/don-vi/SNV", "/tieu-chi", "/tieu-chi/1.2.1", "/giai-thich")
KEPT = (*PAGES, "/bieu-do.svg", "/bieu-do.png", "/ket-qua.csv", "/bao-cao.docx")


@pytest.fixture
def app(house: House) -> Flask:
    house.settings = replace(house.settings, public_url=HOME)
    return create_app(house.settings, house=house)


def withdraw(house: House, wave: Wave, card: Scorecard) -> None:
    with house.database.writing() as connection:
        publication.withdraw(connection, house, wave, card, "minh", REASON)


def again(client: FlaskClient, address: str, reply: TestResponse) -> TestResponse:
    return client.get(address, headers={"If-None-Match": reply.headers["ETag"]})


def test_who_has_a_page_is_told_that_it_holds_until_it_is_withdrawn(
    house: House, stranger: FlaskClient, wave: Wave, published: Scorecard
) -> None:
    before = {page: stranger.get(page) for page in ("/ket-qua", *(WAVE + page for page in KEPT))}
    for page, first in before.items():
        assert first.headers["Cache-Control"] == "public, no-cache", page
        assert "Cookie" not in first.headers.get("Vary", ""), page
        assert stranger.get(page).data == first.data, page
        held = again(stranger, page, first)
        assert (held.status_code, held.data) == (304, b""), page
        assert "Set-Cookie" not in held.headers, page
    withdraw(house, wave, published)
    for page, first in before.items():
        gone = again(stranger, page, first)
        assert gone.status_code == (200 if page == "/ket-qua" else 410), page
        assert gone.data != first.data, page


def test_a_page_that_somebody_has_read_is_not_made_again(
    stranger: FlaskClient, published: Scorecard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The numbers are read from the store once, however many come."""
    asked: list[int] = []
    versions = publications.versions

    def counted(connection: Any, wave_id: int) -> Any:
        asked.append(wave_id)
        return versions(connection, wave_id)

    monkeypatch.setattr(publications, "versions", counted)
    for _ in range(3):
        for page in KEPT:
            stranger.get(f"{WAVE}{page}?utm_source=zalo")
    assert len(asked) == 1


def test_a_correction_is_shown_with_the_next_look_and_the_first_version_stays(
    house: House, stranger: FlaskClient, wave: Wave, published: Scorecard
) -> None:
    first, pinned = stranger.get(WAVE), stranger.get(f"{WAVE}/lan/1/giai-thich")
    newer = kept_scorecard(house, wave, merged=False)
    with house.database.writing() as connection:
        scorecards.publish(connection, newer.id, "2026-09-05T01:00:00+00:00", "lan")
    now = again(stranger, WAVE, first)
    assert now.status_code == 200
    assert "chỉ có điểm điều tra xã hội học" in now.text
    assert "đã được thay thế" in again(stranger, f"{WAVE}/lan/1/giai-thich", pinned).text
    listed = stranger.get("/ket-qua").text
    assert [f"{WAVE}/lan/{number}" in listed for number in (1, 2, 3)] == [True, True, False]


def test_who_cannot_be_told_apart_is_said_in_words_on_the_page_and_in_the_preview_of_a_chat(
    house: House, stranger: FlaskClient, wave: Wave, published: Scorecard
) -> None:
    merged = json.loads(published.merged or "")
    bands = {row["unit"]: (row["rank"], row["band"]) for row in merged["units"]}
    assert {rank for rank, _ in bands.values()} == {1, 2}
    page, unit = stranger.get(WAVE).text, stranger.get(f"{WAVE}/don-vi/SNV").text
    is_one_band = len({band for _, band in bands.values()}) == 1
    assert ("không phân biệt được với nhau: " in described(page)) == is_one_band
    assert ("Không phân biệt được với đơn vị:" in unit) == is_one_band
    rank, _ = bands["SNV"]
    assert f"hạng {rank} trong 2 đơn vị" in described(unit)


def described(page: str) -> str:
    (said,) = re.findall(r'property="og:description" content="([^"]*)"', page)
    return str(Markup(said).unescape())


def test_a_page_names_itself_by_the_address_of_the_settings_whatever_host_is_asked(
    stranger: FlaskClient, published: Scorecard
) -> None:
    pages = ["", *(f"/dot-2026{page}" for page in PAGES)]
    for page, end_of_own in product(pages, ["", "?lang=en"]):
        path = f"/ket-qua{page}{end_of_own}"
        text = stranger.get(path, headers={"Host": "evil.example"}).text
        assert "evil.example" not in text, path
        assert f'<link rel="canonical" href="{HOME}{path}">' in text
        assert f'property="og:url" content="{HOME}{path}"' in text
        for spoken, end in (("vi", ""), ("en", "?lang=en"), ("x-default", "")):
            assert f'hreflang="{spoken}" href="{HOME}/ket-qua{page}{end}"' in text, path
        title = re.findall(r'property="og:title" content="([^"]+)"', text)
        assert len(title) == 1, path
        assert 10 < len(described(text)) <= 300, path


def test_the_data_set_is_described_with_files_that_are_there(
    stranger: FlaskClient, published: Scorecard
) -> None:
    (said,) = re.findall(
        r'<script type="application/ld\+json">(.*?)</script>', stranger.get(WAVE).text
    )
    told = json.loads(said)
    assert (told["@context"], told["@type"]) == ("https://schema.org", "Dataset")
    assert told["url"] == f"{HOME}{WAVE}/lan/1"
    assert told["identifier"] == published.fingerprint
    assert 50 <= len(told["description"]) <= 5000
    datetime.fromisoformat(told["datePublished"])
    assert len(told["distribution"]) >= 4
    for file in told["distribution"]:
        reply = stranger.get(file["contentUrl"].removeprefix(HOME))
        assert (reply.status_code, reply.mimetype) == (200, file["encodingFormat"])


def test_a_text_that_closes_a_script_closes_none(
    house: House, stranger: FlaskClient, published: Scorecard, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.settings = replace(house.settings, public_url=f"{HOME}/</script><b>")
    page = stranger.get(WAVE).text
    assert page.count("</script>") == 1
    assert "<b>" not in page


def feed_of(client: FlaskClient, lang: str = "") -> ET.Element:
    reply = client.get("/ket-qua/nguon-tin.atom" + (f"?lang={lang}" if lang else ""))
    assert reply.content_type == "application/atom+xml"
    return ET.fromstring(reply.data)


def text_of(element: ET.Element, name: str) -> str:
    (found,) = element.findall(f"{{{ATOM}}}{name}")
    assert found.text
    return found.text


def test_the_feed_holds_what_an_atom_feed_must_and_its_names_outlive_host_and_withdrawal(
    house: House, stranger: FlaskClient, wave: Wave, published: Scorecard
) -> None:
    feed = feed_of(stranger)
    for element in (feed, *feed.findall(f"{{{ATOM}}}entry")):
        assert text_of(element, "id").startswith("urn:uuid:")
        assert text_of(element, "title")
        assert datetime.fromisoformat(text_of(element, "updated")).tzinfo
    assert feed.findall(f"{{{ATOM}}}author/{{{ATOM}}}name")
    itself = {link.get("rel"): link.get("href") for link in feed.findall(f"{{{ATOM}}}link")}
    assert itself["self"] == f"{HOME}/ket-qua/nguon-tin.atom"
    before = names_in(feed)
    assert len(before) == 1
    assert not before & names_in(feed_of(stranger, "en"))
    house.clock = lambda: datetime(2026, 9, 1, tzinfo=UTC)
    withdraw(house, wave, published)
    house.settings = replace(house.settings, public_url="https://moved.example")
    entry = feed_of(stranger).find(f"{{{ATOM}}}entry")
    assert entry is not None
    assert names_in(feed_of(stranger)) == before
    assert text_of(entry, "title").startswith("Đã thu hồi")
    assert "Sai quyền số" in text_of(entry, "summary")
    assert text_of(entry, "updated") > AT


def names_in(feed: ET.Element) -> set[str]:
    return {text_of(entry, "id") for entry in feed.findall(f"{{{ATOM}}}entry")}


def test_a_feed_of_nothing_is_a_feed_and_xml_holds_only_what_xml_may(stranger: FlaskClient) -> None:
    assert text_of(feed_of(stranger), "updated") == "1970-01-01T00:00:00+00:00"
    root = xml.root("a", "urn:x")
    xml.add(root, "b", "một\x0bhai\x00\ud800 <c> \U0001f600")
    (child,) = ET.fromstring(xml.written(root))
    assert child.text == "một hai   <c> \U0001f600"


def test_of_what_is_withdrawn_the_list_tells_the_reason_and_crawlers_are_told_nothing(
    house: House, stranger: FlaskClient, wave: Wave, published: Scorecard
) -> None:
    there = stranger.get("/sitemap.xml").text
    for page in PAGES:
        assert f"<loc>{HOME}{WAVE}{page}</loc>" in there
    robots = stranger.get("/robots.txt").text
    assert f"Sitemap: {HOME}/sitemap.xml" in robots
    assert "Disallow: /p/" in robots
    withdraw(house, wave, published)
    assert "Sai quyền số của nhóm người dân" in stranger.get("/ket-qua").text
    assert "dot-2026" not in stranger.get("/sitemap.xml").text
    ET.fromstring(stranger.get("/sitemap.xml").data)


def test_the_lines_to_copy_show_the_chart_with_words_for_who_cannot_see_it(
    house: House, stranger: FlaskClient, wave: Wave, published: Scorecard
) -> None:
    (copied,) = re.findall(r"<textarea[^>]*>([^<]*)</textarea>", stranger.get(WAVE).text)
    lines = ET.fromstring(str(Markup(copied).unescape()).replace("></a>", "/></a>"))
    (image,) = lines
    assert lines.get("href") == HOME + WAVE
    assert "2 đơn vị." in (image.get("alt") or "")
    address = (image.get("src") or "").removeprefix(HOME)
    shown = stranger.get(address)
    assert shown.mimetype == "image/svg+xml"
    assert shown.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    picture = stranger.get(f"{WAVE}/bieu-do.png")
    assert Image.open(BytesIO(picture.data)).width >= 1200
    withdraw(house, wave, published)
    for kind in ("svg", "png"):
        gone = stranger.get(f"{WAVE}/bieu-do.{kind}")
        assert gone.status_code == 410
        assert gone.mimetype.startswith("image/")
        assert gone.headers["Cache-Control"] == "no-store"
        assert len(gone.data) < len(shown.data) + len(picture.data)


def test_units_of_a_criterion_stand_by_points_and_of_equal_ones_by_name(
    stranger: FlaskClient, published: Scorecard
) -> None:
    names = {
        order: re.findall(
            r'don-vi/\w+">([^<]+)</a>', stranger.get(f"{WAVE}/tieu-chi/1.2.1{order}").text
        )
        for order in ("", "?sap-xep=don-vi", "?sap-xep=-don-vi")
    }
    by_name = names["?sap-xep=don-vi"]
    assert by_name == sorted(by_name, key=collation.key)
    assert names["?sap-xep=-don-vi"] == by_name[::-1]
    assert sorted(names[""]) == sorted(by_name)


def test_units_that_share_a_rank_stand_by_name_and_a_note_says_so(
    house: House, stranger: FlaskClient, wave: Wave
) -> None:
    card = kept_scorecard(house, wave)
    merged = json.loads(card.merged or "")
    for row in merged["units"]:
        row["rank"], row["index"] = 1, 80.0
    with house.database.writing() as connection:
        tied = scorecards.add(
            connection, wave.id, fingerprint=card.fingerprint, version=card.version, at=AT,
            by="lan", scores=card.scores, merged=json.dumps(merged), release=card.release,
        )  # fmt: skip
        scorecards.publish(connection, tied.id, AT, "lan")
    page = stranger.get(WAVE).text
    assert "Đồng hạng 1: Sở Nội vụ, Sở Tư pháp." in page
    assert page.index("don-vi/SNV") < page.index("don-vi/STP")


@pytest.mark.parametrize(
    "address",
    ["/khong-co", "/dot-2026/khong-co", "/dot-2026/don-vi/XXX", "/dot-2026/tieu-chi/9.9",
     "/dot-2026/tieu-chi/1.1", "/dot-2026/lan/2", "/dot-2026/lan/0/giai-thich",
     "/dot-2026/bieu-do.gif", "/dot-2026/ket-qua.exe"],
)  # fmt: skip
def test_what_there_is_not_is_told_in_vietnamese_and_leads_to_the_list(
    stranger: FlaskClient, published: Scorecard, address: str
) -> None:
    reply = stranger.get(f"/ket-qua{address}")
    assert reply.status_code == 404
    assert "Không tìm thấy trang" in reply.text
    assert 'href="/ket-qua"' in reply.text.partition("<main")[2]


@pytest.mark.parametrize("page", PAGES[1:])
def test_before_it_is_published_no_page_of_it_is_there(
    stranger: FlaskClient, draft: Scorecard, page: str
) -> None:
    assert stranger.get(WAVE + page).data == stranger.get("/ket-qua/khong-co").data


def test_the_stylesheet_is_sent_small_and_kept_for_good_until_it_is_another(
    stranger: FlaskClient, published: Scorecard
) -> None:
    (address,) = re.findall(r'<link rel="stylesheet" href="([^"]+)"', stranger.get(WAVE).text)
    plain = stranger.get(address)
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for coding in ("br", "gzip"):
        small = stranger.get(address, headers={"Accept-Encoding": coding})
        assert small.headers["Content-Encoding"] == coding
        assert small.headers["Vary"] == "Accept-Encoding"
        assert len(small.data) < len(plain.data) / 3
        assert again(stranger, address, small).status_code == 304
    other = stranger.get(address.replace("v=", "v=0"))
    assert other.headers["Cache-Control"] == "no-cache"
    assert other.data == plain.data
