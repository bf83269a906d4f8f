"""The public results in real Chromium: on a cheap phone in a weak network, and on a laptop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from benchmarks import page_weight, public_wave
from survey_app.conduct.scoring import publication
from survey_app.store.scorecards import Scorecard
from survey_app.store.waves import Wave
from survey_app.web import House
from tests.office.scored import kept_scorecard

WAVE = "/ket-qua/dot-2026"
PAGES = ("/ket-qua", *(WAVE + page for page in ("", "/don-vi/SNV", "/tieu-chi", "/tieu-chi/1.2.1")))
EVERY_PAGE = (*PAGES, f"{WAVE}/giai-thich", f"{WAVE}/lan/1", "/ket-qua/khong-co")
SIZES = {
    "phone": {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True},
    "laptop": {"viewport": {"width": 1366, "height": 768}},
}
FIRST_VIEW = 30_000
"""Bytes on the wire, all requests and headers, that the first view may weigh."""

LISTEN = """addEventListener("securitypolicyviolation",
  event => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`))"""
SMALL = """() => [...document.querySelectorAll("a[href], button, input, select, summary, textarea")]
  .filter(each => each.checkVisibility({visibilityProperty: true}) && each.type !== "hidden")
  .filter(each => !each.matches(".skip") && !each.closest("p, dd, td, th, li li"))
  .filter(each => each.getBoundingClientRect().height < 24)
  .map(each => each.outerHTML)"""
BESIDE = "document.documentElement.scrollWidth - innerWidth"


@pytest.fixture(params=SIZES)
def page(request: pytest.FixtureRequest, browser: Any) -> Iterator[Any]:
    """A page of a size that complains of nothing: no script, no policy, no address."""
    context = browser.new_context(locale="vi-VN", **SIZES[request.param])
    context.set_default_timeout(15_000)
    context.add_init_script(LISTEN)
    heard: list[str] = []
    context.on("console", lambda message: heard.append(message.text))
    yield context.new_page()
    context.close()
    assert [text for text in heard if "404" not in text and "410" not in text] == []


def test_every_page_is_accessible_fits_and_says_what_it_is_in_either_language(
    page: Any,
    app: Flask,
    serve: Callable[[Flask], str],
    published: Scorecard,
    axe: Callable[[Any], None],
) -> None:
    base, titles = serve(app), set()
    for language in ("vi", "en"):
        for path in EVERY_PAGE:
            page.goto(f"{base}{path}?lang={language}")
            page.emulate_media(color_scheme="dark" if language == "en" else "light")
            axe(page)
            assert page.evaluate(BESIDE) <= 0, path
            assert page.get_attribute("html", "lang") == language
            assert page.evaluate(SMALL) == [], path
            titles.add(page.title())
    assert len(titles) >= 2 * (len(EVERY_PAGE) - 1)  # a version is called as its wave


def test_the_first_screen_of_a_phone_shows_who_stands_first(
    plain_page: Any, app: Flask, serve: Callable[[Flask], str], published: Scorecard
) -> None:
    """Without script: the tables, the ways on, and the menu behind its button."""
    plain_page.goto(serve(app) + WAVE)
    first = plain_page.locator("table.standings tbody tr:has(td)").first
    box = first.bounding_box()
    assert box["y"] + box["height"] <= 740
    plain_page.click(".embed summary")
    assert plain_page.locator("#embed").is_visible()
    first.get_by_role("link").click()
    plain_page.click("table.data th[scope=rowgroup] a >> nth=0")
    assert "Câu hỏi" in plain_page.inner_text("main")
    plain_page.click(".menu summary")
    plain_page.click("text=English")
    assert "What was asked" in plain_page.inner_text("main")


def test_on_paper_there_is_the_result_without_what_is_pressed(
    page: Any, app: Flask, serve: Callable[[Flask], str], published: Scorecard
) -> None:
    page.goto(serve(app) + WAVE)
    page.emulate_media(media="print")
    for shown in ("h1", "table.standings", "dl.reading", "table.summary"):
        assert page.is_visible(shown), shown
    for hidden in (".on-page", ".embed", ".foot", ".downloads", "body > header"):
        assert not page.is_visible(hidden), hidden


def test_the_keyboard_comes_to_the_result_first_and_to_every_way_on(
    page: Any, app: Flask, serve: Callable[[Flask], str], published: Scorecard
) -> None:
    page.goto(serve(app) + WAVE)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.getAttribute('href') || ''"))
    ways = (f"{WAVE}/don-vi/SNV", f"{WAVE}/tieu-chi", f"{WAVE}/giai-thich", f"{WAVE}/ket-qua.csv")
    assert set(ways) <= set(seen)
    ranking, numbers = (seen.index(f"{WAVE}/don-vi/SNV"), seen.index(f"{WAVE}/ket-qua.csv"))
    assert ranking < numbers


def test_a_page_of_another_site_shows_the_chart_and_its_withdrawal(
    page: Any,
    app: Flask,
    serve: Callable[[Flask], str],
    house: House,
    wave: Wave,
    published: Scorecard,
) -> None:
    base = serve(app)
    elsewhere = serve(other_site(base))
    for kind in ("svg", "png"):
        assert width(page, f"{elsewhere}/{kind}") > 300
    with house.database.writing() as connection:
        publication.withdraw(connection, house, wave, published, "minh", "Sai quyền số người dân")
    for kind in ("svg", "png"):
        assert width(page, f"{elsewhere}/{kind}") > 300, "browsers show what a 410 holds"
    page.goto(base + WAVE)
    assert "Sai quyền số người dân" in page.inner_text("main")
    assert page.evaluate(BESIDE) <= 0
    kept_scorecard(house, wave, public=True)
    page.reload()
    assert page.is_visible("table.standings")
    assert page.is_visible("nav.versions")


def other_site(base: str) -> Flask:
    """Another origin, which shows the chart and lets in only what says that it may be shown."""
    site = Flask("elsewhere")

    @site.get("/<kind>")
    def shows(kind: str) -> tuple[str, dict[str, str]]:
        page = f'<!doctype html><title>x</title><img src="{base}{WAVE}/bieu-do.{kind}" alt="">'
        return page, {"Cross-Origin-Embedder-Policy": "require-corp"}

    return site


def width(page: Any, address: str) -> float:
    page.goto(address)
    return float(page.evaluate("document.images[0].naturalWidth"))


def test_the_first_view_of_75_communes_is_under_30_kb_on_the_wire(
    browser: Any, serve: Callable[[Flask], str]
) -> None:
    with public_wave.published() as large:
        first, again, unit, method, english = page_weight.public_views(browser, serve(large))
    for view in (first, english):
        assert view.bytes < FIRST_VIEW, view
    for view in (again, unit, method):
        assert view.bytes < FIRST_VIEW / 3, view
    assert max(view.shift for view in (first, english)) < 0.1
