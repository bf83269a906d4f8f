"""What a phone waits for: bytes, requests and the first paint of the peer survey's pages.

    python -m benchmarks.page_weight [--runs 5]

A real Chromium, 360 x 740, its processor slowed four times, on a network of 400 kbit/s with round
trips of 400 ms. Bytes and requests are exact; times move with the machine, so the median is told.
At the end the whole form once more with the helper for weak networks, counted on the wire; and the
public page of 75 communes, which begins with results: first and repeated view, in either language.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import peer, public_wave
from benchmarks.answering import server
from benchmarks.relay import Relay, relayed
from tests.support import chromium
from tests.support.server import serving

SLOW = {
    "offline": False,
    "latency": 400,
    "downloadThroughput": 400_000 / 8,
    "uploadThroughput": 400_000 / 8,
}
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
SHIFT = """() => new Promise(told => {
    let sum = 0;
    new PerformanceObserver(list => list.getEntries().forEach(each => { sum += each.value }))
        .observe({type: "layout-shift", buffered: true});
    setTimeout(() => told(sum), 200);
})"""


@dataclass
class View:
    """One page as it was fetched and painted."""

    name: str
    requests: int
    bytes: int
    painted: float
    shift: float


def views(browser: Browser, link: str) -> list[View]:
    """The first page, every later page, and the same page once more."""
    page, look, seen = looker(browser)
    look("first view", lambda: page.goto(link))
    look("begin", lambda: page.click("button[value=begin]"))
    for number, _ in enumerate(peer.answers()[1:], 2):
        for question in page.locator("fieldset").all():
            question.locator("label").nth(1).click()
        look(f"page {number}", lambda: page.click("button[value=next]:visible"))
    look("review", lambda: page.click("button[value=next]:visible"))
    look("receipt", lambda: page.click("button[value=send]"))
    look("repeat view", lambda: page.goto(link))
    page.context.close()
    return seen


def looker(browser: Browser) -> tuple[Page, Callable[[str, Any], None], list[View]]:
    """A slow phone on a weak network, what makes it look at a page, and what was seen."""
    context = browser.new_context(
        viewport={"width": 360, "height": 740},
        is_mobile=True,
        service_workers="block",  # the helper fetches apart, and would hide what the wire carries
    )
    page = context.new_page()
    cdp = context.new_cdp_session(page)
    cdp.send("Network.enable")
    cdp.send("Network.emulateNetworkConditions", SLOW)
    cdp.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    fetched: list[int] = []
    cdp.on("Network.loadingFinished", lambda sent: fetched.append(int(sent["encodedDataLength"])))
    seen: list[View] = []

    def look(name: str, turn: Any) -> None:
        fetched.clear()
        with page.expect_navigation():
            turn()
        while (
            page.evaluate(PAINTED) is None
        ):  # the page's own policy forbids a function in a string
            page.wait_for_timeout(20)
        shift = page.evaluate(SHIFT)
        seen.append(View(name, len(fetched), sum(fetched), page.evaluate(PAINTED), shift))

    return page, look, seen


def public_views(browser: Browser, base: str) -> list[View]:
    """The public results as they are come to from a chat, again, and then further in."""
    page, look, seen = looker(browser)
    home = base + public_wave.ADDRESS
    look("results, first view", lambda: page.goto(home))
    look("results, repeat view", lambda: page.goto(home))
    look("one unit", page.locator("table.standings tbody a").first.click)
    look("method and words", lambda: page.goto(f"{home}/giai-thich"))
    page.context.close()
    page, look, english = looker(browser)
    look("results in English, first view", lambda: page.goto(f"{home}?lang=en"))
    page.context.close()
    return seen + english


def helped(browser: Browser, base: str, link: str) -> Relay:
    """The whole form with the helper: all that passes, whoever asks for it."""
    with relayed(base) as relay:
        context = browser.new_context(viewport={"width": 360, "height": 740}, is_mobile=True)
        page = context.new_page()

        def look(turn: Any) -> None:
            with page.expect_navigation():
                turn()
            page.wait_for_timeout(3_000)  # what the helper fetches, it fetches after a second

        look(lambda: page.goto(link.replace(base, relay.base)))
        assert page.evaluate("navigator.serviceWorker.controller !== null")
        look(lambda: page.click("button[value=begin]"))
        for _ in peer.answers()[1:]:
            for question in page.locator("fieldset").all():
                question.locator("label").nth(1).click()
            look(lambda: page.click("button[value=next]:visible"))
        look(lambda: page.click("button[value=next]:visible"))
        look(lambda: page.click("button[value=send]"))
        context.close()
        return relay


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("--runs", type=int, default=5)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "links.txt"
        command = [sys.executable, "-m", "benchmarks.serve_peer", "--links", str(file)]
        with server([*command, "-n", str(given.runs + 1), "--port"]) as (base, _):
            assert base
            browser = playwright.chromium.launch(
                executable_path=chromium.system_browser(), args=chromium.FLAGS
            )
            first, *links = file.read_text().split()
            runs = [views(browser, link) for link in links]
            wire = helped(browser, base, first)
            with public_wave.published() as app, serving(app) as office:
                public = [public_views(browser, office) for _ in links]
            browser.close()
    told(runs)
    whole = sum(each.bytes for each in runs[0][:-1])
    print(f"\nThe whole questionnaire: {whole} bytes, {len(runs[0]) - 1} requests.")
    print(f"With the helper: {wire.down} bytes down, {wire.up} up, {wire.requests} requests.\n")
    told(public)


def told(runs: list[list[View]]) -> None:
    """Print a line for each page."""
    print("| page | requests | bytes | first contentful paint | layout shift |")
    print("| --- | --- | --- | --- | --- |")
    for pages in zip(*runs, strict=True):
        page, paint = pages[0], statistics.median(each.painted for each in pages)
        most = max(each.shift for each in pages)
        print(f"| {page.name} | {page.requests} | {page.bytes} | {paint:.0f} ms | {most:.3f} |")


if __name__ == "__main__":
    main()
