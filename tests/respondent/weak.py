"""A respondent on a weak network: a server that vanishes, a phone with its helper, what it keeps.

page = begun(phone, place.link())
place.network.fault = "down"
press(page, "next")
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.conftest import IN_VIETNAM, PHONE
from tests.respondent.live_survey import LiveSurvey
from tests.support import chromium

HELPED = "navigator.serviceWorker.controller !== null"
UNSENT = "#wait:has-text('CHƯA GỬI')"
DUMP = """async () => {
    const base = await new Promise(done => {
        const opening = indexedDB.open("cchc", 1);
        opening.onsuccess = () => done(opening.result);
    });
    if (!base.objectStoreNames.length) return [];
    const all = what => new Promise(done => {
        const asked = base.transaction("kept").objectStore("kept")[what]();
        asked.onsuccess = () => done(asked.result);
    });
    const plain = buffer => new TextDecoder("latin1").decode(buffer);
    const kept = await all("getAll"), names = await all("getAllKeys");
    base.close();
    return [...names, ...kept.map(each => Object.keys(each).join() + plain(each.data)),
        ...await caches.keys(), ...Object.values(localStorage), ...Object.values(sessionStorage)];
}"""


class Network:
    """A server that can vanish, lose its replies, or be hidden behind someone else's page."""

    def __init__(self, app: Any) -> None:
        self.app, self.fault, self.posts = app, "", 0
        self.asked: list[str] = []
        self.lost = ""

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        if environ["REQUEST_METHOD"] == "POST":
            self.posts += 1
        self.asked.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        if self.fault == "portal":
            start("200 OK", [("Content-Type", "text/html; charset=utf-8")])
            return [b"<h1>Wi-Fi</h1><p id='receipt'>welcome</p>"]
        if self.fault == "reply lost":
            list(self.app(environ, lambda *_: None))
        if self.fault or (self.lost and environ["PATH_INFO"].endswith(self.lost)):
            start("502 Bad Gateway", [("Content-Type", "text/plain")])
            return [b"nobody there"]
        return self.app(environ, start)


@dataclass
class Place:
    """What a respondent reaches: the survey, the network before it, its address."""

    survey: LiveSurvey
    network: Network
    base: str

    def link(self, group: str = "citizens", number: int = 0) -> str:
        return f"{self.base}/p/{self.survey.wave.tokens[group][number]}"


def begun(context: BrowserContext, link: str, *, form: bool = True) -> Page:
    """A phone on the first page, with its helper at hand and the form fetched."""
    page = context.new_page()
    page.goto(link)
    eventually(lambda: bool(page.evaluate(HELPED)))
    press(page, "begin")
    if form:
        has_the_form(page)
    return page


def press(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.click(f"button[value={button}]:visible")


def has_the_form(page: Page) -> None:
    eventually(lambda: any(str(name).endswith("/f/") for name in page.evaluate(DUMP)))


def about_oneself(page: Page) -> None:
    page.fill("[name=age]", "47")
    page.check("[name=used_service][value='2']")


def to_the_review(page: Page) -> None:
    about_oneself(page)
    press(page, "next")
    page.check("[name=leadership][value=A]")
    press(page, "next")
    assert page.locator("button[value=send]").count() == 1


def kept_age(place: Place) -> bool:
    return 'value="47"' in place.survey.phone("citizens").open("about").html


def eventually(holds: Callable[[], bool]) -> None:
    for _ in range(100):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("it never came to be")


def switched_on(browser: Browser, folder: Path) -> BrowserContext:
    """The browser of a phone that keeps what it kept when it was closed."""
    return browser.browser_type.launch_persistent_context(
        folder,
        executable_path=chromium.system_browser(),
        args=chromium.FLAGS,
        **IN_VIETNAM,
        **PHONE,
    )
