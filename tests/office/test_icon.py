"""Every page has an icon: a browser asks for one, whether the page names it or not."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from survey_app.store.scorecards import Scorecard
from tests.office.test_sign_in import PAGES as OF_THE_OFFICE
from tests.support.icons import UNASKED, check_icon

FOR_EVERYONE = [
    "/quan-tri/dang-nhap",
    "/ket-qua",
    "/ket-qua/dot-2026",
    "/ket-qua/dot-2026/don-vi/SNV",
    "/ket-qua/dot-2026/bieu-do.svg",
    "/kha-nang-tiep-can",
]
OF_FAULTS = [
    ("/quan-tri/khong-co", 404),
    ("/ket-qua/khong-co", 404),
    ("/khong-co", 404),
    ("/quan-tri/dang-xuat", 405),
]


WITHOUT_A_PAGE = (
    *("tai-ve", "/bang-diem/", "/cong-viec/1", "/chon/1", "mau-trong", "nhap/frame/1"),
    *("/thu-moi/xem-truoc.png", "/truong-hop/", "/du-lieu-ca-nhan/"),
    *("/bieu", "/tep/", "/giai-trinh/", "/thay-doi/", "/linh-vuc/", "/nop"),
    *("/quan-tri/tu-danh-gia", "/bao-cao/don-vi/"),
)
"""Downloads, old addresses, a job, a draw, a list, a question and an import, of which nobody has
asked for one here; what is there before a unit submits; what is there for the clerk of a unit."""


def check(client: FlaskClient, path: str, status: int = 200) -> None:
    """The page is there, or says what is wrong, and has an icon."""
    reply = client.get(path)
    assert reply.status_code == status, path
    check_icon(client, reply.text, reply.headers["Content-Security-Policy"])


def test_the_pages_of_the_office_have_an_icon(analyst: FlaskClient, published: Scorecard) -> None:
    for path in OF_THE_OFFICE:
        if not any(each in path for each in WITHOUT_A_PAGE):
            check(analyst, path)


def test_the_pages_for_everyone_have_an_icon(stranger: FlaskClient, published: Scorecard) -> None:
    for path in FOR_EVERYONE:
        check(stranger, path)


def test_the_pages_of_faults_have_an_icon(analyst: FlaskClient) -> None:
    for path, status in OF_FAULTS:
        check(analyst, path, status)


def test_the_icon_is_not_sent_twice(stranger: FlaskClient) -> None:
    first = stranger.get(UNASKED)
    again = stranger.get(UNASKED, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert "Set-Cookie" not in first.headers


def test_a_browser_asks_a_page_for_nothing_that_is_not_there(
    desktop_page: Any, signed_page: Any, published: Scorecard
) -> None:
    heard: list[str] = []
    home = signed_page(desktop_page)
    desktop_page.on("console", lambda message: heard.append(message.text))
    office = ("/quan-tri/", "/quan-tri/dot/dot-2026/ket-qua/1")
    for path in (*office, *FOR_EVERYONE[1:4], "/kha-nang-tiep-can"):
        desktop_page.goto(f"{home}{path}")
        desktop_page.wait_for_timeout(200)  # an icon is fetched when the page is there
        assert heard == [], path
